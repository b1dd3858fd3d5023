"""One folder per place a person stands; each owns its code, its style and its messages."""
