"""Senders of the account: phone numbers, a short code, messaging services and their pools.

Numbers come from ranges that regulators keep for fiction, so that nothing shown here reaches anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tui.sandbox.addresses import is_alphanumeric, is_short_code, region_of
from tui.sandbox.identity import derive
from tui.sandbox.sender_settings import NUMBER_SETTINGS, SERVICE_SETTINGS, SHORT_CODE_SETTINGS, Configured, defaults

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
# Of Twilio's own sandbox for WhatsApp, which every account may use.
WHATSAPP_SENDER = "whatsapp:+14155238886"

_TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")


def is_toll_free(number: str) -> bool:
    """Tell whether a number is a toll-free one of North America."""
    return number.startswith(_TOLL_FREE)


@dataclass(frozen=True, slots=True)
class SandboxNumber(Configured):
    """A phone number of the account, see `sender_settings.NUMBER_SETTINGS`.

    Attributes:
        type: Twilio's word for its kind: local, mobile or toll-free.
    """

    phone_number: str
    type: str
    sms: bool = True
    mms: bool = True
    beta: bool = False

    @property
    def country(self) -> str:
        """ISO country of the number."""
        return region_of(self.phone_number)


@dataclass(frozen=True, slots=True)
class ShortCode(Configured):
    """A short code of the account, see `sender_settings.SHORT_CODE_SETTINGS`."""

    short_code: str


@dataclass(frozen=True, slots=True)
class PoolMember:
    """A sender in a messaging service's pool: `sid` is a number's (PN), a short code's (SC), an alpha sender's (AI)."""

    sid: str
    address: str
    added: datetime


@dataclass(frozen=True, slots=True)
class Service(Configured):
    """A messaging service: what it may send from, and `sender_settings.SERVICE_SETTINGS`."""

    members: tuple[PoolMember, ...] = ()

    @property
    def pool(self) -> tuple[str, ...]:
        """The addresses it may send from."""
        return tuple(member.address for member in self.members)

    def member(self, sid: str) -> PoolMember | None:
        """Return the member of its pool with this SID."""
        return next((member for member in self.members if member.sid == sid), None)

    def with_member(self, member: PoolMember) -> Service:
        """Return this service with one more in its pool."""
        return replace(self, members=(*self.members, member))

    def without_member(self, sid: str) -> Service:
        """Return this service without that one in its pool."""
        return replace(self, members=tuple(member for member in self.members if member.sid != sid))


class SenderPool:
    """Everything the account may send from. `started` dates the numbers and services."""

    def __init__(self, seed: int, started: datetime) -> None:
        self._by_sid: dict[str, SandboxNumber] = {}
        # What a service has sent to a recipient from; Twilio's help calls it a mapping, and forgets it after a year.
        self._sticky: dict[tuple[str, str], str] = {}
        self.services: dict[str, Service] = {}
        self.short_codes: dict[str, ShortCode] = {}
        self.since = bought = started - timedelta(days=400)
        for name, number, kind, sms, mms in (
            ("Front desk", FRONT_DESK, "local", True, True),
            ("Parcel updates", PARCELS, "local", True, True),
            ("London office", LONDON, "mobile", True, False),
            ("On-call alerts", TOLL_FREE, "toll-free", True, True),
            ("Weekend desk", UNREGISTERED, "local", True, True),
            ("Surveys", UNVERIFIED, "toll-free", True, True),
            ("Reception (voice only)", VOICE_ONLY, "local", False, False),
        ):
            sid = "PN" + derive(seed, number)
            settings = {**defaults(NUMBER_SETTINGS), "friendly_name": name}
            beta = number == LONDON
            self._by_sid[sid] = SandboxNumber(sid, bought, bought, settings, number, kind, sms, mms, beta)
        for name, usecase, pool in (
            ("Appointments", "notifications", (FRONT_DESK, LONDON)),
            ("Alerts", "notifications", (TOLL_FREE, PARCELS)),
            ("Spring campaign (no senders yet)", "marketing", ()),
            ("Night line (voice only)", "undeclared", (VOICE_ONLY,)),
            ("Weekend (no campaign)", "notifications", (UNREGISTERED,)),
        ):
            sid = "MG" + derive(seed, name)
            settings = {**defaults(SERVICE_SETTINGS), "friendly_name": name, "usecase": usecase}
            members = tuple(PoolMember("PN" + derive(seed, number), number, bought) for number in pool)
            self.services[sid] = Service(sid, bought, bought, settings, members)
        sid = "SC" + derive(seed, SHORT_CODE)
        settings = {**defaults(SHORT_CODE_SETTINGS), "friendly_name": "Sign-in codes"}
        self.short_codes[sid] = ShortCode(sid, bought, bought, settings, SHORT_CODE)

    @property
    def numbers(self) -> tuple[SandboxNumber, ...]:
        """The owned numbers: those the account had from the first, then those it bought."""
        return tuple(self._by_sid.values())

    def number(self, sid: str) -> SandboxNumber | None:
        """Return the number with this PN SID."""
        return self._by_sid.get(sid)

    def owned(self, phone_number: str) -> SandboxNumber | None:
        """Return the account's number that reads so."""
        return next((n for n in self._by_sid.values() if n.phone_number == phone_number), None)

    def short_code(self, code: str) -> ShortCode | None:
        """Return the account's short code that reads so."""
        return next((each for each in self.short_codes.values() if each.short_code == code), None)

    def service_of(self, address: str) -> Service | None:
        """Return the messaging service that has this number or short code in its pool."""
        return next((service for service in self.services.values() if address in service.pool), None)

    def drops(self, address: str) -> bool:
        """Tell whether what is sent to a number or short code arrives nowhere and stands in no list.

        So it is at Twilio where its service has no URL for it, and does not leave it to the numbers'.
        """
        if (service := self.service_of(address)) is None:
            return False
        return not (service.settings["inbound_request_url"] or service.settings["use_inbound_webhook_on_number"])

    def put(self, changed: SandboxNumber | ShortCode | Service) -> None:
        """Add a sender or a service, or replace it with its changed self."""
        match changed:
            case SandboxNumber():
                self._by_sid[changed.sid] = changed
            case ShortCode():
                self.short_codes[changed.sid] = changed
            case Service():
                self.services[changed.sid] = changed

    def release(self, number: SandboxNumber) -> None:
        """Give a number back: it leaves the account, and the pool that it was in."""
        del self._by_sid[number.sid]
        if service := self.service_of(number.phone_number):
            self.put(service.without_member(number.sid))

    def choose(self, service: Service, to: str) -> str | None:
        """Return what a service sends to this recipient from, None where nothing in its pool can.

        As at Twilio an alpha sender goes first where one can be used, then a short code in its country, then a number:
        the one that the recipient knows, else of the same country and area code, else of the United States. The
        service may be set to do without the first (StickySender) or the area code (AreaCodeGeomatch).
        """
        country = region_of(to)
        for address in service.pool:
            if is_alphanumeric(address) and not to.startswith("+1"):
                return address
        for address in service.pool:
            if is_short_code(address) and country == "US":
                return address
        known = self._sticky.get((service.sid, to)) if service.settings["sticky_sender"] else None
        area = to[:5] if to.startswith("+1") and service.settings["area_code_geomatch"] else ""

        def distance(number: SandboxNumber) -> tuple[bool, ...]:
            own, where = number.phone_number, number.country
            return own != known, where != country, not own.startswith(area), where != "US"

        able = [n for address in service.pool if (n := self.owned(address)) and n.sms]
        return min(able, key=distance).phone_number if able else None

    def remember(self, sid: str, to: str, sender: str) -> None:
        """Let a service stay with this sender where the recipient is written to again, if it is a sticky one."""
        if (service := self.services.get(sid)) and service.settings["sticky_sender"]:
            self._sticky[sid, to] = sender
