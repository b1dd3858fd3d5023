"""A public address for the receiver in one key: a tunnel program that is installed is chosen, shown and started.

Nothing is started before its command was shown and agreed to. The address holds while the program runs and is not
saved; with the receiver it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.screens.webhooks.event_actions import show_error
from tui.screens.webhooks.number_actions import NumberActions
from tui.services.tunnel import TunnelEnded, TunnelOpen, TunnelStarting, show_command
from tui.services.webhook_service import WebhookService
from tui.theme import TONES
from tui.webhooks.errors import InvalidSetting, TunnelFailed, WebhookError
from tui.webhooks.tunnels import PROGRAMS, SSH, TunnelProgram, ssh_to
from tui.widgets.copying import copy_text
from tui.widgets.dialogs import Ask, Choice, Choose, Confirm, Notice


class TunnelActions:
    """Runs the actions on the tunnel for a screen; `numbers` are offered its address."""

    def __init__(self, screen: BaseScreen, numbers: NumberActions) -> None:
        self._screen = screen
        self._numbers = numbers

    @property
    def _receiving(self) -> WebhookService:
        return self._screen.session.receiving

    def public_address(self) -> None:
        """Offer the programs; while one runs, what can be done with its address."""
        if self._receiving.sandbox:
            words = "In the sandbox nothing leaves this machine, and its Twilio reaches the receiver without a tunnel."
            show_error(self._screen, name_keys(f"{words} {{everywhere.switch_connection}} uses another connection."))
            return
        match self._receiving.tunnel.state:
            case TunnelOpen() as opened:
                self._ask_what(opened)
            case TunnelStarting(name):
                self._ask_to_end(name)
            case _:
                self._screen.work(self._choose, group="tunnel", exclusive=True, asks=True)

    async def _choose(self) -> None:
        receiving = self._receiving
        programs = await receiving.tunnel_programs()
        own = receiving.settings.tunnel
        missing = own and not any(program.own for program in programs)
        if not self._screen.is_on_top:
            return
        note = f"{safe_text(own[0], limit=60)}, the command in webhooks.toml, is not on PATH. " if missing else ""
        if not programs:
            names = ", ".join(program.name for program in PROGRAMS)
            words = f"{note}None of these is on PATH: {names}. Install one, or give a command in webhooks.toml:\n\n"
            self._screen.app.push_screen(Notice("No tunnel program", f'{words}  tunnel = ["program", "{{port}}"]'))
            return

        def chosen(key: str | None) -> None:
            if key is not None:
                self._prepare(programs[int(key)])

        choices = [
            Choice(str(number), safe_text(program.name, limit=30), program.words)
            for number, program in enumerate(programs)
        ]
        words = f"{note}A tunnel leads a public https address to this receiver. Its command is shown before it runs."
        self._screen.app.push_screen(Choose("A public address", choices, words), chosen)

    def _prepare(self, program: TunnelProgram) -> None:
        if program is not SSH:
            self._screen.work(partial(self._listen, program), group="tunnel", exclusive=True, asks=True)
            return
        receiving = self._receiving
        if not receiving.settings.public_url:
            words = "ssh leads to a server of your own, whose public URL has to be set first: {webhooks.set_up}."
            show_error(self._screen, name_keys(words))
            return

        def check(text: str) -> str:
            try:
                ssh_to(text)
            except InvalidSetting as problem:
                return str(problem)
            return ""

        def entered(text: str | None) -> None:
            if text:
                self._screen.work(
                    partial(self._listen, ssh_to(text), server=text), group="tunnel", exclusive=True, asks=True
                )

        words = Content.assemble(
            "Your server, and the port to which its web server passes ",
            (safe_text(receiving.settings.public_url, limit=120), "bold"),
            ". It is logged in to without a question: with a key.",
        )
        ask = Ask(
            "Through your own server",
            words,
            value=receiving.settings.tunnel_server,
            placeholder="you@your-server:8080",
            check=check,
            action="Go on",
        )
        self._screen.app.push_screen(ask, entered)

    async def _listen(self, program: TunnelProgram, server: str = "") -> None:
        """Start the receiver, whose port the command needs, and show the command."""
        receiving = self._receiving
        try:
            listening = await receiving.start()
            if server:
                await receiving.keep_tunnel_server(server)
        except WebhookError as problem:
            show_error(self._screen, str(problem))
            return
        if not self._screen.is_on_top or receiving.sandbox:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.work(partial(self._open, program), group="tunnel", exclusive=True)

        pieces: list[tuple[str, str] | str] = [
            ("runs  ", "$quiet"),
            (safe_text(show_command(program, listening.port), limit=400), "bold"),
            "\n\nIts address leads everybody to this receiver, until you end it, the receiver stops or tuilio ends. ",
            *self._who_gets_in(),
        ]
        if program.own and receiving.settings.public_url:
            url = safe_text(receiving.settings.public_url, limit=120)
            pieces += ["\n\nIt is taken to lead to the public URL that is set: ", (url, "bold")]
        question = Confirm("Start this program?", Content.assemble(*pieces), yes="Start it")
        self._screen.app.push_screen(question, answered)

    def _who_gets_in(self) -> Sequence[tuple[str, str] | str]:
        receiving = self._receiving
        if receiving.verifies:
            return ("What Twilio did not sign is refused.",)
        if receiving.settings.allow_unsigned:
            return (("UNSIGNED requests are accepted: anyone may send them.", f"bold {TONES['warn']}"),)
        return (("There is no auth token to verify with, so everything is refused.", TONES["warn"]),)

    async def _open(self, program: TunnelProgram) -> None:
        receiving = self._receiving
        try:
            opened = await receiving.open_tunnel(program)
            if not program.own or opened.url == receiving.settings.public_url:
                await self._use(opened)
            elif self._screen.is_on_top:
                self._ask_to_use(opened)
        except TunnelFailed as problem:
            # The line of the receiver says it as well; whoever ended it knows.
            if isinstance(receiving.tunnel.state, TunnelEnded):
                show_error(self._screen, str(problem))
        except WebhookError as problem:
            await receiving.tunnel.end()
            show_error(self._screen, str(problem))

    def _ask_to_use(self, opened: TunnelOpen) -> None:
        async def use() -> None:
            try:
                await self._use(opened)
            except WebhookError as problem:
                await self._receiving.tunnel.end()
                show_error(self._screen, str(problem))

        def answered(yes: bool | None) -> None:
            self._screen.work(use if yes else self._receiving.tunnel.end, group="tunnel", exclusive=True)

        words = Content.assemble(
            f"{safe_text(opened.name, limit=30)} has printed ",
            (safe_text(opened.url, limit=200), "bold"),
            ". Is that the address that leads here?",
        )
        self._screen.app.push_screen(Confirm("Use this address?", words, yes="Use it", no="End it"), answered)

    async def _use(self, opened: TunnelOpen) -> None:
        self._receiving.use_tunnel(opened)
        if self._screen.is_current:
            self._numbers.choose_number()

    def _ask_what(self, opened: TunnelOpen) -> None:
        name, url = opened.name, opened.url

        def chosen(key: str | None) -> None:
            if key == "number":
                self._numbers.choose_number()
            elif key == "use":
                self._ask_to_use(opened)
            elif key == "copy":
                copy_text(self._screen, url, "the address", "the line of the receiver shows it")
            elif key == "end":
                self._screen.work(self._receiving.tunnel.end, group="tunnel", exclusive=True)

        in_use = self._receiving.settings.public_url == url
        choices = [
            Choice("number", "give it to a number") if in_use else Choice("use", "make it the public URL"),
            Choice("copy", "copy it"),
            Choice("end", f"end {safe_text(name, limit=30)}", "the address leads nowhere then"),
        ]
        self._screen.app.push_screen(Choose("The public address", choices, safe_text(url, limit=200)), chosen)

    def _ask_to_end(self, name: str) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.work(self._receiving.tunnel.end, group="tunnel", exclusive=True)

        words = f"{safe_text(name, limit=30)} is starting; it has not said its address yet."
        self._screen.app.push_screen(Confirm("End it?", words, yes="End it"), answered)


def tunnel_line(receiving: WebhookService) -> Content | None:
    """What the tunnel is about, for the lines of the receiver; None where there is nothing to say."""
    key = key_of("webhooks.public_address")
    match receiving.tunnel.state:
        case TunnelStarting(name):
            words = f"… {safe_text(name, limit=30)} is starting; its address is waited for. {key} ends it."
            return Content.styled(words, TONES["busy"])
        case TunnelOpen(name, url):
            # One that a person has not agreed to yet, or has typed another in place of, is not the public URL.
            in_use = receiving.settings.public_url == url
            leads = "it" if in_use else safe_text(url, limit=120)
            more = "gives it to a number" if in_use else "makes it the public URL"
            words = f"{safe_text(name, limit=30)} leads {leads} here · {key} ends that, or {more}"
            return Content.assemble(("⇄ ", TONES["good"]), (words, "$quiet"))
        case TunnelEnded(words):
            shown = safe_text(words, limit=600)
            return Content.assemble((f"✗ The tunnel ended: {shown}", TONES["bad"]), (f" · {key} starts one", "$quiet"))
        case _:
            return None
