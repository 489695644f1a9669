"""The end of a search: finalists, the winner, the ensemble, the test."""
