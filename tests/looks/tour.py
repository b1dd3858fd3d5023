"""The tour that README shows: one message written, sent and followed, then the other places, as a film."""

from __future__ import annotations

from tests.looks.pictures import draw, film
from tests.looks.stage import Kept, Stage, stage
from tests.looks.walks import DEAR_BODY, RECIPIENT, answered, fill, to_a_failed_message
from tui.widgets.dialogs import Dialog


async def tour(kept: Kept) -> None:
    """Draw `tour.svg`."""
    frames: list[tuple[str, float]] = []

    async def frame(here: Stage, seconds: float) -> None:
        here.app.clear_notifications()
        await here.settle()
        frames.append((here.plain(draw(here.app)), seconds))

    async with stage(kept) as here:
        await here.until("● live")
        await frame(here, 2.0)
        await to_a_failed_message(here)
        await here.until("30007: Twilio or a carrier")
        await frame(here, 3.0)
        await here.press("enter")
        await here.until("What to do")
        await frame(here, 3.0)
        await here.press("escape", "n")
        await here.until("chooses among")
        await here.press("f7")
        await here.until("Front desk")
        await frame(here, 2.0)
        await here.press("1")
        await here.until(lambda: not isinstance(here.app.screen, Dialog))
        await fill(here, RECIPIENT, DEAR_BODY)
        await here.until("UCS-2")
        await frame(here, 3.0)
        await here.press("f8")
        await here.until("Replaced")
        await frame(here, 2.0)
        await here.press("f9")
        await here.until("Send this?")
        await frame(here, 2.5)
        await here.press("y")
        await here.until("Queued")
        await frame(here, 1.5)
        here.clock.advance(5)
        await here.until("Delivered")
        await frame(here, 3.0)
        await here.press("f5")
        await here.until("Nothing sent yet")
        await here.press("ctrl+s")
        await answered(here)
        await frame(here, 3.0)
        await here.press("f6")
        await here.until("No webhooks yet")
        await here.press("s")
        await here.until("Point it here")
        await here.press("y")
        await here.until("Nothing has arrived yet")
        await here.until(lambda: any(number.settings["sms_url"] for number in here.sandbox._account.senders.numbers))
        await here.press("t")
        await here.until("1 listed")
        await frame(here, 3.0)
    kept.pictures["tour.svg"] = film(frames)
