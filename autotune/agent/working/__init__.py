"""The processes that train, and a sitting of the coordinator with them."""
