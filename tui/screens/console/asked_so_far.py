"""The list of what was asked from the console, each line with what tells it from the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.raw_request.trail import TrailStep
from tui.safe_text import glimpse
from tui.screens.base import BaseScreen
from tui.screens.console.request_words import brief_path, differences, result_of
from tui.theme import Tone
from tui.time_format import duration
from tui.widgets.dialogs import Choice, Choose


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


def line_of(step: TrailStep, before: TrailStep | None) -> tuple[str, str, Tone]:
    """When and with what result, then the request and what tells it from the one before; and the tone of the line."""
    typed = step.typed
    asked = f"{glimpse(typed.method, 7)} {brief_path(typed.path)}"
    what = glimpse(f"{asked}  {differences(typed, before.typed if before else None)}", 200)
    if step.at is None:
        return "not sent", what, "muted"
    took = duration(step.elapsed) if step.elapsed else ""
    tone: Tone = "plain" if step.status and step.status < 300 else "warn"
    return f"{step.at:%H:%M:%S}  {result_of(step.status, step.words):<4} {took:>7}", what, tone
