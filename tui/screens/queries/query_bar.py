"""The line over messages or their figures: the query in force as chips, and the input to type another one.

Knows the language of queries and how many messages match, not the list: what a person asks for is posted.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from rich.highlighter import Highlighter
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.safe_text import safe_text
from tui.screens.queries.query_names import known_names, read_query
from tui.textual_fixes.input_fields import LineField
from tui.theme import FRUGAL
from tui.twilio.addresses import find_message_sids
from tui.widgets.completion_list import CompletionList
from tui.widgets.row_list import fit

if TYPE_CHECKING:
    from tui.archive.completion import Completion, Known
    from tui.archive.query import Query, QueryError
    from tui.services.message_archive import MessageArchive
    from tui.services.session import Account, Session
    from tui.storage.query_history import QueryHistory

REST_SECONDS: Final = 0.15
"""Without a key before the messages that match are counted."""

PATIENCE: Final = 0.3
"""Seconds for which the number of the query before stays, while the next is counted."""

MOST_COUNTED: Final = 100_000
"""Of a million rows each keystroke would be felt."""

MOST_SHOWN: Final = 8
"""Completions below the line."""

NARROW: Final = 50
"""Cells of a line that has no room for the words beside the number."""

COUNTING: Final = "query-count"
"""The group of the worker that counts."""


class QueryInput(LineField):
    """The input; keys that mean something to the bar are passed on to it in their order."""

    completes = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Show", key_display="⏎", tooltip="Show what matches this query."),
        Binding("tab", "complete", "Complete", tooltip="Take the completion that is offered.", priority=True),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("ctrl+s", "save", "Save", key_display="^s", tooltip="Save this query under a name."),
        Binding("escape", "close_bar", "Back", key_display="esc", tooltip="Leave the query as it was."),
    ]

    def __init__(self, bar: QueryBar) -> None:
        self._wrong = _Wrong()
        super().__init__(
            placeholder="words, a number, status:failed, since:7d …  (↓ all keys, ↑ earlier queries)",
            highlighter=self._wrong,
        )
        self._bar = bar

    def mark(self, place: tuple[int, int] | None) -> None:
        """Mark the part that is wrong; None for nothing."""
        if self._wrong.place != place:
            self._wrong.place = place
            # With the terminal's own colours all that has the focus is underlined.
            self._wrong.style = "reverse" if self.app.theme == FRUGAL.name else "underline"
            self.refresh()

    async def action_take(self) -> None:
        self._bar.take()

    def action_complete(self) -> None:
        self._bar.accept_completion()

    def action_cursor_right(self, select: bool = False) -> None:
        """At the end of the text take the completion that is offered."""
        if select or not self.cursor_at_end or not self.selection.is_empty or not self._bar.accept_completion():
            super().action_cursor_right(select)

    async def action_step(self, by: int) -> None:
        await self._bar.step(by)

    def action_save(self) -> None:
        self._bar.ask_for_a_name()

    def action_close_bar(self) -> None:
        self._bar.close()

    def _on_paste(self, event: events.Paste) -> None:
        """Of a log line, a URL or a table take the message SIDs, since those are looked for; of lines, the numbers."""
        from tui.archive.query_parser import LONGEST

        if sids := find_message_sids(event.text)[:20]:
            event.prevent_default()
            event.stop()
            self.replace(" or ".join(f"sid:{sid}" for sid in sids), *sorted(self.selection))
        elif len(event.text) > LONGEST:
            event.prevent_default()
            event.stop()
            self.replace(event.text.lstrip()[:LONGEST].split("\n")[0], 0, len(self.value))
            words = f"A query has at most {LONGEST:,} characters: of the {len(event.text):,} pasted it took the first."
            self.notify(words, severity="warning", markup=False)
        elif len(lines := [line.strip() for line in event.text.splitlines() if line.strip()]) > 1 and all(
            map(self._bar.is_number, lines)
        ):
            event.prevent_default()
            event.stop()
            self.replace(" or ".join(lines), *sorted(self.selection))
        else:
            super()._on_paste(event)

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self.call_after_refresh(self._bar.focus_left)


class _Wrong(Highlighter):
    """Marks one part of a text."""

    place: tuple[int, int] | None = None
    style = "underline"

    def highlight(self, text: Text) -> None:
        if self.place is not None:
            start, end = self.place
            # At the end of the text there is nothing to underline but what stands before it.
            start = min(start, len(text) - 1)
            text.stylize(self.style, max(0, start), max(end, start + 1))


class QueryChips(Widget):
    """`[is:problem ×] [since:7d ×]`: a click on × removes that part, a click elsewhere opens the bar."""

    DEFAULT_CSS = "QueryChips { height: 1; color: $quiet; }"
    ALLOW_SELECT = False

    def __init__(self, bar: QueryBar) -> None:
        super().__init__()
        self._bar = bar
        self._terms: list[tuple[str, str]] = []

    def show(self, terms: list[tuple[str, str]]) -> None:
        """Show these parts: the text of each, and the query without it."""
        if terms != self._terms:
            self._terms = terms
            self.refresh()

    def render(self) -> RenderResult:
        left = self.size.width - 1
        pieces: list[Content] = []
        for number, (text, _) in enumerate(self._terms):
            more = len(self._terms) - number - 1
            # Room for the brackets, the cross, and how many more there are.
            room = left - 5 - (4 if more else 0)
            if room < 6:
                pieces.append(Content.styled(f"+{more + 1}", "$text-primary"))
                break
            shown = safe_text(text, limit=200)
            shown = fit(shown, room) if cell_len(shown) > room else shown
            cross = Content.styled(" ×]", "$quiet").stylize(Style.from_meta({"chip": number}))
            pieces += [Content("["), Content.styled(shown, "$text-primary"), cross, Content(" ")]
            left -= cell_len(shown) + 5
        return Content.assemble(" ", *pieces)

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        chip = event.style.meta.get("chip")
        if isinstance(chip, int) and chip < len(self._terms):
            self._bar.post_message(QueryBar.Submitted(self._bar, self._terms[chip][1]))
        else:
            await self._bar.open()


class QueryBar(Vertical):
    """The query in force as chips; once opened, an input with completion and the number of matches.

    At rest it is one line high, or takes no line where nothing is in force. Opened it takes none more: it lies over
    the line below then, and what it says over those that follow. It closes by itself when a query is taken, on escape,
    and when the focus goes elsewhere on the screen; on closing it gives the focus back to what had it.

    Attributes:
        text: the query in force, as it was typed; "" for none.
    """

    DEFAULT_CSS = """
    QueryBar {
        height: auto; display: none;
        &.-shown, &.-open { display: block; }
        /* Over the line below: a list that moves down by a line is written anew. */
        &.-open { overlay: screen; }
        &.-open.-shown { overlay: none; }
        & > Horizontal { height: 1; display: none; }
        &.-open > Horizontal { display: block; }
        &.-open > QueryChips { display: none; }
        & .prompt { width: 3; padding: 0 1; color: $text-primary; text-style: bold; }
        & Input { width: 1fr; border: none; height: 1; padding: 0; background: $background; }
        & Input:focus { background: $background; }
        & .count { width: auto; max-width: 16; color: $quiet; }
    }
    """

    class Submitted(Message):
        """A person asks for another query: typed, by removing a chip, or "" for none. It can be parsed.

        The bar shows it only when it is told to, with `show`.
        """

        def __init__(self, bar: QueryBar, text: str) -> None:
            super().__init__()
            self.bar = bar
            self.text = text

        @property
        def control(self) -> QueryBar:
            """What `@on` selects by."""
            return self.bar

    class OpenAsked(Message):
        """A person gave one message's SID, bare or in a log line or URL, to see that message."""

        def __init__(self, bar: QueryBar, sid: str) -> None:
            super().__init__()
            self.bar = bar
            self.sid = sid

        @property
        def control(self) -> QueryBar:
            """What `@on` selects by."""
            return self.bar

    class NamesLearnt(Message):
        """The names of the account's senders are known by now, to be shown beside their numbers."""

    def __init__(self, session: Session, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session = session
        self.text = ""
        self._chips = QueryChips(self)
        self._field = QueryInput(self)
        self._hints = CompletionList(self.accept_completion, most=MOST_SHOWN)
        self._before: Widget | None = None
        self._begun = ""
        self._looked_at: tuple[str, int] | None = None
        self._completions: tuple[Completion, ...] = ()
        self._row = -1
        self._offers = self._asked = False
        self._past: tuple[str, ...] = ()
        self._past_at = -1
        self._typed = self._unread = ""
        self._histories: dict[bool, QueryHistory] = {}
        self._told = False
        self._learnt_of: MessageArchive | None = None
        self._known: Known | None = None

    def compose(self) -> ComposeResult:
        # The input comes when it is first wanted.
        yield self._chips

    @property
    def is_open(self) -> bool:
        """Whether a query is being typed."""
        return self.has_class("-open")

    def show(self, text: str) -> None:
        """Show this query as the one in force; "" for none."""
        self.text = text
        self.set_class(bool(text.strip()), "-shown")
        query = self._read(text)[0] if text.strip() else None
        terms = [(term.text, query.without(term)) for term in query.terms] if query else []
        # What cannot be read is in force no more than nothing is, but can be removed.
        self._chips.show(terms or ([(text, "")] if text.strip() else []))

    def is_number(self, text: str) -> bool:
        """Whether a text is a query for one address, and nothing else."""
        from tui.archive.matching import AnyOf, Party

        query = self._read(text)[0]
        if query is None or len(query.terms) != 1:
            return False
        criterion = query.terms[0].criterion
        # A bare number is also looked for in texts.
        parts = criterion.criteria if isinstance(criterion, AnyOf) else (criterion,)
        return any(isinstance(part, Party) for part in parts)

    def _read(self, text: str) -> tuple[Query | None, QueryError | None]:
        from tui.archive.query import QueryError

        try:
            return read_query(text, self.session), None
        except QueryError as problem:
            return None, problem

    # -- opening and closing -------------------------------------------------------------------------

    async def open(self, text: str | None = None) -> None:
        """Let a person type: the query in force, or `text`, stands there and is selected.

        To be awaited in the action of the key: keys typed after that one wait for it, and reach the input.
        """
        if not self._field.is_attached:
            from tui.archive.query_parser import LONGEST

            # What is longer could not be read.
            self._field.max_length = LONGEST
            prompt = Static("/", classes="prompt", markup=False)
            await self.mount(Horizontal(prompt, self._field, Static("", classes="count", markup=False)), self._hints)
            self.watch(self._field, "value", self._look, init=False)
            self.watch(self._field, "selection", self._look, init=False)
        if not self.is_open:
            self._before = self.screen.focused
            self.add_class("-open")
        self._begun, self._past, self._past_at = self.text, (), -1
        self._offers = self._asked = False
        self._looked_at = None
        self._say_count("")
        self._field.value = self.text if text is None else text
        self._field.select_all()
        self._look()
        self.screen.set_focus(self._field)
        self._learn()

    def close(self) -> None:
        """Leave without change; what was typed stays in the history of queries, where it can be read."""
        self._leave(give_focus_back=True)

    def focus_left(self) -> None:
        """Close where something else on the screen has the focus by now."""
        focused = self.screen.focused if self.is_attached else None
        if focused is not None and self not in focused.ancestors_with_self:
            self._leave(give_focus_back=False)

    async def on_unmount(self) -> None:
        """Keep what is being typed: the program ends."""
        if (text := self._typed_now()) and (keeping := self._remember(text)) is not None:
            await keeping

    def _typed_now(self) -> str:
        """What was typed since the bar was opened; empty for nothing, and for what is in force already."""
        text = self._field.value.strip() if self.is_open else ""
        return text if text != self._begun.strip() else ""

    def _leave(self, *, give_focus_back: bool) -> None:
        if not self.is_open:
            return
        if text := self._typed_now():
            self._remember(text)
        self.remove_class("-open")
        self._hints.say()
        self.screen.workers.cancel_group(self.screen, COUNTING)
        before, self._before = self._before, None
        if give_focus_back:
            self.screen.set_focus(before if before is not None and before.is_attached and before.display else None)

    # -- what the keys do ----------------------------------------------------------------------------

    def take(self) -> None:
        """Take the completion that was chosen; else ask for what was typed, unless it is wrong."""
        if self._row >= 0 and self.accept_completion():
            return
        text = self._field.value.strip()
        query, problem = self._read(text)
        if problem is not None:
            self._completions, self._row = (), -1
            self._show_hints(problem)
            return
        if text == self._begun.strip():
            self.close()
            return
        self._leave(give_focus_back=True)
        sid = _only_sid(query) if query is not None else ""
        self.post_message(self.OpenAsked(self, sid) if sid else self.Submitted(self, text))

    def accept_completion(self, row: int | None = None) -> bool:
        """Type the completion that is chosen, or the first, with a blank behind a whole term; whether there is one."""
        if not self._completions:
            return False
        completion = self._completions[max(0, self._row if row is None else row)]
        blank = " " if completion.finished and completion.span[1] == len(self._field.value) else ""
        self._field.replace(completion.text + blank, *completion.span)
        return True

    async def step(self, by: int) -> None:
        """Choose another completion; above the first lie the queries typed before, the newest first."""
        if self._past_at < 0 and (by > 0 or self._row >= 0):
            if not self._completions:
                self._asked, self._looked_at = True, None
                self._look()
            self._row = max(-1, min(self._row + by, len(self._completions) - 1))
            self._show_hints(None)
            return
        if not self._past:
            history, name = self._history()
            unread = (self._unread,) if self._unread else ()
            self._past = (*unread, *await asyncio.to_thread(history.entries, name))
        if self._past_at < 0:
            self._typed = self._field.value
            self._past = tuple(query for query in self._past if query != self._typed)
        self._past_at = max(-1, min(self._past_at - by, len(self._past) - 1))
        self._field.value = self._past[self._past_at] if self._past_at >= 0 else self._typed
        self._field.cursor_position = len(self._field.value)

    def ask_for_a_name(self) -> None:
        """Save what stands here under a name."""
        from tui.screens.queries.saved_views import save_view

        text = self._field.value.strip()
        problem = self._read(text)[1]
        if problem is not None:
            self._show_hints(problem)
        elif text:
            save_view(self.screen, self.session, text)

    # -- what is said ----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Look at what stands in the input by now."""
        text, cursor = self._field.value, min(self._field.selection.end, len(self._field.value))
        before, self._looked_at = self._looked_at, (text, cursor)
        if before == self._looked_at or not self.is_open:
            return
        other = before is None or before[0] != text
        self._asked = self._asked and before is None
        if self._past_at >= 0 and text != self._past[self._past_at]:
            self._past_at = -1
        self._offers = self._offers or (text != self._begun and self._past_at < 0)
        self._completions, self._row = self._complete(text, cursor), -1
        query, problem = self._read(text)
        # What is being typed is not wrong yet.
        if problem is not None and self._completions and problem.place[0] <= cursor <= problem.place[1]:
            self._show_hints(None)
        else:
            self._show_hints(problem)
        if other:
            self._count(text, query)

    def _complete(self, text: str, cursor: int) -> tuple[Completion, ...]:
        begun = bool(text[:cursor].strip()) and not text[cursor - 1].isspace()
        if self._past_at >= 0 or not (self._asked or (begun and self._offers)):
            return ()
        from tui.archive.completion import Known, complete

        found = complete(text, cursor, replace(self._known or Known(), names=known_names(self.session)))
        # What stands there already needs no completion.
        return tuple(each for each in found if text[slice(*each.span)] != each.text)

    def _show_hints(self, problem: QueryError | None) -> None:
        self._field.mark(problem.place if problem is not None else None)
        rows = [(each.text, each.hint) for each in self._completions]
        self._hints.say(rows, self._row, safe_text(str(problem), limit=300) if problem else "")

    def _count(self, text: str, query: Query | None) -> None:
        """Count the messages that match, after a short rest; an answer to a text of before is never shown."""
        if not query or self.session.archive is None:
            self.screen.workers.cancel_group(self.screen, COUNTING)
            self._say_count("")
            return
        archive = self.session.archive

        async def count() -> None:
            await asyncio.sleep(REST_SECONDS)
            find = archive.find_rows(query, limit=MOST_COUNTED + 1)
            finding = asyncio.ensure_future(find)
            try:
                if not (await asyncio.wait({finding}, timeout=PATIENCE))[0]:
                    self._say_count("…")
                rows = await finding
            finally:
                finding.cancel()
            if self.is_open and self._field.value == text:
                number = f"{len(rows):,}" if len(rows) <= MOST_COUNTED else f"{MOST_COUNTED:,}+"
                words = "" if self.size.width < NARROW else " matches" if len(rows) == 1 else " match"
                self._say_count(f"{number}{words}")

        self.screen.run_worker(count, group=COUNTING, exclusive=True, exit_on_error=False)

    def _say_count(self, words: str) -> None:
        self.query_one(".count", Static).update(Content(f" {words} " if words else ""))

    @on(Input.Changed)
    @on(Input.Submitted)
    def _keep(self, event: Message) -> None:
        # The screen has inputs of others to listen to.
        event.stop()

    # -- what the account knows --------------------------------------------------------------------------

    def _learn(self) -> None:
        """Learn what there is to complete: the names of the account's senders, its numbers, codes and countries."""
        account, archive = self.session.account, self.session.archive
        if account is not None and account.senders is None:
            self.screen.run_worker(
                partial(self._learn_names, account), group="query-names", exclusive=True, exit_on_error=False
            )
        if archive is not None and (archive is not self._learnt_of or not (self._known and self._known.numbers)):
            self._learnt_of, self._known = archive, None
            self.screen.run_worker(partial(self._learn_of, archive), group="query-known", exit_on_error=False)

    async def _learn_names(self, account: Account) -> None:
        await account.load_senders()
        self.post_message(self.NamesLearnt())

    async def _learn_of(self, archive: MessageArchive) -> None:
        known = await archive.known()
        if known is not None and archive is self._learnt_of:
            self._known = known

    def _history(self) -> tuple[QueryHistory, str]:
        """The queries typed before, and by which name: in memory where nothing of this connection is kept."""
        from tui.storage.query_history import QueryHistory

        account = self.session.account
        kept = account is not None and not account.sandbox and account.connection.days_kept != 0
        if kept not in self._histories:
            self._histories[kept] = QueryHistory(self.session.paths.query_history if kept else None)
        return self._histories[kept], account.name if account is not None else ""

    def _remember(self, text: str) -> asyncio.Task[object] | None:
        """Put a query into the history; one that cannot be read is offered again while the program runs."""
        account, query = self.session.account, self._read(text)[0]
        self._unread = "" if query is not None else text
        if not query:
            return None
        if account is not None and account.client.hide(text) != text:
            # A secret was pasted where it does not belong: it is not to be in a file as well.
            return None
        history, name = self._history()

        async def keep() -> None:
            from tui.storage.query_history import QueriesUnsaved

            try:
                await asyncio.to_thread(history.add, name, text)
            except QueriesUnsaved as problem:
                if not self._told:
                    self._told = True
                    self.notify(str(problem), severity="warning", markup=False)

        return self.session.run(keep())


def _only_sid(query: Query) -> str:
    """The SID of the one message that a query is about; empty where it is about something else."""
    from tui.archive.matching import AnyOf, HasSid

    criteria = [term.criterion for term in query.terms]
    if len(criteria) == 1 and isinstance(criteria[0], AnyOf):
        criteria = list(criteria[0].criteria)
    if len(criteria) != 1 or not isinstance(criteria[0], HasSid):
        return ""
    return next(iter(find_message_sids(criteria[0].part)), "")
