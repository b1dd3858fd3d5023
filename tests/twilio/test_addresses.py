"""Addresses as people type and paste them, and as Twilio takes them."""

from __future__ import annotations

import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.twilio.addresses import (
    AddressError,
    AddressKind,
    Recipient,
    country_name,
    country_of,
    is_sid,
    kind_of,
    read_recipient,
    read_sender,
)

GERMAN, BRITISH, AMERICAN, AUSTRALIAN = "+4915112345678", "+447400123456", "+14155550100", "+61412345678"
MG = "MG" + "0123456789abcdef" * 2

REGIONS = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
BLANKS = st.sampled_from(["", " ", "-", ".", "\xa0", "\u2011", "\u202a", " (", ") ", "/", "\u2212"])

UNSEEN = st.sampled_from(["\u2009", "\u202f", "\u200b", "\ufeff", "\u2060", "\u00ad", "\ufe0e", "\u3164", "\u200e"])


@st.composite
def example_numbers(draw: st.DrawFn) -> phonenumbers.PhoneNumber:
    """Draw the example number of a country: real in form, nobody's in fact."""
    number = phonenumbers.example_number_for_type(draw(REGIONS), phonenumbers.PhoneNumberType.MOBILE)
    return number or phonenumbers.example_number("DE")


def e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@settings(deadline=None, max_examples=300)
@given(example_numbers())
def test_a_number_in_national_form_is_read_with_the_senders_country(number: phonenumbers.PhoneNumber) -> None:
    address = e164(number)
    typed = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    found = read_recipient(typed, sender=address)
    if found.note == "read as a short code; few senders can text one":
        assert len(found.address) in {5, 6}
    else:
        assert found.address == address
        assert found.note is not None
        assert found.note.startswith("read as a")


@settings(deadline=None, max_examples=500)
@given(st.text(max_size=40) | st.text("+0123456789 -()", max_size=20), st.none() | st.just(GERMAN) | st.text())
def test_anything_typed_is_read_or_refused_with_a_sentence(text: str, sender: str | None) -> None:
    for read in (lambda: read_recipient(text, sender=sender).address, lambda: read_sender(text)):
        try:
            address = read()
        except AddressError as error:
            assert error.field in {"To", "From"}
            assert error.reason.endswith(".")
            assert error.remedy.endswith(".")
            assert str(error).isprintable()
        else:
            assert kind_of(address) is not None
            assert address.isascii()


@settings(deadline=None, max_examples=200)
@given(example_numbers())
def test_reading_a_second_time_changes_nothing(number: phonenumbers.PhoneNumber) -> None:
    address = read_recipient(e164(number)).address
    assert read_recipient(address) == Recipient(address)


@pytest.mark.parametrize(
    ("typed", "sender", "address", "note"),
    [
        ("+14155550100", None, "+14155550100", None),
        ("tel:+1-415-555-0100", None, "+14155550100", None),
        ("\u202a+1 (415) 555‑0100\u202c\n", None, "+14155550100", None),
        ("＋４９ １５１ ２３４５６７８９", None, "+4915123456789", None),
        ("0151 23456789", GERMAN, "+4915123456789", "read as a number of Germany: +49 1512 3456789"),
        ("٠١٥١ ٢٣٤٥٦٧٨٩", GERMAN, "+4915123456789", "read as a number of Germany: +49 1512 3456789"),
        ("4915123456789", GERMAN, "+4915123456789", "read as a number of Germany: +49 1512 3456789"),
        ("0049 151 23456789", BRITISH, "+4915123456789", "read as a number of Germany: +49 1512 3456789"),
        ("0049 151 23456789", AMERICAN, "+4915123456789", "read as a number of Germany: +49 1512 3456789"),
        ("0049 151 23456789", None, "+4915123456789", "read as a number of Germany: +49 1512 3456789"),
        ("011 49 151 23456789", AMERICAN, "+4915123456789", "read as a number of Germany: +49 1512 3456789"),
        (
            "0011 49 151 23456789",
            AUSTRALIAN,
            "+4915123456789",
            "read as a number of Germany: +49 1512 3456789",
        ),
        ("+44 (0)7400 123456", None, BRITISH, "read as a number of the United Kingdom: +44 7400 123456"),
        (
            "(415) 555-0100",
            AMERICAN,
            "+14155550100",
            "read as a number of the United States: +1 415-555-0100",
        ),
        ("WhatsApp: +1 415 555 0100", None, "whatsapp:+14155550100", None),
        ("whatsapp:0049 151 23456789", None, "whatsapp:+4915123456789", "read as +4915123456789"),
        ("tel:+1-415-555-0100;phone-context=+1", None, "+14155550100", None),
        ("sms:+14155550100?body=hello", None, "+14155550100", None),
        ("﹢①４١५ 555 0100", None, "+14155550100", None),
        ("+1\ufe0f\u20604\u034f15\u00ad555\u31640100\ufeff", None, "+14155550100", None),
        ("messenger:4711", None, "messenger:4711", None),
        ("12345", None, "12345", "read as a short code; few senders can text one"),
    ],
)
def test_what_people_type_is_read(typed: str, sender: str | None, address: str, note: str | None) -> None:
    assert read_recipient(typed, sender=sender) == Recipient(address, note)


def test_a_channel_sender_tells_the_country_too() -> None:
    assert read_recipient("0151 23456789", sender=f"whatsapp:{GERMAN}").address == "+4915123456789"
    assert read_recipient("whatsapp:0151 23456789", sender=GERMAN).address == "whatsapp:+4915123456789"


@pytest.mark.parametrize("typed", ["whatsapp:5215512345678", "rcs:15112345678", "whatsapp:4915123456789"])
def test_a_channels_whole_number_without_its_plus_is_never_taken_for_somebody_elses(typed: str) -> None:
    channel, _, digits = typed.partition(":")
    try:
        assert read_recipient(typed, sender=GERMAN).address == f"{channel}:+{digits}"
    except AddressError as problem:
        assert f"+{digits}" in problem.reason and "country code" in problem.remedy


def test_the_default_country_is_for_senders_that_tell_none() -> None:
    for sender in (None, "Acme", "12345", MG, "garbage ☎"):
        assert read_recipient("0151 23456789", sender=sender, default_country="DE").address == "+4915123456789"
    assert read_recipient("07400 123456", sender=BRITISH, default_country="DE").address == BRITISH


def every_example() -> list[str]:
    """One valid number for each region and each type it has, those of no country among them."""
    kinds = [kind for name, kind in vars(phonenumbers.PhoneNumberType).items() if name.isupper() and type(kind) is int]
    found = [
        phonenumbers.example_number_for_type(each, kind) for each in phonenumbers.SUPPORTED_REGIONS for kind in kinds
    ]
    found += map(phonenumbers.example_number_for_non_geo_entity, phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    return sorted({e164(number) for number in found if number})


def test_every_example_of_every_country_and_type_is_read_plain_and_on_a_channel() -> None:
    examples = every_example()
    assert len(examples) > 900
    for address in examples:
        for prefix in ("", "whatsapp:", "rcs:"):
            found = read_recipient(f"{prefix}{address}")
            assert (found.address, read_sender(f"{prefix}{address}")) == (f"{prefix}{address}", found.address)
            assert kind_of(found.address) is (AddressKind.CHANNEL if prefix else AddressKind.NUMBER)
            assert not found.note or not prefix


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(every_example()),
    st.sampled_from(["", "tel:", "TEL: ", "whatsapp:", "WhatsApp : ", "rcs:", "＋"]),
    st.lists(BLANKS | UNSEEN, min_size=18, max_size=18),
    st.sampled_from(["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"]),
)
def test_however_a_valid_number_is_written_it_is_read(
    address: str, prefix: str, between: list[str], digits: str
) -> None:
    written = "".join(
        (digits[int(each)] if each.isdigit() else each) + mark for each, mark in zip(address, between, strict=False)
    )
    typed = prefix + written.removeprefix("+") if prefix == "＋" else prefix + written
    channel = prefix.strip(" :").lower() + ":" if prefix[:1] in "wWr" and prefix else ""
    assert read_recipient(typed).address == f"{channel}{address}"
    assert read_sender(typed) == f"{channel}{address}"


@pytest.mark.parametrize(
    "address",
    [
        "whatsapp:+5215512345678",  # Mexico dropped the 1 in 2019
        "whatsapp:+541112345678",  # Argentina's mobiles have a 9 elsewhere
        "whatsapp:+551187654321",  # eight digits, from before Brazil's ninth
        "whatsapp:+2250712345",  # Côte d'Ivoire before it grew to ten digits
        "whatsapp:+1234567",
        "rcs:+5215512345678",
        "whatsapp:john.doe_7",
        "whatsapp:@john.doe",
        "whatsapp:US.13491208655302741918",
        "rcs:acme_7k2_agent",
        "messenger:2345678901234567",
        "sim:DE0123456789abcdef0123456789abcdef",
        "sim:HS0123456789abcdef0123456789abcdef",
    ],
)
def test_a_channel_address_passes_as_twilio_wrote_it(address: str) -> None:
    for sender in (None, GERMAN, "whatsapp:+5215587654321"):
        assert read_recipient(address, sender=sender) == Recipient(address)
    assert read_sender(address) == address
    assert kind_of(address) is AddressKind.CHANNEL


@pytest.mark.parametrize("last", range(1, 10))
def test_twilios_magic_numbers_pass(last: int) -> None:
    assert read_recipient(f"+1500555000{last}") == Recipient(f"+1500555000{last}")
    assert read_sender(f"+1500555000{last}") == f"+1500555000{last}"


def test_a_number_nobody_has_passes_with_a_note() -> None:
    found = read_recipient("+447700900123")
    assert found.address == "+447700900123"
    assert found.note == "this number range is not assigned; Twilio may refuse it"


@pytest.mark.parametrize(
    ("typed", "sender", "words"),
    [
        ("", None, "Nothing is filled in"),
        (" \u200b", None, "Nothing is filled in"),
        ("07700 900123", None, "no country code, and the sender does not tell the country"),
        ("555-0100", AMERICAN, "lacks its area code"),
        ("12", AMERICAN, "12 has too few digits for a number of the United States"),
        ("+1415555010", None, "too few digits"),
        ("+141555501001", None, "too many digits"),
        ("+999123456789", None, "country code that does not exist"),
        ("1" * 30, GERMAN, "too many digits"),
        ("10000000000000", GERMAN, "more than 15 digits"),
        ("0170", GERMAN, "too short"),
        ("1640", GERMAN, "too short"),
        ("+14155550123+14155550124", None, "A + stands only at the beginning"),
        ("1-800-FLOWERS", AMERICAN, "cannot contain “F”"),
        ("+1415\x1b5550100", None, "cannot contain “U+001B”"),
        ("+1415\u20e35550100", None, "cannot contain “U+20E3”"),
        ("+1415\ud8005550100", None, "cannot contain “U+D800”"),
        ("tel:+14155550100;ext=7", None, "with an extension"),
        ("whatsapp:", None, "What follows whatsapp: is missing"),
        ("whatsapp:+12", None, "too short"),
        ("whatsapp:+123456", None, "too few digits"),
        ("whatsapp:+1415555010012345", None, "too many digits"),
        ("whatsapp:+999123456789", None, "country code that does not exist"),
        ("whatsapp:4155550100", None, "no country code"),
        ("whatsapp:+1415-FLOWERS", None, "cannot contain “F”"),
        ("whatsapp:john doe", None, "What follows whatsapp: is missing, or has a character"),
        ("whatsapp:+", None, "no digit"),
        ("rcs:!", None, "What follows rcs: is missing, or has a character"),
        ("sim:", None, "What follows sim: is missing"),
        ("sim:+1 2", None, "too short"),
        ("+14155550100, +14155550101", None, "more than one number"),
        (MG, None, "a SID, which can receive nothing"),
        ("telegram:@x", None, "“telegram:” is not a channel"),
        ("messenger:", None, "What follows messenger: is missing"),
        ("x" * 300, None, "300 characters"),
    ],
)
def test_what_can_be_no_recipient_is_refused_by_name(typed: str, sender: str | None, words: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_recipient(typed, sender=sender)
    assert caught.value.field == "To"
    assert words in caught.value.reason
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("+1 (415) 555-0100", "+14155550100"),
        ("123 456", "123456"),
        (" Acme Shop ", "Acme Shop"),
        ("B2B+Co_-&", "B2B+Co_-&"),
        ("rcs:acme_agent", "rcs:acme_agent"),
        ("whatsapp:acme.shop", "whatsapp:acme.shop"),
        ("messenger:104711", "messenger:104711"),
        ("whatsapp:+1 415 555 0100", "whatsapp:+14155550100"),
        (MG, MG),
    ],
)
def test_every_kind_of_sender_is_read(typed: str, address: str) -> None:
    assert read_sender(typed) == address


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Nothing is filled in"),
        ("Acme Shop Ltd", "has 13 characters"),
        ("Acme!", "cannot contain “!”"),
        ("Ünal", "cannot contain “Ü”"),
        ("4155550100", "has no country code."),
        ("AC" + "0" * 32, "not the SID of a messaging service"),
        (MG[:-1], "not the SID of a messaging service"),
        ("whatsapp:Ac", "What follows whatsapp: is missing, or has a character it cannot have."),
    ],
)
def test_what_can_be_no_sender_is_refused_by_name(typed: str, words: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_sender(typed)
    assert caught.value.field == "From"
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("+14155550100", AddressKind.NUMBER),
        ("12345", AddressKind.SHORT_CODE),
        ("Acme", AddressKind.ALPHANUMERIC),
        ("12345678a", AddressKind.ALPHANUMERIC),
        ("whatsapp:+14155550100", AddressKind.CHANNEL),
        ("whatsapp:jane_doe", AddressKind.CHANNEL),
        ("whatsapp:4155550100", None),
        ("sim:DE" + "0" * 32, AddressKind.CHANNEL),
        (MG, AddressKind.SERVICE),
        ("AC" + "0" * 32, None),
        ("1234", None),
        ("14155550100", None),
        ("+1 415", None),
        ("+0123456789", None),
        ("12345678901a", None),
        (" Acme", None),
        ("whatsapp:", None),
        ("+14155550100\n", None),
        ("１２３４５", None),
        ("", None),
    ],
)
def test_an_address_is_exactly_one_kind_or_none(address: str, kind: AddressKind | None) -> None:
    assert kind_of(address) is kind


def test_a_sid_has_its_prefix_and_its_length() -> None:
    assert is_sid(MG)
    assert is_sid(MG, "AC", "MG")
    assert not is_sid(MG, "AC")
    for text in (MG[:-1], MG + "0", MG.lower(), MG[:-1] + "g", MG + "\n", "", MG[:-1] + "٣"):
        assert not is_sid(text)


def test_the_country_of_an_address_is_its_numbers() -> None:
    assert country_of(GERMAN) == "DE"
    assert country_of("+16135550123") == "CA"
    assert country_of(f"whatsapp:{BRITISH}") == "GB"
    assert country_of("+15005550006") == "US"
    for address in ("Acme", "12345", MG, "", "+88213000000", "+999123456789", "4915112345678"):
        assert country_of(address) is None


def test_every_country_with_numbers_has_a_name() -> None:
    assert all(country_name(region) for region in phonenumbers.SUPPORTED_REGIONS)
    assert country_name("DE") == "Germany"
    assert country_name("001") is None


def test_importing_waits_for_the_number_tables() -> None:
    code = "import sys, tui.twilio.addresses as a; a.kind_of('+1'); sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("sender", [None, "+4915112345678", "+14155550100"])
def test_a_channels_number_with_two_zeros_is_held_against_no_national_plan(sender: str | None) -> None:
    assert read_recipient("whatsapp:005215512345678", sender=sender).address == "whatsapp:+5215512345678"


def test_what_nobody_sees_is_named_before_the_letters_around_it() -> None:
    with pytest.raises(AddressError, match=r"U\+0007"):
        read_recipient("whatsapp\x07:+14155550100")
