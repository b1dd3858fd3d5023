"""Is it only this one? What the archive has of the last seven days: same code, same sender, same recipient."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Final

from tui.services.why.asking import Asking, between, counted, term
from tui.services.why.checks import Check, CheckState, Subject

PERIOD: Final = timedelta(days=7)
MOST_READ: Final = 500
"""Messages with the same code that are looked at one by one."""


async def check_others(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether the same happened to others, and how this recipient fared otherwise."""
    if subject.inbound or not subject.failed:
        return "It did not fail."
    whole = asking.is_complete(asking.now - PERIOD, asking.now)
    partly = "" if whole else " Not all messages of this time are here."
    facts: list[str] = []
    others = 0
    consequence = ""
    own_sids = {subject.message.sid} if subject.message is not None else set[str]()
    if subject.code is not None:
        rows = await asking.rows(f"code:{subject.code} {between(asking.now - PERIOD, asking.now)}")
        found = await asking.read_rows(rows[-MOST_READ:])
        alike = [each for each in found if each.sid not in own_sids]
        others = len(rows) - (len(found) - len(alike))
        senders = Counter(each.own_party for each in alike)
        recipients = {each.other_party for each in alike} - {subject.other}
        if others:
            other_ = "other " if subject.message is not None else ""
            who = f"all from {next(iter(senders))}" if len(senders) == 1 else f"from {len(senders)} senders"
            newest = f". The newest {len(alike):,} of them:" if others > len(alike) else ","
            facts.append(
                f"{counted(others, f'{other_}message')} with {subject.code} in the last 7 days{newest} "
                f"to {counted(len(recipients), f'{other_}recipient')}, {who}."
            )
            consequence = _consequence(subject, len(senders), len(recipients))
        else:
            facts.append(f"No other message had {subject.code} in the last 7 days.")
    own, other = term("own", subject.own), term("to", subject.other)
    if subject.own:
        figures = await asking.figures(f"is:out {own}", PERIOD)
        if figures.settled:
            facts.append(f"From {subject.own} {figures.delivered:,} of {figures.settled:,} were delivered.")
    if subject.other and subject.own:
        elsewhere = await asking.figures(f"is:out {other} -{own}", PERIOD)
        if elsewhere.settled:
            said = f"{elsewhere.delivered:,} of {elsewhere.settled:,} were delivered."
            facts.append(f"To {subject.other} from other senders {said}")
        elif elsewhere.sent:
            sent = counted(elsewhere.sent, "message")
            facts.append(f"To {subject.other} from other senders {sent}: what became of them is not known yet.")
        else:
            facts.append(f"No other sender wrote to {subject.other}.")
    return replace(
        check,
        state=CheckState.FAULT if others else CheckState.FINE if whole else CheckState.UNKNOWN,
        fact=" ".join(facts) + partly,
        consequence=consequence,
    )


def _consequence(subject: Subject, senders: int, recipients: int) -> str:
    if not recipients:
        return "It is this recipient alone."
    if senders > 1:
        return "It is neither this recipient nor this sender alone."
    return "It is not this recipient alone: look at the sender, or at what is sent."
