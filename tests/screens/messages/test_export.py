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
from tui.twilio.messages import read_message

BODIES = st.text(st.characters(exclude_categories=["Cs"]))


@given(body=BODIES)
def test_csv_reads_back_the_same_text(body: str):
    message = read_message({"sid": "SM1", "body": body, "to": "+1", "num_segments": "2"})
    content = render([message], Path("x.csv")).decode("utf-8")
    header, line = list(csv.reader(io.StringIO(content, newline="")))
    assert tuple(header) == COLUMNS
    assert dict(zip(header, line, strict=True))["body"] == body


@given(body=BODIES)
def test_json_lines_keep_fields_nobody_knows(body: str):
    raw = {"sid": "SM1", "body": body, "brand_new": {"a": [1]}}
    lines = render([read_message(raw)], Path("x.jsonl")).decode("utf-8").split("\n")
    assert json.loads(lines[0]) == raw
    assert lines[1:] == [""]


def test_a_lone_surrogate_does_not_stop_an_export():
    assert render([read_message({"sid": "SM1", "body": "\ud800"})], Path("x.csv"))


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
