"""Senders of the account: phone numbers, a short code, messaging services and their pools.

Numbers come from ranges that regulators keep for fiction, so that nothing shown here reaches anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tui.sandbox.addresses import country_of
from tui.sandbox.identity import derive
from tui.sandbox.parameters import Value
from tui.sandbox.sender_settings import NUMBER, SERVICE, defaults

FRONT_DESK = "+14155550100"
PARCELS = "+12125550110"
LONDON = "+447700900100"
TOLL_FREE = "+18335550142"
# In a service without a campaign: to the United States 30034.
UNREGISTERED = "+13035550120"
# A toll-free number whose verification was rejected: to North America 30032.
UNVERIFIED = "+18445550143"
VOICE_ONLY = "+14155550190"
SHORT_CODE = "73224"
ALPHANUMERIC = "ACMECLINIC"
# Belongs to some other Twilio account: sending from it is 21660, from any other stranger 21659.
ANOTHER_ACCOUNTS = "+14155550199"
# The number that Twilio's own test credentials may send from.
MAGIC_SENDER = "+15005550006"

_TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
_MOBILE = ("+447",)


def is_toll_free(number: str) -> bool:
    """Tell whether a number is a toll-free one of North America."""
    return number.startswith(_TOLL_FREE)


@dataclass(frozen=True, slots=True)
class SandboxNumber:
    """A phone number of the account. `settings` are by JSON name, see `sender_settings.NUMBER`."""

    sid: str
    phone_number: str
    created: datetime
    updated: datetime
    settings: Mapping[str, Value]
    sms: bool = True
    mms: bool = True
    beta: bool = False

    @property
    def country(self) -> str:
        """ISO country of the number."""
        return country_of(self.phone_number)

    @property
    def friendly_name(self) -> str:
        """What the account calls it."""
        return str(self.settings["friendly_name"])

    @property
    def type(self) -> str:
        """Twilio's word for its kind."""
        if is_toll_free(self.phone_number):
            return "toll-free"
        return "mobile" if self.phone_number.startswith(_MOBILE) else "local"

    def changed(self, changes: Mapping[str, Value], now: datetime) -> SandboxNumber:
        """Return this number with other settings."""
        return replace(self, settings={**self.settings, **changes}, updated=now)


@dataclass(frozen=True, slots=True)
class Service:
    """A messaging service: the numbers it may send from, and settings by JSON name, see `sender_settings.SERVICE`."""

    sid: str
    pool: tuple[str, ...]
    created: datetime
    updated: datetime
    settings: Mapping[str, Value]

    def changed(self, changes: Mapping[str, Value], now: datetime) -> Service:
        """Return this service with other settings."""
        return replace(self, settings={**self.settings, **changes}, updated=now)


@dataclass(frozen=True, slots=True)
class ShortCode:
    """A short code of the account."""

    sid: str
    short_code: str
    friendly_name: str
    created: datetime


class SenderPool:
    """Everything the account may send from. `started` dates the numbers and services."""

    def __init__(self, seed: int, started: datetime) -> None:
        self._by_sid: dict[str, SandboxNumber] = {}
        self.services: dict[str, Service] = {}
        bought = started - timedelta(days=400)
        for name, number, sms, mms in (
            ("Front desk", FRONT_DESK, True, True),
            ("Parcel updates", PARCELS, True, True),
            ("London office", LONDON, True, False),
            ("On-call alerts", TOLL_FREE, True, True),
            ("Weekend desk", UNREGISTERED, True, True),
            ("Surveys", UNVERIFIED, True, True),
            ("Reception (voice only)", VOICE_ONLY, False, False),
        ):
            sid = "PN" + derive(seed, number)
            settings = {**defaults(NUMBER), "friendly_name": name}
            self._by_sid[sid] = SandboxNumber(sid, number, bought, bought, settings, sms, mms, beta=number == LONDON)
        for name, usecase, pool in (
            ("Appointments", "notifications", (FRONT_DESK, LONDON)),
            ("Alerts", "notifications", (TOLL_FREE, PARCELS)),
            ("Spring campaign (no senders yet)", "marketing", ()),
            ("Night line (voice only)", "undeclared", (VOICE_ONLY,)),
            ("Weekend (no campaign)", "notifications", (UNREGISTERED,)),
        ):
            sid = "MG" + derive(seed, name)
            settings = {**defaults(SERVICE), "friendly_name": name, "usecase": usecase}
            self.services[sid] = Service(sid, pool, bought, bought, settings)
        self.short_code = ShortCode("SC" + derive(seed, SHORT_CODE), SHORT_CODE, "Sign-in codes", bought)

    @property
    def numbers(self) -> tuple[SandboxNumber, ...]:
        """The owned numbers, those that can send SMS first."""
        return tuple(self._by_sid.values())

    def number(self, sid: str) -> SandboxNumber | None:
        """Return the number with this PN SID."""
        return self._by_sid.get(sid)

    def owned(self, phone_number: str) -> SandboxNumber | None:
        """Return the account's number that reads so."""
        return next((n for n in self._by_sid.values() if n.phone_number == phone_number), None)

    def service_of(self, number: SandboxNumber) -> Service | None:
        """Return the messaging service that has this number in its pool."""
        return next((service for service in self.services.values() if number.phone_number in service.pool), None)

    def put(self, changed: SandboxNumber | Service) -> None:
        """Replace a number or a service with its changed self."""
        if isinstance(changed, SandboxNumber):
            self._by_sid[changed.sid] = changed
        else:
            self.services[changed.sid] = changed

    def choose(self, service: Service, to: str) -> str | None:
        """Return the pool's number for this recipient, one of its own country if there is one."""
        able = [n for number in service.pool if (n := self.owned(number)) and n.sms]
        able.sort(key=lambda n: n.country != country_of(to))
        return able[0].phone_number if able else None
