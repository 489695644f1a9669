"""What leaves a study: the bundle, and what is done with it."""
