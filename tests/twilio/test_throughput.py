"""How fast a sender may send, as far as its kind tells."""

from __future__ import annotations

import pytest

from tui.twilio.throughput import pace_of, slowest

SERVICE = "MG" + "0" * 32


@pytest.mark.parametrize(
    ("sender", "per_second", "published"),
    [
        ("+14155550100", 1, True),
        ("+16045550100", 1, True),
        ("+18005550199", 3, True),
        ("12345", 100, True),
        ("+4915112345678", 10, False),
        ("Harbor", 10, False),
        ("whatsapp:+14155550100", 80, True),
        ("rcs:harbor_agent", 1, False),
        ("nonsense!", 1, False),
        (SERVICE, None, True),
    ],
)
def test_each_kind_of_sender_has_its_pace(sender: str, per_second: float | None, published: bool) -> None:
    pace = pace_of(sender)
    assert (pace.per_second, pace.published) == (per_second, published)


def test_several_go_as_the_slowest_of_them() -> None:
    assert slowest(["+18005550199", "12345", "+14155550100"]).per_second == 1
    assert slowest([SERVICE]).per_second is None
    assert slowest([]).published is False
