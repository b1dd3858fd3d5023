"""What is known of a sender and a recipient: when they last wrote, whether they opted out, since when all is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta

from hypothesis import given, settings

from tests.archive.resources import BEGUN
from tests.archive.test_conversations import OTHERS, OWN, START
from tests.archive.test_opt_outs import ASKED_SENDERS, MESSAGES, SERVICES, opted_out_plainly
from tui.archive.coverage import Span
from tui.archive.standing import Standing
from tui.archive.store import Archive
from tui.twilio.message import Message


def last_inbound_plainly(messages: list[Message], own: str, other: str) -> datetime | None:
    """Oldest first."""
    times = [m.when for m in messages if m.inbound and m.from_ == other and (own in ("", *SERVICES) or m.to == own)]
    return times[-1] if times else None


def last_senders_plainly(messages: list[Message], senders: Sequence[str]) -> dict[str, str]:
    """Oldest first."""
    return {m.other_party: m.own_party for m in messages if m.own_party in senders and m.other_party}


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_it_is_what_a_plain_look_says(messages: list[Message]) -> None:
    with closing(Archive.open(None)) as archive:
        archive.put(messages)
        listed = sorted(messages, key=lambda each: each.when or BEGUN)
        for own in ASKED_SENDERS:
            for other in OTHERS[:-1]:
                found = archive.people.standing(own, other)
                assert found.last_inbound == last_inbound_plainly(listed, own, other)
                assert (found.opted_out, found.opted_out_by) == (opted_out_plainly(listed, own, other) or (None, ""))
                assert found.covered_since is None
        for senders in (OWN[:-1], OWN[:1], ("+15005550000",)):
            last = last_senders_plainly(listed, senders)
            assert archive.people.last_senders(senders, OTHERS) == last


def test_it_says_since_when_all_is_known(open_archive: Callable[[], Archive]) -> None:
    archive = open_archive()
    assert archive.people.standing(OWN[0], OTHERS[0]) == Standing()
    archive.put([], covered=Span(START, START + 50))
    archive.put([], covered=Span(START + 100, START + 500))
    found = archive.people.standing("", "")
    assert found.covered_since == BEGUN + timedelta(seconds=100)
    assert found.covered_until == BEGUN + timedelta(seconds=500)
