"""autotune turns a labelled text file into the best small classifier that the given time allows."""
