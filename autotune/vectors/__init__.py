"""Token vectors that are there before the classifier: word2vec, GloVe, files."""
