"""The table of Twilio's operations, as material for completion."""

from __future__ import annotations

import subprocess
import sys

from tui.twilio.endpoints import complete_path, endpoints, parameters_for


def test_the_table_holds_the_operations_of_eleven_hosts():
    table = endpoints()
    assert len(table) == 590
    assert len({endpoint.host for endpoint in table}) == 11
    assert all(endpoint.path.startswith("/") and endpoint.method.isupper() for endpoint in table)


def test_a_path_is_completed_from_its_beginning():
    found = complete_path("/Accounts/$TWILIO_ACCOUNT_SID/Mess")
    assert any(path.endswith("/Messages.json") for path in found)
    assert len(complete_path("/")) <= 50


def test_the_parameters_of_a_call_are_known():
    create = parameters_for("POST", "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json")
    assert create is not None
    assert {"To", "From", "Body", "MediaUrl", "StatusCallback"} <= {parameter.name for parameter in create.body}
    listing = parameters_for("GET", "/Accounts/AC0/Messages.json")
    assert listing is not None
    assert "DateSent>" in {parameter.name for parameter in listing.query}
    assert parameters_for("GET", "/nowhere") is None


def test_nothing_is_read_before_it_is_needed():
    program = "import tui.twilio.endpoints as e; print(e.endpoints.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
