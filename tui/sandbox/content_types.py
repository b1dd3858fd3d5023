"""The types of a content template: which there are, what each has to hold, which buttons it may have.

Sources: https://www.twilio.com/docs/content/content-types-overview and Twilio's OpenAPI description. Fields that a type
may hold beside the required ones are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from tui.sandbox.parameters import refuse

Document: TypeAlias = Mapping[str, object]

_TEXT: Final = "a text"
_NUMBER: Final = "a number"
_LIST: Final = "a list that is not empty"


@dataclass(frozen=True, slots=True)
class ContentType:
    """One type: the fields it has to hold with the kind of each, and the types of its `actions`."""

    required: Mapping[str, str]
    actions: tuple[str, ...] = ()


_BUTTONS: Final = ("URL", "PHONE_NUMBER", "QUICK_REPLY")
_OF_CARDS: Final = (*_BUTTONS, "COPY_CODE", "VOICE_CALL", "PIX", "BOLETO", "PAYMENT_LINK")

# From the least to the richest, as Twilio ranks them.
_TYPES: Final[Mapping[str, ContentType]] = {
    "twilio/text": ContentType({"body": _TEXT}),
    "twilio/media": ContentType({"media": _LIST}),
    "twilio/location": ContentType({"latitude": _NUMBER, "longitude": _NUMBER}),
    "twilio/quick-reply": ContentType({"body": _TEXT, "actions": _LIST}, ("QUICK_REPLY",)),
    "twilio/call-to-action": ContentType(
        {"actions": _LIST},
        ("URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL", "VOICE_CALL_REQUEST", "REQUEST_CONTACT_INFO"),
    ),
    "twilio/list-picker": ContentType({"body": _TEXT, "button": _TEXT, "items": _LIST}),
    "twilio/card": ContentType({"title": _TEXT}, _OF_CARDS),
    "twilio/catalog": ContentType({}),
    "twilio/carousel": ContentType({"body": _TEXT, "cards": _LIST}),
    "twilio/flows": ContentType({"body": _TEXT, "button_text": _TEXT, "pages": _LIST, "type": _TEXT}),
    "twilio/schedule": ContentType({"id": _TEXT, "time_slots": _TEXT}),
    "whatsapp/card": ContentType({"body": _TEXT}, _OF_CARDS),
    "whatsapp/flows": ContentType({"body": _TEXT, "button_text": _TEXT, "flow_id": _TEXT}),
    "whatsapp/authentication": ContentType({"actions": _LIST}, ("COPY_CODE",)),
}
KINDS: Final = tuple(_TYPES)
"""Twilio's types from the least to the richest."""

# Twilio's own go five deep; what reads and copies them has to come to an end.
_DEEPEST: Final = 20
# The buttons of each card of a carousel.
_CARDS: Final = ContentType({}, _BUTTONS)


def read_types(document: Document) -> Mapping[str, Document]:
    """Read the types of a template: one at least, each with what it has to hold.

    Raises:
        Refusal: 20001 for the first that cannot be.
    """
    types = read_object(document, "types")
    if not types:
        raise refuse("types", "", "write one type at least, such as twilio/text")
    for kind, form in types.items():
        if kind not in _TYPES or not isinstance(form, dict):
            raise refuse("types", kind[:40], f"write an object for each of {', '.join(KINDS)}")
        fields = cast("dict[str, object]", form)
        if not _is_flat(fields, _DEEPEST):
            raise refuse("types", kind, f"nothing in it may lie more than {_DEEPEST} deep")
        _check(kind, fields, _TYPES[kind])
        if kind == "twilio/carousel":
            for card in cast("list[object]", fields["cards"]):
                _check(f"a card of {kind}", cast("dict[str, object]", card) if isinstance(card, dict) else {}, _CARDS)
    return cast("dict[str, Document]", types)


def read_object(document: Document, name: str) -> dict[str, object]:
    """Read a field that holds a JSON object; empty where there is none.

    Raises:
        Refusal: 20001 for anything else.
    """
    value = document.get(name)
    if value is not None and not isinstance(value, dict):
        raise refuse(name, str(value)[:40], "write a JSON object")
    return cast("dict[str, object]", value or {})


def _is_flat(value: object, deepest: int) -> bool:
    """Tell whether no list or object lies deeper than that in a JSON value."""
    if not isinstance(value, dict | list):
        return True
    inside = cast("dict[str, object]", value).values() if isinstance(value, dict) else cast("list[object]", value)
    return deepest > 0 and all(_is_flat(each, deepest - 1) for each in inside)


def _check(where: str, fields: Document, wanted: ContentType) -> None:
    for name, kind in wanted.required.items():
        if not _is(fields.get(name), kind):
            raise refuse("types", where, f"{name} has to be {kind}")
    actions = fields.get("actions")
    if actions is None or not wanted.actions:
        return
    for action in cast("list[object]", actions) if isinstance(actions, list) else [actions]:
        kind = cast("Document", action).get("type") if isinstance(action, dict) else None
        if kind not in wanted.actions:
            raise refuse("types", where, f"the type of an action is one of {', '.join(wanted.actions)}")


def _is(value: object, kind: str) -> bool:
    if kind == _TEXT:
        return isinstance(value, str) and bool(value.strip())
    if kind == _NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, list) and bool(cast("list[object]", value))
