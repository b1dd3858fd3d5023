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
    country_of,
    is_sid,
    kind_of,
    read_recipient,
    read_sender,
)
from tui.twilio.countries import country_name

GERMAN, BRITISH, AMERICAN, AUSTRALIAN = "+4915112345678", "+447400123456", "+14155550100", "+61412345678"
MG = "MG" + "0123456789abcdef" * 2

REGIONS = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
BLANKS = st.sampled_from(["", " ", "-", ".", "\xa0", "\u2011", "\u202a", " (", ") ", "/", "\u2212"])


@st.composite
def example_numbers(draw: st.DrawFn) -> phonenumbers.PhoneNumber:
    """Draw the example number of a country: real in form, nobody's in fact."""
    number = phonenumbers.example_number_for_type(draw(REGIONS), phonenumbers.PhoneNumberType.MOBILE)
    return number or phonenumbers.example_number("DE")


def e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@settings(deadline=None, max_examples=300)
@given(example_numbers(), st.lists(BLANKS, min_size=18, max_size=18))
def test_decorations_do_not_change_a_number(number: phonenumbers.PhoneNumber, blanks: list[str]) -> None:
    address = e164(number)
    typed = "".join(digit + blank for digit, blank in zip(address, blanks, strict=False))
    assert read_recipient(typed).address == address
    assert read_sender(typed) == address


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
        ("messenger:4711", None, "messenger:4711", None),
        ("12345", None, "12345", "read as a short code; few senders can text one"),
    ],
)
def test_what_people_type_is_read(typed: str, sender: str | None, address: str, note: str | None) -> None:
    assert read_recipient(typed, sender=sender) == Recipient(address, note)


def test_a_channel_sender_tells_the_country_too() -> None:
    assert read_recipient("0151 23456789", sender=f"whatsapp:{GERMAN}").address == "+4915123456789"
    assert read_recipient("whatsapp:0151 23456789", sender=GERMAN).address == "whatsapp:+4915123456789"


def test_the_default_country_is_for_senders_that_tell_none() -> None:
    for sender in (None, "Acme", "12345", MG, "garbage ☎"):
        assert read_recipient("0151 23456789", sender=sender, default_country="DE").address == "+4915123456789"
    assert read_recipient("07400 123456", sender=BRITISH, default_country="DE").address == BRITISH


@pytest.mark.parametrize("last", range(1, 10))
def test_twilios_magic_numbers_pass(last: int) -> None:
    assert read_recipient(f"+1500555000{last}") == Recipient(f"+1500555000{last}")
    assert read_sender(f"+1500555000{last}") == f"+1500555000{last}"


def test_a_number_nobody_has_passes_with_a_note() -> None:
    found = read_recipient("+447700900123")
    assert found.address == "+447700900123"
    assert found.note == "no such number seems to be in use; Twilio will decide"


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
        ("whatsapp:Acme", "cannot contain “A”"),
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
