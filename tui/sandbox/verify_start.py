"""What starts or checks a verification: each parameter obeyed, or refused with 60200 as Verify refuses.

Source: https://www.twilio.com/docs/verify/api/verification. SendDigits, DeviceIp, RiskCheck, Tags and
ChannelConfiguration are read; no answer of Twilio's shows them, and no call or mail is made here that could.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from tui.sandbox.addresses import phone_number
from tui.sandbox.errors import Refusal
from tui.sandbox.lifecycle import LANDLINES
from tui.sandbox.parameters import Form, Value, choice, flag, given, read_document, refuse
from tui.sandbox.verify import VerifyService, is_code
from tui.sandbox.verify_settings import service_name
from tui.sandbox.verify_texts import LOCALES

CHANNELS: Final = ("sms", "call", "whatsapp", "email")

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_DIGITS = re.compile(r"[0-9#*wW,]{1,32}")
_APP_HASH = re.compile(r"[0-9A-Za-z+/]{11}")
_MOST_TAGS = 10
_LONGEST_TAG = 128
# Of these the account or the sandbox has none, so that nothing can be given: why, in words.
_NOT_HERE = {
    "CustomMessage": "Twilio takes one from accounts only that it allowed it, and this is none",
    "Amount": "the service has no PSD2",
    "Payee": "the service has no PSD2",
    "RateLimits": "the service has no rate limits",
    "TemplateSid": "this account has no template of Verify",
    "TemplateCustomSubstitutions": "this account has no template of Verify",
    "Templates": "this account has no template of Verify",
    "SnaClientToken": "the sandbox has no silent network authentication",
}


@dataclass(frozen=True, slots=True)
class VerificationStart:
    """What is to be verified, how, and what the message says. `name` is the service's, or one for this time only."""

    to: str
    channel: str
    name: str
    code: str
    locale: str
    app_hash: str


def read_start(form: Form, service: VerifyService) -> VerificationStart:
    """Read the parameters that start a verification.

    Raises:
        Refusal: 20001 for one that is missing or cannot be, which Verify says as 60200; 60204 for a code of one's own
            where the service takes none; 60205 for an SMS to a landline that the service is not to send.
    """
    refuse_what_is_not_here(form)
    channel = read_channel(form.text("Channel"))
    to = address("To", form.text("To"), mail=channel == "email")
    code = form.text("CustomCode")
    if code and not service.has("custom_code_enabled"):
        raise Refusal(60204)
    if code and not is_code(code):
        raise refuse("CustomCode", code[:20], "write 4 to 10 letters and digits")
    locale = form.text("Locale")
    if locale and locale.lower() not in LOCALES:
        raise refuse("Locale", locale[:20], "it is not a locale of Verify")
    for name, (read, channels) in _READ.items():
        text = form.text(name)
        if text and channels and channel not in channels:
            raise refuse(name, text[:40], f"it goes with Channel={' or '.join(channels)} only")
        if text:
            read(name, text)
    if channel == "sms" and service.has("lookup_enabled") and service.has("skip_sms_to_landlines"):
        _skip_landlines(to)
    name = str(given(form, "CustomFriendlyName", service_name) or service.friendly_name)
    return VerificationStart(to, channel, name, code, locale, form.text("AppHash"))


def refuse_what_is_not_here(form: Form) -> None:
    """Refuse the parameters of features that the sandbox, or its account, has not.

    Raises:
        Refusal: 20001 for the first of them.
    """
    for name, why in _NOT_HERE.items():
        if text := form.text(name):
            raise refuse(name, text[:40], why)


def read_channel(text: str) -> str:
    """Read a channel.

    Raises:
        Refusal: 20001 for one that Verify has not, or the sandbox.
    """
    if text.lower() not in CHANNELS:
        raise refuse("Channel", text[:20], f"the sandbox has {', '.join(CHANNELS)}")
    return text.lower()


def address(name: str, text: str, *, mail: bool) -> str:
    """Read a phone number in E.164 or, for `mail`, an address of mail.

    Raises:
        Refusal: 20001 for anything else.
    """
    if mail:
        if not _EMAIL.fullmatch(text):
            raise refuse(name, text[:80], "write an address of mail")
        return text
    number = phone_number(text) if text.startswith("+") else None
    if number is None:
        raise refuse(name, text[:40], "write a phone number in E.164, such as +14155550123")
    return number


def read_code(form: Form) -> str:
    """Read the code that is checked.

    Raises:
        Refusal: 20001 for none, and for what can be none.
    """
    code = form.text("Code")
    if not is_code(code):
        raise refuse("Code", code[:20], "write the 4 to 10 characters that were sent")
    return code


def _skip_landlines(to: str) -> None:
    if to.endswith(LANDLINES):
        raise Refusal(60205)


def _matching(pattern: re.Pattern[str], wanted: str) -> Callable[[str, str], Value]:
    def read(name: str, text: str) -> str:
        if not pattern.fullmatch(text):
            raise refuse(name, text[:40], wanted)
        return text

    return read


def _ip(name: str, text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise refuse(name, text[:40], "write an IPv4 or IPv6 address") from None


def _object(name: str, text: str) -> Mapping[str, object]:
    try:
        parsed = read_document(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise refuse(name, text[:40], "write a JSON object")
    return cast("Mapping[str, object]", parsed)


def _configuration(name: str, text: str) -> None:
    sender = _object(name, text).get("from")
    if sender is not None and not (isinstance(sender, str) and _EMAIL.fullmatch(sender)):
        raise refuse(f"{name} from", str(sender)[:40], "write an address of mail")


def _tags(name: str, text: str) -> None:
    tags = _object(name, text)
    fits = all(isinstance(each, str) and len(each) <= _LONGEST_TAG for pair in tags.items() for each in pair)
    if len(tags) > _MOST_TAGS or not fits:
        raise refuse(name, text[:40], f"write {_MOST_TAGS} tags at most, each of {_LONGEST_TAG} characters at most")


def _no_sna(name: str, text: str) -> None:
    if flag(name, text):
        raise refuse(name, text, "the sandbox has no silent network authentication")


# Parameter → how it is read, and the channels it goes with; any where there are none.
_READ: Final[Mapping[str, tuple[Callable[[str, str], object], tuple[str, ...]]]] = {
    "SendDigits": (_matching(_DIGITS, "write digits, #, *, w and commas, 32 at most"), ("call",)),
    "AppHash": (_matching(_APP_HASH, "write the 11 characters of the app's hash"), ("sms",)),
    "ChannelConfiguration": (_configuration, ("email",)),
    "DeviceIp": (_ip, ()),
    "EnableSnaClientToken": (_no_sna, ()),
    "RiskCheck": (choice("enable", "disable"), ()),
    "Tags": (_tags, ()),
}
