"""The line of keys: it asks a screen what can be done there while that is seen, and again when it comes back."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen

from tests.conftest import screen_text
from tui.theme import own_variables
from tui.widgets.bars import KeyBar


class Desk(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("s", "sell", "Sell"), Binding("b", "buy", "Buy")]

    def __init__(self) -> None:
        super().__init__()
        self.closed = ""
        self.asked = 0

    def compose(self) -> ComposeResult:
        yield KeyBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        self.asked += 1
        return action != self.closed

    def action_sell(self) -> None: ...

    def action_buy(self) -> None: ...


class Question(ModalScreen[None]): ...


class Place(App[None]):
    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        return variables | own_variables(variables)


async def test_a_screen_is_asked_while_it_is_seen_and_when_it_comes_back() -> None:
    async with Place().run_test() as pilot:
        desk = Desk()
        await pilot.app.push_screen(desk)
        await pilot.pause()
        assert "Sell" in screen_text(pilot) and "Buy" in screen_text(pilot)
        # Before it is drawn for the first time nothing is asked for it.
        bar, desk.asked = KeyBar(), 0
        desk.mount(bar)
        bar._bindings_changed(None)
        assert desk.asked == 0
        await bar.remove()
        await pilot.app.push_screen(Screen())
        await pilot.pause()
        desk.closed, desk.asked = "sell", 0
        for _ in range(5):
            desk.refresh_bindings()
            await pilot.pause()
        assert desk.asked == 0
        await pilot.app.pop_screen()
        await pilot.pause()
        assert "Sell" not in screen_text(pilot) and "Buy" in screen_text(pilot)
        # Below a question it is seen.
        await pilot.app.push_screen(Question())
        desk.closed = "buy"
        desk.refresh_bindings()
        await pilot.pause()
        assert "Sell" in screen_text(pilot) and "Buy" not in screen_text(pilot)
