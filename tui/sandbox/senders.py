"""Senders of the account: phone numbers, a short code, messaging services and their settings, opt-outs.

Numbers come from ranges that regulators keep for fiction, so that nothing shown here reaches anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tui.sandbox.addresses import country_of
from tui.sandbox.identity import derive
from tui.sandbox.parameters import (
    MAX_VALIDITY,
    Form,
    Reader,
    Value,
    callback_or_none,
    choice,
    flag,
    friendly_name,
    method,
    nothing_here,
    refuse,
    url,
    url_or_none,
    validity,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One parameter: its name in JSON, how its text is read, and what is shown before anyone sets it."""

    key: str
    read: Reader
    default: Value


def _emergency_status(name: str, text: str) -> str:
    if choice("Active", "Inactive")(name, text) == "Active":
        raise refuse(name, text, "an emergency address is needed, and this account has none")
    return "Inactive"


NUMBER: Mapping[str, Setting] = {
    "FriendlyName": Setting("friendly_name", friendly_name, ""),
    "ApiVersion": Setting("api_version", choice("2010-04-01", "2008-08-01"), "2010-04-01"),
    "SmsApplicationSid": Setting("sms_application_sid", nothing_here("TwiML application", ""), ""),
    "SmsFallbackMethod": Setting("sms_fallback_method", method, "POST"),
    "SmsFallbackUrl": Setting("sms_fallback_url", url, ""),
    "SmsMethod": Setting("sms_method", method, "POST"),
    "SmsUrl": Setting("sms_url", url, ""),
    "StatusCallback": Setting("status_callback", url, ""),
    "StatusCallbackMethod": Setting("status_callback_method", method, "POST"),
    "VoiceApplicationSid": Setting("voice_application_sid", nothing_here("TwiML application", ""), ""),
    "VoiceCallerIdLookup": Setting("voice_caller_id_lookup", flag, False),
    "VoiceFallbackMethod": Setting("voice_fallback_method", method, "POST"),
    "VoiceFallbackUrl": Setting("voice_fallback_url", url, ""),
    "VoiceMethod": Setting("voice_method", method, "POST"),
    "VoiceUrl": Setting("voice_url", url, ""),
    "VoiceReceiveMode": Setting("voice_receive_mode", choice("voice", "fax"), "voice"),
    "EmergencyStatus": Setting("emergency_status", _emergency_status, "Inactive"),
    "EmergencyAddressSid": Setting("emergency_address_sid", nothing_here("address", None), None),
    "TrunkSid": Setting("trunk_sid", nothing_here("SIP trunk", None), None),
    "IdentitySid": Setting("identity_sid", nothing_here("identity", None), None),
    "AddressSid": Setting("address_sid", nothing_here("address", None), None),
    "BundleSid": Setting("bundle_sid", nothing_here("regulatory bundle", None), None),
}

_USECASES = ("notifications", "marketing", "verification", "discussion", "poll", "undeclared")

SERVICE: Mapping[str, Setting] = {
    "FriendlyName": Setting("friendly_name", friendly_name, ""),
    "InboundRequestUrl": Setting("inbound_request_url", url_or_none, None),
    "InboundMethod": Setting("inbound_method", method, "POST"),
    "FallbackUrl": Setting("fallback_url", url_or_none, None),
    "FallbackMethod": Setting("fallback_method", method, "POST"),
    "StatusCallback": Setting("status_callback", callback_or_none, None),
    "StickySender": Setting("sticky_sender", flag, True),
    "MmsConverter": Setting("mms_converter", flag, True),
    "SmartEncoding": Setting("smart_encoding", flag, False),
    "ScanMessageContent": Setting("scan_message_content", choice("inherit", "enable", "disable"), "inherit"),
    "FallbackToLongCode": Setting("fallback_to_long_code", flag, False),
    "AreaCodeGeomatch": Setting("area_code_geomatch", flag, True),
    "ValidityPeriod": Setting("validity_period", validity, MAX_VALIDITY),
    "SynchronousValidation": Setting("synchronous_validation", flag, False),
    "Usecase": Setting("usecase", choice(*_USECASES), "undeclared"),
    # On: the webhook of the number that was texted is called, as for numbers outside a service.
    "UseInboundWebhookOnNumber": Setting("use_inbound_webhook_on_number", flag, True),
}


def defaults(table: Mapping[str, Setting]) -> dict[str, Value]:
    """Return what everything in the table is set to before anyone sets it."""
    return {setting.key: setting.default for setting in table.values()}


def read_changes(table: Mapping[str, Setting], form: Form) -> dict[str, Value]:
    """Return what a form sets, by JSON name; parameters that the table does not hold are ignored.

    Raises:
        Refusal: for the first value that cannot be; nothing is to be changed then.
    """
    changes: dict[str, Value] = {}
    for name, setting in table.items():
        text = form.get(name)
        if text is not None:
            changes[setting.key] = setting.read(name, text.strip())
    return changes


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
    """A phone number of the account. `settings` are by JSON name, see `senders.NUMBER`."""

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
    """A messaging service: the numbers it may send from, and settings by JSON name, see `senders.SERVICE`."""

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


STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


class OptOuts:
    """Pairs of a recipient and the number of ours that may not text them."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()

    def hear(self, from_: str, to: str, body: str) -> None:
        """Take note of an inbound message, which may be STOP or START."""
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._pairs.add((from_, to))
        elif word in START_WORDS:
            self._pairs.discard((from_, to))

    def block(self, recipient: str, senders: Iterable[str]) -> bool:
        """Tell whether the recipient has opted out of any of these senders."""
        return any((recipient, sender) in self._pairs for sender in senders)
