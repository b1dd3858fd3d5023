"""Every workaround for Textual, one file each: what Textual does, what is needed, the version looked at."""
