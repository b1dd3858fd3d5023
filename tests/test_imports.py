"""What a start may import: each other place, the receiver, the tables of the world's numbers wait until wanted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LATER = (
    "httpx",
    "csv",
    "email",
    "hashlib",
    "sqlite3",
    "tomllib",
    "textual.widgets._text_area",
    "phonenumbers",
    "jsonpath",
    "tui.screens.compose",
    "tui.screens.console",
    "tui.screens.connections",
    "tui.screens.welcome",
    "tui.sandbox",
    "tui.services.sends",
    "tui.storage.connections",
    "tui.storage.journal_database",
    "tui.twilio.client",
    "tui.twilio.messages",
    "tui.widgets.dialogs",
    "tui.webhooks",
    "tui.raw_request.sending",
    "tui.widgets.response_view.json_view",
)
STARTED = "import sys, tui.launch, tui.app, tui.screens.messages.screen; print(*sys.modules, sep='\\n')"
MOST_OF_OURS = 69
"""Modules of this project's own; a few more than there were when this was written."""


def test_a_start_imports_only_what_its_first_screen_needs():
    imported = set(_printed(STARTED).split())
    assert "tui.screens.messages.screen" in imported
    assert [name for name in imported if name.startswith(LATER)] == []
    assert len([name for name in imported if name.split(".")[0] == "tui"]) <= MOST_OF_OURS


VISITED = "import sys, tui.screens.console.screen; print(*sys.modules, sep='\\n')"
LATER_IN_THE_CONSOLE = (
    "tui.raw_request.curl_import",
    "tui.raw_request.library_call",
    "tui.raw_request.pasted_commands",
    "tui.raw_request.request_files",
    "tui.screens.console.compare_answers",
    "tui.screens.console.request_picker",
    "tui.widgets.external_programs",
)


def test_a_first_visit_of_the_console_imports_only_what_it_shows():
    imported = set(_printed(VISITED).split())
    assert "tui.screens.console.form" in imported
    assert [name for name in imported if name.startswith(LATER_IN_THE_CONSOLE)] == []


HELPED = (
    "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from tui.__main__ import main; main({words})"
)
NEVER_FOR_HELP = ("asyncio", "dataclasses", "inspect", "pathlib", "textual", "tui.launch")


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_help_and_the_version_import_next_to_nothing(words: list[str]) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {HELPED.format(words=words)}"
    # Without what an installation imports for itself.
    imported = set(_printed(code, "-I", "-S").splitlines()[-1].split())
    assert "tui.cli" in imported
    assert [name for name in imported if name.startswith(NEVER_FOR_HELP)] == []


SANDBOX = "import sys, tui.sandbox.command; print(*sys.modules, sep='\\n')"
LATER_IN_THE_SANDBOX = ("httpx", "phonenumbers", "sqlite3", "textual")


def test_a_sandbox_imports_what_calls_webhooks_and_reads_numbers_when_it_first_does():
    imported = set(_printed(SANDBOX).split())
    assert "tui.sandbox.server" in imported
    assert [name for name in imported if name.startswith(LATER_IN_THE_SANDBOX)] == []


FROZEN = (
    "import gc; gc.disable(); from tui.launch import collect_again; collect_again(); "
    "print(gc.isenabled(), gc.get_freeze_count())"
)


def test_after_a_start_garbage_is_looked_for_again_but_not_in_what_every_start_makes():
    enabled, frozen = _printed(FROZEN).split()
    assert enabled == "True"
    assert int(frozen) > 1000


def _printed(code: str, *options: str) -> str:
    """What a Python of its own prints."""
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
