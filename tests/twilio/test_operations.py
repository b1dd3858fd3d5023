"""The catalogue of Twilio's operations: what it holds, what is completed from it, what is found in it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.twilio.operations import Operation, Parameter, complete_path, find_operation, operations, search

MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"


def operation(method: str, path: str) -> Operation:
    found = find_operation(method, path)
    assert found is not None
    return found


def test_it_holds_the_operations_of_every_host():
    table = operations()
    assert len(table) == 1447
    assert len({(each.host, each.method, each.path) for each in table}) == 1447
    hosts = Counter(each.host for each in table)
    assert len(hosts) == 38
    assert (hosts["api.twilio.com"], hosts["verify.twilio.com"], hosts["frontline-api.twilio.com"]) == (197, 57, 2)
    assert Counter(each.method for each in table) == {"GET": 733, "POST": 484, "DELETE": 217, "PUT": 11, "PATCH": 2}
    assert Counter(each.body_type for each in table) == {"": 966, "form": 430, "json": 51}


def test_every_entry_is_well_formed():
    for each in operations():
        assert re.fullmatch(r"[a-z-]+\.twilio\.com", each.host)
        assert re.fullmatch(r"(/([\w.-]+|\{\w+\}(\.json)?))+", each.path)
        assert each.body_type or not each.body
        for parameters in (each.query, each.body):
            names = [parameter.name for parameter in parameters]
            assert len(set(names)) == len(names)


def test_what_a_parameter_is_stands_beside_its_name():
    create = operation("POST", MESSAGES)
    assert create.body[0] == Parameter("To", required=True)
    body = {parameter.name: parameter for parameter in create.body}
    assert body["MediaUrl"].kind == "list"
    assert body["ValidityPeriod"].kind == "number"
    assert body["ShortenUrls"].kind == "boolean"
    assert not body["From"].required
    listing = operation("GET", "/Accounts/AC0/Messages.json")
    assert [parameter.name for parameter in listing.query[-3:]] == ["PageSize", "Page", "PageToken"]
    assert "DateSent>" in {parameter.name for parameter in listing.query}
    accounts = operation("GET", "/Accounts.json")
    assert accounts.query[1] == Parameter("Status", values=("active", "suspended", "closed"))
    content = operation("POST", "https://content.twilio.com/v1/Content")
    assert content.body_type == "json"
    assert Parameter("types", required=True, kind="object") in content.body


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
        ("https://look", "https://lookups.twilio.com/v2/RateLimits"),
    ],
)
def test_what_was_typed_is_kept_and_gone_on_with(typed, first):
    assert complete_path(typed)[0] == first


def test_nothing_lies_below_a_path_that_has_its_ending():
    assert complete_path("/Accounts/AC1/Messages/SM1.json") == ("/Accounts/AC1/Messages/SM1.json",)


@given(st.sampled_from(operations()), st.text("AC0123", min_size=1, max_size=8))
def test_every_operation_is_found_again_by_its_own_path(each, sid):
    typed = re.sub(r"\{\w+\}", sid, each.typed_path)
    found = operation(each.method, typed)
    assert found.method == each.method
    assert found.path.count("{") <= each.path.count("{")
    assert typed in complete_path(typed, limit=2000)


def test_a_regions_host_offers_what_the_host_it_stands_for_does():
    path = "/2010-04-01/Accounts/AC1/Balance.json"
    assert find_operation("get", f"https://api.dublin.ie1.twilio.com{path}") == operation("GET", path)
    assert find_operation("GET", "/nowhere") is None


@pytest.mark.parametrize(
    ("words", "method", "path"),
    [
        ("messages", "POST", MESSAGES),
        ("sms", "POST", MESSAGES),
        ("send", "POST", MESSAGES),
        ("list mess", "GET", MESSAGES),
        ("media", "GET", "/Accounts/$TWILIO_ACCOUNT_SID/Messages/{MessageSid}/Media.json"),
        ("phone number", "POST", "/Accounts/$TWILIO_ACCOUNT_SID/IncomingPhoneNumbers.json"),
        ("services", "POST", "https://messaging.twilio.com/v1/Services"),
        ("lookup", "GET", "https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}"),
        ("LOOKUPS", "GET", "https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}"),
        ("verify check", "POST", "https://verify.twilio.com/v2/Services/{ServiceSid}/VerificationCheck"),
        ("ch verif", "POST", "https://verify.twilio.com/v2/Services/{ServiceSid}/VerificationCheck"),
        ("content", "POST", "https://content.twilio.com/v1/Content"),
        ("usage", "GET", "/Accounts/$TWILIO_ACCOUNT_SID/Usage/Records.json"),
        ("alerts", "GET", "https://monitor.twilio.com/v1/Alerts"),
        ("https://lookups.twilio.com/v2/Phone", "GET", "https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}"),
        ("loglevel", "GET", "https://monitor.twilio.com/v1/Alerts"),
        ("delete message", "DELETE", "/Accounts/$TWILIO_ACCOUNT_SID/Messages/{Sid}.json"),
    ],
)
def test_an_operation_is_found_by_words(words, method, path):
    first = search(words)[0]
    assert (first.method, first.typed_path) == (method, path)


def test_only_what_holds_every_word_is_found_and_no_more_than_was_asked_for():
    assert search("") == search("   ") == search("messages xyzzy") == ()
    assert len(search("sid", limit=7)) == 7


@given(st.sampled_from(operations()), st.randoms())
def test_every_operation_is_found_by_any_of_its_own_words(each, rng):
    words = [each.method, each.product, *each.path.split("/")]
    words += [parameter.name for parameter in (*each.query, *each.body)]
    some = rng.sample(words, min(4, len(words)))
    assert each in search(" ".join(some), limit=1447)


def test_nothing_is_read_before_it_is_needed():
    program = "import tui.twilio.operations as o; print(o.operations.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
