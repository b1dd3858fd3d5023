"""Every code in the table is explained, in words a person can act on."""

from __future__ import annotations

import re

import pytest

from tui.twilio.catalogue import CATALOGUE, explain

REFUSALS = [
    *(
        20003,
        20008,
        20009,
        20404,
        20429,
        20500,
        20503,
        21211,
        21212,
        21266,
        21408,
        21602,
        21603,
        21604,
        21606,
    ),
    *(
        21608,
        21609,
        21610,
        21611,
        21612,
        21614,
        21617,
        21620,
        21623,
        21635,
        21659,
        21660,
        21701,
        21703,
        21704,
    ),
    *(35111, 35114, 35115, 35118),
]
FATES = [
    *(
        30001,
        30002,
        30003,
        30004,
        30005,
        30006,
        30007,
        30008,
        30022,
        30023,
        30032,
        30034,
        30035,
        30036,
        30450,
    ),
]


@pytest.mark.parametrize("code", REFUSALS)
def test_a_code_that_refuses_a_request_says_its_status(code: int) -> None:
    found = explain(code)
    assert found is not None
    assert found.status is not None
    assert 400 <= found.status <= 599


@pytest.mark.parametrize("code", FATES)
def test_a_code_that_arrives_later_has_no_status(code: int) -> None:
    found = explain(code)
    assert found is not None
    assert found.status is None


@pytest.mark.parametrize(
    ("code", "status"),
    [(20003, 401), (20008, 403), (20404, 404), (20429, 429), (21611, 429), (21211, 400), (20500, 500)],
)
def test_the_statuses_that_differ_are_kept_apart(code: int, status: int) -> None:
    assert CATALOGUE[code].status == status


@pytest.mark.parametrize("code", CATALOGUE)
def test_an_explanation_is_one_short_sentence_and_a_next_step(code: int) -> None:
    entry = CATALOGUE[code]
    assert entry.code == code
    assert re.fullmatch(r"[A-Z][^.]*\.", entry.meaning)
    assert len(entry.meaning) <= 80
    assert re.fullmatch(r"[A-Z].*\.", entry.remedy)
    assert len(entry.remedy) <= 200


def test_a_code_nobody_described_is_not_explained() -> None:
    assert explain(99999) is None
    assert explain(None) is None


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOGUE[1] = CATALOGUE[20003]  # type: ignore[index]
