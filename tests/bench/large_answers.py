"""A large JSON answer in the console's view: when it can be read, first and last lines, and the slowest key meanwhile.

A key is timed from its arrival until its line is drawn.
"""

from __future__ import annotations

import asyncio
import json
import time

from textual.app import App, ComposeResult

from tests.bench.figures import Table, median, quantile
from tui.widgets.response_view.json_view import JsonView

KEYS = ("down", "pagedown", "j", "k", "up", "pagedown", "pageup", "down")


class Timed(JsonView):
    """Tells when a cursor move is drawn."""

    answered: asyncio.Event | None = None

    def watch_cursor(self, old: int, new: int) -> None:
        super().watch_cursor(old, new)
        if self.answered is not None:
            self.call_after_refresh(self.answered.set)


class Stage(App[None]):
    """The view alone."""

    def __init__(self) -> None:
        super().__init__()
        self.view = Timed()

    def get_css_variables(self) -> dict[str, str]:
        return {**super().get_css_variables(), "quiet": "#888888"}

    def compose(self) -> ComposeResult:
        yield self.view


def measure_answers(megabytes: list[int]) -> Table:
    """One line a size."""
    table = Table("JSON answer", ("first lines s", "all read s", "key ms", "p99 ms", "slowest ms"))
    for size in megabytes:
        table.add(f"{size} MB", *asyncio.run(_measure(size)))
    return table


async def _measure(megabytes: int) -> tuple[float, ...]:
    one = {
        "sid": "SM" + "0" * 32,
        "body": "Hello there",
        "price": "-0.00750",
        "status": "delivered",
        "list": [1, 2.5, None],
    }
    text = json.dumps(one).encode()
    content = b"[" + b",".join([text] * (megabytes * 1_000_000 // (len(text) + 1))) + b"]"
    app = Stage()
    async with app.run_test(size=(120, 40)):
        app.view.focus()
        begun = time.perf_counter()
        app.view.set_document(content)
        while app.view.row_count < 100:
            await asyncio.sleep(0.005)
        first = time.perf_counter() - begun
        taken: list[float] = []
        while app.view.is_loading:
            taken += await _press(app)
        whole = time.perf_counter() - begun
        taken += await _press(app)
    p99, slowest = quantile(taken, 0.99), max(taken)
    return round(first, 3), round(whole, 2), round(median(taken), 1), round(p99, 1), round(slowest, 1)


async def _press(app: Stage) -> list[float]:
    taken: list[float] = []
    for key in KEYS:
        app.view.answered = asyncio.Event()
        begun = time.perf_counter()
        app.simulate_key(key)
        await asyncio.wait_for(app.view.answered.wait(), 10)
        taken.append((time.perf_counter() - begun) * 1e3)
    return taken
