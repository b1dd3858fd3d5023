"""Many sends or changes as one durable job: campaigns and bulk changes."""
