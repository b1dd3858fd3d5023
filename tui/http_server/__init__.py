"""A small, bounded HTTP/1.1 server on h11: for the receiver of webhooks and for the sandbox."""
