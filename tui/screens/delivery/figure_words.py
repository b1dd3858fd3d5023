"""Figures in words that cannot be misread: what a rate is of, what was timed, what it is compared with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from tui.price_format import say_price
from tui.safe_text import safe_text
from tui.theme import TONES, Tone
from tui.time_format import duration, length, short_day

if TYPE_CHECKING:
    from tui.archive.periods import Window
    from tui.archive.picture import Figures, PictureRow

Group = tuple[str, Tone]
"""Some words that are not broken over two lines, and their tone."""

PERIODS: Final = {
    "today": "today",
    "24h": "the last 24 hours",
    "7d": "the last 7 days",
    "30d": "the last 30 days",
    "month": "this month",
    "all": "all time",
}
"""What `read_window` reads → what it is called."""

WORSE: Final = 0.005
"""How much of a rate has to be lost against the period before to be pointed out."""

LONGEST_SPARKLINE: Final = 30
"""Cells."""

MOST_CURRENCIES: Final = 4
"""Currencies that are said; an account has one, and whoever answers could name thousands."""

_BLOCKS: Final = "▂▃▄▅▆▇█"
_LONG_SECONDS: Final = 100


def say_rate(rate: float | None) -> str:
    """`97.1 %`; all and none are said only where it is all or none."""
    if rate is None:
        return "–"
    tenths = round(rate * 1000)
    if 0 < rate < 1:
        tenths = min(999, max(1, tenths))
    return f"{tenths // 10} %" if tenths % 10 == 0 and tenths in (0, 1000) else f"{tenths / 10:.1f} %"


def say_rate_of(figures: Figures) -> str:
    """`97.1 % of 1,192`; `–` where nothing is settled."""
    return f"{say_rate(figures.rate)} of {figures.settled:,}" if figures.settled else "–"


def say_seconds(seconds: float) -> str:
    """`3.1 s`, `5 min`."""
    return duration(seconds) if seconds < _LONG_SECONDS else length(timedelta(seconds=seconds))


def say_costs(figures: Figures) -> str:
    """The costs, each with its currency, of `MOST_CURRENCIES`; "" where nothing has a price."""
    costs = sorted(figures.costs.items())
    said = [say_price(cost, currency) for currency, cost in costs[:MOST_CURRENCIES]]
    left = len(costs) - len(said)
    return " + ".join([*said, *([f"{left:,} more currencies"] if left else [])])


def total_groups(now: Figures, before: Figures | None) -> list[Group]:
    """What some messages add up to.

    Args:
        now: of the period.
        before: of the period before; None where there is none, or not all of it is known.
    """
    groups: list[Group] = [(f"{now.sent:,} sent", "plain")]
    if now.settled:
        words, tone = f"{say_rate_of(now)} settled delivered", "plain"
        if before is not None and before.rate is not None and now.rate is not None:
            points = round((now.rate - before.rate) * 100, 1)
            changed = f"{points:+.1f}".replace("-", "−") if points else "±0"
            words += f", {changed} (before: {say_rate_of(before)})"
            tone = "warn" if before.rate - now.rate >= WORSE else "plain"
        groups.append((words, tone))
    elif now.sent:
        groups.append(("none settled yet", "muted"))
    groups.append((f"{now.undelivered:,} undelivered", "bad" if now.undelivered else "muted"))
    groups.append((f"{now.failed:,} failed", "bad" if now.failed else "muted"))
    if now.partial:
        groups.append((f"{now.partial:,} partly delivered", "warn"))
    if now.pending:
        late = f"{now.overdue:,} of them > 1 h" if now.overdue else "none > 1 h"
        groups.append((f"{now.pending:,} still out, {late}", "warn" if now.overdue else "plain"))
    else:
        groups.append(("0 still out", "muted"))
    if now.median is not None and now.p90 is not None:
        least = f"median {say_seconds(now.median)} to delivery, 90 % within {say_seconds(now.p90)}"
        groups.append((f"{least} (of {now.timed:,} timed)", "plain"))
    if costs := say_costs(now):
        groups.append((f"{costs} ({now.billed:,} of {now.count:,} priced)", "plain"))
    else:
        groups.append(("no price yet", "muted"))
    if now.scheduled:
        groups.append((f"{now.scheduled:,} scheduled", "plain"))
    if now.canceled:
        groups.append((f"{now.canceled:,} canceled", "muted"))
    if now.inbound:
        groups.append((f"{now.inbound:,} received", "muted"))
    return groups


def flow(groups: Sequence[Group], width: int, *, dimmed: bool = False) -> Content:
    """The groups side by side in as few lines of so many cells as they take, none of them broken."""
    lines: list[list[Group]] = []
    for group in groups:
        # A short one may fill up a line above.
        fits = (line for line in lines if _cells_of([*line, group]) <= width)
        line = next(fits, None)
        if line is None:
            lines.append([group])
        else:
            line.append(group)
    between = Content.styled(" · ", TONES["muted"])
    drawn = [
        between.join([Content.styled(words, TONES["muted" if dimmed else tone]) for words, tone in line])
        for line in lines
    ]
    return Content("\n").join([Content.assemble(" ", line) for line in drawn])


def _cells_of(line: Sequence[Group]) -> int:
    return 1 + sum(cell_len(words) + 3 for words, _ in line) - 3


def sparkline(picture_rows: Sequence[PictureRow]) -> tuple[str, int]:
    """Messages sent as block characters, the oldest first, and how many rows each stands for; "" for fewer than two.

    Where nothing was sent stands `▁`, and never where something was.
    """
    counts = [row.figures.sent for row in picture_rows]
    if len(counts) < 2 or not any(counts):
        return "", 1
    size = -(-len(counts) // LONGEST_SPARKLINE)
    # The newest part is whole, the oldest may be of fewer.
    begin = len(counts) % size
    parts = [sum(counts[:begin])] if begin else []
    parts += [sum(counts[n : n + size]) for n in range(begin, len(counts), size)]
    most = max(parts)
    last = len(_BLOCKS) - 1
    return "".join("▁" if not part else _BLOCKS[round(part / most * last)] for part in parts), size


def say_period(text: str) -> str:
    """What a period is called: `the last 7 days`, `2026-11-01 to 2026-11-07`. Safe to show."""
    word = text.strip().casefold()
    if word in PERIODS:
        return PERIODS[word]
    since, dots, until = word.partition("..")
    if dots and since and until:
        return safe_text(f"{since} to {until}", limit=60)
    if dots:
        return safe_text(f"since {since}" if since else f"until {until}", limit=60)
    return safe_text(word, limit=60)


def say_within(text: str) -> str:
    """A period behind what is of it: `in the last 7 days`, `of today`, `since 2026-11-01`. Safe to show."""
    words = say_period(text)
    if words.startswith(("since ", "until ")):
        return words
    return f"in {words}" if words.startswith("the last ") else f"of {words}"


def say_window(window: Window) -> str:
    """What a period is called, by its terms: `the last 7 days`, `2026-11-01 to 2026-11-07`. Safe to show."""
    said = dict(term.split(":", 1) for term in window.terms.split())
    since, until = said.get("since", ""), said.get("until", "")
    if not since and not until:
        return say_period(said.get("on", "all"))
    return say_period(since if since in PERIODS and not until else f"{since}..{until}")


def say_before(window: Window, now: datetime) -> str:
    """The period before: `14 Nov – 20 Nov`, with times where it is not of whole days.

    Its clock times are those of then: the clocks may have been changed since.
    """
    if window.until is None:
        return ""
    now, first, end = now.astimezone(), window.since.astimezone(), window.until.astimezone()
    if first.hour == first.minute == end.hour == end.minute == 0:
        last = end - timedelta(seconds=1)
        days = (short_day(first.date(), now), short_day(last.date(), now))
        return days[0] if days[0] == days[1] else " – ".join(days)
    return f"{short_day(first.date(), now)} {first:%H:%M} – {short_day(end.date(), now)} {end:%H:%M}"
