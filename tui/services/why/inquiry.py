"""One inquiry into why: all free checks asked at once, each bounded in time, and the verdict on what they found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui.services.why.asking import Asking
from tui.services.why.checks import Check, CheckState, Subject, WhyVerdict
from tui.services.why.message_checks import check_code
from tui.services.why.recipient_checks import check_consent
from tui.services.why.sender_checks import check_sender
from tui.services.why.verdict import judge
from tui.twilio.errors import NoAnswer, RequestFailed

if TYPE_CHECKING:
    from tui.services.account import Account

LONGEST: Final = 15.0
"""Seconds that a check may take, all its requests together."""


@dataclass(frozen=True, slots=True)
class _Probe:
    name: str
    title: str
    ask: Callable[[Asking, Subject, Check], Awaitable[Check | None]]
    """Fills in the check it is given; None where it does not apply."""


PROBES: Final = (
    _Probe("code", "Status and error code", check_code),
    _Probe("sender", "The sender is the account's", check_sender),
    _Probe("consent", "The recipient wants messages", check_consent),
)
"""Every check that costs nothing, in the order they are shown."""


class Inquiry:
    """Why something failed.

    Args:
        account: whose message it is.
        subject: what is asked about.
        changed: called on the loop after each check that was answered.
        clock: the present, aware.
        longest: seconds that a check may take.

    Attributes:
        checks: those that apply, in the order to show them; which apply is certain once `run` has returned.
        verdict: on what is known by now.
    """

    def __init__(
        self,
        account: Account,
        subject: Subject,
        changed: Callable[[], None] = lambda: None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        longest: float = LONGEST,
    ) -> None:
        self.account = account
        self.subject = subject
        self._changed, self._clock, self._longest = changed, clock, longest
        self._checks = {each.name: Check(each.name, each.title, CheckState.WAITING) for each in PROBES}

    @property
    def checks(self) -> Sequence[Check]:
        """See the class."""
        return tuple(self._checks.values())

    @property
    def verdict(self) -> WhyVerdict:
        """See the class."""
        return judge(self.subject, self.checks, self._clock())

    @property
    def look_up_price(self) -> str:
        """What `look_up` costs, to stand in a question; empty where there is nothing to look up."""
        return ""

    async def run(self) -> None:
        """Ask all that is free, at once. Cancelling it lets go of what is under way."""
        asking = Asking(self.account, self._clock)
        try:
            with self.account.working():
                await asyncio.gather(*(self._answer(each, asking) for each in PROBES))
        finally:
            asking.stop()

    async def look_up(self) -> None:
        """Look up what kind of line the recipient's number is. It costs money: only after a question."""

    async def _answer(self, probe: _Probe, asking: Asking) -> None:
        before = self._checks[probe.name]
        try:
            async with asyncio.timeout(self._longest):
                found = await probe.ask(asking, self.subject, before)
        except TimeoutError:
            slow = NoAnswer(f"there was no answer within {self._longest:.0f} s.", sent=True, timed_out=True)
            found = asking.unread(before, slow, "what is needed")
        except RequestFailed as problem:
            found = asking.unread(before, problem, "what is needed")
        if found is None:
            del self._checks[probe.name]
        else:
            self._checks[probe.name] = found
        self._changed()
