"""Where studies live."""
