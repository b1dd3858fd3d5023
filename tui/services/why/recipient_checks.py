"""Checks of the other side: whether they want messages."""

from __future__ import annotations

from dataclasses import replace

from tui.services.why.asking import Asking
from tui.services.why.checks import Check, CheckState, Subject


async def check_consent(asking: Asking, subject: Subject, check: Check) -> Check | None:
    """Whether the recipient said STOP to this sender before, as far as the archive knows."""
    if subject.inbound or not subject.other:
        return None
    standing = await asking.account.archive.standing(subject.own, subject.other)
    if standing.opted_out is None:
        return replace(check, state=CheckState.FINE, fact=f"Nothing here says that {subject.other} opted out.")
    by = (
        "Twilio refused a message with 21610"
        if standing.opted_out_by == "21610"
        else f"they sent {standing.opted_out_by}"
    )
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"{subject.other} opted out: {by}.",
        next_step="Stop sending; they must text START to this sender before you may write again.",
        cause="The recipient opted out of messages from this sender.",
    )
