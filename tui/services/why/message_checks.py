"""Checks of a message itself: what its status and its error code say."""

from __future__ import annotations

from dataclasses import replace

from tui.services.why.asking import Asking
from tui.services.why.checks import Check, CheckState, Subject
from tui.services.why.verdict import VAGUE
from tui.twilio.error_catalogue import explain, say_unknown
from tui.twilio.message import ARRIVED


async def check_code(asking: Asking, subject: Subject, check: Check) -> Check:
    """What Twilio itself says of the end it came to."""
    code, known = subject.code, explain(subject.code)
    message = subject.message
    if not subject.failed:
        fine = subject.status in ARRIVED or subject.status in ("scheduled", "canceled")
        return replace(
            check, state=CheckState.FINE if fine else CheckState.UNKNOWN, fact=f"Its status is “{subject.status}”."
        )
    if code is None:
        return replace(check, state=CheckState.UNKNOWN, fact=f"It is {subject.status}, and Twilio gave no error code.")
    own_words = message.error_message if message is not None else ""
    if known is None:
        words = own_words or "a code that is not known here"
        return replace(
            check,
            state=CheckState.FAULT if own_words else CheckState.UNKNOWN,
            fact=f"{code}: {words}",
            next_step=say_unknown(code),
            cause=own_words,
        )
    return replace(
        check,
        state=CheckState.UNKNOWN if code in VAGUE else CheckState.FAULT,
        fact=f"{code}: {known.meaning}",
        consequence=known.again,
        next_step=known.remedy,
        cause="" if code in VAGUE else known.meaning,
    )
