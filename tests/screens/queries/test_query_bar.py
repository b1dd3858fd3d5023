"""The query bar: chips at rest; typing with completion, errors and the number of matches; what it posts."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events

from tests.screens.queries.desk import Rows, desk, hints
from tui.archive.query_parser import LONGEST
from tui.safe_text import safe_text
from tui.screens.queries.query_bar import MOST_COUNTED, QueryBar, QueryChips, QueryInput
from tui.storage.connections import Connection
from tui.storage.query_history import QueryHistory
from tui.storage.views import SavedViews
from tui.twilio.senders import AccountSenders, Sender, SenderKind
from tui.widgets.dialogs import Ask

SID, OTHER = "SM" + "0123456789abcdef" * 2, "MM" + "fedcba9876543210" * 2


def typed(screen):
    return screen.query_one(QueryInput).value


def is_open(screen):
    return screen.query_one(QueryBar).is_open


def count(screen):
    return str(screen.query_one("QueryBar .count").render()).strip()


def burst(app, keys):
    """Keys that arrive all at once, as over a slow line."""
    for key in keys:
        name = {"/": "slash", "\r": "enter", "\t": "tab"}.get(key, key)
        app.post_message(events.Key(name, key))


async def test_at_rest_it_takes_a_line_only_where_something_is_in_force(tmp_path, text_of):
    async with desk(tmp_path) as (pilot, screen):
        bar = screen.query_one(QueryBar)
        assert screen.query_one(Rows).region.y == 1
        bar.show("is:problem since:7d")
        await pilot.pause()
        assert screen.query_one(Rows).region.y == 2
        assert "[is:problem ×] [since:7d ×]" in text_of(pilot)
        bar.show("")
        await pilot.pause()
        assert screen.query_one(Rows).region.y == 1


@pytest.mark.parametrize("text", ["", "is:problem"])
async def test_opening_and_closing_it_move_nothing(tmp_path, text, text_of):
    async with desk(tmp_path, text=text) as (pilot, screen):
        before = text_of(pilot).splitlines()[2:]
        await pilot.press("slash", *"xyz")
        await pilot.pause()
        assert screen.query_one(QueryInput).region.y == 1
        assert text_of(pilot).splitlines()[2:-1] == before[:-1]
        await pilot.press("escape")
        await pilot.pause()
        assert text_of(pilot).splitlines()[2:] == before


async def test_a_click_on_a_cross_asks_for_the_query_without_that_part(tmp_path, text_of, until):
    async with desk(tmp_path, text="is:problem since:7d") as (pilot, screen):
        line = text_of(pilot).splitlines()[1]
        await pilot.click(QueryChips, offset=(line.index("×"), 0))
        assert screen.heard == ["query since:7d"]
        await until(pilot, lambda: "is:problem" not in text_of(pilot))
        await pilot.click(QueryChips, offset=(text_of(pilot).splitlines()[1].index("×"), 0))
        assert screen.heard[1:] == ["query "]
        await pilot.pause()
        assert screen.query_one(Rows).region.y == 1


async def test_a_click_on_a_part_itself_opens_the_bar(tmp_path):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        await pilot.click(QueryChips, offset=(3, 0))
        assert is_open(screen)
        assert typed(screen) == "is:problem"


async def test_what_has_no_room_is_counted(tmp_path, text_of):
    async with desk(tmp_path, text="is:problem since:7d country:DE", size=(30, 8)) as (pilot, _):
        assert text_of(pilot).splitlines()[1].split() == ["[is:problem", "×]", "+2"]


async def test_what_is_typed_replaces_what_was_in_force_and_enter_asks_for_it(tmp_path):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        await pilot.press("slash")
        assert typed(screen) == "is:problem"
        await pilot.press(*"parcel", "enter")
        assert screen.heard == ["query parcel"]
        assert not is_open(screen)
        assert isinstance(screen.focused, Rows)


async def test_keys_that_arrive_with_the_one_that_opens_it_reach_the_input(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        burst(pilot.app, "/parade\r")
        await until(pilot, lambda: screen.heard)
        assert screen.heard == ["query parade"]
        # A second time as well, when it need not be made any more.
        burst(pilot.app, "/estim\r")
        await until(pilot, lambda: len(screen.heard) > 1)
        assert screen.heard[1:] == ["query estim"]


async def test_enter_on_what_is_in_force_already_asks_for_nothing(tmp_path):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        await pilot.press("slash", "enter")
        assert not is_open(screen)
        assert screen.heard == []


async def test_an_emptied_line_asks_for_everything(tmp_path):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        await pilot.press("slash", "backspace", "enter")
        assert screen.heard == ["query "]


async def test_escape_changes_nothing_and_what_was_typed_is_the_newest_of_the_history(tmp_path, until):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        await pilot.press("slash", *"first", "enter")
        await until(pilot, lambda: not pilot.app.session._tasks)
        await pilot.press("slash", *"second", "escape")
        assert not is_open(screen)
        assert screen.heard == ["query first"]
        assert screen.query_one(QueryBar).text == "first"
        await until(pilot, lambda: not pilot.app.session._tasks)
        await pilot.press("slash", "up")
        assert typed(screen) == "second"
        await pilot.press("down")
        assert typed(screen) == "first"
        await pilot.press("up", *" more")
        assert typed(screen) == "second more"


async def test_what_cannot_be_read_is_offered_again_and_is_in_no_history(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        bar = screen.query_one(QueryBar)
        history, name = bar._history()
        history.add(name, "parcel")
        await pilot.press("slash", *"code:many", "escape")
        await until(pilot, lambda: not pilot.app.session._tasks)
        assert history.entries(name) == ("parcel",)
        await pilot.press("slash", "up")
        assert typed(screen) == "code:many"
        await pilot.press("up")
        assert typed(screen) == "parcel"
        # Once it is put right, it is a query like others.
        await pilot.press("down", *["backspace"] * 4, *"any", "enter")
        await until(pilot, lambda: history.entries(name) == ("code:any", "parcel"))
        await pilot.press("slash", "up", "up")
        assert typed(screen) == "parcel"


async def test_what_is_being_typed_when_the_program_ends_is_the_newest_of_the_history(tmp_path):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        history, name = screen.query_one(QueryBar)._history()
        await pilot.press("slash", *"parcel")
    assert history.entries(name) == ("parcel",)


async def test_as_long_as_a_query_can_be_read_it_can_be_typed_saved_and_found_again(tmp_path, until):
    query = "x" * LONGEST
    async with desk(tmp_path) as (pilot, screen):
        bar = screen.query_one(QueryBar)
        await bar.open(query)
        await pilot.press("end", "y", "enter")
        assert typed(screen) == query
        assert screen.heard == [f"query {query}"]
        history, name = bar._history()
        await until(pilot, lambda: history.entries(name) == (query,))
        views = SavedViews(pilot.app.session.paths.views)
        views.put("long", query)
        assert views.read().views[-1].query == query


async def test_up_goes_back_query_by_query_and_down_returns_to_what_was_typed(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        history, name = screen.query_one(QueryBar)._history()
        for query in ("code:30003", "code:30005", "code:30007"):
            history.add(name, query)
        await pilot.press("slash", *"mine")
        seen = []
        for key in ("up", "up", "up", "up", "down", "down", "down", "down"):
            await pilot.press(key)
            seen.append(typed(screen))
        assert seen == [
            "code:30007",
            "code:30005",
            "code:30003",
            "code:30003",
            "code:30005",
            "code:30007",
            "mine",
            "mine",
        ]


async def test_an_answer_to_a_query_of_before_never_stands_beside_the_present_one(tmp_path, until):
    async with desk(tmp_path, {"slow": 7, "slower": 3}) as (pilot, screen):
        archive = pilot.app.session.archive
        archive.slow = {"slow": asyncio.Event(), "slower": asyncio.Event()}
        await pilot.press("slash", *"slow")
        await until(pilot, lambda: "slow" in archive.asked)
        await until(pilot, lambda: count(screen) == "…")
        await pilot.press(*"er")
        await until(pilot, lambda: "slower" in archive.asked)
        archive.slow["slower"].set()
        await until(pilot, lambda: count(screen) == "3 match")
        archive.slow["slow"].set()
        await pilot.pause()
        assert count(screen) == "3 match"
        await pilot.press("escape")
        archive.slow.clear()
        await pilot.press("slash", *"slow")
        await until(pilot, lambda: count(screen) == "7 match")


async def test_more_than_can_be_counted_at_once_is_said_as_such(tmp_path, until):
    async with desk(tmp_path, {"everything": MOST_COUNTED + 7}) as (pilot, screen):
        await pilot.press("slash", *"everything")
        await until(pilot, lambda: count(screen) == "100,000+ match")


async def test_a_number_that_is_counted_when_the_bar_is_closed_is_let_go(tmp_path, until):
    async with desk(tmp_path) as (pilot, _screen):
        archive = pilot.app.session.archive
        archive.slow = {"slow": asyncio.Event()}
        await pilot.press("slash", *"slow")
        await until(pilot, lambda: "slow" in archive.asked)
        await pilot.press("escape")
        await until(pilot, lambda: not [each for each in pilot.app.workers if each.group == "query-count"])


async def test_what_is_wrong_is_said_with_the_nearest_key_before_anything_is_asked(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"stauts:failed")
        assert "Did you mean status:?" in hints(screen)
        assert screen.query_one(QueryInput)._wrong.place == (0, 6)
        await pilot.press("enter")
        assert is_open(screen)
        assert screen.heard == []
        # What was typed of it may have been asked for on the way, by a slow hand.
        assert [text for text in pilot.app.session.archive.asked if ":" in text] == []
        await pilot.press("home", *["delete"] * 7)
        assert hints(screen) == ""
        assert screen.query_one(QueryInput)._wrong.place is None
        await pilot.press("enter")
        assert screen.heard == ["query failed"]


async def test_a_value_that_is_still_to_come_is_no_error_until_enter(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"status:")
        assert "undelivered" in hints(screen)
        assert "Nothing follows" not in hints(screen)
        await pilot.press("enter")
        assert "Nothing follows" in hints(screen)
        assert screen.heard == []


@pytest.mark.parametrize("key", ["tab", "right"])
async def test_tab_and_right_take_the_completion_that_is_offered(tmp_path, key):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"sta", key, *"undel", key)
        assert typed(screen).rstrip() == "status:undelivered"
        await pilot.press("enter")
        assert screen.heard == ["query status:undelivered"]


async def test_tab_with_nothing_to_complete_stays_in_the_input(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"xyz", "tab")
        assert isinstance(screen.focused, QueryInput)
        await pilot.press("escape", "tab")
        assert isinstance(screen.focused, Rows)


async def test_keys_that_arrive_with_a_tab_follow_what_it_completed(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        burst(pilot.app, "/sta\tundel\t\r")
        await until(pilot, lambda: screen.heard)
        assert screen.heard == ["query status:undelivered"]


async def test_up_and_down_choose_and_enter_takes_what_was_chosen(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"status:", "down", "down", "up", "down", "enter")
        assert is_open(screen)
        second = [line.split()[0] for line in hints(screen).splitlines()]
        assert second == [] or typed(screen)
        assert typed(screen).startswith("status:")
        assert len(typed(screen)) > len("status:")


async def test_a_click_takes_a_completion_and_the_input_keeps_the_focus(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"status:")
        row = next(n for n, line in enumerate(hints(screen).splitlines()) if "undelivered" in line)
        await pilot.click("CompletionList", offset=(6, row))
        assert typed(screen).rstrip() == "status:undelivered"
        assert isinstance(screen.focused, QueryInput)


async def test_down_in_an_empty_line_shows_all_keys(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash")
        assert hints(screen) == ""
        await pilot.press("down")
        assert "status:" in hints(screen)


async def test_a_few_keys_and_tab_make_a_whole_query(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", "p", "tab", "s", "i", "tab", "7", "d", "enter")
        assert screen.heard == ["query is:problem since:7d"]


async def test_a_pasted_log_line_with_a_sid_opens_that_message(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash")
        line = f"2026-11-28T08:00:01Z ERROR delivery failed https://api.twilio.com/Messages/{SID}.json\nnext line"
        pilot.app.post_message(events.Paste(line))
        await until(pilot, lambda: typed(screen))
        assert typed(screen) == f"sid:{SID}"
        await pilot.press("enter")
        assert screen.heard == [f"open {SID}"]


async def test_a_log_line_that_is_typed_by_a_terminal_without_paste_opens_that_message(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *f"error:30007 of {SID}", "enter")
        assert screen.heard == [f"open {SID}"]


async def test_of_a_paste_that_is_too_long_the_beginning_is_taken_and_that_is_said(tmp_path, until, text_of):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        await pilot.press("slash")
        pilot.app.post_message(events.Paste("parcel " * 100_000))
        await until(pilot, lambda: typed(screen).startswith("parcel"))
        assert len(typed(screen)) == LONGEST
        await until(pilot, lambda: "A query has at most 4,000 characters" in text_of(pilot))


async def test_several_sids_are_a_query(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash")
        pilot.app.post_message(events.Paste(f"{SID}\n{OTHER}\n{SID}\n"))
        await until(pilot, lambda: typed(screen))
        await pilot.press("enter")
        assert screen.heard == [f"query sid:{SID} or sid:{OTHER}"]


async def test_several_numbers_in_lines_are_a_query_for_any_of_them(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash")
        pilot.app.post_message(events.Paste("+1 415 555 0123\n\n+49 (151) 1234-5678\r\nwhatsapp:+14155550175\n"))
        await until(pilot, lambda: typed(screen))
        assert typed(screen) == "+1 415 555 0123 or +49 (151) 1234-5678 or whatsapp:+14155550175"
        await pilot.press("enter")
        assert len(screen.heard) == 1


async def test_it_closes_when_the_focus_goes_elsewhere_and_keeps_what_was_typed_in_the_history(tmp_path, until):
    async with desk(tmp_path, text="is:problem") as (pilot, screen):
        await pilot.press("slash", *"half")
        await pilot.click(Rows, offset=(3, 9))
        await until(pilot, lambda: not is_open(screen))
        assert isinstance(screen.focused, Rows)
        assert screen.heard == []
        await until(pilot, lambda: not pilot.app.session._tasks)
        await pilot.press("slash", "up")
        assert typed(screen) == "half"


async def test_it_stays_open_while_the_terminal_itself_has_no_focus(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"half")
        pilot.app.post_message(events.AppBlur())
        await pilot.pause()
        pilot.app.post_message(events.AppFocus())
        await pilot.pause()
        await pilot.press(*" done")
        assert typed(screen) == "half done"


async def test_a_query_is_saved_under_a_name(tmp_path, until):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash", *"country:DE", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await pilot.press(*"Germany", "enter")
        views = SavedViews(pilot.app.session.paths.views)
        await until(pilot, lambda: "Germany" in [view.name for view in views.read().views])
        assert is_open(screen)
        assert typed(screen) == "country:DE"
        await pilot.press("enter")
        assert screen.heard == ["query country:DE"]


@pytest.mark.parametrize(
    ("history", "sandbox", "kept"),
    [(None, False, True), ("all", False, True), ("none", False, False), (90, True, False)],
)
async def test_the_history_is_kept_on_disk_unless_nothing_of_the_connection_is(tmp_path, until, history, sandbox, kept):
    async with desk(tmp_path) as (pilot, _screen):
        session = pilot.app.session
        connection = Connection("harbor", kind="auth_token", account_sid="AC" + "0" * 32, history=history)
        session.account = SimpleNamespace(
            name="harbor",
            connection=connection,
            sandbox=sandbox,
            senders=AccountSenders(()),
            client=SimpleNamespace(hide=str),
        )
        await pilot.press("slash", *"parcel", "enter")
        await until(pilot, lambda: not session._tasks)
        assert session.paths.query_history.exists() == kept
        assert QueryHistory(session.paths.query_history).entries("harbor") == (("parcel",) if kept else ())
        session.account = None


@pytest.mark.parametrize("size", [(20, 6), (40, 10), (80, 24)])
async def test_it_works_in_the_smallest_windows(tmp_path, size, text_of):
    async with desk(tmp_path, text="is:problem country:DE since:7d", size=size) as (pilot, screen):
        await pilot.press("slash", *"status:")
        assert "status:" in text_of(pilot)
        await pilot.press("tab", "enter")
        assert screen.heard and screen.heard[0].startswith("query status:")


def account_with(*names):
    offered = tuple(Sender(SenderKind.NUMBER, f"+1415555010{n}", name) for n, name in enumerate(names))
    connection = Connection("harbor", kind="auth_token", account_sid="AC" + "0" * 32)
    senders = AccountSenders(offered)
    client = SimpleNamespace(hide=str)
    return SimpleNamespace(name="harbor", connection=connection, sandbox=True, senders=senders, client=client)


async def test_the_names_of_senders_are_completed_and_read_whatever_they_hold(tmp_path, text_of):
    async with desk(tmp_path) as (pilot, screen):
        pilot.app.session.account = account_with("On-call\x1b[31m ☎", "Front desk")
        await pilot.press("slash", *"from:on")
        assert "\x1b" not in hints(screen)
        assert "␛" in text_of(pilot)
        await pilot.press("tab", "enter")
        assert screen.heard[0].startswith('query from:"On-call\x1b[31m ☎')
        pilot.app.session.account = None


TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('status:is-"() or*,..>7d')), max_size=40
)


async def test_whatever_is_typed_is_either_read_or_told_what_is_wrong_with_it(tmp_path):
    async with desk(tmp_path) as (pilot, screen):
        await pilot.press("slash")
        bar, field = screen.query_one(QueryBar), screen.query_one(QueryInput)

        @settings(max_examples=60)
        @given(TEXTS, st.integers(0, 40))
        def law(text, cursor):
            field.value = text
            field.cursor_position = min(cursor, len(text))
            query, problem = bar._read(field.value)
            assert (query is None) != (problem is None)
            shown = str(screen.query_one("CompletionList").render())
            assert not {"\x1b", "\u202e", "\u200b"} & set(shown)
            if problem is not None and not bar._completions:
                assert safe_text(problem.reason, limit=200)[:40] in shown

        law()
        await pilot.pause()
