"""Every code in the table is explained, in words a person can act on."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from rich.cells import cell_len

from tui.twilio.error_catalogue import _TABLE, LONGEST_BRIEF, explain, explanations, say_unknown
from tui.twilio.errors import ApiError

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
    assert explanations()[code].status == status


@pytest.mark.parametrize("code", explanations())
def test_an_explanation_is_one_short_sentence_and_a_next_step(code: int) -> None:
    entry = explanations()[code]
    assert entry.code == code
    assert re.fullmatch(r"[A-Z][^.]*\.", entry.meaning)
    assert len(entry.meaning) <= 80
    assert re.fullmatch(r"[A-Z].*\.", entry.remedy)
    assert len(entry.remedy) <= 200
    assert entry.when in {"create", "delivery", "webhook", "registration", "account"}
    assert entry.retry in {"no", "later", "yes"}
    assert entry.status is None or 400 <= entry.status <= 599
    assert f"{entry.brief} {entry.meaning} {entry.remedy}".isprintable()


@pytest.mark.parametrize("code", explanations())
def test_a_code_in_few_words_leaves_a_row_its_text(code: int) -> None:
    brief = explanations()[code].brief
    assert brief == brief.strip() and not brief.endswith(".")
    assert 0 < cell_len(brief) <= LONGEST_BRIEF <= 24


def test_where_twilio_explains_a_code_is_said_of_one_that_is_not_known() -> None:
    assert say_unknown(39999).endswith(" https://www.twilio.com/docs/api/errors/39999")


def test_the_table_has_each_code_once_in_order() -> None:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    codes = [int(line.partition("\t")[0]) for line in lines[1:]]
    assert lines[0].split("\t") == ["code", "status", "when", "retry", "brief", "meaning", "remedy"]
    assert codes == sorted(set(codes)) == list(explanations())
    assert len(codes) >= 212


@pytest.mark.parametrize(
    "code",
    # One of each kind: webhooks, requests, what became of a message, registrations, Verify, channels, permissions.
    [11200, 12100, 14107, 20001, 20007, 21265, 21655, 21910, 30046, 30400, 30410, 30886, 35126, 60410, 63049, 70051],
)
def test_codes_of_every_kind_are_explained(code: int) -> None:
    assert explain(code) is not None


def test_what_may_be_tried_again_is_told() -> None:
    assert [explanations()[code].retry for code in (20429, 30003, 30008, 21211, 30410)] == [
        "later",
        "later",
        "yes",
        "no",
        "later",
    ]
    said = [explanations()[code].again for code in (21211, 20429, 30008)]
    assert [words.removeprefix("Trying the same again ") for words in said] == [
        "will not help.",
        "may help later.",
        "may help.",
    ]


def test_the_table_is_read_when_the_first_code_is_asked_for() -> None:
    code = (
        "import sys; opened = []; sys.addaudithook(lambda what, told: what == 'open' and opened.append(str(told[0])));"
        "import tui.twilio.error_catalogue as c; before = any('error_codes' in each for each in opened);"
        "c.explain(None); c.explain(20003); print(before, any('error_codes' in each for each in opened))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]


def test_a_code_nobody_described_is_not_explained() -> None:
    assert explain(99999) is None
    assert explain(None) is None


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        explanations()[1] = explanations()[20003]  # type: ignore[index]


def test_an_answer_with_a_code_says_whether_to_ask_again_or_where_it_is_explained() -> None:
    assert [ApiError(400, code, "Odd").again for code in (21211, 39999, None)] == [explanations()[21211].again, "", ""]
    assert str(ApiError(400, 39999, "Odd")).endswith(f"{say_unknown(39999)} (error 39999)")
    assert (
        ApiError(501, 501, "No such product").remedy == "There is no such thing here, and asking again changes nothing."
    )
