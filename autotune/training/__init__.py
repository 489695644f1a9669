"""Training one Config once. Lightning's Trainer lives here alone."""
