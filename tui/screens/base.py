"""The base of every screen: top bar, key bar, the session's events as messages, tasks whose errors are reported."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from tui.actions import EVERYWHERE, bindings
from tui.keymap import name_keys
from tui.safe_text import glimpse
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.textual_fixes.key_queue import ASKS
from tui.textual_fixes.left_screens import stop_watching
from tui.textual_fixes.patched_screen import PatchedScreen
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.theme import Tone, connection_tone
from tui.widgets.bars import KeyBar, TopBar

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.storage.journal_entry import JournalEntry

Work = Callable[[], Coroutine[object, object, object]]


@dataclass(frozen=True, slots=True)
class DraftPrefill:
    """The fields that a new draft begins with.

    Attributes:
        options: pairs of Twilio's create call for what has no field here (`ContentSid`, `StatusCallback` …).
        failed_with: the error code of the message that it is to be sent again for; None where it repeats none.
    """

    to: str = ""
    from_: str = ""
    body: str = ""
    media: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    failed_with: int | None = None


_NO_PREFILL: Final = DraftPrefill()


class Navigate(Message):
    """A screen asks for another screen, by its `PLACE`; `then` names what that one should begin at once.

    `came_from` is the screen that was shown before, set by the app.

    Attributes:
        STAYS_OVER: whether what stands over that place stays there, and this comes over it.
    """

    STAYS_OVER: ClassVar[bool] = False

    came_from: str = ""

    def __init__(self, place: str, then: str = "") -> None:
        super().__init__()
        self.place = place
        self.then = then


class OpenCompose(Navigate):
    """Asks for Compose with a new draft, and with `review=True` for its review at once."""

    def __init__(self, seed: DraftPrefill, *, review: bool = False) -> None:
        super().__init__("compose", "review" if review else "")
        self.seed = seed


@dataclass(frozen=True, slots=True)
class CampaignRows:
    """The recipients that a campaign begins with, where they are no file.

    Attributes:
        source: what they are, in words such as `28 people of is:problem since:7d` (may hold foreign text).
        columns: the titles.
        rows: the cells of each, as they are (foreign texts).
        column: which of the columns has the addresses; None for the one that looks so.
    """

    source: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    column: int | None = 0


class OpenCampaign(Navigate):
    """Asks for a message to many, in Compose: with these recipients, and what is in the seed as its text and sender.

    Nothing is sent by it: the form is shown, and from there the page that says what would be sent.
    """

    def __init__(self, rows: CampaignRows | None = None, seed: DraftPrefill = _NO_PREFILL, *, name: str = "") -> None:
        super().__init__("compose", "to_many")
        self.rows, self.seed, self.name = rows, seed, name


class OpenMessage(Navigate):
    """Asks for one message in full, in Messages; with `leads_back` escape goes from it to where one came from."""

    def __init__(self, sid: str, *, leads_back: bool = False) -> None:
        super().__init__("messages")
        self.sid, self.leads_back = sid, leads_back


class OpenMessages(Navigate):
    """Asks for the messages that a query finds, in Messages."""

    def __init__(self, query: str) -> None:
        super().__init__("messages")
        self.query = query


class OpenDelivery(Navigate):
    """Asks for the figures of the messages that a query finds, in Delivery; "" for all messages."""

    def __init__(self, query: str) -> None:
        super().__init__("delivery")
        self.query = query


class OpenConversation(Navigate):
    """Asks for the conversation with the person behind an address, in Messages."""

    def __init__(self, address: str) -> None:
        super().__init__("messages")
        self.address = address


class OpenJob(Navigate):
    """Asks for a job's screen, which stands over Compose; 0 for the list of all jobs of the account in use."""

    def __init__(self, job: int) -> None:
        super().__init__("compose")
        self.job = job


class OpenSend(Navigate):
    """Asks for one send from here, as the outbox shows one: what became of it, and what can be done."""

    STAYS_OVER = True

    def __init__(self, entry: JournalEntry) -> None:
        super().__init__("compose")
        self.entry = entry


class OpenEvents(Navigate):
    """Asks for the webhook events with a text in them, such as a message's SID, in Webhooks."""

    def __init__(self, text: str) -> None:
        super().__init__("webhooks")
        self.text = text


class OpenConsole(Navigate):
    """Asks the console for a request without a body: sent at once, or with `send=False` only put into its form.

    Args:
        path: below the base URL, or a full URL of the account's server or of Twilio.
    """

    def __init__(self, path: str, *, method: str = "GET", send: bool = True) -> None:
        super().__init__("console")
        self.path, self.method, self.send = path, method, send


class SessionChanged(Message):
    """An event of the session, delivered through the screen's message queue."""

    def __init__(self, event: SessionEvent) -> None:
        super().__init__()
        self.event = event


class BaseScreen(ReportsWorkerErrors, PatchedScreen, Screen[None]):
    """One of the screens behind the keys 1 to 6.

    Subclasses set `PLACE` and implement `content`, `account_changed` and `session_changed`.

    Attributes:
        GIVES_WAY: whether it stands over a place only until something else of that place is asked for.
    """

    PLACE: ClassVar[str] = ""
    GIVES_WAY: ClassVar[bool] = False
    TITLE: ClassVar[str | None] = None
    HELP_TEXT: ClassVar[str] = ""
    AUTO_FOCUS: ClassVar[str | None] = None
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(EVERYWHERE)]

    only_of: Account | None = None
    """The account whose things alone it shows: it leaves when another is in use. None where it follows the session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def place(self) -> str:
        """The place it belongs to."""
        return self.PLACE

    def compose(self) -> ComposeResult:
        yield TopBar(self.place)
        yield from self.content()
        yield KeyBar()

    def content(self) -> ComposeResult:
        yield from ()

    def on_mount(self) -> None:
        """Subscribe to the session; `account_changed` is called for the account that is in use already.

        Textual runs this one as well as a subclass's own, which comes first and does not call it.
        """
        self.session.subscribe(self._post_event)
        self.watch(cast("DOMNode", self.app), "jobs_mark", self._show_jobs)
        self._show_account()
        self._account = self.session.account
        self.account_changed(self._account)
        self._leave_if_outlived()

    def put(self, where: str, words: Content, *, layout: bool = True) -> None:
        """Show words in a `Static` of the screen where they are others; without `layout`, words as high as those."""
        part = self.query_one(where, Static)
        if part.content != words:
            part.update(words, layout=layout)

    @property
    def is_outlived(self) -> bool:
        """Whether it shows an account's things that is not in use any more."""
        return self.only_of is not None and self.only_of is not self.session.account

    def _leave_if_outlived(self) -> None:
        if self.is_outlived:
            self.workers.cancel_node(self)
            self.dismiss()

    def on_screen_resume(self) -> None:
        # What stood over it while another account came kept it from leaving.
        if self.is_outlived:
            self.call_after_refresh(self._leave_if_outlived)

    def on_unmount(self) -> None:
        self.session.unsubscribe(self._post_event)
        stop_watching(self, cast("DOMNode", self.app))

    def on_screen_suspend(self) -> None:
        # What is shown over this screen shows the notifications as well.
        self.query("ToastRack").set(display=False)

    def account_changed(self, account: Account | None) -> None:
        """Called when another connection is in use, or none: nothing left over from the other may be shown."""

    def session_changed(self, event: SessionEvent) -> None:
        """Called for every other event, also when opening an account began or failed."""

    def navigated(self, request: Navigate) -> None:
        """Called with what another screen asked for, once this one is shown."""

    async def put_away(self, within: float | None = None) -> None:
        """Save what is being typed, in at most so many seconds; called before `unsaved_warning`."""

    def unsaved_warning(self) -> str:
        """A sentence about what quitting now would lose or stop; empty for nothing."""
        return ""

    def explains_only(self, action: str) -> bool:
        """Whether an action's key would only say why it cannot be done now: the palette does not offer it."""
        return False

    @property
    def is_on_top(self) -> bool:
        """Whether nothing stands over it, not even a question: what comes late would take the keys from that."""
        return self.app.screen is self

    def account_in_use(self) -> Account | None:
        """The account in use; where there is none, that is said, with what to press."""
        if self.session.account is None:
            opening = glimpse(self.session.opening, 40)
            words = name_keys("No connection is in use: {everywhere.switch_connection} chooses one.")
            words = f"{opening} is being opened: try again in a moment." if opening else words
            self.notify(words, severity="warning", markup=False)
        return self.session.account

    def work(self, task: Work, *, group: str, exclusive: bool = False, asks: bool = False) -> None:
        """Run a task of this screen; what it raises is reported, and the app goes on.

        Args:
            task: a function, since it may be replaced before it begins, and a coroutine that never ran is warned of.
            group: exclusive tasks cancel the others of their group.
            exclusive: as Textual's.
            asks: whether it opens a screen in a moment; keys wait for that.
        """
        self.run_worker(task, name=ASKS if asks else "", group=group, exclusive=exclusive, exit_on_error=False)

    async def show_in_pager(self, text: str) -> None:
        """Show a text in $PAGER, or say why that cannot be."""
        from tui.widgets.external_programs import OutsideFailed, read_outside

        try:
            await read_outside(self, text, self.session.environ)
        except OutsideFailed as problem:
            self.notify(str(problem), severity="warning", timeout=10, markup=False)

    def _post_event(self, event: SessionEvent) -> None:
        self.post_message(SessionChanged(event))

    def on_session_changed(self, message: SessionChanged) -> None:
        event = message.event
        if event.what is EventType.ACCOUNT:
            self._show_account()
            if self.session.account is not self._account:
                self._account = self.session.account
                self.account_changed(self._account)
                self._leave_if_outlived()
                return
        elif event.what is EventType.CONNECTIONS:
            self._show_account()
        elif event.what is EventType.WEBHOOKS:
            self._show_unseen()
        elif event.what is EventType.SYNC:
            self._show_unread()
        self.session_changed(event)

    def _show_unseen(self) -> None:
        receiving = self.session.receiving_so_far
        if receiving is not None:
            news = receiving.news
            self.query_one(TopBar).news = " ".join(_counted(mark, number) for mark, number in news.counts if number)

    def _show_jobs(self, mark: tuple[str, Tone]) -> None:
        self.query_one(TopBar).jobs = mark

    def _show_unread(self) -> None:
        archive = self.session.archive
        unread = 0 if archive is None else archive.status.unread
        self.query_one(TopBar).unread = _counted("●", unread) if unread else ""

    def _show_account(self) -> None:
        bar = self.query_one(TopBar)
        self._show_unseen()
        self._show_unread()
        account, opening = self.session.account, self.session.opening
        bar.sandbox = account.sandbox if account else False
        bar.tone = connection_tone(self.session.colour)
        if account is None:
            bar.who = f"opening {opening}…" if opening else "no connection"
        elif opening:
            # The one before the arrow is in use until the other is open.
            bar.who = f"{'' if account.sandbox else glimpse(account.name, 10)} → {glimpse(opening, 9)}…".lstrip()
        else:
            # Two words for what the person is about to use: not what the file says by now.
            since = {"": "", "changed": " (as before)", "removed": " (removed)"}[self.session.outdated]
            shown = f"{glimpse(account.name, 12)}{since}" if since else account.name
            bar.who = self.session.watches.removeprefix("http://") if account.sandbox else shown


def _counted(mark: str, number: int) -> str:
    return f"{mark}{number if number < 1000 else '999…'}"
