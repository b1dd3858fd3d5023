"""The form of a campaign: wiring between its fields, the rows that are read, and the page of what would be sent."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import bindings
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.screens.campaign.seed import CampaignSeed
from tui.services.session import Account, Session


class CampaignScreen(BaseScreen):
    """The form, for one account."""

    TITLE = "To many"
    GIVES_WAY = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(())]

    def __init__(self, session: Session, account: Account, seed: CampaignSeed) -> None:
        super().__init__(session)
        self.only_of = account
        self._seed = seed

    @property
    def place(self) -> str:
        return "compose"

    def content(self) -> ComposeResult:
        rows = self._seed.rows
        yield Static(Content(safe_text(rows.source, limit=200) if rows else "To many"), id="source", markup=False)
