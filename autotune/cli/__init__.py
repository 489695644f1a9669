"""One file a command; `app.py` turns errors into one line and an exit code."""
