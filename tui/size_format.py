"""Numbers of bytes in a person's words, the same everywhere."""

from __future__ import annotations


def say_size(count: int) -> str:
    """A number of bytes in few cells: `48.2 kB`."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.1f} kB"
    unit, words = (1_000_000_000, "GB") if count >= 999_950_000 else (1_000_000, "MB")
    return f"{count / unit:.1f} {words}"
