"""What is built installs into an empty environment and runs there, without the source beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tui import __version__

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / ".ci" / "requirements.txt"

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def run(*words: str | Path, cwd: Path, environ: dict[str, str] | None = None) -> str:
    environ = {**os.environ, **(environ or {})}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, place: Path, *kinds: str) -> list[Path]:
    """What the pinned backend makes of a source."""
    run(sys.executable, "-m", "hatchling", "build", "-d", place, *kinds, cwd=source)
    return sorted(place.iterdir())


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> list[Path]:
    return build(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    return built[0]


def tracked(*where: str) -> set[str]:
    return set(run("git", "ls-files", *where, cwd=ROOT).split())


def test_the_wheel_holds_every_file_of_the_program_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == tracked("tui")
    assert any(name.endswith(".tcss") for name in held)
    assert "tui/twilio/operations.txt" in held


def test_the_source_archive_holds_all_but_the_hosted_ci_and_the_same_wheel_is_built_from_it(built, wheel, tmp_path):
    with tarfile.open(built[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    held = {file.relative_to(source).as_posix() for file in source.rglob("*") if file.is_file()}
    assert held - {"PKG-INFO"} == {name for name in tracked() if not name.startswith(".github/")}
    (again,) = build(source, tmp_path / "again", "-t", "wheel")
    assert (again.name, again.read_bytes()) == (wheel.name, wheel.read_bytes())


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    """The programs of an environment in which nothing is installed yet."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    run(sys.executable, "-m", "venv", place, cwd=place.parent)
    return place / "bin"


def test_it_installs_into_an_empty_environment_and_runs(wheel, empty, tmp_path, environ, terminal_of):
    run(empty / "pip", "install", "-q", "-r", PINS, cwd=tmp_path)
    run(empty / "pip", "install", "-q", "--no-deps", wheel, cwd=tmp_path)
    tuilio = empty / "tuilio"
    assert run(tuilio, "--version", cwd=tmp_path) == f"tuilio {__version__}\n"

    service = subprocess.Popen([tuilio, "sandbox"], stdout=subprocess.PIPE, text=True, env=environ, cwd=tmp_path)
    assert service.stdout is not None
    try:
        assert service.stdout.readline().startswith("export TWILIO_")
    finally:
        service.terminate()
        service.wait(10)
        service.stdout.close()

    terminal = terminal_of([str(tuilio), "--sandbox"], environ)
    terminal.until("● live")
    # Its styles and its table of operations.
    terminal.press("4")
    terminal.until("Nothing sent yet")
    terminal.until("takes To")
    terminal.press("ctrl+q")
    assert terminal.wait() == 0


def test_a_project_of_somebody_else_tests_with_it_by_the_steps_of_its_own_ci(wheel, empty, tmp_path):
    project = shutil.copytree(ROOT / "tests" / "sample_project", tmp_path / "project")
    steps = re.findall(r"- run: (.+)", (project / "ci.yaml").read_text())
    assert len(steps) == 2
    # It takes what it likes beside tuilio, so no hashes.
    versions = tmp_path / "versions.txt"
    versions.write_text("\n".join(re.findall(r"^[\w.-]+==[^ ]+", PINS.read_text(), re.MULTILINE)))
    environ = {
        "TUILIO": str(wheel),
        "PATH": f"{empty}{os.pathsep}{os.environ['PATH']}",
        "PIP_CONSTRAINT": str(versions),
    }
    for step in steps:
        told = run("sh", "-c", step, cwd=project, environ=environ)
    assert re.search(r"^11 passed", told, re.MULTILINE), told
