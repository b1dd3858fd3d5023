"""Reads TwiML: the messages that a webhook's answer asks for."""

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
    """Return the messages a TwiML document asks for; other verbs, comments and blanks around a text are passed over.

    Raises:
        ValueError: it is no well-formed `<Response>`, or has a document type.
    """
    if not document.strip():
        return ()
    try:
        # Entities are declared in a document type, which is refused where it begins; so there is nothing to expand.
        root = ET.fromstring(document, ET.XMLParser(target=_NoDoctype()))  # noqa: S314
    except (ET.ParseError, LookupError, ValueError) as problem:
        raise ValueError(f"the answer is not TwiML: {problem}") from None
    if root.tag != "Response":
        raise ValueError(f"the answer's outermost element is {root.tag}, not Response")
    return tuple(_wanted(element) for element in root.findall("Message")[:MOST_MESSAGES])


class _NoDoctype(ET.TreeBuilder):
    """Builds the tree of a document that has no document type."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse one. Called by the parser."""
        raise ValueError(f"it has a document type ({name})")


def _wanted(element: ET.Element) -> Wanted:
    bodies = element.findall("Body")
    pieces = (
        ["".join(body.itertext()) for body in bodies]
        if bodies
        else [element.text or "", *(child.tail or "" for child in element)]
    )
    return Wanted(
        body="".join(pieces).strip(),
        to=element.get("to", ""),
        sender=element.get("from", ""),
        media=tuple("".join(media.itertext()).strip() for media in element.findall("Media")),
        status_callback=element.get("statusCallback", ""),
    )
