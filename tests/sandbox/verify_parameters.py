"""What each parameter of Verify and Lookup has to do, for `test_parameters.py`, whose tables these are part of."""

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
_FREE_TEXTS = {
    *("FriendlyName", "TtsName", "Totp.Issuer", "Passkeys.RelyingParty.Id", "Passkeys.RelyingParty.Name"),
    "Passkeys.RelyingParty.Origins",
}
_NONSENSE_SETTINGS = tuple(name for name in _SETTINGS if name not in _FREE_TEXTS)

BASE = {
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
TAKEN = {"RiskCheck": "disable", "DeviceIp": "::1", "Tags": "{}"}
"""What is given for those that take not everything."""

NONSENSE = {
    "GET /v2/Services": tuple(PAGING),
    "POST /v2/Services": _NONSENSE_SETTINGS,
    "POST /v2/Services/{Sid}": _NONSENSE_SETTINGS,
    _START: (
        *("To", "Channel", "Locale", "CustomCode", "AppHash", "ChannelConfiguration", "EnableSnaClientToken"),
        *("DeviceIp", "RiskCheck", "Tags", "TemplateSid", "RateLimits", "SendDigits"),
    ),
    _CHECK: ("To", "VerificationSid", "Code"),
    "POST /v2/Services/{ServiceSid}/Verifications/{Sid}": ("Status",),
    "GET /v2/Attempts": ("DateCreatedAfter", "DateCreatedBefore", "Channel", "Status", *PAGING),
    "GET /v2/Attempts/Summary": ("DateCreatedAfter", "DateCreatedBefore", "Channel"),
    _LOOK_UP: ("Fields", "CountryCode", "DateOfBirth", "LastVerifiedDate"),
}
