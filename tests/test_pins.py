"""The exact versions that CI and the build take: those that pyproject.toml asks for, with the hashes of their files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROGRAM = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
TESTS = PROJECT["project"]["optional-dependencies"]["dev"]


def pins(name: str) -> dict[str, Requirement]:
    """By name, what the file of `.ci` pins; its hashes have been seen."""
    text = (ROOT / ".ci" / name).read_text().replace("\\\n", " ")
    found = dict[str, Requirement]()
    for line in text.splitlines():
        if not line.startswith("#"):
            # Nothing but pins: an address or an option would send pip elsewhere.
            exact = re.fullmatch(r"([\w-]+==[^ ]+(?: ; [^#]+?)?)(?: +--hash=sha256:[0-9a-f]{64})+", line)
            assert exact, line
            pin = Requirement(exact[1])
            found[canonicalize_name(pin.name)] = pin
    return found


@pytest.mark.parametrize(
    ("name", "wanted"), [("requirements.txt", PROGRAM), ("requirements-dev.txt", [*PROGRAM, *TESTS])]
)
def test_all_that_is_asked_for_is_pinned_within_its_range(name: str, wanted: list[str]):
    pinned = pins(name)
    for each in map(Requirement, wanted):
        (exact,) = pinned[canonicalize_name(each.name)].specifier
        assert each.specifier.contains(exact.version), f"{each}: `make lock` writes {name} anew"


def test_the_tests_run_with_what_the_program_takes():
    program, tests = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: pin for name, pin in program.items() if tests.get(name) != pin} == {}
