"""What is written is the original, in a form that other programs read back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.screens.messages.export import COLUMNS, render, write
from tui.storage.records import guard
from tui.twilio.messages import StatusReport, read_message, take_over

BODIES = st.text(st.characters(exclude_categories=["Cs"]))


@given(body=BODIES)
def test_csv_reads_back_the_same_text(body: str):
    message = read_message({"sid": "SM1", "body": body, "to": "+1", "num_segments": "2"})
    content = render([message], Path("x.csv")).decode("utf-8")
    header, line = list(csv.reader(io.StringIO(content, newline="")))
    assert tuple(header) == COLUMNS
    written = dict(zip(header, line, strict=True))["body"]
    # One that begins as a formula does is guarded; a NUL is no text for most readers.
    assert written == guard(body.replace("\0", "\u2400"))


@given(body=BODIES)
def test_json_lines_keep_fields_nobody_knows(body: str):
    raw = {"sid": "SM1", "body": body, "brand_new": {"a": [1]}}
    lines = render([read_message(raw)], Path("x.jsonl")).decode("utf-8").split("\n")
    assert json.loads(lines[0]) == raw
    assert lines[1:] == [""]


def test_a_lone_surrogate_does_not_stop_an_export():
    assert render([read_message({"sid": "SM1", "body": "\ud800"})], Path("x.csv"))


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_half_an_emoji_is_written_as_text_that_every_reader_takes(ending: str):
    content = render([read_message({"sid": "SM1", "body": "cut \ud83d", "odd \udc4d": 1})], Path(f"x{ending}"))
    assert "cut \ufffd" in content.decode("utf-8", "strict")


def test_times_are_iso_and_say_their_zone():
    message = read_message({"sid": "SM1", "date_created": "Fri, 27 Nov 2026 20:02:39 +0000", "date_sent": None})
    _, line = csv.reader(io.StringIO(render([message], Path("x.csv")).decode()))
    assert line[1:3] == ["2026-11-27T20:02:39+00:00", ""]


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_what_a_webhook_told_is_written_as_the_list_shows_it(ending: str):
    message = read_message({"sid": "SM1", "status": "sent", "error_code": None, "body": "Hi"})
    told = take_over(message, StatusReport("SM1", "undelivered", error_code=30003))
    text = render([told], Path(f"x{ending}")).decode()
    assert ("undelivered" in text, "30003" in text, "Hi" in text) == (True, True, True)


def test_a_resource_too_deep_to_be_kept_is_written_with_what_was_read_of_it():
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"x": deep}
    content = render([read_message({"sid": "SM1", "body": "Hi", "x": deep})], Path("x.jsonl"))
    assert json.loads(content)["body"] == "Hi"


def test_an_existing_file_is_left_alone_unless_told(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write([], path, replace=False)
    assert path.read_text() == "mine"
    write([], path, replace=True)
    assert path.read_text().startswith("sid")


@pytest.mark.parametrize("before", [None, 0o644, 0o666, 0o600])
def test_an_export_is_for_its_owner_only_also_in_the_place_of_a_file_that_others_could_read(
    tmp_path: Path, before: int | None
):
    path = tmp_path / "x.csv"
    if before is not None:
        path.write_text("an earlier export, and longer than the new one" * 100)
        path.chmod(before)
    write([], path, replace=before is not None)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == render([], path)


def test_a_link_that_is_replaced_goes_on_leading_to_the_file(tmp_path: Path):
    path, link = tmp_path / "x.csv", tmp_path / "link.csv"
    path.write_text("earlier")
    link.symlink_to(path)
    write([], link, replace=True)
    assert link.is_symlink()
    assert path.read_text().startswith("sid")
