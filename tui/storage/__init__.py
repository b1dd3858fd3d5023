"""What is kept on disk, and how it is kept whole. Knows nothing of screens or of HTTP."""
