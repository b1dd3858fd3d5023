"""Every workaround for Textual, one file each, and the version of Textual that each was last looked at with.

A file says what Textual does, what is needed, and what to do when it changes. `LOOKED_AT` is the version that all of
them were looked at with; a test compares it with the installed one, so that an upgrade is one visit to this room: read
each file beside the new source, take out what is no longer needed, and set `LOOKED_AT` (and the ranges of
pyproject.toml).
"""

LOOKED_AT = "8.2.8"
"""The version of Textual that every file here was last looked at with."""
