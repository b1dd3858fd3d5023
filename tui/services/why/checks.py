"""What is asked about a failed message, and what was found: subject, check, verdict. Data only.

All texts may hold remote words (names, addresses, Twilio's sentences) as they came: sanitise before showing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final

from tui.twilio.addresses import AddressKind, country_of, kind_of
from tui.twilio.message import PROBLEMS

if TYPE_CHECKING:
    from tui.twilio.message import Message

MOST_SAMPLES: Final = 20
"""Messages of a code that are looked at one by one."""


class CheckState(Enum):
    """How a check stands."""

    WAITING = "waiting"
    """It was asked, and there is no answer yet."""
    FINE = "fine"
    """Nothing is wrong here."""
    FAULT = "fault"
    """Something is wrong here."""
    UNKNOWN = "unknown"
    """There was no answer, or none that tells."""
    NOT_ASKED = "not asked"
    """It costs money, and nobody asked for it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be why, as far as it is known.

    Attributes:
        name: which check it is, as in `tui.services.why.verdict.RANK`.
        title: what is looked at, in a few words.
        fact: what was found, or why nothing was, as a sentence.
        consequence: what follows from that; empty where nothing does.
        next_step: what to do; empty where there is nothing to do.
        asked: method and full URL, without credentials, of the request that the fact is from; None where it is from
            the archive, or no request was made.
        cause: what a verdict may say of it, as a sentence; empty but for a `FAULT` that can be why a message failed.
        unreached: why nothing at all answered, as a sentence; empty where something did. Of many checks it may be the
            same: no network.
    """

    name: str
    title: str
    state: CheckState
    fact: str = ""
    consequence: str = ""
    next_step: str = ""
    asked: tuple[str, str] | None = None
    cause: str = ""
    unreached: str = ""


@dataclass(frozen=True, slots=True)
class WhyVerdict:
    """What the checks come to.

    Attributes:
        words: the sentence to show first: a cause, `Probably: …`, `Unknown: …`, or that nothing is wrong.
        next_step: what to do now; may be empty.
        certain: whether the facts leave no doubt.
        check: the name of the check that decided; empty for unknown.
    """

    words: str
    next_step: str = ""
    certain: bool = False
    check: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: one message, a refused attempt to send one, or the messages that failed with one code.

    Attributes:
        message: the message; None for an attempt that Twilio refused, and for a code.
        code: its error code, or the one that all of `samples` have; None for none.
        own: the account's side: an address, or a messaging service's SID; empty where it is not one.
        other: the other side's address; empty where it is not one.
        samples: some messages of a code, `MOST_SAMPLES` are looked at.
        at: when an attempt was made that is no message.
    """

    message: Message | None = None
    code: int | None = None
    own: str = ""
    other: str = ""
    samples: tuple[Message, ...] = ()
    at: datetime | None = None

    @classmethod
    def of_message(cls, message: Message) -> Subject:
        """One message."""
        return cls(message, message.error_code, message.own_party, message.other_party)

    @classmethod
    def of_code(cls, code: int, samples: tuple[Message, ...]) -> Subject:
        """The messages that failed with a code; what they all share is theirs, the rest is left open."""
        own, other = ({each} for each in ("", ""))
        if samples:
            own, other = {each.own_party for each in samples}, {each.other_party for each in samples}
        return cls(
            None,
            code,
            own.pop() if len(own) == 1 else "",
            other.pop() if len(other) == 1 else "",
            samples[:MOST_SAMPLES],
        )

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages that can be looked at."""
        return (self.message,) if self.message is not None else self.samples[:MOST_SAMPLES]

    @property
    def status(self) -> str:
        """The message's status; `failed` for a refused attempt and for the messages of a code."""
        return self.message.status if self.message is not None else "failed"

    @property
    def inbound(self) -> bool:
        """Whether it came in."""
        return bool(self.messages) and all(each.inbound for each in self.messages)

    @property
    def failed(self) -> bool:
        """Whether somebody did not get it."""
        return self.status in PROBLEMS

    @property
    def when(self) -> datetime | None:
        """When it was: of a code's samples the newest."""
        return self.at or max((each.when for each in self.messages if each.when is not None), default=None)

    @property
    def own_sides(self) -> tuple[str, ...]:
        """The account's sides: addresses, or services where no sender was chosen, each once."""
        return tuple(dict.fromkeys(each for each in (self.own, *(m.own_party for m in self.messages)) if each))

    @property
    def others(self) -> tuple[str, ...]:
        """The other sides' addresses, each once."""
        return tuple(dict.fromkeys(each for each in (self.other, *(m.other_party for m in self.messages)) if each))

    @property
    def services(self) -> tuple[str, ...]:
        """The SIDs of the messaging services that were to send."""
        found = (self.own, *(each.messaging_service_sid for each in self.messages))
        return tuple(dict.fromkeys(each for each in found if kind_of(each) is AddressKind.SERVICE))

    @property
    def countries(self) -> tuple[str, ...]:
        """The ISO codes of the other sides' countries, as far as their numbers tell."""
        return tuple(dict.fromkeys(each for each in map(country_of, self.others) if each is not None))

    @property
    def channel(self) -> str:
        """`whatsapp`, `rcs`, `messenger`; empty for SMS and MMS."""
        address = self.other or next(iter(self.others), "")
        return address.partition(":")[0] if kind_of(address) is AddressKind.CHANNEL else ""
