"""The catalogue of operations beside what the official `twilio` package asks of Twilio.

The package is newer than the description that the catalogue was made from, so it makes some requests and names some
parameters that the catalogue does not know; the other way round there is one name that it has dropped since. Bodies in
JSON are not compared: the package does not name their properties where they can be read.
"""

from __future__ import annotations

import re

import pytest

from tests.twilio.official_package import nameless, official_calls, products
from tui.twilio.operations import operations

MESSAGING = ("content", "lookups", "messaging", "monitor", "verify")
"""Products that are compared in each run; the largest, api, is compared where forms are drawn at random."""

NEWER = {
    *("MessageIntent", "Templates", "Passports", "AuthorSid", "SuppressEmailNotification", "RecordingConfigurationId"),
    *("TranscriptionConfigurationId", "code_challenge", "code_challenge_method", "code_verifier", "ResourceId"),
    *("ResourceType", "Page", "PageSize", "PageToken"),
    *(f"Emergency{part}" for part in ("Name", "Address", "City", "State", "ZipCode", "Country")),
    *("EmergencyCallerLocation", "EmergencyCallerPosition"),
}
OLDER = {"ConfigurationId"}

OTHERS = [pytest.param(each, marks=pytest.mark.landing) for each in products() if each not in MESSAGING]


@pytest.mark.parametrize("product", [*MESSAGING, *OTHERS])
def test_the_package_asks_for_the_same_by_the_same_names(product: str) -> None:
    calls = official_calls(product)
    (host,) = {host for host, _, _ in calls}
    known = {(each.host, each.method, nameless(each.path)): each for each in operations() if each.host == host}
    missing = {path for _, _, path in known.keys() - calls.keys()}
    assert all(host == "monitor.twilio.com" and path.startswith("/v2/Alarms") for path in missing)
    for call, operation in known.items():
        if call in calls and operation.body_type != "json":
            plain = {each.name for each in (*operation.query, *operation.body) if each.kind != "object"}
            names = plain | {each.name for each in (*operation.query, *operation.body)}
            # TwiML's own parameters, of which the package takes any.
            plain = {name for name in plain if not re.match(r"Parameter\d+\.", name)}
            assert plain - calls[call] <= OLDER, call
            assert calls[call] - names <= NEWER, call


@pytest.mark.landing
def test_nearly_all_of_the_catalogue_is_asked_for_by_the_package() -> None:
    calls = {call for product in products() for call in official_calls(product)}
    missing = {(each.host, nameless(each.path)) for each in operations()} - {(host, path) for host, _, path in calls}
    assert {host for host, _ in missing} == {"assistants.twilio.com", "monitor.twilio.com"}
    known = {(each.host, each.method, nameless(each.path)) for each in operations()}
    assert len(known & calls) == 1411
