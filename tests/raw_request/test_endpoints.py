"""The table of Twilio's operations, as material for completion."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.endpoints import complete_path, endpoints, parameters_for


def test_the_table_holds_the_operations_of_eleven_hosts():
    table = endpoints()
    assert len(table) == 590
    assert len({endpoint.host for endpoint in table}) == 11
    assert all(endpoint.path.startswith("/") and endpoint.method.isupper() for endpoint in table)


def test_a_path_is_completed_from_its_beginning():
    found = complete_path("/Accounts/$TWILIO_ACCOUNT_SID/Mess")
    assert any(path.endswith("/Messages.json") for path in found)
    assert len(complete_path("/")) <= 50


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("/Accounts/AC12/Mess", "/Accounts/AC12/Messages.json"),
        ("/Accounts/$TWI", "/Accounts/$TWILIO_ACCOUNT_SID/Keys.json"),
        ("Accounts/AC1/Messages/SM1", "/Accounts/AC1/Messages/SM1.json"),
        ("/2010-04-01/Accounts/AC1/Bal", "/2010-04-01/Accounts/AC1/Balance.json"),
        ("https://messaging.twilio.com/v1/Services/MG1/Sh", "https://messaging.twilio.com/v1/Services/MG1/ShortCodes"),
    ],
)
def test_what_was_typed_is_kept_and_gone_on_with(typed, first):
    assert complete_path(typed)[0] == first


def test_nothing_lies_below_a_path_that_has_its_ending():
    assert complete_path("/Accounts/AC1/Messages/SM1.json") == ("/Accounts/AC1/Messages/SM1.json",)


@given(st.sampled_from(endpoints()), st.text("AC0123", min_size=1, max_size=8))
def test_every_operation_is_found_again_by_its_own_path(endpoint, sid):
    typed = re.sub(r"\{\w+\}", sid, endpoint.typed_path)
    found = parameters_for(endpoint.method, typed)
    assert found is not None
    assert found.method == endpoint.method
    assert found.path.count("{") <= endpoint.path.count("{")
    assert typed in complete_path(typed, limit=1000)


def test_a_regions_host_offers_what_the_host_it_stands_for_does():
    path = "/2010-04-01/Accounts/AC1/Balance.json"
    assert parameters_for("get", f"https://api.dublin.ie1.twilio.com{path}") == parameters_for("GET", path)


def test_the_parameters_of_a_call_are_known():
    create = parameters_for("POST", "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json")
    assert create is not None
    assert {"To", "From", "Body", "MediaUrl", "StatusCallback"} <= {parameter.name for parameter in create.body}
    listing = parameters_for("GET", "/Accounts/AC0/Messages.json")
    assert listing is not None
    assert "DateSent>" in {parameter.name for parameter in listing.query}
    assert parameters_for("GET", "/nowhere") is None


def test_nothing_is_read_before_it_is_needed():
    program = "import tui.raw_request.endpoints as e; print(e.endpoints.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
