"""Saved views: views.toml, read with what is wrong in it, written whole."""

from __future__ import annotations

import os
import stat
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.storage.errors import ConfigReadOnly, ConfigUnreadable, ConfigUnwritable, NameTaken
from tui.storage.views import SavedViews, View, view_name_problem

FOUR = ["problems", "today", "unread", "scheduled"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "views.toml"


def written(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return SavedViews(path)


def names(saved):
    return [view.name for view in saved.read().views]


def test_without_a_file_there_are_four_and_none_is_written(path):
    saved = SavedViews(path)
    assert saved.read().views[0] == View("problems", "is:problem")
    assert names(saved) == FOUR
    assert saved.read().problems == ()
    assert not path.parent.exists()


def test_the_first_one_that_is_saved_is_written_with_the_four_for_its_owner_only(path):
    saved = SavedViews(path)
    saved.put("Germany", "country:DE")
    assert names(saved) == [*FOUR, "Germany"]
    assert tomllib.loads(path.read_text())["views"]["Germany"] == "country:DE"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_view_that_was_deleted_stays_so_be_it_one_of_the_four(path):
    saved = SavedViews(path)
    saved.remove("unread")
    saved.remove("never there")
    assert names(SavedViews(path)) == ["problems", "today", "scheduled"]


def test_a_renamed_view_keeps_its_place_and_no_two_have_one_name(path):
    saved = SavedViews(path)
    saved.rename("today", "since midnight")
    assert names(saved) == ["problems", "since midnight", "unread", "scheduled"]
    with pytest.raises(NameTaken):
        saved.rename("unread", "problems")
    saved.rename("unread", "unread")
    assert len(names(saved)) == 4


def test_keys_that_this_version_does_not_know_stay(path):
    saved = written(path, 'colour = "red"\n[views]\none = { query = "a", key = "x", since = 3 }\n')
    assert saved.read().views == (View("one", "a", "x"),)
    saved.put("one", "b")
    saved.put("two", "c")
    document = tomllib.loads(path.read_text())
    assert document["colour"] == "red"
    assert document["views"] == {"one": {"query": "b", "key": "x", "since": 3}, "two": "c"}


def test_what_is_wrong_with_a_view_is_said_and_the_others_are_there(path):
    saved = written(
        path,
        '[views]\none = 3\ntwo = { query = "a", key = "xy" }\nthree = { query = "b", key = "z" }\n'
        'four = { query = "c", key = "z" }\n',
    )
    file = saved.read()
    assert file.views == (View("two", "a"), View("three", "b", "z"), View("four", "c"))
    assert [sentence.split(":")[0].split(" has")[0] for sentence in file.problems] == [
        "The view one",
        "The view two",
        "The view four",
    ]
    assert "z belongs to the view three" in file.problems[2]


@pytest.mark.parametrize("text", ["[views\n", "views = 3\n", "\xff"])
def test_a_file_that_cannot_be_read_is_never_written_over(path, text):
    saved = written(path, "")
    path.write_bytes(text.encode("latin-1"))
    file = saved.read()
    assert [view.name for view in file.views] == FOUR
    assert "views.toml" in file.problems[0] or "views is not" in file.problems[0]
    with pytest.raises(ConfigUnreadable):
        saved.put("new", "x")
    assert path.read_bytes() == text.encode("latin-1")


def test_a_file_of_a_newer_version_is_read_and_not_written(path):
    saved = written(path, 'schema = 2\n[views]\none = "a"\n')
    assert names(saved) == ["one"]
    with pytest.raises(ConfigReadOnly):
        saved.remove("one")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(path):
    path.parent.mkdir(mode=0o500)
    with pytest.raises(ConfigUnwritable):
        SavedViews(path).put("one", "a")


def test_half_a_character_is_refused_with_what_to_do(path):
    with pytest.raises(ConfigUnwritable, match="half of a surrogate pair"):
        SavedViews(path).put("one", "\ud83d")
    assert not path.exists()


def test_a_name_is_not_empty_not_long_and_holds_no_control_character():
    assert view_name_problem("On-call, Germany ✓") == ""
    assert view_name_problem("  ") and view_name_problem("x" * 41) and view_name_problem("a\nb")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.dictionaries(TEXTS.filter(str.strip), TEXTS, max_size=5))
def test_whatever_is_saved_comes_back(tmp_path_factory, wanted):
    path = tmp_path_factory.mktemp("views") / "views.toml"
    saved = SavedViews(path)
    for name in FOUR:
        saved.remove(name)
    for name, query in wanted.items():
        saved.put(name, query)
    assert {view.name: view.query for view in SavedViews(path).read().views} == wanted
