"""The folders and files of a set-up."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from tui.storage.paths import Paths, find_paths


def test_another_folder_holds_everything(tmp_path):
    paths = find_paths(tmp_path / "x" / ".." / "mine")
    assert paths == Paths(tmp_path / "mine", tmp_path / "mine" / "state")
    assert paths.connections == tmp_path / "mine" / "connections.toml"
    assert paths.outbox.parent == paths.drafts.parent == paths.state
    assert not paths.config.exists()


def test_a_relative_folder_becomes_absolute():
    assert find_paths(Path("mine")).config == Path.cwd() / "mine"


def test_the_xdg_folders_decide_where_they_are_absolute(tmp_path):
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_STATE_HOME": str(tmp_path / "s")}
    assert find_paths(environ=environ) == Paths(tmp_path / "c" / "tuilio", tmp_path / "s" / "tuilio")
    own = find_paths(environ={"XDG_CONFIG_HOME": "relative", "XDG_STATE_HOME": ""})
    assert own == Paths(
        platformdirs.user_config_path("tuilio", appauthor=False),
        platformdirs.user_state_path("tuilio", appauthor=False),
    )
