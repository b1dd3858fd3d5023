"""Content templates (HX…): the texts an account keeps at Twilio, their variables, and what WhatsApp said to them.

A template holds one form for each of its types, and Twilio sends the richest one that the channel takes. Sources:
https://www.twilio.com/docs/content/content-api-resources, /content-types-overview, /using-variables-with-content-api.
The calls raise the `RequestFailed`s of `tui.twilio.errors`; what is read is remote text, to be made safe by who shows
it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from tui.twilio.client import Client
from tui.twilio.errors import ApiError
from tui.twilio.lenient_json import as_items, as_mapping, as_text, as_time
from tui.twilio.numbers import MOST_LINKS, list_items

PAGE_SIZE: Final = 100

MOST_LISTED: Final = PAGE_SIZE * MOST_LINKS
"""Templates that are listed; WhatsApp approves up to 6,000 of an account."""

LONGEST: Final = 4096
"""Characters of a text that are kept: a message has 1600 at most."""

MOST_LINES: Final = 40
"""Buttons, items and the like of one form that are kept."""

MOST_VARIABLES: Final = 100
"""Variables of one template (Twilio's own limit)."""

WHATSAPP: Final = "whatsapp"

MEDIA: Final = "twilio/media"

KINDS: Final = {
    "twilio/text": "text",
    "twilio/media": "media",
    "twilio/location": "location",
    "twilio/quick-reply": "quick reply",
    "twilio/call-to-action": "call to action",
    "twilio/list-picker": "list picker",
    "twilio/card": "card",
    "twilio/carousel": "carousel",
    "twilio/catalog": "catalog",
    "twilio/flows": "flow",
    "whatsapp/card": "WhatsApp card",
    "whatsapp/flows": "WhatsApp flow",
    "whatsapp/authentication": "authentication",
}
"""Types, from the least to the richest as Twilio ranks them, and what they are called here."""

_OF_SMS: Final = frozenset({"twilio/text", MEDIA})

_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}\s]{1,64})\s*\}\}")


@dataclass(frozen=True, slots=True)
class Approval:
    """What a channel said to a template.

    Attributes:
        status: unsubmitted, received, pending, approved, rejected, paused or disabled; what else Twilio says stays.
        reason: why it was rejected.
    """

    status: str
    reason: str = ""
    category: str = ""


UNKNOWN: Final = Approval("")


@dataclass(frozen=True, slots=True)
class ContentForm:
    """A template in one of its types.

    Attributes:
        kind: the type, such as `twilio/quick-reply`.
        body: the text, with its placeholders.
        lines: what stands below the text, a line each: footer, media, buttons, items.
        head: what stands above it.
    """

    kind: str
    body: str = ""
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the variables in it, once each, in the order in which they are read."""
        return tuple(
            dict.fromkeys(
                found[1] for text in (*self.head, self.body, *self.lines) for found in _PLACEHOLDER.finditer(text)
            )
        )


@dataclass(frozen=True, slots=True)
class ContentTemplate:
    """One template.

    Attributes:
        name: its friendly name; no recipient sees it.
        forms: one for each type, the richest first; never empty.
        variables: name → sample, in the order in which they are read. Twilio sends the sample where no value is given.
        approvals: channel → what it said; empty where that is not known.
    """

    sid: str
    name: str
    language: str
    forms: tuple[ContentForm, ...]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    approvals: Mapping[str, Approval] = field(default_factory=dict[str, Approval])
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def kind(self) -> str:
        """Its richest type."""
        return self.forms[0].kind

    @property
    def body(self) -> str:
        """The text of its richest form."""
        return self.forms[0].body

    @property
    def approval(self) -> str:
        """WhatsApp's word: approved, pending …; empty where it is not known."""
        return self.approvals.get(WHATSAPP, UNKNOWN).status

    def form_for(self, *, sms: bool) -> ContentForm:
        """The form that is sent: by SMS the richest of those it takes, where there is one, else the richest of all."""
        if sms:
            return next((form for form in self.forms if form.kind in _OF_SMS), self.forms[0])
        return self.forms[0]


@dataclass(frozen=True, slots=True)
class RenderedTemplate:
    """A template with values in the place of its variables.

    Attributes:
        text: the body; a variable without a value stands in it as it was written.
        lines, head: see `ContentForm`.
        missing: the variables in it that have no value, in the order in which they are read.
    """

    kind: str
    text: str
    lines: tuple[str, ...]
    missing: tuple[str, ...]
    head: tuple[str, ...] = ()


def render(template: ContentTemplate, values: Mapping[str, str], *, sms: bool = False) -> RenderedTemplate:
    """Fill a template in, as it goes by SMS or by another channel. An empty value counts as none: 21656 refuses it."""
    form = template.form_for(sms=sms)
    missing = tuple(name for name in form.placeholders if not values.get(name))
    head, lines = (tuple(fill(line, values) for line in part) for part in (form.head, form.lines))
    return RenderedTemplate(form.kind, fill(form.body, values), lines, missing, head)


def fill(text: str, values: Mapping[str, str]) -> str:
    """A text with values in the place of its placeholders, in one pass; those without a value stay."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], text)


def read_values(variables: str) -> dict[str, object] | None:
    """The values in ContentVariables by name, as JSON has them; None for a text that is no JSON object."""
    if not variables.strip():
        return {}
    try:
        document: object = json.loads(variables)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", document) if isinstance(document, dict) else None


def as_values(variables: str) -> dict[str, str]:
    """The values in ContentVariables as the texts that stand in the message; empty where they cannot be read."""
    values = read_values(variables) or {}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def put_value(variables: str, name: str, value: str) -> str:
    """ContentVariables with another value for one name, all others as they were; an empty value takes it out."""
    values = read_values(variables) or {}
    if value:
        values[name] = value
    else:
        values.pop(name, None)
    return json.dumps(values, ensure_ascii=False) if values else ""


async def list_templates(client: Client) -> tuple[ContentTemplate, ...]:
    """The account's templates by name and language, `MOST_LISTED` at most.

    A key may be allowed to read the templates and not their approvals, which are unknown then.
    """
    try:
        found = await _list(client, "/v1/ContentAndApprovals")
    except ApiError as problem:
        if problem.status not in (403, 404):
            raise
        found = await _list(client, "/v1/Content")
    return tuple(sorted(found.values(), key=lambda each: (each.name.casefold(), each.language, each.sid)))


async def _list(client: Client, path: str) -> dict[str, ContentTemplate]:
    items = list_items(
        client,
        client.policy.product("content", f"{path}?PageSize={PAGE_SIZE}"),
        "contents",
        "The answer holds no templates.",
        "Type the template's SID, or look in Twilio's Console under Content Template Builder.",
        lambda page: as_mapping(page.get("meta")).get("next_page_url"),
    )
    found: dict[str, ContentTemplate] = {}
    async for item in items:
        template = read_template(item)
        if template.sid:
            found.setdefault(template.sid, template)
    return found


def read_template(item: Mapping[str, object]) -> ContentTemplate:
    """A template from its JSON object; odd and missing values become empty ones, unknown types are kept."""
    kinds = list(as_mapping(item.get("types")).items())[: 2 * len(KINDS)]
    ranks = list(KINDS)
    kinds.sort(key=lambda each: ranks.index(each[0]) if each[0] in KINDS else -1, reverse=True)
    forms = tuple(_read_form(kind[:64], as_mapping(payload)) for kind, payload in kinds) or (ContentForm(""),)
    samples = {name[:64]: as_text(sample)[:LONGEST] for name, sample in as_mapping(item.get("variables")).items()}
    names = [*(name for form in forms for name in form.placeholders), *samples]
    return ContentTemplate(
        sid=as_text(item.get("sid"))[:64],
        name=as_text(item.get("friendly_name"))[:LONGEST],
        language=as_text(item.get("language"))[:64],
        forms=forms,
        variables={name: samples.get(name, "") for name in list(dict.fromkeys(names))[:MOST_VARIABLES]},
        approvals=_read_approvals(item.get("approval_requests")),
        created=as_time(item.get("date_created")),
        updated=as_time(item.get("date_updated")),
    )


def _read_approvals(value: object) -> dict[str, Approval]:
    """One approval as the lists give it, by its `type`, or several by channel as a single template has them."""
    requests = as_mapping(value)
    if "status" in requests:
        return {(as_text(requests.get("type")) or WHATSAPP).lower(): _read_approval(requests)}
    return {
        channel.lower(): _read_approval(as_mapping(request))
        for channel, request in list(requests.items())[:16]
        if as_mapping(request).get("status")
    }


def _read_approval(request: Mapping[str, object]) -> Approval:
    return Approval(
        as_text(request.get("status")).lower()[:64],
        as_text(request.get("rejection_reason"))[:LONGEST],
        as_text(request.get("category"))[:64],
    )


def _read_form(kind: str, payload: Mapping[str, object]) -> ContentForm:
    texts = {
        name: as_text(payload.get(name))[:LONGEST]
        for name in ("header_text", "title", "body", "label", "subtitle", "footer", "address")
    }
    body = next((name for name in ("body", "title", "label") if texts[name]), "")
    head = tuple(texts[name] for name in ("header_text", "title", "label") if texts[name] and name != body)
    below = [texts[name] for name in ("subtitle", "address", "footer")]
    lines = [line for line in (*below, *_read_lines(payload)) if line]
    return ContentForm(kind, texts.get(body, ""), tuple(line[:LONGEST] for line in lines[:MOST_LINES]), head)


def _read_lines(payload: Mapping[str, object]) -> Iterator[str]:
    media = payload.get("media") or payload.get("media_url")
    urls = cast("list[object]", media) if isinstance(media, list) else [media]
    yield from (f"Media: {url}" for url in map(as_text, urls[:MOST_LINES]) if url)
    if all(as_text(payload.get(name)) for name in ("latitude", "longitude")):
        yield f"Location: {as_text(payload.get('latitude'))}, {as_text(payload.get('longitude'))}"
    if button := as_text(payload.get("button")) or as_text(payload.get("button_text")):
        yield f"[{button}]"
    for item in as_items(payload.get("items"))[:MOST_LINES]:
        name = as_text(item.get("item")) or as_text(item.get("name")) or as_text(item.get("id"))
        more = as_text(item.get("description"))
        yield f"• {name}" + (f": {more}" if more else "")
    for card in as_items(payload.get("cards"))[:MOST_LINES]:
        yield "• " + ": ".join(text for text in (as_text(card.get("title")), as_text(card.get("body"))) if text)
        yield from _read_lines({name: card[name] for name in ("media", "actions") if name in card})
    for action in as_items(payload.get("actions"))[:MOST_LINES]:
        title = as_text(action.get("title")) or as_text(action.get("copy_code_text")) or as_text(action.get("type"))
        leads = (as_text(action.get(name)) for name in ("url", "phone", "code"))
        yield f"[{title}] {next(filter(None, leads), '')}".rstrip()
