"""Variables of connections: read back verbatim, shared by two instances, never a secret, never at a file's cost."""

from __future__ import annotations

import stat
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.raw_request.saved_variables import MOST, SavedVariable, SavedVariables, VariableRefused
from tui.storage.errors import ConfigReadOnly, ConfigUnreadable

ONE = SavedVariable("SM1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "variables.toml"


@pytest.mark.parametrize("on_disk", [True, False])
def test_variables_belong_to_a_connection_and_are_put_renamed_and_removed(path, on_disk):
    saved = SavedVariables(path if on_disk else None)
    assert saved.read("a") == {}
    assert not path.parent.exists()
    saved.put("a", "sid", ONE)
    saved.put("a", "to", SavedVariable("+1", "SM1"))
    saved.put("b", "sid", SavedVariable("other"))
    saved.put("a", "one", ONE, instead_of="sid")
    assert list(saved.read("a").items()) == [("one", ONE), ("to", SavedVariable("+1", "SM1"))]
    saved.remove("a", "one")
    saved.remove("a", "nobody")
    assert saved.read("a") == {"to": SavedVariable("+1", "SM1")}
    saved.forget(lambda each: each.message == "SM1")
    assert saved.read("a") == {}
    assert saved.read("b") == {"sid": SavedVariable("other")}
    if on_disk:
        assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=12))
def test_any_connection_and_any_value_come_back_verbatim(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("variables") / "variables.toml"
    SavedVariables(path).put(text, "x", SavedVariable(text))
    assert SavedVariables(path).read(text) == {"x": SavedVariable(text)}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("1a", "x", "begins with no digit"),
        ("last", "x", "is the last answer"),
        ("auth_token", "x", "name of a secret"),
        ("x", "a hush b", "holds a secret"),
        ("x", "x" * 4097, "at most 4,096 characters"),
    ],
)
def test_what_may_be_no_variable_is_refused_and_nothing_is_written(path, name, value, words):
    saved = SavedVariables(path)
    with pytest.raises(VariableRefused, match=words):
        saved.put("a", name, SavedVariable(value), hide=lambda text: text.replace("hush", "•••"))
    assert not path.exists()


def test_there_are_only_so_many_of_one_connection():
    saved = SavedVariables(None)
    for number in range(MOST):
        saved.put("a", f"x{number}", ONE)
    with pytest.raises(VariableRefused, match="at most 200"):
        saved.put("a", "one_more", ONE)
    saved.put("a", "x0", SavedVariable("changed"))
    saved.put("a", "y", ONE, instead_of="x1")
    assert len(saved.read("a")) == MOST


def test_what_is_not_known_stays_and_what_can_be_no_variable_is_left_out(path):
    path.parent.mkdir()
    path.write_text(
        'schema = 1\nmine = 2\n[variables.a]\nsid = "SM1"\n"no name" = "x"\nn = 3\n'
        'to = { value = "+1", message = "SM1", mine = true }\n[variables.b]\n'
    )
    saved = SavedVariables(path)
    assert saved.read("a") == {"sid": ONE, "to": SavedVariable("+1", "SM1")}
    saved.put("a", "to", SavedVariable("+2"))
    text = path.read_text()
    assert "mine = 2" in text
    assert "mine = true" in text
    assert '"no name" = "x"' in text
    assert saved.read("a")["to"] == SavedVariable("+2")


@pytest.mark.parametrize(
    ("data", "error"), [(b"[variables\n", ConfigUnreadable), (b"schema = 2\n[variables]\n", ConfigReadOnly)]
)
def test_a_file_that_cannot_be_read_or_is_newer_is_never_written(path, data, error):
    path.parent.mkdir()
    path.write_bytes(data)
    saved = SavedVariables(path)
    for change in (lambda: saved.put("a", "x", ONE), lambda: saved.remove("a", "x")):
        with pytest.raises(error):
            change()
    assert path.read_bytes() == data


def test_two_instances_at_once_both_keep_what_they_save(path):
    def save(who: str) -> None:
        saved = SavedVariables(path)
        for number in range(8):
            saved.put("a", f"{who}{number}", ONE)

    threads = [threading.Thread(target=save, args=(who,)) for who in "xy"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(SavedVariables(path).read("a")) == 16
