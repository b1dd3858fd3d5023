"""What can be set of numbers, short codes and messaging services: how each parameter is read, what it is at first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

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
from tui.sandbox.unchanging import Unchanging


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


NUMBER_SETTINGS: Mapping[str, Setting] = {
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

SHORT_CODE_SETTINGS: Mapping[str, Setting] = {
    "FriendlyName": Setting("friendly_name", friendly_name, ""),
    "ApiVersion": Setting("api_version", choice("2010-04-01", "2008-08-01"), "2010-04-01"),
    "SmsUrl": Setting("sms_url", url_or_none, None),
    "SmsMethod": Setting("sms_method", method, "POST"),
    "SmsFallbackUrl": Setting("sms_fallback_url", url_or_none, None),
    "SmsFallbackMethod": Setting("sms_fallback_method", method, "POST"),
}

_USECASES = ("notifications", "marketing", "verification", "discussion", "poll", "undeclared")

SERVICE_SETTINGS: Mapping[str, Setting] = {
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


@dataclass(frozen=True, slots=True)
class Configured(Unchanging):
    """What has settings: by JSON name, as a table says. A sender, or a service."""

    sid: str
    created: datetime
    updated: datetime
    settings: Mapping[str, Value]

    @property
    def friendly_name(self) -> str:
        """What the account calls it."""
        return str(self.settings["friendly_name"])

    def changed(self, changes: Mapping[str, Value], now: datetime) -> Self:
        """Return the same with other settings."""
        return replace(self, settings={**self.settings, **changes}, updated=now)


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
