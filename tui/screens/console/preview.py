"""The preview of a request under the form, notes on it, the operation's parameters, counts for each section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from textual.content import Content

from tui.keymap import key_of
from tui.raw_request.form_text import RequestText
from tui.raw_request.json_body import is_json_type
from tui.raw_request.model import RawRequest
from tui.raw_request.pairs import name_of, switched_on
from tui.raw_request.sending import MAY_SEND_TWICE, PreparedRequest, wait_before_next
from tui.raw_request.transfer import Measured, Multipart
from tui.safe_text import glimpse, safe_lines, safe_text
from tui.screens.console.request_words import cut_sids
from tui.theme import TONES
from tui.twilio.exchange import SAFE_METHODS
from tui.twilio.media_types import FORM
from tui.twilio.operations import Parameter
from tui.widgets.dialogs import Confirm

DELAY_UNUSED = "The retry delay is not used: the back-off is exponential."

_TAKES = {
    "number": "a number",
    "list": "one value a line, and the name again for the next",
    "object": 'JSON, such as {"1": "value"}',
}
"""Kind of a parameter → what may stand there, where Twilio does not say which values."""

_USUAL_HEADERS = frozenset({"host", "connection", "accept-encoding", "user-agent"})

LONGEST_BODY = 1_000
"""Characters of a body that are shown, at most: more than any line holds."""

_USUAL = (
    *("To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables", "StatusCallback"),
    *("SendAt", "ScheduleType", "DateSent", "DateSent>", "DateSent<", "PageSize", "Fields", "FriendlyName"),
)
"""The most used parameters, most wanted first; Twilio's description has them anywhere."""


def show_request(prepared: PreparedRequest, values: Mapping[str, str], width: int, rows: int) -> Content:
    """What will leave: method and address, headers, how often it is tried, and last the body, in so many rows.

    Before the headers stands what variables stood for (`values`: reference → value).

    Where there is room each header has its own, and address and body are shown whole; else each has one row, and the
    headers have the rest of it. Of an address that is too long for its row SIDs are cut before its end is.
    """
    method = safe_text(prepared.method, limit=12)
    room = max(1, width - len(method) - 1)
    planned = _attempts(prepared.request)
    address = _fold(glimpse(prepared.url, LONGEST_BODY), room, 4)
    meant = [f"${name} is {glimpse(value, 40)}" for name, value in values.items()]
    middle = [glimpse(each, width) for each in (*meant, *(f"{name}: {value}" for name, value in prepared.headers))]
    middle += [planned] if planned else []
    body = _words_about_body(prepared)
    if len(address) + len(middle) + bool(body) > rows:
        if len(address) > 1 and rows <= 5:
            address = [glimpse(cut_sids(prepared.url), room)]
        else:
            address = _fold(glimpse(prepared.url, LONGEST_BODY), room, max(1, min(4, rows - 4)))
        # What every request has is what may be cut off.
        typed = {name.strip().lower() for name, _ in prepared.request.headers}
        found = sorted(prepared.headers, key=lambda each: each[0].lower() in _USUAL_HEADERS - typed)
        words = " · ".join(filter(None, (*meant, planned, ", ".join(f"{name}: {value}" for name, value in found))))
        middle = [glimpse(words, width)] if rows > 1 + bool(body) else []
    lines = [Content.assemble((f"{method} ", "bold"), address[0])]
    lines += [Content(f"{' ' * (len(method) + 1)}{line}") for line in address[1:]]
    lines += [Content.styled(line, "$quiet") for line in middle]
    lines += [Content(line) for line in _fold(body, width, max(1, rows - len(lines)))]
    return Content("\n").join(lines)


def _fold(text: str, width: int, most: int) -> list[str]:
    """A text broken into rows; all of it on one where there is but one, and what does not fit is cut visibly."""
    if not text or most == 1:
        return [glimpse(text, width)] if text else []
    rows = [row.plain for line in text.split("\n") for row in Content(line).fold(max(width, 1))]
    return rows if len(rows) <= most else [*rows[: most - 1], "…"]


def _attempts(request: RawRequest) -> str:
    """`at most 3 attempts: 0.2 s, 0.4 s`; empty for one attempt."""
    if not request.max_retries:
        return ""
    waits = [wait_before_next(request, number, None, 0.0) for number in range(1, min(request.max_retries, 3) + 1)]
    more = " …" if request.max_retries > len(waits) else ""
    return f"at most {request.max_retries + 1:,} attempts: {', '.join(f'{wait:g} s' for wait in waits)}{more}"


def show_notes(notes: tuple[str, ...]) -> Content:
    """The notes, one a line."""
    return Content("\n").join(Content.styled(f"! {safe_text(note)}", TONES["warn"]) for note in notes)


def show_known(known: tuple[Parameter, ...], text: str, room: int, line: str = "") -> Content:
    """The operation's parameters that are not typed yet: the required ones, the usual ones, the rest.

    Args:
        known: all that the operation takes.
        text: the lines that are typed, or the JSON.
        room: cells; those that do not fit are counted.
        line: the one the cursor is in; where its parameter takes only some values, these are shown instead.
    """
    begun = name_of(line.strip(), "=")[0] or line.strip().partition('":')[0].strip('"')
    for each in known:
        if each.name == begun and (taken := " · ".join(each.allowed) or _TAKES.get(each.kind)):
            return Content.styled(f"{each.name} takes {glimpse(taken, room)}", "$quiet")
    # Lines that are switched off count as typed.
    typed = {name_of(line.strip().lstrip("# \t"), "=")[0] for line in text.split("\n")}
    names = [each.name for each in known if each.name not in typed and f'"{each.name}"' not in text]
    required = {each.name for each in known if each.required}
    names.sort(key=lambda name: (name not in required, _USUAL.index(name) if name in _USUAL else len(_USUAL)))
    if not names:
        return Content("")
    shown: list[str] = []
    left = room - len("takes ") + len(" · ")
    if sum(len(name) + len(" · ") for name in names) > left:
        left -= len(" · 999 more …")
    for name in names:
        left -= len(name) + 3
        if left < 0 and shown:
            break
        shown.append(name)
    parts = [Content.styled(name, "bold $quiet" if name in required else "$quiet") for name in shown]
    if len(names) > len(shown):
        parts.append(Content.styled(f"{len(names) - len(shown)} more …", "$quiet"))
    return Content.assemble(("takes ", "$quiet"), Content(" · ").join(parts))


def marks_of(typed: RequestText) -> dict[str, str]:
    """Section → a word for what it holds; sections that are empty are left out."""
    body = {"raw": "raw" if typed.body else "", "none": ""}.get(typed.body_kind)
    if body is None:
        body = f"{typed.body_kind} {_count(typed.body) or ''}".strip()
    options = sum(bool(each.strip()) for each in (typed.timeout, typed.retries, typed.delay))
    options += typed.backoff + typed.all_errors + (typed.response_type != "json")
    found = {"query": _count(typed.query), "headers": _count(typed.headers), "body": body, "options": options}
    return {name: str(mark) for name, mark in found.items() if mark}


def options_words(typed: RequestText) -> Content:
    """How a request is tried and read, in one line: `options 30 s · no retries · json`; what is not typed is quiet."""
    retries, delay = typed.retries.strip(), typed.delay.strip()
    words = [f"{glimpse(typed.timeout.strip() or '30', 12)} s", f"{glimpse(retries, 12)} retries"]
    if retries in ("", "0"):
        words[1] = "no retries"
    else:
        words.append("exponential" if typed.backoff else f"after {glimpse(delay or '0', 12)} ms")
        words += ["on all errors"] if typed.all_errors else []
    style = "$foreground" if "options" in marks_of(typed) else "$quiet"
    return Content.styled(f"options {' · '.join((*words, typed.response_type))}", style)


def section_of(typed: RequestText) -> str:
    """The section to show of a request: its body, else its query, else whatever else is filled."""
    marks = marks_of(typed)
    return next((name for name in ("body", "query", "headers", "options") if name in marks), "query")


@lru_cache(maxsize=8)
def _count(lines: str) -> int:
    # Asked for at every key, also of texts that are long.
    return sum(1 for _ in switched_on(lines))


def _words_about_body(prepared: PreparedRequest) -> str:
    request, content = prepared.request, prepared.outgoing.content
    if content is None:
        return ""
    size = f"body, {prepared.body_size:,} bytes"
    if isinstance(content, bytes):
        beginning = content[:LONGEST_BODY].decode("utf-8", "replace")
        if "\n" in beginning.strip():
            return "\n".join((f"{size}:", *safe_lines(beginning, limit=LONGEST_BODY)))
        return f"{size}: {glimpse(beginning, LONGEST_BODY)}"
    if isinstance(content, Measured):
        return f"{size}: the file {glimpse(str(content.path), LONGEST_BODY)}"
    parts = [f"{name}={value}" for name, value in request.form]
    measured = (
        [each for each in content.sections if isinstance(each, Measured)] if isinstance(content, Multipart) else []
    )
    for part, file in zip(request.files, measured, strict=False):
        parts.append(f"{part.key}=@{part.filename or file.path.name} ({file.size:,} bytes)")
    return f"{size}: {glimpse(' · '.join(glimpse(each, 60) for each in parts), LONGEST_BODY)}"


def question_before(prepared: PreparedRequest) -> Confirm | None:
    """What to ask before it is sent; None for what needs no question. Its no means that it is not as it should be."""
    asked = [MAY_SEND_TWICE] if MAY_SEND_TWICE in prepared.notes else []
    if prepared.mistake is None or not is_json_type(prepared.content_type):
        return Confirm("Send with retries?", MAY_SEND_TWICE, yes="Send as set", no="Change it") if asked else None
    words = f"{prepared.mistake}. It would be sent as it is, as {prepared.content_type}."
    words = safe_text(words[:1].upper() + words[1:], limit=300)
    return Confirm("This is not JSON", " ".join((words, *asked)), yes="Send it as it is", no="Go to the mistake")


def notes_on(prepared: PreparedRequest) -> tuple[str, ...]:
    """What to know before it is sent, besides `PreparedRequest.notes`; reads the body as JSON: call it in a thread."""
    return tuple(_notes(prepared))


def _notes(prepared: PreparedRequest) -> Iterator[str]:
    request = prepared.request
    if prepared.outgoing.content is not None and prepared.method in SAFE_METHODS:
        yield f"A {prepared.method} with a body: most servers leave it unread."
    if isinstance(request.data, str) and request.data:
        yield from _about_text(prepared, request.data)
    if request.exponential_backoff and request.retry_delay_ms and request.max_retries:
        yield DELAY_UNUSED


def _about_text(prepared: PreparedRequest, data: str) -> Iterator[str]:
    kind = prepared.content_type.partition(";")[0].strip().lower()
    if prepared.mistake is not None:
        key = key_of("console.format")
        yield f"Not JSON: {prepared.mistake}. It goes out as {glimpse(kind, 60)}; {key} goes there."
    elif kind == FORM and "+" in data:
        yield "In a form as it is sent, + means a blank; a plus is written %2B."
