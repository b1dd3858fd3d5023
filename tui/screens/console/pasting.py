"""What is pasted into the console's form and is more than text: a curl command, a URL, an encoded query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from textual import events
from textual.message import Message
from textual.widget import Widget

from tui.textual_fixes.input_fields import LineField

_PAIRS = re.compile(r"[^\s=&?]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)+")
_REQUEST_LINE = re.compile(r"(?:([A-Za-z]{1,20})\s+)?((?:https?:/)?/[^\s?#]*)(?:\?([^\s#]*))?(?:#\S*)?(?:\s+HTTP/\S*)?")


class PastedCurl(Message):
    """A curl command was pasted into an input of the form, which did not take it as text.

    Attributes:
        text: as it was pasted.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def hand_on_curl(here: Widget, event: events.Paste) -> bool:
    """Keep a pasted curl command from being taken as text, and post it instead; whether it was one."""
    # A first visit imports no more than it needs.
    from tui.raw_request.pasted_commands import begins_with_curl

    if not begins_with_curl(event.text):
        return False
    event.stop()
    event.prevent_default()
    here.post_message(PastedCurl(event.text))
    return True


def read_encoded(text: str) -> list[tuple[str, str]]:
    """The pairs of `a=b&c=d`, decoded, also of a URL's query; none of any other text."""
    text = text.strip()
    url = _REQUEST_LINE.fullmatch(text)
    query = (url[3] or "") if url is not None else text if _PAIRS.fullmatch(text) else ""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        # Bytes that are no text would not go out as they came.
        return []


@dataclass(frozen=True, slots=True)
class RequestLine:
    """`POST /path?a=b`, as documentation has it, in its parts.

    Attributes:
        method: empty where none stands there.
    """

    method: str
    path: str
    query: list[tuple[str, str]]


def read_request_line(text: str) -> RequestLine | None:
    """The parts of a pasted line; None of what is a path and nothing else, or no path at all."""
    found = _REQUEST_LINE.fullmatch(text.strip())
    if found is None or not (found[1] or found[3]):
        return None
    return RequestLine((found[1] or "").upper(), found[2], read_encoded(found[0]))


class PastedRequestLine(Message):
    """A method, a path and a query were pasted into the path, which did not take them.

    Attributes:
        text: as it was pasted.
    """

    def __init__(self, text: str, line: RequestLine) -> None:
        super().__init__()
        self.text = text
        self.line = line


class FormLine(LineField):
    """One line of the form."""

    def _on_paste(self, event: events.Paste) -> None:
        # What Textual's own class does with a paste comes after this, and only where it was not handed on.
        hand_on_curl(self, event)
