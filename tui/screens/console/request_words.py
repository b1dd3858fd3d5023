"""A request in a few words: its address cut short, what tells it from another, what came of it. Knows no widget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui.raw_request.form_text import RequestText
from tui.raw_request.history import STOPPED

_ACCOUNT: Final = re.compile(r"^/Accounts/\$TWILIO_ACCOUNT_SID(?=[/.?])")
_HOST: Final = re.compile(r"^https://([a-z-]+)\.twilio\.com(?=/)")
_SID: Final = re.compile(r"\b([A-Z]{2}[0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})\b")
_MOST_LINES: Final = 100


def short_path(path: str) -> str:
    """A path with a `…` for what those of an account begin with; of a host of Twilio's its product alone."""
    return _HOST.sub(r"\1", _ACCOUNT.sub("…", path.strip()))


def brief_path(path: str) -> str:
    """The same with its SIDs cut as well."""
    return cut_sids(short_path(path))


def cut_sids(text: str) -> str:
    """A text with each SID as `SM12ab…34cd`."""
    return _SID.sub(r"\1…\2", text)


def result_of(status: int | None, words: str) -> str:
    """What came of a request: its status, `■` where it was stopped, `—` for no response."""
    return str(status) if status else "■" if words == STOPPED else "—"


def differences(typed: RequestText, before: RequestText | None) -> str:
    """What tells a request from the one before, in one line: the pairs of its query and body that the other had not.

    All of them where method or path differ; "again" where nothing does.
    """
    lines = _lines(typed)
    if before is None or (typed.method, typed.path.strip()) != (before.method, before.path.strip()):
        return " ".join(lines)
    theirs = _lines(before)
    found = [line for line in lines if line not in theirs]
    names = {line.partition("=")[0] for line in lines}
    found += [f"no {name}" for line in theirs if (name := line.partition("=")[0]) not in names]
    return " ".join(found) or ("again" if typed == before else "other options")


def what_differs(requests: Sequence[RequestText]) -> list[str]:
    """Of each request, newest first, what tells it from the one before it with the same method and path."""
    before: dict[tuple[str, str], RequestText] = {}
    told: list[str] = []
    for request in reversed(requests):
        asked = (request.method, request.path.strip())
        told.append(differences(request, before.get(asked)))
        before[asked] = request
    return told[::-1]


def _lines(typed: RequestText) -> list[str]:
    body = typed.body.split("\n") if typed.body_kind != "none" else []
    lines = (line.strip() for line in (*typed.query.split("\n"), *body)[:_MOST_LINES])
    # A token only repeats, for Twilio, which page it is.
    return [line for line in lines if line and not line.startswith(("#", "PageToken="))]
