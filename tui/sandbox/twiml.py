"""What a webhook answers: the messages that its TwiML asks for."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

MOST_MESSAGES = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """One `<Message>`; empty addresses mean: back to whoever wrote, from the number they wrote to."""

    body: str
    to: str = ""
    sender: str = ""
    media: tuple[str, ...] = ()
    status_callback: str = ""


def read_replies(document: bytes) -> tuple[Wanted, ...]:
    """Return the messages a TwiML document asks for; other verbs are passed over.

    Raises:
        ValueError: it is no well-formed `<Response>`, or has a document type.
    """
    if not document.strip():
        return ()
    if b"<!" in document:
        raise ValueError("the answer holds a document type, a comment or CDATA")
    try:
        root = ET.fromstring(document)  # noqa: S314 - without a DTD there is nothing to expand
    except (ET.ParseError, LookupError, ValueError) as problem:
        raise ValueError(f"the answer is not TwiML: {problem}") from None
    if root.tag != "Response":
        raise ValueError(f"the answer's outermost element is {root.tag}, not Response")
    return tuple(_wanted(element) for element in root.findall("Message")[:MOST_MESSAGES])


def _wanted(element: ET.Element) -> Wanted:
    bodies = element.findall("Body")
    body = "".join("".join(part.itertext()) for part in bodies) if bodies else element.text or ""
    return Wanted(
        body=body,
        to=element.get("to", ""),
        sender=element.get("from", ""),
        media=tuple((media.text or "").strip() for media in element.findall("Media")),
        status_callback=element.get("statusCallback", ""),
    )
