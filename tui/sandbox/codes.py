"""One-time codes of what was sent: those in the texts, 4 to 10 digits or two groups of three, and those of Verify."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from tui.sandbox.addresses import channel_of
from tui.sandbox.control_call import ControlCall
from tui.sandbox.messages import StoredMessage
from tui.sandbox.reach import Turned
from tui.sandbox.resources import Json
from tui.sandbox.search import Criteria, MessageSearch, latest, read_criteria, wait_for
from tui.sandbox.verify import SentCode


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code that was sent. `sid` is of the message, or of the verification where no text was found with it."""

    at: datetime
    code: str
    to: str
    channel: str
    sid: str
    body: str = ""

    def shown(self) -> Json:
        """It in JSON's own types."""
        return {"code": self.code, "to": self.to, "channel": self.channel, "sid": self.sid, "body": self.body}


# Telephone numbers: with a plus sign, with parentheses, or in three groups and more.
_TELEPHONE = re.compile(r"\+\d[\d ()./-]*|\(\d+\)[\d -]+|\d{2,10}(?:[ -]\d{2,10}){2,}")
_LINK = re.compile(r"\b\w+://\S+|\b(?:tel|sms):\S+")
# Scripts without blanks write a code right after a letter; Latin ones, as in HB482913, do not.
_BEFORE = r"(?<![A-Za-zÀ-ɏ_\d+.,/#:=$€£¥₹-])(?<![$€£¥₹] )|(?<=\b[A-Z]-)|(?<=[^\W\d_]:)"
_AFTER = r"(?![A-Za-zÀ-ɏ_\d/:=年円元원-]|[.,]\d| ?[$€£¥₹](?!\d))"
_CODE = re.compile(rf"(?:{_BEFORE})(?:\d{{3}}[- ]\d{{3}}|\d{{4,10}}){_AFTER}")


def codes_in(text: str) -> tuple[str, ...]:
    """Return what can be a one-time code in a text, each once: no parts of numbers, amounts, links, dates and times."""
    found = _CODE.findall(_TELEPHONE.sub("+", _LINK.sub("/", text)))
    return tuple(dict.fromkeys(re.sub(r"\D", "", code) for code in found))


async def search_codes(call: ControlCall) -> Json:
    """Answer GET /_sandbox/codes: the newest first; by SMS the text that brought it too, and Verify's of all channels.

    Raises:
        ValueError: for a parameter that cannot be.
        Turned: 408 where a code was waited for and none came.
    """
    call.only("to", "since", "wait")
    account, seconds = call.parts.account, call.wait()
    criteria = replace(read_criteria(call.query, account.started), fits=_brings_code)
    texts = MessageSearch(account, criteria)

    async def look() -> list[FoundCode]:
        found = [_in_text(message, code) for message in await texts.look() for code in codes_in(message.body)]
        known = {(_bare(each.to), each.code) for each in found}
        found += [_of_verify(each) for each in account.verifications.codes if _is_wanted(each, criteria, known)]
        return sorted(found, key=lambda each: each.at, reverse=True)

    codes = await wait_for(look, seconds)
    if seconds and not codes:
        raise Turned(408, f"no code{criteria} within {seconds:g} s; {latest(account)}")
    return {"codes": [each.shown() for each in codes]}


def _brings_code(message: StoredMessage) -> bool:
    return message.direction != "inbound" and bool(codes_in(message.body))


def _in_text(message: StoredMessage, code: str) -> FoundCode:
    channel = channel_of(message.to) or "sms"
    return FoundCode(message.created, code, message.to, channel, message.sid, message.body)


def _of_verify(sent: SentCode) -> FoundCode:
    return FoundCode(sent.at, sent.code, sent.to, sent.channel, sent.verification_sid)


def _is_wanted(code: SentCode, criteria: Criteria, known: set[tuple[str, str]]) -> bool:
    """Tell whether a code of Verify's is looked for, and in none of the texts that were found."""
    to_them = criteria.to in ("", code.to)
    return to_them and code.at >= criteria.since and (_bare(code.to), code.code) not in known


def _bare(address: str) -> str:
    """Return an address without its channel."""
    return address.rpartition(":")[2]
