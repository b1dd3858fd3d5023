"""Totals of a query: by status, code, country and sender, segments and cost, each row narrowing the query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.widgets.dialogs import Dialog

if TYPE_CHECKING:
    from tui.services.session import Session


class TotalsDialog(Dialog[str]):
    """The totals of what a query finds in the archive. Answers with a narrower query, or None.

    Args:
        session: whose archive is asked.
        text: the query in force, "" for none; it can be parsed.
    """

    def __init__(self, session: Session, text: str) -> None:
        super().__init__("Totals")
        self.session = session
        self.text = text
