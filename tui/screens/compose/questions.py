"""What is asked before typed text is given up."""

from __future__ import annotations

from tui.key_names import name_keys
from tui.safe_text import safe_text
from tui.screens.compose.typed import Desk
from tui.widgets.dialogs import Choice, Choose, Confirm


def ask_to_replace(desk: Desk) -> Choose:
    """A new draft is wanted where one is already; answers `aside`, `replace` or `stay`."""
    earlier = "" if desk.aside.blank else "the one put aside before is lost"
    beginning = safe_text(desk.draft.body or desk.draft.to or "without a text", limit=60)
    return Choose(
        "There is a draft already",
        [
            Choice("aside", name_keys("Put it aside; {compose.swap} brings it back"), earlier),
            Choice("replace", "Replace it", "what is typed is lost", "warn"),
            Choice("stay", "Keep writing it", "nothing new is begun"),
        ],
        f"“{beginning}”",
    )


def ask_to_clear() -> Confirm:
    """Everything typed would go."""
    return Confirm("Clear the draft?", "Everything typed here is lost.", yes="Clear", no="Keep")
