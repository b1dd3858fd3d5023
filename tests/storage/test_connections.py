"""Connections as a value, loading, saving, and two instances at once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from tui.storage.checks import check
from tui.storage.connection import SECRETS
from tui.storage.connections import SIZE_LIMIT, Connection, Connections, Secret, load, save
from tui.storage.document import write_entry
from tui.storage.errors import ConfigReadOnly, ConfigUnreadable, ConfigUnwritable, EntryChanged, NameTaken
from tui.storage.files import lock

HEX = "0" * 32
ACME = Connection("acme", "api_key", "AC" + HEX, "SK" + HEX, "s3cret")
OTHER = Connection("other", "auth_token", "AC" + HEX, auth_token="t0ken")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "connections.toml"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_missing_file_has_no_connections(path):
    loaded = load(path)
    assert dict(loaded) == {}
    assert (loaded.default, loaded.problems, loaded.read_only) == (None, (), False)
    assert not path.parent.exists()


@pytest.mark.parametrize("kind", [str, Path])
def test_what_is_saved_is_loaded(path, kind):
    save(kind(path), Connections({"acme": ACME, "other": OTHER}, default="other"))
    loaded = load(kind(path))
    assert dict(loaded) == {"acme": ACME, "other": OTHER}
    assert list(loaded) == ["acme", "other"]
    assert loaded.default == "other"


def test_a_plain_mapping_or_list_can_be_saved(path):
    save(path, {"acme": ACME})
    save(path, [OTHER])
    assert list(load(path)) == ["acme", "other"]


def test_the_key_of_a_mapping_names_its_connection():
    assert Connections({"renamed": ACME})["renamed"] == replace(ACME, name="renamed")


def test_the_file_is_for_its_owner_alone_whatever_the_umask(path):
    save(path, [ACME])
    save(path, [OTHER])
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert mode(path.with_name("connections.toml.bak")) == 0o600


def test_the_previous_contents_stay_as_one_backup(path):
    first = save(path, [ACME])
    before = path.read_bytes()
    second = save(path, first.with_connection(OTHER))
    assert path.with_name("connections.toml.bak").read_bytes() == before
    save(path, second)
    assert path.with_name("connections.toml.bak").read_bytes() == before, "an idle save wore out the backup"


def test_renaming_keeps_place_default_and_unknown_keys(path):
    path.parent.mkdir()
    path.write_text(
        "default = 'a'\n[connections.a]\nkind = 'auth_token'\nnote = 'mine'\n[connections.b]\nkind = 'auth_token'\n"
    )
    loaded = load(path)
    renamed = loaded.with_connection(replace(loaded["a"], name="z", region="ie1"), replacing="a")
    saved = save(path, renamed)
    assert list(saved) == ["z", "b"]
    assert saved.default == "z"
    assert 'note = "mine"' in path.read_text()
    text = path.read_text()
    save(path, renamed)
    assert path.read_text() == text, "saving again changed something"


def test_renaming_onto_another_name_is_refused():
    with pytest.raises(NameTaken) as caught:
        Connections([ACME, OTHER]).with_connection(replace(ACME, name="other"), replacing="acme")
    assert caught.value.field == "name"


def test_removing_the_default_leaves_none(path):
    saved = save(path, Connections([ACME, OTHER], default="acme"))
    gone = save(path, saved.without("acme"))
    assert list(gone) == ["other"]
    assert gone.default is None
    assert gone.without("nobody") == gone


def test_the_default_must_exist():
    connections = Connections([ACME])
    assert connections.with_default("acme").default == "acme"
    assert connections.with_default("acme").with_default(None).default is None
    with pytest.raises(KeyError):
        connections.with_default("nobody")


def test_a_default_that_names_nothing_is_reported_and_kept(path):
    path.parent.mkdir()
    path.write_text('default = "gone"\n')
    loaded = load(path)
    assert loaded.default is None
    assert [each.field for each in loaded.problems] == ["default"]
    save(path, loaded.with_connection(ACME))
    assert 'default = "gone"' in path.read_text()


def test_entries_that_are_no_connection_are_listed_and_kept(path):
    path.parent.mkdir()
    path.write_text(
        "[connections]\nflat = 5\n[connections.odd]\naccount_sid = 7\nauth_token = { vault = 'x' }\n"
        "[connections.bad_secret]\nauth_token = { vault = 'hunter2' }\n"
    )
    loaded = load(path)
    assert list(loaded) == []
    assert [each.field for each in loaded.problems] == [
        "connections.flat",
        "connections.odd.account_sid",
        "connections.bad_secret.auth_token",
    ]
    assert "hunter2" not in repr(loaded.problems)
    saved = save(path, loaded.with_connection(ACME))
    assert saved.problems == loaded.problems
    assert list(save(path, saved.without("flat").without("odd")).problems) == list(loaded.problems)[2:]


def test_an_untouched_secret_keeps_the_notes_beside_it(path):
    path.parent.mkdir()
    path.write_text("[connections.a]\nkind = 'auth_token'\nauth_token = { env = 'A', note = 'vault 7' }\n")
    loaded = load(path)
    saved = save(path, loaded.with_connection(replace(loaded["a"], region="ie1")))
    assert "vault 7" in path.read_text()
    assert saved["a"].auth_token == Secret.env("A")


def test_a_newer_file_is_read_but_never_written(path):
    path.parent.mkdir()
    text = 'schema = 2\nflavour = "new"\n[connections.a]\nkind = "auth_token"\n'
    path.write_text(text)
    loaded = load(path)
    assert list(loaded) == ["a"]
    assert loaded.read_only
    assert "newer tuilio (schema 2," in loaded.read_only_reason
    for connections in (loaded, loaded.with_connection(ACME), Connections([ACME])):
        with pytest.raises(ConfigReadOnly):
            save(path, connections)
    assert path.read_text() == text


def test_a_symbolic_link_stays_one(path, tmp_path):
    real = tmp_path / "dotfiles" / "real.toml"
    path.parent.mkdir()
    path.symlink_to(real)
    save(path, [ACME])
    save(path, [OTHER])
    assert path.is_symlink()
    assert list(load(real)) == ["acme", "other"]
    assert not list(path.parent.glob("*.bak"))


@pytest.mark.parametrize("make", ["folder", "below a file", "loop", "pipe"])
def test_what_is_no_file_is_neither_read_nor_written(tmp_path, make):
    path = tmp_path / "connections.toml"
    match make:
        case "folder":
            path.mkdir()
        case "below a file":
            path.write_text("")
            path = path / "connections.toml"
        case "loop":
            path.symlink_to(path)
        case _:
            os.mkfifo(path)
    with pytest.raises(ConfigUnreadable, match="cannot be read") as caught:
        load(path)
    assert caught.value.remedy
    with pytest.raises((ConfigUnwritable, ConfigUnreadable)):
        save(path, [ACME])


def test_two_instances_keep_each_others_changes(path):
    start = save(path, Connections([ACME, OTHER], default="acme"))
    ours, theirs = load(path), load(path)
    save(
        path,
        theirs.with_connection(replace(OTHER, region="ie1")).with_connection(replace(ACME, name="theirs")),
    )
    merged = save(path, ours.with_connection(replace(OTHER, auth_token="new")).with_default("other"))
    assert list(merged) == ["acme", "other", "theirs"]
    assert merged["other"] == replace(OTHER, region="ie1", auth_token="new")
    assert merged.default == "other"
    assert start["acme"] == merged["acme"]


def test_what_the_other_instance_removed_stays_removed_unless_we_changed_it(path):
    save(path, [ACME, OTHER])
    ours, theirs = load(path), load(path)
    save(path, theirs.without("acme").without("other"))
    assert dict(save(path, ours.with_connection(replace(OTHER, region="ie1")))) == {
        "other": replace(OTHER, region="ie1")
    }


def test_a_rename_meets_a_change_made_elsewhere(path):
    save(path, Connections([ACME, OTHER], default="acme"))
    ours, theirs = load(path), load(path)
    save(path, theirs.with_connection(replace(ACME, region="au1")))
    merged = save(path, ours.with_connection(replace(ACME, name="renamed"), replacing="acme"))
    assert list(merged) == ["renamed", "other"]
    assert merged["renamed"].region == "au1"
    assert merged.default == "renamed"


def test_what_both_instances_changed_is_not_overwritten_without_a_word(path):
    save(path, [ACME, OTHER])
    ours, theirs = load(path), load(path)
    save(path, theirs.with_connection(replace(ACME, region="ie1")))
    before = path.read_bytes()
    for change in (ours.with_connection(replace(ACME, region="au1")), ours.without("acme")):
        with pytest.raises(EntryChanged, match="acme was changed by another program meanwhile"):
            save(path, change)
        assert path.read_bytes() == before
    assert save(path, ours.with_connection(replace(ACME, region="ie1")))["acme"].region == "ie1", "both say the same"
    assert list(save(path, load(path).without("acme"))) == ["other"]


def test_a_name_that_another_instance_took_meanwhile_is_refused(path):
    save(path, [ACME])
    ours, theirs = load(path), load(path)
    save(path, theirs.with_connection(OTHER))
    before = path.read_bytes()
    for change in (
        ours.with_connection(replace(OTHER, region="ie1")),
        ours.with_connection(replace(ACME, name="other"), replacing="acme"),
    ):
        with pytest.raises(NameTaken, match="already a connection called other"):
            save(path, change)
        assert path.read_bytes() == before
    assert list(save(path, ours.with_connection(OTHER))) == ["acme", "other"], "both added the same"


def test_a_default_that_another_instance_removed_meanwhile_is_not_chosen(path):
    save(path, [ACME, OTHER])
    ours, theirs = load(path), load(path)
    save(path, theirs.without("other"))
    assert save(path, ours.with_default("other")).problems == ()


def test_names_can_be_swapped(path):
    save(path, [ACME, OTHER])
    swapped = (
        load(path)
        .with_connection(replace(ACME, name="x"), replacing="acme")
        .with_connection(replace(OTHER, name="acme"), replacing="other")
        .with_connection(replace(ACME, name="other"), replacing="x")
    )
    assert dict(save(path, swapped)) == {
        "other": replace(ACME, name="other"),
        "acme": replace(OTHER, name="acme"),
    }


def test_a_file_removed_meanwhile_is_written_whole(path):
    loaded = save(path, [ACME])
    path.unlink()
    assert list(save(path, loaded.with_connection(OTHER))) == ["acme", "other"]


def test_saving_elsewhere_writes_everything_and_keeps_what_is_there(path, tmp_path):
    loaded = save(path, Connections([ACME], default="acme"))
    copy = tmp_path / "copy.toml"
    save(copy, [OTHER])
    assert list(save(copy, loaded)) == ["other", "acme"]
    assert load(copy).default == "acme"


WRITER = """
import sys
from tui.storage.connections import Connection, load, save
from tui.storage.errors import ConfigUnwritable
path, letter = sys.argv[1:]
for number in range(8):
    while True:
        loaded = load(path)
        try:
            save(path, loaded.with_connection(Connection(f"{letter}{number}", "auth_token", "AC", auth_token="x")))
        except ConfigUnwritable as problem:
            # On a disk that hangs the other one has the lock for longer than this one waits.
            assert "another tuilio is writing it" in str(problem)
        else:
            break
"""


def test_two_processes_writing_at_once_lose_nothing(path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), letter], stderr=subprocess.PIPE) for letter in "ab"
    ]
    errors = [writer.communicate()[1] for writer in writers]
    assert errors == [b"", b""]
    assert set(load(path)) == {f"{letter}{number}" for letter in "ab" for number in range(8)}
    assert not list(path.parent.glob(".*.tuilio-tmp"))


def test_a_region_behind_its_edge_is_understood_and_stays_as_written(path):
    path.parent.mkdir()
    path.write_text(f'[connections.acme]\nkind = "auth_token"\naccount_sid = "AC{HEX}"\nregion = "dublin.ie1"\n')
    loaded = load(path)
    assert loaded["acme"].region == "ie1"
    saved = save(path, loaded.with_connection(replace(loaded["acme"], auth_token="t0ken")))
    assert saved["acme"].region == "ie1"
    assert 'region = "dublin.ie1"' in path.read_text()


def test_a_colour_is_kept_when_another_instance_saves_and_renames(path):
    assert ACME.colour == "" and "colour" not in write_entry(ACME)
    ours = theirs = save(path, [replace(ACME, colour="red"), OTHER])
    save(path, theirs.with_connection(replace(ACME, name="bakery", region="ie1", colour="red"), replacing="acme"))
    assert load(path)["bakery"].colour == "red"
    save(path, ours.with_connection(replace(OTHER, colour="blue")))
    assert {name: each.colour for name, each in load(path).items()} == {"bakery": "red", "other": "blue"}
    save(path, load(path).with_connection(OTHER))
    assert path.read_text().count("colour") == 1


@pytest.mark.parametrize(
    "key", ["sh4red", Secret.env("KEY"), Secret.command(["op", "read", "key"]), Secret.keyring("key")]
)
def test_a_webhook_key_in_any_form_and_a_ca_file_are_kept(path, key):
    wanted = replace(ACME, webhook_key=key, ca_file="/etc/ssl/acme.pem")
    saved = save(path, [wanted, OTHER])
    assert dict(load(path)) == {"acme": wanted, "other": OTHER}
    assert path.read_text().count("webhook_key =") == path.read_text().count("ca_file =") == 1, "written unasked"
    save(path, saved.with_connection(ACME))
    assert dict(load(path)) == {"acme": ACME, "other": OTHER}


@pytest.mark.parametrize("field", SECRETS)
def test_a_secret_that_is_taken_out_does_not_live_on_in_the_backup(tmp_path: Path, field: str) -> None:
    path = tmp_path / "connections.toml"
    first = replace(Connection("a", "auth_token", "AC" + "a" * 32), **{field: "old-secret"})
    other = Connection("b", "auth_token", "AC" + "b" * 32, auth_token="other-secret")
    saved = save(path, Connections([first, other]))
    changed = replace(first, **{field: Secret.literal("new-secret")})
    saved = save(path, saved.with_connection(changed, replacing="a"))
    assert "old-secret" not in path.with_name("connections.toml.bak").read_text()
    save(path, saved.without("a"))
    assert not [f for f in tmp_path.iterdir() if "new-secret" in f.read_text()]
    assert "other-secret" in path.with_name("connections.toml.bak").read_text()


def test_a_file_that_another_instance_does_not_let_go_of_is_not_written_and_said(path, monkeypatch):
    loaded = save(path, [ACME])
    monkeypatch.setattr("tui.storage.connections.lock", partial(lock, seconds=0))
    with lock(path), pytest.raises(ConfigUnwritable, match="another tuilio is writing it") as caught:
        save(path, loaded.with_connection(OTHER))
    assert caught.value.remedy == "Look what that one does, then save again."
    assert list(save(path, loaded.with_connection(OTHER))) == ["acme", "other"]


def test_what_was_loaded_from_a_newer_file_is_not_written_over_an_older_one(tmp_path):
    path = tmp_path / "connections.toml"
    path.write_text("schema = 99\n[connections]\n")
    newer = load(path)
    path.write_text("schema = 1\n[connections]\n")
    with pytest.raises(ConfigReadOnly):
        save(path, newer)
    assert path.read_text() == "schema = 1\n[connections]\n"


def test_a_file_far_too_large_is_named_and_not_read(tmp_path):
    path = tmp_path / "connections.toml"
    path.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(ConfigUnreadable, match="larger than 1 MB"):
        load(path)


@pytest.mark.parametrize(
    ("written", "meant", "kept"),
    [
        ("", None, 90),
        ("history = 7", 7, 7),
        ('history = "all"', "all", None),
        ('history = "none"', "none", 0),
        ('history = " None "', "none", 0),
        ('history = "90"', 90, 90),
        ('history = "30 days"', 30, 30),
        ("history = 30.0", 30, 30),
        ('history = ""', None, 90),
    ],
)
def test_how_long_messages_are_kept_is_read_however_it_is_written(path, written, meant, kept):
    path.parent.mkdir()
    path.write_text(f"[connections.acme]\n{written}\n")
    acme = load(path)["acme"]
    assert (acme.history, acme.days_kept) == (meant, kept)
    assert not any(each.field == "history" for each in check(acme))


@pytest.mark.parametrize("written", ["0", "-1", "1.5", "nan", "true", "1_000_000_000", '"never"', "2026-11-28"])
def test_a_history_that_cannot_be_is_told_kept_and_forgets_nothing(path, written):
    path.parent.mkdir()
    path.write_text(f"[connections.acme]\nhistory = {written}\n")
    loaded = load(path)
    if "acme" in loaded:
        assert [each.field for each in check(loaded["acme"])].count("history") == 1
        assert loaded["acme"].days_kept == 90
        save(path, loaded.with_connection(replace(loaded["acme"], region="ie1")))
    else:
        assert [each.field for each in loaded.problems] == ["connections.acme.history"]
        save(path, loaded.with_connection(OTHER))
    assert tomllib.loads(path.read_text())["connections"]["acme"]["history"] is not None
    assert f"history = {written.replace('_', '')}" in path.read_text()


@pytest.mark.parametrize("history", [1, 90, "all", "none"])
def test_how_long_messages_are_kept_is_saved(path, history):
    saved = save(path, Connections([replace(ACME, history=history)]))
    assert saved["acme"].history == history
    save(path, saved.with_connection(replace(ACME, history=None)))
    assert "history" not in path.read_text()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", None),
        ("low_balance = 20", 20),
        ("low_balance = 12.5", 12.5),
        ("low_balance = 0", 0),
        ("low_balance = -500", -500),
        ('low_balance = "20"', 20),
        ('low_balance = " 12.50 "', 12.5),
        ('low_balance = ""', None),
    ],
)
def test_a_low_balance_is_an_amount_however_it_is_written(path, written, meant):
    path.parent.mkdir()
    path.write_text(f"[connections.acme]\n{written}\nowner = 'me'\n")
    loaded = load(path)
    assert loaded["acme"].low_balance == meant
    assert loaded["acme"].least_balance == (None if meant is None else Decimal(str(meant)))
    assert not any(each.field == "low_balance" for each in check(loaded["acme"]))
    # Whatever else is changed, and whatever nobody knows, it stays as it is.
    save(path, loaded.with_connection(replace(loaded["acme"], region="ie1")))
    assert load(path)["acme"].low_balance == meant
    assert tomllib.loads(path.read_text())["connections"]["acme"]["owner"] == "me"
    save(path, load(path).with_connection(replace(load(path)["acme"], low_balance=7)))
    assert "low_balance = 7" in path.read_text()
    save(path, load(path).with_connection(replace(load(path)["acme"], low_balance=None)))
    assert "low_balance" not in path.read_text()


@pytest.mark.parametrize("written", ["true", "nan", "inf", '"20 USD"', '"$20"', '"1,000"', '"1e3"', "1e30", "[20]"])
def test_a_low_balance_that_is_no_amount_is_told_and_watches_nothing(path, written):
    path.parent.mkdir()
    path.write_text(f"[connections.acme]\nlow_balance = {written}\n")
    loaded = load(path)
    if "acme" in loaded:
        assert [each.field for each in check(loaded["acme"])].count("low_balance") == 1
        assert loaded["acme"].least_balance is None
    else:
        assert [each.field for each in loaded.problems] == ["connections.acme.low_balance"]
