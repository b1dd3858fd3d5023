"""The saved connections: list, form, test."""
