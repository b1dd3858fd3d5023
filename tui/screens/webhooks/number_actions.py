"""Handing the receiver's URL to the account's numbers, and trying it out in the sandbox.

Nothing is changed at Twilio before both URLs, the one there and the new one, were shown and agreed to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.webhooks.event_actions import Deeds
from tui.services.webhook_service import ActiveAccount, WebhookService
from tui.twilio.errors import RequestFailed
from tui.twilio.numbers import PhoneNumber
from tui.webhooks.errors import SettingsUnsaved, WebhookError
from tui.webhooks.sandbox_controls import SIGNING, ask_for_message, set_signing
from tui.webhooks.settings import ReplacedWebhook
from tui.widgets.dialogs import Choice, Choose, Confirm, key_line


class Numbers(Deeds):
    """What concerns the account's numbers, and the sandbox's willingness to text them."""

    signing: str = "right"
    _texts: int = 0

    @property
    def receiving(self) -> WebhookService:
        """The app's receiver."""
        return self.session.receiving

    def show_state(self) -> None:
        """Say anew how things stand."""

    @property
    def _used(self) -> ActiveAccount | None:
        """The account to ask, while it is the one in use."""
        used, account = self.receiving.used, self.session.account
        return used if used is not None and account is not None and account.client is used.client else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can work now."""
        match action:
            case "numbers":
                return self.session.account is not None
            case "text_me":
                return self.receiving.sandbox and self.receiving.listening is not None
            case "signing":
                return self.receiving.sandbox
            case _:
                return super().check_action(action, parameters)

    # -- the numbers ---------------------------------------------------------------------------------

    def action_numbers(self) -> None:
        """List the numbers with what they have, to choose one."""
        if (used := self._used) is not None:
            self.work(partial(self._choose_number, used), group="numbers", exclusive=True, asks=True)

    async def _choose_number(self, used: ActiveAccount) -> None:
        numbers = await self._ask_numbers(used)
        if numbers is None or not self.is_current:
            return
        ours = self.receiving.inbound_url
        choices = [
            Choice(
                number.sid,
                f"{safe_text(number.phone_number, limit=20):<15}",
                _present(number, ours),
                "accent" if ours and number.sms_url == ours else "plain",
            )
            for number in numbers
        ]
        if not choices:
            self._notify_done("This account has no number that takes messages.")
            return

        def chosen(sid: str | None) -> None:
            number = next((number for number in numbers if number.sid == sid), None)
            if number is not None:
                self._decide(used, number)

        words = Content.assemble("Messages to a number go to its webhook. This receiver: ", (ours or "stopped", "bold"))
        self.app.push_screen(Choose("Use for a number", choices, words), chosen)

    async def _ask_numbers(self, used: ActiveAccount) -> tuple[PhoneNumber, ...] | None:
        try:
            return await self.receiving.numbers(used)
        except RequestFailed as problem:
            self._refuse(f"The numbers could not be read. {problem}")
            return None

    def _decide(self, used: ActiveAccount, number: PhoneNumber) -> None:
        receiving, ours = self.receiving, self.receiving.inbound_url
        kept = next((one for one in receiving.pointed if one.number_sid == number.sid), None)
        if kept is not None and number.sms_url != kept.ours:
            # Somebody has given it another one since: that is not ours to take away.
            kept = None
        if kept is not None and (not ours or number.sms_url == ours):
            self._ask_put_back(used, kept)
        elif not ours:
            self._refuse(name_keys("The receiver is stopped, so it has no URL. {webhooks.start} starts it."))
        elif not receiving.reachable:
            how = name_keys("{webhooks.set_up} sets a public URL; {everywhere.help} tells how to get one.")
            self._refuse(f"Twilio cannot reach {ours}: it is on this machine. {how}")
        elif number.sms_url == ours:
            self._notify_done("This number sends its messages here already.")
        elif kept is not None:
            choices = [Choice("point", "point it here"), Choice("back", "give it back what it had", _short(kept))]
            self.app.push_screen(
                Choose(safe_text(number.phone_number, limit=20), choices, "It has an earlier URL of this receiver."),
                lambda key: (
                    self._point_soon(used, number, ours)
                    if key == "point"
                    else self._ask_put_back(used, kept)
                    if key == "back"
                    else None
                ),
            )
        else:
            self._ask_point(used, number, ours)

    def _ask_point(
        self, used: ActiveAccount, number: PhoneNumber, ours: str, *, then: Callable[[], None] | None = None
    ) -> None:
        shown = safe_text(number.phone_number, limit=20)
        before = safe_text(number.sms_url, limit=200) or "none: messages are only listed"
        if number.webhook.application_sid:
            before = f"the TwiML application {safe_text(number.webhook.application_sid, limit=40)}"
        words = Content.assemble(
            ("now   ", "$quiet"),
            before,
            ("\nthen  ", "$quiet"),
            (ours, "bold"),
            "\n",
            (name_keys("{webhooks.numbers} puts it back later."), "$quiet"),
        )
        question = _PointHere(f"Send the messages to {shown} here?", words, texts=used.sandbox and then is None)

        def answered(yes: bool | None) -> None:
            if yes:
                self._point_soon(used, number, ours, self.action_text_me if question.wants_text else then)

        self.app.push_screen(question, answered)

    def _point_soon(
        self, used: ActiveAccount, number: PhoneNumber, ours: str, then: Callable[[], None] | None = None
    ) -> None:
        self.work(self._point(used, number, ours, then), group="numbers")

    async def _point(
        self, used: ActiveAccount, number: PhoneNumber, ours: str, then: Callable[[], None] | None
    ) -> None:
        try:
            await self.receiving.point(used, number, ours)
        except SettingsUnsaved as problem:
            self._refuse(f"The number was left alone: what it has now cannot be written down. {problem}")
        except RequestFailed as problem:
            look = name_keys("{webhooks.numbers} shows what it has.")
            self._refuse(f"It is not certain that the number was changed; {look} {problem}")
        else:
            self._notify_done(f"Messages to {safe_text(number.phone_number, limit=20)} come here now.")
            if then is not None:
                then()

    def _ask_put_back(self, used: ActiveAccount, kept: ReplacedWebhook) -> None:
        shown = safe_text(kept.phone_number, limit=20)
        words = Content.assemble(("now   ", "$quiet"), kept.ours, ("\nthen  ", "$quiet"), (_short(kept), "bold"))
        question = Confirm(f"Give {shown} back what it had?", words, yes="Put back")
        self.app.push_screen(
            question, lambda yes: self.work(self._put_back(used, kept), group="numbers") if yes else None
        )

    async def _put_back(self, used: ActiveAccount, kept: ReplacedWebhook) -> None:
        try:
            await self.receiving.put_back(used, kept)
        except (RequestFailed, WebhookError) as problem:
            self._refuse(str(problem))
        else:
            self._notify_done(f"{safe_text(kept.phone_number, limit=20)} has its earlier webhook back.")

    def _notify_done(self, words: str) -> None:
        self.app.notify(words, markup=False)

    # -- the sandbox ---------------------------------------------------------------------------------

    async def offer_number(self, used: ActiveAccount, *, then: Callable[[], None] | None = None) -> None:
        """Ask whether a number of the sandbox shall send its messages here, where none does."""
        numbers = await self._ask_numbers(used)
        ours = self.receiving.inbound_url
        if numbers and ours and self.is_current and not any(number.sms_url == ours for number in numbers):
            self._ask_point(used, numbers[0], ours, then=then)

    def action_text_me(self) -> None:
        """Have the sandbox text a number that sends its messages here."""
        if (used := self._used) is not None:
            self.work(self._text_me(used), group="trial", asks=True)

    async def _text_me(self, used: ActiveAccount) -> None:
        numbers = await self._ask_numbers(used)
        ours = self.receiving.inbound_url
        number = next((number for number in numbers or () if number.sms_url == ours), None)
        if number is None:
            await self.offer_number(used, then=self.action_text_me)
            return
        self._texts += 1
        text = f"Hello from the sandbox, number {self._texts}. Can you move me to 15:30?"
        try:
            await ask_for_message(str(used.client.gate.origin), number.phone_number, text)
        except WebhookError as problem:
            self._refuse(str(problem))

    def action_signing(self) -> None:
        """Choose how the sandbox signs."""
        used = self._used
        if used is None or not used.sandbox:
            return
        choices = [Choice(mode, words) for mode, words in SIGNING.items()]

        def chosen(mode: str | None) -> None:
            if mode is not None:
                self.work(self._sign(used, mode), group="trial")

        words = "To see how the receiver tells a forged or misdirected request from Twilio's own. The sandbox signs:"
        self.app.push_screen(Choose("Signing", choices, words, at=list(SIGNING).index(self.signing)), chosen)

    async def _sign(self, used: ActiveAccount, mode: str) -> None:
        try:
            await set_signing(str(used.client.gate.origin), mode)
        except WebhookError as problem:
            self._refuse(str(problem))
            return
        self.signing = mode
        self.show_state()


class _PointHere(Confirm):
    """Whether a number shall send its messages here; with `texts` the key that asks for a text says yes as well."""

    def __init__(self, title: str, words: Content, *, texts: bool) -> None:
        super().__init__(title, words, yes="Point it here")
        self.wants_text = False
        key = key_of("webhooks.text_me")
        self._text_key = key if texts and len(key) == 1 else ""

    def on_mount(self) -> None:
        """Bind the key that asks for a text behind this question."""
        if self._text_key:
            self._bindings.bind(self._text_key, "point_and_text", "Text me", show=False)

    def keys(self) -> Content:
        """Name the answers."""
        texts = [(self._text_key, "and text me")] if self._text_key else []
        return key_line(("y", "Point it here"), *texts, ("esc", "Back"))

    def action_point_and_text(self) -> None:
        """Yes, and the text that was asked for."""
        self.wants_text = True
        self.dismiss(True)


def _present(number: PhoneNumber, ours: str) -> str:
    if ours and number.sms_url == ours:
        return "→ here"
    if number.webhook.application_sid:
        return f"→ {safe_text(number.webhook.application_sid, limit=40)}"
    return f"→ {safe_text(number.sms_url, limit=60)}" if number.sms_url else "no webhook"


def _short(kept: ReplacedWebhook) -> str:
    return safe_text(kept.before.application_sid or kept.before.url, limit=200) or "none"
