"""What a person does in places that have much: queries and marks, conversations, figures, campaigns, names, files.

Each begins and ends wherever the person stands, and gives up where Twilio's trouble keeps the way closed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from tests.soak.person import Deeds, Person
from tui.screens.campaign.plan_rows import text_of
from tui.screens.campaign.plan_screen import PlanScreen
from tui.screens.campaign.screen import CampaignScreen
from tui.screens.delivery.alerts import AlertsScreen
from tui.screens.delivery.screen import DeliveryScreen
from tui.screens.jobs.jobs_screen import JobsScreen
from tui.screens.jobs.screen import JobScreen
from tui.screens.messages.bulk_dialogs import ChangeDialog
from tui.screens.messages.conversations import ConversationsScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.names.names_dialog import NameNumber
from tui.screens.queries.query_bar import QueryBar
from tui.screens.sending.review import Review
from tui.screens.why.screen import WhyScreen
from tui.widgets.dialogs import Ask, Choose, Dialog, TypeCount

FRIEND: Final = "+14155550199"
"""Whoever writes in `Person.receive`."""

QUERIES: Final = (
    "is:problem",
    "harbor",
    '"with the courier"',
    "code:30007 since:30d",
    "country:DE",
    "media:yes",
    "violin or microscope",
    "is:in parcel -courier",
    "with:+4477*",
    "price:>0.2",
    "is:unread",
    "zyxwvutsr",
)
LOOKING: Final = 15.0
"""Seconds that an answer out of a million messages may take beside all else."""

SETTLING: Final = 8.0
"""Seconds that a job is watched."""


def deeds_of(person: Person) -> Deeds:
    """What they do there."""
    deeds: dict[str, tuple[int, Callable[[Person], Awaitable[bool]]]] = {
        "query": (4, _query),
        "redact_marked": (1, _redact_marked),
        "converse": (4, _converse),
        "look_at_figures": (3, _look_at_figures),
        "ask_why": (2, _ask_why),
        "write_to_many": (2, _write_to_many),
        "leave_a_campaign": (1, _leave_a_campaign),
        "name_somebody": (1, _name_somebody),
        "look_at_media": (1, _look_at_media),
        "export": (1, _export),
        "look_at_jobs": (1, _look_at_jobs),
        "play_an_event": (1, _play_an_event),
        "turn_over_the_console": (1, _turn_over_the_console),
    }
    return {name: (weight, lambda do=do: do(person)) for name, (weight, do) in deeds.items()}


async def search(person: Person, text: str) -> bool:
    """Ask for some messages; whether all that match are listed."""
    await person.go("messages")
    screen = person.app.screen
    assert isinstance(screen, MessagesScreen)
    bar = screen.query_one(QueryBar)
    await person.press("slash")
    if not await person.soon(lambda: bar.is_open):
        return False
    await person.type(text)
    await person.press("enter")
    return await person.soon(lambda: not bar.is_open and bar.text == text and not screen.loader.state.counting, LOOKING)


async def _query(person: Person) -> bool:
    found = await search(person, person.chosen.choice(QUERIES))
    if found:
        await person.press(*person.chosen.choices(("down", "pagedown", "end", "home", "space", "up"), k=6))
        await person.press("asterisk")
        await person.pilot.pause(0.1)
        await person.press("S" if person.chosen.random() < 0.2 else "down")
    await _list_all(person)
    return found


async def _list_all(person: Person) -> None:
    await person.go("messages")
    await person.press("escape", "escape", "escape")


async def _redact_marked(person: Person) -> bool:
    """Empty a few texts of the one whose texts nobody counts."""
    whole = await search(person, f"is:in with:{FRIEND}") and await _redact_what_is_found(person)
    await _list_all(person)
    return whole


async def _redact_what_is_found(person: Person) -> bool:
    await person.press("home", "space", "space", "B")
    if not await person.soon(lambda: isinstance(person.app.screen, Choose)):
        return False
    await person.press("1")
    if not await person.soon(lambda: isinstance(person.app.screen, ChangeDialog), LOOKING):
        return False
    await person.readable()
    await person.press("y")
    return await _type_the_count(person) and await _watch_the_job(person)


async def _type_the_count(person: Person) -> bool:
    if not await person.soon(lambda: isinstance(person.app.screen, TypeCount)):
        return False
    question = person.app.screen
    assert isinstance(question, TypeCount)
    count = re.search(r"[\d,]+", question._asked)
    assert count is not None
    await person.readable()
    await person.type(count[0])
    await person.press("enter")
    return await person.soon(lambda: person.app.screen is not question)


async def _watch_the_job(person: Person) -> bool:
    """Look at it until it rests, stop it once and go on, or leave it alone."""
    app = person.app
    if not await person.soon(lambda: isinstance(app.screen, JobScreen) and app.screen.report.view is not None):
        return False
    choice = person.chosen.random()
    if choice < 0.3:
        return True
    if choice < 0.6:
        await person.readable()
        await person.press("p")
        await person.pilot.pause(0.2)
        await person.press("c", "escape", "down", "p")
    await person.soon(lambda: not app.session.all_jobs.running, SETTLING)
    await person.press("u", "c", "escape")
    return True


async def _converse(person: Person) -> bool:
    """Write on at what is typed to somebody, and send it or leave it there."""
    # From an open message it would lead into its conversation.
    await _list_all(person)
    await person.press("t")
    app = person.app
    opened = lambda: isinstance(app.screen, ConversationsScreen) and app.screen.loader.read_once  # noqa: E731
    if not await person.soon(opened, LOOKING):
        return False
    screen = app.screen
    assert isinstance(screen, ConversationsScreen)
    await person.press("home", *["down"] * person.chosen.randint(0, 5), "enter")
    if not await person.soon(lambda: screen.opened and screen.pane.can_write, LOOKING):
        return False
    await person.press(*person.chosen.choices(("up", "pageup", "home", "end", "r"), k=3), "y")
    if app.screen is not screen or not await person.soon(lambda: screen.pane.writes and screen.pane.can_write):
        return False
    account = app.session.account
    pane, whose = screen.pane, (account.name if account is not None else "", screen.pane.number)
    before = pane.reply.body
    # A reply that was not sent is there still.
    assert before == person.replies.get(whose, before), f"{before!r} in place of {person.replies[whose]!r}"
    await person.press("ctrl+end")
    await person.type(text := person.another_text())
    if app.session.account is not account or pane.number != whose[1]:
        return False
    body = pane.reply.body
    assert body == before + text
    person.replies[whose] = body
    if person.chosen.random() < 0.4:
        return True
    await person.press("ctrl+s")
    if not await person.soon(lambda: isinstance(app.screen, Review)):
        return False
    # What becomes of it decides whether it stays.
    del person.replies[whose]
    await person.sent_by("y", body)
    return await person.soon(lambda: pane.can_write)


async def _look_at_figures(person: Person) -> bool:
    await person.go("delivery")
    screen = person.app.screen
    assert isinstance(screen, DeliveryScreen)
    await person.press("p")
    if not await person.soon(lambda: isinstance(person.app.screen, Choose)):
        return False
    await person.press(person.chosen.choice("123456"))
    counted = await person.soon(lambda: not screen.loader.counting, LOOKING)
    await person.press(*person.chosen.choices(("down", "pagedown", "end", "home", "right"), k=5))
    for key in person.chosen.sample("abo", 2):
        await person.go("delivery")
        await person.press(key)
        counted = await person.soon(lambda: person.app.screen is not screen) and counted
        await person.press("down", "r")
        if isinstance(person.app.screen, AlertsScreen):
            await person.press("z", "down", "enter", "escape")
        await person.press("c")
        await person.come_back()
    await person.go("delivery")
    return counted


async def _ask_why(person: Person) -> bool:
    whole = await search(person, "is:problem since:30d")
    if whole:
        await person.press("home", *["down"] * person.chosen.randint(0, 4), "W")
        whole = await person.soon(lambda: isinstance(person.app.screen, WhyScreen))
    if whole:
        await person.pilot.pause(person.chosen.choice((0.0, 0.2, 1.0)))
        await person.press("down", "down", "l", "escape")
        await person.come_back()
        if isinstance(person.app.screen, WhyScreen) and person.chosen.random() < 0.3:
            await person.press("enter")
    await _list_all(person)
    return whole


async def _open_campaign(person: Person) -> CampaignScreen | None:
    await person.go("compose")
    if not await person.in_the_form():
        return None
    await person.press("ctrl+n")
    if not await person.soon(lambda: isinstance(person.app.screen, CampaignScreen)):
        return None
    screen = person.app.screen
    assert isinstance(screen, CampaignScreen)
    await person.pilot.pause()
    return screen


async def _write_to_many(person: Person) -> bool:
    screen = await _open_campaign(person)
    if screen is None:
        return False
    app, rows = person.app, person.chosen.randint(3, 40)
    first = person.chosen.randrange(1000, 9000)
    file = person.folder / "rows.csv"
    lines = ["phone,name", *(f"+1415555{first + number},n{number}" for number in range(rows)), "call me,nobody"]
    file.write_text("\n".join(lines), encoding="utf-8")
    number = person.chosen.choice(person.numbers[:2])
    body = f"{person.another_text()} {{name}}"
    for name, text in (("path", str(file)), ("from_", number), ("body", body), ("pace", "40")):
        screen._form.set_text(name, text)
    await person.soon(lambda: screen._rows.table is not None)
    await person.press("ctrl+s")
    planned = lambda: isinstance(app.screen, PlanScreen) and app.screen.plan is not None  # noqa: E731
    if not await person.soon(planned, LOOKING):
        return False
    page = app.screen
    assert isinstance(page, PlanScreen)
    if page.plan is not None and page.plan.quiet:
        await person.press("h")
        await person.soon(lambda: page.plan is not None and not page.plan.quiet, LOOKING)
    plan = page.plan
    if plan is None or not plan.can_begin:
        return False
    await person.press("ctrl+s")
    person.sent += [text_of(plan.items[row]) for row in plan.ready]
    if not await _type_the_count(person):
        return False
    await person.soon(lambda: not page._beginning or app.screen is not page, LOOKING)
    return await _watch_the_job(person)


async def _leave_a_campaign(person: Person) -> bool:
    """What is typed to many is there when one comes back."""
    screen = await _open_campaign(person)
    if screen is None:
        return False
    body = person.another_text()
    screen._form.set_text("body", body)
    await person.go(person.chosen.choice(("messages", "delivery", "connections")))
    again = await _open_campaign(person)
    if again is None or again._mine is not screen._mine:
        return False
    await person.until(lambda: again._form.typed.body == body)
    return True


async def _name_somebody(person: Person) -> bool:
    await person.go("messages")
    await person.press("home", *["down"] * person.chosen.randint(0, 9), "N")
    if not await person.soon(lambda: isinstance(person.app.screen, NameNumber)):
        return False
    await person.press("ctrl+u")
    await person.type(f"Somebody {person.chosen.randrange(10**6)}")
    await person.press("enter")
    return await person.soon(lambda: not isinstance(person.app.screen, NameNumber))


async def _look_at_media(person: Person) -> bool:
    whole = await search(person, "media:yes since:90d")
    if whole:
        await person.press("home", *["down"] * person.chosen.randint(0, 4), "m")
        whole = await person.soon(lambda: isinstance(person.app.screen, Dialog))
        await person.pilot.pause(0.3)
        await person.press("v")
        await person.pilot.pause(0.3)
    await _list_all(person)
    return whole


async def _export(person: Person) -> bool:
    file = person.folder / person.chosen.choice(("some.csv", "some.jsonl"))
    whole = await search(person, "is:problem since:7d")
    if whole:
        await person.press("e")
        whole = await person.soon(lambda: isinstance(person.app.screen, Dialog))
    if whole:
        await person.press("ctrl+u")
        await person.type(str(file))
        await person.press("enter")
        # One that is there already may be replaced.
        whole = await person.soon(lambda: file.exists() and not isinstance(person.app.screen, Ask))
        await person.readable()
        await person.press("y")
    await _list_all(person)
    return whole


async def _look_at_jobs(person: Person) -> bool:
    await person.go("messages")
    await person.press("J")
    if not await person.soon(lambda: isinstance(person.app.screen, JobsScreen)):
        return False
    await person.press("f1", "escape", "down", "enter")
    await person.pilot.pause(0.2)
    await person.press("c", "escape", "down", "enter", "down", "W")
    await person.pilot.pause(0.1)
    return True


async def _play_an_event(person: Person) -> bool:
    await person.go("webhooks")
    await person.press("T")
    if not await person.soon(lambda: isinstance(person.app.screen, Dialog)):
        return False
    await person.press("ctrl+s")
    await person.pilot.pause(0.2)
    await person.come_back()
    await person.press("down", "p")
    await person.pilot.pause(0.1)
    return True


async def _turn_over_the_console(person: Person) -> bool:
    await person.go("console")
    await person.press("alt+v")
    whole = await person.soon(lambda: isinstance(person.app.screen, Dialog))
    await person.come_back()
    await person.press("ctrl+r")
    await person.type("messages")
    await person.press("down", "down")
    await person.come_back()
    await person.press("alt+a", "down", "enter")
    await person.come_back()
    return whole


__all__ = ["deeds_of"]
