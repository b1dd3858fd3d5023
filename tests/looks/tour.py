"""The tour that the guide shows, as a film: why one message failed, its conversation, one written, sent and followed,
one to many, what became of a week, and the developer's places.
"""

from __future__ import annotations

from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.widgets import TextArea

from tests.looks.pictures import draw, film
from tests.looks.stage import Kept, Stage, stage
from tests.looks.walks import (
    DEAR_BODY,
    RECIPIENT,
    REMINDERS,
    answered,
    dialog,
    fill,
    on_console,
    pointed_here,
    to_a_failed_message,
)
from tui.widgets.dialogs import Dialog


async def tour(kept: Kept) -> None:
    """Draw `tour.svg`."""
    frames: list[tuple[str, float]] = []

    async def frame(here: Stage, seconds: float) -> None:
        here.app.clear_notifications()
        await here.settle()
        frames.append((here.plain(draw(here.app)), seconds))

    with TemporaryDirectory() as folder, chdir(folder):
        Path("reminders.csv").write_text(REMINDERS, encoding="cp1252")
        async with stage(kept) as here:
            await here.until("● live")
            await frame(here, 2.0)
            await to_a_failed_message(here)
            await here.until("30007: Twilio or a carrier")
            await frame(here, 3.0)
            await here.press("W")
            await here.until("Probably: ")
            await here.until(lambda: "answered" not in here.text)
            await frame(here, 3.5)
            await here.press("escape", "enter")
            await here.until("What to do")
            await here.press("t")
            await here.until("Write a reply")
            await here.until("from On-call alerts")
            await frame(here, 3.5)
            await here.press("escape", "escape", "n")
            await here.until("chooses among")
            await here.press("f7")
            await here.until("Front desk")
            await here.press("1")
            await here.until(lambda: not isinstance(here.app.screen, Dialog))
            await fill(here, RECIPIENT, DEAR_BODY)
            await here.until("about 0.0079 USD")
            await frame(here, 3.0)
            await here.press("f8")
            await here.until("Replaced")
            await here.press("f9")
            await here.until("Send this?")
            await frame(here, 2.5)
            await here.press("y")
            await here.until("Queued")
            here.clock.advance(5)
            await here.until("Delivered")
            await frame(here, 3.0)
            await here.press("n")
            await here.until("What do you want to say?")
            await here.press("ctrl+n")
            await here.until("Pace")
            await here.paste("reminders.csv")
            await here.until("24 rows, 4 columns")
            # The sender is that of the message.
            while not isinstance(here.app.focused, TextArea):
                await here.press("tab")
            await here.paste("Hi {name}, your check-up is on {day} in {place}.")
            await here.until("without a value")
            await here.press("f9")
            await here.until("rows ready")
            await here.until("Opt-outs are known")
            await frame(here, 3.5)
            await here.press("escape", "f4")
            await here.until("settled delivered")
            await frame(here, 3.5)
            await here.press("f5")
            await here.until("Nothing sent yet")
            await here.press("ctrl+s")
            await answered(here)
            await frame(here, 3.0)
            await here.press("ctrl+r")
            await dialog(here)
            await here.paste("lookup")
            await here.until("not in the sandbox")
            await frame(here, 3.0)
            await here.press("escape")
            await on_console(here)
            await here.press("f6")
            await here.until("No webhooks yet")
            await here.press("s")
            await here.until("Point it here")
            await here.press("y")
            await here.until("Nothing has arrived yet")
            await pointed_here(here)
            # Nothing listens there, so that what comes of it takes no time that differs.
            receiving = here.session.receiving
            await receiving.set_up(replace(receiving.settings, forward_to="http://127.0.0.1:9"))
            await here.press("t")
            await here.until("no answer")
            await frame(here, 3.5)
    kept.pictures["tour.svg"] = film(frames)
