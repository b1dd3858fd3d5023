"""Webhooks from Twilio: received, verified, stored, answered, replayed. Knows no screen."""
