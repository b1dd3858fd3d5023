"""Receiving what Twilio sends: take it in, tell whether it is Twilio's, keep it, answer it. Knows no screen."""
