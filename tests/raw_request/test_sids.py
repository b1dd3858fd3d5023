"""What a SID leads to are operations that Twilio has, with everything filled in that their paths need."""

from __future__ import annotations

import pytest

from tui.raw_request.sids import KINDS, is_sid, requests_for
from tui.twilio.operations import find_operation

ACCOUNT = "AC" + "5" * 32
MESSAGE = "MM" + "6" * 32
AROUND = {
    "account_sid": ACCOUNT,
    "parent_sid": MESSAGE,
    "service_sid": "VA" + "7" * 32,
    "flow_sid": "FW" + "8" * 32,
    "body": "no SID",
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_request_for_a_sid_is_an_operation_of_twilios(kind):
    found = requests_for(kind + "0aF" + "1" * 29, AROUND, ACCOUNT)
    assert len(found) == len(KINDS[kind][1])
    for each in found:
        path = each.request.path
        assert "{" not in path
        known = find_operation("GET", path if each.request.response_type == "json" else f"{path}.json")
        assert known is not None and known.method == "GET", path


def test_what_is_not_in_the_answer_is_left_out_and_the_account_is_its_variable():
    assert requests_for("ME" + "1" * 32, {}, ACCOUNT) == ()
    about, file = requests_for("ME" + "1" * 32, AROUND, ACCOUNT)
    assert about.request.path == f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{MESSAGE}/Media/ME{'1' * 32}.json"
    assert file.request.response_type == "binary"
    # A subaccount's is asked of that one.
    other = "AC" + "9" * 32
    assert (
        requests_for(MESSAGE, {"account_sid": other}, ACCOUNT)[0].request.path
        == f"/Accounts/{other}/Messages/{MESSAGE}.json"
    )
    assert requests_for(ACCOUNT, {}, ACCOUNT)[1].request.path == "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"
    assert requests_for("ZZ" + "1" * 32, AROUND, ACCOUNT) == ()


@pytest.mark.parametrize(
    ("value", "so"), [(ACCOUNT, True), (ACCOUNT + "1", False), ("AC" + "g" * 32, False), ("", False)]
)
def test_a_sid_is_told_by_its_form(value, so):
    assert is_sid(value) == so
