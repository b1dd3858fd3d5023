"""The trail of requests: back and forward lead where a person came from, and nothing that was typed is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request import trail as trail_module
from tui.raw_request.form_text import NEWEST_MESSAGES, RequestText
from tui.raw_request.model import RawRequest, RawResponse
from tui.raw_request.trail import (
    LARGEST_BODY,
    MOST_STEPS,
    TOO_LARGE,
    WITHDRAWN,
    BodyPosition,
    Trail,
    TrailStep,
)

AT = datetime(2026, 11, 29, 4, tzinfo=UTC)
HERE = BodyPosition("$.messages[*]", 7, frozenset({3}))


def form(name):
    return RequestText(path=f"/{name}")


def answer(content):
    return RawResponse(200, "OK", (), content, (), "HTTP/1.1", 0.1, len(content), "http://h/x", "GET")


def asked(name, size=1):
    return TrailStep(form(name), AT, response=answer(b"x" * size))


def walked(*names):
    trail = Trail()
    for name in names:
        trail.add(asked(name))
    return trail


def went(trail, by, shown, view):
    """The step that is so far back or forward, which the trail stands on then; None where there is none."""
    if not trail.can_go(by):
        return None
    step = trail.steps[trail.at + by]
    trail.go_to(step, shown, view)
    assert trail.current is not None
    return trail.current


def paths(trail):
    return [step.typed.path[1:] + ("" if step.at else "*") for step in trail.steps]


def test_back_leads_to_where_one_came_from_and_forward_again():
    trail = walked("a", "b", "c")
    assert went(trail, -1, form("c"), HERE).typed == form("b")
    assert went(trail, -1, form("b"), HERE).typed == form("a")
    assert not trail.can_go(-1)
    # Asked from a: back leads to a, though b and c were asked before.
    trail.add(asked("d"))
    assert paths(trail) == ["b", "c", "a", "d"]
    assert went(trail, -1, form("d"), HERE).typed == form("a")
    assert went(trail, 1, form("a"), HERE).view == HERE


def test_what_was_not_sent_comes_back_by_forward_and_goes_when_it_is_sent():
    trail = walked("a", "b")
    assert went(trail, -1, form("edited"), HERE).typed == form("a")
    assert trail.unsent == (form("edited"),)
    assert went(trail, 1, form("a"), HERE).typed == form("b")
    assert went(trail, 1, form("b"), HERE).typed == form("edited")
    trail.add(asked("edited more"))
    assert paths(trail) == ["a", "b", "edited more"]


def test_a_form_that_another_one_takes_the_place_of_is_one_step_back():
    trail = walked("a", "b", "c")
    went(trail, -1, form("c"), HERE)
    trail.depart(form("typed"), HERE)
    assert trail.current is None
    assert paths(trail) == ["a", "c", "b", "typed*"]
    assert went(trail, -1, form("new"), HERE).typed == form("typed")
    assert went(trail, 1, form("typed"), HERE).typed == form("new")
    # What nobody typed is not kept.
    fresh = Trail()
    fresh.depart(NEWEST_MESSAGES, HERE)
    fresh.depart(RequestText(path="  "), HERE)
    assert fresh.steps == []


def test_a_form_of_an_earlier_time_is_one_step_back_and_comes_but_once():
    for trail in (Trail(), walked("a", "b")):
        came_from = trail.current
        for _ in range(2):
            trail.set_aside(form("kept"))
        assert trail.current is came_from
        assert paths(trail).count("kept*") == 1
        assert went(trail, -1, form("b"), HERE).typed == form("kept")


def test_another_account_sees_what_was_typed_and_nothing_that_was_asked():
    trail = walked("a", "b")
    went(trail, -1, form("typed"), HERE)
    trail.drop_asked()
    assert paths(trail) == ["typed*"]
    assert trail.current is None
    assert went(trail, -1, form("x"), HERE).typed == form("typed")


def test_it_is_bounded_in_steps_and_in_bytes(monkeypatch):
    trail = walked(*map(str, range(MOST_STEPS + 20)))
    assert paths(trail) == list(map(str, range(20, MOST_STEPS + 20)))
    trail.add(asked("large", LARGEST_BODY + 1))
    assert trail.current.response is None and trail.current.lost == TOO_LARGE
    monkeypatch.setattr(trail_module, "LARGEST_KEPT", 100)
    monkeypatch.setattr(trail_module, "SMALL_BODY", 10)
    trail = Trail()
    for name in "abc":
        trail.add(asked(name, 40))
    assert [bool(step.lost) for step in trail.steps] == [True, False, False]
    assert trail.steps[0].response is None


def test_the_first_step_of_a_full_trail_is_reached_with_an_unsent_form():
    trail = walked(*map(str, range(MOST_STEPS)))
    trail.go_to(trail.steps[1], form(str(MOST_STEPS - 1)), HERE)
    assert went(trail, -1, form("typed"), HERE) is trail.steps[0]
    assert paths(trail) == ["0", "1", "typed*", *map(str, range(3, MOST_STEPS))]


def test_of_a_withdrawn_answer_the_request_stays_and_of_what_made_it_no_body():
    sent = replace(form("sent"), method="POST", body_kind="form", body="Body=words")
    trail = walked("list", "other")
    trail.add(TrailStep(sent, AT, RawRequest("POST", "/sent", data="Body=words"), answer(b"made")))
    stale = trail.steps[0], trail.steps[2]
    trail.withdraw({id(step.response) for step in stale})
    assert [step.lost for step in trail.steps] == [WITHDRAWN, "", WITHDRAWN]
    assert [step.response is None for step in trail.steps] == [True, False, True]
    assert trail.at == 2 and "Body=" not in repr(trail.steps)
    # A list of the steps that was opened before leads to none of it.
    assert trail.go_to(stale[0], form("x"), HERE).response is None
    assert trail.go_to(stale[1], form("x"), HERE) is None


MOVES = st.lists(st.sampled_from(["back", "forward", "send", "open", "type", "type"]), max_size=25)


@given(MOVES)
def test_nothing_that_was_typed_is_lost(moves):
    trail, shown, typed = Trail(), form("0"), set()
    for number, move in enumerate(moves):
        if move == "type":
            typed.discard(shown)
            shown = form(number)
            typed.add(shown)
        elif move == "send":
            trail.add(TrailStep(shown, AT))
            typed.discard(shown)
        elif move == "open":
            trail.depart(shown, HERE)
            shown = form(f"opened {number}")
        else:
            step = went(trail, -1 if move == "back" else 1, shown, HERE)
            shown = step.typed if step else shown
        kept = {step.typed for step in trail.steps} | {shown}
        assert typed <= kept
        assert 0 <= trail.at <= len(trail.steps)
