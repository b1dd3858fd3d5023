"""What each parameter of senders, keys and accounts has to do: part of the tables of `test_parameters.py`."""

from __future__ import annotations

PAGING = {"PageSize": "1", "Page": "1", "PageToken": "PAnonsense"}
HOOK = "http://127.0.0.1:9/hook"
SIDS = {letters: letters + "0" * 32 for letters in ("AC", "AD", "AP", "BU", "RI", "TK")}
TYPES = ("Local", "Mobile", "TollFree")

_OWNED = {
    "Beta": "false",
    "FriendlyName": "Front desk",
    "PhoneNumber": "+1212",
    "Origin": "hosted",
    **PAGING,
}
_NUMBER = {
    "ApiVersion": "2008-08-01",
    "FriendlyName": "Night desk",
    "SmsApplicationSid": SIDS["AP"],
    "SmsFallbackMethod": "GET",
    "SmsFallbackUrl": HOOK,
    "SmsMethod": "GET",
    "SmsUrl": HOOK,
    "StatusCallback": HOOK,
    "StatusCallbackMethod": "GET",
    "VoiceApplicationSid": SIDS["AP"],
    "VoiceCallerIdLookup": "true",
    "VoiceFallbackMethod": "GET",
    "VoiceFallbackUrl": HOOK,
    "VoiceMethod": "GET",
    "VoiceUrl": HOOK,
    "EmergencyStatus": "Active",
    "EmergencyAddressSid": SIDS["AD"],
    "TrunkSid": SIDS["TK"],
    "VoiceReceiveMode": "fax",
    "IdentitySid": SIDS["RI"],
    "AddressSid": SIDS["AD"],
    "BundleSid": SIDS["BU"],
}
_FOR_SALE = {
    "Contains": "52",
    "SmsEnabled": "false",
    "MmsEnabled": "true",
    "VoiceEnabled": "false",
    "FaxEnabled": "true",
    "Beta": "false",
}
_ADDRESSES = {"ExcludeAllAddressRequired": "true", "ExcludeLocalAddressRequired": "true"}
_PLACES = {
    "AreaCode": "510",
    "NearNumber": "+14155550100",
    "NearLatLong": "37.8,-122.4",
    "Distance": "5",
    "InPostalCode": "94102",
    "InRegion": "CA",
    "InRateCenter": "OAKLAND",
    "InLata": "722",
    "InLocality": "Oakland",
}
_SERVICE = {
    "FriendlyName": "Night line",
    "InboundRequestUrl": HOOK,
    "InboundMethod": "GET",
    "FallbackUrl": HOOK,
    "FallbackMethod": "GET",
    "StatusCallback": HOOK,
    "StickySender": "false",
    "MmsConverter": "false",
    "SmartEncoding": "true",
    "ScanMessageContent": "disable",
    "FallbackToLongCode": "true",
    "AreaCodeGeomatch": "false",
    "ValidityPeriod": "60",
    "SynchronousValidation": "true",
    "Usecase": "poll",
    "UseInboundWebhookOnNumber": "false",
}

BASE = {
    "POST /v1/Services": {"FriendlyName": "Night desk"},
    "POST /IncomingPhoneNumbers.json": {"PhoneNumber": "+14155550150"},
    "POST /IncomingPhoneNumbers/Local.json": {"PhoneNumber": "+14155550150"},
    "POST /IncomingPhoneNumbers/Mobile.json": {"PhoneNumber": "+447700900150"},
    "POST /IncomingPhoneNumbers/TollFree.json": {"PhoneNumber": "+18335550150"},
}

_SALE = {word: f"GET /AvailablePhoneNumbers/{{CountryCode}}/{word}.json" for word in TYPES}

# `$country` stands for the country in the path.
OWN_BASE = {
    ("POST /v1/Services", "FriendlyName"): {},
    ("POST /IncomingPhoneNumbers.json", "PhoneNumber"): {},
    ("POST /IncomingPhoneNumbers.json", "AreaCode"): {},
    **{(f"POST /IncomingPhoneNumbers/{word}.json", "PhoneNumber"): {} for word in TYPES},
    **{(_SALE[word], name): {"$country": "DE"} for word in ("Local", "Mobile") for name in _ADDRESSES},
    **{(_SALE[word], "Beta"): {"$country": "FR"} for word in ("Local", "Mobile")},
    (_SALE["Local"], "SmsEnabled"): {"$country": "US"},
    (_SALE["Local"], "MmsEnabled"): {"$country": "GB"},
    (_SALE["TollFree"], "MmsEnabled"): {"$country": "GB"},
    (_SALE["Local"], "Distance"): {"NearNumber": "+14155550100"},
    (_SALE["Local"], "InRateCenter"): {"InLata": "722"},
}

VALUES = {
    "POST .json": {"FriendlyName": "Another"},
    "POST /{Sid}.json": {"FriendlyName": "Another", "Status": "suspended"},
    "GET /Keys.json": PAGING,
    "POST /Keys.json": {"FriendlyName": "Another"},
    "POST /Keys/{Sid}.json": {"FriendlyName": "Another"},
    "POST /SMS/ShortCodes/{Sid}.json": {
        "FriendlyName": "Another",
        "ApiVersion": "2008-08-01",
        "SmsUrl": HOOK,
        "SmsMethod": "GET",
        "SmsFallbackUrl": HOOK,
        "SmsFallbackMethod": "GET",
    },
    "GET /SMS/ShortCodes.json": {"FriendlyName": "Another", "ShortCode": "99", **PAGING},
    "GET /IncomingPhoneNumbers.json": _OWNED,
    "GET /IncomingPhoneNumbers/Local.json": {name: value for name, value in _OWNED.items() if name != "Beta"},
    "GET /IncomingPhoneNumbers/Mobile.json": _OWNED,
    "GET /IncomingPhoneNumbers/TollFree.json": {name: value for name, value in _OWNED.items() if name != "Beta"},
    "POST /IncomingPhoneNumbers/{Sid}.json": {"AccountSid": SIDS["AC"], **_NUMBER},
    "POST /IncomingPhoneNumbers.json": {"PhoneNumber": "+14155550151", "AreaCode": "212", **_NUMBER},
    "POST /IncomingPhoneNumbers/Local.json": {"PhoneNumber": "+14155550151", **_NUMBER},
    "POST /IncomingPhoneNumbers/Mobile.json": {"PhoneNumber": "+447700900151", **_NUMBER},
    "POST /IncomingPhoneNumbers/TollFree.json": {"PhoneNumber": "+18335550151", **_NUMBER},
    "GET /AvailablePhoneNumbers.json": PAGING,
    _SALE["Local"]: {**_FOR_SALE, **_ADDRESSES, **_PLACES, **PAGING},
    _SALE["Mobile"]: {**_FOR_SALE, **_ADDRESSES, **PAGING},
    _SALE["TollFree"]: {
        name: value for name, value in (_FOR_SALE | _PLACES | PAGING).items() if name not in {"Beta", "Distance"}
    },
    "POST /v1/Services": _SERVICE,
    "POST /v1/Services/{Sid}": _SERVICE,
    "POST /v1/Services/{ServiceSid}/PhoneNumbers": {"PhoneNumberSid": "$number"},
    "GET /v1/Services/{ServiceSid}/ShortCodes": PAGING,
    "POST /v1/Services/{ServiceSid}/ShortCodes": {"ShortCodeSid": "$code"},
    "GET /v1/Services/{ServiceSid}/AlphaSenders": PAGING,
    "POST /v1/Services/{ServiceSid}/AlphaSenders": {"AlphaSender": "ACME"},
}

_NOT_ABROAD = {"ExcludeForeignAddressRequired": "no number on sale needs an address abroad"}
WITHOUT_EFFECT = {
    "GET /IncomingPhoneNumbers/Local.json": {"Beta": "no local number of the account is new to Twilio"},
    "GET /IncomingPhoneNumbers/TollFree.json": {"Beta": "no toll-free number is new to Twilio"},
    _SALE["Local"]: _NOT_ABROAD,
    _SALE["Mobile"]: {
        **_NOT_ABROAD,
        **dict.fromkeys(_PLACES, "is for North America, whose numbers are local or toll-free"),
    },
    _SALE["TollFree"]: {
        **_NOT_ABROAD,
        **dict.fromkeys(("Beta", *_ADDRESSES), "no toll-free number is new or needs an address"),
        "Distance": "no toll-free number lies anywhere",
    },
}

TAKEN = {"Beta": "false", "ExcludeForeignAddressRequired": "true", **_ADDRESSES}
"""What is given for those that take not everything."""

_BUYING = ("POST /IncomingPhoneNumbers.json", *(f"POST /IncomingPhoneNumbers/{word}.json" for word in TYPES))
_LISTING = ("GET /IncomingPhoneNumbers.json", *(f"GET /IncomingPhoneNumbers/{word}.json" for word in TYPES))
_NAMED = ("POST .json", "POST /{Sid}.json", "POST /Keys.json", "POST /Keys/{Sid}.json")
_CHANGED = ("POST /IncomingPhoneNumbers/{Sid}.json", "POST /SMS/ShortCodes/{Sid}.json")
_WHEREABOUTS = ("NearNumber", "InPostalCode", "InRegion", "InRateCenter", "InLata", "InLocality")
FREE_TEXTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("GET .json", *_NAMED, *_CHANGED, *_BUYING), ("FriendlyName",)),
    **dict.fromkeys(_LISTING, ("FriendlyName", "PhoneNumber")),
    "GET /SMS/ShortCodes.json": ("FriendlyName", "ShortCode"),
    **dict.fromkeys(("POST /v1/Services", "POST /v1/Services/{Sid}"), ("FriendlyName",)),
    "POST /v1/Services/{ServiceSid}/AlphaSenders": ("AlphaSender",),
    _SALE["Local"]: _WHEREABOUTS,
    _SALE["TollFree"]: tuple(name for name in _WHEREABOUTS if name != "InRateCenter"),
    # Outside of North America these count for nothing.
    _SALE["Mobile"]: tuple(_PLACES),
}
"""What takes any text."""

NOT_HERE: dict[tuple[str, str], tuple[str, ...]] = {
    **{(operation, "EmergencyStatus"): ("Active",) for operation in (_CHANGED[0], *_BUYING)},
    ("POST /{Sid}.json", "Status"): ("suspended", "closed"),
}
"""Which words of those that Twilio takes are refused: they need what the account has not, or are of sub-accounts."""
