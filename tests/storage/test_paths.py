"""Where things are kept, who may read them, and what the environment says."""

from __future__ import annotations

import stat
from pathlib import Path

import platformdirs
import pytest

from tui.storage.connections import Connection, Secret, check, file_problems, from_environment, repair_modes
from tui.storage.paths import Paths, find_paths

HEX = "0" * 32
AC = "AC" + HEX
API = {"TWILIO_ACCOUNT_SID": "AC" + HEX, "TWILIO_API_KEY": "SK" + HEX, "TWILIO_API_SECRET": "hunter2"}
TOKEN = {"TWILIO_ACCOUNT_SID": "AC" + HEX, "TWILIO_AUTH_TOKEN": "hunter2"}


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


def test_wide_modes_are_reported_and_repaired(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    path = folder / "connections.toml"
    assert file_problems(path) == ()
    for name in ("connections.toml", "connections.toml.bak"):
        (folder / name).touch()
        (folder / name).chmod(0o640)
    folder.chmod(0o755)
    assert [Path(each.field).name for each in file_problems(path)] == [
        "connections.toml",
        "connections.toml.bak",
        "config",
    ]
    assert all("mode 0" in each.reason and "chmod" in each.remedy for each in file_problems(path))
    repair_modes(path)
    assert file_problems(path) == ()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_narrow_modes_are_left_as_they_are(tmp_path):
    path = tmp_path / "config" / "connections.toml"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o400)
    path.chmod(0o400)
    assert file_problems(path) == ()


def test_an_api_key_in_the_environment_is_preferred_to_the_token():
    connection = from_environment({**API, **TOKEN, "TWILIO_REGION": "ie1"})
    assert connection == Connection(
        "environment",
        "api_key",
        "AC" + HEX,
        "SK" + HEX,
        Secret.env("TWILIO_API_SECRET"),
        Secret.env("TWILIO_AUTH_TOKEN"),
        "ie1",
    )
    assert check(connection) == ()


def test_a_token_in_the_environment_makes_a_connection():
    connection = from_environment(TOKEN, name="mine")
    assert connection == Connection("mine", "auth_token", "AC" + HEX, auth_token=Secret.env("TWILIO_AUTH_TOKEN"))


def test_an_environment_without_credentials_makes_none():
    for lacking in ("TWILIO_ACCOUNT_SID", "TWILIO_API_SECRET", "TWILIO_API_KEY"):
        assert from_environment({**API, lacking: " "}) is None
    assert from_environment({}) is None


@pytest.mark.parametrize(
    ("names", "sid", "secret"),
    [
        ("KEY_SID KEY_SECRET", "KEY_SID", "KEY_SECRET"),
        ("KEY KEY_SECRET", "KEY", "KEY_SECRET"),
        ("KEY_SID SECRET", "KEY_SID", "SECRET"),
        ("KEY KEY_SID KEY_SECRET", "KEY_SID", "KEY_SECRET"),
        ("KEY SECRET KEY_SID KEY_SECRET", "KEY", "SECRET"),
    ],
)
def test_an_api_key_goes_by_two_names_and_what_belongs_together_goes_first(names: str, sid: str, secret: str) -> None:
    values = {f"TWILIO_API_{name}": f"SK{name}" for name in names.split()}
    connection = from_environment({"TWILIO_ACCOUNT_SID": AC, **values})
    assert connection is not None
    assert (connection.kind, connection.api_key_sid) == ("api_key", f"SK{sid}")
    assert connection.api_key_secret == Secret.env(f"TWILIO_API_{secret}")


def test_what_a_shell_or_a_file_adds_around_a_variable_is_dropped() -> None:
    told = {"TWILIO_ACCOUNT_SID": f'"{AC}"', "TWILIO_AUTH_TOKEN": "'t0ken'\r", "TWILIO_REGION": "\ufeffdublin.ie1 "}
    connection = from_environment(told)
    assert connection is not None
    assert (connection.account_sid, connection.region) == (AC, "ie1")
    assert connection.auth_token is not None
    assert connection.auth_token.reveal(environ=told) == "t0ken"


def test_the_address_printed_by_the_sandbox_gets_its_version_path():
    for told in ("http://127.0.0.1:4010", "http://127.0.0.1:4010/", "http://127.0.0.1:4010/2010-04-01"):
        connection = from_environment({**TOKEN, "TWILIO_BASE_URL": told})
        assert connection is not None
        assert connection.base_url == "http://127.0.0.1:4010/2010-04-01"
    broken = from_environment({**TOKEN, "TWILIO_BASE_URL": "http://[::1"})
    assert broken is not None
    assert [each.field for each in check(broken)] == ["base_url"]
