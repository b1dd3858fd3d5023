"""The reply under a conversation: from whom and to which address, the field, what it costs, and what is said about it.

Knows fields and words, not accounts, sends or storage. Enter makes a new line there: nothing that is pressed by habit
leads to a send.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static, TextArea

from tui.keymap import key_of
from tui.screens.sending.cautions import no_cost, note_lines
from tui.screens.sending.draft import DraftFields
from tui.screens.sending.send_notes import SendNote
from tui.theme import TONES, Tone
from tui.twilio.addresses import CHANNELS
from tui.widgets.form_fields import FieldNote
from tui.widgets.message_text import MessageText
from tui.widgets.message_words import show_address
from tui.widgets.meter import blame_line, is_sms, meter_line


@dataclass(frozen=True, slots=True)
class ReplyAddresses:
    """Between which two addresses a reply goes.

    Attributes:
        to: the other side's address, as Twilio has it.
        sender: the own number, or service; empty where none is known.
        usual: the one they wrote to; empty where none is known.
        names: what `sender` and `usual` are called (safe to show); empty where they have no name.
    """

    to: str
    sender: str
    usual: str
    names: tuple[str, str] = ("", "")

    @property
    def is_another(self) -> bool:
        """Whether the sender is not the one they wrote to."""
        return bool(self.usual) and self.sender != self.usual


def address_to(to: str, sender: str) -> str:
    """The other side's address in the channel of a sender: an SMS sender reaches no WhatsApp address.

    A service stays with the address as it is, since it may have senders of either.
    """
    if sender.startswith("MG") or not sender:
        return to
    channel = _channel(sender)
    number = to.partition(":")[2] if _channel(to) else to
    if channel == _channel(to) or not number.startswith("+"):
        return to
    return f"{channel}:{number}" if channel else number


def _channel(address: str) -> str:
    channel, colon, _ = address.partition(":")
    return channel if colon and channel in CHANNELS else ""


def say_addresses(addresses: ReplyAddresses) -> Content:
    """`from On-call alerts · +1 415 555 0100`; in a warning tone where it is not the sender they wrote to."""
    key = key_of("conversations.choose_sender")
    if not addresses.sender:
        return Content.assemble(
            ("It is not known which of your numbers they wrote to: ", TONES["warn"]), (f"{key} chooses one", "$quiet")
        )
    name, usual_name = addresses.names
    sender = f"{name} · {_shown(addresses.sender)}" if name else _shown(addresses.sender)
    usual = usual_name or _shown(addresses.usual)
    channel = f" to {show_address(addresses.to)}" if _channel(addresses.to) else ""
    if addresses.is_another:
        return Content.assemble(
            (f"from {sender}{channel}", f"bold {TONES['warn']}"), (f"  they wrote to {usual}", TONES["warn"])
        )
    return Content.assemble(("from ", "$quiet"), f"{sender}{channel}", (f"  {key} another", "$quiet"))


def _shown(address: str) -> str:
    return f"service {address[:6]}…{address[-4:]}" if address.startswith("MG") else show_address(address)


class Reply(Vertical, can_focus=False):
    """The field, in which one types, and what stands around it."""

    class Changed(Posted):
        """Something was typed."""

        def can_replace(self, message: Posted) -> bool:
            """Only the newest text matters."""
            return isinstance(message, Reply.Changed)

    def __init__(self) -> None:
        super().__init__(id="reply")
        self.field = MessageText(id="reply-text", placeholder="Write a reply")
        self.addresses = ReplyAddresses("", "", "")
        self._shown = self._said = ""
        self._cautions: Sequence[SendNote] = []
        self.cost_of: Callable[[str], str] = no_cost
        """What a text would cost between these addresses, safe to show; empty where that is not known."""

    def compose(self) -> ComposeResult:
        yield Static("", id="reply-from", markup=False)
        yield Static("", id="reply-cautions", markup=False)
        yield self.field
        yield Static("", id="reply-meter", markup=False)
        yield Static("", id="reply-blame", markup=False)
        yield FieldNote(id="reply-note")

    @property
    def body(self) -> str:
        """What stands in the field, verbatim."""
        return self.field.text

    @property
    def typed(self) -> DraftFields:
        """The message as Compose has it."""
        return DraftFields(to=self.addresses.to, from_=self.addresses.sender, body=self.body)

    def fill(self, body: str) -> None:
        """Put a text into the field, with the cursor behind it; undo does not lead back to the one before."""
        self._shown = body
        self.field.load_text(body)
        self.field.move_cursor(self.field.document.end)
        self.say("")
        self.measure()

    def go_between(self, addresses: ReplyAddresses) -> None:
        """Say between which addresses it goes."""
        self.addresses = addresses
        self.query_one("#reply-from", Static).update(say_addresses(addresses))
        self.measure()

    def caution(self, notes: Sequence[SendNote]) -> None:
        """Say what is known of the two addresses; nothing takes no room."""
        if notes != self._cautions:
            self._cautions = notes
            shown = self.query_one("#reply-cautions", Static)
            shown.display = bool(notes)
            shown.update(note_lines(notes))

    def hold(self, held: bool) -> None:
        """Take no keys while the text is being sent."""
        self.field.read_only = held
        self.set_class(held, "-held")

    def say(self, words: str, tone: Tone = "muted") -> None:
        """Say something under the field (words already safe to show)."""
        self.query_one("#reply-note", FieldNote).say(words, tone)

    def make_plain(self) -> None:
        """Replace what forces UCS-2 by plain equivalents, and say what was done."""
        replaced, words = self.field.make_plain(sms=is_sms(self.addresses.to, self.addresses.sender))
        if replaced:
            self._said = words
        else:
            self.say(words)

    def on_resize(self) -> None:
        self.call_after_refresh(self.measure)

    def measure(self) -> None:
        """Say anew what the text costs."""
        body, sms = self.body, is_sms(self.addresses.to, self.addresses.sender)
        meter = self.query_one("#reply-meter", Static)
        width, cost = meter.content_size.width, self.cost_of(body) if sms else ""
        meter.update(meter_line(body, sms=sms, cost=cost, width=width) if body else "")
        blame = blame_line(body) if sms else Content("")
        shown = self.query_one("#reply-blame", Static)
        shown.display = bool(blame.plain)
        shown.update(blame)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if (body := self.body) == self._shown:
            return
        self._shown = body
        self.measure()
        # The change that a replacement made is told only now; its sentence must survive it.
        self.say(self._said)
        self._said = ""
        self.post_message(self.Changed())
