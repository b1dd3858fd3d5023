"""What the list of events is narrowed by: words, a kind, a verdict. Compared over what is loaded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from tui.screens.webhooks.event_list import KINDS, EventRow
from tui.webhooks.errors import InvalidSetting
from tui.webhooks.events import EventKind, Verdict

_KINDS: Final = {word: kind for kind, word in KINDS.items()}
_VERDICTS: Final = {
    "verified": Verdict.VERIFIED,
    "rejected": Verdict.REJECTED,
    "cannot verify": Verdict.CANNOT_VERIFY,
    "?": Verdict.CANNOT_VERIFY,
}

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What is shown; empty means everything."""

    text: str = ""
    kind: EventKind | None = None
    verdict: Verdict | None = None

    def __bool__(self) -> bool:
        return bool(self.text or self.kind or self.verdict)

    def accepts(self, row: EventRow) -> bool:
        """Whether a row is shown."""
        if self.kind is not None and row.kind is not self.kind:
            return False
        if self.verdict is not None and row.verdict is not self.verdict:
            return False
        if not self.text:
            return True
        where = row.searched
        return all(word in where for word in self.text.casefold().split())

    def words(self) -> str:
        """In a few words."""
        parts = [KINDS[self.kind] if self.kind else "", self.verdict.value if self.verdict else ""]
        return ", ".join(part for part in (*parts, f"“{self.text}”" if self.text else "") if part)


def read_filter(text: str, kind: str, verdict: str) -> EventFilter:
    """Read what was typed; the beginning of a word will do.

    Raises:
        InvalidSetting: with the input's name as its field.
    """
    return EventFilter(text.strip(), _pick("kind", kind, _KINDS), _pick("verdict", verdict, _VERDICTS))


def _pick(field: str, typed: str, words: Mapping[str, _Value]) -> _Value | None:
    wanted = typed.strip().lower()
    if not wanted:
        return None
    found = next((value for word, value in words.items() if word.startswith(wanted)), None)
    if found is None:
        raise InvalidSetting(field, f"“{typed.strip()}” is no {field}.", f"Give {', '.join(words)}, or nothing.")
    return found
