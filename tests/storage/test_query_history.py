"""The history of queries: newest first, bounded, by connection."""

from __future__ import annotations

import stat

import pytest

from tui.storage.query_history import KEPT, QueriesUnsaved, QueryHistory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "queries.json"


def test_queries_come_back_newest_first_each_once_and_by_connection(path):
    history = QueryHistory(path)
    for query in ("a", "b", " a ", "c"):
        history.add("harbor", query)
    history.add("bakery", "d")
    again = QueryHistory(path)
    assert again.entries("harbor") == ("c", "a", "b")
    assert again.entries("bakery") == ("d",)
    assert again.entries("nobody") == ()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_the_newest_are_kept_and_none_that_is_empty(path):
    history = QueryHistory(path)
    for number in range(KEPT + 5):
        history.add("harbor", f"code:{number}")
    history.add("harbor", "  ")
    found = history.entries("harbor")
    assert len(found) == KEPT
    assert found[0] == f"code:{KEPT + 4}"


def test_without_a_path_nothing_is_written(tmp_path):
    history = QueryHistory(None)
    history.add("sandbox", "a")
    history.add("sandbox", "b")
    assert history.entries("sandbox") == ("b", "a")
    assert list(tmp_path.iterdir()) == []


def test_two_instances_both_keep_theirs(path):
    one, two = QueryHistory(path), QueryHistory(path)
    one.add("harbor", "a")
    two.add("harbor", "b")
    one.add("harbor", "c")
    assert two.entries("harbor") == ("c", "b", "a")


def test_what_is_forgotten_is_in_no_file(path):
    history = QueryHistory(path)
    history.add("harbor", "confidential")
    history.add("bakery", "bread")
    history.forget("harbor")
    assert history.entries("harbor") == ()
    assert history.entries("bakery") == ("bread",)
    assert b"confidential" not in b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"queries": 3}', '{"queries": {"harbor": 3, "bakery": [4, "x"]}}'])
def test_a_damaged_file_counts_as_empty_and_is_replaced(path, text):
    path.parent.mkdir()
    path.write_text(text)
    history = QueryHistory(path)
    assert history.entries("harbor") == ()
    history.add("harbor", "a\ud83d")
    assert QueryHistory(path).entries("harbor") == ("a\ud83d",)


def test_what_cannot_be_written_is_remembered_meanwhile(path):
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_text("a file in the folder's place")
    history = QueryHistory(path)
    with pytest.raises(QueriesUnsaved):
        history.add("harbor", "a")
    with pytest.raises(QueriesUnsaved):
        history.add("harbor", "b")
    assert history.entries("harbor") == ("b", "a")
    path.parent.unlink()
    history.add("harbor", "c")
    assert QueryHistory(path).entries("harbor") == ("c", "b", "a")
