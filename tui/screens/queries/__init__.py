"""Queries over the account's messages, for the screens that ask them: typed, completed, saved under a name."""
