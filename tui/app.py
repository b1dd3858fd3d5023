"""The Textual app: screens as modes, navigation, theme, exits. What a screen does is in its folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import InvalidThemeError, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.reactive import reactive
from textual.screen import Screen
from textual.theme import Theme

from tui.actions import OFFERED_EVERYWHERE, PLACES, show_key
from tui.cli import StartOptions
from tui.keymap import key_of, name_keys, read_keys, set_active_keymap
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen, Navigate
from tui.services.session import EventType, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.textual_fixes.input_fields import InOrder
from tui.textual_fixes.key_decoder import LARGEST_PASTE, PasteTooLong
from tui.textual_fixes.patched_app import PatchedApp
from tui.textual_fixes.terminal_types import fills_with_colour, is_linux_console
from tui.textual_fixes.worker_errors import WorkerFailed
from tui.theme import DARK, FRUGAL, THEMES, Tone, own_variables
from tui.twilio.errors import RequestFailed
from tui.widgets.bars import key_under

if TYPE_CHECKING:
    from textual.command import Provider

    from tui.screens.jobs.job_watch import JobWatch


def _class_of(place: str) -> type[BaseScreen]:
    """The class of a place. Imported when it is first visited: each costs tens of milliseconds."""
    match place:
        case "compose":
            from tui.screens.compose.screen import ComposeScreen

            return ComposeScreen
        case "delivery":
            from tui.screens.delivery.screen import DeliveryScreen

            return DeliveryScreen
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


def _action_commands() -> type[Provider]:
    # Imported when the palette is opened: it takes long.
    from tui.textual_fixes.palette import ActionCommands

    return ActionCommands


class TuilioApp(PatchedApp):
    """tuilio."""

    TITLE = "tuilio"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {_action_commands}
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

    jobs_mark: reactive[tuple[str, Tone]] = reactive[tuple[str, Tone]](("", "plain"))
    """How the jobs of the account in use stand, for every top bar: what it says, and in which tone."""

    def __init__(
        self,
        session: Session,
        start: StartOptions,
        *,
        on_ready: Callable[[], None] = lambda: None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        environ = session.environ
        super().__init__(
            driver_class,
            fills=fills_with_colour(environ),
            bright_backgrounds=not is_linux_console(environ),
        )
        self.session = session
        self._on_ready = on_ready
        self._begin = start
        self._places: dict[str, BaseScreen] = {}
        self._connecting = False
        self._key_problems: tuple[str, ...] = ()
        self._job_watch: JobWatch | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = FRUGAL.name if start.frugal else start.theme or DARK.name
        for place, _ in PLACES:
            self.add_mode(place, partial(self._make, place))

    def _make(self, place: str) -> Screen[None]:
        screen = _class_of(place)(self.session)
        self._places[place] = screen
        return screen

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, and those of `own_variables`."""
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # Where tab completes, it leads to no other field.
        if action == "focus_next" and isinstance(self.focused, InOrder) and self.focused.completes:
            return False
        return super().check_action(action, parameters)

    # -- start ---------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._on_ready()
        # Before anything is drawn: sentences name these keys.
        self._take_keys()
        self.session.subscribe(self._happened)
        self.session.on_failure(self.report)
        self.expect()
        if not self._begin.frugal and self._begin.theme is None:
            self.take_theme()
        # What is chosen in a session that saves nothing lasts as long as it does.
        if not self._begin.sandbox:
            self.theme_changed_signal.subscribe(self, self._theme_chosen)
        self.switch_mode(self._begin.screen)

    def expect(self) -> None:
        """Have the first picture say what is about to be opened, before the file with the connections is read."""
        saved = "the connection" if os.path.lexists(self.session.saved.file) else ""
        self.session.opening = "sandbox" if self._begin.sandbox else self._begin.connection or saved

    def _take_keys(self) -> None:
        if not os.path.lexists(self.session.paths.keys):
            set_active_keymap({})
            return
        keys = read_keys(self.session.paths.keys)
        self.set_keymap(dict(keys.keymap))
        set_active_keymap(keys.keymap)
        self._key_problems = keys.problems

    def _connect(self) -> None:
        from tui.storage.preferences import shown_once

        session, begin = self.session, self._begin
        for words in self._key_problems[:3]:
            self.notify(words, title="keys.toml", severity="warning", timeout=12, markup=False)
        session.saved.read()
        if session.saved.trouble is not None:
            self.notify(safe_text(str(session.saved.trouble)), severity="error", timeout=12, markup=False)
        for problem in session.saved.connections.problems:
            words = safe_text(f"{problem.reason} {problem.remedy}", limit=300)
            self.notify(words, severity="warning", timeout=12, markup=False)
        if begin.sandbox:
            session.run(session.use_sandbox())
        elif (
            begin.connection is not None
            and begin.connection not in session.saved.connections
            and len(session.saved.connections)
        ):
            names = ", ".join(glimpse(name, 40) for name in list(session.saved.connections)[:12])
            words = f"There is no connection “{glimpse(begin.connection, 40)}”. There are: {names}."
            self.notify(words, severity="error", timeout=12, markup=False)
            self._open_nothing()
            self.post_message(Navigate("connections"))
        elif begin.connection is not None:
            session.run(session.use(begin.connection))
        elif len(session.saved.connections):
            if "SSH_CONNECTION" in session.environ and not begin.frugal and shown_once(session.paths.state, "frugal"):
                self.notify("If this line is slow: tuilio --frugal writes less to it.", markup=False)
            session.run(session.use(session.saved.connections.default or next(iter(session.saved.connections))))
        else:
            self._begin_with_none()

    def _open_nothing(self) -> None:
        self.session.opening = ""
        self.session.publish(SessionEvent(EventType.ACCOUNT))

    def _begin_with_none(self) -> None:
        session = self.session
        self._open_nothing()
        if session.saved.trouble is not None or session.saved.connections.problems:
            # Nobody's first start: the file is there, and Connections says what is wrong with it.
            self.post_message(Navigate("connections"))
        else:
            from tui.screens.welcome.screen import WelcomeScreen

            self.push_screen(WelcomeScreen(session))

    # -- what screens ask for ------------------------------------------------------------------------

    def _happened(self, event: SessionEvent) -> None:
        self._watch_jobs(event)
        if event.what is EventType.ACCOUNT and self.session.trouble is not None:
            words = self.session.refusal
            if (account := self.session.account) is not None:
                words += f" You are still using {account.name}."
            elif self.session.given_up is not None:
                name, how = self.session.given_up
                words += f" {name} was {how}, so no connection is in use until one opens."
            self.notify(safe_text(words), severity="error", timeout=12, markup=False)
        elif event.what is EventType.NOTICE:
            self.notify(safe_text(name_keys(event.words)), severity="warning", timeout=12, markup=False)

    def _watch_jobs(self, event: SessionEvent) -> None:
        if self._job_watch is None and self.session.account is not None:
            # Imported when there are jobs that could be watched.
            from tui.screens.jobs.job_watch import JobWatch

            work = partial(self.run_worker, group="job watch", exit_on_error=False)
            say = partial(self.notify, markup=False, timeout=10)
            self._job_watch = JobWatch(self.session, work, self._show_jobs, say)
        if self._job_watch is not None:
            self._job_watch.take(event)

    def _show_jobs(self) -> None:
        if self._job_watch is not None:
            self.jobs_mark = self._job_watch.mark

    @on(Navigate)
    async def _go_to(self, message: Navigate) -> None:
        """Take the person to a place, and let it begin what was asked for."""
        message.came_from = self.current_mode
        await self.action_go(message.place)
        if (place := self._places.get(message.place)) is not None:
            # Who only goes there finds it as it was left.
            begins = bool(message.then) or type(message) is not Navigate
            while begins and not message.STAYS_OVER and isinstance(over := self.screen, BaseScreen) and over.GIVES_WAY:
                await over.dismiss()
            place.navigated(message)

    def on_paste_too_long(self, _: PasteTooLong) -> None:
        words = (
            f"What was pasted is longer than {LARGEST_PASTE:,} bytes, so nothing of it was taken. Paste it in parts."
        )
        self.notify(words, severity="warning", markup=False)

    def on_worker_failed(self, message: WorkerFailed) -> None:
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
        if isinstance(self.screen, BaseScreen) and self.current_mode != place:
            with self.batch_update():
                await self.switch_mode(place)

    def action_switch_connection(self) -> None:
        if not isinstance(self.screen, BaseScreen):
            return
        from tui.screens.connections.switcher import connection_chooser

        self.push_screen(connection_chooser(self.session), self._connection_chosen)

    async def _connection_chosen(self, key: str | None) -> None:
        if key == "manage":
            await self.action_go("connections")
        elif key == "sandbox":
            self.session.run(self.session.use_sandbox())
        elif key is not None:
            self.session.run(self.session.use(key.removeprefix("saved:")))

    def action_jobs(self) -> None:
        if isinstance(self.screen, BaseScreen):
            from tui.screens.jobs.opening import open_jobs

            open_jobs(self.screen)

    def action_help(self) -> None:
        place = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, BaseScreen)), None)
        if place is not None:
            from tui.screens.help import HelpScreen

            self.push_screen(HelpScreen(place, self._key_problems))

    async def action_leave(self) -> None:
        """Quit, unless something would be left behind without a word."""
        from tui.screens.quit_dialogs import PUT_AWAY_IN, LeaveUnkept, LeaveWhileRunning, LeaveWhileSending, say_left
        from tui.widgets.dialogs import Confirm

        if isinstance(self.screen, Confirm):
            return
        # Also what stands over a place: a message to many that is being written.
        places = [each for stack in self._screen_stacks.values() for each in stack if isinstance(each, BaseScreen)]
        for place in places:
            # A disk that hangs must not keep the question back.
            await place.put_away(PUT_AWAY_IN)
        if (sending := self.session.send_under_way) is not None:
            question: Confirm = LeaveWhileSending(self.session, sending)
        elif self._job_watch is not None and self._job_watch.ends_with_this:
            question = LeaveWhileRunning(
                self.session, lambda watch=self._job_watch: watch.ends_with_this, say_left(places)
            )
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
        if key := key_under(event):
            self.simulate_key(key)

    async def on_unmount(self) -> None:
        await self.session.close()

    def action_command_palette(self) -> None:
        from tui.textual_fixes.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Choose the colours."""
        from textual.theme import ThemeProvider

        from tui.textual_fixes.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the place at hand, with its key, those that work everywhere, and what places begin."""
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.tooltip or binding.action in seen or not active.enabled or "palette" in binding.action:
                continue
            if isinstance(screen, BaseScreen) and screen.explains_only(binding.action):
                continue
            seen.add(binding.action)
            node, action = active.node, binding.action
            yield SystemCommand(
                f"{binding.description}  ({binding.key_display or show_key(binding.key)})",
                binding.tooltip,
                lambda node=node, action=action: self.run_action(action, node),
            )
        if isinstance(screen, BaseScreen):
            for place, title, wanted in OFFERED_EVERYWHERE:
                if wanted.name not in seen:
                    going = Navigate(place, wanted.name)
                    yield SystemCommand(f"{wanted.words}, in {title}", wanted.help, partial(self.post_message, going))
        yield SystemCommand("Theme: light, dark", "Change the colours.", self.action_change_theme)
        yield SystemCommand("Redraw", "Draw the screen anew, when something else wrote on it.", self.action_redraw)

    def after_display(self, screen: Screen[object]) -> None:
        if isinstance(screen, BaseScreen) and self.has_drawn and not self._connecting:
            # Not before there is something to see: connecting imports what takes its time.
            self._connecting = True
            screen.call_after_refresh(self._connect)

    def copy_selection(self, text: str) -> None:
        from tui.widgets.copying import copy_text

        copy_text(self.screen, text, "what was marked", "mark it with shift held, which is the terminal's own way")

    # -- the theme of the next start -----------------------------------------------------------------

    def take_theme(self) -> None:
        """Use the theme that was chosen last; a name of none is told and left alone."""
        if not os.path.lexists(self.session.paths.theme):
            return
        from tui.storage.preferences import read_theme

        try:
            self.theme = read_theme(self.session.paths.theme)
        except (ValueError, InvalidThemeError):
            words = f"The theme kept in {glimpse(str(self.session.paths.theme), 60)} is none that is known here."
            how = f"Choose one: {key_of('everywhere.command_palette')}, then Theme."
            self.notify(f"{words} {how}", severity="warning", timeout=12, markup=False)

    def _theme_chosen(self, theme: Theme) -> None:
        from tui.storage.preferences import write_theme

        async def keep() -> None:
            try:
                await asyncio.to_thread(write_theme, self.session.paths.theme, theme.name)
            except OSError as problem:
                words = f"The theme is not kept for the next start: {problem.strerror}."
                self.notify(words, severity="warning", markup=False)

        self.run_worker(keep, group="theme", exit_on_error=False)

    # -- exits ---------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        await self.action_leave()
