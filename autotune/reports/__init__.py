"""What people read about a study."""
