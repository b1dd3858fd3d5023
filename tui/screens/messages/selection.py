"""What a person narrows the list by: part of it asked of Twilio, part of it looked for in what is loaded.

Twilio selects by address and date only. Status, direction and text are compared here, over the loaded
messages, and the screen says so. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tui.twilio.errors import InvalidRequest
from tui.twilio.statuses import PROBLEMS, STATUSES

if TYPE_CHECKING:
    from tui.twilio.messages import Filters, Message

NAMES = ("to", "from", "after", "before", "status", "direction", "text")
"""The inputs of the form, in order."""


@dataclass(frozen=True, slots=True)
class Local:
    """What is compared over the loaded messages; empty means any.

    Attributes:
        status: the beginning of a status, or `problem` for failed and undelivered.
        direction: `in` or `out`.
        text: words that stand in the body or an address, any case.
    """

    status: str = ""
    direction: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.status or self.direction or self.text)

    def accepts(self, message: Message) -> bool:
        """Whether a message is shown."""
        if self.status == "problem":
            if message.error_code is None and message.status not in PROBLEMS:
                return False
        elif self.status and message.status != self.status:
            return False
        if self.direction and message.inbound != (self.direction == "in"):
            return False
        if not self.text:
            return True
        where = f"{message.body}\n{message.to}\n{message.from_}\n{message.sid}\n{message.error_code or ''}".casefold()
        return all(word in where for word in self.text.casefold().split())


@dataclass(frozen=True, slots=True)
class Selection:
    """Both parts, and what was typed for them; `server` is None where nothing is asked of Twilio."""

    server: Filters | None = None
    local: Local = field(default_factory=Local)
    typed: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self.server is not None or bool(self.local)

    def words(self) -> str:
        """What the list is narrowed by, in a few words."""
        return ", ".join(f"{name} {value}" for name, value in self.typed if value)


def read_selection(typed: Mapping[str, str], today: date) -> Selection:
    """Read the form.

    Args:
        typed: input name (see `NAMES`) → text.
        today: for `today`, `yesterday` and `7d`.

    Raises:
        InvalidRequest: with the input's name as its field.
    """
    from tui.twilio.messages import Filters

    text = {name: typed.get(name, "").strip() for name in NAMES}
    after = _read_day("after", text["after"], today)
    before = _read_day("before", text["before"], today)
    if after and before and after > before:
        raise InvalidRequest("before", "The end lies before the beginning.", "Swap the two dates.")
    status = text["status"].lower()
    if status and status != "problem" and status not in STATUSES:
        raise InvalidRequest("status", f"There is no status “{status}”.", f"Give problem, {', '.join(STATUSES)}.")
    direction = {"": "", "in": "in", "inbound": "in", "out": "out", "outbound": "out"}.get(text["direction"].lower())
    if direction is None:
        raise InvalidRequest("direction", f"“{text['direction']}” is no direction.", "Give in or out.")
    server = Filters(to=_compact(text["to"]), from_=_compact(text["from"]), sent_after=after, sent_before=before)
    return Selection(
        server=server if server.query() else None,
        local=Local(status, direction, text["text"]),
        typed=tuple((name, text[name]) for name in NAMES),
    )


def _compact(address: str) -> str:
    """A number without the blanks and dashes people write; other addresses as they stand."""
    bare = "".join(c for c in address if c not in " -()./\u00a0")
    return bare if bare.lstrip("+").isdigit() else address


def _read_day(name: str, text: str, today: date) -> date | None:
    if not text:
        return None
    lowered = text.lower()
    if lowered in ("today", "yesterday"):
        return today - timedelta(days=lowered == "yesterday")
    if lowered.endswith("d") and lowered[:-1].isdecimal() and len(lowered) < 6:
        return today - timedelta(days=int(lowered[:-1]))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(
            name, f"“{text}” is not a date.", "Write 2026-11-23, today, yesterday, or 7d for a week ago."
        ) from None
