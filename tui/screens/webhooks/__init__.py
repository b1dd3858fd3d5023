"""The receiver of webhooks: its switch, what arrives, one event in full."""
