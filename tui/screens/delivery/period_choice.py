"""Choosing a period: a few that are asked for often, or one that is typed. And the period that a query names itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from tui.safe_text import safe_text
from tui.screens.delivery.figure_words import PERIODS
from tui.widgets.dialogs import Ask, Choice, Choose

if TYPE_CHECKING:
    from tui.archive.query import Query
    from tui.screens.base import BaseScreen

_TYPED: Final = "typed"


def choose_period(screen: BaseScreen, present: str, chosen: Callable[[str], None]) -> None:
    """Ask for a period; `chosen` is called with one that `read_window` reads."""
    now = screen.session.clock()
    choices = [Choice(text, f"{words[:1].upper()}{words[1:]}") for text, words in PERIODS.items()]
    choices.append(Choice(_TYPED, "Days of your own…", "2026-11-01..2026-11-07, 48h, yesterday"))

    def answered(text: str | None) -> None:
        if text == _TYPED:
            screen.app.push_screen(_ask(present, now), typed)
        elif text is not None:
            chosen(text)

    def typed(text: str | None) -> None:
        if text:
            chosen(text)

    at = list(PERIODS).index(present) if present in PERIODS else len(choices) - 1
    screen.app.push_screen(Choose("Which period?", choices, at=at), answered)


def _ask(present: str, now: datetime) -> Ask:
    words = "A day, two days with .. between them, or how far back: 2026-11-01..2026-11-07, yesterday, 48h, mon."
    value = "" if present in PERIODS else present
    return Ask("Period", words, value=value, check=lambda text: period_problem(text, now), action="Show")


def period_problem(text: str, now: datetime) -> str:
    """What is wrong with a period that was typed, as a sentence that is safe to show; "" for nothing."""
    from tui.archive.periods import EXAMPLES, read_window
    from tui.archive.query import QueryError

    if not text.strip():
        return f"No period is typed. {EXAMPLES}"
    try:
        read_window(text, now)
    except QueryError as problem:
        return safe_text(str(problem), limit=300)
    return ""


def take_period_out(query: Query, read: Callable[[str], Query], now: datetime) -> tuple[str, str]:
    """The text of a query without the period it names, and that period as `read_window` reads it; "" for none.

    A query that names periods in a way that is none here (twice `since:`, say) keeps them, over all time.

    Args:
        query: as it was typed.
        read: reads a query, with the names that are known.
        now: for `today` and the like.
    """
    from tui.archive.matching import Period

    rest, named = query, dict[str, str]()
    while (term := next((each for each in rest.terms if isinstance(each.criterion, Period)), None)) is not None:
        key, _, value = term.text.casefold().partition(":")
        if key in named or key not in ("since", "until", "on"):
            return query.text, "all"
        named[key] = value.strip('"')
        rest = read(rest.without(term))
    if not named:
        return query.text, ""
    since, until = (named.get(key, "") for key in ("since", "until"))
    on = named.get("on", "")
    period = on if on else _range(since, until, now)
    if (on and (since or until)) or period_problem(period, now):
        return query.text, "all"
    return rest.text, period


def _range(since: str, until: str, now: datetime) -> str:
    from tui.archive.periods import read_window

    if until or period_problem(since, now):
        return f"{since}..{until}"
    # A day goes on until now where only its beginning was named.
    return since if read_window(since, now).until is None else f"{since}.."
