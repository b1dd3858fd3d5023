"""What the checks come to, in one sentence: a pure function of what they found, in whatever order that came.

It names no cause whose check found no fault, and says unknown where nothing tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from tui.services.why.checks import Check, CheckState, Subject, WhyVerdict
from tui.time_format import length
from tui.twilio.message import ARRIVED, UNDER_WAY

RANK: Final = (
    *("balance", "account", "sender", "country", "consent", "window", "registration"),
    *("number", "line_type", "media", "queue", "code", "alerts"),
)
"""The checks that may be a cause, the one that explains most first: without money nothing else matters."""

MEDIA: Final = frozenset(
    {
        *(11200, 11201, 11202, 11205, 11210, 11215, 11217, 11220, 11235, 11236, 11237, 11751, 12300),
        *(21620, 21621, 21623, 30019, 63019, 63021, 63034),
    }
)
"""Codes of media that cannot be had or taken. All that Twilio fetches for a message that goes out is its media; as the
code of an alert the first ones are of webhooks as well."""

TOLD_BY_CODE: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {
        "account": frozenset({10001, 20003, 20005, 20403, 30002}),
        "balance": frozenset({10001, 20003, 20005, 20403, 30002}),
        "sender": frozenset({21212, 21606, 21612, 21659, 21660, 21661, 21701, 21703, 21704, 63007}),
        "country": frozenset({21408}),
        "consent": frozenset({21610}),
        "window": frozenset({63016}),
        "registration": frozenset({30032, 30033, 30034, 30035, 30990}),
        "number": frozenset({21211, 21614, 21635, 30005}),
        "line_type": frozenset({21614, 21635, 30006}),
        "media": MEDIA,
        "queue": frozenset({14107, 20429, 21611, 30001, 30022, 30036, 63018}),
    }
)
"""Check → the codes that mean its fault: where both say it there is no doubt. Source: `tui/twilio/error_codes.tsv`."""

HINTED_BY_CODE: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {
        "registration": frozenset({30004, 30007, 30024}),
        "consent": frozenset({30004}),
        "number": frozenset({21612, 30003, 30006}),
        "line_type": frozenset({21612, 30003, 30005}),
    }
)
"""Check → the codes that leave several causes open, its fault among them."""

VAGUE: Final = frozenset({30008, 20500, 20503, 30410, 63010, 63012})
"""Codes that say only that it failed."""

OPEN: Final = frozenset({30004, 30006, 30007, 21612}) | VAGUE
"""Codes that by themselves leave it open which of several causes it was."""

_HOLDS_UP: Final = frozenset({"balance", "account", "queue"})
"""What may keep a message from leaving without any code."""

_WAITS_TO_LEAVE: Final = frozenset({"accepted", "queued", "sending"})
"""Where nothing but that may be why: what was sent has left, and what is scheduled waits for its time."""

_WITHOUT_CODE: Final = frozenset({"number", "line_type"})
"""What a carrier may meet and give no reason for. Of all else Twilio says so with a code of its own."""

OF_NOW: Final = ("balance", "account", "country", "registration")
"""The checks of what is so now, which may have been otherwise when the message failed."""

_GUESSED_OF_NOW: Final = frozenset((*OF_NOW, "sender", "queue"))
"""What is so now and explains a failure without a code only where that was a short while ago."""

_SHORT_WHILE: Final = timedelta(days=1)

USUAL: Final = "Most are delivered within seconds; a carrier may take minutes."
_MOST_NAMED: Final = 3
"""Checks without an answer that a verdict names."""

LATE: Final = timedelta(minutes=5)
"""From when on a message that is still out is worth a word. Most take seconds."""


def judge(subject: Subject, checks: Iterable[Check], now: datetime) -> WhyVerdict:
    """The verdict on what is known by now; it may change while checks are still waited for."""
    known = {each.name: each for each in checks}
    faults = [known[name] for name in RANK if name in known and known[name].state is CheckState.FAULT]
    if subject.failed:
        return _on_failed(subject, known, [each for each in faults if each.cause], now)
    webhook = next((each for each in faults if each.name == "alerts"), None)
    if webhook is not None and webhook.cause and (subject.status in ARRIVED or subject.inbound):
        done = "It came in" if subject.inbound else "It was delivered"
        return WhyVerdict(f"{done}, but: {lowered(webhook.cause)}", webhook.next_step, certain=True, check=webhook.name)
    if subject.status in ARRIVED:
        return WhyVerdict("Nothing is wrong: it " + _end_of(subject.status), certain=True, check="code")
    if subject.status == "canceled":
        return WhyVerdict("Nothing is wrong: it was cancelled before it left.", certain=True, check="code")
    if subject.status in UNDER_WAY:
        waits = subject.status in _WAITS_TO_LEAVE
        held = next((each for each in faults if waits and each.name in _HOLDS_UP and each.cause), None)
        usual = known["code"].consequence if "code" in known else ""
        return _probably(held) if held is not None else _on_pending(subject, now, usual or USUAL)
    return WhyVerdict(f"Unknown: nobody has heard of the status “{subject.status}” yet.", "Ask again later.")


def _on_failed(subject: Subject, known: Mapping[str, Check], faults: list[Check], now: datetime) -> WhyVerdict:
    code, by_name = subject.code, {each.name: each for each in faults}
    recent = subject.when is None or now - subject.when < _SHORT_WHILE
    told = next((each for each in faults if code in TOLD_BY_CODE.get(each.name, ())), None)
    if told is not None and told.name == "balance" and not recent:
        # The code says that the account was suspended, not that it was for this.
        return _probably(told)
    if told is not None:
        return WhyVerdict(told.cause, told.next_step, certain=True, check=told.name)
    hinted = next((each for each in faults if code in HINTED_BY_CODE.get(each.name, ())), None)
    if hinted is not None:
        return _probably(hinted)
    said = by_name.get("code")
    if said is not None and code not in VAGUE:
        if code in OPEN:
            return _probably(said)
        return WhyVerdict(said.cause, _mended(known, code) or said.next_step, certain=True, check=said.name)
    # A webhook of one's own that fails keeps no message from arriving.
    other = next((each for each in faults if _may_explain(each.name, code, recent=recent)), None)
    if other is not None:
        return _probably(other)
    if any(each.state is CheckState.WAITING for each in known.values()):
        return WhyVerdict("Unknown so far: not all that was asked for is there yet.")
    return _unknown(known)


def _may_explain(check: str, code: int | None, *, recent: bool) -> bool:
    """Whether a fault may be why a message failed of which Twilio says only that it did."""
    if code is not None:
        return check in _WITHOUT_CODE
    return check not in ("code", "alerts") and (recent or check not in _GUESSED_OF_NOW)


def _mended(known: Mapping[str, Check], code: int | None) -> str:
    """What to do where the code's cause is there no more; empty where it may be."""
    now = [known[name] for name in OF_NOW if name in known and code in TOLD_BY_CODE[name]]
    if not now or any(each.state is not CheckState.FINE for each in now):
        return ""
    return f"That may be mended since: {lowered(now[-1].fact)} Send it again."


def _unknown(known: Mapping[str, Check]) -> WhyVerdict:
    said = known.get("code")
    step = said.next_step if said is not None else ""
    step = step or "Send it once more; if it fails again, ask Twilio's support with the message's SID."
    if any(each.state is CheckState.NOT_ASKED for each in known.values()):
        step += " What kind of line the number is can be looked up; that costs money."
    unread = sorted(
        each.title for each in known.values() if each.state is CheckState.UNKNOWN and each.asked is not None
    )
    if not unread:
        return WhyVerdict("Unknown: nothing that was found explains it.", step)
    more = f" and {len(unread) - _MOST_NAMED} more" if len(unread) > _MOST_NAMED else ""
    few = ", ".join(unread[:_MOST_NAMED])
    return WhyVerdict(f"Unknown: nothing that was found explains it. Not found out: {few}{more}.", step)


def _probably(check: Check) -> WhyVerdict:
    return WhyVerdict(f"Probably: {lowered(check.cause)}", check.next_step, check=check.name)


def _on_pending(subject: Subject, now: datetime, usual: str) -> WhyVerdict:
    status, since = subject.status, subject.when
    if status == "scheduled":
        return WhyVerdict("Nothing is wrong: it is scheduled for later.", certain=True, check="code")
    span = max(now - since, timedelta(0)) if since is not None else None
    for_long = f" for {length(span)}" if span is not None else ""
    if status == "sent":
        if span is not None and span < LATE:
            return WhyVerdict(
                f"Nothing is wrong yet: sent {length(span)} ago, and no receipt so far. {usual}", check="code"
            )
        return WhyVerdict(
            f"Unknown: it has been sent{for_long}, and the carrier gave no receipt. Some never give one. {usual}",
            "Ask the recipient whether it arrived; a repeat may arrive twice.",
        )
    if span is not None and span < LATE:
        return WhyVerdict(f"Nothing is wrong yet: {status}{for_long}. {usual}", check="code")
    return WhyVerdict(
        f"Unknown: it has been {status}{for_long}. {usual}",
        "Wait, and ask again; many messages from one sender leave one after the other.",
    )


def _end_of(status: str) -> str:
    return {"received": "came in.", "read": "was delivered and read."}.get(status, "was delivered.")


_LOWERED: Final = frozenset({"A", "An", "The", "This", "That", "Your", "No", "One", "Some", "It", "There", "Their"})


def lowered(sentence: str) -> str:
    """A sentence as it stands after a colon: `The sender …` becomes `the sender …`; names keep their capitals."""
    first = sentence.partition(" ")[0]
    return sentence[0].lower() + sentence[1:] if first in _LOWERED else sentence
