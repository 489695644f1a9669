"""What is tried next, and which trials go on: openings, samplers, advice, rungs."""
