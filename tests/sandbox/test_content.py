"""Content templates, driven by the official package: every type made, changed, searched."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException
from twilio.rest.content.v1.content import ContentList

from tui.sandbox.content_types import KINDS, read_types
from tui.sandbox.errors import Refusal
from tui.sandbox.server import Sandbox

BUTTON = {"type": "QUICK_REPLY", "title": "Yes", "id": "yes"}
FORMS: dict[str, dict[str, Any]] = {
    "twilio/text": {"body": "Hi {{1}}"},
    "twilio/media": {"body": "Look", "media": ["https://files.example/{{1}}"]},
    "twilio/location": {"latitude": 37.8, "longitude": -122.27, "label": "Harbor Street"},
    "twilio/quick-reply": {"body": "Well?", "actions": [BUTTON]},
    "twilio/call-to-action": {"body": "See", "actions": [{"type": "URL", "title": "Go", "url": "https://a.example"}]},
    "twilio/list-picker": {"body": "Which?", "button": "Choose", "items": [{"item": "Monday", "id": "mon"}]},
    "twilio/card": {"title": "Van", "subtitle": "At noon", "actions": [BUTTON]},
    "twilio/catalog": {"title": "Menu", "id": "1", "items": [{"id": "a"}]},
    "twilio/carousel": {"body": "See", "cards": [{"title": "A", "body": "B", "media": "https://a.example/a.png"}]},
    "twilio/flows": {"body": "Book", "button_text": "Begin", "type": "SURVEY", "pages": [{"id": "1", "layout": []}]},
    "twilio/schedule": {"id": "1", "title": "When", "time_slots": "[]"},
    "whatsapp/card": {
        "body": "Sale",
        "footer": "STOP",
        "actions": [{"type": "COPY_CODE", "title": "Copy", "code": "A"}],
    },
    "whatsapp/flows": {"body": "Book", "button_text": "Begin", "flow_id": "1"},
    "whatsapp/authentication": {"actions": [{"type": "COPY_CODE", "copy_code_text": "Copy"}]},
}


@pytest.fixture
def content(official: Any) -> Any:
    async def ask(work: Any) -> Any:
        return await official.do(lambda client: work(client.content))

    return ask


def request(**fields: Any) -> Any:
    """A request as the official package writes it; it has to be given the types' own classes."""
    made = ContentList.ContentCreateRequest({"friendly_name": "new", "language": "en", "variables": {}, **fields})
    made.types = None
    whole = made.to_dict() | {"types": fields.get("types")}
    made.to_dict = lambda: {name: value for name, value in whole.items() if value is not None}
    return made


@pytest.mark.parametrize("kind", KINDS)
async def test_a_template_of_every_type_is_made_and_read_back(content: Any, kind: str) -> None:
    made = await content(lambda api: api.v1.contents.create(request(types={kind: FORMS[kind]})))
    read = await content(lambda api: api.v1.contents(made.sid).fetch())
    assert (read.types, read.friendly_name, read.language) == ({kind: FORMS[kind]}, "new", "en")
    (found,) = await content(lambda api: api.v2.contents.list(content_name="^new$", content_type=[kind]))
    assert found.sid == made.sid


@given(st.sampled_from(KINDS), st.data())
def test_a_type_without_what_it_needs_is_refused(kind: str, data: Any) -> None:
    form = FORMS[kind]
    assert read_types({"types": {kind: form}}) == {kind: form}
    broken = dict(form)
    name = data.draw(st.sampled_from(sorted(form)))
    broken[name] = data.draw(st.sampled_from([None, "", [], {}, False]))
    try:
        read_types({"types": {kind: broken}})
    except Refusal as refusal:
        assert (refusal.code, kind in refusal.message) == (20001, True)
    else:
        # What may be left out, and what is not looked at.
        assert name in {
            *("label", "title", "subtitle", "footer", "id", "items", "media", "actions"),
            *(("body",) if kind in {"twilio/media", "twilio/call-to-action"} else ()),
        }


@pytest.mark.parametrize(
    "types",
    [
        *({}, {"twilio/fax": {"body": "Hi"}}, {"twilio/text": "Hi"}, {"twilio/text": {"body": " "}}),
        {"twilio/quick-reply": {"body": "Hi", "actions": [{"type": "URL", "title": "Go"}]}},
        {"twilio/carousel": {"body": "Hi", "cards": [{"title": "A", "actions": [{"type": "COPY_CODE"}]}]}},
        {"twilio/location": {"latitude": "37", "longitude": -122}},
        {"twilio/text": {"body": "Hi", "deep": json.loads("[" * 30 + "]" * 30)}},
    ],
)
async def test_types_that_cannot_be_are_20001(content: Any, types: dict[str, Any]) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await content(lambda api: api.v1.contents.create(request(types=types)))
    assert (refused.value.code, refused.value.status) == (20001, 400)


async def test_what_could_not_be_shown_as_json_is_not_taken(empty: Sandbox) -> None:
    pair = (empty.account_sid, empty.auth_token)
    async with httpx.AsyncClient(base_url=empty.base_url, auth=pair, trust_env=False, verify=False) as client:
        for form in ('"more": 1e999', '"more": NaN', '"more": "\\ud83d"'):
            body = f'{{"language": "en", "types": {{"twilio/text": {{"body": "x", {form}}}}}}}'
            answer = await client.post("/v1/Content", content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_a_template_is_changed_until_whatsapp_has_it(content: Any, clock: Any, sandbox: Sandbox) -> None:
    named = {each.name: each.sid for each in sandbox._account.templates.all()}

    async def change(sid: str, **fields: Any) -> Any:
        return await content(lambda api: api.v1.contents(sid).update(request(**fields)))

    clock.advance(minutes=1)
    changed = await change(named["closed_today"], types={"twilio/text": {"body": "Open again"}}, friendly_name="open")
    assert (changed.friendly_name, changed.types["twilio/text"]["body"]) == ("open", "Open again")
    assert changed.date_updated == clock.now > changed.date_created
    newest, *_ = await content(lambda api: api.v2.contents.list())
    assert newest.sid == changed.sid
    rejected = await change(named["autumn_sale"], types={"twilio/text": {"body": "Sale"}})
    approval = await content(lambda api: api.v1.contents(rejected.sid).approval_fetch().fetch())
    assert approval.whatsapp["status"] == "unsubmitted"
    for name in ("login_code", "parcel_photo"):
        with pytest.raises(TwilioRestException, match="WhatsApp says"):
            await change(named[name], types={"twilio/text": {"body": "Hi"}})


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"content_name": "sale$"}, ["autumn_sale"]),
        ({"content": "doorstep|Sunday"}, ["autumn_sale"]),
        ({"language": ["fr"]}, ["order_ready"]),
        ({"content_type": ["twilio/media", "twilio/card"]}, ["parcel_photo", "visit_card"]),
        ({"channel_eligibility": ["whatsapp:paused", "whatsapp:rejected"]}, ["autumn_sale", "parcel_photo"]),
        ({"channel_eligibility": ["rcs:approved"]}, []),
        (
            {"content_name": "a", "sort_by_content_name": "asc"},
            [
                *("appointment_reminder", "autumn_sale", "closed_today", "delivery_day", "order_ready", "order_ready"),
                *("parcel_photo", "visit_card"),
            ],
        ),
    ],
)
async def test_templates_are_searched(content: Any, asked: dict[str, Any], names: list[str]) -> None:
    found = await content(lambda api: api.v2.contents.list(**asked))
    with_approvals = await content(lambda api: api.v2.content_and_approvals.list(**asked))
    assert [each.friendly_name for each in found] == [each.friendly_name for each in with_approvals] == names


async def test_templates_are_sorted_and_found_by_date(content: Any, sandbox: Sandbox) -> None:
    every = sandbox._account.templates.all()
    oldest = await content(lambda api: api.v2.contents.list(sort_by_date="asc"))
    assert [each.sid for each in oldest] == [each.sid for each in reversed(every)]
    since = every[2].created
    newer = await content(lambda api: api.v2.contents.list(date_created_after=since))
    assert [each.sid for each in newer] == [each.sid for each in every[:3]]
    older = await content(lambda api: api.v2.contents.list(date_created_before=since))
    assert [each.sid for each in older] == [each.sid for each in every[2:]]
    assert await content(lambda api: api.v1.legacy_contents.list()) == []
