"""The dialog that filters the list of messages. Answers with a `MessageFilter`; escape leaves things as they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tui.screens.messages.filters import MessageFilter, read_filter
from tui.widgets.form_fields import FilterField, FilterForm

_FIELDS = (
    ("text", "Text", "words in the text, or a number", "In the messages loaded, further and further back"),
    ("status", "Status", "problem, delivered, failed, …", ""),
    ("direction", "Direction", "in or out", ""),
    ("to", "To", "+4915112345678", "At Twilio, all history; days are {zone}"),
    ("from", "From", "+15005550006", ""),
    ("after", "Sent from", "2026-11-01, today, 7d", ""),
    ("before", "Sent until", "2026-11-23, that day included", ""),
)
"""Key, label, placeholder; and the heading of what is compared here, and of what Twilio selects by."""


def message_filter_form(present: MessageFilter, now: datetime) -> FilterForm[MessageFilter]:
    """The dialog, filled with what the list is filtered by now."""
    typed, local = dict(present.typed), now.astimezone()
    fields = [
        FilterField(key, label, hint, typed.get(key, ""), heading.format(zone=local.tzname() or "UTC"))
        for key, label, hint, heading in _FIELDS
    ]

    def read(texts: Mapping[str, str]) -> MessageFilter:
        return read_filter(texts, local.date())

    return FilterForm("Filter messages", fields, read)
