"""The header: a tab for each screen, and the connection in use.

One drawn line instead of Textual's Header and Tabs, which cost a quarter of the start-up.
"""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.actions import PLACES
from tui.safe_text import safe_text
from tui.widgets.row_list import fit

LONGEST_NAME = 24
SANDBOX = " SANDBOX "


class TopBar(Widget):
    """Tabs and connection; a click on them goes there."""

    DEFAULT_CSS = """
    TopBar { height: 1; background: $surface; color: $quiet; }
    """

    who: reactive[str] = reactive("")
    sandbox: reactive[bool] = reactive(False)
    news: reactive[str] = reactive("")
    """Counts of unseen webhook events, beside their tab on the other screens."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place
        self._places = [(n, key, title) for n, (key, title) in enumerate(PLACES, 1)]

    def render(self) -> Content:
        """Tabs on the left, the connection on the right; names and tabs give way before the sandbox label does."""
        label = SANDBOX if self.sandbox else ""
        left = Content.assemble(*(tab for _, tab in self._tabs()))[: max(0, self.size.width - cell_len(label))]
        room = self.size.width - left.cell_length - cell_len(label) - 2
        name = safe_text(self.who, limit=LONGEST_NAME)
        if cell_len(name) > room:
            name = fit(name, room) if room > 1 else ""
        right = Content.assemble(
            (name, "bold $foreground"), " " if name else "", (label, "bold $warning reverse") if label else ""
        )
        gap = max(0, self.size.width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)

    def _tabs(self) -> list[tuple[str, Content]]:
        """The tabs in the fullest form that leaves room for the label: all titles, this title only, this tab only."""
        room = self.size.width - (cell_len(SANDBOX) if self.sandbox else 0)
        forms = [
            [self._tab(number, key, title) for number, key, title in self._places],
            [self._tab(number, key, title if key == self._place else "") for number, key, title in self._places],
            [self._tab(number, key, title) for number, key, title in self._places if key == self._place],
        ]
        return next((tabs for tabs in forms if sum(tab.cell_length for _, tab in tabs) <= room), forms[-1])

    def _tab(self, number: int, key: str, title: str) -> tuple[str, Content]:
        here = key == self._place
        words = (f"{title} ", "bold $foreground on $panel" if here else "$quiet") if title else ""
        news = (f"{self.news} ", "bold $text-accent") if key == "webhooks" and self.news and not here else ""
        return key, Content.assemble((f" {number} ", "bold $text-primary on $panel" if here else "$quiet"), words, news)

    async def on_click(self, event: events.Click) -> None:
        x = 0
        for key, tab in self._tabs():
            x += tab.cell_length
            if event.x < x:
                await self.app.run_action(f"app.go('{key}')")
                return
        await self.app.run_action("app.switch_connection")
