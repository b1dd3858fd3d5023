"""Addresses of messages (To, From) and SIDs: parsed as people type them, normalised to what Twilio takes.

Pure: it knows nothing of accounts, so it cannot tell whether a sender is owned. What is wrong for certain is
refused with a sentence; what is merely unusual passes with a note, because Twilio decides (its own test
numbers are no real ones). `phonenumbers` costs 0.1 s to import and waits until a number has to be understood.

Sources: Twilio's reference of the Message resource (To, From), its alphanumeric sender rules, ITU-T E.164.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

from tui.safe_text import code_point, is_unseen

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

CHANNELS: Final = ("whatsapp", "messenger", "rcs", "sim")
"""The prefixes of addresses that no national numbering plan is held against; `sim` is a SIM card of Twilio's own."""

_EXAMPLE: Final = "Write it with + and the country code, like +14155550100."
_CHECK: Final = "Check the digits; a whole number looks like +14155550100."
_LONGEST: Final = 256
_FEWEST_DIGITS: Final = 7
"""With the country code; a few plans have valid ones of six, which nobody means who leaves the code out."""
_MOST_DIGITS: Final = 15
_WHOLE_DIGITS: Final = 11
"""So many digits may be a whole number; in national form they begin with a 0, or have another one as the same."""
_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_LIKE_A_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{24,40}")
_MESSAGE_SID: Final = re.compile(
    # Before it stands no letter or digit, but those of %2F in a URL, and of \u003d or \n in JSON.
    r"(?:(?<![0-9a-z])|(?<=%[0-9a-f]{2})|(?<=\\u[0-9a-f]{4})|(?<=\\[nrt]))([SM]M)([0-9a-f]{32})(?![0-9a-z])",
    re.ASCII | re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{5,14}")
_SHORT_CODE: Final = re.compile(r"[0-9]{5,6}")
_ALPHANUMERIC: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9+\-_& ]{1,11}")
_URI_END: Final = re.compile(r"[;?]")
_PREFIXED: Final = re.compile(r"([A-Za-z]+)\s*:\s*(.*)")
_CHANNEL_NAME: Final = re.compile(r"[A-Za-z0-9_.@\-]{1,128}")
NUMBERED_CHANNELS: Final = ("whatsapp", "rcs")
"""The channels whose addresses are people's numbers. There are names as well (user names and business-scoped ids of
WhatsApp since 2026, agents of RCS): what is all digits is a number."""
_NAME_BESIDE_NUMBERS: Final = re.compile(r"(?=.*[A-Za-z])@?[A-Za-z0-9_][A-Za-z0-9_.@\-]{2,127}")
_DECORATION: Final = frozenset("()[]./·•\u2027\u2043\u2219\u22c5\u2212\u02d7")
_UNDECORATED: Final = dict.fromkeys(map(ord, (*_DECORATION, " ", "-")))
_BLANKS: Final = {code: " " for code in range(128) if chr(code).isspace()}


# English names by region code (ISO 3166-1 and the few beyond it that the numbering plans use), with their article, so
# that they can stand in a sentence: "a number of the Netherlands".
_COUNTRIES: Final = (
    "AC Ascension Island; AD Andorra; AE the United Arab Emirates; AF Afghanistan; "
    "AG Antigua and Barbuda; AI Anguilla; AL Albania; AM Armenia; AO Angola; AR Argentina; "
    "AS American Samoa; AT Austria; AU Australia; AW Aruba; AX the Åland Islands; AZ Azerbaijan; "
    "BA Bosnia and Herzegovina; BB Barbados; BD Bangladesh; BE Belgium; BF Burkina Faso; BG Bulgaria; "
    "BH Bahrain; BI Burundi; BJ Benin; BL Saint Barthélemy; BM Bermuda; BN Brunei; BO Bolivia; "
    "BQ the Caribbean Netherlands; BR Brazil; BS the Bahamas; BT Bhutan; BW Botswana; BY Belarus; "
    "BZ Belize; CA Canada; CC the Cocos Islands; CD the Democratic Republic of the Congo; "
    "CF the Central African Republic; CG the Republic of the Congo; CH Switzerland; CI Côte d'Ivoire; "
    "CK the Cook Islands; CL Chile; CM Cameroon; CN China; CO Colombia; CR Costa Rica; CU Cuba; "
    "CV Cabo Verde; CW Curaçao; CX Christmas Island; CY Cyprus; CZ Czechia; DE Germany; DJ Djibouti; "
    "DK Denmark; DM Dominica; DO the Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; "
    "EH Western Sahara; ER Eritrea; ES Spain; ET Ethiopia; FI Finland; FJ Fiji; FK the Falkland Islands; "
    "FM Micronesia; FO the Faroe Islands; FR France; GA Gabon; GB the United Kingdom; GD Grenada; "
    "GE Georgia; GF French Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland; GM the Gambia; "
    "GN Guinea; GP Guadeloupe; GQ Equatorial Guinea; GR Greece; GT Guatemala; GU Guam; GW Guinea-Bissau; "
    "GY Guyana; HK Hong Kong; HN Honduras; HR Croatia; HT Haiti; HU Hungary; ID Indonesia; IE Ireland; "
    "IL Israel; IM the Isle of Man; IN India; IO the British Indian Ocean Territory; IQ Iraq; IR Iran; "
    "IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan; JP Japan; KE Kenya; KG Kyrgyzstan; "
    "KH Cambodia; KI Kiribati; KM the Comoros; KN Saint Kitts and Nevis; KP North Korea; KR South Korea; "
    "KW Kuwait; KY the Cayman Islands; KZ Kazakhstan; LA Laos; LB Lebanon; LC Saint Lucia; "
    "LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia; "
    "LY Libya; MA Morocco; MC Monaco; MD Moldova; ME Montenegro; MF Saint Martin; MG Madagascar; "
    "MH the Marshall Islands; MK North Macedonia; ML Mali; MM Myanmar; MN Mongolia; MO Macau; "
    "MP the Northern Mariana Islands; MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; "
    "MU Mauritius; MV the Maldives; MW Malawi; MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia; "
    "NC New Caledonia; NE Niger; NF Norfolk Island; NG Nigeria; NI Nicaragua; NL the Netherlands; "
    "NO Norway; NP Nepal; NR Nauru; NU Niue; NZ New Zealand; OM Oman; PA Panama; PE Peru; "
    "PF French Polynesia; PG Papua New Guinea; PH the Philippines; PK Pakistan; PL Poland; "
    "PM Saint Pierre and Miquelon; PR Puerto Rico; PS Palestine; PT Portugal; PW Palau; PY Paraguay; "
    "QA Qatar; RE Réunion; RO Romania; RS Serbia; RU Russia; RW Rwanda; SA Saudi Arabia; "
    "SB the Solomon Islands; SC the Seychelles; SD Sudan; SE Sweden; SG Singapore; SH Saint Helena; "
    "SI Slovenia; SJ Svalbard and Jan Mayen; SK Slovakia; SL Sierra Leone; SM San Marino; SN Senegal; "
    "SO Somalia; SR Suriname; SS South Sudan; ST São Tomé and Príncipe; SV El Salvador; SX Sint Maarten; "
    "SY Syria; SZ Eswatini; TA Tristan da Cunha; TC the Turks and Caicos Islands; TD Chad; TG Togo; "
    "TH Thailand; TJ Tajikistan; TK Tokelau; TL Timor-Leste; TM Turkmenistan; TN Tunisia; TO Tonga; "
    "TR Türkiye; TT Trinidad and Tobago; TV Tuvalu; TW Taiwan; TZ Tanzania; UA Ukraine; UG Uganda; "
    "US the United States; UY Uruguay; UZ Uzbekistan; VA Vatican City; "
    "VC Saint Vincent and the Grenadines; VE Venezuela; VG the British Virgin Islands; "
    "VI the US Virgin Islands; VN Vietnam; VU Vanuatu; WF Wallis and Futuna; WS Samoa; XK Kosovo; "
    "YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia; ZW Zimbabwe"
)


class AddressKind(StrEnum):
    """The kinds of address Twilio knows."""

    NUMBER = "phone number"
    SHORT_CODE = "short code"
    ALPHANUMERIC = "sender name"
    CHANNEL = "channel address"
    SERVICE = "messaging service"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A parsed To: the address for Twilio, and a note on how it was read, where that is worth a look."""

    address: str
    note: str | None = None


class AddressError(ValueError):
    """An address that cannot be right.

    Attributes:
        field: "To" or "From".
        reason: one sentence: what is wrong.
        remedy: one sentence: what to type instead.
    """

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.field}: {self.reason} {self.remedy}"


class CountryUnknown(AddressError):
    """A number in national form, and no country to read it with."""


def is_sid(text: str, *prefixes: str) -> bool:
    """Tell whether `text` is a SID: two capitals and 32 hexadecimal digits; with `prefixes`, one of those."""
    return _SID.fullmatch(text) is not None and (not prefixes or text[:2] in prefixes)


def find_message_sids(text: str) -> tuple[str, ...]:
    """The SIDs of messages in a text, each once: in a line of a log, a URL, a piece of JSON.

    As Twilio writes them, capitals and then small letters, whatever a log made of that.
    """
    return tuple(dict.fromkeys(f"{each[1].upper()}{each[2].lower()}" for each in _MESSAGE_SID.finditer(text)))


def kind_of(address: str) -> AddressKind | None:
    """Tell what kind of address this is, exactly as written; None when it is none."""
    if is_sid(address, "MG"):
        return AddressKind.SERVICE
    if _NUMBER.fullmatch(address):
        return AddressKind.NUMBER
    if _SHORT_CODE.fullmatch(address):
        return AddressKind.SHORT_CODE
    channel, colon, name = address.partition(":")
    if colon and channel in CHANNELS and (_NUMBER.fullmatch(name) or _names(channel).fullmatch(name)):
        return AddressKind.CHANNEL
    if _ALPHANUMERIC.fullmatch(address) and address == address.strip():
        return AddressKind.ALPHANUMERIC
    return None


def country_of(address: str) -> str | None:
    """Give the region, like "US", of a number in E.164 or of a channel address made from one, else None.

    A number nobody has been given belongs to the main country of its code.
    """
    number = address.rpartition(":")[2]
    if not _NUMBER.fullmatch(number):
        return None
    import phonenumbers

    try:
        return _region(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None


def country_name(region: str) -> str | None:
    """Name a region, like "Germany" for "DE"; None for a code that has no name here."""
    return country_names().get(region)


@cache
def country_names() -> dict[str, str]:
    """Every region's name, by its code."""
    return {entry[:2]: entry[3:] for entry in _COUNTRIES.split("; ")}


def read_recipient(text: str, *, sender: str | None = None, default_country: str | None = None) -> Recipient:
    """Read a To as it was typed or pasted.

    Spaces, dashes, dots, brackets, other alphabets' digits, `tel:` and a leading 00 are understood. A number
    in national form is read with the country of `sender`, or else with `default_country` (a region code like
    "DE"). A channel address passes as Twilio writes it: channels keep numbers that a country has long changed.
    Raises AddressError for what can be no recipient.
    """
    text = _clean("To", text)
    if _LIKE_A_SID.fullmatch(text):
        raise AddressError("To", "This is a SID, which can receive nothing.", _EXAMPLE)
    channel, rest = _split_channel("To", text)
    country = (country_of(sender) if sender else None) or default_country
    if channel:
        found = _read_channel("To", channel, rest, country)
        return Recipient(f"{channel}:{found.address}", found.note)
    digits = _digits("To", rest)
    if _SHORT_CODE.fullmatch(digits):
        return Recipient(digits, "read as a short code; few senders can text one")
    return _read_number("To", rest, country)


def read_sender(text: str) -> str:
    """Read a From as it was typed or pasted.

    A number with its country code, a short code, a sender name, a channel address, or the SID of a messaging
    service. Raises AddressError for what can be no sender.
    """
    text = _clean("From", text)
    if _LIKE_A_SID.fullmatch(text):
        if is_sid(text, "MG"):
            return text
        reason = "This is not the SID of a messaging service."
        raise AddressError("From", reason, "It begins with MG and 32 hexadecimal digits follow.")
    channel, rest = _split_channel("From", text)
    if channel:
        return f"{channel}:{_read_channel('From', channel, rest, None).address}"
    if any("A" <= letter.upper() <= "Z" for letter in rest):
        return _sender_name(rest)
    digits = _digits("From", rest)
    return digits if _SHORT_CODE.fullmatch(digits) else _read_number("From", rest, None).address


def _clean(field: str, text: str) -> str:
    """Take away what pasting adds: blanks around, invisible characters, full-width forms, `tel:`."""
    if len(text) > _LONGEST:
        raise AddressError(field, f"This has {len(text):,} characters, far too many for an address.", _EXAMPLE)
    # Most are plain ASCII, in the rows of a table above all.
    text = (text.translate(_BLANKS) if text.isascii() else "".join(map(_plain, text))).strip()
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed and prefixed[1].lower() in {"tel", "sms"}:
        text, parameters = _URI_END.split(prefixed[2], maxsplit=1)[0].strip(), prefixed[2].lower()
        if ";ext=" in parameters:
            raise AddressError(field, "A number with an extension takes no messages.", _EXAMPLE)
    if not text:
        raise AddressError(field, "Nothing is filled in.", _EXAMPLE)
    return text


def _plain(character: str) -> str:
    if character.isascii():
        return " " if character.isspace() else character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if character.isspace():
        return " "
    # Full-width and small forms, circled digits.
    form = unicodedata.normalize("NFKC", character)
    if len(form) == 1 and form.isascii():
        return form
    return "" if is_unseen(character) and unicodedata.category(character) != "Cc" else character


def _split_channel(field: str, text: str) -> tuple[str, str]:
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed is None:
        return "", text
    channel = prefixed[1].lower()
    if channel not in CHANNELS:
        known = ", ".join(f"{name}:" for name in CHANNELS)
        reason = f"“{prefixed[1]}:” is not a channel."
        raise AddressError(field, reason, f"The channels are {known}; a plain number has no prefix.")
    return channel, prefixed[2]


def _names(channel: str) -> re.Pattern[str]:
    return _NAME_BESIDE_NUMBERS if channel in NUMBERED_CHANNELS else _CHANNEL_NAME


def _read_channel(field: str, channel: str, rest: str, country: str | None) -> Recipient:
    """What follows the prefix: a number as E.164 has it, one in national form, or an ID."""
    if _names(channel).fullmatch(rest):
        return Recipient(rest)
    if not rest.startswith("+") and (channel not in NUMBERED_CHANNELS or not any("0" <= each <= "9" for each in rest)):
        reason = f"What follows {channel}: is missing, or has a character it cannot have."
        raise AddressError(field, reason, f"Write {channel}: and then the ID, without blanks.")
    digits = _digits(field, rest)
    # Abroad of everywhere, whatever the sender's country dials.
    number = f"+{digits[2:]}" if digits.startswith("00") else _international(digits, _supported(country))
    if not number.startswith("+"):
        found = _read_number(field, rest, country)
        if len(digits) >= _WHOLE_DIGITS and not digits.startswith("0") and found.address != f"+{digits}":
            # Channels write their ids without a plus (WhatsApp's WaId): read nationally it would be somebody else's.
            reason = f"{channel}:{digits} may be +{digits} or {found.address}."
            raise AddressError(field, reason, f"Write {channel}:+ and the whole number, with its country code.")
        return found
    import phonenumbers

    parsed = _parse(field, number, None)
    if not _FEWEST_DIGITS < len(number) <= _MOST_DIGITS + 1 and not phonenumbers.is_valid_number(parsed):
        few = "few" if len(number) <= _FEWEST_DIGITS else "many"
        raise AddressError(field, f"{number} has too {few} digits for a phone number.", _CHECK)
    return Recipient(number, f"read as {number}" if number != digits else None)


def _sender_name(name: str) -> str:
    remedy = "A sender name has at most 11 letters, digits, spaces, and + - _ & signs."
    strange = next((character for character in name if not _ALPHANUMERIC.fullmatch(f"a{character}")), None)
    if strange:
        raise AddressError("From", f"A sender name cannot contain “{_named(strange)}”.", remedy)
    if len(name) > 11:
        raise AddressError("From", f"“{name}” has {len(name)} characters.", remedy)
    return name


def _digits(field: str, text: str) -> str:
    """Reduce a number to its digits, with the + where it had one."""
    plus = "+" if text.lstrip("( ").startswith("+") else ""
    undecorated = (text.lstrip("( ")[1:] if plus else text).translate(_UNDECORATED)
    if undecorated.isascii() and undecorated.isdigit():
        return plus + undecorated
    digits = "".join(
        character
        for character in (text.lstrip("( ")[1:] if plus else text)
        if character not in _DECORATION and character != " " and unicodedata.category(character) != "Pd"
    )
    others = [character for character in digits if not "0" <= character <= "9"]
    # What nobody sees is named first: the rest may only be strange because of it.
    strange = next((character for character in others if is_unseen(character)), others[0] if others else None)
    if strange in {",", ";"}:
        raise AddressError(field, "This looks like more than one number.", "Write one number only.")
    if strange == "+":
        raise AddressError(field, "A + stands only at the beginning of a phone number.", "Write one number, once.")
    if strange:
        raise AddressError(field, f"A phone number cannot contain “{_named(strange)}”.", _EXAMPLE)
    if not digits:
        raise AddressError(field, "There is no digit in this.", _EXAMPLE)
    return plus + digits


def _named(character: str) -> str:
    # A mark would be drawn onto the quote before it.
    shown = character.isprintable() and not is_unseen(character) and not unicodedata.category(character).startswith("M")
    return character if shown else code_point(character)


def _read_number(field: str, text: str, country: str | None) -> Recipient:
    import phonenumbers

    digits = _digits(field, text)
    region = _supported(country)
    number = _parse(field, _international(digits, region), region)
    valid = phonenumbers.is_valid_number(number)
    if not valid:
        _refuse_impossible(field, number, digits)
    address = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if len(address) > _MOST_DIGITS + 1:
        raise AddressError(field, f"{address} has more than {_MOST_DIGITS} digits.", _CHECK)
    whole = valid and digits.startswith("+")
    if not whole and len(address) < _FEWEST_DIGITS + (1 if valid else 2):
        raise AddressError(field, f"{address} is too short for a phone number.", _CHECK)
    notes: list[str] = []
    if address != digits:
        name = country_name(_region(number) or "")
        owner = f"a number of {name}" if name else "an international number"
        shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        notes.append(f"read as {owner}: {shown}")
    if not valid:
        notes.append("this number range is not assigned; Twilio may refuse it")
    return Recipient(address, "; ".join(notes) or None)


def _supported(country: str | None) -> str | None:
    import phonenumbers

    return country if country in phonenumbers.SUPPORTED_REGIONS else None


def _international(digits: str, region: str | None) -> str:
    """Put the + where someone wrote 00 for it, or left it out before their own country's code."""
    if digits.startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits if region and _has_dialling_prefix(digits, region) else f"+{digits[2:]}"
    return f"+{digits}" if region and _begins_with_own_code(digits, region) else digits


def _has_dialling_prefix(digits: str, region: str) -> bool:
    """Tell whether `region` itself dials abroad this way, as Australia does with 0011."""
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return False
    return number.country_code_source == phonenumbers.CountryCodeSource.FROM_NUMBER_WITH_IDD


def _begins_with_own_code(digits: str, region: str) -> bool:
    """Tell whether 4915123456789, typed in Germany, is +49…: a national number there begins with 0.

    Where national numbers have no such prefix the digits say nothing, and the national reading stands.
    """
    import phonenumbers

    trunk = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True)
    code = str(phonenumbers.country_code_for_region(region))
    if not trunk or digits.startswith(trunk) or not digits.startswith(code):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _parse(field: str, digits: str, region: str | None) -> PhoneNumber:
    import phonenumbers

    if region is None and not digits.startswith("+"):
        unknown = ", and the sender does not tell the country" if field == "To" else ""
        raise CountryUnknown(field, f"This number has no country code{unknown}.", _EXAMPLE)
    try:
        return phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            reason = f"{digits} begins with a country code that does not exist."
        elif error.error_type == phonenumbers.NumberParseException.TOO_LONG:
            reason = f"{digits} has too many digits for a phone number."
        else:
            reason = f"{digits} is too short for a phone number."
        raise AddressError(field, reason, _CHECK) from None


def _refuse_impossible(field: str, number: PhoneNumber, digits: str) -> None:
    import phonenumbers

    name = country_name(_region(number) or "")
    where = f"a number of {name}" if name else "a phone number"
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.IS_POSSIBLE:
            return
        case phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            reason = f"{digits} lacks its area code."
        case phonenumbers.ValidationResult.TOO_SHORT:
            reason = f"{digits} has too few digits for {where}."
        case phonenumbers.ValidationResult.TOO_LONG:
            reason = f"{digits} has too many digits for {where}."
        case _:
            reason = f"{digits} has the wrong number of digits for {where}."
    raise AddressError(field, reason, _CHECK)


def _region(number: PhoneNumber) -> str | None:
    import phonenumbers

    region = phonenumbers.region_code_for_number(number)
    if region is None and number.country_code is not None:
        region = phonenumbers.region_code_for_country_code(number.country_code)
    return region if region and country_name(region) else None
