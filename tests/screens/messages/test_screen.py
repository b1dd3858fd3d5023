"""The Messages place under Pilot, against the real sandbox over real sockets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.sandbox.faults import Fault
from tui.screens.messages.screen import MessagesScreen
from tui.screens.messages.table import MessageTable
from tui.storage.connections import Connections, save
from tui.storage.secrets import Secret
from tui.widgets.dialogs import Ask
from tui.widgets.text_pane import TextPane


def table(pilot):
    return pilot.app.screen.query_one(MessageTable)


def sids(pilot):
    return [message.sid for message in table(pilot).messages]


async def loaded(pilot, until, count=1):
    await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and table(pilot).row_count >= count)


async def test_the_newest_messages_are_on_the_first_screen(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        # The rows are counted before they are drawn.
        await until(pilot, lambda: "delivered" in text_of(pilot))
        shown = text_of(pilot)
        assert "SANDBOX" in shown
        assert "more below" in shown


async def test_paging_reaches_the_last_message_without_duplicate_or_gap_while_new_ones_arrive(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        screen = pilot.app.screen
        arrived = 0
        while screen.loader.status.loaded.more_below:
            before = len(screen.loader.status.loaded.rows)
            if arrived < 5:
                sandbox.receive("+14155550123", sandbox.numbers[0], f"New one {arrived}")
                arrived += 1
            await pilot.press("end")
            await until(
                pilot,
                lambda before=before: (
                    len(screen.loader.status.loaded.rows) > before or not screen.loader.status.loaded.more_below
                ),
            )
        await pilot.press("r")
        await until(pilot, lambda: len(sids(pilot)) == 520 + arrived)
        assert len(set(sids(pilot))) == 520 + arrived


async def test_a_new_message_appears_by_itself_and_the_cursor_stays_on_its_message(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await pilot.press("down", "down", "down")
        held = table(pilot).current.sid
        sandbox.receive("+14155550123", sandbox.numbers[0], "Is anyone there?")
        await pilot.press("r")
        await until(pilot, lambda: any(m.body == "Is anyone there?" for m in table(pilot).messages))
        assert table(pilot).current.sid == held
        assert table(pilot).cursor == 4


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
        place = next(n for n, m in enumerate(table(pilot).messages) if m.error_code == 30007)
        table(pilot).cursor = place
        await until(pilot, lambda: "Error 30007" in text_of(pilot))
        assert "What to do" in text_of(pilot)


async def test_a_server_filter_asks_twilio_and_a_local_one_says_what_it_looked_at(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        other = table(pilot).messages[0].other_party
        await pilot.press("slash")
        await until(pilot, lambda: pilot.app.screen.query("#filter-to"))
        pilot.app.screen.query_one("#filter-from").value = other
        pilot.app.screen.query_one("#filter-status").value = "received"
        await pilot.press("enter")
        await loaded(pilot, until)
        await until(pilot, lambda: all(m.from_ == other and m.status == "received" for m in table(pilot).messages))
        assert "loaded match" in text_of(pilot)
        await pilot.press("escape")
        await loaded(pilot, until, 50)


async def test_a_filter_that_cannot_be_read_names_its_field_and_keeps_what_was_typed(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await pilot.press("slash")
        await until(pilot, lambda: pilot.app.screen.query("#filter-after"))
        pilot.app.screen.query_one("#filter-after").value = "soon"
        await pilot.press("enter")
        await until(pilot, lambda: "not a date" in text_of(pilot))
        assert pilot.app.screen.query_one("#filter-after").value == "soon"
        assert pilot.app.screen.query_one("#filter-after").has_focus


async def test_no_network_keeps_what_was_loaded_and_says_what_to_press(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        sandbox.faults.add(Fault("html", path=r"Messages", times=1))
        await pilot.press("r")
        await until(pilot, lambda: "web page" in text_of(pilot))
        assert table(pilot).row_count >= 50
        await pilot.press("r")
        await until(pilot, lambda: "web page" not in text_of(pilot))


async def test_asking_for_what_is_new_is_said_until_the_answer_is_there(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: "loaded, more below" in text_of(pilot))
        sandbox.faults.add(Fault("delay-before", method="GET", seconds=60))
        await pilot.press("r")
        await until(pilot, lambda: "loaded, asking…" in text_of(pilot))
        sandbox.faults.clear()
        await until(pilot, lambda: "loaded, more below" in text_of(pilot))


async def test_a_first_page_that_fails_says_what_was_tried_and_r_tries_again(sandbox, run_app, until, text_of):
    sandbox.faults.add(Fault("html", path=r"Messages", times=1))
    async with run_app(sandbox=sandbox) as pilot:
        await until(pilot, lambda: "could not be read" in text_of(pilot))
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
        assert message.sid in {
            m.sid for m in pilot.app.session.account and pilot.app._places["messages"].loader.status.loaded.rows
        }
        await pilot.press("e", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and message.sid not in sids(pilot))


async def test_a_scheduled_message_is_called_off(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        place = next(n for n, m in enumerate(table(pilot).messages) if m.status == "scheduled")
        table(pilot).cursor = place
        await pilot.press("u")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "Confirm")
        await pilot.press("y")
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, MessagesScreen) and table(pilot).messages[place].status == "canceled",
        )


async def test_any_message_opens_by_its_sid_and_a_wrong_one_is_explained(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        sid = table(pilot).messages[7].sid
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
            await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
            pilot.app.screen.query_one("Input").value = str(path)
            await pilot.press("enter")
            if answer == "first":
                await until(pilot, path.exists)
                await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
                written = path.read_text(encoding="utf-8")
                assert table(pilot).messages[0].body in written
                path.write_text("mine")
            else:
                await until(pilot, lambda: "Replace the file?" in text_of(pilot))
                await pilot.press("escape")
                await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
                assert path.read_text() == "mine"


async def test_copy_hands_the_original_text_to_the_terminal(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until, 50)
        place = next(n for n, m in enumerate(table(pilot).messages) if "\x1b" in m.body)
        table(pilot).cursor = place
        body = table(pilot).current.body
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
        await until(pilot, lambda: table(pilot).row_count == 30)
        # What the account before was still waiting for would come now.
        sandbox.faults.clear()
        await pilot.pause()
        theirs = {m.account_sid for m in table(pilot).messages}
        assert theirs == {other.account_sid}
        assert "SANDBOX" not in text_of(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_connection_that_is_refused_shows_nothing_of_the_one_before(
    sandbox, run_app, until, connect, text_of, tmp_path, size
):
    good, bad = connect(sandbox, name="good"), connect(sandbox, name="bad", kind="auth_token")
    save(
        tmp_path / "config" / "connections.toml", Connections([good, replace(bad, auth_token=Secret.literal("f" * 32))])
    )
    async with run_app(connection="good", size=size) as pilot:
        await loaded(pilot, until, 50)
        before = table(pilot).current
        await until(pilot, lambda: before.body.split()[0] in text_of(pilot))
        await pilot.press("ctrl+o", "2")
        await until(pilot, lambda: "20003" in text_of(pilot))
        assert "5, e edits bad." in text_of(pilot)
        gone = (before.body.split()[0], before.own_party, "more below")
        await until(pilot, lambda: not any(words in text_of(pilot) for words in gone))


async def test_while_a_key_repeats_the_message_beside_the_list_waits(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await until(pilot, lambda: "loaded, more below" in text_of(pilot))
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
