"""Someone who uses every place of the app for as long as they are let, while Twilio goes wrong again and again.

What is done, in which order and what goes wrong, follow from a seed alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from textual.pilot import Pilot

import tui.app
from tests.apart import Apart
from tui.app import TuilioApp
from tui.cli import StartOptions
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.sandbox.faults import FaultKind
from tui.screens.base import BaseScreen
from tui.screens.compose.form import DraftForm
from tui.screens.compose.outcome import Outcome
from tui.screens.compose.screen import ComposeScreen
from tui.screens.console.form import RequestForm
from tui.screens.console.screen import ConsoleScreen
from tui.screens.sending.review import Review
from tui.services.session import Session
from tui.storage.errors import StorageError
from tui.twilio.errors import RequestFailed

PLACES = {"messages": "f2", "compose": "f3", "console": "f5", "webhooks": "f6", "connections": "alt+o"}
SIZES = ((80, 24), (120, 40), (40, 12), (200, 60), (20, 5))
PATIENCE = 20.0


class Watched(TuilioApp):
    """The app, with what nobody foresaw kept for the end."""

    CSS_PATH = Path(tui.app.__file__).with_name("app.tcss")

    def __init__(self, session: Session, start: StartOptions) -> None:
        super().__init__(session, start)
        self.unforeseen: list[BaseException] = []

    def report(self, problem: BaseException) -> None:
        if not isinstance(problem, RequestFailed | StorageError):
            self.unforeseen.append(problem)
        super().report(problem)


class Person:
    """The one at the keyboard.

    `sent` has the text of each message asked for, `done` counts what was done, `keys` the keys that took.
    """

    def __init__(self, pilot: Pilot[Any], service: Apart, seed: int) -> None:
        self.pilot = pilot
        self.app: Watched = pilot.app  # type: ignore[assignment]
        self.done: dict[str, int] = {}
        self.sent: list[str] = []
        self.keys = 0
        self._chosen = random.Random(seed)
        self._service = service
        self._texts = 0
        self._outside = httpx.AsyncClient(base_url=f"{service.origin}/_sandbox", trust_env=False, timeout=10)
        self._deeds: tuple[tuple[int, Callable[[], Awaitable[None]]], ...] = (
            (6, self.read),
            (4, self.send),
            (3, self.ask_by_hand),
            (1, self.send_by_hand),
            (2, self.receive),
            (1, self.start_or_stop_the_receiver),
            (2, self.switch),
            (2, self.resize),
            (2, self.wander_with_a_draft),
            (1, self.look_around),
        )

    @property
    def count(self) -> int:
        """How many things were done."""
        return sum(self.done.values())

    @property
    def deeds(self) -> tuple[str, ...]:
        """The names of everything that can be done."""
        return tuple(deed.__name__ for _, deed in self._deeds)

    async def use(self, so_long: Callable[[], bool]) -> None:
        """Do one thing after the other."""
        weights, deeds = zip(*self._deeds, strict=True)
        while so_long():
            [deed] = self._chosen.choices(deeds, weights)
            await self._do(deed)

    async def do_each(self) -> None:
        """Do everything once."""
        deeds = [deed for _, deed in self._deeds]
        self._chosen.shuffle(deeds)
        for deed in deeds:
            await self._do(deed)

    async def _do(self, deed: Callable[[], Awaitable[None]]) -> None:
        await self.break_something()
        await deed()
        await self.come_back()
        self.done[deed.__name__] = self.done.get(deed.__name__, 0) + 1

    async def rest(self) -> None:
        """Nothing goes wrong any more; wait until what is under way has ended."""
        await self._outside.delete("faults")
        await self.until(lambda: self.app.session.send_under_way is None and self.app.session.account is not None)
        await self._outside.aclose()

    # -- what goes wrong -----------------------------------------------------------------------------

    async def break_something(self) -> None:
        if self._chosen.random() < 0.5:
            kind = self._chosen.choice(list(FaultKind))
            fault = {
                "kind": kind.value,
                "method": self._chosen.choice(("*", "GET", "POST")),
                "path": "Messages",
                "times": self._chosen.choice((1, 1, 2, 3)),
                "seconds": 0.0005 if kind is FaultKind.DRIP else 0.2,
            }
            if kind is FaultKind.RATE_LIMIT:
                fault["retry_after"] = 0.1
            await self._outside.delete("faults")
            (await self._outside.post("faults", json=fault)).raise_for_status()

    # -- what is done --------------------------------------------------------------------------------

    async def read(self) -> None:
        await self.go("messages")
        await self.press(*self._chosen.choices(("down", "pagedown", "end", "home", "up", "r", "enter", "w"), k=8))
        await self.come_back()
        if self._chosen.random() < 0.3:
            await self.press("slash", "escape")

    async def send(self) -> None:
        await self.go("compose")
        await self.write(self.another_text())
        body = self.form.typed.body
        await self.press("ctrl+s")
        if not await self.soon(lambda: isinstance(self.app.screen, Review)):
            return
        self.sent.append(body)
        await self.press("y")
        await self.until(lambda: not isinstance(self.app.screen, Review))
        outcome = self.app.screen.query_one(Outcome)
        settled = lambda: outcome.sending is not None and not outcome.sending.stage.under_way  # noqa: E731
        if self._chosen.random() < 0.7:
            await self.soon(settled)

    async def ask_by_hand(self) -> None:
        await self.go("console")
        path = self._chosen.choice((MESSAGES_PATH, "/Accounts/$TWILIO_ACCOUNT_SID.json", "/Nothing.json"))
        query = f"PageSize={self._chosen.choice((1, 20, 200))}"
        await self.ask(RequestText(path=path, query=query, retries="1", delay="10"))
        await self.press(*self._chosen.choices(("down", "pagedown", "end", "f8"), k=3))

    async def send_by_hand(self) -> None:
        await self.go("console")
        body = self.another_text()
        form = f"To=+14155550123\nFrom={self._service.numbers[0]}\nBody={body}"
        self.sent.append(body)
        await self.ask(RequestText(method="POST", path=MESSAGES_PATH, body_kind="form", body=form))

    async def ask(self, typed: RequestText) -> None:
        if not isinstance(self.app.screen, ConsoleScreen):
            return
        screen = self.app.screen
        screen.query_one(RequestForm).fill(typed)
        await self.press("ctrl+s")
        # Whatever it asks first, the one at the keyboard says yes.
        await self.press("y")
        await self.soon(lambda: screen.answer.ended)

    async def receive(self) -> None:
        told = {"From": "+14155550199", "To": self._service.numbers[0], "Body": "soon"}
        (await self._outside.post("inbound", json=told)).raise_for_status()
        if (listening := self.app.session.receiving.listening) is not None:
            unsigned = {"MessageSid": "SM" + "0" * 32, "From": "+1", "To": "+1", "Body": "nobody signed this"}
            for _ in range(self._chosen.randint(1, 30)):
                await self._outside.post(f"http://127.0.0.1:{listening.port}/sms", data=unsigned)

    async def start_or_stop_the_receiver(self) -> None:
        await self.go("webhooks")
        await self.press("s")
        await self.pilot.pause(0.1)
        await self.press(*self._chosen.choice((("y",), ("escape",))))
        await self.press("down", "enter")

    async def switch(self) -> None:
        before = self.app.session.account
        await self.press("ctrl+o", self._chosen.choice("12"))
        await self.until(lambda: self.app.session.account not in (None, before))

    async def resize(self) -> None:
        await self.pilot.resize_terminal(*self._chosen.choice(SIZES))

    async def wander_with_a_draft(self) -> None:
        await self.go("compose")
        text = self.another_text()
        await self.write(text)
        name = self.app.session.account.name if self.app.session.account else ""
        for place in self._chosen.sample(list(PLACES), 3):
            await self.go(place)
            if self._chosen.random() < 0.3:
                await self.switch()
                await self.come_back()
        if self.app.session.account is None or self.app.session.account.name != name:
            await self.press("ctrl+o", "1" if name == "one" else "2")
            await self.until(lambda: self.app.session.account is not None and self.app.session.account.name == name)
            await self.come_back()
        await self.go("compose")
        await self.until(lambda: self.form.typed.body == text)

    async def look_around(self) -> None:
        await self.go(self._chosen.choice(list(PLACES)))
        await self.press(self._chosen.choice(("f1", "ctrl+p")))
        await self.press("down", "down")

    # -- hands and eyes ------------------------------------------------------------------------------

    @property
    def form(self) -> DraftForm:
        return next(s for s in self.app._screen_stacks["compose"] if isinstance(s, ComposeScreen))._form

    def another_text(self) -> str:
        self._texts += 1
        return f"soak {self._texts}."

    async def write(self, text: str) -> None:
        if isinstance(self.app.screen, ComposeScreen) and not self.form.display:
            await self.press("escape", "escape")
            await self.go("compose")
        self.form.set_text("from_", self._service.numbers[0])
        self.form.set_text("to", "+14155550123")
        self.form.set_text("body", text)
        await self.pilot.pause()

    async def go(self, place: str) -> None:
        await self.come_back()
        await self.press(PLACES[place])
        await self.until(lambda: self.app.current_mode == place and isinstance(self.app.screen, BaseScreen))
        await self.pilot.pause()

    async def come_back(self) -> None:
        """Leave every dialog."""
        for _ in range(8):
            if isinstance(self.app.screen, BaseScreen):
                return
            await self.press("escape")
        raise AssertionError(f"no way out of {self.app.screen}")

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def soon(self, so: Callable[[], object], seconds: float = 2.0) -> bool:
        end = time.monotonic() + seconds
        while not so():
            if time.monotonic() > end:
                return False
            await self.pilot.pause(0.02)
        return True

    async def until(self, so: Callable[[], object]) -> None:
        if not await self.soon(so, PATIENCE):
            raise AssertionError(f"not so after {PATIENCE} s: {so} in {self.app.screen}, after {self.done}")
