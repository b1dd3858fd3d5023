"""Reply templates: checked once, rendered as TwiML for each inbound message, with everything escaped.

A template is plain text, which becomes one `<Message>`, or a whole `<Response>` document. `{From}`, `{Body}` and
every other parameter may stand in it; what was received fills text and attribute values only, never markup.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final
from xml.sax import saxutils

from tui.webhooks.errors import InvalidSetting
from tui.webhooks.parameters import first_values

EMPTY: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
LARGEST: Final = 64 * 1024
"""Bytes of a reply; a longer one is not sent (Twilio reads no more than this)."""

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_FIELD: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^?>]*\?>\s*")
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_ATTRIBUTES: Final = {'"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def check_template(template: str) -> None:
    """Check a template.

    Raises:
        InvalidSetting: it begins like TwiML but is not well-formed, is no `<Response>`, holds a comment, CDATA
            or a document type, or is too long.
    """
    if len(template.encode("utf-8", "replace")) > LARGEST // 2:
        raise InvalidSetting("reply", "The reply is longer than 32 KB.", "Shorten it.")
    if template.lstrip().startswith("<"):
        _parse(template)
    elif _NOT_XML.search(template):
        raise InvalidSetting("reply", "The reply holds a control character.", "Take it out.")


def render(template: str, parameters: Sequence[tuple[str, str]]) -> bytes:
    """The TwiML of a template filled with these parameters; always well-formed, never raises.

    A parameter that was not received is filled with nothing. A blank template, one that cannot be used and a result
    that would be too long give the empty `<Response/>`, which answers nothing.
    """
    if not template.strip():
        return EMPTY
    try:
        check_template(template)
    except InvalidSetting:
        return EMPTY
    values = first_values(parameters)
    document = template.lstrip().startswith("<")
    plain = _DECLARATION.sub("", template, count=1) if document else template
    if len(plain) + sum(len(values.get(name, "")) for name in _FIELD.findall(plain)) > 2 * LARGEST:
        # A megabyte in five thousand places would be filled in before it is found to be too long.
        return EMPTY
    if document:
        body = _FIELD.sub(lambda field: escape(values.get(field[1], "")), plain).strip()
    else:
        text = _FIELD.sub(lambda field: values.get(field[1], ""), plain.strip())
        body = f"<Response><Message>{escape(text)}</Message></Response>"
    answer = f"{_HEAD}{body}".encode("utf-8", "replace")
    return answer if len(answer) <= LARGEST else EMPTY


def escape(text: str) -> str:
    """Escape text for XML, also within an attribute; a character that XML cannot carry becomes U+FFFD."""
    return saxutils.escape(_NOT_XML.sub("\ufffd", text), _IN_ATTRIBUTES)


def _parse(template: str) -> None:
    body = _DECLARATION.sub("", template, count=1)
    if "<!" in body or "<?" in body:
        raise InvalidSetting(
            "reply",
            "The reply holds a comment, CDATA, a document type or a processing instruction.",
            "Write plain elements only, such as <Response><Message>Thank you, {From}</Message></Response>.",
        )
    try:
        # Names in XML hold no braces, so a field in the place of one is refused here.
        root = ET.fromstring(body)  # noqa: S314 - no DTD gets this far
    except (ET.ParseError, ValueError) as problem:
        place = ""
        if isinstance(problem, ET.ParseError):
            line, column = problem.position
            place = f" (line {line}, column {column + 1})"
        raise InvalidSetting(
            "reply",
            f"The reply begins like TwiML but is not well-formed{place}.",
            "Close every element, and write & as &amp;.",
        ) from None
    if root.tag != "Response":
        raise InvalidSetting("reply", "The reply's outermost element is not Response.", "Wrap it in <Response>.")
