"""Someone who uses every place of the app for as long as they are let, while Twilio goes wrong again and again.

What is done, in which order and what goes wrong, follow from a seed alone.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from textual.events import Paste
from textual.pilot import Pilot

import tui.app
from tests.apart import Apart
from tests.conftest import screen_text
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
from tui.textual_fixes.key_queue import IgnoresTypeAhead
from tui.twilio.errors import RequestFailed

PLACES = {
    "messages": "f2",
    "compose": "f3",
    "delivery": "f4",
    "console": "f5",
    "webhooks": "f6",
    "connections": "alt+o",
}
SIZES = ((80, 24), (120, 40), (40, 12), (200, 60), (20, 5))
PATIENCE = 20.0

Deeds: TypeAlias = Mapping[str, tuple[int, Callable[[], Awaitable[bool | None]]]]
"""Name → how often, beside the others, and what; False from one that could not come to its end."""


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

    Attributes:
        folder: for files.
        numbers: the account's own.
        done, whole: count what was done, and what of it came to its end.
        sent: the text of each message asked for.
        replies: what is typed to somebody and not sent, by connection and number.
        keys: how many that took.
        chosen: chooses.
    """

    def __init__(
        self, pilot: Pilot[Any], service: Apart, seed: int, folder: Path, more: Callable[[Person], Deeds]
    ) -> None:
        self.pilot = pilot
        self.app: Watched = pilot.app  # type: ignore[assignment]
        self.folder, self.numbers = folder, service.numbers
        self.done: Counter[str] = Counter()
        self.whole: Counter[str] = Counter()
        self.sent: list[str] = []
        self.replies: dict[tuple[str, str], str] = {}
        self.keys = 0
        self._last: deque[str] = deque(maxlen=30)
        self.chosen = random.Random(seed)
        self._service = service
        self._texts = 0
        # It waits behind what the sandbox is asked of a million messages, which takes long on a busy machine.
        self._outside = httpx.AsyncClient(base_url=f"{service.origin}/_sandbox", trust_env=False, timeout=3 * PATIENCE)
        short = {
            self.read: 6,
            self.send: 4,
            self.ask_by_hand: 3,
            self.send_by_hand: 1,
            self.receive: 2,
            self.start_or_stop_the_receiver: 1,
            self.switch: 2,
            self.resize: 2,
            self.wander_with_a_draft: 2,
            self.look_around: 1,
        }
        self._deeds: Deeds = {
            **{do.__name__: (weight, do) for do, weight in short.items()},
            **more(self),
        }
        self._short = [do.__name__ for do in short]

    @property
    def count(self) -> int:
        """How many things were done."""
        return self.done.total()

    @property
    def deeds(self) -> tuple[str, ...]:
        """The names of everything that can be done."""
        return tuple(self._deeds)

    async def use(self, so_long: Callable[[], bool]) -> None:
        """Do one thing after the other."""
        weights = [weight for weight, _ in self._deeds.values()]
        while so_long():
            [deed] = self.chosen.choices(self.deeds, weights)
            await self._do(deed)

    async def do_each(self) -> None:
        """Do each of the short ones once, and what sends."""
        deeds = [*self._short, "converse", "write_to_many"]
        self.chosen.shuffle(deeds)
        for deed in deeds:
            await self._do(deed)

    async def _do(self, deed: str) -> None:
        await self.break_something()
        try:
            came_to_its_end = await self._deeds[deed][1]()
            await self.come_back()
        except BaseException as problem:
            stacks = self.app._screen_stacks
            problem.add_note(f"in {deed} after {' '.join(self._last)}; {self.app.current_mode} of {stacks}\n")
            if self.app.screen_stack:
                problem.add_note(screen_text(self.pilot))
            raise
        self.done[deed] += 1
        self.whole[deed] += came_to_its_end is not False

    async def rest(self) -> None:
        """Nothing goes wrong any more; wait until what is under way has ended."""
        await self._outside.delete("faults")
        session, ends = self.app.session, ("watch", "job watch")
        await self.until(lambda: session.send_under_way is None and session.account is not None)
        await self.until(lambda: not session.all_jobs.running)
        # What watches never ends; all else that was begun has to.
        await self.until(lambda: {each.group for each in self.app.workers if each.is_running} <= set(ends))
        await self._outside.aclose()

    # -- what goes wrong -----------------------------------------------------------------------------

    async def break_something(self) -> None:
        if self.chosen.random() < 0.5:
            kind = self.chosen.choice(list(FaultKind))
            fault = {
                "kind": kind.value,
                "method": self.chosen.choice(("*", "GET", "POST")),
                "path": self.chosen.choice(("Messages", "Messages", "")),
                "times": self.chosen.choice((1, 1, 2, 3)),
                "seconds": 0.0005 if kind is FaultKind.DRIP else 0.2,
            }
            if kind is FaultKind.RATE_LIMIT:
                fault["retry_after"] = 0.1
            await self._outside.delete("faults")
            (await self._outside.post("faults", json=fault)).raise_for_status()

    # -- what is done --------------------------------------------------------------------------------

    async def read(self) -> None:
        await self.go("messages")
        await self.press(*self.chosen.choices(("down", "pagedown", "end", "home", "up", "r", "enter", "w"), k=8))
        await self.come_back()
        if self.chosen.random() < 0.3:
            await self.press("slash", "escape")

    async def send(self) -> None:
        await self.go("compose")
        await self.write(self.another_text())
        body = self.form.typed.body
        await self.press("ctrl+s")
        if not await self.soon(lambda: isinstance(self.app.screen, Review)):
            return
        await self.sent_by("y", body)
        await self.until(lambda: not isinstance(self.app.screen, Review))
        outcome = self.app.screen.query_one(Outcome)
        settled = lambda: outcome.sending is not None and not outcome.sending.stage.under_way  # noqa: E731
        if self.chosen.random() < 0.7:
            await self.soon(settled)

    async def ask_by_hand(self) -> None:
        await self.go("console")
        path = self.chosen.choice((MESSAGES_PATH, "/Accounts/$TWILIO_ACCOUNT_SID.json", "/Nothing.json"))
        query = f"PageSize={self.chosen.choice((1, 20, 200))}"
        await self.ask(RequestText(path=path, query=query, retries="1", delay="10"))
        await self.press(*self.chosen.choices(("down", "pagedown", "end", "f8"), k=3))

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
            for _ in range(self.chosen.randint(1, 30)):
                await self._outside.post(f"http://127.0.0.1:{listening.port}/sms", data=unsigned)

    async def start_or_stop_the_receiver(self) -> None:
        await self.go("webhooks")
        await self.press("s")
        await self.pilot.pause(0.1)
        await self.press(*self.chosen.choice((("y",), ("escape",))))
        await self.press("down", "enter")

    async def switch(self) -> None:
        before = self.app.session.account
        await self.press("ctrl+o", self.chosen.choice("12"))
        await self.until(lambda: self.app.session.account not in (None, before))

    async def resize(self) -> None:
        await self.pilot.resize_terminal(*self.chosen.choice(SIZES))

    async def wander_with_a_draft(self) -> None:
        await self.go("compose")
        text = self.another_text()
        await self.write(text)
        name = self.app.session.account.name if self.app.session.account else ""
        for place in self.chosen.sample(list(PLACES), 3):
            await self.go(place)
            if self.chosen.random() < 0.3:
                await self.switch()
                await self.come_back()
        if self.app.session.account is None or self.app.session.account.name != name:
            await self.press("ctrl+o", "1" if name == "one" else "2")
            await self.until(lambda: self.app.session.account is not None and self.app.session.account.name == name)
            await self.come_back()
        await self.go("compose")
        await self.until(lambda: self.form.typed.body == text)

    async def look_around(self) -> None:
        await self.go(self.chosen.choice(list(PLACES)))
        await self.press(self.chosen.choice(("f1", "ctrl+p")))
        await self.press("down", "down")

    # -- hands and eyes ------------------------------------------------------------------------------

    @property
    def form(self) -> DraftForm:
        return next(s for s in self.app._screen_stacks["compose"] if isinstance(s, ComposeScreen))._form

    def another_text(self) -> str:
        self._texts += 1
        return f"soak {self._texts}."

    async def sent_by(self, key: str, body: str) -> None:
        """Answer the review, once it can be read."""
        self.sent.append(body)
        await self.readable()
        await self.press(key)

    async def in_the_form(self) -> bool:
        """Be in Compose's form, not at what became of a send."""
        if isinstance(self.app.screen, ComposeScreen) and not self.form.display:
            await self.press("escape", "escape")
            await self.go("compose")
        return self.form.display

    async def write(self, text: str) -> None:
        await self.in_the_form()
        self.form.set_text("from_", self._service.numbers[0])
        self.form.set_text("to", "+14155550123")
        self.form.set_text("body", text)
        await self.pilot.pause()

    async def go(self, place: str) -> None:
        """Be in a place itself, with nothing over it."""
        await self.come_back()
        for _ in range(20):
            if self.app.current_mode != place:
                await self.press(PLACES[place])
                await self.until(lambda: self.app.current_mode == place and isinstance(self.app.screen, BaseScreen))
            elif self.app.screen is not self.app._places[place]:
                # What stood over it may lead back to where one came from.
                await self.press("escape")
            else:
                break
        await self.until(lambda: self.app.screen is self.app._places[place])
        await self.pilot.pause()

    async def come_back(self) -> None:
        """Leave every dialog."""
        for _ in range(8):
            if isinstance(top := self.app.screen, BaseScreen):
                return
            await self.press("escape")
            # It comes after the keys before it, and what they led to.
            await self.soon(lambda top=top: self.app.screen is not top)
        raise AssertionError(f"no way out of {self.app.screen}")

    async def readable(self) -> None:
        """Wait until a question can be read: before that it takes no key."""
        top = self.app.screen
        if isinstance(top, IgnoresTypeAhead):
            await self.until(lambda: top.look is not None or self.app.screen is not top)

    async def type(self, text: str) -> None:
        """Put a text where the cursor is, at once."""
        self.app.post_message(Paste(text))
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        self._last.extend(keys)
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
