"""A secret shows itself to `reveal` and to the file, and to nothing else."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.storage.connections import Connection
from tui.storage.secret_sources import _one_line
from tui.storage.secrets import Secret, SecretMalformed, SecretUnavailable

VALUE = "hunter2-hunter2"
KINDS = [
    Secret.literal(VALUE),
    Secret.env("TOKEN_OF_ACME"),
    Secret.command(["op", "read", VALUE]),
    Secret.keyring("acme"),
]


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format, "{:>30}".format])
@pytest.mark.parametrize("secret", KINDS, ids=lambda each: each.origin)
def test_a_secret_is_masked_however_it_is_printed(secret, show):
    assert "Secret(•••)" in show(secret)
    assert VALUE not in show(secret)


def test_a_connection_prints_without_its_secrets():
    connection = Connection("acme", "api_key", "AC1", "SK1", VALUE, auth_token=VALUE)
    assert VALUE not in repr(connection)
    assert VALUE not in str(asdict(connection))
    assert VALUE not in repr(replace(connection, name="other"))


@pytest.mark.parametrize("secret", KINDS, ids=lambda each: each.origin)
def test_what_is_written_reads_back_equal(secret):
    assert Secret.from_toml(secret.to_toml()) == secret
    assert hash(Secret.from_toml(secret.to_toml())) == hash(secret)


def test_secrets_of_different_kinds_or_values_differ():
    assert Secret.literal("A") != Secret.literal("B")
    assert Secret.literal("A") != Secret.env("A")
    assert Secret.literal("A") != "A"


def test_a_secret_is_neither_pickled_nor_changed():
    secret = Secret.literal(VALUE)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(AttributeError):
        secret.value = "x"
    assert copy.deepcopy(secret) is secret
    assert not isinstance(secret, str)


def test_the_form_learns_the_source_but_never_the_value():
    assert [each.source for each in KINDS] == [
        "kept in the file",
        "from $TOKEN_OF_ACME",
        "from the command op",
        "from the key ring, entry acme",
    ]


UNSEEN = st.text(st.sampled_from(" \t\r\n\u00a0\u2003\u200b\u200e\u2060\ufeff\u00ad\u2028\ufe0f\u3164"), max_size=3)
QUOTES = st.sampled_from(["", '""', "''", "“”", "``"])
SOURCES: dict[str, Callable[[str], str]] = {
    "literal": lambda raw: Secret.literal(raw).reveal(),
    "env": lambda raw: Secret.env("NAME").reveal(environ={"NAME": raw}),
    "keyring": lambda raw: Secret.keyring("acme").reveal(keyring=lambda name: raw),
    "command": lambda raw: _one_line(raw.encode(), "op", ""),
}


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=30)
@given(before=UNSEEN, quotes=QUOTES, within=UNSEEN, after=UNSEEN, value=st.text("abz019/+=_-", min_size=1))
def test_what_a_paste_adds_around_a_secret_is_dropped_wherever_it_comes_from(
    source: str, before: str, quotes: str, within: str, after: str, value: str
) -> None:
    raw = f"{before}{quotes[:1]}{within}{value}{within}{quotes[1:]}{after}"
    assert SOURCES[source](raw) == value


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=30)
@given(unseen=st.sampled_from("\t\u00a0\u2003\u200b\u200e\u2060\ufeff\u00ad\u2028\ufe0f\u3164\x00\x1b\U000e0041"))
def test_what_nobody_sees_within_a_secret_is_told_by_its_code_point_and_nothing_else_of_it(
    source: str, unseen: str
) -> None:
    with pytest.raises(SecretUnavailable, match=rf"U\+{ord(unseen):04X}, character 8") as caught:
        SOURCES[source](f"{VALUE[:7]}{unseen}{VALUE[7:]}\n")
    assert "hunter" not in str(caught.value)


def test_what_a_command_prints_is_cleaned_as_well() -> None:
    code = f"import sys; sys.stdout.buffer.write('\\ufeff \"{VALUE}\" \\r\\n\\n'.encode())"
    assert Secret.command([sys.executable, "-S", "-c", code]).reveal() == VALUE


def test_bytes_that_are_no_text_are_told() -> None:
    for value in ("hunter\udcff2", "hunter2\udcff", "\udcffhunter2"):
        with pytest.raises(SecretUnavailable, match="NAME holds bytes that are no text"):
            Secret.env("NAME").reveal(environ={"NAME": value})


def test_a_literal_is_written_back_as_it_stands() -> None:
    assert Secret.literal(f' "{VALUE}"\n').to_toml() == f' "{VALUE}"\n'


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"keyring": ""}, "name of the key ring entry is empty"),
        ({"keyring": 3}, "name of the key ring entry is not a text"),
        ({"keyring": "a\0"}, "no name has"),
        ({"env": " "}, "name of the environment variable is empty"),
        ({"env": "\u200b"}, "name of the environment variable is empty"),
        ({"env": ["A"]}, "name of the environment variable is not a text"),
        ({"env": "A=B"}, "holds a ="),
        ({"command": "op"}, "not a list of words"),
        ({"command": []}, "names no program"),
        ({"command": [" ", "x"]}, "names no program"),
        ({"command": ["op", 5]}, "not a text"),
        ({"command": ["op", "a\0"]}, "no word has"),
    ],
)
def test_each_mistake_in_naming_a_source_gets_a_sentence_of_its_own(value: object, words: str) -> None:
    with pytest.raises(SecretMalformed, match=words):
        Secret.from_toml(value)


@pytest.mark.parametrize(
    "value",
    [
        5,
        None,
        [VALUE],
        {},
        {"vault": VALUE},
        {"env": ""},
        {"env": f"X={VALUE}"},
        {"env": 5},
        {"env": "A", "keyring": VALUE},
        {"command": f"op read {VALUE}"},
        {"command": []},
        {"command": ["op", 5]},
        {"command": ["", VALUE]},
    ],
)
def test_an_odd_shape_is_refused_without_showing_it(value):
    with pytest.raises(SecretMalformed) as caught:
        Secret.from_toml(value)
    assert VALUE not in "".join(traceback.format_exception(caught.value))
    assert VALUE not in repr(vars(caught.value))
    assert caught.value.remedy


def test_keys_beside_a_known_source_are_tolerated():
    assert Secret.from_toml({"env": "A", "note": "from the vault"}) == Secret.env("A")


@pytest.mark.parametrize("environ", [{}, {"NAME": ""}, {"NAME": "  "}])
def test_an_unset_or_empty_variable_says_which(environ):
    with pytest.raises(SecretUnavailable, match="NAME") as caught:
        Secret.env("NAME").reveal(environ=environ)
    assert caught.value.remedy


def test_a_variable_is_read_when_asked_for():
    assert Secret.env("NAME").reveal(environ={"NAME": VALUE}) == VALUE
