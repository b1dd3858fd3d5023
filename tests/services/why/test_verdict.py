"""The verdict: a table of what it says of what, and the laws that it keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.services.why.checks import Check, CheckState, Subject, WhyVerdict
from tui.services.why.verdict import HINTED_BY_CODE, LATE, RANK, TOLD_BY_CODE, VAGUE, judge, lowered
from tui.twilio.error_catalogue import explanations
from tui.twilio.message import STATUSES, Message

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FAULT, FINE, UNKNOWN, WAITING, NOT_ASKED = (
    *(CheckState.FAULT, CheckState.FINE, CheckState.UNKNOWN),
    *(CheckState.WAITING, CheckState.NOT_ASKED),
)


def subject(status: str = "failed", code: int | None = None, *, age: float = 60, direction: str = "") -> Subject:
    when = NOW - timedelta(seconds=age)
    return Subject.of_message(
        Message("SM1", status=status, error_code=code, date_created=when, direction=direction or "outbound-api")
    )


def check(name: str, state: CheckState = FAULT, fact: str = "A fact.") -> Check:
    return Check(name, name.title(), state, fact, cause=f"The {name} is why." if state is FAULT else "")


def say(about: Subject, *checks: Check) -> WhyVerdict:
    return judge(about, checks, NOW)


def everything(state: CheckState) -> list[Check]:
    return [check(name, state) for name in (*RANK, "others")]


@pytest.mark.parametrize(
    ("code", "faults", "decides", "certain"),
    [
        (30034, ["registration", "code"], "registration", True),
        (30034, ["code"], "code", True),
        (30034, ["code", "country", "consent"], "code", True),
        (21610, ["consent", "code"], "consent", True),
        (21408, ["code", "country"], "country", True),
        (21659, ["code", "sender"], "sender", True),
        (10001, ["code", "account"], "account", True),
        (10001, ["code", "account", "balance"], "balance", True),
        (30002, ["code"], "code", True),
        (30006, ["code"], "code", False),
        (30006, ["code", "line_type"], "line_type", True),
        (21614, ["code"], "code", True),
        (21611, ["code", "queue"], "queue", True),
        (63016, ["code", "window"], "window", True),
        (11200, ["code", "media"], "media", True),
        (30007, ["code"], "code", False),
        (30007, ["code", "registration"], "registration", False),
        (30003, ["code", "sender"], "code", True),
        (30003, ["code", "line_type"], "line_type", False),
        (30008, ["balance", "account", "sender", "country", "consent", "window", "registration", "queue"], "", False),
        (30008, ["country", "number"], "number", False),
        (30410, ["line_type"], "line_type", False),
        (30023, ["code", "registration"], "code", True),
        (30008, ["alerts"], "", False),
        (None, ["balance", "queue"], "balance", False),
        (None, ["alerts"], "", False),
        (None, ["others"], "", False),
    ],
)
def test_the_code_and_the_faults_decide(code: int | None, faults: list[str], decides: str, certain: bool) -> None:
    rest = [check(name, FINE) for name in RANK if name not in faults and name not in ("line_type", "account")]
    verdict = say(subject(code=code), *rest, *(check(name) for name in faults))
    assert (verdict.check, verdict.certain) == (decides, certain)
    if decides and certain:
        assert verdict.words == f"The {decides} is why."
    elif decides:
        assert verdict.words == f"Probably: the {decides} is why."
    else:
        assert verdict.words.startswith("Unknown: ")


@pytest.mark.parametrize(
    ("about", "checks", "words"),
    [
        (subject("delivered"), [], "Nothing is wrong: it was delivered."),
        (subject("read"), [check("country")], "Nothing is wrong: it was delivered and read."),
        (subject("delivered"), [check("alerts")], "It was delivered, but: the alerts is why."),
        (subject("received", direction="inbound"), [check("alerts")], "It came in, but: the alerts is why."),
        (subject("received", direction="inbound"), [], "Nothing is wrong: it came in."),
        (subject("canceled"), [check("queue")], "Nothing is wrong: it was cancelled before it left."),
        (subject("scheduled"), [check("alerts")], "Nothing is wrong: it is scheduled for later."),
        (subject("queued", age=12), [], "Nothing is wrong yet: queued for 12 s. "),
        (subject("sent", age=12), [], "Nothing is wrong yet: sent 12 s ago, and no receipt so far."),
        (subject("sent", age=7200), [], "Unknown: it has been sent for 2 h, and the carrier gave no receipt."),
        (subject("queued", age=7200), [], "Unknown: it has been queued for 2 h."),
        (subject("queued", age=7200), [check("queue")], "Probably: the queue is why."),
        (subject("queued", age=7200), [check("country")], "Unknown: it has been queued for 2 h."),
        # What has left, or waits for its time, is held up by nothing on this side.
        (subject("sent", age=7200), [check("balance"), check("queue")], "Unknown: it has been sent for 2 h"),
        (subject("scheduled"), [check("balance"), check("queue")], "Nothing is wrong: it is scheduled for later."),
        # What is so now may have been otherwise then.
        (subject("failed", age=3 * 86_400), [check("country"), check("queue")], "Unknown: nothing that was found"),
        (subject("failed", 30002, age=3 * 86_400), [check("balance"), check("code")], "Probably: the balance is why."),
        (subject("sent", age=-60), [], "Nothing is wrong yet: sent 0 ms ago"),
        (subject("melted"), [], "Unknown: nobody has heard of the status “melted” yet."),
        (subject(), everything(WAITING), "Unknown so far: "),
        (subject(code=30008), everything(FINE), "Unknown: nothing that was found explains it."),
    ],
)
def test_what_did_not_fail_is_told_as_it_is(about: Subject, checks: list[Check], words: str) -> None:
    assert say(about, *checks).words.startswith(words)


def test_how_long_is_usual_comes_from_the_archive_where_it_knows() -> None:
    usual = Check("code", "Code", UNKNOWN, consequence="Half was delivered within 3.1 s.")
    assert say(subject("queued", age=9), usual).words.endswith("queued for 9 s. Half was delivered within 3.1 s.")
    late = say(subject("sent", age=LATE.total_seconds() + 1), usual)
    assert late.words.startswith("Unknown: ")
    assert late.words.endswith("Half was delivered within 3.1 s.")


def test_what_was_mended_since_may_be_sent_again() -> None:
    said = say(subject(code=30034), check("code"), check("registration", FINE, "The campaign is VERIFIED."))
    assert said.next_step == "That may be mended since: the campaign is VERIFIED. Send it again."
    assert say(subject(code=30034), check("code"), check("registration", UNKNOWN)).next_step == ""


def test_a_look_up_is_offered_where_nothing_else_tells() -> None:
    assert "costs money" in say(subject(), *everything(UNKNOWN), check("line_type", NOT_ASKED)).next_step
    assert "support" in say(subject(), check("code", UNKNOWN)).next_step


CHECKS = st.lists(
    st.builds(check, st.sampled_from((*RANK, "others")), st.sampled_from(CheckState)), unique_by=lambda each: each.name
)
SUBJECTS = st.builds(
    subject,
    st.sampled_from((*STATUSES, "melted", "")),
    st.none() | st.sampled_from(sorted(explanations())),
    age=st.floats(-1e6, 1e9),
    direction=st.sampled_from(("", "inbound")),
)


@given(SUBJECTS, CHECKS, st.randoms(use_true_random=False))
def test_no_cause_is_named_without_its_fault_and_the_order_is_nothing(
    about: Subject, checks: list[Check], random
) -> None:
    verdict = say(about, *checks)
    faults = {each.name for each in checks if each.state is FAULT}
    named = {name for name in (*RANK, "others") if f"{name} is why" in verdict.words}
    assert named <= faults - {"others"}
    assert named == (({verdict.check} - {""}) if named else set())
    if verdict.words.startswith("Unknown"):
        assert (verdict.check, verdict.certain, named) == ("", False, set())
    if not verdict.certain and named:
        assert verdict.words.startswith("Probably: ")
    shuffled = list(checks)
    random.shuffle(shuffled)
    assert say(about, *shuffled) == verdict


@given(SUBJECTS.filter(lambda each: each.failed), st.sampled_from((UNKNOWN, NOT_ASKED, WAITING)))
def test_with_nothing_known_it_is_unknown(about: Subject, state: CheckState) -> None:
    assert say(about, *everything(state)).words.startswith("Unknown")
    assert say(about).words.startswith("Unknown")


def test_every_code_that_decides_is_in_the_catalogue() -> None:
    told = {code for codes in (*TOLD_BY_CODE.values(), *HINTED_BY_CODE.values(), VAGUE) for code in codes}
    assert told <= set(explanations())
    assert set(TOLD_BY_CODE) | set(HINTED_BY_CODE) <= set(RANK)


def test_names_keep_their_capitals_after_a_colon() -> None:
    assert lowered("The phone is off.") == "the phone is off."
    assert lowered("WhatsApp withholds it.") == "WhatsApp withholds it."
    assert lowered("A2P is missing.") == "A2P is missing."
    assert lowered("") == ""
