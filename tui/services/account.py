"""The opened connection (`Account`) and the session's events (`SessionEvent`). Data; must not know the session."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.archive.store import ArchiveChange
    from tui.services.media import AccountMedia
    from tui.services.message_archive import MessageArchive
    from tui.services.money import AccountMoney
    from tui.services.reply_drafts import ReplyDrafts
    from tui.services.send_state import SendState
    from tui.services.sends import SendService
    from tui.storage.connection import Connection
    from tui.storage.drafts import Drafts
    from tui.storage.journal import SendJournal
    from tui.twilio.client import Client
    from tui.twilio.content import ContentTemplate
    from tui.twilio.messages import Message
    from tui.twilio.number_lookup import LookedUp
    from tui.twilio.senders import AccountSenders
    from tui.webhooks.event_queue import EventBatch


@dataclass(slots=True)
class Account:
    """The connection in use, opened.

    Attributes:
        archive: its messages on this computer.
        replies: what is typed in its conversations.
        sandbox: whether this is the embedded Twilio, so that every screen can say so.
        senders: what it can send from, once asked for; shared by every screen.
        templates: its content templates by SID, once asked for.
        sandbox_operations: method, host and path of what the sandbox has of Twilio's operations, once asked for; None
            where this is not the sandbox.
        media: the media of its messages, once wanted: `Session.media` makes it.
        money: what it has and used, once wanted: `Session.money` makes it.
        statuses: SID → the newest status that was seen of a message.
        line_types: number → what a look-up that was paid for said, so that none is paid twice; None
            while the answer is waited for.
    """

    connection: Connection
    client: Client
    outbox: SendJournal
    drafts: Drafts
    replies: ReplyDrafts
    sends: SendService
    archive: MessageArchive
    sandbox: bool = False
    senders: AccountSenders | None = None
    templates: Mapping[str, ContentTemplate] | None = None
    sandbox_operations: frozenset[tuple[str, str, str]] | None = None
    media: AccountMedia | None = None
    money: AccountMoney | None = None
    statuses: dict[str, str] = field(default_factory=dict[str, str])
    line_types: dict[str, LookedUp | None] = field(default_factory=dict)
    _final: set[str] = field(default_factory=set[str], repr=False)
    _free: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _at_work: int = 0

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.connection.name

    def note(self, message: Message) -> None:
        """Remember a message's status. Reports come in any order; a final one stands."""
        if message.status and (message.final or message.sid not in self._final):
            self.statuses[message.sid] = message.status
        if message.final:
            self._final.add(message.sid)

    @contextmanager
    def working(self) -> Generator[None]:
        """While inside, the client stays open, whichever connection is chosen meanwhile."""
        self._at_work += 1
        self._free.clear()
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._free.set()

    async def idle(self) -> None:
        """Wait until no send, no request by hand and no job is under way."""
        while self._at_work or self.sends.busy:
            await self.sends.idle()
            if self._at_work:
                await self._free.wait()

    async def load_senders(self) -> AccountSenders:
        """The senders, asked for once per account.

        Raises:
            RequestFailed: never; problems are kept in the result.
        """
        if self.senders is None:
            from tui.twilio.senders import list_senders

            self.senders = await list_senders(self.client)
        return self.senders

    async def load_templates(self, *, again: bool = False) -> Mapping[str, ContentTemplate]:
        """The content templates by SID, asked for once per account, or again.

        Raises:
            RequestFailed: they could not be listed; what was known of them stays.
        """
        if self.templates is None or again:
            from tui.twilio.content import list_templates

            self.templates = {template.sid: template for template in await list_templates(self.client)}
        return self.templates

    async def load_sandbox_operations(self) -> frozenset[tuple[str, str, str]] | None:
        """`sandbox_operations`, asked for once; None also where the sandbox does not say."""
        if self.sandbox and self.sandbox_operations is None:
            from tui.webhooks.errors import SandboxRefused
            from tui.webhooks.sandbox_controls import operations_of

            with suppress(SandboxRefused):
                self.sandbox_operations = await operations_of(str(self.client.policy.origin))
        return self.sandbox_operations


class EventType(Enum):
    """The kinds of `SessionEvent`."""

    ACCOUNT = auto()
    """Another connection is in use, or one is being opened, or opening it failed and the one before stays."""
    CONNECTIONS = auto()
    """The saved connections changed."""
    SEND = auto()
    """A send moved on; `SessionEvent.sending` has it, and `message` its message, once there is one."""
    MESSAGE = auto()
    """A message is known in a newer state other than by a send; None in `SessionEvent.message`: `sid` was deleted."""
    WITHDRAWN = auto()
    """Messages were redacted or deleted: of the words of those in `SessionEvent.withdrawn` nothing is kept any more,
    but for what a NOTICE told just before."""
    WEBHOOKS = auto()
    """Webhooks were received, which `SessionEvent.batch` has, or the receiver stands otherwise."""
    ARCHIVE = auto()
    """The archive changed. `SessionEvent.archive_change` has the rows and the coverage; None where all may be another:
    it was opened, another window wrote, or the one of another connection is `Session.archive` now."""
    SYNC = auto()
    """`MessageArchive.status` is another: what is being read from Twilio, or why it cannot be."""
    NAMES = auto()
    """`Session.contacts` names addresses otherwise than before, or is another."""
    PRICES = auto()
    """More is known of what messages from this account cost; `SessionFiles.prices` has it."""
    JOBS = auto()
    """A job stands otherwise: `SessionEvent.job` is its number. At most twice a second while it runs. `account` is the
    one that it runs with, or ran with last; None where this window has not run it."""
    NOTICE = auto()
    """Something the person should know; `SessionEvent.words` says it."""


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One event, as `Session.publish` passes it to the subscribers."""

    what: EventType
    account: Account | None = None
    sending: SendState | None = None
    message: Message | None = None
    sid: str = ""
    words: str = ""
    batch: EventBatch | None = None
    archive_change: ArchiveChange | None = None
    withdrawn: Mapping[str, bool] = field(default_factory=dict[str, bool])
    job: int = 0
