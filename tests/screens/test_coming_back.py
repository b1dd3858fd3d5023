"""A place one comes back to is shown as it was left: nothing is styled anew, and nothing had to be."""

from __future__ import annotations

import pytest
from textual.screen import Screen

from tests.screens.messages.listed import count
from tui.services.session import EventType, SessionEvent

PLACES = ("compose", "delivery", "console", "webhooks", "connections", "messages")


def styles_of(screen):
    """What every widget of a screen looks like."""
    return {node: node.styles.base.css for node in screen.walk_children(with_self=True)}


@pytest.mark.landing
async def test_a_place_visited_for_the_first_time_has_the_right_styles(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        app = pilot.app
        for place in PLACES:
            await app.action_go(place)
            await until(pilot, lambda: app.screen.is_mounted and app.screen.size == app.size)
            await pilot.pause()
            before = styles_of(app.screen)
            app.screen.update_node_styles(animate=False)
            assert styles_of(app.screen) == before


@pytest.mark.landing
async def test_a_place_one_comes_back_to_needs_no_styles_and_has_the_right_ones(sandbox, run_app, until, monkeypatch):
    async with run_app(sandbox=sandbox) as pilot:
        app = pilot.app
        # The second time Textual takes in, once, what the first brought.
        for place in (*PLACES, *PLACES):
            await app.action_go(place)
            await until(pilot, lambda: app.screen.is_mounted and app.screen.size == app.size)
            await pilot.pause()
        resumed = []
        follow = Screen._on_screen_resume
        monkeypatch.setattr(
            Screen,
            "_on_screen_resume",
            lambda self, event: (resumed.append(event.refresh_styles), follow(self, event))[1],
        )
        for place in PLACES:
            await app.action_go(place)
            await until(pilot, lambda: resumed)
            assert place == app.screen.PLACE
            assert resumed == [False]
            before = styles_of(app.screen)
            app.screen.update_node_styles(animate=False)
            assert styles_of(app.screen) == before
            resumed.clear()


async def test_a_place_visited_for_the_first_time_asks_twilio_once(sandbox, run_app, until):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        app = pilot.app
        await until(pilot, lambda: app.session.account is not None and not app.screen.workers)
        await app.action_go("messages")
        await until(pilot, lambda: count(pilot) == 50 and app.session.archive.status.looked)
        lists = [served for served in sandbox.requests if "/Messages.json" in served.target]
        assert len(lists) == 1


async def test_each_place_hears_the_session_once(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        app = pilot.app
        heard = []
        for place in PLACES:
            await app.action_go(place)
            await until(pilot, lambda: app.screen.is_mounted and app.screen.size == app.size)
            screen = app.screen
            screen.session_changed = lambda event, screen=screen: heard.append((event.words, screen))
        app.session.publish(SessionEvent(EventType.NOTICE, words="once"))
        await until(pilot, lambda: len({screen for words, screen in heard if words}) == len(PLACES))
        await pilot.pause()
        assert sum(words == "once" for words, _ in heard) == len(PLACES)


async def test_a_place_takes_on_a_theme_that_was_chosen_elsewhere(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        app = pilot.app
        messages = app.screen
        before = messages.styles.background
        await app.action_go("connections")
        await until(pilot, lambda: app.screen is not messages and app.screen.is_mounted)
        app.theme = "tuilio-light"
        await pilot.pause()
        await app.action_go("messages")
        await until(pilot, lambda: messages.styles.background != before)


async def test_going_to_a_place_waits_for_no_timer(sandbox, run_app, until, monkeypatch):
    async with run_app(sandbox=sandbox) as pilot:
        app, timers = pilot.app, []
        set_timer = app.set_timer
        monkeypatch.setattr(app, "set_timer", lambda *args, **more: (timers.append(more), set_timer(*args, **more))[1])
        for place in (*PLACES, *PLACES):
            await app.action_go(place)
            assert app._batch_count == 0
        assert [more["name"] for more in timers if more.get("name") == "delay_update"] == []
