"""The app: places as modes, theme, session wiring, exits. Wiring only; what a place does is in its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar, cast

from rich.console import RenderableType
from rich.style import Style
from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome
from textual.screen import Screen

from tui.actions import PLACES, show_key
from tui.cli import StartOptions
from tui.comfort import Comfort
from tui.keymap import set_active_keymap
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen, Navigate, WorkerFailed
from tui.services.session import EventType, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.textual_fixes.control_filter import ControlFilter
from tui.textual_fixes.key_decoder import LARGEST_PASTE, PasteTooLong
from tui.textual_fixes.painter import CompositorUpdate, Difference, Painter
from tui.textual_fixes.style_cache import KeptStylesheet, let_go_of_removed
from tui.textual_fixes.terminal_types import fills_with_colour
from tui.theme import DARK, FRUGAL, LIGHT, quiet
from tui.twilio.errors import RequestFailed
from tui.widgets.clicking import key_under


def _class_of(place: str) -> type[BaseScreen]:
    """The class of a place. Imported when it is first visited: each costs tens of milliseconds."""
    match place:
        case "compose":
            from tui.screens.compose.screen import ComposeScreen

            return ComposeScreen
        case "console":
            from tui.screens.console.screen import ConsoleScreen

            return ConsoleScreen
        case "webhooks":
            from tui.screens.webhooks.screen import WebhooksScreen

            return WebhooksScreen
        case "connections":
            from tui.screens.connections.screen import ConnectionsScreen

            return ConnectionsScreen
        case _:
            from tui.screens.messages.screen import MessagesScreen

            return MessagesScreen


class TuilioApp(Comfort):
    """tuilio."""

    TITLE = "tuilio"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        # Textual's own meanings of these two lose drafts or only explain themselves.
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
        Binding("ctrl+c", "leave", "Quit", show=False),
        # Textual's own has words of its own in F1 and in the palette itself.
        Binding("ctrl+p", "command_palette", show=False, id="everywhere.command_palette"),
        # Before the next key is read: over a slow line Tab and what is typed after it arrive as one burst.
        Binding("tab", "focus_next", "Next field", show=False, priority=True),
        Binding("shift+tab", "focus_previous", "Field before", show=False, priority=True),
    ]

    def __init__(
        self,
        session: Session,
        start: StartOptions,
        *,
        on_ready: Callable[[], None] = lambda: None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        self.session = session
        self._on_ready = on_ready
        self._begin = start
        self._places: dict[str, BaseScreen] = {}
        restyle = self._without_colours() if self.no_color else None
        self._painter = Painter(restyle, fills=fills_with_colour(session.environ))
        self._connecting = False
        # One for all: what was drawn is kept by the filter that it was drawn with.
        self._control_filter = ControlFilter()
        self._key_problems: tuple[str, ...] = ()
        self.animation_level = "none"
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.register_theme(FRUGAL)
        self.theme = FRUGAL.name if start.frugal else DARK.name
        for place, _ in PLACES:
            self.add_mode(place, partial(self._make, place))

    def _make(self, place: str) -> Screen[None]:
        screen = _class_of(place)(self.session)
        self._places[place] = screen
        return screen

    def _without_colours(self) -> Callable[[Style], Style]:
        from tui.textual_fixes.no_color import NoColor

        return NoColor(lambda: self.theme_variables)

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, and `$quiet`."""
        variables = super().get_css_variables()
        variables["quiet"] = quiet(variables["foreground"], variables["background"])
        return variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The second layer against control characters: whatever a widget draws, none reaches the terminal."""
        # Greys are colours too; the painter takes those out where none are wanted.
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome)]
        return [*filters, self._control_filter]

    # -- start ---------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the first place at once; reading and connecting come after it."""
        self._on_ready()
        # Before anything is drawn: sentences name these keys.
        self._take_keys()
        self.session.subscribe(self._happened)
        self.session.on_failure(self.report)
        # Textual leaves the screen empty after ctrl+z and fg (8.2.8).
        self.app_resume_signal.subscribe(self, self._resumed)
        self.screen_change_signal.subscribe(self, self._another_screen)
        self.expect()
        self.theme_file = self.session.paths.theme
        if not self._begin.frugal:
            self.take_theme()
        # What is chosen in a session that saves nothing lasts as long as it does.
        if not self._begin.sandbox:
            self.keep_theme()
        self.switch_mode(self._begin.screen)

    def expect(self) -> None:
        """Have the first picture say what is about to be opened, before the file with the connections is read."""
        saved = "the connection" if os.path.lexists(self.session.config_file) else ""
        self.session.opening = "sandbox" if self._begin.sandbox else self._begin.connection or saved

    def _take_keys(self) -> None:
        if not os.path.lexists(self.session.paths.keys):
            set_active_keymap({})
            return
        from tui.keymap import read_keys

        keys = read_keys(self.session.paths.keys)
        self.set_keymap(dict(keys.keymap))
        set_active_keymap(keys.keymap)
        self._key_problems = keys.problems

    def _connect(self) -> None:
        from tui.storage.preferences import shown_once

        session, begin = self.session, self._begin
        for words in self._key_problems[:3]:
            self.notify(words, title="keys.toml", severity="warning", timeout=12, markup=False)
        session.read_connections()
        if session.config_trouble is not None:
            self.notify(safe_text(str(session.config_trouble)), severity="error", timeout=12, markup=False)
        for problem in session.connections.problems:
            words = safe_text(f"{problem.reason} {problem.remedy}", limit=300)
            self.notify(words, severity="warning", timeout=12, markup=False)
        if begin.sandbox:
            session.run(session.use_sandbox())
        elif begin.connection is not None and begin.connection not in session.connections and len(session.connections):
            names = ", ".join(glimpse(name, 40) for name in list(session.connections)[:12])
            words = f"There is no connection “{glimpse(begin.connection, 40)}”. There are: {names}."
            self.notify(words, severity="error", timeout=12, markup=False)
            self._open_nothing()
            self.post_message(Navigate("connections"))
        elif begin.connection is not None:
            session.run(session.use(begin.connection))
        elif len(session.connections):
            if "SSH_CONNECTION" in session.environ and not begin.frugal and shown_once(session.paths.state, "frugal"):
                self.notify("If this line is slow: tuilio --frugal writes less to it.", markup=False)
            session.run(session.use(session.connections.default or next(iter(session.connections))))
        else:
            self._begin_with_none()

    def _open_nothing(self) -> None:
        self.session.opening = ""
        self.session.publish(SessionEvent(EventType.ACCOUNT))

    def _begin_with_none(self) -> None:
        session = self.session
        self._open_nothing()
        if session.config_trouble is not None or session.connections.problems:
            # Nobody's first start: the file is there, and Connections says what is wrong with it.
            self.post_message(Navigate("connections"))
        else:
            from tui.screens.welcome.screen import WelcomeScreen

            self.push_screen(WelcomeScreen(session))

    # -- what screens ask for ------------------------------------------------------------------------

    def _happened(self, event: SessionEvent) -> None:
        if event.what is EventType.ACCOUNT and self.session.trouble is not None:
            words = self.session.refusal
            if (account := self.session.account) is not None:
                words += f" You are still using {account.name}."
            elif self.session.given_up is not None:
                name, how = self.session.given_up
                words += f" {name} was {how}, so no connection is in use until one opens."
            self.notify(safe_text(words), severity="error", timeout=12, markup=False)
        elif event.what is EventType.NOTICE:
            self.notify(safe_text(event.words), severity="warning", timeout=12, markup=False)

    @on(Navigate)
    async def _go_to(self, message: Navigate) -> None:
        """Take the person to a place, and let it begin what was asked for."""
        message.came_from = self.current_mode
        await self.action_go(message.place)
        if (place := self._places.get(message.place)) is not None:
            place.navigated(message)

    def on_paste_too_long(self, _: PasteTooLong) -> None:
        """Say so, where the terminal's reader took nothing."""
        words = (
            f"What was pasted is longer than {LARGEST_PASTE:,} bytes, so nothing of it was taken. Paste it in parts."
        )
        self.notify(words, severity="warning", markup=False)

    def on_worker_failed(self, message: WorkerFailed) -> None:
        """Say that something failed, and go on."""
        self.report(message.problem)

    def report(self, problem: BaseException) -> None:
        """Tell the person about a failure nobody handled. Never raises."""
        words = safe_text(str(problem), limit=300) or type(problem).__name__
        if not isinstance(problem, RequestFailed | StorageError):
            # Those two speak for themselves; anything else was not foreseen.
            words = f"Something went wrong: {words}"
        self.notify(words, severity="error", timeout=12, markup=False)

    # -- actions -------------------------------------------------------------------------------------

    async def action_go(self, place: str) -> None:
        """Stand in another place."""
        if isinstance(self.screen, BaseScreen) and self.current_mode != place:
            with self.batch_update():
                await self.switch_mode(place)

    def delay_update(self, delay: float = 0.05) -> None:
        """Wait for nothing: Textual lets this many seconds pass at each change of place, to hide what is half made.

        Here it is drawn when it has been made, see `action_go`.
        """

    def action_switch_connection(self) -> None:
        """Choose the connection to use: one key to open, one to choose."""
        if not isinstance(self.screen, BaseScreen):
            return
        from tui.screens.connections.list import shorten_sid
        from tui.widgets.dialogs import Choice, Choose

        session = self.session
        used = session.account.name if session.account and not session.account.sandbox else None
        choices = [
            Choice(f"saved:{name}", glimpse(name, 36), shorten_sid(connection.account_sid))
            for name, connection in session.connections.items()
        ]
        if session.sandbox_offered:
            choices.append(Choice("sandbox", "sandbox", "embedded, nothing leaves this machine", "warn"))
        choices.append(Choice("manage", "add or change a connection…", "", "muted"))
        at = next((n for n, choice in enumerate(choices) if choice.key == f"saved:{used}"), 0)
        self.push_screen(Choose("Use which connection?", choices, at=at), self._connection_chosen)

    async def _connection_chosen(self, key: str | None) -> None:
        if key == "manage":
            await self.action_go("connections")
        elif key == "sandbox":
            self.session.run(self.session.use_sandbox())
        elif key is not None:
            self.session.run(self.session.use(key.removeprefix("saved:")))

    def action_help(self) -> None:
        """Explain the screen at hand; a question explains itself, so there it is the place that asks."""
        place = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, BaseScreen)), None)
        if place is not None:
            from tui.screens.help import HelpScreen

            self.push_screen(HelpScreen(place, self._key_problems))

    async def action_leave(self) -> None:
        """Quit, unless something would be left behind without a word."""
        from tui.screens.quit_dialogs import PUT_AWAY_IN, LeaveUnkept, LeaveWhileSending, say_left
        from tui.widgets.dialogs import Confirm

        if isinstance(self.screen, Confirm):
            return
        places = list(self._places.values())
        for place in places:
            # A disk that hangs must not keep the question back.
            await place.put_away(PUT_AWAY_IN)
        if self.session.in_flight is not None or self.session.preparing:
            question: Confirm = LeaveWhileSending(self.session)
        elif left := say_left(places):
            question = LeaveUnkept(places, left)
        else:
            self.exit()
            return
        self.push_screen(question, self._leave_answered)

    def _leave_answered(self, yes: bool | None) -> None:
        if yes:
            self.exit()

    def on_click(self, event: events.Click) -> None:
        """Press the key that is named under the pointer."""
        if key := key_under(event):
            self.simulate_key(key)

    async def on_unmount(self) -> None:
        """Close what is open; a send cut off here stands as unknown in the outbox."""
        await self.session.close()

    def action_command_palette(self) -> None:
        """Find any action by its name."""
        from tui.textual_fixes.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Choose the colours."""
        from textual.theme import ThemeProvider

        from tui.textual_fixes.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the place at hand, with its key, then those that work everywhere."""
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.tooltip or binding.action in seen or not active.enabled or "palette" in binding.action:
                continue
            seen.add(binding.action)
            node, action = active.node, binding.action
            yield SystemCommand(
                f"{binding.description}  ({binding.key_display or show_key(binding.key)})",
                binding.tooltip,
                lambda node=node, action=action: self.run_action(action, node),
            )
        yield SystemCommand("Theme", "Change the colours.", self.action_change_theme)
        yield SystemCommand("Redraw", "Draw the screen anew, when something else wrote on it.", self.action_redraw)

    # -- what reaches the terminal -------------------------------------------------------------------

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Write the difference to what is there; Textual writes whole lines (8.2.8)."""
        if isinstance(renderable, CompositorUpdate):
            renderable = cast("RenderableType", Difference(renderable, self._painter))
        super()._display(screen, renderable)
        drawn = self._painter.knows_something or self.is_headless
        if isinstance(screen, BaseScreen) and drawn and not self._connecting:
            # Not before there is something to see: connecting imports what takes its time.
            self._connecting = True
            screen.call_after_refresh(self._connect)

    def on_resize(self) -> None:
        """What a terminal does to its lines when it changes its size is not known."""
        if self._painter.knows_something:
            self.action_redraw()

    def _another_screen(self, _: Screen[object]) -> None:
        let_go_of_removed()

    def _resumed(self, _: App[object]) -> None:
        self.action_redraw()

    def copy_to_clipboard(self, text: str) -> None:
        """Hand a text to the terminal's clipboard; half of a character, which no terminal takes, becomes U+FFFD."""
        super().copy_to_clipboard(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

    def action_redraw(self) -> None:
        """Write everything anew, for when something else wrote on the terminal."""
        self._painter.forget()
        self.screen.refresh()

    # -- exits ---------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Every way out asks the same questions."""
        await self.action_leave()

    def _handle_exception(self, error: Exception) -> None:
        """End the app, unless it is ending: what was half made when a signal came misses its other half."""
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End with this on the terminal, and with the status of a failure, whoever panics: Textual's says 0 (8.2.8).

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
        """End after an unforeseen exception, with a traceback that shows no variables: they may hold secrets.

        Textual's own prints locals; there is no public way to say otherwise (8.2.8).
        """
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False, width=None))
