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

_TABLE: Final = Path(__file__).with_name("error_codes.tsv")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One error code of Twilio's.

    Attributes:
        status: the HTTP status it comes with; None when it arrives later, or that is not known.
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


def explain(code: int | None) -> Explanation | None:
    """Explain `code`, or give None for no code and for one that is not in the table."""
    return None if code is None else explanations().get(code)


@cache
def explanations() -> Mapping[int, Explanation]:
    """Every explanation, by its code."""
    found = map(_read, _TABLE.read_text(encoding="utf-8").splitlines()[1:])
    return MappingProxyType({each.code: each for each in found})


def _read(line: str) -> Explanation:
    code, status, when, retry, meaning, remedy = line.split("\t")
    return Explanation(
        int(code), int(status) if status else None, meaning, remedy, cast("When", when), cast("Retry", retry)
    )
