"""The walks through the app: every place empty, loading, failed and filled, and every kind of question.

Each is a function that drives a `Stage` and keeps what it comes by; `WALKS` has them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import chdir
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.command import CommandPalette

from tests.looks.stage import Kept, Stage, connection_to, small_company, stage
from tests.screens.jobs.campaigns import INVALID, REFUSED, UNREACHABLE, begin, people
from tui.archive.periods import Window
from tui.archive.picture import Picture
from tui.archive.query import Query
from tui.jobs.model import HaltRules, ItemState, JobCounts, JobState
from tui.jobs.report import ItemMark, SentOutcome, group_items
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.screens.console.screen import ConsoleScreen
from tui.screens.delivery.figure_list import FigureList
from tui.screens.jobs.opening import open_job
from tui.screens.jobs.screen import JobScreen
from tui.screens.messages.table import MessageTable
from tui.screens.queries.query_bar import QueryBar
from tui.screens.webhooks.screen import WebhooksScreen
from tui.services.jobs import JobView
from tui.services.tunnel import TunnelEnded, TunnelOpen
from tui.storage.connections import Connections
from tui.twilio.message import Message
from tui.widgets.dialogs import Dialog

LIST = r"Messages\.json$"
RECIPIENT = "+14155550123"
DEAR_BODY = "Hi Maya, we can see you at 15:30 today – does that still suit you?"

REMINDERS = "\r\n".join(
    (
        "Phone;Name;Day;Place",
        "+1 415 555 0123;Maya;Tuesday;Main Street",
        *(
            f"+4915112345{number};{name};Monday;Harbour"
            for number, name in enumerate(
                ("Ana", "Ben", "Cara", "Dev", "Ella", "Finn", "Gül", "Hugo", "Ines", "Jo", "Kai", "Lena", "Max"), 100
            )
        ),
        "+1 (415) 555-0123;Maya Lindqvist;Friday;Main Street",
        "call the desk;Noor;Friday;Harbour",
        "1.41556E+10;Olga;Friday;Harbour",
        "+14155551300;;Friday;Harbour",
        "+14155551301;Pavel;Wednesday;",
        "+81 90 1234 5678;Yuki;Friday;Harbour",
        "+4915112345678;Zo\u00eb;Thursday;Harbour, second floor – ring twice",
        "+14155551302;Rosa;Wednesday;Harbour",
        "+14155551303;Sam;Wednesday;Harbour",
        "+14155551304;Tom;Wednesday;Harbour",
    )
)
"""A spreadsheet as Excel saves it in Europe."""

Walk = Callable[[Kept], Awaitable[None]]


# -- messages ----------------------------------------------------------------------------------------


async def messages(kept: Kept) -> None:
    """The list, one message in full, and the questions about it."""
    async with stage(kept) as here:
        await here.until("● live")
        await to_a_failed_message(here)
        await here.until("30007: Twilio or a carrier")
        await here.shot("filled", picture="messages")
        await here.press("enter")
        await here.until("What to do")
        await here.until("from On-call alerts")
        await here.shot("detail", picture="message")
        await here.press("escape")
        for key, name in (("c", "copy"), ("x", "confirm"), ("delete", "type-to-confirm"), ("o", "ask")):
            await here.press(key)
            await here.until(lambda: isinstance(here.app.screen, Dialog))
            await here.shot(name)
            await here.press("escape")
        await here.press("o", *"SM12", "enter")
        await here.until("No message SID")
        await here.shot("ask-refused")
        await here.press("escape")
        with chdir("/"):
            await here.press("e")
            await here.until("messages match")
        await here.shot("export")
        await here.press("escape", "slash")
        await here.until(lambda: here.app.screen.query_one(QueryBar).is_open)
        await here.shot("query")
        await here.paste("is:problem")
        await here.press("enter")
        await here.until("[is:problem ×]")
        await here.shot("problems")
        await here.press("escape", "slash", *"nobody", "enter")
        await here.until("Nothing found")
        await here.shot("nothing-matches")


async def messages_marked(kept: Kept) -> None:
    """Marked messages, what can be done with many, the count before it and the messages behind one."""
    async with stage(kept) as here:
        await here.until("● live")
        await here.press("space", "space", "down", "space")
        await here.until("3 marked")
        await here.shot("marked", picture="marked")
        await here.press("escape", "B")
        await dialog(here)
        await here.shot("change")
        await here.press("2")
        await here.until("can be deleted")
        await here.shot("counted", picture="change-many")
        await here.press("down", "enter")
        await here.until("Open")
        await here.settle()
        await here.shot("behind-a-count")
        await here.press("escape", "y")
        await here.until("Type ")
        await here.shot("typed")


async def messages_asked(kept: Kept) -> None:
    """The query bar while one types, and the dialogs that are about what is listed."""
    async with stage(kept) as here:
        await here.until("● live")
        await here.press("slash", *"status:")
        await here.until("undelivered")
        await here.until("to Front desk")
        await here.shot("completions", picture="query")
        await here.press("escape", "slash", *"stauts:failed")
        await here.until("Did you mean")
        await here.shot("wrong")
        await here.press("escape", "V")
        await here.until("is:unread")
        await here.shot("views")
        await here.press("escape", "L")
        await here.until("this year")
        await here.shot("load-history")
        await here.press("2")
        await here.until("Finished: ")
        await here.shot("loaded")
        await here.press("escape", "slash", *"media:yes", "enter")
        await here.until("[media:yes ×]")
        await here.until("X-ray")
        # Where a message stands in its conversation depends on which one was shown before.
        await here.settle()
        await here.press("down", "down", "m")
        await here.until("text                  ")
        await here.until(lambda: "size ?" not in here.text)
        await here.shot("media", picture="media")
        await here.press("escape")


async def delivery(kept: Kept) -> None:
    """What became of the messages of a period: of a part, of all, compared, of a query, of nothing, being counted."""
    async with stage(kept) as here:
        await here.until("● live")
        await here.press("f4")
        await here.until("── Error code")
        await here.shot("partly")
        await here.press("L")
        await here.until("Load history")
        await here.press("2")
        await here.until("Finished")
        await here.press("escape")
        await here.until("(before: ")
        await here.settle()
        await here.shot("filled", picture="delivery")
        await here.press("end")
        await here.shot("a-day")
        await here.press("home", "p")
        await here.until("Which period?")
        await here.shot("periods")
        await here.press("7")
        await here.until("A day, two days")
        await here.press(*"2026-03-09..2026-02-01", "enter")
        await here.until("ends before it begins")
        await here.shot("period-refused")
        await here.press("escape", "slash", *"is:problem", "enter")
        await here.until("[is:problem ×]")
        await here.settle()
        await here.shot("asked")
        await here.press("slash", *"zebra", "enter")
        await here.until("No message in")
        await here.shot("nothing")
        await here.press("escape")
        await here.until("(before: ")
        archive = here.session.archive
        assert archive is not None
        held, whole = asyncio.Event(), archive.picture

        async def picture(query: Query, window: Window) -> Picture | None:
            await held.wait()
            return await whole(query, window)

        archive.picture = picture
        await here.press("p", "4")
        await here.until("counting…")
        await here.until("the last 30 days")
        await here.shot("counting", under_way=frozenset({"picture"}))
        held.set()


async def why(kept: Kept) -> None:
    """Why a message did not arrive: while it is asked, the verdict, unknown, and without Twilio."""
    async with stage(kept) as here:
        await here.until("● live")
        await to_a_failed_message(here)
        here.sandbox.faults.add(Fault("delay-before", path="IncomingPhoneNumbers", seconds=600))
        await here.press("W")
        await here.until("… asking: ")
        await here.until(lambda: here.app.screen.workers)
        await here.shot("asking", under_way=frozenset({"why"}))
        here.sandbox.faults.clear()
        await here.until(lambda: "answered" not in here.text)
        await here.press("down")
        await here.shot("verdict", picture="why")
        await here.press("c")
        await here.until("the verdict and checks")
        await here.shot("copy")
        await here.press("escape", "l")
        await dialog(here)
        await here.shot("price")
        await here.press("escape")
        here.sandbox.faults.add(Fault("reset-before", times=0))
        await here.press("r")
        await here.until("had no answer")
        await here.shot("unreachable")
        here.sandbox.faults.clear()
        await here.press("escape")
        table = here.app.screen.query_one(MessageTable)
        while table.current is None or table.current.error_code != 30008:
            await here.press("down")
        await here.press("W")
        await here.until("? Unknown: ")
        await here.until(lambda: "answered" not in here.text)
        await here.shot("unknown")


def of_either_kind(sandbox: Sandbox) -> Connections:
    """One with the auth token that watches its balance, and one with an API key: it may not read the account."""
    key = connection_to(sandbox, "harbor")
    token = replace(key, name="acme", kind="auth_token", api_key_sid=None, api_key_secret=None, low_balance=100)
    return Connections([token, key], default="acme")


async def money(kept: Kept) -> None:
    """Balance and usage: while Twilio is asked, filled, of a suspended account, and by an API key."""
    async with stage(kept, "delivery", embedded=False, saved=of_either_kind) as here:
        await here.until("priced)")
        here.sandbox.faults.add(Fault("delay-before", path="Usage", seconds=600, times=3))
        await here.press("b")
        await here.until("below the 100")
        await here.until("Harbor Street branch")
        await here.shot("asking", under_way=frozenset({"money"}))
        here.sandbox.faults.clear()
        await here.until("Total")
        await here.press("down", "down", "down", "down")
        await here.shot("filled", picture="money")
        await here.press("end")
        await here.shot("end")
        await here.press("escape")
        here.sandbox.faults.add(Fault("reset-before", path="Usage", times=0))
        await here.press("at", "2")
        await here.until(lambda: here.session.account is not None and here.session.account.name == "harbor")
        loader = here.app.screen.loader
        await here.until(lambda: loader.archive is here.session.archive and loader.picture and loader.picture.all.count)
        await here.until(lambda: isinstance(here.app.focused, FigureList))
        await here.press("b")
        await here.until("state unknown")
        await here.until("not read")
        await here.shot("refused")


async def opt_outs(kept: Kept) -> None:
    """Who said STOP: nobody yet, some of them written to since, found by what is typed."""
    async with stage(kept, "delivery") as here:
        await here.until("settled delivered")
        await here.settle()
        await here.press("home", "o")
        await here.until(lambda: here.session.account.senders is not None)
        await here.until("Nobody opted out")
        await here.settle()
        await here.shot("nobody")
        now, own, toll_free = here.clock(), here.sandbox.numbers[0], "+18005550100"
        service = next(each for each in here.session.account.senders.names if each.startswith("MG"))

        def message(n: int, days: float, other: str, from_own: str, body: str, *, inbound: bool = True, **more: object):
            ends = {"to": from_own, "from_": other} if inbound else {"to": other, "from_": from_own}
            direction, status = ("inbound", "received") if inbound else ("outbound-api", "delivered")
            made = Message(f"SM{n:032x}", status, direction, body=body, date_sent=now - timedelta(days=days), **ends)
            return replace(made, **more)

        await here.session.account.archive.put(
            [
                message(1, 0.1, RECIPIENT, own, "Stop."),
                message(2, 3, "+14165550175", own, "ARRÊT", messaging_service_sid=service, opt_out_type="STOP"),
                message(3, 2, "+14165550175", own, "Votre colis", inbound=False, messaging_service_sid=service),
                message(4, 1, "+14165550175", toll_free, "Encore", inbound=False, messaging_service_sid=service),
                message(5, 9, "+441632960123", toll_free, "Hi", inbound=False, status="failed", error_code=21610),
                message(6, 8, "+441632960123", toll_free, "Hi", inbound=False, status="failed", error_code=21610),
                message(7, 400, "+4915112345678", own, "UNSUBSCRIBE"),
            ]
        )
        # What is behind the list counts them as well.
        await here.press("escape")
        await here.until("32 sent")
        await here.settle()
        await here.press("home", "o")
        await here.until("to 2 of them messages went out since")
        await here.press("down")
        await here.until("ARRÊT to")
        await here.settle()
        await here.shot("filled", picture="opt-outs")
        await here.press("slash", *"refused")
        await here.until("1 of 4 opt-outs")
        await here.shot("found")
        await here.press("ctrl+u", *"nobody")
        await here.until("None of 4")
        await here.shot("nothing-found")


async def alerts(kept: Kept) -> None:
    """Twilio's alerts of a week: none yet, folded, one whole with request and answer, each of one line, refused."""
    async with stage(kept, "delivery") as here:
        await here.until(lambda: here.session.account is not None)
        await here.press("a")
        await here.until("noted nothing in this")
        await here.shot("empty")
        log, sms = here.sandbox._account.alerts, "https://hooks.example.com/sms"
        sid = here.sandbox.receive("+14155550177", here.sandbox.numbers[0], "Is this still on?").sid
        body = (("MessageSid", sid), ("From", "+14155550177"), ("Body", "Is this still on?"))
        log.add(sid, 12300, WebhookAnswer("POST", f"{sms}/reply", body, 200, (("Content-Type", "text/weird"),)))
        log.add(sid, 11205, WebhookAnswer("POST", "https://hooks.example.com/status", body))
        page = b"<html>\n<h1>502 Bad gateway</h1>\n</html>"
        headers = (("Content-Type", "text/html"), ("Server", "nginx"))
        for _ in range(213):
            here.clock.advance(7)
            log.add(sid, 11200, WebhookAnswer("POST", f"{sms}?branch=2", body, 502, headers, page))
        await here.press("r")
        await here.until("213×")
        await here.shot("filled")
        await here.press("enter")
        await here.until("502 Bad gateway")
        await here.shot("whole", picture="alerts")
        await here.press("escape", "z")
        await here.shot("each")
        await here.press("escape")
        here.sandbox.faults.add(Fault("reset-before", path="Alerts", times=0))
        await here.press("a")
        await here.until("could not be read")
        await here.shot("refused")


async def conversations(kept: Kept) -> None:
    """The persons, one conversation with the reply under it, another sender, the review, a refusal in place."""
    async with stage(kept) as here:
        await here.until("● live")
        here.clock.advance(120)
        here.sandbox.receive("+14165550175", here.sandbox.numbers[0], "Bonjour, une question encore")
        await here.press("r")
        await here.until("une question encore")
        await here.press("t")
        await here.until("● 1 unread")
        await here.shot("persons", picture="conversations")
        await here.press("u")
        await here.until("[is:unread ×]")
        await here.shot("unread")
        await here.press("escape")
        await here.until("scheduled")
        await here.press("enter")
        await here.until("none unread")
        await here.until("from Front desk")
        await here.shot("thread")
        await here.press("y")
        await here.paste("Bonjour Chloé,\nvotre colis arrive “demain” matin.")
        await here.until("need Unicode")
        await here.shot("writing", picture="conversation")
        await here.press("ctrl+s")
        await here.until("Send this?")
        await here.shot("review")
        await here.press("escape", "f7")
        await here.until("Send from")
        await here.press("3")
        await here.until("they wrote to")
        await here.shot("another-sender")
        here.sandbox.faults.add(Fault("429", method="POST", path="Messages"))
        await here.press("ctrl+s")
        await here.until("Send this?")
        await here.press("y")
        await here.until("Your text is still here")
        await here.shot("refused")
        await here.press("A")
        await here.until("Nothing is unread")


ADDRESS_BOOK = (
    "First Name;Last Name;Mobile\nMaya;Lindqvist;+1 415 555 0123\nChloé;Dubois;+14165550175\n"
    "Jonas;Berg;(415) 555-0127\nHannah;Arp;1.64655E+10\n"
)


async def names(kept: Kept) -> None:
    """Naming a number, all names, importing more, and how they stand in the list."""
    async with stage(kept) as here:
        await here.until("● live")
        await here.press("enter")
        await here.until("Front desk")
        await here.press("escape")
        await here.press("N")
        await here.until("Who is this?")
        await here.shot("name")
        await here.press(*"Maya", "enter")
        await here.until("← Maya ")
        await here.until("is Maya.")
        here.app.clear_notifications()
        await here.until(lambda: "is Maya." not in here.text)
        await here.press("N", "f7")
        await here.until(lambda: "1 name" in here.text)
        await here.press("f9")
        await here.until("Import names")
        with TemporaryDirectory() as folder:
            (Path(folder) / "people.csv").write_text(ADDRESS_BOOK, encoding="utf-8")
            await here.paste(str(Path(folder) / "people.csv"))
            await here.press("enter")
            await here.until("2 not imported")
        await here.shot("import", picture="import")
        await here.press("enter")
        await here.until(lambda: "2 names" in here.text)
        await here.shot("all")
        await here.press("escape", "escape")
        await here.until("→ Chloé Dubois")
        await here.shot("listed", picture="names")


async def messages_failed(kept: Kept) -> None:
    """A server that answers with a web page."""
    down = Fault("html", path=LIST, times=0, status=503)
    async with stage(kept, prepare=lambda box: box.faults.add(down)) as here:
        await here.until("could not be read")
        await here.shot("failed")


async def messages_partly(kept: Kept) -> None:
    """A list whose older part could not be read."""
    async with stage(kept, prepare=lambda box: box.faults.add(Fault("500-before", path=LIST, times=0, skip=1))) as here:
        await here.until("● live")
        await here.press("end")
        await here.until("offline")
        assert here.session.archive is not None
        here.session.archive.look_now()
        await here.until("next try")
        await here.shot("partly", picture="offline")


async def messages_empty(kept: Kept) -> None:
    """An account that never sent anything."""
    async with stage(kept, history=0) as here:
        await here.until("No messages yet")
        await here.shot("empty")


async def messages_loading(kept: Kept) -> None:
    """Before the first answer."""
    slow = Fault("delay-before", path=LIST, times=0, seconds=600)
    async with stage(kept, prepare=lambda box: box.faults.add(slow)) as here:
        await here.until("Loading messages")
        await here.shot("loading", under_way=frozenset({"older"}))


# -- what works everywhere ---------------------------------------------------------------------------


async def everywhere(kept: Kept) -> None:
    """Help, palette and the switch, above a connection that has a colour; a send with it, and a public address."""
    async with stage(kept, embedded=False, saved=working) as here:
        await here.until("● live")
        await here.press("ctrl+o")
        await here.until("Use which connection")
        await here.shot("switch", picture="switch")
        await here.press("escape", "f1")
        await here.until("help")
        await here.shot("help", picture="help")
        await here.press("escape", "ctrl+p")
        await here.until(lambda: isinstance(here.app.screen, CommandPalette))
        await here.paste("re")
        await here.until("Reply")
        await here.shot("palette")
        await here.press("escape", "y")
        await here.until("What do you want to say?")
        await here.until("Front desk")
        await here.paste("See you then")
        await here.until("about 0.0079 USD")
        await here.press("ctrl+s")
        await here.until("Send this?")
        await here.shot("review", picture="review-coloured")
        await here.press("escape", "f6")
        await here.until("No webhooks yet")
        receiving, url = here.session.receiving, "https://calm-river-notes.trycloudflare.com"
        await receiving.set_up(replace(receiving.settings, public_url=url))
        receiving.tunnel._set_state(TunnelOpen("cloudflared", url, 40200))
        await here.until("leads it")
        await here.press("P")
        await dialog(here)
        await here.shot("tunnel-open", picture="tunnel")
        receiving.tunnel._set_state(TunnelEnded("cloudflared: failed to request quick Tunnel: 429 Too Many Requests"))
        await here.press("escape")
        await here.until("The tunnel ended")
        await here.shot("tunnel-ended")


async def watched(kept: Kept) -> None:
    """The sandbox of another program, whose messages are followed."""
    async with stage(kept, history=12, watches=True) as here:
        await here.until("● live")
        await here.shot("messages", picture="watched")
        await here.press("6")
        await here.until("another program's")
        await here.shot("connections")


# -- compose -----------------------------------------------------------------------------------------


async def compose(kept: Kept) -> None:
    """The form from empty to sent."""
    async with stage(kept, "compose") as here:
        await here.until("chooses among")
        await here.until("recent recipients")
        await here.shot("empty")
        await here.press("f9")
        await here.settle()
        await here.shot("problems")
        await here.press("f7")
        await here.until("Front desk")
        await here.shot("senders")
        await here.press("1")
        await here.until(lambda: not isinstance(here.app.screen, Dialog))
        await fill(here, RECIPIENT, DEAR_BODY)
        await here.until("about 0.0079 USD")
        await here.shot("filled", picture="compose")
        await here.press("ctrl+t")
        await here.settle()
        await here.shot("more")
        await here.paste("https://example.com/map.png")
        await here.press("ctrl+t")
        await here.until("1 media URL")
        await here.shot("more-filled")
        await here.press("ctrl+t", "ctrl+u", "ctrl+t", "ctrl+l")
        await here.until("Clear the draft")
        await here.shot("clear")
        await here.press("escape")
        await here.settle()
        await here.press("f8", "f9")
        await here.until(lambda: here.app.screen.__class__.__name__ == "Review")
        await here.shot("review", picture="review")
        await here.press("y")
        await here.until("SM")
        await here.shot("accepted", picture="outcome")


async def campaign(kept: Kept) -> None:
    """One text to many: the form, the columns listed, the page before the start, and the questions on it."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path("reminders.csv").write_text(REMINDERS, encoding="cp1252")
        async with stage(kept) as here:
            await here.until("● live")
            await here.press("f3")
            await here.until("chooses among")
            await here.until("recent recipients")
            await here.press("ctrl+n")
            await here.until("Pace")
            await here.shot("empty")
            await here.press("f9")
            await here.until("There are no recipients")
            await here.shot("problems")
            await here.paste("reminders.csv")
            await here.until("24 rows, 4 columns")
            await here.press("f7")
            await here.until("Front desk")
            await here.press("1")
            await here.until(lambda: not isinstance(here.app.screen, Dialog))
            await here.press("tab")
            await here.paste("Hi {name}, your check-up is on {da")
            await here.until("Day  Tuesday")
            await here.shot("columns")
            await here.press("down", "tab")
            await here.paste(" in {place}.")
            await here.until("without a value")
            await here.shot("filled", picture="campaign-form")
            await here.press("ctrl+t")
            await here.settle()
            await here.shot("more")
            await here.press("ctrl+t", "f9")
            await here.until("rows ready")
            await here.until("Opt-outs are known")
            await here.shot("page", picture="campaign-page")
            await here.press("g", "enter", "down")
            await here.settle()
            await here.shot("unfolded", picture="campaign-left-out")
            await here.press("n", "2", "1", "enter")
            await here.until("line 21")
            await here.press("t")
            await dialog(here)
            await here.shot("trial")
            await here.press("escape", "f9")
            await dialog(here)
            await here.shot("start", picture="campaign-start")
            await here.press("1", "enter")
            await here.until("not that")
            await here.shot("start-refused")


async def compose_templates(kept: Kept) -> None:
    """A content template: the list, one that WhatsApp rejected, and one in the form."""
    async with stage(kept, "compose") as here:
        await here.until("chooses among")
        await here.press("f7")
        await here.until("Front desk")
        await here.press("1")
        await here.until(lambda: not isinstance(here.app.screen, Dialog))
        await here.paste(RECIPIENT)
        await here.press("f11")
        await here.until("appointment_reminder")
        await here.shot("list", picture="templates")
        await here.paste("sale")
        await here.until("MARKETING")
        await here.shot("rejected")
        await here.press("ctrl+u")
        await here.paste("ready en")
        await here.until("2 of 9")
        await here.press("enter")
        await here.until("Not filled in: name, order")
        await here.paste("Maya")
        await here.until("Not filled in: order")
        await here.press("ctrl+t")
        await here.until("template order_ready")
        await here.shot("folded")


async def compose_failed(kept: Kept) -> None:
    """A message that Twilio refuses."""
    async with stage(kept, "compose") as here:
        await send(here, "+15005550001")
        await here.until("21211")
        await here.shot("refused")


async def compose_unknown(kept: Kept) -> None:
    """A send whose answer was lost, with nothing in the list that settles it."""
    lost = Fault("reset-before", method="POST", path=LIST)
    async with stage(kept, "compose", prepare=lambda box: box.faults.add(lost)) as here:
        await send(here, RECIPIENT)
        await here.until("Check again")
        await here.shot("unknown", picture="unknown")
        await here.press("escape")
        await here.until("about 0.0079 USD")
        await here.shot("form-with-an-unknown-send")


async def compose_outbox(kept: Kept) -> None:
    """What was sent from here: one that arrived, and one of which nobody knows."""
    lost = Fault("reset-before", method="POST", path=LIST, skip=1)
    async with stage(kept, "compose", prepare=lambda box: box.faults.add(lost)) as here:
        await here.press("ctrl+r")
        await here.until("Nothing was sent from here")
        await here.shot("empty")
        await here.press("escape")
        await send(here, RECIPIENT)
        await here.until("SM")
        await here.press("escape")
        await here.until("Front desk")
        # Nothing has the focus, so that the digits go to the places: the sender is first, then the recipient.
        await here.press("tab", "tab")
        await write(here, "+14155550144")
        await here.until("Check again")
        await here.press("ctrl+r")
        await here.until("1 unknown")
        await here.shot("list", picture="outbox")
        await here.press("enter")
        await here.until("It may have been sent, or not")
        await here.shot("unknown")


async def jobs(kept: Kept) -> None:
    """A job before it begins, while it runs, halted, at its end; the items behind a count; the list, and the outbox."""
    async with stage(kept, "compose") as here:
        await here.until("messaging services")
        session = here.session
        await here.until(lambda: session.account is not None)
        await here.press("escape")
        here.app.action_jobs()
        await here.until("Nothing was begun for many")
        await here.shot("none")
        await here.press("escape")
        halting = await begin(session, here.sandbox, [INVALID] * 6, name="Winter opening hours", halts=HaltRules(3))
        await session.jobs(session.account).start(halting.id)
        await here.until(lambda: not session.all_jobs.running)
        job = await begin(session, here.sandbox, [REFUSED, INVALID, UNREACHABLE, *people(195)], at_once=1)
        open_job(here.app.screen, session.account, job.id)
        await here.until("waiting · 198")
        await here.shot("before")
        screen = here.app.screen
        assert isinstance(screen, JobScreen)
        await session.jobs(session.account).start(job.id)
        await here.until("✗ 21211")
        await here.press("p")
        await here.until("‖ paused")
        await here.until(lambda: not session.all_jobs.running)
        await stand_still(here, screen)
        await here.press("home")
        await here.until("To is not a valid phone number")
        await here.shot("running", picture="job")
        del screen.report.read
        watch = here.app._job_watch
        assert watch is not None
        watch._changed = here.app._show_jobs
        await session.jobs(session.account).start(job.id)
        await here.until(lambda: not session.all_jobs.running)
        here.clock.advance(300)
        session.account.archive.look_now()
        await here.until("195  ")
        await here.press("home")
        await here.shot("ended", picture="job-ended")
        await here.press("home", "down", "down", "enter")
        await here.until("day Tuesday")
        await here.shot("items", picture="job-items")
        await here.press("f")
        await here.until("all that failed")
        await here.shot("to-failed")
        await here.press("escape", "escape", "J")
        await here.until("1 waits for you")
        await here.press("down")
        await here.shot("list", picture="job-list")
        await here.press("enter")
        await here.until("! halted")
        await here.shot("halted", picture="job-halted")
        await here.press("X")
        await here.until("Stop it for good?")
        await here.shot("stop")
        await here.press("escape")
        await here.until(lambda: here.app.screen.focused is not None)
        await here.press("escape", "escape", "escape", "ctrl+r")
        await here.until("2 jobs")
        await here.shot("outbox", picture="job-outbox")
        await here.press("slash", *"is:job autumn")
        await here.until("1 listed of")
        await here.shot("outbox-narrowed")


async def stand_still(here: Stage, screen: JobScreen) -> None:
    """Have a job look as while it runs: how fast it is, and how far, is another each time."""
    report = screen.report
    await here.until(lambda: report.view is not None and not report.view.here)
    assert report.view is not None

    async def read() -> None:
        pass

    report.read = read
    # One that has begun would show the pause once more.
    await here.until(lambda: all(worker.is_finished for worker in screen.workers))
    states = {ItemState.DONE: 82, ItemState.FAILED: 2, ItemState.WAITING: 114, ItemState.LEFT_OUT: 1}
    marks = [
        ItemMark(n, ItemState.FAILED if n < 3 else ItemState.DONE if n < 85 else ItemState.WAITING, f"SM{n}", code)
        for n, code in enumerate([21610, 21211, *[None] * 196], 1)
    ]
    outcomes = {3: SentOutcome("undelivered", 30003), **{n: SentOutcome("delivered") for n in range(4, 76)}}
    report.groups = group_items(report.view.job.new.kind, marks, outcomes)
    job = replace(report.view.job, state=JobState.RUNNING, counts=JobCounts(states))
    report.view = JobView(job, here=True, rate=1.0, left=114.0)

    screen._show()
    # What is still read of the pause comes late.
    watch = here.app._job_watch
    assert watch is not None
    watch._changed = lambda: None
    here.app.jobs_mark = ("⇉ 84/198", "busy")


async def compose_sending(kept: Kept) -> None:
    """Between the key and the answer."""
    slow = Fault("delay-before", method="POST", path=LIST, seconds=600)
    async with stage(kept, "compose", prepare=lambda box: box.faults.add(slow)) as here:
        await send(here, RECIPIENT)
        await here.until(lambda: here.session.send_under_way and here.session.send_under_way.entry)
        await here.shot("sending")


# -- console -----------------------------------------------------------------------------------------


async def console(kept: Kept) -> None:
    """A request, its answer, an error, and what is asked on the way."""
    async with stage(kept, "console") as here:
        await here.until("Nothing sent yet")
        await here.until(lambda: here.session.account is not None)
        await here.shot("form")
        await here.press("ctrl+s")
        await answered(here)
        await here.press("down", "down", "down")
        await here.shot("answer", picture="console")
        await here.press("f8")
        await here.settle()
        await here.shot("headers")
        await here.press("f8")
        await here.settle()
        await here.shot("as-sent")
        await here.press("f8", "slash")
        await here.until("Search the body")
        await here.shot("search")
        await here.press("escape", "down", "down", "dollar_sign")
        await dialog(here)
        await here.shot("use-value")
        await here.press("enter")
        await on_console(here)
        await here.press("alt+v")
        await dialog(here)
        await here.shot("variables", picture="variables")
        await here.press("escape")
        await on_console(here)
        await here.press("greater_than_sign")
        await answered(here)
        await here.shot("next-page")
        await here.press("equals_sign")
        await dialog(here)
        await here.press("enter")
        await here.until("differences")
        await here.shot("compare", picture="compare")
        await here.press("escape", "escape")
        await on_console(here)
        await here.press("a")
        await dialog(here)
        await here.shot("asked")
        await here.press("escape")
        await on_console(here)
        await here.press("ctrl+r")
        await dialog(here)
        await here.shot("open", picture="requests")
        await here.paste("lookup")
        await here.until("not in the sandbox")
        await here.shot("operations", picture="operations")
        await here.press("ctrl+u")
        await here.paste("verify check")
        await here.until("VerificationCheck")
        await here.press("enter")
        await on_console(here)
        await here.shot("operation")
        await here.press("escape", "f10")
        await dialog(here)
        await here.shot("more")
        await here.press("escape")
        await on_console(here)
        await here.press("left_square_bracket", "left_square_bracket")
        await here.until("not asked again")
        await here.shot("back")
        here.sandbox.faults.add(Fault("429", path=LIST, retry_after=3))
        await here.press("ctrl+s")
        await answered(here)
        await here.shot("error", picture="console-error")


# -- webhooks ----------------------------------------------------------------------------------------


async def webhooks(kept: Kept) -> None:
    """From a stopped receiver to what arrived."""
    async with stage(kept, "webhooks") as here:
        await here.until("No webhooks yet")
        await here.until("SANDBOX")
        await here.shot("stopped")
        await here.press("u")
        await here.until("Set up the receiver")
        await here.shot("set-up", picture="receiver")
        await here.press("escape", "s")
        await here.until("Point it here")
        await here.shot("point")
        await here.press("y")
        await here.until("Nothing has arrived yet")
        await pointed_here(here)
        await here.shot("listening")
        for count, (mode, words) in enumerate((("1", "number 1"), ("1", "number 2"), ("3", "Signed for https")), 1):
            await here.press("w")
            await here.until("The sandbox signs:")
            if count == 1:
                await here.shot("signing")
            await here.press(mode)
            await here.until(lambda: isinstance(here.app.screen, WebhooksScreen))
            await here.press("t")
            await here.until(lambda words=words, count=count: words in here.text and f"{count} listed" in here.text)
        await here.press("up")
        await here.shot("events", picture="webhooks")
        await here.press("enter")
        await here.settle()
        await here.shot("event", picture="webhook")
        await here.press("escape", "slash")
        await here.until("Filter")
        await here.shot("filter")
        await here.press("escape", "m")
        await dialog(here)
        await here.shot("numbers")
        await here.press("escape", "T")
        await dialog(here)
        await here.shot("test-event", picture="test-event")
        await here.press("escape", "w")
        await here.until("The sandbox signs:")
        await here.press("1")
        await here.until(lambda: isinstance(here.app.screen, WebhooksScreen))
        # Nothing listens there, so that what comes of it takes no time that differs.
        receiving = here.session.receiving
        await receiving.set_up(replace(receiving.settings, forward_to="http://127.0.0.1:9"))
        await here.press("t")
        await here.until("no answer")
        await here.press("g")
        await here.shot("forwarded", picture="forwarded")
        await here.press("enter")
        await here.settle()
        await here.shot("forwarded-event")


# -- connections and the first start -----------------------------------------------------------------


async def connections(kept: Kept) -> None:
    """The list, a test that fails, the form and its problems."""
    async with stage(kept, "connections", saved=small_company) as here:
        await here.until("harbor")
        await here.until("SANDBOX")
        await here.until("nothing is kept yet")
        await here.shot("list", picture="connections")
        await here.press("down", "t")
        await here.until("HARBOR_TOKEN is not set")
        await here.shot("incomplete")
        await here.press("delete")
        await here.until("Delete harbor?")
        await here.shot("delete")
        await here.press("escape", "a")
        await here.until("Add a connection")
        await here.shot("form", picture="connection")
        await here.press("f9")
        await here.settle()
        await here.shot("problems")


async def connections_refused(kept: Kept) -> None:
    """Credentials that Twilio does not know."""
    async with stage(kept, embedded=False, saved=refused) as here:
        await here.until("could not be read")
        await here.shot("messages", picture="refused")
        await here.press("6")
        await here.until("Account SID")
        await here.press("t")
        await here.until("refused")
        await here.shot("tested")


async def first_start(kept: Kept) -> None:
    """Nothing is saved yet."""
    account = {"TWILIO_ACCOUNT_SID": "AC" + "5" * 32, "TWILIO_AUTH_TOKEN": "0" * 32}
    async with stage(kept, embedded=False, environ=account) as here:
        await here.until("How do you want to begin")
        await here.shot("welcome", picture="welcome")
        await here.press("escape")
        for key, place, words in (
            ("1", "messages", "No connection yet"),
            ("2", "compose", ""),
            ("f4", "delivery", "No connection is in use"),
            ("f5", "console", "Nothing sent yet"),
            ("f6", "webhooks", "No connection is in use"),
            ("alt+o", "connections", "No connection is saved"),
        ):
            await here.press(key)
            await here.until(lambda place=place, words=words: here.app.current_mode == place and words in here.text)
            await here.shot(place)


WALKS: dict[str, Walk] = {
    walk.__name__: walk
    for walk in (
        webhooks,
        delivery,
        compose,
        compose_outbox,
        compose_templates,
        campaign,
        jobs,
        messages,
        why,
        money,
        opt_outs,
        alerts,
        conversations,
        console,
        connections,
        first_start,
        everywhere,
        watched,
        messages_partly,
        messages_empty,
        messages_asked,
        messages_marked,
        names,
        messages_failed,
        messages_loading,
        compose_failed,
        compose_unknown,
        compose_sending,
        connections_refused,
    )
}


# -- steps that several walks take -------------------------------------------------------------------


def working(sandbox: Sandbox) -> Connections:
    """Two saved connections that work, each in a colour of its own."""
    acme = replace(connection_to(sandbox, "acme"), colour="red")
    return Connections([acme, replace(connection_to(sandbox, "harbor"), colour="blue")], default="acme")


def refused(sandbox: Sandbox) -> Connections:
    """One with a secret that is not the right one; it keeps nothing, whose size and place would be others each time."""
    return Connections([replace(connection_to(sandbox, "acme", secret="x" * 32), history="none")])


async def to_a_failed_message(here: Stage) -> None:
    """Move the cursor to the first message that failed."""
    table = here.app.screen.query_one(MessageTable)
    while table.current is None or table.current.error_code is None:
        await here.press("down")


async def send(here: Stage, to: str) -> None:
    """Write a message and say yes to it."""
    await here.until("chooses among")
    await here.press("f7")
    await here.until("Front desk")
    await here.press("1")
    await here.until(lambda: not isinstance(here.app.screen, Dialog))
    await write(here, to)


async def write(here: Stage, to: str) -> None:
    """The same, where the sender is known already."""
    await fill(here, to, "Your parcel is here")
    await here.press("f9")
    await here.until(lambda: here.app.screen.__class__.__name__ == "Review")
    await here.press("y")


async def fill(here: Stage, to: str, body: str) -> None:
    """Write into the fields, from the recipient's on."""
    await here.paste(to)
    await here.press("tab")
    await here.paste(body)


async def dialog(here: Stage) -> None:
    """Wait for a question over the screen."""
    await here.until(lambda: isinstance(here.app.screen, Dialog))


async def pointed_here(here: Stage) -> None:
    """Wait until a number of the sandbox has this receiver for its webhook."""
    await here.until(lambda: any(number.settings["sms_url"] for number in here.sandbox._account.senders.numbers))


async def on_console(here: Stage) -> None:
    """Wait until no question stands over the console, and its keys have done what they do."""
    await here.until(lambda: here.app.screen is here.app._places["console"])
    await here.settle()


async def answered(here: Stage) -> None:
    """Wait for another answer than the last, and say that it took the same time as ever."""
    screen = here.app._places["console"]
    assert isinstance(screen, ConsoleScreen)
    await here.until(
        lambda: screen.answer.ended and screen.answer.response is not None and screen.answer.response.elapsed != 0.042
    )
    await here.settle()
    response = screen.answer.response
    assert response is not None and response.timing is not None
    attempts = {n: replace(each, elapsed=0.042) for n, each in screen.answer._attempts.items()}
    screen.answer._attempts = attempts
    timing = replace(response.timing, connect=None, first_byte=0.031, total=0.042)
    headers = tuple((name, "0.001" if name == "Twilio-Request-Duration" else value) for name, value in response.headers)
    as_ever = replace(response, elapsed=0.042, timing=timing, headers=headers)
    screen.answer._say_status(as_ever)
    screen.answer.response = as_ever
    trail = screen.runner.trail
    trail.steps = [
        replace(step, response=as_ever, elapsed=0.042) if step.response is response else step for step in trail.steps
    ]
    assert here.session.account is not None
    history = here.session.files.requests(here.session.account).history
    await here.until(lambda: bool(history.entries()))
    history._memory = [replace(past, elapsed=0.042) for past in history._memory]
