"""The Messages place under Pilot, against the real sandbox over real sockets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.screens.messages.listed import count, loaded, messages, messages_in, search, stand_on, table
from tui.archive.coverage import Span
from tui.sandbox.faults import Fault
from tui.screens.messages.listing import DayLine, GapLine
from tui.screens.messages.message_actions import cancel_message
from tui.screens.messages.screen import MessagesScreen
from tui.services.session import EventType
from tui.storage.connections import Connections, save
from tui.widgets.dialogs import Ask
from tui.widgets.text_pane import TextPane


def sids(pilot):
    return [message.sid for message in messages(pilot)]


async def test_the_newest_messages_are_on_the_first_screen(sandbox, run_app, until, text_of, monkeypatch):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        # The rows are counted before they are drawn.
        await until(pilot, lambda: "✓" in text_of(pilot))
        shown = text_of(pilot)
        assert "SANDBOX" in shown
        assert "● live" in shown
        # Each of its keys asks for the message under the cursor, and a query goes through all widgets.
        monkeypatch.setattr(pilot.app.screen, "query", None)
        assert any(each.binding.action == "reply" for each in pilot.app.screen.active_bindings.values())


async def test_paging_reaches_the_last_message_without_duplicate_or_gap_while_new_ones_arrive(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        archive, arrived = pilot.app.session.archive, 0
        while archive.more_below:
            before = count(pilot)
            if arrived < 5:
                sandbox.receive("+14155550123", sandbox.numbers[0], f"New one {arrived}")
                arrived += 1
            await pilot.press("end")
            await until(pilot, lambda before=before: count(pilot) > before or not archive.more_below)
        await pilot.press("r")
        await until(pilot, lambda: count(pilot) == 520 + arrived)
        await pilot.press("end")
        await until(pilot, lambda: table(pilot).lines_below == 1 and table(pilot).current is not None)


async def test_a_new_message_appears_by_itself_and_the_cursor_stays_on_its_message(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await pilot.press("down", "down", "down")
        held = table(pilot).current.sid
        sandbox.receive("+14155550123", sandbox.numbers[0], "Is anyone there?")
        await pilot.press("r")
        await until(pilot, lambda: any(m.body == "Is anyone there?" for m in messages(pilot)))
        assert table(pilot).current.sid == held
        assert table(pilot).listing.numbers.index(table(pilot).row) == count(pilot) - 5
        assert "new" not in text_of(pilot).splitlines()[1]
        # What arrives above the view is counted until it was in view, also what came while one was elsewhere.
        await pilot.press("pagedown", "2")
        for number in range(30):
            sandbox.receive("+14155550123", sandbox.numbers[0], f"Look up {number}")
        await until(pilot, lambda: pilot.app.current_mode == "compose")
        pilot.app.session.archive.look_now()
        await pilot.press("f2")
        await until(pilot, lambda: "▲ 30 new" in text_of(pilot))
        await pilot.press("pageup")
        await until(pilot, lambda: 0 < table(pilot).above < 30)
        await until(pilot, lambda: f"▲ {table(pilot).above} new" in text_of(pilot))
        await pilot.press("home")
        await until(pilot, lambda: "▲" not in text_of(pilot))


async def test_enter_shows_the_whole_message_and_escape_goes_back_to_the_same_row(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await pilot.press("down")
        message = table(pilot).current
        await pilot.press("enter")
        await until(pilot, lambda: message.sid in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not pilot.app.screen.opened)
        assert table(pilot).current.sid == message.sid
        assert table(pilot).has_focus


async def test_a_failed_message_says_why_and_what_to_do(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        stand_on(pilot, lambda message: message.error_code == 30007)
        await until(pilot, lambda: "Error 30007" in text_of(pilot))
        assert "What to do" in text_of(pilot)


async def test_no_network_keeps_what_was_loaded_and_says_what_to_press(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        # Each time: the list looks by itself as well, before the key or after it.
        sandbox.faults.add(Fault("html", path=r"Messages", times=0))
        await pilot.press("r")
        await until(pilot, lambda: "web page" in text_of(pilot))
        assert count(pilot) >= 50
        sandbox.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: "web page" not in text_of(pilot))


async def test_asking_for_what_is_new_is_said_until_the_answer_is_there(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: "● live" in text_of(pilot))
        sandbox.faults.add(Fault("delay-before", method="GET", seconds=60))
        await pilot.press("r")
        await until(pilot, lambda: "asking…" in text_of(pilot))
        sandbox.faults.clear()
        await until(pilot, lambda: "asking…" not in text_of(pilot))


async def test_a_first_page_that_fails_says_what_was_tried_and_r_tries_again(sandbox, run_app, until, text_of):
    sandbox.faults.add(Fault("html", path=r"Messages", times=0))
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: "could not be read" in text_of(pilot))
        sandbox.faults.clear()
        await pilot.press("r")
        await loaded(pilot, until, 50)


async def test_redact_asks_first_and_then_empties_the_text(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        message = table(pilot).current
        await pilot.press("x")
        await until(pilot, lambda: "Redact this message?" in text_of(pilot))
        await pilot.press("escape")
        await pilot.press("x")
        await until(pilot, lambda: "Redact this message?" in text_of(pilot))
        await pilot.press("y")
        await until(pilot, lambda: table(pilot).current.body == "")
        assert table(pilot).current.sid == message.sid


async def test_delete_needs_the_word_and_takes_the_row_away(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        message = table(pilot).current
        await pilot.press("delete")
        await until(pilot, lambda: "Delete this message?" in text_of(pilot))
        await pilot.press(*"delet", "enter")
        await until(pilot, lambda: "Type delete" in text_of(pilot))
        assert message.sid in {m.sid for m in messages_in(pilot.app._places["messages"].query_one("#table"))}
        await pilot.press("e", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and message.sid not in sids(pilot))


async def test_calling_off_a_message_that_has_no_text_yet_withdraws_nothing(sandbox, run_app, until, monkeypatch):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        scheduled = stand_on(pilot, lambda message: message.status == "scheduled")
        # Of a template Twilio tells the text only once it was sent.
        template = replace(scheduled, sid="SM" + "7" * 32, body="")

        async def cancel(*_):
            return replace(template, status="canceled")

        monkeypatch.setattr("tui.twilio.messages.cancel", cancel)
        told = []
        pilot.app.session.subscribe(told.append)
        cancel_message(pilot.app.screen, template)
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "Confirm")
        await pilot.press("y")
        await until(pilot, lambda: any(event.sid == template.sid for event in told))
        assert EventType.WITHDRAWN not in {event.what for event in told}


async def test_a_scheduled_message_is_called_off(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        scheduled = stand_on(pilot, lambda message: message.status == "scheduled")
        await pilot.press("u")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "Confirm")
        await pilot.press("y")
        await until(
            pilot,
            lambda: (
                isinstance(pilot.app.screen, MessagesScreen)
                and table(pilot).current.sid == scheduled.sid
                and table(pilot).current.status == "canceled"
            ),
        )


async def test_any_message_opens_by_its_sid_and_a_wrong_one_is_explained(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        sid = messages(pilot)[7].sid
        await pilot.press("o")
        await until(pilot, lambda: "Open a message" in text_of(pilot))
        await pilot.press(*"SM123", "enter")
        await until(pilot, lambda: "32 hex digits" in text_of(pilot))
        pilot.app.screen.query_one("Input").value = sid
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and sid in text_of(pilot))
        await pilot.press("escape", "o")
        await until(pilot, lambda: "Open a message" in text_of(pilot))
        pilot.app.screen.query_one("Input").value = "SM" + "0" * 32
        await pilot.press("enter")
        await until(pilot, lambda: "20404" in text_of(pilot))
        assert pilot.app.screen.query_one("Input").value == "SM" + "0" * 32


async def test_an_export_holds_the_original_text_and_does_not_overwrite_silently(
    sandbox, run_app, until, tmp_path, text_of
):
    path = tmp_path / "out.csv"
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        for answer in ("first", "second"):
            await pilot.press("e")
            await until(pilot, lambda: isinstance(pilot.app.screen, Ask) and pilot.app.screen.query("Input"))
            pilot.app.screen.query_one("Input").value = str(path)
            await pilot.press("enter")
            if answer == "first":
                await until(pilot, path.exists)
                await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
                written = path.read_text(encoding="utf-8")
                assert messages(pilot)[0].body in written
                path.write_text("mine")
            else:
                await until(pilot, lambda: "Replace the file?" in text_of(pilot))
                await pilot.press("escape")
                await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
                assert path.read_text() == "mine"


async def test_copy_hands_the_original_text_to_the_terminal(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        body = stand_on(pilot, lambda message: "\x1b" in message.body).body
        await pilot.press("c")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "Choose")
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.clipboard == body)


async def test_a_late_answer_for_another_account_is_dropped(sandbox, run_app, until, connect, text_of):
    from tui.sandbox.server import Sandbox

    async with Sandbox(seed=7, history=30) as other, run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        session = pilot.app.session
        save(session.saved.file, Connections({"other": connect(other, name="other")}))
        session.saved.read()
        sandbox.faults.add(Fault("delay", path=r"Messages", times=2, seconds=60))
        await pilot.press("r", "end")
        await pilot.press("ctrl+o", "1")
        await until(pilot, lambda: session.account is not None and session.account.name == "other")
        await until(pilot, lambda: count(pilot) == 30 and len(messages(pilot)) > 5)
        # What the account before was still waiting for would come now.
        sandbox.faults.clear()
        await pilot.pause()
        theirs = {m.account_sid for m in messages(pilot)}
        assert theirs == {other.account_sid}
        assert "SANDBOX" not in text_of(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_connection_that_is_refused_shows_nothing_of_the_one_before(
    sandbox, run_app, until, connect, text_of, tmp_path, size
):
    good, bad = connect(sandbox, name="good"), connect(sandbox, name="bad", kind="auth_token")
    save(tmp_path / "config" / "connections.toml", Connections([good, replace(bad, account_sid="AC" + "9" * 32)]))
    async with run_app(connection="good", size=size) as pilot:
        await loaded(pilot, until, 50)
        before = table(pilot).current
        await until(pilot, lambda: before.body.split()[0] in text_of(pilot))
        await pilot.press("ctrl+o", "2")
        await until(pilot, lambda: "20003" in text_of(pilot))
        assert "6 then e edits bad." in text_of(pilot)
        gone = (before.body.split()[0], before.own_party, "● live")
        await until(pilot, lambda: not any(words in text_of(pilot) for words in gone))


async def test_while_a_key_repeats_the_message_beside_the_list_waits(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        screen = pilot.app.screen
        shown = []
        pane = screen.query_one("#detail", TextPane)
        show, pane.show = pane.show, lambda content: (shown.append(content.plain), show(content))
        rows = table(pilot)
        for _ in range(12):
            rows.cursor += 1
            screen.show_current_soon()
        # The first at once; on a machine that is busy a pause may pass for the key's end.
        assert len(shown) < 4
        await until(pilot, lambda: shown and rows.current.sid in shown[-1])


async def test_the_last_line_offers_what_the_message_under_the_cursor_calls_for(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        assert "s Send again" not in text_of(pilot)
        stand_on(pilot, lambda message: message.error_code == 30007)
        await until(pilot, lambda: "s Send again" in text_of(pilot))
        stand_on(pilot, lambda message: message.status == "scheduled")
        await until(pilot, lambda: "u Cancel" in text_of(pilot) and "s Send again" not in text_of(pilot))


async def test_what_was_not_loaded_between_two_times_stands_as_a_line_on_which_enter_loads_it(
    sandbox, run_app, until, text_of
):
    # So low that no older ones are read by themselves.
    async with run_app(sandbox=sandbox, size=(120, 24)) as pilot:
        await loaded(pilot, until, 50)
        archive = pilot.app.session.archive
        edge = archive.coverage.spans[0].first
        await archive.fill(Span(edge - 9 * 86_400, edge - 4 * 86_400))
        await until(pilot, lambda: table(pilot).listing.end_of_loaded and archive.coverage.gaps())
        [gap] = archive.coverage.gaps()
        rows = table(pilot)
        line = next(n for n in range(len(rows.listing)) if rows.listing.at(n) == GapLine(gap))
        rows.cursor = line
        await until(pilot, lambda: "4 days not loaded · enter loads them" in text_of(pilot))
        assert rows.current is None
        await pilot.press("enter")
        await until(pilot, lambda: not archive.coverage.gaps())
        await until(pilot, lambda: "not loaded" not in text_of(pilot))


@pytest.mark.landing
async def test_single_older_messages_are_told_from_a_list_that_is_complete(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        assert ", in part" not in text_of(pilot)
        await search(pilot, until, "with:+14165550175")
        await until(pilot, lambda: "that is all" in text_of(pilot) or "all that Twilio has" in text_of(pilot))
        assert ", in part" not in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: len(table(pilot).listing.numbers) > 50)
        rows = table(pilot)
        line = next(n for n in range(len(rows.listing)) if isinstance(rows.listing.at(n), GapLine))
        assert rows.draw_row(line, 80)[0][0] == " ── not all older ones are loaded · enter loads more ──"
        days = [n for n in range(len(rows.listing)) if isinstance(rows.listing.at(n), DayLine)]
        assert [", in part" in rows.draw_row(n, 80)[0][0] for n in days] == [n > line for n in days]
        assert rows.edge == "others between these are not loaded"


async def test_rows_stand_before_twilio_answers_and_what_needs_it_says_so(
    sandbox, run_app, until, connect, text_of, tmp_path
):
    save(tmp_path / "config" / "connections.toml", Connections([connect(sandbox, name="acme")], default="acme"))
    async with run_app() as pilot:
        await loaded(pilot, until, 50)
        known = messages(pilot)[0]
    sandbox.faults.add(Fault("delay-before", method="GET", seconds=60))
    async with run_app() as pilot:
        await until(pilot, lambda: known.body.split()[0] in text_of(pilot))
        assert "◌ connecting" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.opened)
        sandbox.faults.clear()


async def test_a_look_at_a_message_that_twilio_has_no_longer_takes_it_away(sandbox, run_app, until, text_of):
    from tui.twilio.messages import delete

    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        gone = table(pilot).current
        await delete(pilot.app.session.account.client, gone.sid)
        await pilot.press("enter")
        await until(pilot, lambda: gone.sid not in sids(pilot))
