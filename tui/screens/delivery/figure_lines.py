"""The rows of the picture as lines: sections with headings, what each row is called, how wide columns are. Pure.

A section whose rows are causes (codes, statuses) says how many messages there are; all others say how many of theirs
were sent, and how many of the settled ones arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui.safe_text import safe_text
from tui.screens.delivery.figure_words import say_costs, say_rate, say_rate_of
from tui.theme import Tone, look_of

if TYPE_CHECKING:
    from tui.archive.picture import Picture, PictureRow

MOST_ROWS: Final = 100
"""Of each section; how many there are besides is said."""

CODES, COUNTRIES, SENDERS, SERVICES, STATUSES, HOURS, DAYS = (
    *("code", "country", "sender", "service", "status", "hour", "day"),
)
"""The sections."""

CAUSES: Final = frozenset((CODES, STATUSES))
TIMES: Final = frozenset((HOURS, DAYS))

LONGEST_BAR: Final = 32
"""Cells."""

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One line of the list.

    Attributes:
        section: which section it is of.
        words: what the messages have in common (safe to show); of a heading, its title.
        row: None for a heading, and for words in place of rows.
        share: of the largest row of its section, from 0 to 1.
        heading: whether it is the section's title.
    """

    section: str
    words: str
    tone: Tone = "plain"
    row: PictureRow | None = None
    share: float = 0.0
    heading: bool = False


def list_lines(
    picture: Picture, name_of: Callable[[str], str], now: datetime, *, only: Callable[[str], bool] = lambda _: True
) -> list[FigureLine]:
    """The lines of a picture.

    Args:
        picture: what was counted.
        name_of: an own address or a service's SID with its name, safe to show.
        now: the present.
        only: which sections are wanted.
    """
    days = [row for row in reversed(picture.days) if row.value or row.figures.count]
    parts: tuple[tuple[str, str, Sequence[PictureRow], Callable[[str], tuple[str, Tone]]], ...] = (
        (CODES, "Error code", picture.codes, _say_code),
        (COUNTRIES, "Country", picture.countries, _say_country),
        (SENDERS, "Sender", picture.senders, lambda value: (name_of(value) if value else "none named", "plain")),
        (SERVICES, "Messaging service", _named(picture.services), lambda value: (_service(value, name_of), "plain")),
        (STATUSES, "Status", picture.statuses, _say_status),
        (HOURS, f"Hour {_zones(picture.days)}".rstrip(), picture.hours if picture.all.count else (), _say_hour),
        (DAYS, "Day", days, lambda value: (_say_day(value, now), "plain")),
    )
    lines: list[FigureLine] = []
    for section, title, rows, say in parts:
        if not only(section) or (not rows and section != CODES):
            continue
        more = f" · {len(rows) - MOST_ROWS:,} more not listed" if len(rows) > MOST_ROWS else ""
        lines.append(FigureLine(section, f"{title}{more}", "muted", heading=True))
        if not rows:
            lines.append(FigureLine(section, "none of these messages has one", "muted"))
        most = max((size_of(section, row) for row in rows), default=0) or 1
        if section not in TIMES:
            # As long as their bars: of a country that only writes there may be more messages than of one sent to.
            rows = sorted(rows, key=lambda row: -size_of(section, row))
        for row in rows[:MOST_ROWS]:
            words, tone = say(row.value)
            lines.append(FigureLine(section, words, tone, row, size_of(section, row) / most))
    return lines


def size_of(section: str, row: PictureRow) -> int:
    """What the bar of a row is as long as."""
    return row.figures.count if section in CAUSES else row.figures.sent


def _named(rows: Sequence[PictureRow]) -> Sequence[PictureRow]:
    """Nothing where no message went through a service."""
    return rows if any(row.value for row in rows) else ()


def _say_code(code: str) -> tuple[str, Tone]:
    from tui.widgets.error_words import short_error

    return short_error(int(code)) if is_code(code) else safe_text(code, limit=20), "plain"


def is_code(value: str) -> bool:
    """Whether a value is an error code that may be known."""
    return value.isascii() and value.isdecimal() and len(value) <= 12


def _say_status(status: str) -> tuple[str, Tone]:
    look = look_of(status)
    return f"{look.mark} {safe_text(look.word, limit=40)}", look.tone


def _say_country(region: str) -> tuple[str, Tone]:
    from tui.twilio.addresses import country_name

    return (country_name(region) or safe_text(region, limit=40)).removeprefix("the ") or "unknown", "plain"


def _service(sid: str, name_of: Callable[[str], str]) -> str:
    return name_of(sid) if sid else "none"


def _say_hour(hour: str) -> tuple[str, Tone]:
    return f"{int(hour):02d}:00", "plain"


def _zones(days: Sequence[PictureRow]) -> str:
    """What the clocks of these days go by: `CET`, `CEST, CET` where they were changed meanwhile."""
    noons = (datetime.combine(date.fromisoformat(row.value), time(12)).astimezone() for row in days if row.value)
    return ", ".join(dict.fromkeys(noon.tzname() or "" for noon in noons))


def _say_day(value: str, now: datetime) -> str:
    if not value:
        return "no time"
    day = date.fromisoformat(value)
    year = "" if day.year == now.astimezone().year else f" {day.year}"
    return f"{day:%a} {day.day:>2} {day:%b}{year}"


def bar(share: float, width: int) -> str:
    """A bar of block characters, eighths of a cell long; nothing for nothing, and never nothing for something."""
    if share <= 0 or width <= 0:
        return ""
    eighths = max(1, round(share * width * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


# -- columns -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """One column of a section.

    Attributes:
        title: what its heading says; "" for the bar.
        cells: its width, with the blanks before it.
        text: what stands there for a row; it is put to the right, but of `left` ones.
        tone: of that.
    """

    title: str
    cells: int
    text: Callable[[FigureLine], str]
    tone: Callable[[FigureLine], Tone] = lambda _: "plain"
    left: bool = False


def lay_out(lines: Sequence[FigureLine], width: int, compared: bool) -> dict[str, tuple[int, list[FigureColumn]]]:
    """Each section's cells for its words, and its columns in their order: as many as there is room for.

    What sections have in common stands in the same place in all of them.

    Args:
        lines: all that are listed.
        width: cells of a line.
        compared: whether the period before is known.
    """
    rows = [line for line in lines if line.row is not None]
    short = all(line.section in TIMES for line in rows)
    longest = max((cell_len(line.words) for line in rows), default=0) + 2
    least = min(max(longest, 12 if short else 22), 16 if short else 42, max(9, width // 3 + 8))
    laid: dict[str, tuple[int, list[FigureColumn]]] = {}
    for section in dict.fromkeys(line.section for line in lines):
        if section in CAUSES:
            own = [line for line in rows if line.section == section]
            laid[section] = _fitted(_of_causes(section, own, compared), least, width)
        else:
            others = [line for line in rows if line.section not in CAUSES]
            laid[section] = _fitted(_of_rates(others, compared, short=short), least, width)
    return laid


def _fitted(wanted: list[tuple[int, FigureColumn]], words: int, width: int) -> tuple[int, list[FigureColumn]]:
    """As many columns as there is room for beside words of so many cells; what is left over belongs to the bar."""
    room = width - words
    shown: list[tuple[int, FigureColumn]] = []
    for place, column in wanted:
        if column.cells <= room:
            shown.append((place, column))
            room -= column.cells
    columns = [column for _, column in sorted(shown, key=lambda each: each[0])]
    last = next((column for column in columns if column.left and column.title), None)
    for_bar = min(LONGEST_BAR - 8, room // 3 if last is not None else room)
    columns = [
        _wider(column, 0 if column.title else for_bar) if column is not last else _wider(column, room - for_bar)
        for column in columns
    ]
    return width - sum(column.cells for column in columns), columns


def text_in(column: FigureColumn, line: FigureLine) -> str:
    """What stands in a column for a row."""
    return column.text(line) if column.title else bar(line.share, column.cells - 2)


def _wider(column: FigureColumn, cells: int) -> FigureColumn:
    return FigureColumn(column.title, column.cells + cells, column.text, column.tone, column.left)


def _cells(title: str, texts: Sequence[str], gap: int = 2) -> int:
    return max([len(title), *(len(text) for text in texts)]) + gap


def _column(
    place: int,
    title: str,
    rows: Sequence[FigureLine],
    text: Callable[[FigureLine], str],
    tone: Callable[[FigureLine], Tone] = lambda _: "plain",
) -> tuple[int, FigureColumn]:
    return place, FigureColumn(title, _cells(title, [text(row) for row in rows]), text, tone)


_BAR: Final = FigureColumn("", 10, lambda _: "", lambda _: "accent", left=True)
"""The bar is drawn as long as its column is."""


def _of_causes(section: str, rows: Sequence[FigureLine], compared: bool) -> list[tuple[int, FigureColumn]]:
    """By how much they matter, each with its place from the left."""
    columns = [
        _column(2, "messages", rows, lambda line: f"{line.row.figures.count:,}" if line.row else ""),
        (1, _BAR),
    ]
    if compared:
        columns.append(
            _column(3, "before", rows, lambda line: f"{line.row.before.count:,}" if line.row else "", lambda _: "muted")
        )
    if section == CODES:
        places = [say_beside(row.row) for row in rows if row.row]
        if any(places):
            cells = min(24, _cells("most to", places, gap=3))
            text: Callable[[FigureLine], str] = lambda line: say_beside(line.row) if line.row else ""  # noqa: E731
            columns.append((4, FigureColumn("most to", cells, text, lambda _: "plain")))
        remedies = [say_remedy(row.row) for row in rows if row.row]
        if any(remedies):
            columns.append(
                (
                    5,
                    FigureColumn(
                        "what to do", 24, lambda line: say_remedy(line.row) if line.row else "", _muted, left=True
                    ),
                )
            )
    return columns


def _muted(_: FigureLine) -> Tone:
    return "muted"


def say_beside(row: PictureRow) -> str:
    """The countries of a code's messages: `CA 8 · US 3`."""
    shown = [f"{safe_text(region, limit=4) or '?'} {count:,}" for region, count in row.beside[:3]]
    return " · ".join([*shown, *([f"+{len(row.beside) - 3}"] if len(row.beside) > 3 else [])])


def say_remedy(row: PictureRow) -> str:
    """What to do about a code, in its first sentence; "" where that is not known."""
    from tui.twilio.error_catalogue import explain

    known = explain(int(row.value)) if is_code(row.value) else None
    return known.remedy if known is not None else ""


def _of_rates(rows: Sequence[FigureLine], compared: bool, *, short: bool) -> list[tuple[int, FigureColumn]]:
    """By how much they matter, each with its place from the left."""

    def lost(line: FigureLine) -> int:
        figures = line.row.figures if line.row else None
        return figures.undelivered + figures.failed + figures.partial if figures is not None else 0

    def median(line: FigureLine) -> str:
        from tui.screens.delivery.figure_words import say_seconds

        seconds = line.row.figures.median if line.row else None
        return say_seconds(seconds) if seconds is not None else "–"

    columns = [
        _column(2, "sent", rows, lambda line: f"{line.row.figures.sent:,}" if line.row else ""),
        _column(
            3,
            "delivered" if short else "delivered of settled",
            rows,
            lambda line: say_rate_of(line.row.figures) if line.row else "",
        ),
        (1, _BAR),
        _column(
            4,
            "✗",
            rows,
            lambda line: f"{lost(line):,}" if lost(line) else "–",
            lambda line: "bad" if lost(line) else "muted",
        ),
    ]
    if compared:
        columns.append(
            _column(
                5,
                "before",
                rows,
                lambda line: say_rate(line.row.before.rate) if line.row else "",
                lambda _: "muted",
            )
        )
    columns.append(_column(6, "median", rows, median, lambda _: "muted"))
    columns.append(
        _column(7, "cost", rows, lambda line: say_costs(line.row.figures) if line.row else "", lambda _: "plain")
    )
    return columns
