"""The file's text: what is written reads back equal, what cannot be read says where and shows nothing."""

from __future__ import annotations

import tomllib
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.storage.connections import Connection, Connections, Secret, load, save
from tui.storage.connections_toml import decode, encode
from tui.storage.errors import ConfigUnreadable, ConfigUnwritable

PATH = Path("connections.toml")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.dates()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
SECRETS = (
    TEXT
    | st.fixed_dictionaries({"env": TEXT}, optional={"note": VALUES})
    | st.fixed_dictionaries({"command": st.lists(TEXT, max_size=3)})
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "account_sid": TEXT,
        "auth_token": SECRETS,
        "api_key_secret": SECRETS,
        "region": VALUES,
        "history": VALUES,
        "low_balance": VALUES,
    },
)
DOCUMENTS = st.builds(
    lambda rest, entries: rest | {"schema": 1, "connections": entries},
    st.dictionaries(TEXT.filter(lambda key: key != "default"), VALUES, max_size=3),
    st.dictionaries(
        TEXT,
        st.builds(lambda known, rest: rest | known, ENTRIES, st.dictionaries(TEXT, VALUES)) | VALUES,
        max_size=3,
    ),
)


@pytest.mark.landing
@settings(max_examples=150)
@given(DOCUMENTS)
def test_any_document_survives_being_written_and_read(document):
    assert decode(encode(document, PATH), PATH) == document


@settings(max_examples=50)
@given(DOCUMENTS)
def test_unknown_things_survive_a_change_made_through_connections(document):
    loaded = Connections.from_document(document, path=PATH)
    changed = loaded.with_connection(Connection("\x00 new", "auth_token", "AC", auth_token="x"))
    merged = changed.applied_to(document, PATH)
    assert {name: each for name, each in merged["connections"].items() if name != "\x00 new"} == {
        name: each for name, each in document["connections"].items() if name != "\x00 new"
    }
    assert {key: merged[key] for key in document if key != "connections"} == {
        key: document[key] for key in document if key != "connections"
    }


CHANGES = st.lists(
    st.tuples(st.sampled_from(["region", "rename", "remove", "add", "default"]), st.integers(0, 3)), max_size=6
)


def changed(connections: Connections, letter: str, changes: list[tuple[str, int]]) -> Connections:
    """What an instance does to the entries whose names begin with its letter."""
    for change, number in changes:
        mine = [name for name in connections if name.startswith(letter)]
        if change == "add":
            new = Connection(f"{letter}+{len(mine)}{number}", "auth_token", "AC", auth_token=f"{number}")
            connections = connections.with_connection(new)
        elif mine:
            name = mine[number % len(mine)]
            match change:
                case "region":
                    connections = connections.with_connection(replace(connections[name], region=f"{number}"))
                case "rename" if f"{name}'" not in connections:
                    renamed = replace(connections[name], name=f"{name}'")
                    connections = connections.with_connection(renamed, replacing=name)
                case "remove":
                    connections = connections.without(name)
                case _:
                    connections = connections.with_default(name)
    return connections


@settings(max_examples=150)
@given(CHANGES, CHANGES)
def test_two_instances_that_change_different_entries_both_win(ours, theirs):
    document = {"schema": 1, "mood": "calm", "connections": {"odd": 5}}
    entry = {"kind": "auth_token", "account_sid": "AC", "note": "mine"}
    document["connections"] |= {f"{letter}{number}": entry for number in range(3) for letter in "ab"}
    loaded = Connections.from_document(document, path=PATH)
    a, b = changed(loaded, "a", ours), changed(loaded, "b", theirs)
    both = b.applied_to(a.applied_to(document, PATH), PATH)
    merged = Connections.from_document(both)
    assert {name: each for name, each in merged.items() if name.startswith("a")} == {
        name: each for name, each in a.items() if name.startswith("a")
    }
    assert {name: each for name, each in merged.items() if name.startswith("b")} == {
        name: each for name, each in b.items() if name.startswith("b")
    }
    assert (both["mood"], both["connections"]["odd"]) == ("calm", 5)
    assert all("note" in both["connections"][name] for name in merged if "+" not in name)


@settings(max_examples=50)
@given(st.dictionaries(TEXT, st.builds(Secret.literal, TEXT) | st.builds(Secret.env, TEXT.filter(str.strip))))
def test_connections_of_any_name_survive_the_file(tmp_path_factory, secrets):
    secrets = {
        name: each
        for name, each in secrets.items()
        if each.origin == "literal" or not {"=", "\0"} & set(str(each.detail))
    }
    path = tmp_path_factory.mktemp("any") / "connections.toml"
    wanted = Connections([Connection(name, "auth_token", "AC", auth_token=each) for name, each in secrets.items()])
    assert dict(save(path, wanted)) == dict(wanted)
    assert list(load(path)) == list(wanted)


def test_ways_to_fetch_a_secret_stand_on_one_line(tmp_path):
    path = tmp_path / "connections.toml"
    key = Connection("acme", "api_key", "AC1", "SK1", Secret.env("A"), Secret.command(["op", "read", 'a "b"']))
    save(path, Connections([key], default="acme"))
    text = path.read_text(encoding="utf-8")
    assert 'api_key_secret = { env = "A" }\n' in text
    assert 'auth_token = { command = ["op", "read", "a \\"b\\""] }\n' in text
    assert text.startswith("# ")
    assert "comments are not" in text
    assert tomllib.loads(text)["schema"] == 1


def test_the_documented_file_reads_as_documented():
    document = decode(
        b"""
        schema = 1
        default = "acme"
        [connections.acme]
        kind = "api_key"
        account_sid = "AC1"
        api_key_sid = "SK1"
        api_key_secret = { command = ["op", "read", "op://x"] }
        auth_token = "t"
        region = "us1"
        base_url = "http://127.0.0.1:4010/2010-04-01"
        webhook_key = { env = "WEBHOOK_KEY" }
        ca_file = "/etc/ssl/acme.pem"
        history = 30
        low_balance = 12.5
        colour = "red"
        """,
        PATH,
    )
    loaded = Connections.from_document(document)
    assert loaded.default == "acme"
    assert loaded["acme"] == Connection(
        "acme",
        "api_key",
        "AC1",
        "SK1",
        Secret.command(["op", "read", "op://x"]),
        "t",
        "us1",
        "http://127.0.0.1:4010/2010-04-01",
        webhook_key=Secret.env("WEBHOOK_KEY"),
        ca_file="/etc/ssl/acme.pem",
        history=30,
        low_balance=12.5,
    )
    assert loaded["acme"].colour == "red"


HIDDEN = "hunter2"


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        (f'[connections.a]\nauth_token = "{HIDDEN}\n'.encode(), 2, 22, "text is not closed"),
        (f"a = {HIDDEN}".encode(), 1, 5, "texts need quotes"),
        (f"a = 1\n{HIDDEN} = 2\n{HIDDEN} = 3\n".encode(), 3, 12, "twice"),
        (f'a = "{HIDDEN}" {HIDDEN}'.encode(), 1, 15, "behind a value"),
        (f"{HIDDEN}".encode(), 1, 8, "followed by ="),
        (f"a = 1\nb = '''{HIDDEN}\n".encode(), 3, 1, "not closed"),
        (b"a = " + b"[" * 100_000, None, None, "nested too deeply"),
        (b"[" + b"a." * 5_000 + b"a]", None, None, "nested too deeply"),
        (b"a." * 300_000 + b"a = 1", None, None, "nested too deeply"),
        (b'"a" . ' * 5_000 + b"a = 1", None, None, "nested too deeply"),
        (b"b = {" + b"a." * 5_000 + b"a = 1}", None, None, "nested too deeply"),
        (
            b"".join(b"[" + b".".join([b"a"] * depth) + b"]\n" for depth in range(1, 60)),
            None,
            None,
            "nested too deeply",
        ),
        (b"a = " + b"{a=" * 40 + b"1" + b"}" * 40, None, None, "nested too deeply"),
        (b"a = " + b"[" * 40 + b"]" * 40, None, None, "nested too deeply"),
        (b"a = " + b"9" * 5_000, None, None, "too many digits"),
        (f"a = 1\nb = '{HIDDEN} é'\n".encode("latin-1"), 2, 14, "not in UTF-8"),
        (f"a = '{HIDDEN}'".encode("utf-16"), 1, 1, "UTF-16"),
        (f"schema = '{HIDDEN}'".encode(), None, None, "schema is not a number"),
        (b"schema = true", None, None, "schema is not a number"),
        (b"default = 5", None, None, "default is not a text"),
        (f"connections = '{HIDDEN}'".encode(), None, None, "connections is not a table"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_shows_nothing(tmp_path, data, line, column, words):
    path = tmp_path / "connections.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigUnreadable, match=words) as caught:
        load(path)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert error.path == path
    assert error.remedy
    assert error.__cause__ is None
    assert error.__context__ is None
    assert HIDDEN not in "".join(traceback.format_exception(error)) + repr(vars(error))
    with pytest.raises(ConfigUnreadable):
        save(path, Connections([Connection("new", "auth_token", "AC")]))
    assert path.read_bytes() == data


def test_a_byte_order_mark_is_accepted(tmp_path):
    path = tmp_path / "connections.toml"
    path.write_bytes(b"\xef\xbb\xbfschema = 1\r\n[connections.a]\r\nkind = 'auth_token'\r\n")
    assert list(load(path)) == ["a"]


def test_half_a_surrogate_pair_is_refused_before_anything_is_written(tmp_path):
    path = tmp_path / "connections.toml"
    save(path, Connections([Connection("a", "auth_token", "AC")]))
    before = path.read_bytes()
    with pytest.raises(ConfigUnwritable, match=r"connections\.b\.auth_token") as caught:
        save(path, Connections([Connection("b", "auth_token", "AC", auth_token=f"{HIDDEN}\ud800")]))
    assert HIDDEN not in "".join(traceback.format_exception(caught.value))
    assert caught.value.field == "auth_token"
    assert path.read_bytes() == before
