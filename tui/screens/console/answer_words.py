"""An answer in words: its first line, what an attempt came to, and the request as it was sent. Knows no widget."""

from __future__ import annotations

import re

from rich.cells import cell_len
from textual.content import Content

from tui.raw_request.model import AttemptOutcome, RawResponse, RequestAttempt, SentRequest
from tui.safe_text import glimpse, safe_lines, safe_text
from tui.screens.console.request_words import cut_sids
from tui.size_format import say_size
from tui.theme import Tone
from tui.time_format import SECOND, duration

_ACCOUNT = re.compile(r"^.*?/Accounts/(AC[0-9a-fA-F]{32}|\$TWILIO_ACCOUNT_SID)(?=[/.?])")
_SCHEME = re.compile(r"^https?://")
_LONGEST_URL = 2000


def mark_of(response: RawResponse) -> tuple[str, Tone]:
    """The sign and the colour of a status: a redirect is no failure."""
    if 200 <= response.status < 300:
        return ("!", "warn") if response.cut else ("✓", "good")
    return ("→", "warn") if 300 <= response.status < 400 else ("✗", "bad")


def headline(response: RawResponse, width: int) -> tuple[str, Tone]:
    """What an answer answers, on one line of so many cells, and its tone.

    `✓ 201 Created · POST …/Messages.json · 148 ms (connect 12 · first byte 131) · 0.9 kB`. Where there is no room the
    reason goes, then the parts of the time, then the query, and of the path what says least.
    """
    mark, tone = mark_of(response)
    status = f"{mark} {response.status}" if response.status else mark
    reason = f" {safe_text(response.reason, limit=40)}" if response.reason else ""
    method = f"{safe_text(response.method, limit=12)} "
    time, size, parts = duration(response.elapsed), say_size(response.size), parts_of(response)
    head = tail = ""
    addresses = _addresses(response.url)
    for address in addresses:
        for kept, told in ((reason, parts), ("", parts), (reason, ("", "")), ("", ("", ""))):
            head, tail = f"{status}{kept} · {method}", f" · {time}{told[0]} · {size}{told[1]}"
            line = f"{head}{address}{tail}"
            if cell_len(line) <= width:
                return line, tone
    room = width - cell_len(head) - cell_len(tail)
    return f"{head}{_end_of(addresses[-1], room)}{tail}", tone


def parts_of(response: RawResponse) -> tuple[str, str]:
    """What the time of an answer is made of, and its bytes on the wire: each in brackets, or empty."""
    timing = response.timing
    if timing is None:
        return "", ""
    parts = [
        f"{name} {_bare_time(seconds, response.elapsed)}"
        for name, seconds in (("connect", timing.connect), ("first byte", timing.first_byte))
        if seconds is not None
    ]
    attempts = len(response.attempts)
    if attempts > 1:
        parts.append(f"{duration(timing.total)} with {attempts} attempts")
    wire = f" ({say_size(timing.wire)} on the wire)" if timing.wire != response.size else ""
    return f" ({' · '.join(parts)})" if parts else "", wire


def _bare_time(seconds: float, whole: float) -> str:
    """A part of a time, in the unit that the whole is told in."""
    return f"{seconds * 1000:.0f}" if whole < SECOND else f"{seconds:.2f}".rstrip("0").rstrip(".")


def short_url(url: str) -> str:
    """A URL as safe text without its scheme, with a … for what every request of an account begins with."""
    return glimpse(_SCHEME.sub("", _ACCOUNT.sub("…", url[:_LONGEST_URL], count=1)), _LONGEST_URL)


def _addresses(url: str) -> tuple[str, str, str]:
    """The same whole, without its query, and with its SIDs cut as well."""
    whole = short_url(url)
    bare, asked, _ = whole.partition("?")
    path = bare + ("?…" if asked else "")
    return whole, path, cut_sids(path)


def _end_of(address: str, room: int) -> str:
    """The end of an address in so many cells."""
    end = address[max(0, len(address) - max(0, room - 1)) :]
    while end and cell_len(end) >= room:
        end = end[1:]
    return f"…{end.lstrip('…')}"


def attempt_words(attempt: RequestAttempt, width: int) -> str:
    """What an attempt came to: `attempt 1 of 3 · no answer in 1 s · then at once`; without the reason if too wide."""
    words = _attempt_words(attempt, f" {safe_text(attempt.reason, limit=40)}".rstrip())
    return words if cell_len(words) <= width else _attempt_words(attempt, "")


def _attempt_words(attempt: RequestAttempt, reason: str) -> str:
    head = f"attempt {attempt.number} of {attempt.most}"
    if attempt.outcome is AttemptOutcome.STARTED:
        return f"{head} · under way"
    parts = [head]
    if attempt.status:
        parts.append(f"{attempt.status}{reason}")
    took = duration(attempt.elapsed)
    if attempt.timed_out:
        parts.append(f"{'not complete' if attempt.status else 'no answer'} in {took}")
    elif attempt.error:
        # What to do about it is said once, above.
        parts += [safe_text(attempt.error.partition(". ")[0].rstrip("."), limit=120), took]
    else:
        parts.append(took)
    if attempt.wait_before_next is not None:
        wait = attempt.wait_before_next
        parts.append(f"then after {duration(wait)}" if wait >= 0.05 else "then at once")
    return " · ".join(parts)


def share_of(done: str, moved: int, whole: int | None) -> str:
    """The progress in bytes, with a bar where the whole is known."""
    if not whole:
        return f"{moved:,} bytes {done}"
    tenths = min(10, moved * 10 // whole)
    return f"{'█' * tenths}{'░' * (10 - tenths)} {moved * 100 // whole} % · {moved:,} of {whole:,} bytes {done}"


def sent_words(sent: SentRequest) -> Content:
    """A request as it was sent: its address, every header, and its body as far as it is kept."""
    lines = [
        Content.assemble((safe_text(sent.method, limit=20), "bold"), f" {safe_text(sent.url, limit=_LONGEST_URL)}"),
        *_headers(sent.headers),
    ]
    if sent.body_size:
        left = sent.body_size - len(sent.body)
        text = sent.body.decode("utf-8", "replace")
        lines += [Content(""), *(Content(line) for line in safe_lines(text, limit=None))]
        if left > 0:
            lines.append(Content.styled(f"… and {left:,} more bytes", "$quiet"))
    return Content("\n").join(lines)


def header_lines(response: RawResponse) -> list[Content]:
    """The status line and the headers of an answer, for a pane."""
    version, reason = (safe_text(each, limit=60) for each in (response.http_version, response.reason))
    return [Content.styled(f"{version} {response.status} {reason}".strip(), "bold"), *_headers(response.headers)]


def _headers(headers: tuple[tuple[str, str], ...]) -> list[Content]:
    return [
        Content.assemble((f"{safe_text(name, limit=80)}: ", "bold"), safe_text(value, limit=2000))
        for name, value in headers
    ]
