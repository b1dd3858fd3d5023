"""One folder per screen; each owns its code, its style and its messages."""
