"""Requests under names: read back verbatim, shared by two instances, never at the cost of a file one cannot read."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.raw_request.form_text import RequestText
from tui.raw_request.history import PastRequest, RequestHistory
from tui.raw_request.saved_requests import (
    LARGEST_FILE,
    LONGEST_NAME,
    RequestsFile,
    SavedRequests,
    folder_of,
    is_in,
    name_problem,
)
from tui.storage.errors import ConfigError, ConfigReadOnly, ConfigUnreadable, ConfigUnwritable, NameTaken
from tui.storage.files import lock

LIST = RequestText(path="/Messages.json", query="PageSize=5\n# To=+1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "requests.toml"


def test_without_a_file_nothing_is_saved_and_nothing_is_made(path):
    assert SavedRequests(path).read() == RequestsFile()
    assert not path.parent.exists()


@pytest.mark.parametrize("on_disk", [True, False])
def test_requests_are_put_replaced_and_removed(path, on_disk):
    saved = SavedRequests(path if on_disk else None)
    assert saved.put("list", LIST) == LIST
    saved.put("other", RequestText("POST"))
    saved.put("list", RequestText("HEAD"))
    saved.keep_answers(True)
    assert saved.read() == RequestsFile({"list": RequestText("HEAD"), "other": RequestText("POST")}, keep_answers=True)
    saved.remove("list")
    saved.remove("nobody")
    saved.keep_answers(False)
    assert saved.read() == RequestsFile({"other": RequestText("POST")})
    assert not on_disk or SavedRequests(path).read() == saved.read()


def test_a_request_is_renamed_in_its_place_and_never_over_another(path):
    saved = SavedRequests(path)
    saved.put_all({"a": LIST, "b": RequestText("POST"), "c": LIST})
    saved.rename("b", "team/b")
    saved.rename("nobody", "x")
    saved.rename("a", "a")
    assert list(saved.read().requests) == ["a", "team/b", "c"]
    with pytest.raises(NameTaken, match="already a request called “c”"):
        saved.rename("a", "c")
    assert saved.read().requests == {"a": LIST, "team/b": RequestText("POST"), "c": LIST}


def test_folders_are_what_stands_before_the_last_slash():
    assert [folder_of(name) for name in ("a", "a/b", "a/b/c")] == ["", "a", "a/b"]
    assert [name for name in ("a", "a/b", "a/b/c", "ab/c") if is_in(name, "a")] == ["a/b", "a/b/c"]
    assert is_in("a", "")


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=15) | st.text(
    alphabet='"\\\n\r\t\0\x7f\x1b #=.[]\u2028é👩', max_size=8
)


@settings(max_examples=80)
@given(TEXT, st.builds(RequestText, method=TEXT, path=TEXT, query=TEXT, body=TEXT, all_errors=st.booleans()))
def test_any_name_and_any_text_come_back_verbatim(tmp_path_factory, name, request_):
    path = tmp_path_factory.mktemp("requests") / "requests.toml"
    kept = SavedRequests(path).put(name, request_)
    assert kept == request_
    assert SavedRequests(path).read().requests == {name: request_}


def test_several_lines_are_several_lines_in_the_file(path):
    SavedRequests(path).put("list", LIST)
    assert 'query = """\nPageSize=5\n# To=+1"""' in path.read_text()


SECRET = "5ecre7d00dfeedc0ffee5ecre7d00dfe"


def test_no_secret_reaches_the_file(path):
    saved = SavedRequests(path)
    request = RequestText(
        path=f"/{SECRET}", query=f"a={SECRET}", headers=f"X: {SECRET}", body_kind="raw", body=f'{{"a": "{SECRET}"}}'
    )
    saved.put("x", request, lambda text: text.replace(SECRET, "•••"))
    saved.put("y", RequestText(body_kind="form", body=f"AuthToken={SECRET}", headers=f"Authorization: Basic {SECRET}"))
    assert SECRET not in "".join(each.read_text() for each in path.parent.iterdir())
    assert set(saved.read().requests) == {"x", "y"}


def test_the_file_is_for_its_owner_alone(path):
    umask = os.umask(0)
    try:
        SavedRequests(path).put("x", LIST)
        path.chmod(0o644)
        SavedRequests(path).put("y", LIST)
    finally:
        os.umask(umask)
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def changes(saved: SavedRequests):
    return (lambda: saved.put("x", LIST), lambda: saved.remove("x"), lambda: saved.keep_answers(True))


BROKEN = {
    "no TOML": (b"[requests\n", "line 1"),
    "a text that is not closed": (b'schema = 1\n[requests.x]\nmethod = "GET\n', "line 3"),
    "Latin-1": ("[requests.x]\nbody = 'caf\u00e9'\n".encode("latin-1"), "not in UTF-8"),
    "UTF-16": ("schema = 1\n".encode("utf-16"), "UTF-16"),
    "nested too deeply": (b"a = " + b"[" * 10**5, "nested"),
    "requests that are no table": (b"requests = [1]\n", "not a table"),
    "an array of requests": (b"[[requests]]\nmethod = 'GET'\n", "not a table"),
    "too large": (b"#" * (LARGEST_FILE + 1), "too large"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_cannot_be_read_is_said_and_never_written(path, case):
    data, words = BROKEN[case]
    path.parent.mkdir()
    path.write_bytes(data)
    saved = SavedRequests(path)
    for use in (saved.read, *changes(saved)):
        with pytest.raises(ConfigUnreadable) as caught:
            use()
        assert words in caught.value.reason
        assert caught.value.remedy
    assert path.read_bytes() == data


@pytest.mark.parametrize("schema", ["2", "99", '"one"'])
def test_a_newer_file_is_read_but_never_written(path, schema):
    path.parent.mkdir()
    text = f'schema = {schema}\n[requests.x]\nmethod = "PUT"\nflavour = "new"\n'
    path.write_text(text)
    saved = SavedRequests(path)
    assert saved.read().requests == {"x": RequestText("PUT")}
    for use in changes(saved):
        with pytest.raises(ConfigReadOnly):
            use()
    assert path.read_text() == text


def test_a_byte_order_mark_is_fine(path):
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbfkeep_answers = true\n")
    assert SavedRequests(path).read().keep_answers


def test_keys_that_are_not_known_are_kept_at_every_height(path):
    path.parent.mkdir()
    path.write_text(
        'weather = "fine"\n[requests.x]\nmethod = "GET"\nnote = "mine"\n[requests.x.more]\ndeep = 1\n'
        "[requests.y]\nmethod = 5\nnote = 'odd'\n[elsewhere]\nwhen = 2026-01-02\nno = nan\n"
    )
    saved = SavedRequests(path)
    saved.put("x", RequestText("POST"))
    saved.put("z", LIST)
    saved.keep_answers(True)
    text = path.read_text()
    for kept in ('weather = "fine"', 'note = "mine"', "deep = 1", 'note = "odd"', "when = 2026-01-02", "no = nan"):
        assert kept in text
    assert saved.read().requests == {"x": RequestText("POST"), "y": RequestText(), "z": LIST}


def test_half_a_surrogate_pair_is_refused_and_costs_nothing(path):
    saved = SavedRequests(path)
    saved.put("x", LIST)
    for name, request in (("y", RequestText(body="\ud83d")), ("\ud83d", LIST)):
        with pytest.raises(ConfigUnwritable, match="surrogate"):
            saved.put(name, request)
    assert SavedRequests(path).read().requests == {"x": LIST}


def test_what_could_not_be_read_again_is_not_written(path):
    saved = SavedRequests(path)
    saved.put("x", LIST)
    with pytest.raises(ConfigUnwritable, match="larger than 4 MB"):
        saved.put("y", RequestText(body="x" * LARGEST_FILE))
    assert saved.read().requests == {"x": LIST}


@pytest.mark.parametrize("make", ["folder", "pipe", "below a file", "full disk"])
def test_where_it_cannot_be_written_a_sentence_says_so(path, make):
    path.parent.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    match make:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "below a file":
            path.touch()
            path = path / "requests.toml"
        case _:
            SavedRequests(path).put("x", LIST)
            resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(ConfigError) as caught:
            SavedRequests(path).put("y", LIST)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "requests.toml" in caught.value.reason
    assert caught.value.remedy
    assert make != "full disk" or SavedRequests(path).read().requests == {"x": LIST}
    assert not list(path.parent.glob(".*")) or make == "below a file"


def test_a_link_stays_one(path, tmp_path):
    real = tmp_path / "dotfiles.toml"
    path.parent.mkdir()
    path.symlink_to(real)
    SavedRequests(path).put("x", LIST)
    SavedRequests(path).put("y", LIST)
    assert path.is_symlink()
    assert set(SavedRequests(real).read().requests) == {"x", "y"}


WRITER = """
import sys
from pathlib import Path
from tui.storage.errors import ConfigUnwritable
from tui.raw_request.saved_requests import SavedRequests
from tui.raw_request.form_text import RequestText
saved, letter = SavedRequests(Path(sys.argv[1])), sys.argv[2]

def until_done(change, *what):
    while True:
        try:
            return change(*what)
        except ConfigUnwritable as problem:
            # On a disk that hangs the other one has the lock for longer than this one waits.
            assert "Another tuilio is writing it" in str(problem)

for number in range(8):
    until_done(saved.put, f"{letter}{number}", RequestText("POST"))
    if number % 2:
        until_done(saved.remove, f"{letter}{number}")
"""


def test_two_programs_writing_at_once_keep_each_others_changes(path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, letter], stderr=subprocess.PIPE) for letter in "ab"
    ]
    assert [writer.communicate()[1] for writer in writers] == [b"", b""]
    assert set(SavedRequests(path).read().requests) == {
        f"{letter}{number}" for letter in "ab" for number in (0, 2, 4, 6)
    }


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("list", True),
        ("my “best” [request] = é", True),
        ("x" * LONGEST_NAME, True),
        ("", False),
        (" \t", False),
        ("x" * (LONGEST_NAME + 1), False),
        ("a\nb", False),
        ("a\x1b[31m", False),
        ("\u202eevil", False),
        ("\ud83d", False),
        ("team/send a picture", True),
        ("/a", False),
        ("a/", False),
        ("a//b", False),
        ("a/../b", False),
        ("./a", False),
        ("a /b", False),
    ],
)
def test_a_name_is_a_short_line_that_can_be_shown(name, right):
    assert (name_problem(name) == "") is right


@pytest.mark.parametrize("store", ["requests", "history"])
def test_reading_waits_for_no_writer_that_waits(path, store):
    kept = SavedRequests(path) if store == "requests" else RequestHistory(path)
    write = {
        "requests": lambda: kept.put("late", RequestText()),
        "history": lambda: kept.add(PastRequest(datetime.now(UTC), "acme", RequestText())),
    }[store]
    read = kept.read if store == "requests" else kept.entries
    write()
    with lock(path):
        writer = threading.Thread(target=write)
        writer.start()
        guard = kept._file.guard if isinstance(kept, SavedRequests) else kept._guard
        while guard.acquire(blocking=False):
            guard.release()
            time.sleep(0.001)
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(3)
        assert not reader.is_alive()
        assert writer.is_alive()
    writer.join()
