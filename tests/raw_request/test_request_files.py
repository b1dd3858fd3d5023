"""Saved requests as files: what was exported is imported, nothing of others is written over or followed."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.raw_request.form_text import NOTATION, RequestText
from tui.raw_request.redaction import redact
from tui.raw_request.request_files import LARGEST_FILE, MOST_FILES, plan_export, read_folder, write_export
from tui.raw_request.saved_requests import name_problem

LIST = RequestText(path="/Messages.json", query="PageSize=5\n# To=$to")
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=15) | st.text('"\\\n\r\t =$a:;', max_size=10)
PART = st.text("aAbß é\u0301.~-:?*\\Kſ", min_size=1, max_size=6) | st.sampled_from(
    ["con", "CON.x", "a.toml", "x~123abc", "Team", "team", "e\u0301", "\xe9", "." * 3, "x" * 120]
)
NAMES = st.lists(PART, min_size=1, max_size=3).map("/".join).filter(lambda name: not name_problem(name))
REQUESTS = st.builds(
    RequestText,
    method=TEXT,
    path=TEXT,
    query=TEXT,
    headers=TEXT,
    body_kind=st.sampled_from(["none", "raw", "form", "multipart", "file"]),
    body=TEXT,
    all_errors=st.booleans(),
    notation=st.just(NOTATION),
).map(redact)


def export(requests, directory, *, replace=False):
    plan = plan_export(requests, directory)
    write_export(plan, replace=replace)
    return plan


@settings(max_examples=12, deadline=None)
@given(st.dictionaries(NAMES, REQUESTS, max_size=6), st.dictionaries(NAMES, REQUESTS, max_size=2))
def test_what_was_exported_is_imported_whatever_it_is_called(requests, more):
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder, "shared")
        plan = export(requests, directory)
        assert not plan.problems
        assert len({place.casefold() for place in plan.new}) == len(requests)
        reading = read_folder(directory)
        assert (reading.requests, reading.problems) == (requests, ())
        export({**requests, **more}, directory, replace=True)
        assert read_folder(directory).requests == {**requests, **more}
        done = plan_export({**requests, **more}, directory)
        assert (done.new, done.changed, done.same) == ({}, {}, len({**requests, **more}))


def test_a_file_is_small_readable_private_and_says_which_variables_are_needed(tmp_path):
    request = RequestText("POST", "/$TWILIO_ACCOUNT_SID/$sid?x=$last.sid", "To=$to\nA=$$no", body_kind="form")
    export({"team/send a picture": request}, tmp_path)
    file = tmp_path / "team" / "send a picture.toml"
    assert file.read_text() == (
        '# A request of tuilio\'s console.\nschema = 1\nneeds = [\n    "sid",\n    "to",\n]\n'
        'method = "POST"\npath = "/$TWILIO_ACCOUNT_SID/$sid?x=$last.sid"\nquery = """\nTo=$to\nA=$$no"""\n'
        'body_kind = "form"\nnotation = 3\n'
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_secret_is_exported(tmp_path):
    request = RequestText(headers="Authorization: Basic abc", query="AuthToken=hush\nx=mine")
    write_export(plan_export({"x": request}, tmp_path, lambda text: text.replace("mine", "•••")), replace=False)
    text = (tmp_path / "x.toml").read_text()
    assert not any(word in text for word in ("abc", "hush", "mine"))


def test_what_is_there_and_says_something_else_is_counted_and_kept_unless_it_may_be_replaced(tmp_path):
    (tmp_path / "mine.toml").write_text("[tool]\nx = 1\n")
    export({"other": LIST}, tmp_path)
    plan = plan_export({"mine": LIST, "other": LIST, "third": LIST}, tmp_path)
    assert (set(plan.new), set(plan.changed), plan.same) == ({"third.toml"}, {"mine.toml"}, 1)
    assert write_export(plan, replace=False) == 1
    assert (tmp_path / "mine.toml").read_text() == "[tool]\nx = 1\n"
    assert write_export(plan_export({"mine": LIST}, tmp_path), replace=True) == 1
    assert read_folder(tmp_path).requests["mine"] == LIST


def test_what_came_meanwhile_is_not_written_over(tmp_path):
    plan = plan_export({"a": LIST}, tmp_path)
    (tmp_path / "a.toml").write_text("somebody's")
    with pytest.raises(FileExistsError):
        write_export(plan, replace=True)
    assert (tmp_path / "a.toml").read_text() == "somebody's"


def test_a_file_that_was_moved_is_called_by_its_place_and_goes_on_having_it(tmp_path):
    export({"Team/a": LIST, "team/b": LIST}, tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "Team" / "b.toml").rename(tmp_path / "other" / "c.toml")
    requests = read_folder(tmp_path).requests
    assert set(requests) == {"Team/a", "other/c"}
    plan = plan_export(requests, tmp_path)
    # It says a name that is not its own any more.
    assert (plan.new, set(plan.changed), plan.same) == ({}, {"other/c.toml"}, 1)


BROKEN = {
    "no TOML": (b'schema = 1\npath = "/x\n', "line 2"),
    "no request": (b"[tool]\n", "holds no request"),
    "a newer one": (b'schema = 2\npath = "/x"\n', "newer tuilio"),
    "Latin-1": ("path = '/caf\u00e9'\n".encode("latin-1"), "line 1, column 13"),
    "a mistyped name": (
        b'path = "/x"\nqurey = "a=b"\n',
        "“qurey” is no part of a request. Write query",
    ),
    "another type": (b'path = "/x"\nmethod = 3\n', "method is a number, not a text in quotes."),
    "too large": (b"#" * (LARGEST_FILE + 1), "cannot be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_cannot_be_read_is_named_and_skipped(tmp_path, case):
    data, words = BROKEN[case]
    export({"good": LIST}, tmp_path)
    (tmp_path / "bad.toml").write_bytes(data)
    reading = read_folder(tmp_path)
    assert reading.requests == {"good": LIST}
    assert len(reading.problems) == 1
    assert reading.problems[0].startswith("bad.toml: ")
    assert words in reading.problems[0]


def test_links_hidden_files_and_pipes_are_left_alone(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    export({"x": LIST, "y/z": LIST}, outside)
    export({"x": LIST, ".git/config": LIST}, inside)
    os.mkfifo(inside / "pipe.toml")
    (inside / "link.toml").symlink_to(outside / "x.toml")
    (inside / "y").symlink_to(outside / "y")
    (inside / ".hidden.toml").write_text('path = "/x"\n')
    reading = read_folder(inside)
    assert set(reading.requests) == {"x", ".git/config"}
    assert (inside / "_git" / "config.toml").exists()
    assert sorted(each.partition(":")[0] for each in reading.problems) == ["link.toml", "pipe.toml", "y"]
    plan = plan_export({"link": LIST, "y/z": LIST, "y/new": LIST, "pipe": LIST}, inside)
    assert (plan.new, plan.changed, len(plan.problems)) == ({}, {}, 4)


def test_a_directory_within_that_cannot_be_read_is_named_and_skipped(tmp_path, monkeypatch):
    export({"team/a": LIST, "b": LIST}, tmp_path)
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("team"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    reading = read_folder(tmp_path)
    assert (list(reading.requests), reading.problems) == (["b"], ("team: it cannot be read, Permission denied.",))


def test_a_directory_has_its_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr("tui.raw_request.request_files.MOST_FILES", 3)
    export({f"n{number}": LIST for number in range(5)}, tmp_path)
    reading = read_folder(tmp_path)
    assert list(reading.requests) == ["n0", "n1", "n2"]
    assert reading.problems[0].startswith("n3.toml and what follows")
    tmp_path.joinpath("deep", *"abcdefghij").mkdir(parents=True)
    assert "too deep" in read_folder(tmp_path / "deep").problems[0]
    assert MOST_FILES == 1000
