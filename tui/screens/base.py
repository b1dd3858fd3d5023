"""What every place has in common: the top bar, the key bar, the session's events, work that cannot kill the app."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen

from tui.actions import EVERYWHERE, bindings
from tui.safe_text import glimpse
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.textual_fixes.key_queue import ASKS
from tui.textual_fixes.resize import Sized
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.widgets.key_bar import KeyBar
from tui.widgets.top_bar import TopBar

Work = Coroutine[object, object, object] | Callable[[], Coroutine[object, object, object]]


@dataclass(frozen=True, slots=True)
class DraftPrefill:
    """What a new draft begins with."""

    to: str = ""
    from_: str = ""
    body: str = ""
    media: tuple[str, ...] = ()


class Navigate(Message):
    """A screen asks for another place, and maybe for something to be begun there at once.

    `came_from` is the place the person stood in, known once they are taken along.
    """

    came_from: str = ""

    def __init__(self, place: str, then: str = "") -> None:
        super().__init__()
        self.place = place
        self.then = then


class OpenCompose(Navigate):
    """A screen asks for a new draft."""

    def __init__(self, seed: DraftPrefill) -> None:
        super().__init__("compose")
        self.seed = seed


class OpenMessage(Navigate):
    """A screen asks to see a message in full."""

    def __init__(self, sid: str) -> None:
        super().__init__("messages")
        self.sid = sid


class OpenConsole(Navigate):
    """A screen asks for a path to be read in the console."""

    def __init__(self, path: str) -> None:
        super().__init__("console")
        self.path = path


class SessionChanged(Message):
    """The session's event, delivered in the screen's own turn."""

    def __init__(self, event: SessionEvent) -> None:
        super().__init__()
        self.event = event


class BaseScreen(ReportsWorkerErrors, Sized, Screen[None]):
    """A screen to stand in. Subclasses set `PLACE` and implement `content`, `account_changed`, `session_changed`."""

    PLACE: ClassVar[str] = ""
    TITLE: ClassVar[str | None] = None
    HELP_TEXT: ClassVar[str] = ""
    AUTO_FOCUS: ClassVar[str | None] = None
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVERYWHERE)]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        """The bars around the content."""
        yield TopBar(self.PLACE)
        yield from self.content()
        yield KeyBar()

    def content(self) -> ComposeResult:
        """What stands between the bars."""
        yield from ()

    def on_mount(self) -> None:
        """Begin to listen; the present account is told as if it had just been chosen.

        A place with an `on_mount` of its own does not call this one: Textual runs both, its own first.
        """
        self.session.subscribe(self._tell)
        self._show_account()
        self._account = self.session.account
        self.account_changed(self._account)

    def on_unmount(self) -> None:
        """Stop listening."""
        self.session.unsubscribe(self._tell)

    def on_screen_suspend(self) -> None:
        """What is shown over this screen shows the notifications as well; twice is once too often."""
        self.query("ToastRack").set(display=False)

    def account_changed(self, account: Account | None) -> None:
        """Another connection is in use, or none: show nothing left over from the other."""

    def session_changed(self, event: SessionEvent) -> None:
        """Anything else the session tells; also that opening an account began or failed."""

    def navigated(self, request: Navigate) -> None:
        """Begin what another screen asked for; the person stands here by now."""

    async def put_away(self, within: float | None = None) -> None:
        """Finish what would not be lost then, for at most so many seconds; before `unsaved_warning` is asked."""

    def unsaved_warning(self) -> str:
        """A sentence about what would be lost or forgotten by quitting now; empty for nothing."""
        return ""

    def work(self, task: Work, *, group: str, exclusive: bool = False, asks: bool = False) -> None:
        """Run a task of this screen. What it raises is reported; nothing else dies.

        With `asks` it opens a screen in a moment, and keys wait for that.

        Give a function where the task is exclusive and may be replaced before it begins: Python complains about a
        coroutine that never ran.
        """
        self.run_worker(task, name=ASKS if asks else "", group=group, exclusive=exclusive, exit_on_error=False)

    async def show_in_pager(self, text: str) -> None:
        """Show a text in the person's own pager, or say why that cannot be."""
        from tui.widgets.external_programs import OutsideFailed, read_outside

        try:
            await read_outside(self, text, self.session.environ)
        except OutsideFailed as problem:
            self.notify(str(problem), severity="warning", timeout=10, markup=False)

    def _tell(self, event: SessionEvent) -> None:
        self.post_message(SessionChanged(event))

    def on_session_changed(self, message: SessionChanged) -> None:
        """Sort the session's events."""
        event = message.event
        if event.what is EventType.ACCOUNT:
            self._show_account()
            if self.session.account is not self._account:
                self._account = self.session.account
                self.account_changed(self._account)
                return
        elif event.what is EventType.CONNECTIONS:
            self._show_account()
        elif event.what is EventType.WEBHOOKS:
            self._show_news()
        self.session_changed(event)

    def _show_news(self) -> None:
        receiving = self.session.receiving_so_far
        if receiving is not None:
            news = receiving.news
            counts = [f"{mark}{number if number < 1000 else '999…'}" for mark, number in news.counts if number]
            self.query_one(TopBar).news = " ".join(counts)

    def _show_account(self) -> None:
        bar = self.query_one(TopBar)
        self._show_news()
        account, opening = self.session.account, self.session.opening
        bar.sandbox = account.sandbox if account else False
        if account is None:
            bar.who = f"opening {opening}…" if opening else "no connection"
        elif opening:
            # The one before the arrow is in use until the other is open.
            bar.who = f"{'' if account.sandbox else glimpse(account.name, 10)} → {glimpse(opening, 9)}…".lstrip()
        else:
            # Two words for what the person is about to use: not what the file says by now.
            since = {"": "", "changed": " (as before)", "removed": " (removed)"}[self.session.outdated]
            bar.who = "" if account.sandbox else f"{glimpse(account.name, 12)}{since}" if since else account.name
