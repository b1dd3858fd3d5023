"""A large JSON answer in the console's view: when it can be read, and the slowest key in a list beside it meanwhile.

A key is timed from its arrival until its line is drawn.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable

from textual.app import App, ComposeResult

from tests.bench.figures import Table, median, quantile
from tui.theme import own_variables
from tui.widgets.response_view.json_view import JsonView
from tui.widgets.row_list import Piece, RowList

KEYS = ("down", "pagedown", "j", "k", "up", "pagedown", "pageup", "down")


class Timed(RowList):
    """Tells when a cursor move is drawn."""

    answered: asyncio.Event | None = None

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        yield f"row {index}", "plain"

    def watch_cursor(self, old: int, new: int) -> None:
        super().watch_cursor(old, new)
        if self.answered is not None:
            self.call_after_refresh(self.answered.set)


class Stage(App[None]):
    """The view below a list."""

    CSS = "Timed { height: 20; }"

    def __init__(self) -> None:
        super().__init__()
        self.list = Timed()
        self.view = JsonView()

    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self) -> ComposeResult:
        yield self.list
        yield self.view


def measure_answers(megabytes: list[float]) -> Table:
    """One line a size."""
    table = Table("JSON answer", ("all read s", "key ms", "p99 ms", "slowest ms"))
    for size in megabytes:
        table.add(f"{size} MB", *asyncio.run(_measure(size)))
    return table


async def _measure(megabytes: float) -> tuple[float, ...]:
    one = {
        "sid": "SM" + "0" * 32,
        "body": "Hello there",
        "price": "-0.00750",
        "status": "delivered",
        "list": [1, 2.5, None],
    }
    text = json.dumps(one).encode()
    content = b"[" + b",".join([text] * int(megabytes * 1_000_000 / (len(text) + 1))) + b"]"
    app = Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        app.list.set_row_count(1_000_000)
        app.list.focus()
        await pilot.pause()
        begun = time.perf_counter()
        app.view.set_document(content)
        taken: list[float] = []
        while app.view.is_loading:
            taken += await press_keys(app)
        whole = time.perf_counter() - begun
        taken += await press_keys(app)
    p99, slowest = quantile(taken, 0.99), max(taken)
    return round(whole, 2), round(median(taken), 1), round(p99, 1), round(slowest, 1)


async def press_keys(app: Stage) -> list[float]:
    """Press eight keys, one after the other is drawn; milliseconds of each."""
    taken: list[float] = []
    for key in KEYS:
        app.list.answered = asyncio.Event()
        begun = time.perf_counter()
        app.simulate_key(key)
        await asyncio.wait_for(app.list.answered.wait(), 10)
        taken.append((time.perf_counter() - begun) * 1e3)
    return taken
