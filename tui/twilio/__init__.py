"""Twilio's API: client, messages, numbers, addresses, segments, signatures, errors. Knows nothing of screens."""
