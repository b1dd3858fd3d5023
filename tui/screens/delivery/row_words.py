"""One row in full, for the lines below the list: what a code means and what to do about it, else all the figures."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from textual.content import Content

from tui.safe_text import safe_text
from tui.screens.delivery.figure_lines import CAUSES, CODES, FigureLine, is_code, say_beside
from tui.screens.delivery.figure_words import total_groups
from tui.theme import TONES
from tui.time_reading import seconds_of_local

if TYPE_CHECKING:
    from tui.archive.periods import Window
    from tui.archive.query import Query


def describe_row(line: FigureLine, *, compared: bool) -> Content:
    """A row in a few sentences; `compared` says whether all of the period before is known."""
    row = line.row
    if row is None:
        return Content("")
    before = f" · {row.before.count:,} in the period before" if compared else ""
    count = f"{row.figures.count:,} message{'' if row.figures.count == 1 else 's'}{before}"
    if line.section == CODES:
        return _describe_code(row.value, f"{count}{f' · {say_beside(row)}' if row.beside else ''}")
    title = Content.styled(line.words, "bold")
    if line.section in CAUSES:
        return Content.assemble(title, f": {count}")
    groups = total_groups(row.figures, row.before if compared else None)
    words = Content(" · ").join([Content.styled(text, TONES[tone]) for text, tone in groups])
    return Content.assemble(title, ": ", words)


def _describe_code(code: str, counts: str) -> Content:
    from tui.widgets.error_words import advice, meaning_of

    number = int(code) if is_code(code) else 0
    return Content.assemble(
        (f"{safe_text(code, limit=20)} ", "bold"),
        f"{meaning_of(number)}\n",
        (f"→ {advice(number)}", TONES["accent"]),
        (f"  {counts}", TONES["muted"]),
    )


def query_of_row(query: Query, window: Window, term: str) -> str:
    """What finds exactly the messages that were counted for a row: query, period, and what they have in common."""
    asked = any(each.text == term for each in query.terms)
    terms = "" if term.startswith("on:") and _has_all(window, date.fromisoformat(term[3:])) else window.terms
    return " ".join(part for part in (query.text.strip(), terms, "" if asked else term) if part)


def _has_all(window: Window, day: date) -> bool:
    """Whether all of a day is in a period: then the day alone says it."""
    first, end = (seconds_of_local(datetime.combine(each, time()), None)[0] for each in (day, day + timedelta(days=1)))
    since, until = window.seconds()
    return since <= first and end <= until
