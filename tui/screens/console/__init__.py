"""The Console: hand-made requests and their responses."""
