"""Files fetched for this run: whole or not there, named harmlessly, for nobody else's eyes, and gone afterwards."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import stat
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from tui.sandbox.faults import Fault
from tui.services import media as service
from tui.services.media import AccountMedia, copy_whole
from tui.storage.private_folder import PrivateFolder, sweep_runs
from tui.twilio.client import Client
from tui.twilio.errors import RequestFailed
from tui.twilio.media_kinds import judge

MAYA = "+14155550123"


@pytest.fixture
async def client(connection):
    async with Client(connection) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    return PrivateFolder(tmp_path / "state" / "media")


@pytest.fixture
def media(client, folder):
    return AccountMedia(client, folder)


def files_below(path: Path) -> list[Path]:
    return [each for each in path.rglob("*") if each.is_file()] if path.exists() else []


async def test_every_kind_of_file_in_the_sandbox_is_what_it_says(sandbox, media, folder, tmp_path):
    wanted = ("a.png", "a.jpg", "a.gif", "a.pdf", "a.wav", "a.vcf", "a.txt")
    message = sandbox.receive(MAYA, sandbox.numbers[0], "", media=tuple(f"https://f.example/{name}" for name in wanted))
    listed = await media.list(message.sid)
    assert media.known(message.sid) == listed and len(listed) == 7
    measured = [await media.measure(message.sid, each) for each in listed]
    assert all(each.size for each in measured)
    # What is known of sizes outlives another look.
    assert [each.size for each in await media.list(message.sid)] == [each.size for each in measured]
    for each, name in zip(measured, wanted, strict=True):
        fetched = await media.fetch(message.sid, each)
        assert fetched.path.suffix == Path(name).suffix
        assert fetched.path.stat().st_size == fetched.media.size == each.size
        assert stat.S_IMODE(fetched.path.stat().st_mode) == 0o600
        assert {stat.S_IMODE(up.stat().st_mode) for up in list(fetched.path.parents)[:3]} == {0o700}
        assert judge("", fetched.path.read_bytes()).suffix == fetched.path.suffix
    place = tmp_path / "saved.txt"
    assert copy_whole(fetched, place, replace=False) == fetched.media.size
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        copy_whole(fetched, place, replace=False)
    await media.let_go(fetched)
    assert not fetched.path.exists() and place.exists()
    folder.remove_all()
    assert not (tmp_path / "state" / "media").exists()


async def test_a_cancelled_a_broken_and_a_refused_fetch_leave_nothing(sandbox, media, tmp_path, until):
    message = sandbox.receive(MAYA, sandbox.numbers[0], "", media=("https://f.example/a.jpg",))
    (one,) = await media.list(message.sid)
    came: list[int] = []
    sandbox.faults.add(Fault("drip", path="/media/", seconds=0.02))
    fetching = asyncio.create_task(media.fetch(message.sid, one, lambda done, _: came.append(done)))
    await until(None, lambda: came)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert files_below(tmp_path / "state") == []
    for kind in ("truncated", "reset-before", "garbage", "500-before"):
        sandbox.faults.clear()
        sandbox.faults.add(Fault(kind, path="/media/"))
        with pytest.raises(RequestFailed):
            await media.fetch(message.sid, one)
        assert files_below(tmp_path / "state") == []


@pytest.mark.landing
async def test_a_fetch_that_is_cancelled_again_and_again_leaves_nothing_and_no_complaint(
    sandbox, media, tmp_path, monkeypatch
):
    """While a slow disk takes a piece, and while the file gets its name."""
    message = sandbox.receive(MAYA, sandbox.numbers[0], "", media=("https://f.example/a.jpg",))
    (one,) = await media.list(message.sid)
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    append, rename = service._append, Path.rename
    begun = threading.Event()

    def slowly(what, *words):
        begun.set()
        time.sleep(0.2)
        return what(*words)

    for owner, name, what in ((service, "_append", append), (Path, "rename", rename)):
        begun.clear()
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, lambda *words, what=what: slowly(what, *words))
            fetching = asyncio.create_task(media.fetch(message.sid, one))
            await asyncio.to_thread(begun.wait, 10)
            for _ in range(3):
                fetching.cancel()
                await asyncio.sleep(0.01)
            assert not fetching.done(), "it waits for what the disk is doing"
            with pytest.raises(asyncio.CancelledError):
                await fetching
        assert files_below(tmp_path / "state") == []
    del fetching
    gc.collect()
    assert complaints == []


async def test_without_room_nothing_is_begun_and_a_folder_that_cannot_be_is_said(
    sandbox, client, media, tmp_path, monkeypatch
):
    message = sandbox.receive(MAYA, sandbox.numbers[0], "", media=("https://f.example/a.jpg",))
    (one,) = await media.list(message.sid)
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(service.shutil, "disk_usage", lambda _: usage(1, 1, service._SPARE + 10))
        with pytest.raises(RequestFailed, match="no room"):
            await media.fetch(message.sid, one)
    assert files_below(tmp_path / "state") == []
    (tmp_path / "file").write_text("")
    nowhere = AccountMedia(client, PrivateFolder(tmp_path / "file" / "media"))
    with pytest.raises(RequestFailed, match="could not be written"):
        await nowhere.fetch(message.sid, one)


async def test_one_file_is_removed_at_twilio_and_the_others_stay(sandbox, media):
    urls = ("https://f.example/a.jpg", "https://f.example/b.png")
    message = sandbox.receive(MAYA, sandbox.numbers[0], "Two", media=urls)
    first, second = await media.list(message.sid)
    await media.delete(message.sid, first)
    assert media.known(message.sid) == (second,) == await media.list(message.sid)
    with pytest.raises(RequestFailed):
        await media.fetch(message.sid, first)


def test_what_killed_runs_left_goes_with_the_next_one(tmp_path):
    path = tmp_path / "media"
    dead, alive, mine = (path / f"run-{pid}-{'0' * 8}" for pid in (999_999, os.getppid(), os.getpid()))
    for each in (dead, alive, mine, path / "else"):
        (each / "x").mkdir(parents=True)
        (each / "x" / "a.png").write_bytes(b"1")
    folder = PrivateFolder(path)
    own = folder.new()
    assert not dead.exists() and not mine.exists()
    assert alive.exists() and (path / "else").exists() and own.exists()
    sweep_runs(path, own=own.parent)
    assert own.exists()
    # Nothing but its own folders can be removed by mistake.
    folder.remove(alive)
    assert alive.exists()
    folder.remove_all()
    assert not own.exists() and alive.exists()
    shutil.rmtree(path)
