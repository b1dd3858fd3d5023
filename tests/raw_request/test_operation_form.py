"""The form that an operation of Twilio's gives."""

from __future__ import annotations

import json

from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.operation_form import form_for
from tui.twilio.operations import Operation, Parameter, find_operation


def form_of(method: str, path: str) -> RequestText:
    operation = find_operation(method, path)
    assert operation is not None
    return form_for(operation)


def test_a_message_asks_for_what_twilio_refuses_it_without():
    form = form_of("POST", MESSAGES_PATH)
    assert form == RequestText("POST", MESSAGES_PATH, body_kind="form", body="To=\nFrom=\nBody=")


def test_other_hosts_are_written_in_full_with_their_placeholders():
    form = form_of("GET", "https://lookups.twilio.com/v2/PhoneNumbers/x")
    assert form == RequestText("GET", "https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}")


def test_an_operation_that_needs_nothing_has_an_empty_body_of_its_kind():
    form = form_of("POST", "/Accounts/AC1/IncomingPhoneNumbers/PN1.json")
    assert (form.body_kind, form.body) == ("form", "")


def test_a_json_body_is_an_object_of_what_is_required():
    form = form_of("POST", "https://content.twilio.com/v1/Content")
    assert form.body_kind == "raw"
    assert json.loads(form.body) == {"language": "", "types": {}}


def test_a_required_value_of_the_query_has_a_line():
    operation = Operation("api.twilio.com", "GET", "/x", (Parameter("A"), Parameter("B", required=True)), (), "")
    assert form_for(operation).query == "B="
