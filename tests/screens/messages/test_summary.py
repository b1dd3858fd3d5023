"""What is said above the list."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from tui.screens.messages.filters import read_filter
from tui.screens.messages.loader import MessageListStatus
from tui.screens.messages.summary import explain_emptiness, summarise
from tui.twilio.errors import ApiError, InvalidRequest
from tui.twilio.messages import Message

SESSION: Any = SimpleNamespace(clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
SUSPENDED = ApiError(403, 20003, "Account is suspended")


def above(*rows: Message, trouble: ApiError | None) -> str:
    feed: Any = SimpleNamespace(started=True, rows=rows, more_below=False)
    return str(summarise(MessageListStatus(feed, error=trouble), len(rows), SESSION))


def test_an_empty_list_that_could_not_be_read_does_not_say_that_this_is_all():
    assert "0 loaded, that is all" in above(trouble=None)
    assert above(trouble=SUSPENDED) == ""


def test_trouble_is_named_beside_what_was_read_before():
    assert "try again. Twilio does not permit this" in above(Message("SM1"), trouble=SUSPENDED)


def test_that_nothing_comes_by_itself_is_said_before_a_filter_that_may_be_cut_off():
    feed: Any = SimpleNamespace(started=True, rows=[Message("SM1")], more_below=False)
    long = read_filter({"text": "a rather long text to look for", "after": "7d"}, date(2026, 11, 23), UTC)
    line = str(summarise(MessageListStatus(feed, long, watching=False), 1, SESSION))
    assert line.index("not watching") < line.index("a rather")
    assert line.count("watching") == 1


def test_refused_credentials_name_the_keys_that_edit_the_connection():
    def words(error: ApiError, **account: Any) -> str:
        client = SimpleNamespace(policy=SimpleNamespace(origin="https://api.twilio.com"))
        used = SimpleNamespace(**{"name": "harbor", "sandbox": False, "client": client} | account)
        saved = SimpleNamespace(connections=SimpleNamespace(names=("harbor",)))
        feed: Any = SimpleNamespace(started=True, rows=(), more_below=False)
        session: Any = SimpleNamespace(account=used, saved=saved, clock=SESSION.clock)
        return str(explain_emptiness(MessageListStatus(feed, error=error), session))

    refused = ApiError(401, 20003, "Authenticate")
    assert "\n5, e edits harbor.\n" in words(refused)
    assert "edits" not in words(SUSPENDED)
    assert "edits" not in words(refused, sandbox=True)
    assert "edits" not in words(refused, name="removed meanwhile")


def test_a_connection_that_does_not_open_is_named():
    trouble = InvalidRequest("api_key_secret", "The environment variable HARBOR is not set.", "Set it.")
    session: Any = SimpleNamespace(account=None, opening="", failed="harbor", trouble=trouble)
    words = str(explain_emptiness(MessageListStatus(), session))
    assert "harbor could not be opened." in words
    assert "HARBOR is not set" in words


def test_the_first_picture_of_a_start_with_a_connection_says_that_it_is_being_opened(tmp_path, connection):
    from tui.app import TuilioApp
    from tui.cli import StartOptions
    from tui.services.session import Session
    from tui.storage.connections import Connections, save
    from tui.storage.paths import find_paths

    def first_words(start: StartOptions, *saved: Any) -> str:
        session = Session(find_paths(tmp_path / str(len(saved))))
        if saved:
            save(session.saved.file, Connections(list(saved)))
        app = TuilioApp(session, start)
        app.expect()
        return str(explain_emptiness(MessageListStatus(), session))

    assert "Opening sandbox…" in first_words(StartOptions(sandbox=True))
    assert "Opening harbor…" in first_words(StartOptions(connection="harbor"), connection)
    assert "Opening the connection…" in first_words(StartOptions(), connection)
    assert "No connection yet" in first_words(StartOptions())
