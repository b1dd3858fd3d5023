"""What is said of a message before it leaves: channels, STOP, WhatsApp's 24 hours, the cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.standing import Standing
from tui.screens.sending.cautions import Cautions
from tui.screens.sending.draft import DraftFields
from tui.screens.sending.send_notes import (
    FRESH,
    WINDOW,
    ChannelFix,
    channel_fixes,
    channel_note,
    notes_before_sending,
    repeat_warning,
    say_cost,
    say_estimate,
    stop_note,
    window_note,
)
from tui.services.prices import Quote
from tui.twilio.channels import clashing_channels
from tui.twilio.pricing import Estimate

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL = datetime(1970, 1, 1, tzinfo=UTC)
DESK, MAYA = "+14155550100", "+14155550123"
WA_DESK, WA_MAYA = f"whatsapp:{DESK}", f"whatsapp:{MAYA}"
SERVICE = "MG" + "0" * 32

addresses = st.sampled_from(
    ["", DESK, MAYA, WA_DESK, WA_MAYA, "12345", "Harbor", SERVICE, "rcs:harbor_agent", "messenger:123", "whatsapp:maya"]
)
instants = st.none() | st.timedeltas(-2 * DAY, 40 * DAY).map(lambda age: NOW - age)


@pytest.fixture(autouse=True)
def _utc(be_in):
    be_in("UTC")


@pytest.mark.parametrize(
    ("sender", "to", "words"),
    [
        (DESK, MAYA, ""),
        (WA_DESK, WA_MAYA, ""),
        (SERVICE, WA_MAYA, ""),
        ("", WA_MAYA, ""),
        (DESK, "", ""),
        ("Harbor", WA_MAYA, "From is SMS, To is WhatsApp"),
        (DESK, WA_MAYA, "From is SMS, To is WhatsApp"),
        (WA_DESK, MAYA, "From is WhatsApp, To is SMS"),
        ("messenger:123", "rcs:harbor_agent", "From is Messenger, To is RCS"),
    ],
)
def test_channels_that_do_not_fit_are_named(sender, to, words):
    note = channel_note(sender, to)
    if not words:
        assert note is None
        return
    assert note is not None
    assert note.words == f"{words}: Twilio refuses that with 21910. Change one of them."


@given(addresses, addresses, st.lists(addresses, max_size=8))
def test_whatever_is_offered_puts_the_channels_right(sender, to, known):
    fixes = channel_fixes(sender, to, known)
    for fix in fixes:
        after = (fix.address, to) if fix.field == "from_" else (sender, fix.address)
        assert clashing_channels(*after) is None
        assert all(after)
    assert len(set(fixes)) == len(fixes)
    if clashing_channels(sender, to) is None:
        assert fixes == []


def test_the_same_number_and_the_senders_of_the_channel_are_offered():
    assert channel_fixes(DESK, WA_MAYA, [DESK, WA_DESK, WA_DESK, SERVICE]) == [
        ChannelFix("to", MAYA),
        ChannelFix("from_", WA_DESK),
    ]
    assert channel_fixes(WA_DESK, MAYA, []) == [ChannelFix("to", WA_MAYA)]
    # A name on a channel is no number, and Messenger's ids are its own.
    assert channel_fixes(DESK, "whatsapp:maya", []) == []
    assert channel_fixes("messenger:123", MAYA, [DESK]) == [ChannelFix("from_", DESK)]


def stopped(at: datetime | None, by: str = "STOP") -> Standing:
    return Standing(opted_out=at, opted_out_by=by, covered_since=ALL)


@pytest.mark.parametrize(
    ("sender", "standing", "words"),
    [
        (DESK, stopped(None), ""),
        (
            DESK,
            stopped(NOW - 26 * DAY),
            "+1 415 555 0123 sent STOP to this sender on 3 Nov 12:00. Twilio refuses with 21610",
        ),
        (DESK, stopped(NOW - HOUR, "QUIT"), "+1 415 555 0123 sent QUIT to this sender at 11:00. Twilio refuses"),
        ("", stopped(NOW - HOUR), "sent STOP to one of your senders at 11:00."),
        (SERVICE, stopped(NOW - 400 * DAY), "sent STOP to this service on 25 Oct 2025 12:00."),
        (
            DESK,
            stopped(NOW - DAY, "21610"),
            "Twilio refused this sender's message to +1 415 555 0123 of 28 Nov 12:00 with 21610, and will",
        ),
    ],
)
def test_a_person_who_said_stop_is_named_with_the_way_on(sender, standing, words):
    note = stop_note(standing, sender, MAYA, NOW)
    if not words:
        assert note is None
        return
    assert note is not None
    assert words in note.words
    assert note.words.endswith(" until they text START to it. Only they can; ask them another way.")


@pytest.mark.parametrize(
    ("standing", "words", "tone"),
    [
        (Standing(NOW - 3 * HOUR), "They last wrote 3 h ago: free text until tomorrow 09:00.", "muted"),
        (Standing(NOW - 23 * HOUR), "They last wrote 23 h ago: free text until 13:00.", "muted"),
        (Standing(NOW - 3 * DAY, covered_since=ALL), "The 24-hour window closed 2 d ago: WhatsApp takes only", "warn"),
        (Standing(None, covered_since=ALL), "They have not written to this sender yet: WhatsApp takes only", "warn"),
        (
            Standing(NOW - 9 * DAY, covered_since=NOW - 2 * DAY),
            "They have not written since 27 Nov 12:00: WhatsApp takes only",
            "warn",
        ),
        (
            Standing(NOW - 9 * DAY, covered_since=NOW - HOUR),
            "Whether they wrote in the last 24 hours is not known: messages are complete here only since 11:00.",
            "warn",
        ),
        (
            Standing(NOW - 3 * DAY, covered_since=ALL, covered_until=NOW - HOUR),
            "Whether they wrote in the last 24 hours is not known: messages were read here until 11:00. If not,",
            "warn",
        ),
        (Standing(NOW - HOUR, covered_since=ALL, covered_until=NOW - HOUR), "They last wrote 1 h ago: free", "muted"),
        (Standing(), "Whether they wrote in the last 24 hours is not known here. If not, WhatsApp takes", "warn"),
    ],
)
def test_the_window_of_whatsapp_is_said_as_far_as_the_archive_goes(standing, words, tone):
    note = window_note(standing, WA_DESK, WA_MAYA, NOW)
    assert note is not None
    assert note.words.startswith(words)
    assert note.tone == tone
    assert window_note(standing, DESK, MAYA, NOW) is None


@given(instants, instants, instants)
def test_the_window_is_called_closed_only_where_the_archive_covers_it(last, since, until):
    note = window_note(Standing(last, covered_since=since, covered_until=until), WA_DESK, WA_MAYA, NOW)
    assert note is not None
    is_open = last is not None and NOW - last < WINDOW
    covered = since is not None and since <= NOW - WINDOW and (until is None or until >= NOW - FRESH)
    assert ("free text until" in note.words) is is_open
    assert ("is not known" in note.words) is (not is_open and not covered)
    assert ("63016" in note.words) is not is_open


@given(addresses, addresses, instants, instants, instants, st.booleans())
def test_what_is_said_is_short_and_nothing_contradicts_itself(sender, to, last, stop, since, template):
    standing = Standing(last, stop, "STOP" if stop else "", since)
    notes = list(notes_before_sending(sender, to, standing, NOW, template=template))
    assert len(notes) <= 2
    assert all(len(note.words) < 220 and note.words.isprintable() for note in notes)
    if template or clashing_channels(sender, to):
        assert not any("63016" in note.words or "free text" in note.words for note in notes)


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        ("0.0166", "0.0166", "about 0.0166 USD"),
        ("0.0158", "0.0166", "about 0.0158–0.0166 USD"),
        ("0", "0", "about 0.0000 USD"),
        ("1234.5", "2345.678901", "about 1,234.5000–2,345.6789 USD"),
    ],
)
def test_an_estimate_is_a_figure_or_a_range(least, most, words):
    estimate = Estimate(Decimal(least), Decimal(most), "USD")
    assert say_estimate(estimate) == words
    cost = say_cost(Quote(estimate, NOW))
    assert cost == f"{words} · Twilio's list price of 29 Nov, without carrier fees"
    assert "the sandbox's example prices" in say_cost(Quote(estimate, NOW), sandbox=True)


def test_a_cost_that_is_not_known_says_why_or_nothing():
    assert say_cost(Quote()) == ""
    assert say_cost(Quote(reason="Twilio's price list has no MMS")) == "not known: Twilio's price list has no MMS"


async def test_what_was_not_asked_for_of_late_is_asked_for_once_a_recipient():
    typed, looked = DraftFields(WA_MAYA, WA_DESK), list[str]()
    found = Standing(NOW - 3 * DAY, covered_since=ALL, covered_until=NOW - HOUR)

    async def standing(own: str, other: str) -> Standing:
        return found

    archive = SimpleNamespace(standing=standing, look_now=lambda: looked.append(typed.to))
    account, session = SimpleNamespace(archive=archive), SimpleNamespace(clock=lambda: NOW)
    cautions = Cautions(account, session, read=lambda: typed, show=lambda _: None)  # type: ignore[arg-type]

    async def learn() -> None:
        cautions.moved()
        await cautions.learn()

    await learn()
    await learn()
    typed = DraftFields(MAYA, DESK)
    await learn()
    assert looked == [WA_MAYA, MAYA]
    typed, found = DraftFields(WA_MAYA, WA_DESK), replace(found, covered_until=NOW - FRESH)
    await learn()
    assert looked == [WA_MAYA, MAYA]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (30006, "This failed before with 30006 landline. Trying the same again will not help. Ask for a mobile number"),
        (30003, ""),
        (30008, ""),
        (39999, ""),
        (None, ""),
    ],
)
def test_what_a_repeat_cannot_help_is_said_before_it_is_sent_again(code, words):
    assert repeat_warning(code).startswith(words) and bool(repeat_warning(code)) == bool(words)
