"""What a program does with autotune, and what the commands are made of: begin a search, conduct it, look at its study, load its model."""
