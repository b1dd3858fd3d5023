"""A Twilio on loopback, for trying things without an account. Meets the rest over HTTP alone."""
