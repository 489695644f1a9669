"""From a labelled file to batches of token ids."""
