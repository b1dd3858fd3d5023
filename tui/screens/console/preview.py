"""The preview of a request under the form, notes on it, the operation's parameters, counts for each section. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from tui.raw_request.form_text import RequestText
from tui.raw_request.model import read_exactly
from tui.raw_request.pairs import name_of, switched_on
from tui.raw_request.sending import PreparedRequest
from tui.raw_request.transfer import Measured, Multipart
from tui.safe_text import glimpse, safe_text
from tui.theme import TONES
from tui.twilio.exchange import SAFE_METHODS
from tui.twilio.media_types import FORM, JSON
from tui.twilio.operations import Parameter

LONGEST_BODY = 400
"""Characters of a body that are shown, at most: more than any line holds."""

_USUAL = (
    *("To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables", "StatusCallback"),
    *("SendAt", "ScheduleType", "DateSent", "DateSent>", "DateSent<", "PageSize", "Fields", "FriendlyName"),
)
"""The most used parameters, most wanted first; Twilio's description has them anywhere."""


def show_request(prepared: PreparedRequest) -> Content:
    """Method and address, the body, the headers."""
    typed = {name.strip().lower() for name, _ in prepared.request.headers}
    headers = [
        (name, value) for name, value in prepared.headers if name.lower() != "user-agent" or name.lower() in typed
    ]
    lines = [
        Content.assemble((f"{safe_text(prepared.method, limit=12)} ", "bold"), glimpse(prepared.url, 300)),
    ]
    if body := _words_about_body(prepared):
        lines.append(Content(body))
    lines.append(Content.styled(glimpse(", ".join(f"{name}: {value}" for name, value in headers), 300), "$quiet"))
    return Content("\n").join(lines)


def show_notes(notes: tuple[str, ...]) -> Content:
    """The notes, one a line."""
    return Content("\n").join(Content.styled(f"! {safe_text(note)}", TONES["warn"]) for note in notes)


def show_known(known: tuple[Parameter, ...], text: str, room: int) -> Content:
    """The operation's parameters that are not typed yet: the required ones, the usual ones, the rest.

    `room` is in cells; those that do not fit are counted.
    """
    # Lines that are switched off count as typed.
    typed = {name_of(line.strip().lstrip("# \t"), "=")[0] for line in text.split("\n")}
    names = [each.name for each in known if each.name not in typed]
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


def section_of(typed: RequestText) -> str:
    """The section to show of a request: its body, else its query, else whatever else is filled."""
    marks = marks_of(typed)
    return next((name for name in ("body", "query", "headers", "options") if name in marks), "query")


def _count(lines: str) -> int:
    return sum(1 for _ in switched_on(lines))


def _words_about_body(prepared: PreparedRequest) -> str:
    request, content = prepared.request, prepared.outgoing.content
    if content is None:
        return ""
    size = f"body, {prepared.body_size:,} bytes"
    if isinstance(content, bytes):
        return f"{size}: {glimpse(content[:LONGEST_BODY].decode('utf-8', 'replace'), LONGEST_BODY)}"
    parts = [f"{name}={value}" for name, value in request.form]
    measured = (
        [each for each in content.sections if isinstance(each, Measured)] if isinstance(content, Multipart) else []
    )
    for part, file in zip(request.files, measured, strict=False):
        parts.append(f"{part.key}=@{part.filename or file.path.name} ({file.size:,} bytes)")
    return f"{size}: {glimpse(' · '.join(glimpse(each, 60) for each in parts), LONGEST_BODY)}"


def notes_on(prepared: PreparedRequest) -> tuple[str, ...]:
    """What to know before it is sent, besides `PreparedRequest.notes`; reads the body as JSON: call it in a thread."""
    return tuple(_notes(prepared))


def _notes(prepared: PreparedRequest) -> Iterator[str]:
    request = prepared.request
    if prepared.outgoing.content is not None and prepared.method in SAFE_METHODS:
        yield f"A {prepared.method} with a body: most servers leave it unread."
    if isinstance(request.data, str) and request.data:
        yield from _about_text(request.data, prepared.content_type)
    if request.exponential_backoff and request.retry_delay_ms and request.max_retries:
        yield "The retry delay is not used: the back-off is exponential."


def _about_text(data: str, content_type: str) -> Iterator[str]:
    kind = content_type.partition(";")[0].strip().lower()
    first = data.lstrip()[:1]
    if kind == JSON or kind.endswith("+json") or first == "{" or (first == "[" and kind != FORM):
        try:
            read_exactly(data)
        except ValueError as problem:
            yield f"Not JSON: {problem}. It goes out as {kind}."
    elif kind == FORM and "+" in data:
        yield "In a form as it is sent, + means a blank; a plus is written %2B."
