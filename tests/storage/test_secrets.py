"""A secret shows itself to `reveal` and to the file, and to nothing else."""

from __future__ import annotations

import copy
import pickle
import traceback
from dataclasses import asdict, replace

import pytest

from tui.storage.connections import Connection
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


@pytest.mark.parametrize(("text", "stray"), [("abc", False), (" abc", True), ("abc\n", True), ("a bc", False)])
def test_stray_blanks_are_kept_and_reported(text, stray):
    secret = Secret.literal(text)
    assert secret.stray_blanks is stray
    assert secret.reveal() == text


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
