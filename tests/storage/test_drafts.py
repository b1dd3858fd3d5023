"""What was typed comes back, letter for letter, whatever becomes of the file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.storage.drafts import SIZE_LIMIT, Drafts
from tui.storage.errors import DraftsUnsaved

FIELDS = {"to": "+1 555", "body": "  two\nlines\t\u202e👩‍👩‍👧 \n"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "drafts.json"


def test_a_draft_comes_back_after_a_restart(path):
    Drafts(path).put("acme", FIELDS)
    assert Drafts(path).get("acme") == FIELDS
    assert Drafts(path).get("other") == {}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_discarded_draft_is_gone(path):
    drafts = Drafts(path)
    drafts.put("acme", FIELDS)
    drafts.put("other", FIELDS)
    drafts.discard("acme")
    drafts.discard("nobody")
    assert Drafts(path).get("acme") == {}
    assert Drafts(path).get("other") == FIELDS
    assert "555" in path.read_text()
    drafts.put("other", {})
    assert "555" not in path.read_text()


def test_without_a_path_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    drafts = Drafts(None)
    drafts.put("acme", FIELDS)
    assert drafts.get("acme") == FIELDS
    assert list(tmp_path.iterdir()) == []


def test_changing_what_was_handed_out_or_in_changes_no_draft():
    drafts, given_fields = Drafts(None), dict(FIELDS)
    drafts.put("acme", given_fields)
    given_fields["to"] = "other"
    assert drafts.get("acme") == FIELDS


TEXT = st.text(max_size=20)
HALVED = TEXT.map(lambda text: text + "\ud83d")


@settings(max_examples=60)
@given(TEXT | HALVED, st.dictionaries(TEXT | HALVED, TEXT | HALVED, min_size=1, max_size=4))
def test_any_text_comes_back_verbatim_even_half_surrogates(tmp_path_factory, name, fields):
    path = tmp_path_factory.mktemp("drafts") / "drafts.json"
    Drafts(path).put(name, fields)
    assert Drafts(path).get(name) == fields


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"schema": 1}',
        b'{"schema": 1, "drafts": {"a": 5}}',
        b"[" * 10**6,
    ],
)
def test_a_file_that_cannot_be_read_is_set_aside_not_overwritten(path, data):
    path.parent.mkdir()
    path.write_bytes(data)
    drafts = Drafts(path)
    assert drafts.get("acme") == {}
    (aside,) = path.parent.glob("drafts.json.broken-*")
    assert aside.read_bytes() == data
    assert aside.name in (drafts.notice or "")
    drafts.put("acme", FIELDS)
    assert Drafts(path).get("acme") == FIELDS


def test_a_newer_file_is_left_alone_and_drafts_stay_in_memory(path):
    path.parent.mkdir()
    path.write_text('{"schema": 2}')
    drafts = Drafts(path)
    with pytest.raises(DraftsUnsaved, match="newer"):
        drafts.put("acme", FIELDS)
    assert drafts.get("acme") == FIELDS
    assert path.read_text() == '{"schema": 2}'


def test_a_folder_that_cannot_be_written_keeps_the_draft_in_memory(tmp_path):
    (tmp_path / "file").touch()
    drafts = Drafts(tmp_path / "file" / "drafts.json")
    assert drafts.get("acme") == {}
    assert drafts.notice is not None
    with pytest.raises(DraftsUnsaved) as caught:
        drafts.put("acme", FIELDS)
    assert caught.value.remedy
    assert drafts.get("acme") == FIELDS


def test_what_could_not_be_read_again_is_not_written(path):
    drafts = Drafts(path)
    drafts.put("acme", FIELDS)
    with pytest.raises(DraftsUnsaved, match="4 MB"):
        drafts.put("other", {"body": "x" * SIZE_LIMIT})
    assert Drafts(path).get("acme") == FIELDS
    drafts.put("other", {"body": "x"})
    assert Drafts(path).get("other") == {"body": "x"}


def test_two_instances_keep_each_others_drafts(path):
    ours, theirs = Drafts(path), Drafts(path)
    assert ours.get("a") == theirs.get("b") == {}
    ours.put("a", {"to": "1"})
    theirs.put("b", {"to": "2"})
    ours.put("a", {"to": "3"})
    assert Drafts(path).get("a") == {"to": "3"}
    assert Drafts(path).get("b") == {"to": "2"}


def test_two_instances_never_replace_one_anothers_draft(tmp_path: Path) -> None:
    path = tmp_path / "drafts.json"
    one, two = Drafts(path), Drafts(path)
    assert one.get("acme") == two.get("acme") == {}
    one.put("acme", {"body": "from one"})
    with pytest.raises(DraftsUnsaved, match="another tuilio"):
        two.put("acme", {"body": "from two"})
    assert two.get("acme") == {"body": "from two"}
    assert Drafts(path).get("acme") == {"body": "from one"}
    one.discard("acme")
    two.put("acme", {"body": "from two, more"})
    assert one.get("acme") == {"body": "from two, more"}
    one.discard("other")


def test_what_could_not_be_saved_is_written_as_soon_as_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "state" / "drafts.json"
    path.parent.write_text("a file in the way")
    drafts = Drafts(path)
    with pytest.raises(DraftsUnsaved):
        drafts.put("acme", {"body": "kept"})
    path.parent.unlink()
    drafts.put("acme", {"body": "kept"})
    assert Drafts(path).get("acme") == {"body": "kept"}


def test_a_pipe_in_its_place_is_not_waited_for(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    drafts = Drafts(path)
    assert drafts.get("acme") == {}
    assert "cannot be read" in (drafts.notice or "")
    with pytest.raises(DraftsUnsaved):
        drafts.put("acme", FIELDS)
