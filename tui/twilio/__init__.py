"""Twilio's API: client, messages, numbers, addresses, segments, signatures, errors. Knows nothing of screens."""

VERSION_PATH = "/2010-04-01"
"""The path every resource of the classic host lives under."""
