"""What every screen is as well: laid out for the terminal's present size only, styled for it from the beginning, styled
again only when the app looks different, and left once.

Textual: each layout of a screen tells the screen of its new size, which lays it out once more. When the terminal
changes its size faster than a screen can be drawn, two sizes in the queue call for each other for ever: the core is
busy, and the screen stays empty. It also styles every widget of a screen anew whenever one comes back to it, which
takes half of what that takes, though widgets follow their classes and their focus while they are not shown.
And it tells a screen of its breakpoints only after all of it was styled without them: 10 to 20 ms for each first visit.
While updates are batched it draws what was laid out all the same and throws that away: 8 ms of a start.
Needed: sizes that the terminal no longer has are dropped. When it changes: tests/terminal/test_sizes.py without it.

Textual: `dismiss` takes away whichever screen is on top, not the one that is dismissed, and gives its answer, a second
one too. So a dialog that ends by itself while help stands over it takes away the help, and crashes at the next try.
Needed: a screen is dismissed where it is on top. When it changes: tests/textual_fixes/test_patched_screen.py.

Textual: a widget is told of its size, and shown, where the layout before did not have it. Whoever asks where any widget
stands between its mounting and its layout (`Widget.region`) has all of it arranged and taken for that layout before:
the widget is told nothing, ever. So the conversation beside a message stayed empty, in one of 20 starts of a busy
machine.
Needed: each layout is compared with the one before. When it changes: tests/textual_fixes/test_patched_screen.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.await_complete import AwaitComplete

if TYPE_CHECKING:
    from textual._compositor import CompositorMap
    from textual.geometry import Size
    from textual.message_pump import MessagePump as _Pump
    from textual.screen import Screen
else:
    # Another base in front of the screen's own would hide that one's styles.
    _Pump = object


class PatchedScreen(_Pump):
    """What every screen is as well."""

    _styled_for: object = None
    _laid_out: CompositorMap | None = None
    """Where everything stood when it was laid out last."""

    async def on_event(self, event: events.Event) -> None:
        """Let go of sizes the terminal no longer has; the one it has comes by itself."""
        if isinstance(event, events.Resize) and event.size != self.app.size:
            event.stop()
            return
        if isinstance(event, events.Compose):
            self._take_breakpoints()
        if isinstance(event, events.ScreenResume):
            now = (self.app.theme, self.app.app_focus, self.app.ansi_color)
            event.refresh_styles = self._styled_for not in (None, now)
            if self._styled_for is None:
                # What it holds was styled when it was mounted; its own file was read after it was made.
                self.app.stylesheet.apply(cast("Screen[object]", self))
            self._styled_for = now
        await super().on_event(event)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """Tell whoever is new, or of another size, since the last layout, whatever was asked of this meanwhile."""
        screen = cast("Screen[object]", self)
        compositor, before = screen._compositor, self._laid_out  # pyright: ignore[reportPrivateUsage]
        if before is not None and before is not compositor._full_map:  # pyright: ignore[reportPrivateUsage]
            compositor._full_map = before  # pyright: ignore[reportPrivateUsage]
            compositor._full_map_invalidated = True  # pyright: ignore[reportPrivateUsage]
        cast("Screen[object]", super())._refresh_layout(size, scroll)  # pyright: ignore[reportPrivateUsage]
        self._laid_out = compositor._full_map  # pyright: ignore[reportPrivateUsage]
        if self._laid_out is not before:
            # It was made just now: whoever asks next where a widget stands need not have all arranged once more.
            compositor._full_map_invalidated = False  # pyright: ignore[reportPrivateUsage]

    def _compositor_refresh(self) -> None:
        """Draw nothing that would not be shown; it is still to be drawn when the batch ends."""
        screen = cast("Screen[object]", self)
        if screen.app._batch_count:  # pyright: ignore[reportPrivateUsage]
            screen.app._display(screen, None)  # pyright: ignore[reportPrivateUsage]
        else:
            cast("Screen[object]", super())._compositor_refresh()  # pyright: ignore[reportPrivateUsage]

    def _take_breakpoints(self) -> None:
        """Have the classes of the terminal's size before anything is mounted, and styled by them."""
        screen, size = cast("Screen[object]", self), self.app.size
        ways = ((size.width, screen.HORIZONTAL_BREAKPOINTS), (size.height, screen.VERTICAL_BREAKPOINTS))
        for cells, breakpoints in ways:
            for name in screen._get_breakpoint_classes(cells, breakpoints or []):  # pyright: ignore[reportPrivateUsage]
                screen.add_class(name, update=False)

    def dismiss(self, result: object = None) -> AwaitComplete:
        """Leave the screen with an answer, unless it was left already or another one stands over it."""
        screen = cast("Screen[object]", self)
        if not screen.is_active:
            return AwaitComplete.nothing()
        return cast("Screen[object]", super()).dismiss(result)
