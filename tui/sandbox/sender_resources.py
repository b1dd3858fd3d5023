"""Senders as JSON: phone numbers and short codes of api.twilio.com, messaging services and their pools."""

from __future__ import annotations

from tui.sandbox.identity import VERSION
from tui.sandbox.numbers_for_sale import COUNTRIES, NumberForSale, is_new, types_in
from tui.sandbox.resources import Json, iso8601, rfc2822
from tui.sandbox.senders import PoolMember, SandboxNumber, Service, ShortCode


def number(account_sid: str, number: SandboxNumber) -> dict[str, Json]:
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


def number_of_type(account_sid: str, owned: SandboxNumber) -> Json:
    """An owned number as the lists of one type show it, which do not name the type."""
    return {name: value for name, value in number(account_sid, owned).items() if name != "type"}


def country(account_sid: str, iso: str) -> Json:
    """A country with numbers for sale."""
    uri = f"/{VERSION}/Accounts/{account_sid}/AvailablePhoneNumbers/{iso}"
    names = {"Local": "local", "Mobile": "mobile", "TollFree": "toll_free"}
    return {
        "beta": is_new(iso),
        "country": COUNTRIES[iso],
        "country_code": iso,
        "subresource_uris": {names[word]: f"{uri}/{word}.json" for word in types_in(iso)},
        "uri": f"{uri}.json",
    }


def number_for_sale(number: NumberForSale) -> Json:
    """A number that can be bought."""
    place = number.range.place
    return {
        "address_requirements": number.range.address,
        "beta": number.range.beta,
        "capabilities": number.capabilities,
        "friendly_name": number.friendly_name,
        "iso_country": number.range.country,
        "lata": place.lata if place else None,
        "latitude": place.latitude if place else None,
        "locality": place.locality if place else None,
        "longitude": place.longitude if place else None,
        "phone_number": number.phone_number,
        "postal_code": place.postal_code if place else None,
        "rate_center": place.rate_center if place else None,
        "region": place.region if place else None,
    }


def short_code(account_sid: str, code: ShortCode) -> Json:
    """A short code of the account."""
    return {
        **code.settings,
        "account_sid": account_sid,
        "date_created": rfc2822(code.created),
        "date_updated": rfc2822(code.updated),
        "short_code": code.short_code,
        "sid": code.sid,
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
        "links": {
            "alpha_senders": f"{url}/AlphaSenders",
            "phone_numbers": f"{url}/PhoneNumbers",
            "short_codes": f"{url}/ShortCodes",
        },
        "sid": service.sid,
        "url": url,
        "us_app_to_person_registered": registered,
    }


def pooled_number(account_sid: str, service: Service, member: PoolMember, number: SandboxNumber, base_url: str) -> Json:
    """A number as a member of a messaging service's pool."""
    able = [name for name, is_able in (("SMS", number.sms), ("MMS", number.mms)) if is_able]
    return {
        **_pooled(account_sid, service, member, f"{base_url}/v1/Services/{service.sid}/PhoneNumbers"),
        "capabilities": ["Voice", *able],
        "country_code": number.country,
        "phone_number": member.address,
    }


def pooled_short_code(account_sid: str, service: Service, member: PoolMember, base_url: str) -> Json:
    """A short code as a member of a messaging service's pool."""
    return {
        **_pooled(account_sid, service, member, f"{base_url}/v1/Services/{service.sid}/ShortCodes"),
        "capabilities": ["SMS", "MMS"],
        "country_code": "US",
        "short_code": member.address,
    }


def pooled_alpha_sender(account_sid: str, service: Service, member: PoolMember, base_url: str) -> Json:
    """An alphanumeric sender as a member of a messaging service's pool."""
    return {
        **_pooled(account_sid, service, member, f"{base_url}/v1/Services/{service.sid}/AlphaSenders"),
        "alpha_sender": member.address,
        "capabilities": ["SMS"],
    }


def _pooled(account_sid: str, service: Service, member: PoolMember, pool_url: str) -> dict[str, Json]:
    return {
        "account_sid": account_sid,
        "date_created": iso8601(member.added),
        "date_updated": iso8601(member.added),
        "service_sid": service.sid,
        "sid": member.sid,
        "url": f"{pool_url}/{member.sid}",
    }
