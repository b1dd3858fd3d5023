"""Senders as JSON: phone numbers and short codes of api.twilio.com, messaging services and their pools."""

from __future__ import annotations

from tui.sandbox.identity import VERSION
from tui.sandbox.resources import Json, iso8601, rfc2822
from tui.sandbox.senders import SandboxNumber, Service, ShortCode


def number(account_sid: str, number: SandboxNumber) -> Json:
    """An owned phone number."""
    return {
        **number.settings,
        "account_sid": account_sid,
        "address_requirements": "none",
        "beta": number.beta,
        "capabilities": {"voice": True, "sms": number.sms, "mms": number.mms, "fax": False},
        "date_created": rfc2822(number.created),
        "date_updated": rfc2822(number.updated),
        "emergency_address_status": "unregistered",
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "status": "in-use",
        "type": number.type,
        "uri": f"/{VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{number.sid}.json",
    }


def short_code(account_sid: str, code: ShortCode) -> Json:
    """A short code of the account."""
    return {
        "account_sid": account_sid,
        "api_version": VERSION,
        "date_created": rfc2822(code.created),
        "date_updated": rfc2822(code.created),
        "friendly_name": code.friendly_name,
        "short_code": code.short_code,
        "sid": code.sid,
        "sms_fallback_method": "POST",
        "sms_fallback_url": None,
        "sms_method": "POST",
        "sms_url": None,
        "uri": f"/{VERSION}/Accounts/{account_sid}/SMS/ShortCodes/{code.sid}.json",
    }


def service(account_sid: str, service: Service, base_url: str, *, registered: bool) -> Json:
    """A messaging service, in the shape of messaging.twilio.com."""
    url = f"{base_url}/v1/Services/{service.sid}"
    return {
        **service.settings,
        "account_sid": account_sid,
        "date_created": iso8601(service.created),
        "date_updated": iso8601(service.updated),
        "links": {"phone_numbers": f"{url}/PhoneNumbers"},
        "sid": service.sid,
        "url": url,
        "us_app_to_person_registered": registered,
    }


def pooled(account_sid: str, service: Service, number: SandboxNumber, base_url: str) -> Json:
    """A number as a member of a messaging service's pool."""
    capabilities = [name for name, able in (("SMS", number.sms), ("MMS", number.mms)) if able]
    return {
        "account_sid": account_sid,
        "capabilities": ["Voice", *capabilities],
        "country_code": number.country,
        "date_created": iso8601(service.created),
        "date_updated": iso8601(service.created),
        "phone_number": number.phone_number,
        "service_sid": service.sid,
        "sid": number.sid,
        "url": f"{base_url}/v1/Services/{service.sid}/PhoneNumbers/{number.sid}",
    }
