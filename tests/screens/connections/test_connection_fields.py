"""What is typed, and the connection it means."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.screens.connections.connection_fields import (
    ConnectionFields,
    connection_of,
    entry_of,
    explain_field,
    free_name,
    problems_of,
    read_secret,
    variable_of,
    visible_fields,
)
from tui.storage.checks import check
from tui.storage.connections import Connection, Secret

SID = "AC" + "1" * 32
KEY = "SK" + "2" * 32
WHOLE = ConnectionFields(name="acme", account_sid=SID, api_key_sid=KEY, api_key_secret="s" * 32)


def test_a_whole_entry_makes_a_connection_without_problems() -> None:
    assert check(connection_of(WHOLE, None)) == ()
    assert problems_of(WHOLE, None, ()) == {}


def test_what_is_kept_never_comes_back_into_the_form() -> None:
    stored = Connection("acme", "api_key", SID, KEY, "kept-secret", "kept-token")
    entry = entry_of(stored)
    assert entry.api_key_secret == entry.auth_token == ""
    assert "kept" not in repr(entry)


def test_an_unchanged_form_means_the_connection_it_began_with() -> None:
    for stored in (
        Connection("acme", "api_key", SID, KEY, "kept-secret", "kept-token"),
        Connection("acme", "api_key", SID, KEY, Secret.command(["op", "read"]), region="us1"),
        Connection("acme", "auth_token", SID, auth_token=Secret.env("TOKEN"), region="ie1"),
        Connection("acme", "auth_token", SID, KEY, "kept", Secret.keyring("acme"), base_url="https://example.org"),
        Connection("acme", "auth_token", SID, auth_token="t", webhook_key="sh4red", ca_file="/etc/ssl/acme.pem"),
        *(Connection("acme", "auth_token", SID, auth_token="t", history=each) for each in (1, 90, 365, "all", "none")),
        *(Connection("acme", "auth_token", SID, auth_token="t", low_balance=each) for each in (0, 20, 12.5, 1e-7, "x")),
    ):
        assert connection_of(entry_of(stored), stored) == stored


def test_a_typed_secret_takes_the_place_of_the_kept_one() -> None:
    stored = Connection("acme", "api_key", SID, KEY, "old")
    meant = connection_of(replace(entry_of(stored), api_key_secret="new"), stored)
    assert meant.api_key_secret == Secret.literal("new")


def test_a_dash_takes_the_optional_token_away_and_only_there() -> None:
    stored = Connection("acme", "api_key", SID, KEY, "s", "token")
    assert connection_of(replace(entry_of(stored), auth_token="-"), stored).auth_token is None
    by_token = replace(entry_of(stored), kind="auth_token", auth_token="-")
    assert connection_of(by_token, stored).auth_token == Secret.literal("-")


def test_a_dash_takes_the_webhook_key_away_from_both_kinds() -> None:
    for kind in ("api_key", "auth_token"):
        stored = Connection("acme", kind, SID, KEY, "s", "token", webhook_key="sh4red")
        assert connection_of(replace(entry_of(stored), webhook_key="-"), stored).webhook_key is None
        assert connection_of(replace(entry_of(stored), webhook_key="$KEY"), stored).webhook_key == Secret.env("KEY")


def test_dollar_and_env_name_a_variable() -> None:
    for typed in ("$TOKEN", "${TOKEN}", "env:TOKEN", "env: TOKEN", "  $TOKEN "):
        assert read_secret(typed, None) == Secret.env("TOKEN"), typed
        assert variable_of(typed) == "TOKEN"


def test_env_without_a_name_is_a_problem() -> None:
    problems = problems_of(replace(WHOLE, api_key_secret="env:"), None, ())
    assert "env:" in problems["api_key_secret"]


@given(st.text(alphabet="0123456789abcdef", min_size=1, max_size=40), st.text(alphabet=" \t\n", max_size=3))
@settings(max_examples=50)
def test_blanks_around_a_pasted_secret_or_sid_are_dropped(text: str, blanks: str) -> None:
    entry = replace(WHOLE, api_key_secret=blanks + text + blanks, account_sid=blanks + text + blanks)
    meant = connection_of(entry, None)
    assert meant.api_key_secret == Secret.literal(text)
    assert meant.account_sid == text


def test_another_connections_name_is_refused() -> None:
    assert "already" in problems_of(WHOLE, None, ["acme"])["name"]
    assert "name" not in problems_of(WHOLE, None, ["other"])


def test_a_token_connection_hides_the_keys_fields_unless_one_is_wrong() -> None:
    entry = replace(WHOLE, kind="auth_token")
    assert "api_key_sid" not in visible_fields(entry)
    assert "api_key_sid" in visible_fields(entry, {"api_key_sid"})
    assert "api_key_sid" in visible_fields(WHOLE)


def test_switching_the_kind_keeps_what_the_file_says_about_the_key() -> None:
    stored = Connection("acme", "api_key", SID, KEY, "secret", "token")
    meant = connection_of(replace(entry_of(stored), kind="auth_token", api_key_sid="SK junk"), stored)
    assert (meant.api_key_sid, meant.api_key_secret) == (KEY, Secret.literal("secret"))


def test_how_long_messages_are_kept_is_typed_in_any_form_and_told_where() -> None:
    stored = Connection("acme", "api_key", SID, KEY, "secret", history="all")
    for typed, meant in (("30", 30), ("30 days", 30), ("1 Day", 1), ("NONE", "none"), (" all", "all"), ("", None)):
        assert connection_of(replace(entry_of(stored), history=typed), stored).history == meant, typed
    for typed in ("0", "-3", "1.5", "soon", "9" * 5000):
        assert "history" in problems_of(replace(entry_of(stored), history=typed), stored, ()), typed
    told = [
        explain_field("history", replace(entry_of(None), history=typed), None, saved=False, place="/state/archive")
        for typed in ("30", "all", "none")
    ]
    assert "for 30 days, in /state/archive, readable by you only" in told[0]
    assert "kept on this computer, in /state/archive" in told[1]
    assert "removed" in told[2]


def test_a_low_balance_is_typed_as_an_amount_and_said_to_be_in_the_accounts_currency() -> None:
    stored = Connection("acme", "api_key", SID, KEY, "secret", low_balance=20)
    assert entry_of(stored).low_balance == "20"
    for typed, meant in (("5", 5), (" 12.50", 12.5), ("", None), ("-3", -3)):
        assert connection_of(replace(entry_of(stored), low_balance=typed), stored).low_balance == meant, typed
    for typed in ("twenty", "20 USD", "1,000", "9" * 5000):
        problems = problems_of(replace(entry_of(stored), low_balance=typed), stored, ())
        assert "in the account's own currency" in problems["low_balance"], typed
    said = explain_field("low_balance", entry_of(stored), None, saved=True, place="")
    assert "the account's own currency" in said


def test_a_free_name_is_numbered() -> None:
    assert free_name("environment", ()) == "environment"
    assert free_name("environment", ("environment", "environment-2")) == "environment-3"
