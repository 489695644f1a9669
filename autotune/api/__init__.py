"""What a program does with autotune, and what the commands are made of: begin a search, conduct it, look at its study, load its model."""

import warnings

# Optuna imports progress bars for notebooks, which are never shown, and which ask for widgets.
warnings.filterwarnings("ignore", "IProgress not found")
