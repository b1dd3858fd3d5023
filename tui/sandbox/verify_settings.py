"""The settings of a verification service: what each parameter may hold, and how the service shows them.

Source: https://www.twilio.com/docs/verify/api/service. Those of push, TOTP and passkeys are kept and shown; the factors
they are of are not here. PSD2, templates of Verify and credentials for push cannot be set: the account has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tui.sandbox.identity import derive
from tui.sandbox.parameters import Reader, Value, choice, flag, nothing_here, refuse
from tui.sandbox.resources import Json
from tui.sandbox.sender_settings import Setting, defaults
from tui.sandbox.verify import VerifyService

_LONGEST_NAME = 32
_MOST_DIGITS = 4
_NAME = re.compile(r"[\w \-]+")
_LONGEST = 256


def service_name(name: str, text: str) -> str:
    """Read a name as it stands in a message: letters, digits (four at most), blanks, dashes and underscores."""
    if not 1 <= len(text) <= _LONGEST_NAME or not _NAME.fullmatch(text) or sum(map(str.isdigit, text)) > _MOST_DIGITS:
        wanted = f"write 1 to {_LONGEST_NAME} letters, blanks, dashes and underscores, {_MOST_DIGITS} digits at most"
        raise refuse(name, text[: _LONGEST_NAME + 1], wanted)
    return text


def whole_number(least: int, most: int) -> Reader:
    """Return the reader of a whole number within bounds, both included."""

    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 4 and least <= int(text) <= most):
            raise refuse(name, text[:20], f"write a whole number from {least} to {most}")
        return int(text)

    return read


def _text(name: str, text: str) -> str | None:
    if len(text) > _LONGEST:
        raise refuse(name, text[:40], f"write {_LONGEST} characters at most")
    return text or None


def _off(what: str) -> Reader:
    def read(name: str, text: str) -> bool:
        if flag(name, text):
            raise refuse(name, text, f"the sandbox has no {what}")
        return False

    return read


def _word(*values: str) -> Reader:
    """Return the reader of one of these words, or of none."""
    read = choice(*values)
    return lambda name, text: read(name, text) if text else None


_PLAN = ("required", "preferred", "discouraged")

SETTINGS: Final[Mapping[str, Setting]] = {
    "FriendlyName": Setting("friendly_name", service_name, ""),
    "CodeLength": Setting("code_length", whole_number(4, 10), 6),
    "LookupEnabled": Setting("lookup_enabled", flag, False),
    "SkipSmsToLandlines": Setting("skip_sms_to_landlines", flag, False),
    "DtmfInputRequired": Setting("dtmf_input_required", flag, True),
    "TtsName": Setting("tts_name", _text, None),
    "Psd2Enabled": Setting("psd2_enabled", _off("PSD2"), False),
    "DoNotShareWarningEnabled": Setting("do_not_share_warning_enabled", flag, False),
    "CustomCodeEnabled": Setting("custom_code_enabled", flag, False),
    "Push.IncludeDate": Setting("push.include_date", flag, False),
    "Push.ApnCredentialSid": Setting("push.apn_credential_sid", nothing_here("credential for push", None), None),
    "Push.FcmCredentialSid": Setting("push.fcm_credential_sid", nothing_here("credential for push", None), None),
    "Totp.Issuer": Setting("totp.issuer", _text, None),
    "Totp.TimeStep": Setting("totp.time_step", whole_number(20, 60), 30),
    "Totp.CodeLength": Setting("totp.code_length", whole_number(3, 8), 6),
    "Totp.Skew": Setting("totp.skew", whole_number(0, 2), 1),
    "DefaultTemplateSid": Setting("default_template_sid", nothing_here("template of Verify", None), None),
    "Whatsapp.MsgServiceSid": Setting("whatsapp.msg_service_sid", _text, None),
    "Whatsapp.From": Setting("whatsapp.from", _text, None),
    "Passkeys.RelyingParty.Id": Setting("passkeys.relying_party.id", _text, None),
    "Passkeys.RelyingParty.Name": Setting("passkeys.relying_party.name", _text, None),
    "Passkeys.RelyingParty.Origins": Setting("passkeys.relying_party.origins", _text, None),
    "Passkeys.AuthenticatorAttachment": Setting(
        "passkeys.authenticator_attachment", _word("platform", "cross-platform", "any"), None
    ),
    "Passkeys.DiscoverableCredentials": Setting("passkeys.discoverable_credentials", _word(*_PLAN), None),
    "Passkeys.UserVerification": Setting("passkeys.user_verification", _word(*_PLAN), None),
    "VerifyEventSubscriptionEnabled": Setting("verify_event_subscription_enabled", flag, False),
}
"""Parameter → how it is read; a key such as `totp.skew` is one of a part."""


def service_at_start(seed: int, started: datetime) -> VerifyService:
    """Return the one service that the account has from the start; its SID follows from the seed."""
    settings = {**defaults(SETTINGS), "friendly_name": "Harbor Street"}
    return VerifyService("VA" + derive(seed, "Harbor Street"), started, started, settings)


def shown(settings: Mapping[str, Value]) -> dict[str, Json]:
    """Write the settings as the service shows them: those of a part in an object of their own."""
    answer: dict[str, Json] = {}
    for key, value in settings.items():
        _put(answer, key, value)
    issuer = settings["totp.issuer"] or settings["friendly_name"]
    origins = str(settings["passkeys.relying_party.origins"] or "")
    _put(answer, "totp.issuer", issuer)
    _put(answer, "passkeys.relying_party.origins", [each.strip() for each in origins.split(",") if each.strip()])
    return answer


def _put(answer: dict[str, Json], key: str, value: Json) -> None:
    *parts, last = key.split(".")
    inside = answer
    for part in parts:
        deeper = inside.setdefault(part, {})
        assert isinstance(deeper, dict)
        inside = deeper
    inside[last] = value
