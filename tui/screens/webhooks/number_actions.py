"""Give the receiver's URL to the account's phone numbers and take it back, and try it out with the sandbox.

Nothing is changed at Twilio before both URLs, the present and the new one, were shown and agreed to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.screens.webhooks.event_actions import show_error
from tui.services.webhook_service import ActiveAccount
from tui.twilio.errors import RequestFailed
from tui.twilio.numbers import PhoneNumber
from tui.webhooks.errors import SettingsUnsaved, WebhookError
from tui.webhooks.sandbox_controls import SIGNING, ask_for_message, set_signing
from tui.webhooks.settings import ReplacedWebhook
from tui.widgets.dialogs import Choice, Choose, Confirm, key_line


class NumberActions:
    """Runs the actions on numbers for a screen; `signing` is how the sandbox signs, a key of `SIGNING`."""

    def __init__(self, screen: BaseScreen, signing_changed: Callable[[], None]) -> None:
        self.signing = "right"
        self._screen = screen
        self._receiving = screen.session.receiving
        self._signing_changed = signing_changed
        self._texts = 0

    @property
    def _used(self) -> ActiveAccount | None:
        """The receiver's account, while it is the one in use."""
        used, account = self._receiving.used, self._screen.session.account
        return used if used is not None and account is not None and account.client is used.client else None

    # -- the numbers ---------------------------------------------------------------------------------

    def choose_number(self) -> None:
        """List the numbers with their webhooks; the one chosen is pointed here or given its earlier webhook back."""
        if (used := self._used) is not None:
            self._screen.work(partial(self._choose_number, used), group="numbers", exclusive=True, asks=True)

    async def _choose_number(self, used: ActiveAccount) -> None:
        numbers = await self._list_numbers(used)
        if numbers is None or not self._screen.is_on_top:
            return
        ours = self._receiving.inbound_url
        choices = [
            Choice(
                number.sid,
                f"{_shown(number.phone_number):<15}",
                _present(number, ours),
                "accent" if ours and number.sms_url == ours else "plain",
            )
            for number in numbers
        ]
        if not choices:
            self._notify("This account has no number that takes messages.")
            return

        def chosen(sid: str | None) -> None:
            number = next((number for number in numbers if number.sid == sid), None)
            if number is not None:
                self._decide(used, number)

        words = Content.assemble("Messages to a number go to its webhook. This receiver: ", (ours or "stopped", "bold"))
        self._screen.app.push_screen(Choose("Use for a number", choices, words), chosen)

    async def _list_numbers(self, used: ActiveAccount) -> tuple[PhoneNumber, ...] | None:
        try:
            return await self._receiving.numbers(used)
        except RequestFailed as problem:
            self._error(f"The numbers could not be read. {problem}")
            return None

    def _decide(self, used: ActiveAccount, number: PhoneNumber) -> None:
        ours = self._receiving.inbound_url
        kept = next((one for one in self._receiving.pointed if one.number_sid == number.sid), None)
        if kept is not None and number.sms_url != kept.ours:
            # Somebody has given it another one since: that is not ours to take away.
            kept = None
        if kept is not None and (not ours or number.sms_url == ours):
            self._ask_put_back(used, kept)
        elif not ours:
            self._error(name_keys("The receiver is stopped, so it has no URL. {webhooks.start} starts it."))
        elif not self._receiving.reachable:
            how = name_keys("{webhooks.public_address} gets a public URL, {webhooks.set_up} sets one of your own.")
            self._error(f"Twilio cannot reach {ours}: it is on this machine. {how}")
        elif number.sms_url == ours:
            self._notify("This number sends its messages here already.")
        elif kept is not None:
            self._ask_which(used, number, ours, kept)
        else:
            self._ask_point(used, number, ours)

    def _ask_which(self, used: ActiveAccount, number: PhoneNumber, ours: str, kept: ReplacedWebhook) -> None:
        def chosen(key: str | None) -> None:
            if key == "point":
                self._screen.work(partial(self._point, used, number, ours), group="numbers")
            elif key == "back":
                self._ask_put_back(used, kept)

        choices = [Choice("point", "point it here"), Choice("back", "give it back what it had", _before(kept))]
        question = Choose(_shown(number.phone_number), choices, "It has an earlier URL of this receiver.")
        self._screen.app.push_screen(question, chosen)

    def _ask_point(
        self, used: ActiveAccount, number: PhoneNumber, ours: str, *, then: Callable[[], None] | None = None
    ) -> None:
        before = safe_text(number.sms_url, limit=200) or "none: messages are only listed"
        if number.webhook.application_sid:
            before = f"the TwiML application {safe_text(number.webhook.application_sid, limit=40)}"
        words = Content.assemble(
            *(("now   ", "$quiet"), before, ("\nthen  ", "$quiet"), (ours, "bold"), "\n"),
            (name_keys("{webhooks.numbers} puts it back later."), "$quiet"),
        )
        title = f"Send the messages to {_shown(number.phone_number)} here?"
        question = _PointHere(title, words, texts=used.sandbox and then is None)

        def answered(yes: bool | None) -> None:
            if yes:
                after = self.text_me if question.wants_text else then
                self._screen.work(partial(self._point, used, number, ours, after), group="numbers")

        self._screen.app.push_screen(question, answered)

    async def _point(
        self, used: ActiveAccount, number: PhoneNumber, ours: str, then: Callable[[], None] | None = None
    ) -> None:
        try:
            await self._receiving.point(used, number, ours)
        except SettingsUnsaved as problem:
            self._error(f"The number was left alone: what it has now cannot be written down. {problem}")
        except RequestFailed as problem:
            look = name_keys("{webhooks.numbers} shows what it has.")
            self._error(f"It is not certain that the number was changed; {look} {problem}")
        else:
            self._notify(f"Messages to {_shown(number.phone_number)} come here now.")
            if then is not None:
                then()

    def _ask_put_back(self, used: ActiveAccount, kept: ReplacedWebhook) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.work(partial(self._put_back, used, kept), group="numbers")

        words = Content.assemble(("now   ", "$quiet"), kept.ours, ("\nthen  ", "$quiet"), (_before(kept), "bold"))
        question = Confirm(f"Give {_shown(kept.phone_number)} back what it had?", words, yes="Put back")
        self._screen.app.push_screen(question, answered)

    async def _put_back(self, used: ActiveAccount, kept: ReplacedWebhook) -> None:
        try:
            await self._receiving.put_back(used, kept)
        except (RequestFailed, WebhookError) as problem:
            self._error(str(problem))
        else:
            self._notify(f"{_shown(kept.phone_number)} has its earlier webhook back.")

    def _notify(self, words: str) -> None:
        self._screen.app.notify(words, markup=False)

    def _error(self, words: str) -> None:
        show_error(self._screen, words)

    # -- the sandbox ---------------------------------------------------------------------------------

    async def offer_number(self, *, then: Callable[[], None] | None = None) -> None:
        """In the sandbox, ask whether its first number shall send its messages here, where none does."""
        used = self._used
        if used is None or not used.sandbox:
            return
        numbers = await self._list_numbers(used)
        ours = self._receiving.inbound_url
        if numbers and ours and self._screen.is_on_top and not any(number.sms_url == ours for number in numbers):
            self._ask_point(used, numbers[0], ours, then=then)

    def text_me(self) -> None:
        """Have the sandbox text a number that sends its messages here."""
        if (used := self._used) is not None:
            self._screen.work(partial(self._text_me, used), group="trial", asks=True)

    async def _text_me(self, used: ActiveAccount) -> None:
        numbers = await self._list_numbers(used)
        ours = self._receiving.inbound_url
        number = next((number for number in numbers or () if number.sms_url == ours), None)
        if number is None:
            await self.offer_number(then=self.text_me)
            return
        self._texts += 1
        text = f"Hello from the sandbox, number {self._texts}. Can you move me to 15:30?"
        try:
            await ask_for_message(str(used.client.policy.origin), number.phone_number, text)
        except WebhookError as problem:
            self._error(str(problem))

    def choose_signing(self) -> None:
        """Ask how the sandbox shall sign its webhooks."""
        used = self._used
        if used is None or not used.sandbox:
            return

        def chosen(mode: str | None) -> None:
            if mode is not None:
                self._screen.work(partial(self._sign, used, mode), group="trial")

        choices = [Choice(mode, words) for mode, words in SIGNING.items()]
        words = "To see how the receiver tells a forged or misdirected request from Twilio's own. The sandbox signs:"
        question = Choose("Signing", choices, words, at=list(SIGNING).index(self.signing))
        self._screen.app.push_screen(question, chosen)

    async def _sign(self, used: ActiveAccount, mode: str) -> None:
        try:
            await set_signing(str(used.client.policy.origin), mode)
        except WebhookError as problem:
            self._error(str(problem))
        else:
            self.signing = mode
            self._signing_changed()


class _PointHere(Confirm):
    """Whether a number shall send its messages here; with `texts`, the key of "Text me" says yes and asks for one."""

    def __init__(self, title: str, words: Content, *, texts: bool) -> None:
        super().__init__(title, words, yes="Point it here")
        self.wants_text = False
        key = key_of("webhooks.text_me")
        self._text_key = key if texts and len(key) == 1 else ""

    def on_mount(self) -> None:
        if self._text_key:
            self._bindings.bind(self._text_key, "point_and_text", "Text me", show=False)

    def keys(self) -> Content:
        """The keys of both answers, and of "Text me"."""
        texts = [(self._text_key, "and text me")] if self._text_key else []
        return key_line(("y", "Point it here"), *texts, ("esc", "Back"))

    def action_point_and_text(self) -> None:
        self.wants_text = True
        self.dismiss(True)


def _shown(phone_number: str) -> str:
    return safe_text(phone_number, limit=20)


def _present(number: PhoneNumber, ours: str) -> str:
    if ours and number.sms_url == ours:
        return "→ here"
    if number.webhook.application_sid:
        return f"→ {safe_text(number.webhook.application_sid, limit=40)}"
    return f"→ {safe_text(number.sms_url, limit=60)}" if number.sms_url else "no webhook"


def _before(kept: ReplacedWebhook) -> str:
    return safe_text(kept.before.application_sid or kept.before.url, limit=200) or "none"
