"""Writing one message and following what became of it."""
