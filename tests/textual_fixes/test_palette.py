"""What is typed into the palette before its providers have started is found all the same."""

from __future__ import annotations

import asyncio

from textual.app import App, SystemCommand
from textual.command import Hit, Hits

from tui.textual_fixes.palette import ActionCommands, Palette, StartsOnce


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


async def test_a_command_is_found_by_the_words_of_its_help_after_those_found_by_name(until, text_of):
    class Shop(App[None]):
        COMMANDS = {ActionCommands}

        def get_system_commands(self, screen):
            yield SystemCommand("Public address  (P)", "Get a URL through a tunnel program.", lambda: None)
            yield SystemCommand("Tunnels of old  (T)", "How they were dug.", lambda: None)
            yield SystemCommand("Redraw", "Draw the screen anew.", lambda: None)

    app = Shop()
    async with app.run_test() as pilot:
        app.push_screen(Palette())
        await until(pilot, lambda: isinstance(app.screen, Palette))
        await pilot.press(*"tunnel")
        await until(pilot, lambda: "Public address" in text_of(pilot))
        assert text_of(pilot).index("Tunnels of old") < text_of(pilot).index("Public address")
        assert "Redraw" not in text_of(pilot)
