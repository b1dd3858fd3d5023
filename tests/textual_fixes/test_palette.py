"""What is typed into the palette before its providers have started is found all the same."""

from __future__ import annotations

import asyncio

from textual.app import App
from textual.command import Hit, Hits

from tui.textual_fixes.palette import Palette, StartsOnce


async def test_keys_that_come_before_a_provider_has_started_do_not_end_its_start(until, text_of):
    may_start = asyncio.Event()

    class Fruit(StartsOnce):
        async def startup(self) -> None:
            await may_start.wait()

        async def search(self, query: str) -> Hits:
            if query == "apple":
                yield Hit(1.0, "Eat an apple", lambda: None)

    app: App[None] = App()
    async with app.run_test() as pilot:
        app.push_screen(Palette(providers=[Fruit]))
        await until(pilot, lambda: isinstance(app.screen, Palette))
        await pilot.press(*"apple")
        may_start.set()
        await until(pilot, lambda: "Eat an apple" in text_of(pilot))
