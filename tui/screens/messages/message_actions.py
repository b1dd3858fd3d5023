"""What can be done with the message at hand: reply, send again, copy, export, redact, call off, delete.

Whatever cannot be undone asks first and says what it will do; what is copied or saved is the original text.
The questions are imported when one is asked: the list stands there sooner without them.
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.safe_text import glimpse, safe_text
from tui.screens.base import DraftPrefill, OpenCompose, OpenConsole
from tui.screens.list_detail import ListDetailScreen
from tui.services.session import Account
from tui.twilio.errors import RequestFailed

if TYPE_CHECKING:
    from tui.twilio.messages import Message
    from tui.widgets.dialogs import Confirm, TypeToConfirm


Deed = Callable[[Account, "Message"], Awaitable["Message | None"]]
"""Something done to one message at Twilio; None means that the message is gone."""


_SID: Final = re.compile(r"(?<![0-9A-Za-z])(?:SM|MM)[0-9a-fA-F]{32}(?![0-9A-Za-z])")


class Deeds(ListDetailScreen):
    """A place with a message at hand. Abstract: the Messages place says which message that is."""

    @property
    @abstractmethod
    def current_message(self) -> Message | None:
        """The message the actions are about."""

    @property
    @abstractmethod
    def listed(self) -> list[Message]:
        """The messages as they are shown."""

    @property
    @abstractmethod
    def more_below(self) -> bool:
        """Whether Twilio may have more that the list would show."""

    @abstractmethod
    async def gather(self) -> bool:
        """Load all that the list would ever show; False where that could not be done, and the person was told."""

    @abstractmethod
    def open_message(self, sid: str) -> None:
        """Show any message of the account by its SID."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can work for this message."""
        message = self.current_message if self.is_mounted else None
        match action:
            case "open" | "reply" | "copy" | "delete" | "by_hand" | "redact" | "cancel_scheduled":
                # Where there is nothing to redact or to call off, the key says so: silent, it would leave the `y`
                # that is typed after it to start a reply.
                return message is not None
            case "view":
                return message is not None and bool(message.body)
            case "send_again":
                return message is not None and not message.inbound
            case _:
                return super().check_action(action, parameters)

    # -- writing -------------------------------------------------------------------------------------

    def action_reply(self) -> None:
        """Write to the other side."""
        if (message := self.current_message) is not None:
            self.post_message(OpenCompose(DraftPrefill(to=message.other_party, from_=message.own_party)))

    def action_by_hand(self) -> None:
        """Show what Twilio answers about the message, as it answers it."""
        if (message := self.current_message) is not None:
            self.post_message(OpenConsole(f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{message.sid}.json"))

    def action_send_again(self) -> None:
        """A new draft with the same text: nothing is sent yet."""
        message = self.current_message
        if message is not None and not message.inbound:
            sender = message.messaging_service_sid or message.from_
            self.post_message(OpenCompose(DraftPrefill(to=message.to, from_=sender, body=message.body)))

    # -- copying -------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Choose what to copy."""
        from tui.widgets.copying import offer_copies

        message = self.current_message
        if message is None:
            return
        parts = {
            "text": ("the text", message.body),
            "SID": ("the SID", message.sid),
            "other number": ("the other side", message.other_party),
            "own number": ("the own side", message.own_party),
            "JSON": (
                "the whole message as JSON",
                json.dumps(dict(message.raw), indent=2, ensure_ascii=False),
            ),
        }
        plainly = "show plainly, to select it by hand"
        plain = "\n\n".join(text for key, (_, text) in parts.items() if key != "JSON" and text)
        offer_copies(self, parts, plainly=plainly, plain=plain, again="messages.copy")

    def action_view(self) -> None:
        """Read the text in the person's own pager."""
        if (message := self.current_message) is not None:
            self.work(self.show_in_pager(message.body), group="outside", exclusive=True)

    def action_open_sid(self) -> None:
        """Ask for a SID and show that message."""
        self.ask_for_sid()

    def ask_for_sid(self, typed: str = "", words: str = "") -> None:
        """The question, with what was typed before and what was wrong with it."""
        from tui.widgets.dialogs import Ask

        def entered(text: str | None) -> None:
            if text:
                self.open_message(*find_sids(text))

        ask = Ask("Open a message", safe_text(words), value=typed, placeholder="SM…", check=check_sid, action="Open")
        self.app.push_screen(ask, entered)

    # -- exporting -----------------------------------------------------------------------------------

    def action_export(self) -> None:
        """Ask where to write what is listed."""
        # Read when first needed: the list is there before anybody exports it.
        from tui.screens.export_dialog import Export, Whole, ask_to_export
        from tui.screens.messages.export import ENDINGS, FORMS, write

        def writing() -> Callable[[Path, bool], str]:
            messages = self.listed

            def written(path: Path, replace: bool) -> str:
                write(messages, path, replace=replace)
                return f"{len(messages):,} messages"

            return written

        async def gather() -> Callable[[Path, bool], str] | None:
            return writing() if await self.gather() else None

        count, whole = len(self.listed), None
        if self.more_below:
            words = "All that match, at Twilio as well: the rest is read first, which . stops."
            whole = Whole(f"{words} {FORMS}", gather, "gather")
        elif not count:
            self.app.notify("There is nothing listed to export.", markup=False)
            return
        what = (
            f"The {count:,} that are loaded; Twilio has more."
            if whole
            else f"{count:,} messages, as listed: that is all."
        )
        name = f"messages-{self.session.clock().astimezone():%Y%m%d-%H%M}.csv"
        ask_to_export(self, Export("Export", f"{what} {FORMS}", name, writing(), ENDINGS, whole=whole))

    # -- changing it at Twilio -----------------------------------------------------------------------

    def action_redact(self) -> None:
        """Empty the text, after a question."""
        from tui.twilio.messages import redact
        from tui.widgets.dialogs import Confirm

        if (message := self.current_message) is not None and not message.body:
            self._explain("There is no text to redact", "It was emptied before, or there never was any.")
            return
        self._ask_then_do(
            Confirm("Redact this message?", self._about("Its text is emptied at Twilio, for good."), yes="Redact"),
            lambda account, message: redact(account.client, message.sid),
            "The text is emptied.",
        )

    def action_cancel_scheduled(self) -> None:
        """Call a scheduled message off, after a question."""
        from tui.twilio.messages import cancel
        from tui.widgets.dialogs import Confirm

        if (message := self.current_message) is not None and message.status != "scheduled":
            words = (
                f"Only a message that is scheduled for later can be; this one is {message.status or 'of no status'}."
            )
            self._explain("Nothing to call off", safe_text(words, limit=120))
            return
        self._ask_then_do(
            Confirm("Call this message off?", self._about("It will not be sent."), yes="Call off", no="Leave it"),
            lambda account, message: cancel(account.client, message.sid),
            "The message is called off.",
        )

    def action_delete(self) -> None:
        """Remove it, after a typed word."""
        from tui.widgets.dialogs import TypeToConfirm

        self._ask_then_do(
            TypeToConfirm(
                "Delete this message?",
                self._about("It is removed from the account, for good. A text that was sent stays sent."),
                word="delete",
                action="Delete",
            ),
            _delete,
            "The message is deleted.",
        )

    def _explain(self, title: str, words: str) -> None:
        from tui.widgets.dialogs import Notice

        self.app.push_screen(Notice(title, words))

    def _about(self, words: str) -> Content:
        message = self.current_message
        if message is None:
            return Content(words)
        text = glimpse(message.body, 120)
        head = (
            f"{safe_text(message.from_ or message.messaging_service_sid, limit=40)} → {safe_text(message.to, limit=40)}"
        )
        return Content("\n").join([Content.styled(head, "bold"), Content.styled(text, "$quiet"), Content(words)])

    def _ask_then_do(
        self,
        question: Confirm | TypeToConfirm,
        deed: Deed,
        done: str,
    ) -> None:
        message, account = self.current_message, self.session.account
        if message is None or account is None:
            return

        def answered(answer: bool | str | None) -> None:
            if answer:
                self.work(self._do(account, message, deed, done), group="deed")

        self.app.push_screen(question, answered)

    async def _do(self, account: Account, message: Message, deed: Deed, done: str) -> None:
        try:
            changed = await deed(account, message)
        except RequestFailed as problem:
            self.app.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
            return
        if changed is None:
            self.session.message_deleted(account, message.sid)
        else:
            self.session.message_known(account, changed)
        self.app.notify(done, markup=False)


def find_sids(text: str) -> tuple[str, ...]:
    """The message SIDs in a text, each once: a line of a log, a URL, a piece of JSON."""
    return tuple(dict.fromkeys(_SID.findall(text)))


def check_sid(text: str) -> str:
    """What is wrong with a text that should hold one message SID; empty for nothing."""
    match len(find_sids(text)):
        case 0:
            return "There is no message SID in this: SM or MM and 32 hexadecimal digits. Copy it again, whole."
        case 1:
            return ""
        case many:
            return f"There are {many} message SIDs in this; leave the one to open."


async def _delete(account: Account, message: Message) -> None:
    from tui.twilio.messages import delete

    await delete(account.client, message.sid)
