"""The view of Twilio's alerts: the same trouble in one line, one of them whole, and what leads on from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.archive.periods import ALL, read_window
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.faults import Fault
from tui.sandbox.senders import FRONT_DESK
from tui.screens.delivery.alert_list import AlertRow, draw_alert, list_rows
from tui.screens.delivery.alerts import AlertsScreen, open_alerts
from tui.screens.delivery.screen import DeliveryScreen
from tui.twilio.alerts import Alert, AlertGroup, group_alerts, read_alert
from tui.widgets.alert_words import alert_said, exchange_lines, whole_alert

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ODD = "http://me:hunter2@127.0.0.1:1/hook?a=[/]\x1b"


def alert(number: int, code: int | None = 11200, url: str = "https://example.com/sms?x=1") -> Alert:
    return Alert(f"NO{number:032x}", code, "error", NOW - timedelta(minutes=number), "POST", url, "SM1", "Msg=Odd")


def test_the_same_trouble_is_one_line_with_how_often_and_can_be_listed():
    groups = group_alerts([alert(3), alert(1, url="https://example.com/sms"), alert(2, code=12100), alert(0, None)])
    assert [(each.newest.code, len(each.alerts)) for each in groups] == [(None, 1), (11200, 2), (12100, 1)]
    rows = list_rows(groups, [groups[1]])
    assert [(row.alert.sid[-1], row.folds, row.inner) for row in rows] == [
        ("0", 0, False),
        ("1", 2, False),
        ("1", 0, True),
        ("3", 0, True),
        ("2", 0, False),
    ]
    said = "".join(words for words, _ in draw_alert(rows[1], 90, NOW))
    assert "11200 URL not fetched" in said and "2×" in said and said.rstrip().endswith("  example.com/sms")


@given(st.text(), st.text(), st.integers(58, 200), st.integers(1, 10_000), st.one_of(st.none(), st.integers(1, 10**6)))
def test_a_row_is_as_wide_as_its_place_whatever_an_alert_holds(url, text, width, count, code):
    one = Alert("NO1", code, text, NOW, text, url, text, text)
    drawn = draw_alert(AlertRow(one, AlertGroup((one,) * count)), width, NOW)
    assert cell_len("".join(words for words, _ in drawn)) <= width
    assert not [character for words, _ in drawn for character in words if character < " "]


def test_no_secret_of_a_webhooks_url_is_shown_and_a_row_is_drawn_at_once_whatever_twilio_says():
    url = "https://me:hunter2@example.com/sms?token=t0k3n&a=1"
    parts = {
        "request_url": url,
        "alert_text": urlencode([("Msg", f"{'-' * 990} {url} failed"), ("httpResponse", "500")]) + "&a" * 7_000,
        "request_variables": "Body=Hi&Password=hunter2",
        "request_headers": "Authorization=Basic+aHVudGVyMg&Host=example.com",
        "response_headers": "Set-Cookie=id%3Dhunter2",
    }
    for code in (11200, 99999, None):
        one = read_alert({"error_code": code, **parts})
        shown = "\n".join(line.plain for line in (*whole_alert(one, NOW), *exchange_lines(one)))
        assert "https://•••@example.com/sms?token=•••&a=1" in shown and "Body             Hi" in shown
        row = AlertRow(one, AlertGroup((one,)))
        began = perf_counter()
        drawn = [draw_alert(row, 90, NOW) for _ in range(60)]
        assert perf_counter() - began < 0.5
        said = (shown, alert_said(one), "".join(words for words, _ in drawn[0]))
        assert not [word for word in ("hunter2", "hunt", "t0k3n", "aHVudGVy") if any(word in each for each in said)]


async def test_alerts_are_listed_read_whole_and_lead_to_what_they_are_about(run_app, sandbox, until, text_of):
    async with run_app(sandbox=sandbox, screen="delivery", size=(80, 24)) as pilot:
        app = pilot.app
        await until(pilot, lambda: isinstance(app.screen, DeliveryScreen) and app.session.account is not None)
        # The sandbox has none yet, and says that they may be late.
        await pilot.press("a")
        await until(pilot, lambda: "noted nothing in this" in text_of(pilot))
        sid = sandbox._account.receive("+14155550177", FRONT_DESK, "Hello").sid
        log = sandbox._account.alerts
        log.add("SM" + "b" * 32, 12100, WebhookAnswer("POST", "http://127.0.0.1:2/other", (), 200))
        for _ in range(213):
            answer = WebhookAnswer(
                "POST", ODD, (("Body", "Hi [/] \x1b]52;c;aGk=\x07"),), 500, (("Server", "x"),), b"Oops"
            )
            log.add(sid, 11200, answer)
        await pilot.press("r")
        await until(pilot, lambda: "213×" in text_of(pilot))
        screen = app.screen
        assert isinstance(screen, AlertsScreen) and "214 alerts" in text_of(pilot)
        assert "11200 URL not fetched" in text_of(pilot) and "Trying the same again will not help" in text_of(pilot)
        assert len(screen._list.rows) == 2
        served = len(sandbox.requests)

        # Read whole when it is opened, once.
        await pilot.press("enter")
        await until(pilot, lambda: "Oops" in text_of(pilot))
        shown = text_of(pilot)
        assert "Hi [/] ␛]52" in shown and "Server" in shown and "•••@127.0.0.1:1" in shown and "hunter2" not in shown
        assert [each.target.rpartition("/")[0] for each in sandbox.requests[served:]] == ["/v1/Alerts"]
        await pilot.press("escape", "z")
        await until(pilot, lambda: len(screen._list.rows) == 215)
        await pilot.press("z")
        assert len(screen._list.rows) == 2

        await pilot.press("w")
        await until(pilot, lambda: app.current_mode == "webhooks" and sid[:8] in str(app.screen._filter))
        await pilot.press("3")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("o")
        await until(pilot, lambda: app.current_mode == "messages" and sid in text_of(pilot))


async def test_what_is_too_old_refused_or_more_than_is_read_is_said(run_app, sandbox, until, text_of, monkeypatch):
    monkeypatch.setattr("tui.twilio.alerts.MOST_OF_PERIOD", 3)
    for number in range(5):
        sandbox._account.alerts.add("SM1", 11200, WebhookAnswer("POST", f"http://127.0.0.1:1/{number}", (), 500))
    async with run_app(sandbox=sandbox, screen="delivery", size=(120, 40)) as pilot:
        app = pilot.app
        await until(pilot, lambda: isinstance(app.screen, DeliveryScreen) and app.session.account is not None)
        place, now = app.screen, app.session.clock()
        open_alerts(place, ALL)
        # What is said may take a second line, which is there a moment later, and breaks where the age wants it.
        said = ("the newest 3 alerts", "there are more", "Twilio keeps 30 days")
        await until(pilot, lambda: all(words in " ".join(text_of(pilot).split()) for words in said))
        await pilot.press("escape")
        old = (now - timedelta(days=40)).date()
        open_alerts(place, read_window(f"{old}..{old}", now))
        await until(pilot, lambda: "this period is older" in text_of(pilot))
        await pilot.press("escape")
        sandbox.faults.add(Fault("html", path="Alerts", status=403))
        open_alerts(place, read_window("7d", now))
        await until(pilot, lambda: "could not be read" in text_of(pilot) or "does not let" in text_of(pilot))
