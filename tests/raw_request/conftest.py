"""The server of the client's tests: it says exactly what a test tells it to, and remembers what it was told."""

from tests.twilio.conftest import http, serve

__all__ = ["http", "serve"]
