"""Any request made by hand, and its answer to read."""
