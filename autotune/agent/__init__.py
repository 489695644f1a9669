"""The agent: it asks for configurations, has them trained, and remembers."""
