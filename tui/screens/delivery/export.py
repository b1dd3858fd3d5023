"""The picture written down: as CSV for a spreadsheet, and as plain text for a ticket. Values are the original ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from tui.screens.delivery.figure_lines import CAUSES, FigureLine, say_beside
from tui.screens.delivery.figure_words import Group, say_rate, say_rate_of

if TYPE_CHECKING:
    from tui.archive.picture import Figures, Picture, PictureRow

ENDINGS: Final = (".csv",)

WORDS: Final = (
    "One line for all, then one for each row of every section, with the period before where all of that is here. "
    "Times to delivery are in seconds. Each currency has a column of its own."
)
"""What a person is told about the file."""

_COUNTS: Final = (
    *("count", "inbound", "sent", "delivered", "undelivered", "failed", "partial", "pending", "overdue"),
    *("scheduled", "canceled", "segments", "billed", "settled", "timed"),
)
"""Columns that are called as the attributes of `Figures`."""

_OF_BEFORE: Final = ("count", "sent", "delivered", "settled")

_SECTIONS: Final = (
    *(("code", "codes"), ("country", "countries"), ("sender", "senders"), ("service", "services")),
    *(("status", "statuses"), ("hour", "hours"), ("day", "days")),
)


def csv_rows(
    picture: Picture, *, compared: bool, query: str, terms: str, name_of: Callable[[str], str]
) -> Iterator[tuple[object, ...]]:
    """The rows of the file, the names of the columns first.

    Args:
        picture: what was counted.
        compared: whether the period before is known: else nothing stands in its columns.
        query: what was asked for.
        terms: what a query says for the period.
        name_of: an own address or a service's SID → what it is called, as it was typed.
    """
    rows = [("all", "", " ".join((query, terms)).strip(), picture.all, picture.before)]
    for section, attribute in _SECTIONS:
        listed: Sequence[PictureRow] = getattr(picture, attribute)
        rows += [(section, row.value, row.term, row.figures, row.before) for row in listed]
    currencies = sorted({currency for *_, figures, _ in rows for currency in figures.costs})
    yield (
        *("section", "value", "name", "query", *_COUNTS, "delivered_percent", "median_seconds", "p90_seconds"),
        *(f"cost_{currency or 'unknown'}" for currency in currencies),
        *(f"before_{name}" for name in _OF_BEFORE),
    )
    for section, value, term, figures, before in rows:
        yield (
            *(section, value, name_of(value) if section in ("sender", "service") else "", term),
            *(getattr(figures, name) for name in _COUNTS),
            *(_percent(figures), _plain(figures.median), _plain(figures.p90)),
            *(format(figures.costs[each], "f") if each in figures.costs else None for each in currencies),
            *(getattr(before, name) if compared else None for name in _OF_BEFORE),
        )


def _percent(figures: Figures) -> str | None:
    return None if figures.rate is None else f"{figures.rate * 100:.4f}"


def _plain(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:.3f}".rstrip("0").rstrip(".")


def ticket_text(title: Sequence[str], totals: Sequence[Group], lines: Sequence[FigureLine], *, compared: bool) -> str:
    """The picture as plain text, to be pasted where there is no table.

    Args:
        title: the first lines: of what, when, how complete.
        totals: as `total_groups` has them.
        lines: the rows and their headings.
        compared: whether the period before is known.
    """
    written = [*title, "", *(words for words, _ in totals)]
    width = max((len(line.words) for line in lines if line.row is not None), default=0)
    for line in lines:
        if line.heading:
            written += ["", line.words]
        elif line.row is None:
            written.append(f"  {line.words}")
        elif line.row.figures.count or line.row.before.count:
            written.append(f"  {line.words:<{width}}  {_say_row(line, line.row, compared=compared)}")
    return "\n".join(written) + "\n"


def _say_row(line: FigureLine, row: PictureRow, *, compared: bool) -> str:
    figures = row.figures
    if line.section in CAUSES:
        pieces = [f"{figures.count:,} messages" if figures.count != 1 else "1 message"]
        if compared:
            pieces.append(f"{row.before.count:,} before")
        return ", ".join([*pieces, *([say_beside(row)] if row.beside else [])])
    pieces = [f"{figures.sent:,} sent", f"{say_rate_of(figures)} settled delivered" if figures.settled else ""]
    lost = figures.undelivered + figures.failed + figures.partial
    pieces.append(f"{lost:,} not delivered" if lost else "")
    if compared and row.before.settled:
        pieces.append(f"before: {say_rate(row.before.rate)} of {row.before.settled:,}")
    return ", ".join(piece for piece in pieces if piece)
