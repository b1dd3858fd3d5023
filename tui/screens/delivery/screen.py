"""Delivery: what became of the messages of a period and a query, by cause, country, sender and time.

Holds a `PictureLoader`, which knows what is counted. Every row leads to the messages behind it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.actions import DELIVERY, OFFERED_EVERYWHERE, bindings
from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, Navigate, OpenDelivery, OpenMessage, OpenMessages
from tui.screens.delivery import picture_loader
from tui.screens.delivery.figure_lines import CODES, HOURS, TIMES, FigureLine, list_lines
from tui.screens.delivery.figure_list import FigureList
from tui.screens.delivery.figure_words import Group, flow, say_before, say_period, say_within, total_groups
from tui.screens.delivery.head import LOADS, Held, head_line, what_is_held
from tui.screens.delivery.picture_loader import PictureLoader
from tui.screens.delivery.row_words import describe_row, query_of_row
from tui.screens.queries.query_bar import QueryBar
from tui.screens.queries.query_names import read_query
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.twilio.addresses import is_sid
from tui.widgets.address_names import name_address, name_and_number
from tui.widgets.bars import KeyBar
from tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from tui.archive.periods import Window
    from tui.archive.picture import Figures


class DeliveryScreen(BaseScreen):
    """The figures of a period and a query; each row leads to the messages behind it."""

    CSS_PATH = "delivery.tcss"
    PLACE = "delivery"
    TITLE = "Delivery"
    HELP_TEXT = (
        "How many of the messages sent in a period arrived, why the others did not, how long it took and what it cost, "
        "from the messages that are kept on this computer. The first line says how much of the period is here; "
        "{delivery.load_history} loads the rest from Twilio.\n\n"
        "A rate says what it is of: settled are messages with a final status. The period before is as long, and "
        "ends at the same time of day: today until 3:00 is compared with yesterday until 3:00; it is compared where "
        "all of it is here. Time to delivery is from when a message was created to its last change of status. ✗ are "
        "those undelivered, failed or only partly delivered.\n\n"
        "{delivery.period} chooses the period, {delivery.filter} counts some of the messages only, in the words of "
        "Messages. Enter on a row lists the messages behind it. {delivery.export} writes all rows to a file, "
        "{delivery.copy} copies them as text. {delivery.opt_outs} lists who said STOP, and what was sent to them since."
    )
    AUTO_FOCUS = "#causes"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(DELIVERY),
        Binding("left,right,h,l", "other_list", "The list beside", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.loader = PictureLoader(self, counted=self._counted, begun=self._begun)
        self._came_from = ""
        """The place that one goes back to."""
        self._names_asked: Account | None = None
        self._shown: tuple[object, ...] = ()

    def content(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        yield QueryBar(self.session)
        yield Static(id="totals", markup=False)
        yield Static(id="empty", markup=False)
        with Horizontal(id="body"):
            yield FigureList(id="causes")
            yield FigureList(id="times")
        yield Static(id="peek", markup=False)

    def on_mount(self) -> None:
        # Textual runs the base's as well.
        self.set_interval(picture_loader.OLD_AFTER / 4, self.loader.look_again)

    @property
    def window(self) -> Window | None:
        """The period in force; None before anything was counted."""
        return self.loader.window

    @property
    def _lists(self) -> list[FigureList]:
        return [self.query_one("#causes", FigureList), self.query_one("#times", FigureList)]

    @property
    def current(self) -> FigureLine | None:
        """The row under the cursor of the list that has the keys, or had them last."""
        if not self.is_mounted:
            return None
        lists = self._lists
        return next((each for each in lists if each.has_focus), lists[0]).current

    # -- events --------------------------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        self._follow_archive()
        self._show()

    def session_changed(self, event: SessionEvent) -> None:
        """Count what the archive has by now; follow what is read from Twilio, and names."""
        if self._follow_archive():
            return
        if event.what is EventType.ARCHIVE:
            self.loader.changed()
        elif event.what in (EventType.SYNC, EventType.ACCOUNT):
            self._show_head()
        elif event.what is EventType.NAMES:
            self._show()

    def _follow_archive(self) -> bool:
        archive = self.session.archive
        if archive is self.loader.archive:
            return False
        self.query_one(QueryBar).show("")
        self._came_from = ""
        self.loader.begin(archive)
        if archive is not None:
            archive.shown = self.is_current
        self._show()
        return True

    def on_screen_resume(self) -> None:
        if (archive := self.loader.archive) is not None:
            archive.shown = True
        self.loader.look_again()

    def on_screen_suspend(self) -> None:
        # Textual runs the base's as well.
        if (archive := self.loader.archive) is not None:
            archive.shown = False

    def navigated(self, request: Navigate) -> None:
        self._came_from = ""
        if isinstance(request, OpenDelivery):
            self._came_from = request.came_from if request.came_from != self.PLACE else ""
            # What is listed there is of all time, where the query names none.
            self.show_query(request.query, period="all")
        elif any(request.then == each.name for place, _, each in OFFERED_EVERYWHERE if place == self.PLACE):
            self._came_from = request.came_from if request.came_from != self.PLACE else ""
            if self.account_in_use() is not None:
                self.call_after_refresh(self.run_action, request.then)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    @on(QueryBar.NamesLearnt)
    def _names_learnt(self) -> None:
        self._show()

    # -- showing -------------------------------------------------------------------------------------

    def _begun(self) -> None:
        if not self.query(FigureList):
            # A timer calls it, also while the program ends and nothing stands here any more.
            return
        for each in self._lists:
            each.dim()
        self._show_head()

    def _counted(self) -> None:
        account = self.session.account
        if account is not None and account.senders is None and account is not self._names_asked:
            self._names_asked = account
            self.work(partial(self._learn_names, account), group="names")
        self._show()

    async def _learn_names(self, account: Account) -> None:
        await account.load_senders()
        self._show()

    def _held(self) -> Held:
        loader = self.loader
        if loader.archive is None or loader.window is None:
            return Held()
        return what_is_held(loader.archive, loader.window, self.session.clock())

    def _show_head(self) -> None:
        """The first line and the totals, or the words in place of all."""
        loader, now = self.loader, self.session.clock()
        words = self._emptiness()
        if words is not None and isinstance(self.focused, FigureList):
            # Before it is hidden: Textual would hand the keys on to the other list.
            self.set_focus(None)
        self.set_class(words is not None, "-empty")
        if words is not None:
            self.put("#empty", words)
        archive, width = loader.archive, self.size.width
        if archive is None:
            self.put("#head", Content(""))
            return
        held, period = self._held(), say_period(loader.period)
        picture = loader.picture
        connected, session = archive.status.connected, self.session
        head = head_line(
            period,
            held,
            archive.status,
            picture,
            now,
            width,
            counting=loader.counting,
            opening=connected or bool(session.opening or session.account),
            refusal="" if connected else session.refusal,
        )
        self.put("#head", head)
        self.put("#totals", flow(self._totals(held), width, dimmed=loader.figures is None))

    def _pair(self) -> tuple[Figures, Figures] | None:
        """What the totals say: the figures in force, else those of before, which are dimmed."""
        loader = self.loader
        if loader.figures is not None:
            return loader.figures
        return (loader.picture.all, loader.picture.before) if loader.picture is not None else None

    def _totals(self, held: Held) -> list[Group]:
        pair = self._pair()
        if pair is None:
            return [("counting…", "busy")]
        groups = total_groups(pair[0], pair[1] if held.before else None)
        window, now = self.window, self.loader.as_of
        before = window.before(now) if window is not None and now is not None else None
        if before is not None and now is not None:
            words = say_before(before, now)
            kept = f"before ({words}): {pair[1].sent:,} sent"
            # Where the period itself is not here either, the first line says what loads more.
            lacks = f"{key_of(LOADS)} loads {words}" if held.whole else f"{words} is not all here"
            groups.append((kept if held.before else f"not compared: {lacks}", "muted"))
        return groups

    def _emptiness(self) -> Content | None:
        """What is the case and what to do, where there is no figure to show."""
        loader, session = self.loader, self.session
        archive = loader.archive
        if archive is None:
            opening = f"Opening {safe_text(session.opening, limit=40)}…" if session.opening else ""
            where = name_keys("{everywhere.switch_connection} chooses a connection, or the sandbox.")
            return _lines(opening or "No connection is in use.", "" if opening else where)
        if loader.failed:
            again = name_keys("{delivery.refresh} tries again.")
            return _lines("The messages that are kept could not be read.", archive.status.trouble, again)
        if loader.picture is None and loader.figures is None:
            return _lines("Counting…")
        pair = self._pair()
        if pair is None or pair[0].count or loader.counting:
            return None
        held = self._held()
        query = safe_text(loader.query_text, limit=200)
        title = f"No message {say_within(loader.period)}{' matches' if query else ''}."
        leaves = ", esc goes back to where it came from" if self._came_from else ", esc drops this one" if query else ""
        keys = f"{{delivery.period}} chooses another period, {{delivery.filter}} another query{leaves}."
        kept = f"Here by now: {held.words}." if held.words else "Nothing is loaded yet."
        return _lines(title, query, kept, name_keys(keys))

    def _show(self) -> None:
        if not self.is_mounted:
            return
        self._show_head()
        picture = self.loader.picture
        if picture is not None and not self.loader.counting:
            name, now = self._name_own, self.session.clock()
            compared = self._held().before
            causes, times = self._lists
            if self.has_class("-wide"):
                causes.show(list_lines(picture, name, now, only=lambda each: each not in TIMES), compared=compared)
                times.show(list_lines(picture, name, now, only=TIMES.__contains__), compared=compared)
            else:
                causes.show(list_lines(picture, name, now), compared=compared)
                times.show([], compared=compared)
                if times.has_focus:
                    causes.focus()
            if self.focused is None and self.is_on_top and picture.all.count:
                causes.focus()
        self._show_current()

    @on(RowList.Moved)
    def _show_current(self) -> None:
        line = self.current
        held = self._held()
        words = describe_row(line, compared=held.before) if line is not None else Content("")
        if (words, line) != self._shown:
            self._shown = (words, line)
            self.query_one("#peek", Static).update(words)
        self.query_one(KeyBar).suggested = frozenset({"why"} if self._is_code(line) else ())
        self.refresh_bindings()

    def _is_code(self, line: FigureLine | None) -> bool:
        """Whether a row is of an error code, which can be asked about."""
        return line is not None and line.section == CODES and line.row is not None and bool(line.row.term)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, FigureList):
            self._show_current()

    # -- actions -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        has_archive = self.loader.archive is not None
        typing = self.is_mounted and self.query_one(QueryBar).is_open
        match action:
            case "filter" | "period":
                return has_archive and not typing
            case "load_history" | "views" | "refresh":
                return has_archive
            case "copy" | "export":
                return self.loader.picture is not None and not self.loader.counting
            case "opt_outs" | "alerts" | "money":
                return self.session.account is not None
            case "why":
                return self.current is not None and self.session.account is not None
            case "other_list":
                return self.has_class("-wide")
            case "back":
                return bool(self._came_from or self.loader.query_text)
            case _:
                return super().check_action(action, parameters)

    def explains_only(self, action: str) -> bool:
        return action == "why" and not self._is_code(self.current)

    def action_other_list(self) -> None:
        causes, times = self._lists
        (causes if times.has_focus else times).focus()

    def action_back(self) -> None:
        """Back to where the query came from; else without a query."""
        if came_from := self._came_from:
            self._came_from = ""
            self.post_message(Navigate(came_from))
        else:
            self.show_query("")

    def action_period(self) -> None:
        from tui.screens.delivery.period_choice import choose_period

        choose_period(self, self.loader.period, self.show_period)

    def show_period(self, period: str) -> None:
        """Count another period, which can be read."""
        self.loader.ask(self.loader.query_text, period)
        self._show_head()

    async def action_filter(self) -> None:
        await self.query_one(QueryBar).open()

    @on(QueryBar.Submitted)
    def _query_submitted(self, event: QueryBar.Submitted) -> None:
        self.show_query(event.text)

    @on(QueryBar.OpenAsked)
    def _open_asked(self, event: QueryBar.OpenAsked) -> None:
        self.post_message(OpenMessage(event.sid))

    def show_query(self, text: str, *, period: str = "") -> None:
        """Count what a query finds; the period that it names, else `period`, else the one in force."""
        from tui.archive.query import QueryError
        from tui.screens.delivery.period_choice import take_period_out

        session = self.session
        try:
            query = read_query(text, session)
            rest, named = take_period_out(query, partial(read_query, session=session), session.clock())
        except QueryError as problem:
            self.notify(safe_text(str(problem), limit=300), severity="warning", markup=False)
            return
        self.query_one(QueryBar).show(rest)
        self.loader.ask(rest, named or period or self.loader.period)
        self._show_head()

    @on(RowList.Opened)
    def _row_opened(self) -> None:
        line, window = self.current, self.window
        if line is None or line.row is None or window is None:
            return
        if not line.row.term:
            what = "an hour of all days" if line.section == HOURS else "these"
            self.notify(f"No query says {what}: open a day, a code or a country instead.", markup=False)
            return
        self.post_message(OpenMessages(query_of_row(self.loader.read_query(), window, line.row.term)))

    def action_views(self) -> None:
        from tui.screens.queries.saved_views import choose_view

        present = self.query_one(QueryBar).text
        self.work(partial(choose_view, self, present, self.show_query), group="views", asks=True)

    def action_load_history(self) -> None:
        from tui.screens.history_dialog import LoadHistoryDialog

        self.app.push_screen(LoadHistoryDialog(self.session))

    def action_refresh(self) -> None:
        if (archive := self.loader.archive) is not None:
            archive.look_now()
            self.loader.ask(self.loader.query_text, self.loader.period)

    def action_opt_outs(self) -> None:
        """List who wants no more messages."""
        from tui.screens.delivery.opt_outs import open_opt_outs

        open_opt_outs(self)

    def action_alerts(self) -> None:
        """Show what Twilio itself noted in the period."""
        from tui.archive.periods import read_window
        from tui.screens.delivery.alerts import open_alerts

        open_alerts(self, self.window or read_window(self.loader.period, self.session.clock()))

    def action_money(self) -> None:
        """Show balance and usage."""
        from tui.screens.delivery.money import open_money

        open_money(self)

    def action_why(self) -> None:
        line = self.current
        if not self._is_code(line):
            words = "Go to a row of an error code: Twilio is asked why its messages did not arrive."
            self.notify(words, markup=False)
        elif line is not None and line.row is not None:
            self.work(partial(self._why, line.row.value, line.row.term), group="why", asks=True)

    async def _why(self, code: str, term: str) -> None:
        from tui.screens.why.opening import open_why
        from tui.services.why.checks import MOST_SAMPLES, Subject

        archive, window = self.loader.archive, self.window
        if archive is None or window is None:
            return
        query = window.narrow(read_query(f"{self.loader.query_text} {term}".strip(), self.session))
        messages = await archive.read(await archive.find_rows(query, limit=MOST_SAMPLES))
        if archive is self.loader.archive:
            samples = tuple(message for message in messages if message is not None)
            await open_why(self, Subject.of_code(int(code), samples))

    def _name_own(self, own: str) -> str:
        """A sender's address with its name; of a service its name, where it has one."""
        name = name_address(self.session, own)
        return name if name and is_sid(own) else name_and_number(self.session, own)

    def _all_lines(self) -> list[FigureLine]:
        picture = self.loader.picture
        assert picture is not None
        return list_lines(picture, self._name_own, self.session.clock())

    def action_copy(self) -> None:
        from tui.screens.delivery.export import ticket_text
        from tui.widgets.copying import copy_text

        if self.loader.picture is None:
            return
        held, loader = self._held(), self.loader
        now = (loader.as_of or self.session.clock()).astimezone()
        account = self.session.account
        title = [
            f"Delivery, {say_period(loader.period)}{f', {account.name}' if account is not None else ''}",
            *([f"of messages that match: {loader.query_text}"] if loader.query_text else []),
            f"as of {now:%Y-%m-%d %H:%M %Z}; counted: {held.words.partition(';')[0] or 'what is kept here'}",
        ]
        text = ticket_text(title, self._totals(held), self._all_lines(), compared=held.before)
        copy_text(self, text, "the figures", f"{key_of('delivery.export')} writes them to a file")

    def action_export(self) -> None:
        from tui.screens.delivery.export import ENDINGS, WORDS, csv_rows
        from tui.screens.export_dialog import Export, ask_to_export
        from tui.storage.records import write_csv

        picture, window, session = self.loader.picture, self.window, self.session
        if picture is None or window is None:
            return
        account = session.account
        names = dict(account.senders.names) if account is not None and account.senders is not None else {}
        query, terms = self.loader.query_text, window.terms
        held = self._held()

        def do(path: Path, replacing: bool) -> str:
            columns, *rows = csv_rows(
                picture, compared=held.before, query=query, terms=terms, name_of=lambda each: names.get(each, "")
            )
            count = write_csv(columns, rows, path, replace=replacing)
            return f"{count:,} row{'' if count == 1 else 's'}"

        covers = f"Counted: {held.words}. " if held.words and not held.whole else ""
        name = f"delivery-{session.clock().astimezone():%Y-%m-%d}.csv"
        ask_to_export(self, Export("Export the figures", f"{covers}{WORDS}", name, do, ENDINGS))


def _lines(title: str, *lines: str) -> Content:
    rest = [Content.styled(safe_text(line, limit=300), "$quiet") for line in lines if line]
    return Content("\n").join([Content.styled(title, "bold"), Content(""), *rest])
