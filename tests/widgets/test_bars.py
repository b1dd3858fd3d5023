"""The bar above every screen: tabs, what is new beside them, and whose account it is, in any width."""

from __future__ import annotations

import pytest
from textual.geometry import Size

from tui.actions import PLACES
from tui.theme import Tone
from tui.widgets.bars import SANDBOX, TopBar

NAME = "production-eu-frankfurt"


class Bar(TopBar):
    """One that stands nowhere, and is so many cells wide."""

    width = 80

    def __init__(
        self,
        place: str,
        *,
        who: str = "",
        tone: Tone = "plain",
        unread: str = "",
        news: str = "",
        sandbox: bool = False,
        jobs: str = "",
    ) -> None:
        super().__init__(place)
        self.set_reactive(TopBar.who, who)
        self.set_reactive(TopBar.tone, tone)
        self.set_reactive(TopBar.unread, unread)
        self.set_reactive(TopBar.news, news)
        self.set_reactive(TopBar.sandbox, sandbox)
        self.set_reactive(TopBar.jobs, (jobs, "busy"))

    @property
    def size(self) -> Size:
        return Size(self.width, 1)


@pytest.mark.parametrize("place", [key for key, _ in PLACES])
def test_whatever_is_new_the_connection_is_named_whole_and_titles_give_way(place: str) -> None:
    bar = Bar(place, who=NAME, tone="red", unread="●999…", news="+999… ✗12")
    for width in range(140, 7, -1):
        bar.width = width
        drawn = bar.render()
        assert drawn.cell_length == width
        if width >= len(NAME) + 5:
            assert drawn.plain.endswith(f" {NAME} ")
        else:
            # As much of it as there is room for.
            assert drawn.plain.endswith("… ") and NAME.startswith(drawn.plain.split()[-1].rstrip("…"))
        assert any(str(span.style).endswith("reverse") for span in drawn.spans)
        if width >= 80:
            assert dict(PLACES)[place] in drawn.plain and "●999…" in drawn.plain
            assert all(f" {number} " in drawn.plain for number in range(1, 7))
    bar = Bar(place, sandbox=True, unread="●3")
    for width in (80, 60, 40, 20, 12):
        bar.width = width
        assert bar.render().plain.endswith(SANDBOX)
        assert bar.render().cell_length == width


def test_with_short_names_all_titles_stand_in_80_columns_and_all_but_the_last_beside_what_is_new() -> None:
    bar = Bar("console", who="acme")
    assert bar.render().plain == " 1 Messages  2 Compose  3 Delivery  4 Console  5 Webhooks  6 Connections   acme "
    bar = Bar("console", who="acme", unread="●3", news="+2 ✗1")
    assert bar.render().plain == " 1 Messages ●3  2 Compose  3 Delivery  4 Console  5 Webhooks +2 ✗1  6      acme "


def test_the_bare_number_of_a_tab_does_not_stand_beside_the_mark_of_a_job_as_if_it_were_its_number() -> None:
    for jobs in ("⇉ 84/198", "! 4/6", "⇉ 12,345/98,765"):
        for width in range(50, 100):
            bar = Bar("compose", sandbox=True, jobs=jobs)
            bar.width = width
            drawn = bar.render().plain
            before = drawn[: drawn.index(jobs)]
            assert not before.rstrip()[-1].isdigit() or before.endswith("   "), drawn
