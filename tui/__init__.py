"""tuilio: a terminal user interface for Twilio SMS."""

__version__ = "0.2.0"
