"""What holds for the commands and for programs alike where nothing else is said."""

DEFAULT_STORAGE = "studies/autotune.db"
DEFAULT_BUDGET = "10m"
