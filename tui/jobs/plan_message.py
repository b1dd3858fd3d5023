"""The message of a campaign with a row's values in it: body, media, content variables. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.jobs.placeholders import BoundTemplate, Missing, PlaceholderError, Template
from tui.safe_text import glimpse
from tui.storage.journal_entry import SentTemplate
from tui.twilio.channels import channel_of
from tui.twilio.content import MEDIA, WHATSAPP, as_values, read_values, render
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.twilio.content import ContentTemplate


_ODD_BLANKS: Final = re.compile(r"[\n\r\t]| {5}")
"""What WhatsApp takes in no variable of a template.
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (132000 and on)"""


class CampaignMessage:
    """What goes to each row.

    Args:
        pattern: the message with its placeholders.
        columns: of the table.
        template: the content template that it names; None where it is not known.

    Attributes:
        problems: what is wrong with its placeholders, by Twilio's names of the fields; what cannot be read
            stays as it is.
        varies: whether a placeholder stands in any of them.
        variables: the names of the content variables that have a value.
    """

    def __init__(self, pattern: Draft, columns: Sequence[str], template: ContentTemplate | None) -> None:
        self.pattern, self._columns, self._template = pattern, columns, template
        self.problems: list[InvalidRequest] = []
        self.varies = False
        self._body = self._bind("Body", pattern.body)
        self._media = [self._bind("MediaUrl", url, url=True) for url in pattern.media_urls]
        values = read_values(pattern.content_variables or "") or {}
        self.variables = tuple(name for name, value in values.items() if value not in (None, ""))
        for name in values.keys() - set(self.variables):
            reason = f"Variable {glimpse(name, 40)} has no value, which Twilio refuses."
            self.problems.append(InvalidRequest("ContentVariables", reason, "Fill it in, or remove it.", code=21656))
        self._values = {name: self._bind("ContentVariables", value) for name, value in values.items()}

    def _bind(self, field: str, text: object, *, url: bool = False) -> BoundTemplate | str:
        """The text with its placeholders; itself where it has none, or where they cannot be read."""
        if not isinstance(text, str) or not ("{" in text or "}" in text):
            return text if isinstance(text, str) else json.dumps(text)
        self.varies = True
        try:
            return Template(text).bound(self._columns, url=url)
        except PlaceholderError as problem:
            self.problems.append(InvalidRequest(field, problem.reason, problem.remedy))
            return text

    def fill(self, cells: Sequence[str], to: str, sender: str) -> Draft | Missing:
        """The message of a row, or which values it lacks."""
        missing: dict[str, None] = {}

        def put(part: BoundTemplate | str) -> str:
            if isinstance(part, str):
                return part
            filled = part.fill(cells)
            if isinstance(filled, Missing):
                missing.update(dict.fromkeys(filled.names))
                return ""
            return filled

        pattern = self.pattern
        body = put(self._body)
        media = tuple(put(each) for each in self._media)
        variables = pattern.content_variables
        if self._values:
            values = {name: put(each) for name, each in self._values.items()}
            variables = json.dumps(values, ensure_ascii=False)
        if missing:
            return Missing(tuple(missing))
        return Draft(
            to,
            sender,
            body,
            media,
            pattern.status_callback,
            pattern.validity_period,
            pattern.send_at,
            pattern.content_sid,
            variables,
            pattern.smart_encoded,
            pattern.shorten_urls,
            pattern.send_as_mms,
        )

    def refusal(self, draft: Draft) -> str:
        """Why the values of a row's content variables would be refused; empty where they would not."""
        if not self._values or channel_of(draft.to) != WHATSAPP:
            return ""
        values = as_values(draft.content_variables or "")
        if (name := next((name for name, value in values.items() if _ODD_BLANKS.search(value)), None)) is None:
            return ""
        what = "no line break, no tab and no five blanks in a row"
        return f"ContentVariables: variable {glimpse(name, 40)} has one: WhatsApp takes {what}."

    def template_of(self, draft: Draft) -> SentTemplate | None:
        """The content template as a row's person reads it; None where there is none, or it is not known."""
        template = self._template
        if template is None or draft.content_sid != template.sid:
            return None
        rendered = render(template, as_values(draft.content_variables or ""), sms=_is_sms(draft))
        return SentTemplate(template.name, template.language, rendered.text)

    def is_mms(self, draft: Draft) -> bool:
        """Whether it goes as an MMS, as far as that is known here."""
        if draft.media_urls or draft.send_as_mms:
            return _is_sms(draft)
        return self._template is not None and self._template.form_for(sms=True).kind == MEDIA and _is_sms(draft)


def _is_sms(draft: Draft) -> bool:
    return not channel_of(draft.to) and not channel_of(draft.from_)
