"""The quick way to an address's country says what the thorough one says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.archive.countries import country
from tui.twilio.addresses import country_of

DIGITS = st.text("0123456789", min_size=5, max_size=13)
SHARED = [
    "1",
    "1242",
    "1416",
    "1809",
    "44",
    "441481",
    "447911",
    "7",
    "77",
    "39",
    "47",
    "61",
    "212",
    "262",
    "290",
    "358",
    "590",
    "599",
]


@settings(max_examples=200)
@given(
    st.sampled_from(["49", "33", "81", "52", "800", "979", "999", "0", *SHARED]),
    DIGITS,
    st.sampled_from(["", "whatsapp:"]),
)
def test_the_first_digits_tell_the_country(code: str, rest: str, channel: str) -> None:
    address = f"{channel}+{code}{rest}"
    assert country(address) == (country_of(address) or "")


@pytest.mark.parametrize(
    "address", ["", "+", "12345", "ACME", "+49", "+4915123456789012", "MG" + "a" * 32, "+４９1512345678"]
)
def test_what_is_no_whole_number_has_no_country(address: str) -> None:
    assert country(address) == ""
