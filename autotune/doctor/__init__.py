"""Whether this installation, this machine and this database are in order, and how to mend what is not. Nothing is ever written."""
