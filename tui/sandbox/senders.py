"""What the account sends from: phone numbers, a short code, messaging services and their pools.

Numbers come from ranges that regulators keep for fiction, so that nothing shown here reaches anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tui.sandbox.identity import derive
from tui.sandbox.pricing import country_of

FRONT_DESK = "+14155550100"
PARCELS = "+12125550110"
LONDON = "+447700900100"
TOLL_FREE = "+18335550142"
VOICE_ONLY = "+14155550190"
SHORT_CODE = "73224"
ALPHANUMERIC = "ACMECLINIC"
# Belongs to some other Twilio account: sending from it is 21660, from any other stranger 21659.
ANOTHER_ACCOUNTS = "+14155550199"
# The number that Twilio's own test credentials may send from.
MAGIC_SENDER = "+15005550006"


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A phone number of the account."""

    sid: str
    phone_number: str
    friendly_name: str
    created: datetime
    updated: datetime
    sms: bool = True
    mms: bool = True
    sms_url: str = ""
    sms_method: str = "POST"

    @property
    def country(self) -> str:
        """ISO country of the number."""
        return country_of(self.phone_number)


@dataclass(frozen=True, slots=True)
class Service:
    """A messaging service: a name and the numbers it may send from."""

    sid: str
    friendly_name: str
    usecase: str
    pool: tuple[str, ...]
    created: datetime
    status_callback: str = ""


class Senders:
    """Everything the account may send from. `started` dates the numbers and services."""

    def __init__(self, seed: int, started: datetime) -> None:
        self._by_sid: dict[str, OwnedNumber] = {}
        self.services: dict[str, Service] = {}
        bought = started - timedelta(days=400)
        for name, number, sms, mms in (
            ("Front desk", FRONT_DESK, True, True),
            ("Parcel updates", PARCELS, True, True),
            ("London office", LONDON, True, False),
            ("On-call alerts", TOLL_FREE, True, True),
            ("Reception (voice only)", VOICE_ONLY, False, False),
        ):
            sid = "PN" + derive(seed, number)
            self._by_sid[sid] = OwnedNumber(sid, number, name, bought, bought, sms, mms)
        for name, usecase, pool in (
            ("Appointments", "notifications", (FRONT_DESK, LONDON)),
            ("Alerts", "notifications", (TOLL_FREE, PARCELS)),
            ("Spring campaign (no senders yet)", "marketing", ()),
            ("Night line (voice only)", "undeclared", (VOICE_ONLY,)),
        ):
            sid = "MG" + derive(seed, name)
            self.services[sid] = Service(sid, name, usecase, pool, bought)

    @property
    def numbers(self) -> tuple[OwnedNumber, ...]:
        """The owned numbers, those that can send SMS first."""
        return tuple(self._by_sid.values())

    def number(self, sid: str) -> OwnedNumber | None:
        """Return the number with this PN SID."""
        return self._by_sid.get(sid)

    def owned(self, phone_number: str) -> OwnedNumber | None:
        """Return the account's number that reads so."""
        return next((n for n in self._by_sid.values() if n.phone_number == phone_number), None)

    def configure(
        self,
        number: OwnedNumber,
        now: datetime,
        *,
        sms_url: str | None = None,
        sms_method: str | None = None,
        friendly_name: str | None = None,
    ) -> OwnedNumber:
        """Change what is given of a number, and return it as it then is."""
        changed = replace(
            number,
            sms_url=number.sms_url if sms_url is None else sms_url,
            sms_method=number.sms_method if sms_method is None else sms_method,
            friendly_name=number.friendly_name if friendly_name is None else friendly_name,
            updated=now,
        )
        self._by_sid[number.sid] = changed
        return changed

    def set_callback(self, service: Service, url: str) -> Service:
        """Set where a service's messages report their status, and return the service as it then is."""
        changed = replace(service, status_callback=url)
        self.services[service.sid] = changed
        return changed

    def choose(self, service: Service, to: str) -> str | None:
        """Return the pool's number for this recipient, one of its own country if there is one."""
        able = [n for number in service.pool if (n := self.owned(number)) and n.sms]
        able.sort(key=lambda n: n.country != country_of(to))
        return able[0].phone_number if able else None
