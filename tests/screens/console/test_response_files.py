"""A saved body is there whole or not at all: on a full disk, over an older file, when the program is killed."""

from __future__ import annotations

import io
import os
import random
import resource
import signal
import threading
import time

import pytest

from tui.screens.console.response_files import ResponseFile, write_answer

OLD = b"what was there\n" * 1000
WHOLE = b"0123456789abcdef" * 65536


def fill(content: bytes) -> ResponseFile:
    spool = ResponseFile()
    spool.open().write(content)
    return spool


@pytest.fixture
def spooled():
    """`spooled(bytes)` is an answer that outgrew memory."""
    made: list[ResponseFile] = []

    def make(content: bytes = WHOLE) -> ResponseFile:
        made.append(fill(content))
        return made[-1]

    yield make
    for spool in made:
        spool.drop()


@pytest.fixture
def room():
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("source", [bytes, ResponseFile])
@pytest.mark.parametrize("size", [0, 1000, len(WHOLE) - 1])
def test_a_full_disk_leaves_the_older_file_and_no_half_a_new_one(tmp_path, room, spooled, source, size):
    content = WHOLE if source is bytes else spooled()
    there = tmp_path / "there.bin"
    there.write_bytes(OLD)
    room(size)
    for path, replace in ((there, True), (tmp_path / "new.bin", False)):
        with pytest.raises(OSError, match="too large"):
            write_answer(path, content, replace=replace)
    room(len(WHOLE))
    assert [(each.name, each.read_bytes() == OLD) for each in tmp_path.iterdir()] == [("there.bin", True)]
    assert write_answer(there, content, replace=True) == len(WHOLE)
    assert there.read_bytes() == WHOLE


def test_an_answer_that_was_dropped_meanwhile_is_not_written_in_part(tmp_path, spooled):
    there = tmp_path / "there.bin"
    there.write_bytes(OLD)
    spool = spooled()
    spool.drop()
    with pytest.raises(ValueError, match="another one"):
        write_answer(there, spool, replace=True)
    assert there.read_bytes() == OLD


def test_an_answer_that_is_saved_twice_at_once_is_whole_both_times(tmp_path, spooled):
    spool = spooled(WHOLE * 16)
    places = [tmp_path / f"{number}.bin" for number in range(4)]
    threads = [threading.Thread(target=write_answer, args=(path, spool), kwargs={"replace": False}) for path in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(path.read_bytes() == WHOLE * 16 for path in places)


def killed_while_saving(there, chance: random.Random) -> bytes:
    """What is found after a program that saves two answers over it in turn was killed at a random instant."""
    other = WHOLE[::-1]
    pid = os.fork()
    if not pid:
        try:
            spools = [fill(WHOLE), fill(other)]
            while True:
                for spool in spools:
                    write_answer(there, spool, replace=True)
        finally:
            os._exit(1)
    try:
        time.sleep(chance.uniform(0.002, 0.04))
    finally:
        # It saves for ever: also where this test is broken off here.
        os.kill(pid, signal.SIGKILL)
        _, ended = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(ended)
    return there.read_bytes()


def check_kills(there, rounds: int) -> None:
    there.write_bytes(OLD)
    chance = random.Random(7)
    found = {killed_while_saving(there, chance) for _ in range(rounds)}
    assert found <= {OLD, WHOLE, WHOLE[::-1]}
    assert rounds < 40 or len(found) > 1, "none was killed after it had saved"


def test_a_kill_leaves_an_older_file_or_a_new_one_whole(tmp_path):
    check_kills(tmp_path / "there.bin", 6)


@pytest.mark.long
def test_three_hundred_kills_leave_an_older_file_or_a_new_one_whole(tmp_path):
    check_kills(tmp_path / "there.bin", 300)


def test_a_spool_gives_back_all_of_it(spooled):
    taken = io.BytesIO()
    spooled().copy_to(taken)
    assert taken.getvalue() == WHOLE
