"""Delivery: what became of the messages of a period, by cause, country, sender and time."""
