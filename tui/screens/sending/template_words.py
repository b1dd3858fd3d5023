"""The content template of a draft: filled in, and what is said of it in the form, in the review and afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.content import Content

from tui.safe_text import glimpse, safe_text
from tui.storage.journal_entry import SentTemplate
from tui.theme import TONES, StatusLook
from tui.twilio.content import (
    MEDIA,
    MOST_LISTED,
    WHATSAPP,
    ContentTemplate,
    RenderedTemplate,
    as_values,
    render,
)
from tui.twilio.drafts import Draft
from tui.widgets.meter import is_sms

LOOKS: Mapping[str, StatusLook] = {
    "approved": StatusLook("✓", "approved", "good"),
    "received": StatusLook("…", "received", "busy"),
    "pending": StatusLook("…", "pending", "busy"),
    "rejected": StatusLook("✗", "rejected", "bad"),
    "disabled": StatusLook("✗", "disabled", "bad"),
    "paused": StatusLook("!", "paused", "warn"),
    "unsubmitted": StatusLook("○", "not submitted", "muted"),
}
"""WhatsApp's word on a template → how it is shown."""

_SAID = {
    "approved": "approved for WhatsApp",
    "received": "waits for WhatsApp's approval",
    "pending": "waits for WhatsApp's approval",
    "rejected": "rejected by WhatsApp",
    "disabled": "disabled by WhatsApp",
    "paused": "paused by WhatsApp",
    "unsubmitted": "not submitted to WhatsApp",
}


@dataclass(frozen=True, slots=True)
class DraftTemplate:
    """A template with the values of a draft, as it goes to the draft's recipient."""

    template: ContentTemplate
    rendered: RenderedTemplate
    sms: bool
    whatsapp: bool

    @property
    def is_mms(self) -> bool:
        """Whether it goes as an MMS."""
        return self.sms and self.rendered.kind == MEDIA

    @property
    def sent(self) -> SentTemplate:
        """What the journal keeps of it."""
        return SentTemplate(self.template.name, self.template.language, self.rendered.text)


def fill_template(templates: Mapping[str, ContentTemplate] | None, draft: Draft) -> DraftTemplate | None:
    """The template that a draft names, filled in; None where it names none, or one that is not known here."""
    template = (templates or {}).get(draft.content_sid or "")
    if template is None:
        return None
    sms = is_sms(draft.to, draft.from_)
    rendered = render(template, as_values(draft.content_variables or ""), sms=sms)
    return DraftTemplate(template, rendered, sms, draft.to.lower().startswith(f"{WHATSAPP}:"))


def name_template(name: str, language: str) -> str:
    """`order_ready (en)`, safe to show."""
    return glimpse(name, 60) + (f" ({glimpse(language, 12)})" if language else "")


def approval_look(template: ContentTemplate) -> StatusLook:
    """How WhatsApp's word on a template is shown."""
    status = template.approval
    return LOOKS.get(status) or StatusLook("?", glimpse(status, 20) or "not known", "muted")


def say_template(template: ContentTemplate) -> str:
    """`order_ready (en) · approved for WhatsApp`, safe to show."""
    said = _SAID.get(template.approval) or f"WhatsApp's approval: {approval_look(template).word}"
    return f"{name_template(template.name, template.language)} · {said}"


def show_rendered(rendered: RenderedTemplate) -> Content:
    """The text as it will be, what has no value in a tone of warning, and below it buttons and the like."""
    text = Content(safe_text(rendered.text, keep_newlines=True))
    for name in rendered.missing:
        text = text.highlight_regex(rf"\{{\{{\s*{_escaped(name)}\s*\}}\}}", style=f"bold {TONES['warn']}")
    head, lines = (
        [Content.styled(safe_text(line, limit=200), "$quiet") for line in part]
        for part in (rendered.head, rendered.lines)
    )
    return Content("\n").join([*head, text, *lines])


def _escaped(name: str) -> str:
    import re

    return re.escape(safe_text(name, limit=None))


def template_warnings(templates: Mapping[str, ContentTemplate] | None, draft: Draft) -> tuple[str, ...]:
    """What speaks against sending a draft's template as it is, a sentence each, safe to show. Twilio decides."""
    filled = fill_template(templates, draft)
    if filled is not None:
        return tuple(each for each in (say_missing(filled), _say_unfit(filled)) if each)
    if draft.content_sid and templates is not None and len(templates) < MOST_LISTED:
        return ("This account has no such template: Twilio would refuse it (21655).",)
    return ()


def say_missing(filled: DraftTemplate) -> str:
    """Which variables have no value, and what Twilio does then; empty where all have one."""
    missing = filled.rendered.missing
    if not missing:
        return ""
    samples = [glimpse(sample, 40) for name in missing if (sample := filled.template.variables.get(name))]
    names = ", ".join(glimpse(name, 20) for name in missing[:8]) + (" …" if missing[8:] else "")
    if not samples:
        return f"Not filled in: {names}."
    said = ", ".join(f"“{sample}”" for sample in samples[:4]) + (" …" if samples[4:] else "")
    return f"Not filled in: {names}. Twilio sends the template's sample there: {said}."


def _say_unfit(filled: DraftTemplate) -> str:
    status = filled.template.approval
    if not filled.whatsapp or status in ("", "approved"):
        return ""
    reason = filled.template.approvals[WHATSAPP].reason
    why = f" ({glimpse(reason, 120)})" if reason else ""
    said = _SAID.get(status) or f"{glimpse(status, 20)} at WhatsApp"
    return f"The template is {said}{why}: only somebody who wrote to you within 24 hours can get it."
