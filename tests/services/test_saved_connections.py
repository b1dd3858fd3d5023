"""The saved connections as a session holds them: read, stored, set aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tui.services.saved_connections import SavedConnections
from tui.storage.connections import Connection, Connections, load, save
from tui.storage.errors import ConfigUnreadable, EntryChanged, NameTaken

ACME = Connection("acme", "auth_token", "AC" + "0" * 32, auth_token="t0ken")
OTHER = replace(ACME, name="other")


class Watched(SavedConnections):
    """Counts how often it said that it was read."""

    def __init__(self, file: Path) -> None:
        self.readings = 0
        super().__init__(file, {}, self._count)

    def _count(self) -> None:
        self.readings += 1


@pytest.fixture
def saved(tmp_path: Path) -> Watched:
    path = tmp_path / "config" / "connections.toml"
    save(path, [ACME])
    watched = Watched(path)
    watched.read()
    return watched


async def test_what_is_stored_is_known_at_once(saved: Watched) -> None:
    await saved.store(saved.connections.with_connection(OTHER).with_default("other"))
    assert list(saved.connections) == list(load(saved.file)) == ["acme", "other"]
    assert saved.connections.default == "other"
    assert saved.readings == 2


async def test_a_change_that_the_file_has_left_behind_is_refused_and_the_file_read_again(saved: Watched) -> None:
    theirs = replace(ACME, region="ie1")
    save(saved.file, load(saved.file).with_connection(theirs).with_connection(OTHER))
    stale = saved.connections
    with pytest.raises(EntryChanged):
        await saved.store(stale.without("acme"))
    assert saved.connections["acme"] == theirs
    with pytest.raises(NameTaken):
        await saved.store(stale.with_connection(replace(OTHER, auth_token="ours")))
    assert dict(load(saved.file)) == {"acme": theirs, "other": OTHER}
    await saved.store(saved.connections.without("acme"))
    assert list(load(saved.file)) == ["other"]


async def test_a_file_that_cannot_be_read_leaves_what_was_known_and_is_not_written_over(saved: Watched) -> None:
    saved.file.write_text("[[[")
    await saved.reread()
    assert isinstance(saved.trouble, ConfigUnreadable)
    assert list(saved.connections) == ["acme"]
    with pytest.raises(ConfigUnreadable):
        await saved.store(Connections([OTHER]))
    aside = saved.set_aside()
    assert aside is not None
    assert aside.read_text() == "[[["
    assert (dict(saved.connections), saved.trouble) == ({}, None)


def test_a_file_that_can_be_read_by_now_stays_where_it_is(saved: Watched) -> None:
    assert saved.set_aside() is None
    assert list(load(saved.file)) == ["acme"]
