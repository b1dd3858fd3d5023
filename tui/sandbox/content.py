"""The account's content templates, as content.twilio.com keeps them, and the message that one of them becomes.

Sources: https://www.twilio.com/docs/content/content-api-resources, /content-types-overview (which types go where, and
which need WhatsApp's approval), /using-variables-with-content-api (a value that is not given is the sample's), and
Twilio's error dictionary: 21655 for a template that is not the account's, 21656 for variables that are no object, or
hold null or an empty text, 63016 and 63040 to 63042 for what WhatsApp does not let pass. Whether 63016 or 63040 stands
for a template that waits for approval is not established; 63016 is said, since free text is what it then is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from tui.sandbox.content_history import HISTORY
from tui.sandbox.content_types import KINDS, Document, read_object, read_types
from tui.sandbox.errors import Refusal
from tui.sandbox.parameters import read_document, refuse

_OF_SMS = frozenset({"twilio/text", "twilio/media"})
# What WhatsApp takes without approval from somebody who wrote within 24 hours.
_FREE_IN_SESSION = frozenset(
    {"twilio/text", "twilio/media", "twilio/location", "twilio/quick-reply", "twilio/list-picker"}
)
_SID = re.compile(r"HX[0-9a-fA-F]{32}")
_PLACEHOLDER = re.compile(r"\{\{(\w{1,16})\}\}")
# What WhatsApp says of templates that can be changed.
_CHANGEABLE = frozenset({"unsubmitted", "rejected"})
_CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
_WAITING = (("received", timedelta(seconds=2)), ("pending", timedelta(minutes=1)))
_WITHHELD = {"paused": 63041, "disabled": 63042, "rejected": 63040, "unsubmitted": 63040}
_OUTSIDE_SESSION = 63016
_MOST_VARIABLES = 100


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What WhatsApp was asked about a template. `status` is a fixed one; empty while the request takes its course."""

    name: str
    category: str
    submitted: datetime
    status: str = ""
    reason: str = ""

    def standing(self, now: datetime) -> str:
        """Return the status at `now`: received, then pending, then approved."""
        passed = now - self.submitted
        return self.status or next((status for status, until in _WAITING if passed < until), "approved")


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """One template. `types` are Twilio's, each with its own fields."""

    sid: str
    created: datetime
    updated: datetime
    name: str
    language: str
    variables: Mapping[str, str]
    types: Mapping[str, Document]
    request: ApprovalRequest | None = None

    @property
    def kind(self) -> str:
        """Its richest type."""
        return max(self.types, key=KINDS.index)

    def approval(self, now: datetime) -> str:
        """Return what WhatsApp says of it at `now`."""
        return self.request.standing(now) if self.request else "unsubmitted"

    def fill(self, values: Mapping[str, str], *, sms: bool) -> FilledTemplate:
        """Return what is sent: by SMS the richest type that it takes, elsewhere the richest of all."""
        able = [kind for kind in self.types if kind in _OF_SMS] if sms else []
        kind = max(able or self.types, key=KINDS.index)
        form, known = self.types[kind], {**self.variables, **values}

        def filled(text: object) -> str:
            return _PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), str(text))

        body = next((filled(form[name]) for name in ("body", "title", "label") if form.get(name)), "")
        media = form.get("media")
        files = tuple(map(filled, cast("list[object]", media))) if isinstance(media, list) else ()
        return FilledTemplate(self, kind, body, files)


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A template as it is sent, with values in it."""

    template: StoredTemplate
    kind: str
    body: str
    media: tuple[str, ...]

    def withheld(self, now: datetime, *, in_session: bool) -> int | None:
        """Return the code with which it does not reach somebody on WhatsApp, None where it does."""
        status = self.template.approval(now)
        if status == "approved" or (in_session and self.kind in _FREE_IN_SESSION):
            return None
        return _WITHHELD.get(status, _OUTSIDE_SESSION)


def withheld_text(*, in_session: bool) -> int | None:
    """Return the code with which a text of one's own does not reach somebody on WhatsApp, None where it does."""
    return None if in_session else _OUTSIDE_SESSION


class TemplateStore:
    """The templates of the account. `sid` gives out the SIDs of those from the start."""

    def __init__(self, started: datetime, sid: Callable[[str], str]) -> None:
        self._kept: dict[str, StoredTemplate] = {}
        for days, (name, language, variables, types, status, reason) in enumerate(HISTORY, 1):
            created = started - timedelta(days=days)
            request = ApprovalRequest(name, "UTILITY", created, status, reason) if status else None
            self._keep(StoredTemplate(sid("HX"), created, created, name, language, variables, types, request))

    def all(self) -> list[StoredTemplate]:
        """Return all of them, the newest first."""
        return sorted(self._kept.values(), key=lambda each: each.created, reverse=True)

    def find(self, sid: str) -> StoredTemplate | None:
        """Return the template with this SID."""
        return self._kept.get(sid)

    def create(self, document: Document, sid: str, now: datetime) -> StoredTemplate:
        """Take a new template.

        Raises:
            Refusal: 20001 for what is missing or cannot be.
        """
        types, samples, language = read_types(document), _samples(document), _text(document, "language")
        if not language:
            raise refuse("language", "", "write one, such as en")
        return self._keep(StoredTemplate(sid, now, now, _text(document, "friendly_name"), language, samples, types))

    def update(self, template: StoredTemplate, document: Document, now: datetime) -> StoredTemplate:
        """Change a template: its types, and what else is given. One that WhatsApp rejected can be submitted again.

        Raises:
            Refusal: 20001 for what is missing or cannot be, and for one that WhatsApp has approved or looks at.
        """
        if (status := template.approval(now)) not in _CHANGEABLE:
            raise refuse("types", template.sid, f"WhatsApp says {status} of this template; make another")
        changed = replace(
            template,
            types=read_types(document),
            variables=_samples(document) if "variables" in document else template.variables,
            name=_text(document, "friendly_name") or template.name,
            language=_text(document, "language") or template.language,
            request=None,
            updated=now,
        )
        return self._keep(changed)

    def delete(self, template: StoredTemplate) -> None:
        """Remove a template."""
        del self._kept[template.sid]

    def submit(self, template: StoredTemplate, document: Document, now: datetime) -> StoredTemplate:
        """Ask for WhatsApp's approval.

        Raises:
            Refusal: 20001 for a name or a category that cannot be.
        """
        name, category = _text(document, "name"), _text(document, "category").upper()
        if not re.fullmatch(r"[a-z0-9_]{1,512}", name):
            raise refuse("name", name[:80], "write small letters, digits and _")
        if category not in _CATEGORIES:
            raise refuse("category", category[:40], f"write {' or '.join(_CATEGORIES)}")
        return self._keep(replace(template, request=ApprovalRequest(name, category, now)))

    def _keep(self, template: StoredTemplate) -> StoredTemplate:
        self._kept[template.sid] = template
        return template

    def filled(self, sid: str, variables: str, *, sms: bool) -> FilledTemplate | None:
        """Return the template that ContentSid and ContentVariables ask for, None where they ask for none.

        Raises:
            Refusal: 21654, 21655 or 21656.
        """
        values = _values(variables)
        if not sid:
            if variables:
                raise Refusal(21654)
            return None
        template = self.find(sid) if _SID.fullmatch(sid) else None
        if template is None:
            raise Refusal(21655, value=sid)
        return template.fill(values, sms=sms)


def _values(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        parsed = read_document(text)
    except ValueError:
        raise Refusal(21656) from None
    if not isinstance(parsed, dict):
        raise Refusal(21656)
    values = cast("dict[str, object]", parsed)
    if len(values) > _MOST_VARIABLES or any(value in (None, "") for value in values.values()):
        raise Refusal(21656)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def _samples(document: Document) -> Mapping[str, str]:
    samples = read_object(document, "variables")
    if len(samples) > _MOST_VARIABLES or not all(isinstance(sample, str) for sample in samples.values()):
        raise refuse("variables", "", f"write a text for each, {_MOST_VARIABLES} at most")
    return cast("dict[str, str]", samples)


def _text(document: Document, name: str) -> str:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse(name, str(value)[:40], "write a text")
    return (value or "").strip()
