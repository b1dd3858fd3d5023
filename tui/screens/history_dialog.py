"""Load history: choose a period, see how far it is, stop it. The service goes on when the dialog is closed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.safe_text import safe_text
from tui.time_format import length, short_day
from tui.widgets.archive_words import covered_words
from tui.widgets.dialogs import Choice, ChoiceList, Dialog, key_line
from tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from tui.archive.history_load import LoadProgress
    from tui.services.message_archive import MessageArchive
    from tui.services.session import Session, SessionEvent

BAR: Final = 40
"""Cells of the bar of progress."""

LOOK_SECONDS: Final = 1.0
"""Between two looks at how far it is."""


def first_days(now: datetime) -> dict[str, date | None]:
    """Each period that is offered → its first local day; None for all there is."""
    today = now.astimezone().date()
    return {
        "the last 7 days": today - timedelta(days=7),
        "the last 30 days": today - timedelta(days=30),
        "this year": today.replace(month=1, day=1),
        "all there is": None,
    }


def describe_load(load: LoadProgress, now: datetime) -> list[str]:
    """How far a loading of history is, in a few lines; what may be missing is left out."""
    since = "all there is" if load.since is None else f"all since {short_day(load.since, now)}"
    days = f"{load.days_done:,} of {load.days_total:,} days" if load.days_total else f"{load.days_done:,} days"
    read = f"{load.messages:,} messages read"
    if load.finished:
        return [f"Finished: {since} is here. {read}."]
    if load.trouble:
        why = safe_text(load.trouble, limit=300)
        return [f"Stopped: {why}", f"Of {since}, {days} are here; starting again goes on there."]
    if not load.running:
        return [f"Stopped. Of {since}, {days} are here; starting again goes on there."]
    back = f", back to {short_day(load.reached, now)}" if load.reached is not None else ""
    lines = [f"Loading {since}", f"{days} complete{back}"]
    if load.days_total:
        lines.append(_bar(load.days_done / load.days_total))
    left = f" · about {length(timedelta(seconds=load.seconds_left))} left" if load.seconds_left is not None else ""
    lines.append(f"{read}{f' · {load.rate:,.0f} a second' if load.rate else ''}{left}")
    if load.waiting_until is not None and load.waiting_until > now:
        lines.append(f"Twilio asks to wait {(load.waiting_until - now).total_seconds():.0f} s.")
    return lines


def _bar(share: float) -> str:
    filled = int(min(1.0, share) * BAR)
    return f"{'█' * filled}{'░' * (BAR - filled)} {share:.0%}"


def _begin_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day).astimezone(UTC)


def is_complete(first: date | None, archive: MessageArchive | None) -> bool:
    """Whether all since a local day is in the archive."""
    newest = archive.coverage.newest if archive is not None else None
    begin = int(_begin_of(first).timestamp()) if first is not None else 0
    return newest is not None and newest.first <= begin


def say_period(first: date | None, archive: MessageArchive | None, now: datetime) -> str:
    """What stands beside a period: when it begins, or why it is shorter, or that it would be read again."""
    if is_complete(first, archive):
        return "complete: read it again"
    kept = archive.history if archive is not None else None
    if kept is not None and (first is None or first < now.astimezone().date() - timedelta(days=kept)):
        return f"the last {kept} days: no more is kept"
    return f"since {short_day(first, now)}" if first is not None else "as far as Twilio keeps it"


def say_kept(archive: MessageArchive, now: datetime) -> str:
    """What is complete by now, and how much of it is kept."""
    # How to load more is known here.
    words = covered_words(archive.coverage, now, more=False).partition(";")[0]
    kept = f" {archive.history} days are kept; History in Connections changes that." if archive.history else ""
    return f"Here by now: {words}.{kept}" if words else f"Nothing is here yet.{kept}"


class LoadHistoryDialog(Dialog[None]):
    """Starts, shows and stops the loading of history into the archive of the connection in use. Answers nothing."""

    DEFAULT_CSS = """
    LoadHistoryDialog {
        & .covers { color: $quiet; height: auto; margin: 0 0 1 0; }
        & .progress { height: auto; margin: 0 0 1 0; }
        &.-running ChoiceList { display: none; }
        &.-running .progress { margin: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"start({n - 1})", show=False) for n in range(1, 5)),
        Binding("s", "stop", "Stop", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__("Load history")
        self.session = session
        self._periods = first_days(session.clock())
        self._shown: tuple[object, ...] = ()

    def parts(self) -> ComposeResult:
        yield Static("", classes="covers", markup=False)
        yield Static("", classes="progress", markup=False)
        yield ChoiceList(self._choices())

    def _choices(self) -> list[Choice]:
        now, archive = self.session.clock(), self._archive
        return [Choice(words, words, say_period(first, archive, now)) for words, first in self._periods.items()]

    @property
    def _archive(self) -> MessageArchive | None:
        return self.session.archive

    @property
    def _loading(self) -> bool:
        load = self._archive.status.load if self._archive is not None else None
        return load is not None and load.running

    def keys(self) -> Content:
        if self._loading:
            return key_line(("s", "Stop"), ("esc", "Back; it goes on"))
        return key_line(("⏎", "Load"), ("1-4", "at once"), ("esc", "Back"))

    def on_mount(self) -> None:
        self.session.subscribe(self._told)
        # The wait that Twilio asks for goes down without a word from anybody.
        self.set_interval(LOOK_SECONDS, self._show)
        self._show()

    def on_unmount(self) -> None:
        self.session.unsubscribe(self._told)

    def _told(self, event: SessionEvent) -> None:
        if self._loading != self.has_class("-running"):
            self.call_later(self._show)

    def _show(self) -> None:
        """Show how far it is, where that is something else than is shown."""
        archive, now = self._archive, self.session.clock()
        load = archive.status.load if archive is not None else None
        lines = describe_load(load, now) if load is not None else []
        if archive is not None and archive.status.error is not None:
            lines.append(f"What is new could not be read. {safe_text(str(archive.status.error), limit=300)}")
        covers = say_kept(archive, now) if archive is not None else "There is no connection."
        if (said := (covers, *lines)) == self._shown:
            return
        self._shown = said
        self.query_one(".covers", Static).update(Content(covers))
        progress = self.query_one(".progress", Static)
        progress.update(Content("\n".join(lines)))
        progress.display = bool(lines)
        if self._loading != self.has_class("-running"):
            self.set_class(self._loading, "-running")
            if not self._loading:
                rows = self.query_one(ChoiceList)
                rows.choices = self._choices()
                rows.refresh()
                rows.focus()
        self.query_one(".keys", Static).update(self.keys())

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        self.action_start(event.index)

    def action_start(self, index: int) -> None:
        if self._archive is None or self._loading:
            return
        first = list(self._periods.values())[index]
        # The UTC day in which the local one begins.
        since = None if first is None else _begin_of(first).date()
        self._archive.start_load(since, again=is_complete(first, self._archive))
        self._show()

    def action_stop(self) -> None:
        if self._archive is not None and self._loading:
            self._archive.stop_load()
            self._show()
