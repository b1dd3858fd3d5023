"""What each parameter of Verify, Lookup and Content has to do: a part of the tables of `test_parameters.py`."""

from __future__ import annotations

BERLIN = "+4915550000123"
NOBODYS = "0" * 32
PAGING = {"PageSize": "1", "Page": "1", "PageToken": "PAnonsense"}

_START = "POST /v2/Services/{ServiceSid}/Verifications"
_CHECK = "POST /v2/Services/{ServiceSid}/VerificationCheck"
_LOOK_UP = "GET /v2/PhoneNumbers/{PhoneNumber}"

_SETTINGS = {
    "FriendlyName": "Owl",
    "CodeLength": "4",
    "LookupEnabled": "true",
    "SkipSmsToLandlines": "true",
    "DtmfInputRequired": "false",
    "TtsName": "Polly",
    "Psd2Enabled": "true",
    "DoNotShareWarningEnabled": "true",
    "CustomCodeEnabled": "true",
    "Push.IncludeDate": "true",
    "Push.ApnCredentialSid": "CR" + NOBODYS,
    "Push.FcmCredentialSid": "CR" + NOBODYS,
    "Totp.Issuer": "Owl",
    "Totp.TimeStep": "20",
    "Totp.CodeLength": "8",
    "Totp.Skew": "0",
    "DefaultTemplateSid": "HJ" + NOBODYS,
    "Whatsapp.MsgServiceSid": "MG" + NOBODYS,
    "Whatsapp.From": "whatsapp:+14155550100",
    "Passkeys.RelyingParty.Id": "owl.example",
    "Passkeys.RelyingParty.Name": "Owl",
    "Passkeys.RelyingParty.Origins": "owl.example",
    "Passkeys.AuthenticatorAttachment": "platform",
    "Passkeys.DiscoverableCredentials": "required",
    "Passkeys.UserVerification": "required",
    "VerifyEventSubscriptionEnabled": "true",
}
_FILTERS = {
    "DateCreatedAfter": "2027-01-01",
    "DateCreatedBefore": "2020-01-01",
    "Country": "FR",
    "Channel": "call",
    "VerifyServiceSid": "VA" + NOBODYS,
}
_OWNER = {
    "FirstName": "Maya",
    "LastName": "Okafor",
    "AddressLine1": "12 Harbor Street",
    "AddressLine2": "Suite 3",
    "City": "Oakland",
    "State": "CA",
    "PostalCode": "94607",
    "AddressCountryCode": "US",
    "NationalId": "900700000",
    "DateOfBirth": "19900412",
}
_FREE_SETTINGS = (
    *("FriendlyName", "TtsName", "Totp.Issuer", "Passkeys.RelyingParty.Id", "Passkeys.RelyingParty.Name"),
    "Passkeys.RelyingParty.Origins",
)

_TYPES = '{"twilio/text": {"body": "Hi {{1}}"}}'
_CHANGE = "PUT /v1/Content/{Sid}"
_SUBMIT = "POST /v1/Content/{ContentSid}/ApprovalRequests/whatsapp"
_TEMPLATE = {
    "friendly_name": "hello",
    "language": "fr",
    "types": '{"twilio/text": {"body": "Ahoy {{1}}"}}',
    "variables": '{"1": "Ana"}',
}
_SEARCH = {
    "SortByDate": "asc",
    "SortByContentName": "asc",
    "DateCreatedAfter": "2026-02-27",
    "DateCreatedBefore": "2026-02-27",
    "ContentName": "sale$",
    "Content": "Sunday",
    "Language": "fr",
    "ContentType": "whatsapp/card",
    "ChannelEligibility": "whatsapp:paused",
    **PAGING,
}

BASE = {
    "POST /v1/Content": {"language": "en", "types": _TYPES},
    _CHANGE: {"types": _TYPES},
    _SUBMIT: {"name": "hello", "category": "UTILITY"},
    "POST /v2/Services": {"FriendlyName": "Fox Lane"},
    _START: {"To": "+14155550123", "Channel": "sms"},
    _CHECK: {"To": BERLIN, "Code": "0000"},
}
OWN_BASE: dict[tuple[str, str], dict[str, str]] = {
    ("POST /v2/Services", "FriendlyName"): {"CodeLength": "6"},
    (_START, "To"): {"Channel": "sms"},
    (_CHECK, "Code"): {"To": BERLIN},
    (_CHECK, "To"): {"Code": "0000"},
    (_CHECK, "VerificationSid"): {"Code": "0000"},
    **{(_LOOK_UP, name): {"Fields": "identity_match"} for name in _OWNER},
    (_LOOK_UP, "LastVerifiedDate"): {"Fields": "reassigned_number"},
}
VALUES = {
    **dict.fromkeys(("GET /v1/Content", "GET /v1/ContentAndApprovals"), PAGING),
    "GET /v1/LegacyContent": {"Page": "1", "PageToken": "PAnonsense"},
    **dict.fromkeys(("GET /v2/Content", "GET /v2/ContentAndApprovals"), _SEARCH),
    "POST /v1/Content": _TEMPLATE,
    _CHANGE: _TEMPLATE,
    _SUBMIT: {"name": "greeting", "category": "MARKETING"},
    "GET /v2/Services": PAGING,
    "POST /v2/Services": _SETTINGS,
    "POST /v2/Services/{Sid}": _SETTINGS,
    _START: {
        "To": BERLIN,
        "Channel": "call",
        "CustomFriendlyName": "Fox Lane",
        "CustomMessage": "Hi",
        "SendDigits": "1",
        "Locale": "de",
        "CustomCode": "246810",
        "Amount": "1",
        "Payee": "Owl",
        "RateLimits": '{"ip": "1"}',
        "ChannelConfiguration": "{}",
        "AppHash": "He42w354ol9",
        "TemplateSid": "HJ" + NOBODYS,
        "TemplateCustomSubstitutions": "{}",
        "EnableSnaClientToken": "true",
    },
    _CHECK: {
        "Code": "0000",
        "To": BERLIN,
        "VerificationSid": "$verification",
        "Amount": "1",
        "Payee": "Owl",
        "SnaClientToken": "1",
    },
    "POST /v2/Services/{ServiceSid}/Verifications/{Sid}": {"Status": "canceled"},
    "GET /v2/Attempts": {
        **_FILTERS,
        "ChannelData.To": "+14155550123",
        "VerificationSid": "VE" + NOBODYS,
        "Status": "converted",
        **PAGING,
    },
    "GET /v2/Attempts/Summary": {**_FILTERS, "DestinationPrefix": "+1"},
    _LOOK_UP: {
        "Fields": "line_type_intelligence",
        "CountryCode": "GB",
        **_OWNER,
        "LastVerifiedDate": "20240229",
    },
}
WITHOUT_EFFECT = {
    "GET /v1/LegacyContent": {"PageSize": "the account has none"},
    _START: {
        "DeviceIp": "where the person is, for the channel auto; no field shows it",
        "RiskCheck": "exempts from fraud checks, of which the sandbox has none; no field shows it",
        "Tags": "go to Twilio's event streams; no field shows them",
    },
    _LOOK_UP: {
        "VerificationSid": "goes with Fields=pre_fill, which is refused",
        "PartnerSubId": "names who asks, for Twilio's own records; no field shows it",
    },
}
TAKEN = {
    "RiskCheck": "disable",
    "TrafficType": "free",
    "ProvideFeedback": "true",
    "ForceDelivery": "true",
    "DeviceIp": "::1",
    "Tags": "{}",
}
"""What is given for those that take not everything."""

FREE_TEXTS = {
    **dict.fromkeys(("POST /v1/Content", _CHANGE), ("friendly_name", "language")),
    **dict.fromkeys(("GET /v2/Content", "GET /v2/ContentAndApprovals"), ("ContentName", "Content", "Language")),
    **dict.fromkeys(("POST /v2/Services", "POST /v2/Services/{Sid}"), _FREE_SETTINGS),
    _START: ("CustomFriendlyName",),
    "GET /v2/Attempts": ("ChannelData.To", "Country", "VerifyServiceSid", "VerificationSid"),
    "GET /v2/Attempts/Summary": ("Country", "VerifyServiceSid", "DestinationPrefix"),
    _LOOK_UP: (*(name for name in _OWNER if name != "DateOfBirth"), "VerificationSid", "PartnerSubId"),
}
NOT_HERE = {
    **{(operation, "Psd2Enabled"): ("true",) for operation in ("POST /v2/Services", "POST /v2/Services/{Sid}")},
    (_START, "EnableSnaClientToken"): ("true",),
}
