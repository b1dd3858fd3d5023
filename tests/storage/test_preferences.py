"""Hints that are given once."""

from __future__ import annotations

from tui.storage.preferences import shown_once


def test_the_first_time_is_the_first_time_only(tmp_path):
    assert shown_once(tmp_path / "state", "frugal")
    assert not shown_once(tmp_path / "state", "frugal")
    assert shown_once(tmp_path / "state", "something-else")


def test_what_cannot_be_remembered_is_not_told_at_every_start(tmp_path):
    file = tmp_path / "file"
    file.touch()
    assert not shown_once(file / "state", "frugal")
