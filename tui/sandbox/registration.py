"""Registration of senders in North America: brands, A2P 10DLC campaigns of services, toll-free verifications.

Shapes as messaging.twilio.com shows them (Twilio's OpenAPI description). What a sender may do without: a local number
that texts the United States needs a campaign whose status is VERIFIED in the service that has it in its pool, or the
message ends with 30034 (30033 where the campaign is suspended); a toll-free one that texts the United States or Canada
needs an approved verification, or it ends with 30032 (Twilio's error dictionary).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tui.sandbox.addresses import region_of
from tui.sandbox.identity import derive
from tui.sandbox.parameters import Form, choice, flag, given
from tui.sandbox.resources import Json, iso8601
from tui.sandbox.senders import SandboxNumber, SenderPool, Service
from tui.sandbox.state import VERIFICATION_STATUSES, SandboxState

NO_CAMPAIGN: Final = 30034
CAMPAIGN_SUSPENDED: Final = 30033
NOT_VERIFIED: Final = 30032

_REJECTED = 30446
_DEFAULT_WORDS = {"opt_in": ["START", "YES", "UNSTOP"], "opt_out": ["STOP", "END", "QUIT"], "help": ["HELP", "INFO"]}
# What the brands are called here, and what The Campaign Registry said of each.
_BRANDS = {"clinic": "APPROVED", "weekend": "FAILED"}


def withheld(senders: SenderPool, state: SandboxState, sender: str, to: str) -> int | None:
    """Return the code that a message ends with for want of a registration, None where it goes through."""
    number, country = senders.owned(sender), region_of(to)
    if number is None or not to.startswith("+"):
        return None
    if number.type == "toll-free" and country in {"US", "CA"}:
        return None if state.verifications.get(sender) == "TWILIO_APPROVED" else NOT_VERIFIED
    if number.type == "local" and country == "US":
        service = senders.service_of(sender)
        status = state.campaigns.get(service.sid) if service else None
        return {"VERIFIED": None, "SUSPENDED": CAMPAIGN_SUSPENDED}.get(status or "", NO_CAMPAIGN)
    return None


def registered(senders: SenderPool) -> tuple[dict[str, str], dict[str, str]]:
    """Return the campaigns and the verifications that the account has at the start, see `SandboxState`."""
    names = {service.settings["friendly_name"]: service.sid for service in senders.services.values()}
    tollfree = [number.phone_number for number in senders.numbers if number.type == "toll-free"]
    campaigns = {names["Appointments"]: "VERIFIED", names["Alerts"]: "VERIFIED"}
    return campaigns, {tollfree[0]: "TWILIO_APPROVED", tollfree[-1]: "TWILIO_REJECTED"}


def campaign(account_sid: str, service: Service, state: SandboxState, base_url: str) -> Json | None:
    """The A2P campaign of a service; None where it has none."""
    status = state.campaigns.get(service.sid)
    if status is None:
        return None
    sid = campaign_sid(service)
    failed = status == "FAILED"
    return {
        "sid": sid,
        "account_sid": account_sid,
        "brand_registration_sid": brand_sid("clinic"),
        "messaging_service_sid": service.sid,
        "description": "Appointments, prescriptions and parcels of the Harbor Street clinic, to people who ask.",
        "message_samples": [
            "Harbor Street clinic: you are booked for [day] at [time]. Reply C to confirm, STOP to opt out.",
            "Harbor Street clinic: your parcel [number] arrives today. Reply STOP to opt out.",
        ],
        "us_app_to_person_usecase": "MIXED",
        "has_embedded_links": True,
        "has_embedded_phone": False,
        "subscriber_opt_in": True,
        "age_gated": False,
        "direct_lending": False,
        "campaign_status": status,
        "campaign_id": f"C{derive(0, sid)[:6].upper()}" if status in {"VERIFIED", "SUSPENDED"} else None,
        "is_externally_registered": False,
        "rate_limits": {"att": {"mps": 75, "msg_class": "E"}, "tmobile": {"brand_tier": "LOW"}},
        "message_flow": "People tick a box on the paper form at the front desk, or text START to the clinic's number.",
        "opt_in_message": "Harbor Street clinic: you will get appointment messages. Reply STOP to opt out.",
        "opt_out_message": "You have opted out and will get no more messages.",
        "help_message": "Harbor Street clinic: write to desk@harbor.example. Reply STOP to opt out.",
        "opt_in_keywords": _DEFAULT_WORDS["opt_in"],
        "opt_out_keywords": _DEFAULT_WORDS["opt_out"],
        "help_keywords": _DEFAULT_WORDS["help"],
        "date_created": iso8601(service.created),
        "date_updated": iso8601(service.created + timedelta(days=9)),
        "url": f"{base_url}/v1/Services/{service.sid}/Compliance/Usa2p/{sid}",
        "mock": False,
        "errors": [{"error_code": 30896, "fields": ["MESSAGE_FLOW"], "url": None}] if failed else [],
        "privacy_policy_url": "https://harbor.example/privacy",
        "terms_and_conditions_url": "https://harbor.example/terms",
    }


def campaign_sid(service: Service) -> str:
    """The SID that the campaign of a service has."""
    return f"QE{derive(0, f'{service.sid}/campaign')}"


def brand_sid(name: str) -> str:
    """The SID of a brand of the account."""
    return f"BN{derive(0, f'brand/{name}')}"


def brands(account_sid: str, senders: SenderPool, base_url: str) -> dict[str, Json]:
    """The brands of the account by SID: one approved, one whose details could not be matched with official records."""
    created = senders.since
    found: dict[str, Json] = {}
    for name, status in _BRANDS.items():
        sid, failed = brand_sid(name), status == "FAILED"
        url = f"{base_url}/v1/a2p/BrandRegistrations/{sid}"
        found[sid] = {
            "sid": sid,
            "account_sid": account_sid,
            "customer_profile_bundle_sid": f"BU{derive(0, f'{sid}/customer')}",
            "a2p_profile_bundle_sid": f"BU{derive(0, f'{sid}/profile')}",
            "date_created": iso8601(created),
            "date_updated": iso8601(created + timedelta(days=3)),
            "brand_type": "STANDARD",
            "status": status,
            "tcr_id": None if failed else f"B{derive(0, sid)[:6].upper()}",
            "failure_reason": "The tax number does not belong to the legal name." if failed else None,
            "errors": [{"error_code": 30799, "fields": ["business_registration_number"]}] if failed else [],
            "url": url,
            "brand_score": None if failed else 71,
            "brand_feedback": ["TAX_ID"] if failed else [],
            "identity_status": "UNVERIFIED" if failed else "VERIFIED",
            "russell_3000": False,
            "government_entity": False,
            "tax_exempt_status": None,
            "skip_automatic_sec_vet": False,
            "mock": False,
            "links": {"brand_vettings": f"{url}/Vettings", "brand_registration_otps": f"{url}/SmsOtp"},
        }
    return found


def verifications(
    account_sid: str, senders: SenderPool, state: SandboxState, query: Form, base_url: str
) -> dict[str, Json]:
    """The toll-free verifications that a list asks for, by SID. It may ask by number, Status, reference and product.

    Raises:
        Refusal: 20001 for a Status or an IncludeSubAccounts that cannot be.
    """
    status = given(query, "Status", choice(*VERIFICATION_STATUSES))
    given(query, "IncludeSubAccounts", flag)
    # None has a reference or a product of its own.
    if query.text("ExternalReferenceId") or query.filled("TrustProductSid"):
        return {}
    number_sid = query.text("TollfreePhoneNumberSid")
    return {
        verification_sid(number): verification(account_sid, number, state, base_url)
        for number in senders.numbers
        if state.verifications.get(number.phone_number) in ({status} if status else set(VERIFICATION_STATUSES))
        and number_sid in {"", number.sid}
    }


def verification_sid(number: SandboxNumber) -> str:
    """The SID that the verification of a toll-free number has."""
    return f"HH{derive(0, f'{number.sid}/verification')}"


def verification(account_sid: str, number: SandboxNumber, state: SandboxState, base_url: str) -> Json:
    """The verification of a toll-free number that has one."""
    sid, status = verification_sid(number), state.verifications[number.phone_number]
    rejected = status == "TWILIO_REJECTED"
    customer = f"BU{derive(0, brand_sid('clinic') + '/customer')}"
    reason = "The way people agree to be texted is not clear." if rejected else None
    return {
        "sid": sid,
        "account_sid": account_sid,
        "customer_profile_sid": customer,
        "trust_product_sid": None,
        "date_created": iso8601(number.created),
        "date_updated": iso8601(number.created + timedelta(days=5)),
        "regulated_item_sid": None,
        "business_name": "Harbor Street Clinic",
        "business_street_address": "1 Harbor Street",
        "business_street_address2": None,
        "business_city": "San Francisco",
        "business_state_province_region": "CA",
        "business_postal_code": "94100",
        "business_country": "US",
        "business_website": "https://harbor.example",
        "business_contact_first_name": "Maya",
        "business_contact_last_name": "Okafor",
        "business_contact_email": "desk@harbor.example",
        "business_contact_phone": "+14155550123",
        "notification_email": "desk@harbor.example",
        "use_case_categories": ["ACCOUNT_NOTIFICATIONS", "CUSTOMER_CARE"],
        "use_case_summary": "Messages about appointments and about systems on call.",
        "production_message_sample": "Harbor Street clinic: your yearly check-up is due. Reply STOP to opt out.",
        "opt_in_image_urls": ["https://harbor.example/opt-in.png"],
        "opt_in_type": "PAPER_FORM",
        "message_volume": "1,000",
        "additional_information": None,
        "tollfree_phone_number_sid": number.sid,
        "tollfree_phone_number": number.phone_number,
        "status": status,
        "url": f"{base_url}/v1/Tollfree/Verifications/{sid}",
        "rejection_reason": reason,
        "error_code": _REJECTED if rejected else None,
        "edit_expiration": iso8601(number.created + timedelta(days=12)) if rejected else None,
        "edit_allowed": True if rejected else None,
        "business_registration_number": None,
        "business_registration_authority": None,
        "business_registration_country": None,
        "business_type": "PRIVATE_PROFIT",
        "business_registration_phone_number": None,
        "doing_business_as": None,
        "opt_in_confirmation_message": None,
        "help_message_sample": None,
        "privacy_policy_url": "https://harbor.example/privacy",
        "terms_and_conditions_url": "https://harbor.example/terms",
        "age_gated_content": False,
        "opt_in_keywords": _DEFAULT_WORDS["opt_in"],
        "rejection_reasons": [{"code": _REJECTED, "reason": reason}] if rejected else [],
        "resource_links": None,
        "external_reference_id": None,
        "vetting_id": None,
        "vetting_provider": None,
        "vetting_id_expiration": None,
    }
