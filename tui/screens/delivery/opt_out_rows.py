"""The lines and sentences of the list of opt-outs, and its CSV. All words are safe to show. Knows no widgets.

Columns give way as the list narrows: below 100 cells a number stands only where there is no name for it, and a day
without its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui.safe_text import glimpse
from tui.storage.records import local_time
from tui.theme import Tone, look_of
from tui.time_format import short
from tui.widgets.error_words import short_error
from tui.widgets.message_words import day_of, show_address
from tui.widgets.row_list import Piece, fit

if TYPE_CHECKING:
    from tui.archive.opt_outs import OptOut, SentSince

WIDE: Final = 100
"""Cells of a row that has room for all of it."""

_NUMBER, _SENT = 21, 14
_LEAST_OF_SENDER, _MOST_OF_SENDER = 12, 30

REFUSAL: Final = "21610"
"""What says so where no word does."""

COLUMNS: Final = (
    *("number", "contact_name", "sender", "sender_name", "opted_out", "by"),
    *("sent_since", "refused_since", "delivered_since", "last_sent", "last_status", "last_error_code"),
)
"""Of the CSV. `sender` is the account's own address or a messaging service's SID, `by` the person's word or 21610."""


@dataclass(frozen=True, slots=True)
class OptOutNames:
    """What the two sides of an opt-out are called; both take an address and give "" for no name, safe to show."""

    person: Callable[[str], str]
    sender: Callable[[str], str]


def sender_words(sender: str, names: OptOutNames) -> str:
    """Its name, or else its number; `a sender` where Twilio named none."""
    return names.sender(sender) or (show_address(sender) if sender else "a sender")


def _columns(width: int) -> tuple[int, int, int, int, int]:
    """Cells of number (or name), name, sender, since and by, with the blanks that end each; 0 for none."""
    number, name, since, by = (_NUMBER, 22, 14, 13) if width >= WIDE else (20, 0, 13, 9)
    room = width - 1 - number - name - since - by - _SENT
    return number, name, max(_LEAST_OF_SENDER, min(_MOST_OF_SENDER, room)), since, by


def title_line(width: int) -> str:
    """The line above the rows."""
    columns = _columns(width)
    titles = zip(("Number" if columns[1] else "Who", "Name", "To", "Since", "By"), columns, strict=True)
    return " " + "".join(f"{title:<{cells}}" if cells else "" for title, cells in titles)


def opt_out_row(opt_out: OptOut, sent: SentSince | None, width: int, now: datetime, names: OptOutNames) -> list[Piece]:
    """One person and sender as a row of so many cells; `sent` is None while it is not counted yet."""
    first, second, senders, since, by = _columns(width)
    name, number = names.person(opt_out.address), show_address(opt_out.address)
    when = short(opt_out.since, now) if second else day_of(int(opt_out.since.timestamp()), now)
    return [
        (" " + _column(number if second else name or number, first), "plain"),
        (_column(name, second) if second else "", "plain"),
        (_column(sender_words(opt_out.sender, names), senders), "plain"),
        (_column(when, since), "muted"),
        (_column(glimpse(opt_out.by, 20), by), "muted" if opt_out.by == REFUSAL else "plain"),
        sent_words(sent),
    ]


def _column(text: str, width: int) -> str:
    """A text in so many cells, of which the last two are blank."""
    cut = text if cell_len(text) <= width - 2 else fit(text, width - 2)
    return cut + " " * (width - cell_len(cut))


def sent_words(sent: SentSince | None) -> tuple[str, Tone]:
    """`3 sent since` where Twilio let them through, `2 refused` where it did not, nothing for nothing."""
    if sent is None:
        return "…", "muted"
    if sent.let_through:
        return f"{sent.let_through:,} sent since", "warn"
    return (f"{sent.refused:,} refused", "muted") if sent.refused else ("", "muted")


def summary(count: int, shown: int, sent: Iterable[SentSince | None]) -> tuple[str, Tone]:
    """How many there are, and to how many something was sent since."""
    counted = list(sent)
    through = sum(each is not None and each.let_through > 0 for each in counted)
    pieces = [f"{shown:,} of {count:,} opt-outs" if shown != count else f"{count:,} opt-out{'' if count == 1 else 's'}"]
    if None in counted:
        pieces.append("looking for what was sent since…")
    elif through:
        pieces.append(f"to {through:,} of them messages went out since")
    else:
        pieces.append("nothing went out to them since")
    return " · ".join(pieces), "warn" if through else "muted"


def detail_lines(opt_out: OptOut, sent: SentSince | None, now: datetime, names: OptOutNames) -> list[str]:
    """What says that somebody opted out, and what was sent to them since, as sentences, one a line."""
    who, number = names.person(opt_out.address), show_address(opt_out.address)
    who = f"{who} ({number})" if who else number
    where = sender_words(opt_out.sender, names)
    when = short(opt_out.since, now)
    if opt_out.by == REFUSAL:
        said = f"Twilio refused a message from {where} to {who}, {when}: they had opted out before."
    else:
        numbers = ", ".join(show_address(each) for each in opt_out.numbers if each != opt_out.sender)
        at = f" (at {glimpse(numbers, 60)})" if numbers else ""
        said = f"{who} sent {glimpse(opt_out.by, 40)} to {where}{at}, {when}."
    return [said, _say_sent(sent, now)]


def _say_sent(sent: SentSince | None, now: datetime) -> str:
    if sent is None:
        return ""
    if not sent.count or sent.last is None:
        return "Nothing was sent to them since, as far as messages are loaded."
    if not sent.let_through:
        refused = "1 message (21610):" if sent.count == 1 else f"{sent.count:,} messages (21610), the last:"
        return f"Nothing went out to them since. Twilio refused {refused} {short(sent.last, now)}."
    parts = [f"{sent.arrived:,} delivered", f"{sent.refused:,} refused by Twilio (21610)"]
    parts = [each for each in parts if not each.startswith("0 ")]
    of = f", {' and '.join(parts)}" if parts else ""
    why = f", {short_error(sent.code, '')}" if sent.code is not None else ""
    last = f"{short(sent.last, now)}, {look_of(glimpse(sent.status, 20)).word}{why}."
    return (
        f"Since then 1 was sent: {last}"
        if sent.count == 1
        else f"Since then {sent.count:,} were sent{of}. The last: {last}"
    )


def csv_rows(
    rows: Iterable[tuple[OptOut, SentSince]], *, name_of: Callable[[str], str], sender_name: Callable[[str], str]
) -> Iterator[tuple[object, ...]]:
    """The rows of the CSV below `COLUMNS`; times are local, with their offset from UTC."""
    for each, sent in rows:
        yield (
            *(each.address, name_of(each.address), each.sender, sender_name(each.sender)),
            *(local_time(each.since), each.by),
            *(sent.count, sent.refused, sent.arrived, local_time(sent.last), sent.status, sent.code),
        )
