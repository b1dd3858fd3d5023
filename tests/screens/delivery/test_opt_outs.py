"""The list of opt-outs: its lines and sentences, and the list itself over the sandbox."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.archive.resources import sid_of
from tui.archive.layout import row_number
from tui.archive.opt_outs import OptOut, SentSince
from tui.screens.delivery.opt_out_rows import (
    COLUMNS,
    OptOutNames,
    csv_rows,
    detail_lines,
    opt_out_row,
    sent_words,
    summary,
    title_line,
)
from tui.screens.delivery.opt_outs import OptOutList
from tui.screens.messages.conversations import ConversationsScreen
from tui.storage.records import write_csv
from tui.twilio.message import Message

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MAYA, DESK, SERVICE = "+14155550123", "+14155550100", "MG" + "0a" * 16
NAMES = OptOutNames(
    lambda address: {MAYA: "Maya Lindqvist"}.get(address, ""),
    lambda address: {SERVICE: "Appointment reminders for everybody in town"}.get(address, ""),
)
TOLD = OptOut(MAYA, SERVICE, (DESK,), row_number(int((NOW - timedelta(days=4)).timestamp())), "STOP")
REFUSED = OptOut("+491511234567", DESK, (DESK,), TOLD.row, "21610")


def words_of(opt_out: OptOut, sent: SentSince | None, width: int) -> str:
    return "".join(text for text, _ in opt_out_row(opt_out, sent, width, NOW, NAMES))


@pytest.mark.parametrize("width", [71, 99, 100, 113, 190])
@pytest.mark.parametrize("opt_out", [TOLD, REFUSED])
def test_a_row_says_all_of_it_in_its_columns(width, opt_out):
    line, title = words_of(opt_out, SentSince(12, 0, 12, NOW, "delivered"), width), title_line(width)
    assert cell_len(line) <= width
    assert line[title.index("Since") :].startswith("24 Nov 12:00  " if width >= 100 else "24 Nov  ")
    assert line[title.index("By") :].startswith(opt_out.by)
    assert line.endswith("12 sent since")
    assert ("Maya" in line) == (opt_out is TOLD)
    # Where there is no name there is the number, and in a wide list always.
    assert ("+1 415 555 0123" in line) == (opt_out is TOLD and width >= 100)
    assert opt_out is TOLD or "+49 151 123 4567" in line


@pytest.mark.parametrize(
    ("sent", "words", "tone"),
    [
        (None, "…", "muted"),
        (SentSince(), "", "muted"),
        (SentSince(3, 3, 0, NOW, "failed", 21610), "3 refused", "muted"),
        (SentSince(3, 1, 2, NOW, "delivered"), "2 sent since", "warn"),
    ],
)
def test_what_got_through_is_a_warning_and_what_twilio_refused_is_none(sent, words, tone):
    assert sent_words(sent) == (words, tone)


@pytest.mark.parametrize(
    ("opt_out", "sent", "words"),
    [
        (
            TOLD,
            SentSince(),
            "Maya Lindqvist (+1 415 555 0123) sent STOP to Appointment reminders for everybody in town "
            "(at +1 415 555 0100), 24 Nov 12:00.\nNothing was sent to them since, as far as messages are loaded.",
        ),
        (
            TOLD,
            SentSince(4, 1, 2, NOW, "delivered"),
            "Since then 4 were sent, 2 delivered and 1 refused by Twilio (21610). The last: 12:00, delivered.",
        ),
        (
            TOLD,
            SentSince(3, 3, 0, NOW, "failed", 21610),
            "Nothing went out to them since. Twilio refused 3 messages (21610), the last: 12:00.",
        ),
        (
            TOLD,
            SentSince(1, 1, 0, NOW, "failed", 21610),
            "Nothing went out to them since. Twilio refused 1 message (21610): 12:00.",
        ),
        (TOLD, SentSince(1, 0, 0, NOW, "sent"), "Since then 1 was sent: 12:00, sent."),
        (
            REFUSED,
            None,
            "Twilio refused a message from +1 415 555 0100 to +49 151 123 4567, 24 Nov 12:00: "
            "they had opted out before.",
        ),
    ],
)
def test_one_is_told_in_full(opt_out, sent, words):
    assert words in "\n".join(detail_lines(opt_out, sent, NOW, NAMES))


def test_the_summary_says_to_how_many_messages_went_out():
    through, refused = SentSince(2, 0, 2, NOW), SentSince(2, 2, 0, NOW)
    assert summary(2, 2, [None, through]) == ("2 opt-outs · looking for what was sent since…", "warn")
    assert summary(9, 2, [refused, through]) == ("2 of 9 opt-outs · to 1 of them messages went out since", "warn")
    assert summary(1, 1, [refused]) == ("1 opt-out · nothing went out to them since", "muted")


def test_the_file_has_what_twilio_has_and_both_names(tmp_path: Path):
    file = tmp_path / "opt-outs.csv"
    listed = [(TOLD, SentSince(2, 1, 0, NOW, "failed", 21610)), (REFUSED, SentSince())]
    rows = csv_rows(listed, name_of=NAMES.person, sender_name=NAMES.sender)
    assert write_csv(COLUMNS, rows, file, replace=False) == 2
    first, second = csv.DictReader(file.read_text().splitlines())
    assert (first["number"], first["contact_name"], first["sender"]) == (MAYA, "Maya Lindqvist", SERVICE)
    assert datetime.fromisoformat(first["opted_out"]) == TOLD.since
    assert (first["sent_since"], first["refused_since"], first["last_error_code"]) == ("2", "1", "21610")
    assert (second["by"], second["sent_since"], second["last_sent"]) == ("21610", "0", "")


async def test_the_list_over_the_sandbox(run_app, sandbox, until, text_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = sandbox.numbers[0]
    async with run_app(sandbox=sandbox, screen="delivery", size=(80, 24)) as pilot:
        app = pilot.app
        await until(pilot, lambda: app.session.account is not None)
        await pilot.press("o")
        await until(pilot, lambda: "Nobody opted out" in text_of(pilot))
        assert "From what is loaded" in text_of(pilot)

        # They come while it is open.
        now = app.session.clock()
        told = [
            Message(
                sid_of(n), "received", "inbound", own, f"+4915112345{n:02}", "Stop.", date_sent=now - timedelta(days=n)
            )
            for n in range(1, 31)
        ]
        sent = Message(sid_of(90), "delivered", "outbound-api", told[4].from_, own, "Hi", date_sent=now)
        refused = Message(
            sid_of(91), "failed", "outbound-api", told[5].from_, own, "Hi", error_code=21610, date_sent=now
        )
        await app.session.archive.put([*told, sent, refused])
        await pilot.press("r")
        await until(pilot, lambda: "30 opt-outs · to 1 of them messages went out since" in text_of(pilot))
        assert "+49 151 123 4501" in text_of(pilot)
        assert "1 sent since" in text_of(pilot) and "1 refused" in text_of(pilot)

        assert "From what is loaded" in text_of(pilot) and "esc Back" in text_of(pilot)
        rows = app.screen.query_one(OptOutList)
        await until(pilot, lambda: rows.has_focus)
        await pilot.press("slash", *"sent since")
        await until(pilot, lambda: [rows.opt_outs[place].address for place in rows.shown] == [told[4].from_])
        await until(pilot, lambda: "Since then 1 was sent: " in text_of(pilot))
        await pilot.press("escape")
        assert rows.has_focus and len(rows.shown) == 30
        await pilot.press("slash", *"nobody")
        assert "None of 30 has that." in text_of(pilot)
        await pilot.press("ctrl+u", *"450")
        assert len(rows.shown) == 9

        await pilot.press("tab", "e")
        await until(pilot, lambda: "A line for each person" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: any("9 opt-outs written" in each.message for each in app._notifications))
        assert len(next(tmp_path.glob("opt-outs-*.csv")).read_text().splitlines()) == 10

        # Once another account is in use it is not left standing there as if it were of that; what stood over it is.
        await pilot.press("e")
        await until(pilot, lambda: "A line for each person" in text_of(pilot))
        await app.session.use_sandbox()
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app._screen_stacks["delivery"][0])
        assert any("Opt-outs closed: this was of sandbox" in each.message for each in app._notifications)
        await app.session.archive.put(told)
        await pilot.press("o")
        await until(pilot, lambda: "30 opt-outs" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConversationsScreen))
        await until(pilot, lambda: "+49 151 123 4501" in text_of(pilot))
