"""What is kept in files, given in files and counted holds other people's words: views, queries, variables, requests,
jobs, the columns and rows of a spreadsheet, countries and senders.

Every payload in each of them, in every list and dialog that shows them.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from tests.terminal.hostile import ACCOUNT, MARKUP, NAMES, PAYLOADS
from tests.terminal.test_hostile import end, move
from tui.jobs.model import HaltRules, JobKind, LeftOut, NewItem, NewJob, Pacing
from tui.jobs.store import JobStore
from tui.storage.paths import Paths, find_paths
from tui.twilio.drafts import Draft
from tui.twilio.url_policy import UrlPolicy

pytestmark = [pytest.mark.long, pytest.mark.timeout(300), pytest.mark.parametrize("size", [(80, 24), (120, 40)])]

Open = Callable[..., Any]

WHOLE = [payload[:2000].encode("utf-8", "replace").decode() for payload in PAYLOADS]
"""What any file in UTF-8 can hold of them."""

TOGETHER = [" ".join(text[:40] for text in WHOLE[first : first + 5]) for first in range(0, len(WHOLE), 5)]
"""All of them in fewer texts."""


@pytest.fixture
def kept(attacked: Path) -> Paths:
    """The files of a configuration, all of whose texts are payloads."""
    paths, connection = find_paths(attacked), MARKUP[2]
    paths.state.mkdir(mode=0o700)
    views = {f"v{number:02d}{name[:30]}": f'"{name}"' for number, name in enumerate(NAMES)}
    texts = {
        paths.views: tomli_w.dumps({"schema": 1, "views": views}),
        paths.variables: tomli_w.dumps(
            {"schema": 1, "variables": {connection: {f"V{number:02d}": text for number, text in enumerate(WHOLE)}}}
        ),
        paths.requests: tomli_w.dumps(
            {
                "requests": {
                    f"r{number:02d}{name[:60]}": {"path": name, "body": name} for number, name in enumerate(NAMES)
                }
            }
        ),
        paths.query_history: json.dumps({"schema": 1, "queries": {connection: [*PAYLOADS[:60]]}}),
    }
    for path, text in texts.items():
        path.touch(0o600)
        path.write_text(text, "utf-8")
    base = tomllib.loads(paths.connections.read_text("utf-8"))["connections"][connection]["base_url"]
    with JobStore(paths.jobs) as jobs:
        for number, text in enumerate(TOGETHER):
            small = text[:200]
            new = NewJob(
                JobKind.CAMPAIGN,
                f"j{number:02d} {small}",
                connection,
                ACCOUNT,
                UrlPolicy.for_base_url(base).base,
                small,
                (small, "b"),
                (small,),
                Pacing(1.0, 1),
                HaltRules(),
            )
            draft = Draft("+14155550123", "+14155550100", f"n{number}n {text}")
            left_out = NewItem(3, cells=(small, small), left_out=LeftOut.NOT_A_NUMBER, detail=small)
            jobs.create(new, [NewItem(2, draft, cells=(small, small)), left_out])
    return paths


def test_no_view_no_query_no_variable_and_no_saved_request_drives_the_terminal(
    tuilio: Open, kept: Paths, size: tuple[int, int]
) -> None:
    terminal = tuilio("--config", str(kept.config), size=size)
    terminal.until(lambda: terminal.loaded == len(PAYLOADS))
    terminal.press("V")
    terminal.until("v00")
    move(terminal, "down", lambda: f"v{len(NAMES) - 1:02d}" in terminal.text)
    terminal.press("escape")
    terminal.until(lambda: f"v{len(NAMES) - 1:02d}" not in terminal.text)
    terminal.press("/")
    terminal.until("words, a number")
    for _ in range(60):
        terminal.press("up")
        terminal.quiet(0.02)
    terminal.press("ctrl+u")
    terminal.type("from:")
    terminal.quiet()
    for _ in range(30):
        terminal.press("down")
    terminal.press("escape")
    terminal.quiet()
    terminal.press("4")
    terminal.until("Nothing sent yet")
    terminal.type("\x1bv")
    terminal.until("V00")
    move(terminal, "down", lambda: f"V{len(WHOLE) - 1:02d}" in terminal.text)
    terminal.press("escape")
    terminal.until(lambda: f"V{len(WHOLE) - 1:02d}" not in terminal.text)
    terminal.press("ctrl+r")
    terminal.until("r00")
    terminal.press("end")
    for _ in NAMES:
        terminal.press("down")
    terminal.quiet()
    terminal.press("escape")
    terminal.quiet()
    assert "went wrong" not in terminal.raw.decode()
    end(terminal)


def test_no_job_drives_the_terminal(tuilio: Open, kept: Paths, size: tuple[int, int]) -> None:
    terminal = tuilio("--config", str(kept.config), size=size)
    terminal.until(lambda: terminal.loaded == len(PAYLOADS))
    terminal.press("J")
    newest = len(TOGETHER) - 1
    terminal.until(f"j{newest:02d}")
    terminal.quiet()
    for number in reversed(range(len(TOGETHER))):
        terminal.press("enter")
        terminal.until(lambda number=number: f"j{number:02d}" in terminal.text and "Remove" not in terminal.line(-1))
        terminal.quiet(0.1)
        terminal.press("down", "enter")
        terminal.quiet(0.1)
        terminal.press("escape", "escape")
        terminal.until(lambda: "Remove" in terminal.line(-1))
        terminal.quiet()
        terminal.press("down")
        terminal.quiet()
    assert "went wrong" not in terminal.raw.decode()
    end(terminal)


def test_no_row_of_a_spreadsheet_drives_the_terminal(
    tuilio: Open, kept: Paths, size: tuple[int, int], tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    columns = [f"c{number} {name[:60]}".replace("\0", "") for number, name in enumerate(NAMES[:20])]
    with file.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(["phone", *columns])
        # A file with NUL in it is refused.
        for number, text in enumerate(text.replace("\0", "") for text in WHOLE):
            table.writerow([f"+1415555{number:04d}" if number % 3 else text[:100], *[text[:300]] * len(columns)])
    terminal = tuilio("--config", str(kept.config), "--screen", "compose", size=size)
    terminal.until("F7 or ↓ chooses among")
    terminal.press("ctrl+n")
    terminal.until("Pace")
    terminal.type(f"\x1b[200~{file}\x1b[201~")
    terminal.until("rows, ")
    terminal.press("f7")
    terminal.until("Send from")
    terminal.press("enter")
    terminal.until(lambda: "Send from" not in terminal.text)
    terminal.press("tab")
    terminal.type("Hi {")
    terminal.quiet()
    terminal.press(*["down"] * 12)
    terminal.quiet()
    terminal.type("B}")
    terminal.quiet()
    terminal.press("f9")
    terminal.until(lambda: "Check again" in terminal.text or "rows ready" in terminal.text)
    terminal.quiet()
    for _ in range(4):
        terminal.press("enter")
        for _ in range(len(WHOLE) // 2):
            terminal.press("down")
        terminal.quiet()
    terminal.press("e")
    terminal.quiet()
    terminal.press("escape")
    terminal.quiet()
    terminal.press("escape")
    terminal.quiet()
    assert "went wrong" not in terminal.raw.decode()
    assert "␛" in terminal.raw.decode()
    end(terminal)


def test_no_figure_and_no_opt_out_drives_the_terminal(tuilio: Open, kept: Paths, size: tuple[int, int]) -> None:
    terminal = tuilio("--config", str(kept.config), "--screen", "delivery", size=size)
    terminal.until("Delivery ·")
    terminal.press("p")
    terminal.until("All")
    terminal.quiet()
    terminal.press("6")
    terminal.quiet()
    for _ in range(80):
        terminal.press("down")
    terminal.quiet()
    terminal.press("c", "e")
    terminal.quiet()
    terminal.press("escape")
    terminal.quiet()
    terminal.press("o")
    terminal.quiet()
    terminal.press(*["down"] * 20, "escape")
    terminal.quiet()
    assert "went wrong" not in terminal.raw.decode()
    end(terminal)
