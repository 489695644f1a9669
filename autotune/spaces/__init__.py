"""From search-space files to configurations."""
