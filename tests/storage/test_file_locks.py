"""One holder at a time, across threads and processes, for a bounded wait."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from tui.storage.files import lock

HOLDER = """
import sys
from pathlib import Path
from tui.storage.files import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_waits_its_bound_and_is_told(tmp_path):
    path = tmp_path / "f"
    naps: list[float] = []
    with (
        lock(path),
        pytest.raises(TimeoutError, match="Another tuilio"),
        lock(path, seconds=1, clock=lambda: sum(naps), sleep=naps.append),
    ):
        pytest.fail("held twice")
    assert sum(naps) == pytest.approx(1, abs=0.05)
    with lock(path, seconds=0):
        pass


def test_a_lock_ends_with_the_process_that_held_it(tmp_path):
    path = tmp_path / "f"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TimeoutError), lock(path, seconds=0):
            pytest.fail("held twice")
        holder.kill()
        holder.wait()
    with lock(path, seconds=0):
        pass


def test_the_lock_file_is_private_and_shared_by_a_link(tmp_path):
    path, link = tmp_path / "f", tmp_path / "link"
    link.symlink_to(path)
    with lock(link), pytest.raises(TimeoutError), lock(path, seconds=0):
        pytest.fail("held twice")
    assert stat.S_IMODE((tmp_path / "f.lock").stat().st_mode) == 0o600


TAKER = """
import os, sys
from pathlib import Path
from tui.storage.files import lock
path, turns = Path(sys.argv[1]), int(sys.argv[2])
inside = path.with_name("inside")
for turn in range(turns):
    with lock(path, seconds=60, sleep=lambda _: None, remove=turn % 3 > 0):
        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
        os.unlink(inside)
"""


def test_a_lock_file_that_is_taken_away_lets_no_two_hold_the_lock(tmp_path):
    path, turns = tmp_path / "f", "300"
    takers = [subprocess.Popen([sys.executable, "-c", TAKER, str(path), turns]) for _ in range(3)]
    assert [taker.wait() for taker in takers] == [0, 0, 0]
    with lock(path, remove=True):
        assert (tmp_path / "f.lock").exists()
    assert list(tmp_path.iterdir()) == []
