"""`autotune report`: everything that is known of a study as one tree (`parts.py`), gathered once and written as HTML, Markdown or JSON."""
