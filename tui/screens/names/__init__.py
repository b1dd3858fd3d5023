"""The names of numbers: their dialog, and bringing them in from a file. Any screen opens it."""
