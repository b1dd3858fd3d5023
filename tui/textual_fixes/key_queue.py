"""Key queue: each key takes effect before the next is looked at, however many arrive at once.

Textual: the app hands a key to what has the focus and goes on to the next key, while the first still travels up from
there to its action. Over a slow line keys arrive many at once: `/maya` then opens the filter behind the list's back,
and m, a, y are looked up wherever the focus happens to be by then.
Needed: a key waits here until the one before has been answered: its action has run, messages that it posted have been
handled, and the screen it opened has been drawn and has the focus. And nobody answers a question that cannot be seen
yet: for what cannot be undone, `IgnoresTypeAhead` drops what was typed before the terminal has shown the question. A
key that came in one packet with an escape does nothing where that escape closed a screen.
When it changes: with Textual's own `on_event` the tests of this file fail; where they pass, it can go, but for
`IgnoresTypeAhead`. Knows no screen and no action.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final
from weakref import WeakSet

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import ModalScreen, Screen
from textual.widgets import Input
from textual.worker import Worker

from tui.textual_fixes.display_ack import DisplayAck, look_at
from tui.textual_fixes.input_fields import InOrder
from tui.textual_fixes.key_decoder import Chord, Hasty

if TYPE_CHECKING:
    from textual.widget import Widget as _Widget
else:
    # Another base in front of the screen's own would hide that one's styles.
    _Widget = object

ASKS: Final = "asks"
"""The name of a worker that will open a screen: keys wait for it, for `WORKER_SECONDS` at most."""

WORKER_SECONDS: Final = 0.3
"""It may wait for the network; who goes on typing for longer than this sees where the keys go."""

LONGEST: Final = 3.0
"""Seconds after which keys are let through whatever is under way: a way out must remain."""

BREATH: Final = 0.1
"""Seconds; a key that follows a dropped one within them was meant together with it."""

_LOOK: Final = 0.02
"""Seconds between two looks at whether something that should answer is still there."""

_ECHOES: Final = 2
"""How often what a key has caused is followed up: a field's message, and what its screen posts on hearing it."""


class IgnoresTypeAhead(_Widget):
    """A question that is not answered by what was typed or clicked before it could be read; escape always goes back."""

    look: DisplayAck | None = None
    """The look at it as it stands; None before it was drawn."""

    def comes_too_early(self, event: events.Event) -> bool:
        """Whether this was done before the question could be read."""
        return not _is_escape(event) and (self.look is None or not self.look.was_before(event.time))

    def ask_again(self) -> None:
        """It asks something else from now on: what was done before that could be read answers nothing."""
        self.look = None

        def look() -> None:
            self.look = look_at(self.app._driver, monotonic())  # pyright: ignore[reportPrivateUsage] - it has no other name

        self.call_after_refresh(look)


def _is_escape(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.key == "escape"


class Navigable(_Widget):
    """A list or a text in which some keys do nothing but move: held down, they need not wait for one another."""

    MOVES: ClassVar[frozenset[str]] = frozenset(
        {"cursor_up", "cursor_down", "line_up", "line_down", "page_up", "page_down", "first", "last"}
    )

    def only_moves(self, key: str) -> bool:
        """Whether this key does nothing here but move."""
        return any(binding.action in self.MOVES for binding in self._bindings.key_to_bindings.get(key, ()))


def _leads_nowhere(event: events.Event, focused: DOMNode | None) -> bool:
    """Whether a key concerns what has the focus and nothing else, which takes such keys in their order by itself."""
    match focused:
        case InOrder():
            return isinstance(event, events.Key) and event.is_printable
        case Navigable():
            return isinstance(event, events.Key) and focused.only_moves(event.key)
        case _:
            return False


def _escape_at(when: float) -> events.Key:
    escape = events.Key("escape", "\x1b")
    escape.time = when
    return escape


class SerialKeyApp(App[None]):
    """An app whose keys take effect one after the other."""

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self._held: deque[events.Event] = deque()
        self._answering: asyncio.Task[None] | None = None
        self._on_their_way: DOMNode | None = None
        self._given_up: WeakSet[Worker[object]] = WeakSet()
        self._seen: Screen[object] | None = None
        self._behind: tuple[Screen[object], DisplayAck] | None = None
        self._dropped = -BREATH
        """When the last key was pressed that was dropped since nobody had seen where a question led."""
        self._escape_led_away = False

    async def on_event(self, event: events.Event) -> None:
        """Take a key, or let it wait for the one before."""
        if isinstance(event, events.MouseDown | events.MouseUp) and not event.is_forwarded:
            if not self._comes_too_early(event):
                await super().on_event(event)
        elif not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._answering is not None:
            self._held.append(event)
        else:
            await self._take(event)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Note since when a question can be read."""
        super()._display(screen, renderable)
        if renderable is not None and not self._batch_count and screen is not self._seen:
            self._seen = screen
            if isinstance(screen, IgnoresTypeAhead) and screen.look is None:
                screen.look = look_at(self._driver, monotonic())

    async def on_unmount(self) -> None:
        if self._answering is not None:
            self._answering.cancel()

    async def _take(self, event: events.Event) -> None:
        if not self.screen_stack:
            return
        screen, focused = self.screen, self.focused
        alone = _leads_nowhere(event, focused)
        if self._on_their_way is not None and not (alone and focused is self._on_their_way):
            # What was let through before has to arrive before this one.
            self._held.appendleft(event)
            before, self._on_their_way = self._on_their_way, None
            self._answering = asyncio.create_task(self._answer(screen, before))
            return
        if isinstance(event, Chord) and isinstance(screen, ModalScreen):
            # Nothing in a question or a menu is done with alt: it was escape, and another key in a hurry. Where one
            # types it may be a habit from elsewhere.
            self._escape_led_away = True
            if event.key != "shift+tab" and not isinstance(focused, InOrder | Input):
                event = _escape_at(event.time)
        if self._comes_too_early(event):
            return
        await super().on_event(event)
        if alone:
            self._on_their_way = focused
        else:
            final, escaped = isinstance(screen, IgnoresTypeAhead), _is_escape(event)
            target = focused or screen
            self._answering = asyncio.create_task(self._answer(screen, target, final=final, escaped=escaped))

    def _comes_too_early(self, event: events.Event) -> bool:
        """Whether this was done before what it would act on could be read, where that matters."""
        screen = self.screen if self.screen_stack else None
        if isinstance(screen, IgnoresTypeAhead) and screen.comes_too_early(event):
            return True
        if isinstance(event, Hasty) and self._escape_led_away:
            return not (event.is_printable and isinstance(self.focused, InOrder | Input))
        if _is_escape(event):
            return False
        if self._behind is not None:
            behind, look = self._behind
            if behind is screen and not look.was_before(event.time):
                self._dropped = event.time
                return True
            self._behind = None
        if 0 <= event.time - self._dropped < BREATH:
            self._dropped = event.time
            return True
        return False

    async def _go_on(self) -> None:
        self._answering = None
        while self._held and self._answering is None:
            await self._take(self._held.popleft())

    async def _answer(
        self, screen: Screen[object], target: DOMNode, *, final: bool = False, escaped: bool = False
    ) -> None:
        """Wait until a key has been answered, then take the next.

        After one that is `final` and closed its screen, what was pressed before another was seen is let go of: a
        second, impatient press was meant for the question, not for what it led to. After one that `escaped` so are
        keys that came along with it.
        """
        # Better out of turn than never: whatever goes wrong here, a program that takes no keys is worse.
        with suppress(Exception):
            async with asyncio.timeout(LONGEST):
                await self._climb(target)
                await self._stand(screen)
        if self.screen_stack:
            if final and self.screen is not screen:
                self._behind = self.screen, look_at(self._driver, monotonic())
            if escaped:
                # A form that stands in a place of its own is left for another focus in the same place.
                self._escape_led_away = (self.focused or self.screen) is not target
        if not self.call_later(self._go_on):
            self._answering = None

    async def _stand(self, screen: Screen[object]) -> None:
        """Wait until the screen and its focus are what they will be."""
        while True:
            before = (self.screen, self.focused)
            for _ in range(_ECHOES):
                await self._climb(self.focused or self.screen)
            waited = await self._opened_by_workers()
            if self.screen is not screen:
                screen = self.screen
                await self._drawn(screen)
            elif not waited and before == (self.screen, self.focused):
                return

    async def _climb(self, start: DOMNode) -> None:
        """Wait until everything posted so far has been heard, from here up to the app."""
        for node in start.ancestors_with_self:
            heard = asyncio.Event()
            if node.call_later(heard.set):
                await self._until(heard, node)

    async def _drawn(self, screen: Screen[object]) -> None:
        drawn = asyncio.Event()
        if screen.call_after_refresh(drawn.set):
            await self._until(drawn, screen)

    async def _until(self, so: asyncio.Event, node: DOMNode) -> None:
        # What is removed meanwhile never answers.
        while not so.is_set() and (node.is_attached if node is not self else self.is_running):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await so.wait()

    async def _opened_by_workers(self) -> bool:
        """Wait for work that will open a screen, for a while; whether there was any."""
        asking = [worker for worker in self.workers if worker.name == ASKS and worker not in self._given_up]
        end = monotonic() + WORKER_SECONDS
        while any(not worker.is_finished for worker in asking) and monotonic() < end:  # noqa: ASYNC110
            # A worker tells of its end nobody but its own widget.
            await asyncio.sleep(_LOOK / 4)
        self._given_up.update(asking)
        return bool(asking)
