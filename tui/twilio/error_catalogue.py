"""Twilio's error codes in plain words: what each means, and what to do next.

It explains; it decides nothing: what the program does about an error must not hang on an entry here. The entries are
`error_codes.tsv` beside this module, one a line, in the order of their codes, read when the first is asked for.
Meanings follow Twilio's public error dictionary. Many codes have no HTTP status, since they arrive later: in a
message's `error_code`, in a status callback, in the log of a webhook. (The status of 20009 and of the messaging
service's 217xx codes is the least certain.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

When = Literal["create", "delivery", "webhook", "registration", "account"]
Retry = Literal["no", "later", "yes"]

LONGEST_BRIEF: Final = 24
"""Cells of a meaning in few words: with its code a row gives it 30, and the rest to the text."""

_TABLE: Final = Path(__file__).with_name("error_codes.tsv")
_AGAIN: Final[Mapping[Retry, str]] = {
    "no": "Trying the same again will not help.",
    "later": "Trying the same again may help later.",
    "yes": "Trying the same again may help.",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One error code of Twilio's.

    Attributes:
        status: the HTTP status it comes with; None when it arrives later, or that is not known.
        brief: the meaning in at most `LONGEST_BRIEF` cells, for a row beside the code; no sentence.
        meaning: one sentence, to stand by itself.
        remedy: what to do next, in a sentence or two.
        when: what goes wrong: a request, a message on its way, a webhook or its answer, a registration, the account.
        retry: whether the same may be tried again as it is: not, after a while, at once.
    """

    code: int
    status: int | None
    meaning: str
    remedy: str
    when: When = "create"
    retry: Retry = "no"
    brief: str = ""

    @property
    def again(self) -> str:
        """Whether the same may be tried again as it is, as a sentence."""
        return _AGAIN[self.retry]


def explain(code: int | None) -> Explanation | None:
    """Explain `code`, or give None for no code and for one that is not in the table."""
    return None if code is None else explanations().get(code)


def page_of(code: int) -> str:
    """Where Twilio explains a code: the address of its page, also of one that is not in the table."""
    return f"https://www.twilio.com/docs/api/errors/{code}"


def say_unknown(code: int) -> str:
    """That a code is not in the table, and where Twilio explains it."""
    return f"This code is not known here; Twilio explains it at {page_of(code)}"


@cache
def explanations() -> Mapping[int, Explanation]:
    """Every explanation, by its code."""
    found = map(_read, _TABLE.read_text(encoding="utf-8").splitlines()[1:])
    return MappingProxyType({each.code: each for each in found})


def _read(line: str) -> Explanation:
    code, status, when, retry, brief, meaning, remedy = line.split("\t")
    return Explanation(
        int(code), int(status) if status else None, meaning, remedy, cast("When", when), cast("Retry", retry), brief
    )
