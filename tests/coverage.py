"""How much of Twilio's API the sandbox has, as the table in `docs/sandbox.md`: `python -m tests.coverage --write`.

Made from the catalogue of Twilio's operations and the routes of the sandbox. `--check` fails where the table differs.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

from tui.sandbox.missing import resource_name
from tui.sandbox.router import served_operations
from tui.twilio.operations import Operation, operations

PAGE = Path(__file__).parents[1] / "docs" / "sandbox.md"
COMMAND = ".venv/bin/python -m tests.coverage --write"
DEEDS = ("list", "fetch", "create", "update", "remove")
BLOCK = re.compile(rf"(?<=<!-- {re.escape(COMMAND)} -->\n).*?(?=<!-- /coverage -->)", re.DOTALL)


def table() -> str:
    """A row for each product that the sandbox has something of, then the names of the others."""
    served = by_product(served_operations())
    known = by_product(operations())
    lines = ["", "| product | served | which |", "|---|---|---|"]
    for product, has in served.items():
        lines.append(f"| {product} | {len(has)} of {len(known[product])} | {which(has)} |")
    others = [product for product in known if product not in served]
    count = sum(len(known[product]) for product in others)
    lines += ["", f"Nothing of the other {len(others)} products with {count} operations: {', '.join(others)}.", ""]
    return "\n".join(lines)


def by_product(several: tuple[Operation, ...]) -> dict[str, list[Operation]]:
    """The operations of each product, by its name."""
    found = defaultdict[str, list[Operation]](list)
    for operation in several:
        found[operation.product].append(operation)
    return found


def which(has: list[Operation]) -> str:
    """`Usage/{Daily, Monthly} (list), Balance (fetch)`: the resources by name, and what can be done with each."""
    deeds = defaultdict[str, set[str]](set)
    for operation in has:
        deeds[resource_name(operation.path)].add(operation.does)
    # Those of one place of which the same can be done, in one.
    alike = defaultdict[tuple[str, str], list[str]](list)
    for name in sorted(deeds):
        place = name.rpartition("/")[0] or f"/{name}"
        alike[place, ", ".join(sorted(deeds[name], key=DEEDS.index))].append(name)
    return ", ".join(f"{_together(place, names)} ({does})" for (place, does), names in alike.items())


def _together(place: str, names: list[str]) -> str:
    several = ", ".join(name.removeprefix(f"{place}/") for name in names)
    return f"{place}/{{{several}}}" if names[1:] else several if place.startswith("/") else f"{place}/{several}"


def main() -> int:
    """Write the table, or hold it against the page."""
    reader = argparse.ArgumentParser(prog="python -m tests.coverage", description=__doc__)
    deed = reader.add_mutually_exclusive_group(required=True)
    deed.add_argument("--write", action="store_true", help="write the table into docs/sandbox.md")
    deed.add_argument("--check", action="store_true", help="fail where the table there is another")
    read = reader.parse_args()
    page = PAGE.read_text("utf-8")
    if not BLOCK.search(page):
        sys.stderr.write(f"{PAGE.name} has no block between <!-- {COMMAND} --> and <!-- /coverage -->\n")
        return 2
    fresh = BLOCK.sub(lambda _: table(), page)
    if read.write:
        PAGE.write_text(fresh, "utf-8")
    elif fresh != page:
        sys.stderr.write(f"the coverage table of docs/{PAGE.name} is not what the sandbox has; run {COMMAND}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
