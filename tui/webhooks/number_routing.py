"""What the account's numbers pointed to before they pointed here. Remembers; neither asks Twilio nor writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.twilio.numbers import PhoneNumber
from tui.webhooks.settings import ReplacedWebhook


class NumberRouting:
    """Which numbers point here by this program's doing, of every account."""

    def __init__(self, remembered: Iterable[ReplacedWebhook] = ()) -> None:
        self._by_sid = {one.number_sid: one for one in remembered}
        self._put_back: set[str] = set()

    @property
    def all(self) -> tuple[ReplacedWebhook, ...]:
        """Everything there is to put back."""
        return tuple(self._by_sid.values())

    @property
    def put_back(self) -> frozenset[str]:
        """The numbers (their SIDs) of which nothing is to be remembered any more."""
        return frozenset(self._put_back)

    def of(self, account_sid: str) -> tuple[ReplacedWebhook, ...]:
        """What there is to put back in one account."""
        return tuple(one for one in self._by_sid.values() if one.account_sid == account_sid)

    def find(self, number_sid: str) -> ReplacedWebhook | None:
        """What a number had before."""
        return self._by_sid.get(number_sid)

    def note(self, account_sid: str, number: PhoneNumber, url: str) -> None:
        """Remember what a number has now, before it is given `url`.

        A number that still has what it was given earlier keeps what it had before that.
        """
        self._put_back.discard(number.sid)
        earlier = self._by_sid.get(number.sid)
        if earlier is not None and number.sms_url == earlier.ours:
            self._by_sid[number.sid] = replace(earlier, ours=url)
        elif number.sms_url != url or number.webhook.application_sid:
            self._by_sid[number.sid] = ReplacedWebhook(
                account_sid, number.sid, number.phone_number, number.webhook, url
            )

    def forget(self, number_sid: str) -> None:
        """The number has back what it had, or was changed by somebody else."""
        self._by_sid.pop(number_sid, None)
        self._put_back.add(number_sid)
