"""What was drawn is seen when the terminal says so; one that never says anything keeps nobody waiting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.textual_fixes.display_ack import (
    ANSWER_SECONDS,
    FIRST_ANSWER_SECONDS,
    LAST_ANSWER_SECONDS,
    DisplayAck,
    DisplayAcks,
    look_at,
)


def test_a_key_counts_from_the_answer_on() -> None:
    sight, asked = DisplayAcks(), list[str]()
    sight.begin(0.0)
    sight.answered(0.6)
    look = sight.look(10.0, lambda: asked.append("?"))
    assert asked == ["?"]
    assert not look.was_before(10.5)
    sight.answered(10.6)
    assert not look.was_before(10.5)
    assert look.was_before(10.6)


def test_a_terminal_that_never_answers_is_not_asked_again_and_keeps_nobody_waiting() -> None:
    sight = DisplayAcks()
    sight.begin(0.0)
    look = sight.look(FIRST_ANSWER_SECONDS, lambda: 1 / 0)
    assert look.was_before(FIRST_ANSWER_SECONDS)
    assert not look.was_before(FIRST_ANSWER_SECONDS - 0.1)


def test_at_the_end_an_answer_is_waited_for_as_long_as_one_may_come() -> None:
    sight = DisplayAcks()
    assert not sight.is_answer_due(0.0)
    sight.begin(0.0)
    assert sight.is_answer_due(FIRST_ANSWER_SECONDS - 0.1)
    # One that never answers keeps nobody waiting, however late it was asked again.
    assert not sight.is_answer_due(FIRST_ANSWER_SECONDS)
    sight.answered(0.2)
    assert not sight.is_answer_due(0.3)
    sight.look(5.0, lambda: None)
    assert sight.is_answer_due(5.0 + LAST_ANSWER_SECONDS - 0.1)
    assert not sight.is_answer_due(5.0 + LAST_ANSWER_SECONDS)


def test_before_the_first_answer_could_come_it_is_hoped_for() -> None:
    sight = DisplayAcks()
    sight.begin(0.0)
    look = sight.look(0.5, lambda: None)
    assert not look.was_before(0.9)
    assert look.was_before(1.0)


@given(st.lists(st.tuples(st.floats(0.0, 9.0), st.booleans()), max_size=12))
def test_however_many_answers_are_lost_nobody_waits_for_longer_than_the_bound(steps: list[tuple[float, bool]]) -> None:
    sight, now = DisplayAcks(), 0.0
    sight.begin(now)
    sight.answered(now)
    for pause, lost in steps:
        now += pause
        look = sight.look(now, lambda: None)
        if not lost:
            sight.answered(now + 0.1)
        assert look.was_before(now + ANSWER_SECONDS)
        assert not look.was_before(now - 0.001)


@given(st.lists(st.floats(0.01, 2.0), min_size=1, max_size=12), st.floats(0.0, ANSWER_SECONDS - 0.1))
def test_while_none_is_lost_each_look_has_its_own_answer(pauses: list[float], trip: float) -> None:
    sight, now, looks = DisplayAcks(), 0.0, list[DisplayAck]()
    sight.begin(now)
    sight.answered(now)
    steps: list[tuple[float, bool]] = []
    for pause in pauses:
        now += pause
        steps += [(now, False), (now + trip, True)]
    for when, is_answer in sorted(steps):
        if is_answer:
            sight.answered(when)
        else:
            looks.append(sight.look(when, lambda: None))
    assert [look.shown for look in looks] == [look.since + trip for look in looks]


def test_after_a_lost_answer_and_a_while_each_look_has_its_own_again() -> None:
    sight = DisplayAcks()
    sight.begin(0.0)
    sight.answered(0.0)
    sight.look(1.0, lambda: None)
    look = sight.look(60.0, lambda: None)
    sight.answered(60.1)
    assert look.shown == 60.1


def test_what_was_asked_before_another_program_had_the_terminal_is_forgotten() -> None:
    sight = DisplayAcks()
    sight.begin(0.0)
    sight.answered(0.0)
    sight.look(1.0, lambda: None)
    sight.begin(2.0)
    sight.answered(2.1)
    look = sight.look(3.0, lambda: None)
    sight.answered(3.1)
    assert look.shown == 3.1


def test_a_driver_that_cannot_ask_has_shown_what_it_wrote() -> None:
    assert look_at(object(), 5.0).was_before(5.0)
    assert not look_at(None, 5.0).was_before(4.9)
