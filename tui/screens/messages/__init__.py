"""The list of messages, its filters and one message in full."""
