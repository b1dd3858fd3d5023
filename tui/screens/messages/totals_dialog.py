"""Totals of a query: by status, code, country and sender, segments and cost, each row narrowing the query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.keymap import key_of
from tui.price_format import say_price
from tui.safe_text import safe_text
from tui.screens.queries.query_names import read_query
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.theme import Tone, look_of
from tui.widgets.address_names import name_address
from tui.widgets.dialogs import Dialog, key_line
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.archive.query import Query
    from tui.archive.statistics import Tally, Totals
    from tui.services.message_archive import MessageArchive
    from tui.services.session import Session

MOST_ROWS: Final = 100
"""Of each part; how many there are besides is said."""

NARROW, WIDE = 56, 80
"""Cells of a row that has room for bars of 8 cells, and for longer ones."""

FRAME_LINES: Final = 13
"""Of the dialog, besides the rows."""

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class TotalsLine:
    """One line of the list.

    Attributes:
        words: what the messages have in common (safe to show); of a heading, its title.
        tally: None for a heading.
        share: of the largest row of the same part, above 0 and up to 1.
        term: what narrows the query to them; empty where no term can.
    """

    words: str
    tone: Tone = "plain"
    tally: Tally | None = None
    share: float = 0.0
    term: str = ""


def list_totals(totals: Totals, name_of: Callable[[str], str]) -> list[TotalsLine]:
    """The lines for some totals; `name_of` names the account's own addresses, safe to show."""
    parts = (
        ("Status", totals.statuses, _say_status),
        ("Error code", totals.codes, _say_code),
        ("Country of the other side", totals.countries, _say_country),
        ("Number or sender of ours", totals.numbers, partial(_say_address, name_of=name_of)),
    )
    lines: list[TotalsLine] = []
    for title, rows, say in parts:
        if rows:
            more = f" · {len(rows) - MOST_ROWS:,} more are not listed" if len(rows) > MOST_ROWS else ""
            lines.append(TotalsLine(f"{title}{more}", "muted"))
        for row in rows[:MOST_ROWS]:
            words, tone = say(row.value)
            lines.append(TotalsLine(words, tone, row.tally, row.tally.count / max(1, rows[0].tally.count), row.term))
    return lines


def _say_status(status: str) -> tuple[str, Tone]:
    look = look_of(status)
    return f"{look.mark} {safe_text(look.word, limit=40)}", look.tone


def _say_code(code: str) -> tuple[str, Tone]:
    from tui.widgets.error_words import short_error

    return short_error(int(code)), "plain"


def _say_country(region: str) -> tuple[str, Tone]:
    from tui.twilio.addresses import country_name

    return (country_name(region) or safe_text(region, limit=40)).removeprefix("the ") or "unknown", "plain"


def _say_address(address: str, name_of: Callable[[str], str]) -> tuple[str, Tone]:
    from tui.widgets.message_words import show_address

    shown = f"{show_address(address)}  {name_of(address)}".rstrip()
    return shown if address else "not known yet", "plain"


def bar(share: float, width: int) -> str:
    """A bar of block characters, eighths of a cell long; never nothing, since something was counted."""
    eighths = max(1, round(share * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def say_title(query: Query, count: int, of: int) -> str:
    """`9 problems of 89 in the last 7 days`: how many match, of how many in the same period."""
    from tui.archive.matching import Period

    periods = [term.text for term in query.terms if isinstance(term.criterion, Period)]
    kinds = {term.text.lower() for term in query.terms} - {text.lower() for text in periods}
    noun = ("problem" if kinds == {"is:problem"} else "message") + ("s" if count != 1 else "")
    whole = f" of {of:,}" if kinds else ""
    when = "".join(f" {_say_period(text)}" for text in periods)
    return safe_text(f"{count:,} {noun}{whole}{when}", limit=120)


def _say_period(text: str) -> str:
    key, _, value = text.lower().partition(":")
    if key == "since" and value[:-1].isascii() and value[:-1].isdecimal() and value[-1:] in ("d", "h"):
        unit = {"d": "day", "h": "hour"}[value[-1]]
        return f"in the last {value[:-1]} {unit}s" if value[:-1] != "1" else f"since one {unit} ago"
    return value if key == "on" or value == "today" else f"{key} {value}"


def say_sums(totals: Totals) -> str:
    """How many came in and went out, their segments, and what they cost."""
    tally = totals.all
    pieces = [
        f"{totals.inbound:,} in, {tally.count - totals.inbound:,} out",
        f"{tally.segments:,} segment{'' if tally.segments == 1 else 's'}",
    ]
    pieces += [say_price(cost, currency) for currency, cost in tally.costs.items()] or ["no price yet"]
    unbilled = tally.count - tally.billed
    if tally.costs and unbilled:
        pieces.append(f"{unbilled:,} without a price")
    return " · ".join(pieces)


class TotalsList(RowList):
    """The rows of the totals, under their headings."""

    CLICKS_TO_OPEN = 1

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[TotalsLine] = []
        self._counts = self._costs = 0
        """Cells of the columns."""

    def is_stop(self, index: int) -> bool:
        return self.lines[index].tally is not None

    def show(self, lines: list[TotalsLine]) -> None:
        """Show these lines, with the cursor on the first row."""
        self.lines = lines
        tallies = [line.tally for line in lines if line.tally is not None]
        self._counts = max((len(f"{tally.count:,}") for tally in tallies), default=0) + 2
        self._costs = max((cell_len(_say_costs(tally)) for tally in tallies), default=0) + 2
        self.set_row_count(len(lines), cursor=0)

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """The words, a bar, how many, and what they cost."""
        line = self.lines[index]
        if line.tally is None:
            return [(line.words, line.tone)]
        bars = 0 if width < NARROW else 8 if width < WIDE else 12
        cost = f"{_say_costs(line.tally):>{self._costs}}" if bars else ""
        room = max(8, width - bars - self._counts - len(cost) - 1)
        words = fit(f" {line.words}", room)
        return [
            (words + " " * (room - cell_len(words)), line.tone),
            (f" {bar(line.share, bars) if bars else '':<{bars}}", "accent"),
            (f"{line.tally.count:>{self._counts},}{cost}", "plain"),
        ]


def _say_costs(tally: Tally) -> str:
    """The first cost, and how many there are besides in other currencies."""
    costs = [say_price(cost, currency) for currency, cost in tally.costs.items()]
    return f"{costs[0]}{f' +{len(costs) - 1}' if len(costs) > 1 else ''}" if costs else ""


class TotalsDialog(ReportsWorkerErrors, Dialog[str]):
    """The totals of what a query finds in the archive. Answers with a narrower query, or None.

    Args:
        session: whose archive is asked.
        text: the query in force, "" for none; it can be parsed.
        covered: what of the account's history is counted, as the line above the list says it; "" for nothing known.
    """

    DEFAULT_CSS = """
    TotalsDialog {
        & > Vertical { width: 100; }
        & .sums { height: auto; margin: 0 0 1 0; }
        & .covers { height: auto; color: $quiet; margin: 1 0 0 0; }
        & TotalsList { max-height: 100; display: none; }
        &.-counted TotalsList { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("S,q", "refuse", "Back", show=False)]

    def __init__(self, session: Session, text: str, *, covered: str = "") -> None:
        super().__init__("Totals")
        self.session = session
        self.text = text
        self._covered = covered

    def parts(self) -> ComposeResult:
        if self.text.strip():
            yield Static(Content.styled(safe_text(self.text, limit=200), "$text-primary"), markup=False)
        yield Static("Adding up…", classes="sums", markup=False)
        yield TotalsList()
        yield Static("", classes="covers", markup=False)

    def keys(self) -> Content:
        return key_line(("⏎", "Show these only"), ("↑↓", "Move"), ("esc", "Back"))

    def on_mount(self) -> None:
        archive = self.session.archive
        if archive is not None:
            self.run_worker(partial(self._count, archive), exit_on_error=False)

    def on_resize(self) -> None:
        self.query_one(TotalsList).styles.max_height = max(3, self.size.height - FRAME_LINES)

    async def _count(self, archive: MessageArchive) -> None:
        from tui.archive.matching import Period
        from tui.archive.query import Query

        query = read_query(self.text, self.session)
        totals = await archive.totals(query)
        if totals is None:
            self.query_one(".sums", Static).update(Content(safe_text(archive.status.trouble, limit=300)))
            return
        period = Query(terms=tuple(term for term in query.terms if isinstance(term.criterion, Period)))
        others = totals if period.terms == query.terms else await archive.totals(period)
        of = others.all.count if others is not None else totals.all.count
        self.query_one(Vertical).border_title = Content(say_title(query, totals.all.count, of))
        words = say_sums(totals) if totals.all.count else "Nothing matches."
        self.query_one(".sums", Static).update(Content(words))
        covered = self._covered or f"what is loaded; {key_of('messages.load_history')} loads more"
        self.query_one(".covers", Static).update(Content(f"Counted: {covered}."))
        if totals.all.count:
            self.add_class("-counted")
            rows = self.query_one(TotalsList)
            rows.show(list_totals(totals, partial(name_address, self.session)))
            rows.focus()

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        line = self.query_one(TotalsList).lines[event.index]
        if not line.term:
            self.notify("There is no query for these.", markup=False)
            return
        terms = self.text.split()
        self.dismiss(self.text if line.term in terms else f"{self.text} {line.term}".strip())
