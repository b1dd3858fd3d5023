"""The list of what was asked from the console, each line with what tells it from the one before."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tui.raw_request.history import STOPPED
from tui.raw_request.trail import TrailStep, differences
from tui.safe_text import glimpse
from tui.screens.base import BaseScreen
from tui.screens.console.request_choices import short_path
from tui.theme import Tone
from tui.widgets.dialogs import Choice, Choose

_SID = re.compile(r"\b([A-Z]{2}[0-9a-f]{4})[0-9a-f]{28}\b")

_HOST = re.compile(r"^https://([a-z-]+)\.twilio\.com(?=/)")


class AskedSoFar(Choose):
    """Which of the requests so far to show again."""

    DEFAULT_CSS = "AskedSoFar > Vertical { width: 110; }"


def choose_asked(
    screen: BaseScreen, steps: Sequence[TrailStep], title: str, chosen: Callable[[TrailStep], None], *, at: int
) -> None:
    """Ask for one of these steps of the trail, the newest first; `at` is the index of the one to stand on."""
    lines = [line_of(step, steps[index - 1] if index else None) for index, step in enumerate(steps)]
    choices = [Choice(str(index), *line) for index, line in enumerate(lines)]

    def picked(key: str | None) -> None:
        if key is not None:
            chosen(steps[int(key)])

    screen.app.push_screen(AskedSoFar(title, choices[::-1], at=max(0, len(steps) - 1 - at)), picked)


def brief_path(path: str) -> str:
    """A path with a … for what those of an account begin with, and for the ends of its SIDs; of a host its product."""
    return _SID.sub(r"\1…", _HOST.sub(r"\1", short_path(path)))


def line_of(step: TrailStep, before: TrailStep | None) -> tuple[str, str, Tone]:
    """When and with what result, then the request and what tells it from the one before; and the tone of the line."""
    typed = step.typed
    asked = f"{glimpse(typed.method, 7)} {brief_path(typed.path)}"
    what = glimpse(f"{asked}  {differences(typed, before.typed if before else None)}", 200)
    if step.at is None:
        return "not sent", what, "muted"
    result = str(step.status) if step.status else "■" if step.words == STOPPED else "—"
    took = f"{step.elapsed * 1000:,.0f} ms" if step.elapsed else ""
    tone: Tone = "plain" if step.status and step.status < 300 else "warn"
    return f"{step.at:%H:%M:%S}  {result:<4} {took:>9}", what, tone
