"""Verify's resources as JSON. Source: Twilio's OpenAPI description and the examples of its documentation."""

from __future__ import annotations

from tui.sandbox.addresses import region_of
from tui.sandbox.lookup_packages import line_type
from tui.sandbox.resources import Json, iso8601
from tui.sandbox.verify import APPROVED, CodeAttempt, StartedVerification, VerifyService
from tui.sandbox.verify_settings import shown

_LINKS = {
    "verification_checks": "VerificationCheck",
    "verifications": "Verifications",
    "rate_limits": "RateLimits",
    "messaging_configurations": "MessagingConfigurations",
    "entities": "Entities",
    "webhooks": "Webhooks",
    "access_tokens": "AccessTokens",
}


def service(account_sid: str, service: VerifyService, base_url: str) -> Json:
    """A verification service."""
    url = f"{base_url}/v2/Services/{service.sid}"
    return {
        **shown(service.settings),
        "account_sid": account_sid,
        "date_created": iso8601(service.created),
        "date_updated": iso8601(service.updated),
        "links": {name: f"{url}/{part}" for name, part in _LINKS.items()},
        "sid": service.sid,
        "url": url,
    }


def verification(account_sid: str, verification: StartedVerification, service: VerifyService, base_url: str) -> Json:
    """A verification."""
    looked_up = service.has("lookup_enabled") and verification.channel != "email"
    return {
        **_common(account_sid, verification),
        "lookup": {"carrier": _carrier(verification.to) if looked_up else None},
        "send_code_attempts": [
            {"attempt_sid": attempt.sid, "channel": attempt.channel, "time": iso8601(attempt.at)}
            for attempt in verification.attempts
        ],
        "sna": None,
        "url": f"{base_url}/v2/Services/{verification.service_sid}/Verifications/{verification.sid}",
    }


def check(account_sid: str, verification: StartedVerification) -> Json:
    """What came of a try; its SID is the verification's."""
    return {**_common(account_sid, verification), "sna_attempts_error_codes": None}


def attempt(account_sid: str, verification: StartedVerification, attempt: CodeAttempt, base_url: str) -> Json:
    """One sending of a code. What it cost is not known here."""
    return {
        "account_sid": account_sid,
        "channel": attempt.channel,
        "channel_data": {"to": verification.to, "country": region_of(verification.to) or None},
        "conversion_status": "converted" if verification.status == APPROVED else "unconverted",
        "date_created": iso8601(attempt.at),
        "date_updated": iso8601(verification.updated),
        "price": None,
        "service_sid": verification.service_sid,
        "sid": attempt.sid,
        "url": f"{base_url}/v2/Attempts/{attempt.sid}",
        "verification_sid": verification.sid,
    }


def _common(account_sid: str, verification: StartedVerification) -> dict[str, Json]:
    return {
        "account_sid": account_sid,
        "amount": None,
        "channel": verification.channel,
        "date_created": iso8601(verification.created),
        "date_updated": iso8601(verification.updated),
        "payee": None,
        "service_sid": verification.service_sid,
        "sid": verification.sid,
        "status": verification.status,
        "to": verification.to,
        "valid": verification.status == APPROVED,
    }


def _carrier(number: str) -> Json:
    line = line_type(number)
    return {
        "error_code": None,
        "mobile_country_code": line["mobile_country_code"],
        "mobile_network_code": line["mobile_network_code"],
        "name": line["carrier_name"],
        "type": line["type"],
    }
