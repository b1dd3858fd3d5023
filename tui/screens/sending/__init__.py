"""From what is typed to a message under way: what Compose and a reply in conversations share."""
