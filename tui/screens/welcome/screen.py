"""The first start without configuration: what this is, and the ways on. Asks for places, opens none itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.screens.base import Navigate
from tui.services.session import Session
from tui.textual_fixes.patched_screen import PatchedScreen
from tui.theme import Tone
from tui.widgets.dialogs import key_line
from tui.widgets.row_list import Piece, RowList


@dataclass(frozen=True, slots=True)
class StartChoice:
    """One way on."""

    key: str
    action: str
    words: str
    detail: str
    tone: Tone = "plain"


class StartList(RowList):
    """The ways on; two lines each, so that every one says what it means."""

    CLICKS_TO_OPEN = 1

    def __init__(self, ways: list[StartChoice]) -> None:
        super().__init__()
        self.ways = ways

    def on_mount(self) -> None:
        self.styles.height = len(self.ways)
        self.set_row_count(len(self.ways))

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """Key, words, what it means."""
        way = self.ways[index]
        return [(f"  {way.key}  ", "accent"), (f"{way.words:<18}", way.tone), (way.detail, "muted")]


class WelcomeScreen(PatchedScreen, ModalScreen[None]):
    """What to do first."""

    CSS_PATH = "welcome.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "look_around", "Look around", show=False),
        Binding("q,ctrl+c", "app.leave", "Quit", show=False),
        Binding("s", "sandbox", "Sandbox", show=False),
        Binding("a", "add", "Add", show=False),
        Binding("i", "import", "Import", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._ways = _ways(session)

    def compose(self) -> ComposeResult:
        """One sentence, the ways on, the keys."""
        with Vertical() as frame:
            frame.border_title = Content("tuilio")
            yield Static("Send and follow text messages through Twilio, from this terminal.", markup=False)
            yield Static(
                "No connection is saved on this machine yet. How do you want to begin?", classes="quiet", markup=False
            )
            yield StartList(self._ways)
            yield Static(
                key_line(("↑↓ ⏎", "Choose"), ("esc", "Look around first"), ("^q", "Quit")),
                classes="quiet",
                markup=False,
            )

    def on_mount(self) -> None:
        self.query_one(StartList).focus()

    @on(RowList.Opened)
    async def _chosen(self, event: RowList.Opened) -> None:
        await self.run_action(self._ways[event.index].action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("sandbox", "import") or any(way.action == action for way in self._ways)

    def action_look_around(self) -> None:
        """Close; the place below says what it can do without a connection."""
        self.dismiss()

    def action_sandbox(self) -> None:
        self.session.run(self.session.use_sandbox())
        self._leave("messages")

    def action_add(self) -> None:
        self._leave("connections", "add")

    def action_import(self) -> None:
        """Open the form on the shell's variables, or on a profile."""
        self._leave("connections", "import")

    def _leave(self, place: str, then: str = "") -> None:
        self.dismiss()
        self.app.post_message(Navigate(place, then))


def _ways(session: Session) -> list[StartChoice]:
    ways: list[StartChoice] = []
    if session.sandbox_offered:
        ways.append(StartChoice("s", "sandbox", "Try the sandbox", "no account needed, nothing leaves this machine"))
    ways.append(StartChoice("a", "add", "Add a connection", "an account SID with an API key or auth token"))
    if session.saved.from_environment() is not None:
        ways.append(StartChoice("i", "import", "Import TWILIO_*", "the variables set in this shell"))
    elif session.saved.profiles_there:
        ways.append(StartChoice("i", "import", "Use a profile", "of Twilio's own command-line tool, found here"))
    return ways
