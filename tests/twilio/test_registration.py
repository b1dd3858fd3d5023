"""Registrations, permissions and look-ups: read from the sandbox, and from whatever a server may answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.senders import FRONT_DESK, TOLL_FREE, UNREGISTERED
from tui.sandbox.server import Sandbox
from tui.storage.connections import Connection
from tui.twilio import registration
from tui.twilio.bounded_list import read_bounded
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, InvalidRequest
from tui.twilio.geo_permissions import is_enabled, read_permission
from tui.twilio.number_lookup import LookedUp, look_up, look_up_line, read_lookup
from tui.twilio.numbers import list_numbers


@pytest.fixture
async def client(sandbox: Sandbox, connect: Callable[..., Connection]) -> AsyncIterator[Client]:
    async with Client(connect(sandbox)) as client:
        yield client


async def test_a_number_is_followed_to_its_campaign_and_brand(client: Client) -> None:
    services = await registration.list_services(client)
    assert services.whole
    pools = {each.name: (await registration.list_pool(client, each.sid)).items for each in services.items}
    home = next(each for each in services.items if FRONT_DESK in pools[each.name])
    other = next(each for each in services.items if UNREGISTERED in pools[each.name])
    (campaign,) = (await registration.list_campaigns(client, home.sid)).items
    assert campaign.works
    assert (await registration.fetch_brand(client, campaign.brand_sid)).works
    assert (await registration.list_campaigns(client, other.sid)).items == ()


async def test_a_toll_free_number_has_its_verification(client: Client) -> None:
    sid = next(each.sid for each in await list_numbers(client) if each.phone_number == TOLL_FREE)
    (verification,) = (await registration.list_verifications(client, sid)).items
    assert (verification.number, verification.works) == (TOLL_FREE, True)


async def test_countries_and_numbers_are_free_and_what_is_neither_is_not_asked(
    sandbox: Sandbox, client: Client
) -> None:
    assert (await is_enabled(client, "DE"), await is_enabled(client, "CU")) == (True, False)
    assert await look_up(client, FRONT_DESK) == LookedUp(FRONT_DESK, valid=True, country="US")
    assert (await look_up(client, "+1415555")).valid is False
    assert not [each for each in sandbox.requests if "Fields" in each.target]
    before = len(sandbox.requests)
    for wrong in (
        is_enabled(client, "Germany"),
        look_up(client, "12345"),
        look_up_line(client, "whatsapp:+14155550123"),
    ):
        with pytest.raises(InvalidRequest):
            await wrong
    assert len(sandbox.requests) == before
    assert (await look_up_line(client, "+14155530006")).line_type == "landline"


async def test_a_list_says_whether_it_was_read_whole(client: Client) -> None:
    url = registration.services_url(client)
    everything = await read_bounded(client, url, "services", registration.read_service, most=100)
    assert everything.whole
    some = await read_bounded(client, url, "services", registration.read_service, most=2)
    assert (some.whole, some.items) == (False, everything.items[:2])
    exact = await read_bounded(client, url, "services", registration.read_service, most=len(everything.items))
    assert exact == everything
    with pytest.raises(BadAnswer):
        await read_bounded(client, url, "parcels", registration.read_service, most=1)


FIELDS = (
    *("sid", "status", "campaign_status", "brand_registration_sid", "errors", "error_code", "failure_reason"),
    *("tollfree_phone_number", "rejection_reason", "friendly_name", "us_app_to_person_registered", "permissions"),
    *("country_code", "enabled", "type", "valid", "validation_errors", "line_type_intelligence", "carrier_name"),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("US") | st.just(10**25),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_any_answer_can_be_read(answer: dict[str, object]) -> None:
    for read in (registration.read_campaign, registration.read_brand, registration.read_service):
        assert isinstance(read(answer).sid, str)
    assert registration.read_verification(answer).code is None or isinstance(answer["error_code"], int | str | float)
    found = read_lookup("+1", answer)
    assert found.valid in (None, True, False)
    assert len(found.errors) <= 5
    if isinstance(answer.get("permissions"), list):
        assert read_permission("US", answer) in (None, True, False)
    else:
        with pytest.raises(BadAnswer):
            read_permission("US", answer)
