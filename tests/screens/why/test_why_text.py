"""What is said of a verdict and its checks, on the screen and in a ticket."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tui.screens.why.why_text import check_lines, subject_lines, ticket, unreached, verdict_lines
from tui.services.why.checks import Check, CheckState, Subject, WhyVerdict
from tui.twilio.message import Message

NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
SID = "SM" + "a" * 32
FAILED = Subject.of_message(
    Message(
        SID,
        "undelivered",
        "outbound-api",
        "+14165550175",
        "+14155550100",
        "a secret text",
        error_code=30034,
        date_created=NOW,
    )
)
CODE = Check("code", "Error code", CheckState.FAULT, "30034: Not registered.", "A repeat fails.", "Register.", None)
ALERTS = Check("alerts", "Alerts", CheckState.FINE, "None.", asked=("GET", "https://monitor.twilio.com/v1/Alerts?x=1"))
VERDICT = WhyVerdict("Probably: the sender is in no campaign.", "Register it.", check="code")


def waiting(name: str) -> Check:
    return Check(name, name.title(), CheckState.WAITING)


def test_the_verdict_comes_first_with_the_next_step():
    assert verdict_lines(VERDICT, (CODE, ALERTS)).plain == (
        "✗ Probably: the sender is in no campaign.\nWhat to do: Register it."
    )
    fine = WhyVerdict("Nothing is wrong: it was delivered.", certain=True, check="alerts")
    assert verdict_lines(fine, (ALERTS,)).plain == "✓ Nothing is wrong: it was delivered."
    assert verdict_lines(WhyVerdict("Unknown: nothing found."), (ALERTS,)).plain == "? Unknown: nothing found."


def test_while_nothing_decides_it_says_that_it_asks_and_how_far_it_is():
    checks = (ALERTS, waiting("brand"), waiting("media"))
    assert verdict_lines(WhyVerdict("Unknown so far."), checks).plain == "… Asking Twilio"
    assert "… asking: 1 of 3 answered" in subject_lines(FAILED, checks, NOW, str).plain
    whole, brief = (subject_lines(FAILED, (), NOW, str, width).plain.split("\n")[1] for width in (60, 30))
    assert whole == "+14155550100 → +14165550175 · 11 Mar 09:41:00 · now" and brief.endswith("75 · now")
    # What is known already is not held back.
    assert verdict_lines(VERDICT, (CODE, *checks)).plain.startswith("✗ Probably")
    assert "asking" not in subject_lines(FAILED, (CODE, ALERTS), NOW, str).plain


def test_one_reason_for_many_is_said_once():
    reason = "The name api.twilio.com could not be found."
    silent = tuple(
        Check(name, name, CheckState.UNKNOWN, f"No {name}.", unreached=reason) for name in ("brand", "media", "queue")
    )
    assert unreached((*silent, ALERTS)) == silent
    assert verdict_lines(VERDICT, (CODE, *silent)).plain.endswith(
        "3 checks had no answer: The name api.twilio.com could not be found. r asks again."
    )
    assert unreached((silent[0], ALERTS, CODE)) == ()


def test_a_check_is_told_in_full():
    assert check_lines(CODE, "").plain == (
        "Error code  ✗ something is wrong here\n30034: Not registered.\nA repeat fails.\nWhat to do: Register."
    )
    assert check_lines(ALERTS, "").plain.endswith("GET https://monitor.twilio.com/v1/Alerts?x=1")
    paid = Check("line_type", "Kind of line", CheckState.NOT_ASKED)
    assert "l asks it, after a question. Price: 0.008 USD" in check_lines(paid, "0.008 USD").plain
    spaced = check_lines(CODE, "", spaced=True).plain.split("\n")
    assert [line for line in spaced if line] == check_lines(CODE, "").plain.split("\n") and "" in spaced


def test_what_is_asked_about_may_be_a_code_or_an_attempt():
    messages = tuple(Message("SM" + each * 32, "failed", to="+1", from_="+2", error_code=30034) for each in "ab")
    shown = subject_lines(Subject.of_code(30034, messages), (), NOW, str).plain
    assert "failed 30034 sender not registered" in shown and "2 messages looked at" in shown
    attempt = subject_lines(Subject(None, 21610, "+14155550100", "+14165550175", at=NOW), (), NOW, str).plain
    assert "failed 21610 opted out" in attempt and "+14155550100 → +14165550175" in attempt


def test_a_ticket_has_what_support_asks_for_and_no_text_of_a_message():
    text = ticket(FAILED, VERDICT, (CODE, ALERTS), NOW, "AC1")
    assert text == (
        "Undelivered, error 30034\n"
        "Account   AC1\n"
        f"Message   {SID}, created 2026-03-11 09:41:00 UTC\n"
        "From      +14155550100\n"
        "To        +14165550175\n"
        "\n"
        "Verdict: Probably: the sender is in no campaign.\n"
        "What to do: Register it.\n"
        "\n"
        "Checks, asked 2026-03-11 09:41:00 UTC:\n"
        "✗ Error code: 30034: Not registered. A repeat fails.\n"
        "✓ Alerts: None.\n"
        "    GET https://monitor.twilio.com/v1/Alerts?x=1\n"
    )


@pytest.mark.parametrize("hostile", ["[/] \x1b]52;c;aGk=\x07", "\u202eevil", "x" * 5000])
def test_remote_words_are_safe_to_show(hostile):
    check = Check(hostile, hostile, CheckState.FAULT, hostile, hostile, hostile, ("GET", hostile), hostile)
    subject = Subject.of_message(Message(hostile, hostile, to=hostile, from_=hostile, error_message=hostile))
    for shown in (
        check_lines(check, ""),
        verdict_lines(WhyVerdict(hostile, hostile, check=hostile), (check,)),
        subject_lines(subject, (check,), NOW, lambda each: "name"),
    ):
        assert "\x1b" not in shown.plain and "\u202e" not in shown.plain and len(shown.plain) < 8000
