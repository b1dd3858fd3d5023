"""Which answers have the text of a message that was redacted or deleted."""

from __future__ import annotations

import json

import pytest

from tests.raw_request.test_trail import answer
from tui.raw_request.withdrawn import LARGEST_READ, with_words_of

SID = "SM" + "0a" * 16
OTHER = "SM" + "1b" * 16
URI = f"/2010-04-01/Accounts/AC1/Messages/{SID}.json"
MESSAGE = {"body": "A secret word", "sid": SID, "uri": URI}


@pytest.mark.parametrize(
    ("document", "redacted", "deleted"),
    [
        ({"messages": [{"body": "x", "sid": OTHER}]}, False, False),
        ({"messages": [MESSAGE]}, True, True),
        ({"a": [{"b": MESSAGE}]}, True, True),
        # What a redaction itself answers has no word in it.
        ({**MESSAGE, "body": ""}, False, True),
        ({"messages": [{**MESSAGE, "body": ""}, {"body": "x", "sid": OTHER}]}, False, True),
        ({"code": 20404, "message": f"The requested resource {URI} was not found"}, False, False),
        ({"variables": f"Body=words&MessageSid={SID}"}, True, True),
        ({"MessageSid": SID, "Body": "words"}, True, True),
    ],
)
def test_an_answer_has_the_text_where_a_message_stands_in_it_with_one(document, redacted, deleted):
    response = answer(json.dumps(document).encode())
    assert with_words_of([response], {SID: False}) == (frozenset([id(response)]) if redacted else frozenset())
    assert with_words_of([response], {SID: True}) == (frozenset([id(response)]) if deleted else frozenset())


@pytest.mark.parametrize(
    "content",
    [
        f"<Body>word</Body><Sid>{SID}</Sid>".encode(),
        json.dumps(MESSAGE).encode()[:-1],
        b" " * (256 * 1024 - 20) + SID.encode() + b" " * LARGEST_READ,
        b"[" * 100_000 + SID.encode(),
    ],
)
def test_what_cannot_be_read_counts_as_having_it_where_it_names_the_message(content):
    response = answer(content)
    assert with_words_of([response], {SID: False, OTHER: True}) == frozenset([id(response)])
    assert with_words_of([response], {OTHER: True}) == frozenset()
