"""`textual.app.App` with every workaround of this room in its place; what is peculiar to tuilio is in `tui.app`.

In Textual, each with what is done about it:

- a changed line is written whole: what differs from the terminal's cells is written (`painter`), anew after what may
  have changed them behind the app's back (a resize, ctrl+z and fg);
- the variables of a theme are computed five times at a start, 6 ms each: once for each theme;
- 50 ms pass at each change of mode, to hide what is half made: a screen is drawn once, when it has been made;
- NO_COLOR gives greys: the painter takes colours out (`no_color`);
- the Linux console shows a cursor's background as black: the painter gives another (`dark_papers`);
- a crash prints the variables of every frame, which may hold secrets, and ends with status 0: the traceback shows none,
  its text passes `safe_text`, and the status is 1;
- notices can be clicked away but have no key: escape takes them away, whatever else it does;
- a key that is held fills the screen with the same notice: what is said again takes the place of what stands there;
- a notice that is taken away leaves a line of room behind, and where these fill the rack none is seen any more: its
  holder goes with it; and where not all fit, the newest is not seen: it stands first;
- text that the mouse marked is copied by ctrl+c alone, which quits here: c copies it too, and a marked text goes first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from rich.console import RenderableType
from rich.style import Style
from textual import events
from textual.app import App
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome
from textual.notifications import Notify, SeverityLevel
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets._toast import (  # pyright: ignore[reportPrivateUsage] - they have no public names
    Toast,
    ToastRack,
)

from tui.safe_text import safe_text
from tui.textual_fixes.control_filter import ControlFilter
from tui.textual_fixes.input_fields import InOrder
from tui.textual_fixes.key_queue import SerialKeyApp
from tui.textual_fixes.left_screens import Workers
from tui.textual_fixes.notices import TimedNotice
from tui.textual_fixes.painter import CompositorUpdate, Difference, Painter
from tui.textual_fixes.style_cache import KeptStylesheet, let_go_of_removed

_VARIABLES: dict[str, tuple[Theme, dict[str, str]]] = {}


class PatchedApp(SerialKeyApp):
    """An app that writes little, takes keys in their order and ends without showing secrets.

    Args:
        driver_class: the driver, see `textual.app.App`.
        fills: whether the terminal fills with colour what it erases; see `terminal_types`.
        bright_backgrounds: whether it has them.
    """

    def __init__(
        self, driver_class: type[Driver] | None = None, *, fills: bool = False, bright_backgrounds: bool = True
    ) -> None:
        super().__init__(driver_class=driver_class)
        self._workers = Workers(self)
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        restyle = None
        if self.no_color:
            restyle = self._without_colours()
        elif not bright_backgrounds:
            from tui.textual_fixes.dark_papers import with_dark_paper

            restyle = with_dark_paper
        self._painter = Painter(restyle, fills=fills)
        # One shared instance: Textual keeps drawn lines for each filter.
        self._control_filter = ControlFilter()
        self.animation_level = "none"

    def _without_colours(self) -> Callable[[Style], Style]:
        from tui.textual_fixes.no_color import NoColor

        return NoColor(lambda: self.theme_variables)

    def get_css_variables(self) -> dict[str, str]:
        """The variables of the theme in use, computed once for each theme."""
        theme = self.current_theme
        if theme.name not in _VARIABLES or _VARIABLES[theme.name][0] is not theme:
            _VARIABLES[theme.name] = theme, super().get_css_variables()
        self.theme_variables = dict(_VARIABLES[theme.name][1])
        return self.theme_variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own and the second layer against control characters; greys are colours, which the painter takes."""
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome)]
        return [*filters, self._control_filter]

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, self._resumed)
        self.screen_change_signal.subscribe(self, self._another_screen)

    def _resumed(self, _: App[object]) -> None:
        self.action_redraw()

    def _another_screen(self, _: Screen[object]) -> None:
        let_go_of_removed()

    # -- what reaches the terminal -------------------------------------------------------------------

    @property
    def has_drawn(self) -> bool:
        """Whether anything stands on the terminal; headless, whether anything would."""
        return self._painter.knows_something or self.is_headless

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate):
            renderable = cast("RenderableType", Difference(renderable, self._painter))
        super()._display(screen, renderable)
        self.after_display(screen)

    def after_display(self, screen: Screen[object]) -> None:
        """Called after each write of a screen to the terminal; for the app to override."""

    def delay_update(self, delay: float = 0.05) -> None:
        """Wait for nothing at a change of mode."""

    def on_resize(self) -> None:
        if self._painter.knows_something:
            self.action_redraw()

    def action_redraw(self) -> None:
        """Write everything anew, for when something else wrote on the terminal."""
        self._painter.forget()
        self.screen.refresh()

    def copy_to_clipboard(self, text: str) -> None:
        """Hand a text to the terminal's clipboard; half of a character, which no terminal takes, becomes U+FFFD."""
        super().copy_to_clipboard(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

    # -- notices and marked text ---------------------------------------------------------------------

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Put up a notice, which goes by itself."""
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(TimedNotice(message, title, severity, seconds, markup=markup)))

    def on_notify(self, event: Notify) -> None:
        new = event.notification
        for shown in tuple(self._notifications):
            # What fails twice is told twice.
            if shown.severity == "information" and (shown.message, shown.title) == (new.message, new.title):
                self._unnotify(shown, refresh=False)

    def _refresh_notifications(self) -> None:
        """Put up the notices there are on the screen, the newest first, and take away what held others."""
        super()._refresh_notifications()
        # After the rack has been told, which is done by then.
        self.call_later(self._order_notices)

    def _order_notices(self) -> None:
        if not self.screen_stack:
            return
        try:
            rack = self.screen.get_child_by_type(ToastRack)
        except NoMatches:
            return
        raised = {ToastRack._toast_id(each): each.raised_at for each in self._notifications}  # pyright: ignore[reportPrivateUsage]
        for holder in rack.children:
            if holder.id not in raised:
                holder.remove()
        if len(raised) > 1:
            # Where more stand than fit, the last ones are not seen: the rack's way to the last one leads nowhere.
            rack.sort_children(key=lambda holder: raised.get(holder.id or "", 0.0), reverse=True)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded and self.screen_stack:
            # Where none is to be seen they are still to be read.
            if event.key == "escape" and any(notice.display for notice in self.screen.query(Toast)):
                self.clear_notifications()
            if event.key in ("c", "ctrl+c") and self._copy_marked(event.key):
                return
        await super().on_event(event)

    def _copy_marked(self, key: str) -> bool:
        marked = self.screen.get_selected_text()
        if not marked or (key == "c" and isinstance(self.focused, InOrder)):
            return False
        self.screen.clear_selection()
        self.copy_selection(marked)
        return True

    def copy_selection(self, text: str) -> None:
        """Copy what was marked with the mouse."""
        self.copy_to_clipboard(text)

    # -- ends ----------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        # An app that is ending: what was half made when a signal came misses its other half.
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End with this on the terminal and with the status of a failure.

        What an exception says may hold what somebody sent, and no widget stands between it and the terminal any more.
        """
        from rich.segment import Segment, Segments

        self._return_code = 1
        for renderable in renderables:
            safe = [
                Segment(safe_text(segment.text, limit=None, keep_newlines=True), segment.style)
                for segment in self.console.render(renderable, self.console.options)
            ]
            self._exit_renderables.append(Segments(safe))
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False, width=None))
