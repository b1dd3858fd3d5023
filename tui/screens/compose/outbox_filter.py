"""What is typed to narrow the outbox: words that a line has to have, and states as `is:unknown`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.archive.folding import fold
from tui.safe_text import glimpse
from tui.screens.compose.outbox_rows import key_of_line
from tui.screens.jobs.job_words import job_look, job_name, kind_word
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.twilio.error_catalogue import explain
from tui.twilio.message import PROBLEMS, STATUSES
from tui.widgets.message_words import show_address

if TYPE_CHECKING:
    from tui.services.jobs import JobView

STATES: Final = (
    *("unknown", "failed", "accepted", "rejected", "not-sent", "sending", "marked", "by-hand", "job"),
    *("running", "paused", "halted", "interrupted", "finished", "stopped"),
)
"""What may follow `is:`, beside Twilio's statuses. `failed` is whatever did not arrive, for whichever reason."""

PLACEHOLDER: Final = "words, numbers, a SID, or is:unknown  is:failed  is:accepted  is:job …"

_LONGEST: Final = 400
"""Characters of a text that are looked through."""


@dataclass(frozen=True, slots=True)
class OutboxFilter:
    """What a line has to have.

    Attributes:
        words: all of these, folded, in what is said of it.
        states: all of these.
        wrong: why a state is none, as a sentence; empty for nothing.
    """

    words: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    wrong: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.states)


def read_filter(typed: str) -> OutboxFilter:
    """What is meant by what was typed. A state that is still being typed is none that is wrong."""
    words: list[str] = []
    states: list[str] = []
    wrong = ""
    for each in typed.split():
        name, colon, state = each.partition(":")
        if name.casefold() != "is" or not colon:
            words.append(fold(each).strip())
        elif state.casefold() in _KNOWN:
            states.append(state.casefold())
        elif not any(known.startswith(state.casefold()) for known in _KNOWN):
            wrong = f"is:{glimpse(state, 24)} is no state here. There are: {', '.join(STATES[:9])} …"
    return OutboxFilter(tuple(filter(None, words)), tuple(states), wrong)


_KNOWN: Final = frozenset((*STATES, *STATUSES))


@dataclass(frozen=True, slots=True)
class LineWords:
    """By what a line is found.

    Attributes:
        text: folded.
        digits: of its numbers, without what stands between them.
        states: what may follow `is:`.
    """

    text: str
    digits: str
    states: frozenset[str]

    def has(self, wanted: OutboxFilter) -> bool:
        """Whether the line has all that is wanted."""
        return self.states.issuperset(wanted.states) and all(map(self._has_word, wanted.words))

    def _has_word(self, word: str) -> bool:
        digits = "".join(filter(str.isdecimal, word))
        # A number is found however it is written; two digits are in every number.
        number = len(digits) > 2 and not any(map(str.isalpha, word))
        return word in self.text or (number and digits in self.digits)


def words_of(line: JournalEntry | JobView, status: str, name_of: Callable[[str], str]) -> LineWords:
    """By what a line is found.

    Args:
        line: a send or a job.
        status: the newest known status of its message; empty for none.
        name_of: an address → what it is called.
    """
    if not isinstance(line, JournalEntry):
        look, new = job_look(line).word, line.job.new
        texts = [job_name(line.job), new.source, kind_word(line.job), look, *new.senders]
        return LineWords(fold("\n".join(texts)), _digits(*new.senders), frozenset({"job", look.split()[0]}))
    known = explain(line.code) if line.code is not None else None
    texts = [
        *(line.to, show_address(line.to), name_of(line.to), line.sender, name_of(line.sender), line.text[:_LONGEST]),
        *(line.sid or "", str(line.code or ""), known.brief if known else "", status, line.connection),
        line.template.name if line.template is not None else "",
    ]
    return LineWords(fold("\n".join(texts)), _digits(line.to, line.sender), frozenset(_states(line, status)))


def _states(entry: JournalEntry, status: str) -> set[str]:
    states = {entry.state.value.replace("_", "-"), *([status] if status else [])}
    if entry.state in (JournalState.REJECTED, JournalState.NOT_SENT) or status in PROBLEMS:
        states.add("failed")
    if entry.state is JournalState.ACCEPTED and entry.sid is None:
        states.add("marked")
    if entry.by_hand:
        states.add("by-hand")
    return states


def _digits(*numbers: str) -> str:
    return "\n".join("".join(filter(str.isdecimal, each)) for each in numbers)


class OutboxLines:
    """All lines of the outbox, and those of them that have what is typed.

    Args:
        status: the newest known status of an entry's message; empty for none.
        name_of: an address → what it is called.

    Attributes:
        all: every line, in its order.
        wanted: what a line has to have.
    """

    def __init__(self, status: Callable[[JournalEntry], str], name_of: Callable[[str], str]) -> None:
        self._status, self._name_of = status, name_of
        self.all: Sequence[JournalEntry | JobView] = ()
        self.wanted = OutboxFilter()
        self._words: dict[tuple[str, int], LineWords] = {}

    def take(self, lines: Sequence[JournalEntry | JobView]) -> None:
        """These are all from now on."""
        self.all = lines
        self._words.clear()

    def job(self, id: int) -> JobView | None:
        """A job's line."""
        return next((line for line in self.all if not isinstance(line, JournalEntry) and line.job.id == id), None)

    def take_job(self, newer: JobView) -> None:
        """A job's line is this one from now on."""
        key = key_of_line(newer)
        self._words.pop(key, None)
        self.all = [newer if key_of_line(line) == key else line for line in self.all]

    @property
    def listed(self) -> Sequence[JournalEntry | JobView]:
        """Those that have what is wanted."""
        return [line for line in self.all if self._words_of(line).has(self.wanted)] if self.wanted else self.all

    def _words_of(self, line: JournalEntry | JobView) -> LineWords:
        if (words := self._words.get(key := key_of_line(line))) is None:
            status = self._status(line) if isinstance(line, JournalEntry) else ""
            words = self._words[key] = words_of(line, status, self._name_of)
        return words
