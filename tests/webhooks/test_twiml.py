"""Replies: whatever was received stays text, and what cannot be a reply is told before it is used."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.webhooks.errors import InvalidSetting
from tui.webhooks.twiml import EMPTY, LARGEST, check_template, escape, render

ANY = st.text(max_size=60) | st.text(st.sampled_from("<>&\"'{}]]>-!?\t\r\n\x00\x1b\x85\ufffe\ud800aé🙂"), max_size=40)


def readable(text: str) -> str:
    """What XML can carry of a text."""
    return "".join(
        c if c in "\t\n\r" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE or ord(c) > 0xFFFF else "\ufffd"
        for c in text
    )


@given(ANY)
@example("</Message></Response><!-- ]]> &lt; {From}")
def test_what_was_received_comes_out_as_text_and_nothing_else(body: str) -> None:
    parameters = [("Body", body), ("From", "+1")]
    root = ET.fromstring(render("You said {Body}.", parameters))
    assert [element.tag for element in root.iter()] == ["Response", "Message"]
    assert root[0].text == f"You said {readable(body)}."


@given(ANY)
def test_it_stays_text_in_a_document_and_in_its_attributes(body: str) -> None:
    template = '<Response><Message to="{Body}"><Body>{Body}</Body></Message></Response>'
    root = ET.fromstring(render(template, [("Body", body)]))
    assert [element.tag for element in root.iter()] == ["Response", "Message", "Body"]
    assert root[0].get("to") == root[0][0].text or (body == "" and root[0][0].text is None)
    assert (root[0].get("to") or "") == readable(body)


@given(ANY, ANY)
def test_any_template_gives_a_well_formed_answer(template: str, body: str) -> None:
    root = ET.fromstring(render(template, [("Body", body), ("a", body)]))
    assert root.tag == "Response"


@given(ANY)
def test_escaping_is_undone_by_any_reader_of_xml(text: str) -> None:
    assert (ET.fromstring(f"<a>{escape(text)}</a>").text or "") == readable(text)


def test_a_blank_reply_answers_nothing() -> None:
    assert render(" \n", [("Body", "x")]) == EMPTY
    assert ET.fromstring(EMPTY).tag == "Response"


def test_a_field_that_was_not_received_is_filled_with_nothing_and_the_first_of_two_counts() -> None:
    assert b"<Message>[]a</Message>" in render("[{Nothing}]{X}", [("X", "a"), ("X", "b")])


def test_what_a_field_holds_is_not_filled_in_again() -> None:
    assert b"<Message>{From}</Message>" in render("{Body}", [("Body", "{From}"), ("From", "+1")])


def test_a_reply_that_grows_too_long_is_not_sent() -> None:
    assert render("{Body}" * 100, [("Body", "x" * 2000)]) == EMPTY
    assert len(render("{Body}", [("Body", "x" * 1600)])) < LARGEST


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("<Response><Message></Response>", "well-formed"),
        ("<Message>x</Message>", "outermost"),
        ("<Response><{From}/></Response>", "well-formed"),
        ("<Response>&nope;</Response>", "well-formed"),
        ("<Response><!-- {Body} --></Response>", "comment"),
        ("<Response><![CDATA[{Body}]]></Response>", "CDATA"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><Response>&b;</Response>', "document type"),
        ("<Response><?php {Body} ?></Response>", "processing"),
        ("<Response to={Body}/>", "well-formed"),
        ("x" * 40_000, "longer"),
        ("a\x00b", "control"),
    ],
)
def test_what_is_no_reply_is_told_with_the_next_step(template: str, word: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        check_template(template)
    assert caught.value.field == "reply"
    assert word in caught.value.reason
    assert caught.value.remedy
    assert render(template, [("Body", "x")]) == EMPTY


def test_a_declaration_is_allowed_and_written_once() -> None:
    template = '<?xml version="1.0"?>\n<Response><Message>{Body}</Message></Response>'
    check_template(template)
    assert render(template, [("Body", "x")]).count(b"<?xml") == 1


def test_a_long_text_in_many_places_is_not_filled_in_first() -> None:
    parameters = (("Body", "x" * 1_000_000),)
    begun = time.process_time()
    assert (
        render("{Body}" * 4000, parameters)
        == render("<Response>" + "{Body}" * 3000 + "</Response>", parameters)
        == EMPTY
    )
    assert time.process_time() - begun < 0.5
