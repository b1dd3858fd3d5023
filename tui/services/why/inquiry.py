"""One inquiry into why: all free checks asked at once, each bounded in time, and the verdict on what they found.

The paid look-up is asked by `look_up` alone, once for a number while the connection is in use.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui.services.why.account_checks import check_account, check_balance
from tui.services.why.asking import LONGEST_REQUEST, Asking, Unread
from tui.services.why.checks import Check, CheckState, Subject, WhyVerdict
from tui.services.why.figures_check import check_others
from tui.services.why.message_checks import check_alerts, check_code, check_media, check_window
from tui.services.why.recipient_checks import (
    check_consent,
    check_country,
    check_number,
    line_check,
    line_number,
    not_looked_up,
)
from tui.services.why.sender_checks import check_queue, check_registration, check_sender
from tui.services.why.verdict import judge
from tui.twilio.errors import NoAnswer, RequestFailed
from tui.twilio.number_lookup import LIST_PRICE, look_up_line, lookup_url

if TYPE_CHECKING:
    from tui.services.account import Account

LONGEST: Final = 25.0
"""Seconds that a check may take, all its requests together."""


@dataclass(frozen=True, slots=True)
class _Probe:
    name: str
    title: str
    ask: Callable[[Asking, Subject, Check], Awaitable[Check | str]]
    """Fills in the check that it is given, or says why it does not apply."""


PROBES: Final = (
    _Probe("code", "Status and error code", check_code),
    _Probe("account", "State of the account", check_account),
    _Probe("balance", "Balance", check_balance),
    _Probe("sender", "Sender of this account", check_sender),
    _Probe("registration", "Sender registration", check_registration),
    _Probe("country", "Country enabled", check_country),
    _Probe("consent", "Recipient's consent", check_consent),
    _Probe("window", "WhatsApp's 24 hours", check_window),
    _Probe("number", "Recipient's number", check_number),
    _Probe("media", "Media", check_media),
    _Probe("queue", "Sender's pace", check_queue),
    _Probe("alerts", "Twilio's alerts", check_alerts),
    _Probe("others", "Only this one?", check_others),
)
"""Every check that costs nothing, in the order they are shown."""

_LINE: Final = Check("line_type", "Kind of line", CheckState.NOT_ASKED)


class Inquiry:
    """Why something failed.

    Args:
        account: whose message it is.
        subject: what is asked about.
        changed: called on the loop after each check that was answered.
        clock: the present, aware.
        longest: seconds that an answer is waited for.

    Attributes:
        checks: those that apply, in the order to show them; which apply is certain once `run` has returned.
        left_out: title and reason of those that do not.
        verdict: on what is known by now.
        running: whether `run` is under way.
    """

    def __init__(
        self,
        account: Account,
        subject: Subject,
        changed: Callable[[], None] = lambda: None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        longest: float = LONGEST_REQUEST,
    ) -> None:
        self.account = account
        self.subject = subject
        self.running = False
        self._changed, self._clock, self._longest = changed, clock, longest
        self._checks = {each.name: Check(each.name, each.title, CheckState.WAITING) for each in PROBES}
        self._left_out: dict[str, str] = {}
        self._number = line_number(subject)
        self._looking: asyncio.Task[None] | None = None
        if self._number:
            self._checks[_LINE.name] = self._line_by_now()

    @property
    def checks(self) -> Sequence[Check]:
        """See the class."""
        return tuple(self._checks.values())

    @property
    def left_out(self) -> Sequence[tuple[str, str]]:
        """See the class."""
        return tuple((each.title, self._left_out[each.name]) for each in PROBES if each.name in self._left_out)

    @property
    def verdict(self) -> WhyVerdict:
        """See the class."""
        return judge(self.subject, self.checks, self._clock())

    @property
    def look_up_number(self) -> str:
        """The number that `look_up` would ask about; empty where there is none, or it was asked already."""
        return "" if self._number in self.account.line_types else self._number

    @property
    def look_up_price(self) -> str:
        """What `look_up` costs, to stand in a question; empty where there is nothing to look up."""
        return LIST_PRICE if self.look_up_number else ""

    async def run(self) -> None:
        """Ask all that is free, at once. Cancelling it lets go of what is under way."""
        asking = Asking(self.account, self._clock, self._longest)
        self.running = True
        try:
            # A tenth of a second once, which keys need not wait for.
            await asyncio.to_thread(importlib.import_module, "phonenumbers")
            with self.account.working():
                await asyncio.gather(*(self._answer(each, asking) for each in PROBES))
        finally:
            self.running = False
            await asking.stop()
        self._changed()

    async def look_up(self) -> None:
        """Look up what kind of line the recipient's number is. **It costs money**: only after a question.

        It is sent once, however often this is called meanwhile, and what it said is remembered with the account. After
        a failure it is sent again only by another call.
        """
        if self.look_up_number:
            self.account.line_types[self._number] = None
            self._looking = asyncio.get_running_loop().create_task(self._look_up(self._number))
        if self._looking is not None:
            # Whoever stops waiting does not stop what is paid for.
            await asyncio.shield(self._looking)

    async def _look_up(self, number: str) -> None:
        url = lookup_url(self.account.client, number, paid=True)
        asked = replace(_LINE, state=CheckState.WAITING, asked=("GET", url))
        self._put(asked)
        try:
            with self.account.working():
                found = await look_up_line(self.account.client, number)
        except RequestFailed as problem:
            del self.account.line_types[number]
            failed = Asking(self.account, self._clock).unread(asked, Unread(url, "paid look-ups", problem))
            if isinstance(problem, NoAnswer) and problem.sent:
                failed = replace(failed, consequence="Whether Twilio bills it is not known.")
            self._put(failed)
            return
        self.account.line_types[number] = found
        self._put(line_check(_LINE, found, url))

    def _line_by_now(self) -> Check:
        url = lookup_url(self.account.client, self._number, paid=True)
        if self._number not in self.account.line_types:
            return not_looked_up(_LINE, self._number)
        known = self.account.line_types[self._number]
        if known is None:
            fact = "It was asked for before, and the answer is on its way. Ask again for it."
            return replace(_LINE, state=CheckState.WAITING, fact=fact, asked=("GET", url))
        return line_check(_LINE, known, url)

    async def _answer(self, probe: _Probe, asking: Asking) -> None:
        before = self._checks[probe.name]
        try:
            async with asyncio.timeout(max(LONGEST, self._longest)):
                found = await probe.ask(asking, self.subject, before)
        except Unread as unread:
            found = asking.unread(before, unread)
        except TimeoutError:
            words = f"This took longer than {LONGEST:.0f} s, and was given up."
            found = replace(before, state=CheckState.UNKNOWN, fact=words, next_step="Ask again.")
        except RequestFailed as problem:
            # Refused here, before anything was sent.
            found = replace(before, state=CheckState.UNKNOWN, fact=problem.reason, next_step=problem.remedy)
        if isinstance(found, str):
            del self._checks[probe.name]
            self._left_out[probe.name] = found
            self._changed()
        else:
            self._put(found)

    def _put(self, check: Check) -> None:
        self._checks[check.name] = check
        self._changed()
