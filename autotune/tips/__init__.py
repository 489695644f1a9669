"""Twelve files, one a tip: from a section of the Config to the torch object that it means."""
