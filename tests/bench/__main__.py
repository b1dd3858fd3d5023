"""What tuilio costs: `python -m tests.bench [part …] [--quick] [--json FILE]`, from the repository's root.

Drives the real program in a pseudo-terminal of 120×40 against the sandbox, beside a bare Textual app and, where they
are installed, Posting (`pip install posting "tree-sitter<0.26"`) and twilio-cli (`npm install twilio-cli@6`). Bytes are
exact; milliseconds depend on the machine and on what else it does, so the runs are interleaved and the ratios are what
counts.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.bench.archive import measure_archive
from tests.bench.figures import Table
from tests.bench.flood import measure_flood
from tests.bench.keys import measure_idle, measure_keys, measure_posting
from tests.bench.large_answers import measure_answers
from tests.bench.long_lists import measure_lists
from tests.bench.many import measure_keys_meanwhile, measure_many
from tests.bench.paging import measure_paging
from tests.bench.programs import Programs
from tests.bench.sandbox import measure_sandbox
from tests.bench.starting import measure_cli, measure_door, measure_starts

Part = Callable[[Programs, bool], Iterable[Table]]


def _keys(programs: Programs, quick: bool) -> list[Table]:
    tables = [measure_keys(programs, 2 if quick else 8)]
    if programs.posting is not None:
        tables.append(measure_posting(programs, 1 if quick else 4))
    return tables


def _archive(programs: Programs, quick: bool) -> Iterator[Table]:
    with tempfile.TemporaryDirectory() as folder:
        counts = [1_000, 20_000] if quick else [1_000, 1_000_000]
        yield from measure_archive(programs, programs.kept or Path(folder), counts, 3 if quick else 11)


PARTS: dict[str, Part] = {
    "door": lambda programs, quick: [measure_door(programs, 5 if quick else 21)],
    "start": lambda programs, quick: [measure_starts(programs, 3 if quick else 11)],
    "cli": lambda programs, quick: [measure_cli(programs, 3 if quick else 11)] if programs.twilio_cli else [],
    "keys": _keys,
    "idle": lambda programs, quick: [measure_idle(programs, 6 if quick else 30)],
    "list": lambda _, quick: [measure_lists([1_000, 10_000] if quick else [1_000, 10_000, 100_000])],
    "json": lambda _, quick: [measure_answers([5] if quick else [0.3, 1.6, 5, 15.9])],
    "flood": lambda programs, quick: [measure_flood(programs, 3_000 if quick else 20_000)],
    "many": lambda programs, quick: [
        measure_many([500] if quick else [2_000, 10_000]),
        measure_keys_meanwhile(programs, 5_000 if quick else 10_000),
    ],
    "sandbox": lambda _, quick: measure_sandbox(1_000 if quick else 10_000, 20_000 if quick else 1_000_000),
    "archive": _archive,
    "paging": lambda _, quick: [measure_paging(2_000 if quick else 10_000, 3 if quick else 5)],
}


def main() -> int:
    """Run what was asked for."""
    reader = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    reader.add_argument("parts", nargs="*", metavar="part", help=f"one or more of {', '.join(PARTS)}; all without one")
    reader.add_argument("--quick", action="store_true", help="fewer rounds, smaller lists")
    reader.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    reader.add_argument("--colours", default="truecolor", help="COLORTERM of the terminal; empty for 256 colours")
    reader.add_argument("--option", action="append", default=[], help="give this option to every start of tuilio")
    reader.add_argument("--posting", metavar="PATH", help="where Posting is, when it is not on the PATH")
    reader.add_argument("--twilio-cli", metavar="PATH", help="where twilio-cli is, when it is not on the PATH")
    reader.add_argument("--kept", type=Path, metavar="DIR", help="where archives are filled, for further runs as well")
    asked = reader.parse_args()
    if unknown := set(asked.parts) - PARTS.keys():
        reader.error(f"there is no part {', '.join(sorted(unknown))}; choose among {', '.join(PARTS)}")
    figures: dict[str, object] = {
        "python": platform.python_version(),
        "colours": asked.colours,
        "options": asked.option,
    }
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(
            Path(folder),
            colours=asked.colours,
            options=tuple(asked.option),
            posting=asked.posting,
            twilio_cli=asked.twilio_cli,
        )
        programs.kept = asked.kept
        for name in asked.parts or PARTS:
            for table in PARTS[name](programs, asked.quick):
                print(f"{table}\n", flush=True)
                figures[table.name] = table.as_json()
    if asked.json is not None:
        asked.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
