"""A campaign as the tests of the store write it down."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.jobs.model import JobKind, NewItem, NewJob
from tui.twilio.drafts import Draft

ACCOUNT = "AC" + "1" * 32
BASE = "https://api.twilio.com"
START = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)
FROM = "+15005550006"
NEW = NewJob(JobKind.CAMPAIGN, "Autumn", "harbor", ACCOUNT, BASE, "reminders.csv", ("number", "name"), (FROM,))


def draft_to(number, body="Hi Maya"):
    return Draft(f"+1415555{number:04}", "+15005550006", body)


def some(count):
    return [NewItem(number, draft_to(number), cells=(f"+1415555{number:04}", "Maya")) for number in range(1, count + 1)]
