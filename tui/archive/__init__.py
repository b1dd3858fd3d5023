"""The account's messages on this computer: store, coverage, query language, pictures, and reading Twilio into it.

Nothing here knows Textual. `Archive` and `parse` are loaded when first asked for: a start needs little of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.archive.query_parser import parse
    from tui.archive.store import Archive

__all__ = ["Archive", "parse"]


def __getattr__(name: str) -> object:
    if name == "Archive":
        from tui.archive.store import Archive

        return Archive
    if name == "parse":
        from tui.archive.query_parser import parse

        return parse
    raise AttributeError(name)
