"""Balance and usage: the lines of the view, and the view itself over the sandbox."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.safe_text import safe_text
from tui.screens.console.screen import ConsoleScreen
from tui.screens.delivery.money import MoneyDialog, MoneyList
from tui.screens.delivery.money_export import csv_rows, say_all
from tui.screens.delivery.money_lines import (
    PERIODS,
    MoneyKnown,
    MoneyLine,
    list_lines,
    other_categories,
    say_balance,
    say_days,
    say_difference,
    say_state,
    say_title,
)
from tui.services.money import KeptSum
from tui.twilio.account_state import AccountState, Balance
from tui.twilio.bounded_list import BoundedList
from tui.twilio.errors import ApiError, NoAnswer
from tui.twilio.usage import UsagePeriod, UsageRecord, read_usage

TODAY = date(2026, 11, 29)
DAYS = {period: period.days(TODAY) for period in PERIODS}
REFUSED = ApiError(401, 20003, "Authenticate")
PARENT = "AC" + "9" * 32


def account(status: str = "active", **more: Any) -> AccountState:
    return AccountState(**({"sid": PARENT, "status": status, "type": "Full", "friendly_name": "Harbor"} | more))


def usage(period: UsagePeriod, **prices: object) -> Any:
    items = [
        {
            "category": name.replace("_", "-"),
            "price": price,
            "price_unit": "usd",
            "count": "2",
            "count_unit": "messages",
        }
        for name, price in prices.items()
    ]
    return read_usage(items, *DAYS[period])


def known(**more: Any) -> MoneyKnown:
    filled = {
        "balance": Balance(Decimal("73.42"), "USD"),
        "state": account(),
        "subaccounts": BoundedList(()),
        "usage": {each: usage(each, sms=3, sms_inbound=1, mms=0, calls=4, totalprice=7) for each in PERIODS},
        "kept": {each: KeptSum(5, 5, {"USD": Decimal("2.5")}, whole=True) for each in PERIODS},
    }
    return MoneyKnown(**({"by_key": False, "days": dict(DAYS)} | filled | more))


def line(lines: list[MoneyLine], label: str) -> MoneyLine:
    return next(each for each in sorted(lines, key=lambda each: each.heading) if each.label.strip().startswith(label))


def test_messages_come_first_then_all_others_as_the_total_less_those_and_twilios_own_total() -> None:
    lines = list_lines(known())
    labels = [each.label for each in lines if each.cells and not each.heading]
    assert labels == ["sms", "  sms-inbound", "mms", "Others ▸ 1", "Total", "Cost", "Messages"]
    assert line(lines, "Others").cells == ("4.0000 USD",) * 3
    assert line(lines, "Total").cells == ("7.0000 USD",) * 3
    assert line(lines, "Cost").cells == ("2.5000 USD",) * 3
    assert "1–29 Nov: 2 messages · 1.0000 USD" in line(lines, "sms-inbound").detail
    unfolded = list_lines(known(), unfolded=True)
    assert line(unfolded, "Others").label == "Others ▾ 1"
    assert line(unfolded, "calls").cells == ("4.0000 USD",) * 3
    # Each that Twilio was asked for can be asked for again.
    assert all(
        each.path.startswith("/Accounts")
        for each in unfolded
        if each.cells and each.label not in ("Cost", "Messages") and not each.heading
    )


def test_what_is_being_asked_refused_or_not_told_is_never_a_number() -> None:
    nothing = MoneyKnown(by_key=True, days=dict(DAYS))
    assert (say_title(nothing), say_difference(nothing)) == ("Balance and usage", "")
    assert all(set(each.cells) <= {"…"} for each in list_lines(nothing) if not each.heading)
    key = known(by_key=True, state=REFUSED, subaccounts=None)
    assert say_title(key) == "Balance 73.4200 USD · state unknown"
    assert say_state(key)[0] == "state unknown: an API key may not read it (HTTP 401)"
    lines = list_lines(key)
    assert line(lines, "All").words == "not listed: an API key may not read it (HTTP 401)"
    assert "auth token" in line(lines, "Account").detail[0]
    lost = known(balance=NoAnswer("No answer came.", sent=True), usage=dict.fromkeys(PERIODS, REFUSED))
    assert say_balance(lost) == ("No answer came", "warn")
    assert line(list_lines(lost), "Usage").words == "these credentials may not read it (HTTP 401)"
    assert not any(each.label == "Total" for each in list_lines(lost))
    # One of three, and prices that are none.
    partly = known(usage={PERIODS[0]: REFUSED, PERIODS[1]: usage(PERIODS[1], sms="NaN", totalprice=None)})
    assert line(list_lines(partly), "sms").cells == ("not read", "unknown", "…")
    assert line(list_lines(partly), "Others").cells == ("not read", "unknown", "…")


def test_a_balance_below_ones_own_amount_and_an_account_that_cannot_send_are_said() -> None:
    assert say_balance(known(least=Decimal(100))) == ("73.4200 USD, below the 100 that you set", "warn")
    assert say_balance(known(least=Decimal(20))) == ("73.4200 USD", "plain")
    assert say_balance(known(balance=Balance(Decimal("-0.5"), "EUR"))) == ("-0.5000 EUR", "bad")
    assert say_balance(known(balance=Balance(None, "")))[0] == "Twilio names no amount for this account"
    assert say_state(known(state=account("suspended"))) == ("suspended, so nothing can be sent · Full · Harbor", "bad")
    assert say_state(known(state=account("on-hold")))[1] == "bad"
    below = known(state=account(parent=PARENT), balance=Balance(None, ""))
    assert say_balance(below)[0] == f"a sub-account has none of its own: it spends that of {PARENT}"


def test_sub_accounts_are_listed_with_their_state_and_what_all_cost_together() -> None:
    others = tuple(
        account(status, sid=f"AC{n:032x}", friendly_name=f"Shop {n}") for n, status in enumerate(("active", "closed"))
    )
    joint = UsageRecord("totalprice", price=Decimal(12), currency="USD")
    lines = list_lines(known(subaccounts=BoundedList(others), joint=joint))
    assert line(lines, "Sub-accounts").label == "Sub-accounts: 2, on this account's balance"
    assert line(lines, "Total with them").cells == ("", "12.0000 USD", "")
    assert "IncludeSubaccounts=true" in line(lines, "Total with them").path
    assert line(lines, "Shop 1").words == f"closed · {others[1].sid}"
    assert line(lines, "Shop 1").path == f"/Accounts/{others[1].sid}.json"
    assert line(list_lines(known()), "Sub-accounts").label == "Sub-accounts: none"
    half = list_lines(known(subaccounts=BoundedList(others, whole=False)))
    assert line(half, "Sub-accounts").label == "Sub-accounts: 2 and more, on this account's balance"


def test_currencies_stay_apart_and_what_is_not_loaded_is_said() -> None:
    kept = {
        PERIODS[0]: KeptSum(3, 2, {"EUR": Decimal(1), "USD": Decimal(2)}, whole=True),
        PERIODS[1]: KeptSum(50, 50, {"USD": Decimal(2)}, whole=False),
        PERIODS[2]: KeptSum(0, 0, {}, whole=False),
    }
    lines = list_lines(known(kept=kept))
    # Twilio's total is in dollars.
    assert line(lines, "Cost").cells == ("2.0000 USD +1", "≥ 2.0000 USD", "not loaded")
    assert line(lines, "Messages").cells == ("3", "≥ 50", "not loaded")
    assert line(list_lines(known(kept=kept, usage={})), "Cost").cells[0] == "1.0000 EUR +1"
    assert "today 29 Nov: 3 messages · 2.0000 USD + 1.0000 EUR" in line(lines, "Cost").detail
    assert say_difference(known(kept=kept)) == (
        "Where the two sums differ, it is by what is not loaded (1–29 Nov, 1–31 Oct), by what has no price yet (1), "
        "by other products and fees."
    )
    assert say_difference(known()) == "Where the two sums differ, it is by other products and fees."
    mixed = usage(PERIODS[0], sms=1, totalprice=9)
    mixed.records["sms"] = UsageRecord("sms", price=Decimal(1), currency="EUR")
    assert line(list_lines(known(usage={PERIODS[0]: mixed})), "Others").cells[0] == "unknown"


def test_days_are_named_as_twilio_counts_them() -> None:
    assert [say_days(each, *DAYS[each]) for each in PERIODS] == ["today 29 Nov", "1–29 Nov", "1–31 Oct"]
    assert say_days(UsagePeriod.THIS_MONTH, date(2026, 11, 1), date(2026, 11, 1)) == "1 Nov"
    assert say_days(UsagePeriod.THIS_MONTH, date(2026, 11, 1), date(2026, 12, 2)) == "1 Nov – 2 Dec"


remote = st.text(max_size=20) | st.sampled_from(["\x1b[31mred", "[b]x[/b]", "\u202eabc", "=1+1", "a\nb"])


def test_a_category_with_half_a_character_is_listed_and_can_be_asked_for() -> None:
    odd = read_usage([{"category": "sms-\ud83d", "count": "7"}], *DAYS[UsagePeriod.TODAY])
    listed = line(list_lines(known(usage=dict.fromkeys(PERIODS, odd))), "sms-")
    assert listed.path.isascii() and "Category=sms-" in listed.path


@given(remote, remote, remote, st.decimals() | st.none())
def test_whatever_twilio_names_is_shown_on_one_line_and_written_as_it_came(
    category: str, words: str, unit: str, price: Decimal | None
) -> None:
    item = {"category": category, "description": words, "count_unit": unit, "count": "7", "price": str(price)}
    told = known(
        usage={each: read_usage([item], *DAYS[each]) for each in PERIODS},
        state=account(words, friendly_name=words, type=unit),
        subaccounts=BoundedList((account(words, friendly_name=words),)),
        balance=Balance(price if price is not None and price.is_finite() else None, unit),
    )
    for each in list_lines(told, unfolded=True):
        for text in (each.label, *each.cells, each.words, *each.detail):
            assert safe_text(text, limit=1000) == text, repr(text)
            assert "\n" not in text
    assert safe_text(say_title(told)) == say_title(told)
    rows = list(csv_rows(told))
    if name := category.strip():
        assert [row[4] for row in rows if row[0] == "twilio"] == [name] * 3
        assert other_categories(told) == [name] or name == "totalprice" or name.partition("-")[0] in ("sms", "mms")


async def test_the_view_over_the_sandbox(run_app, sandbox, until, text_of, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with run_app(sandbox=sandbox, screen="delivery", size=(80, 24)) as pilot:
        app = pilot.app
        await until(pilot, lambda: app.session.account is not None)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, MoneyDialog) and len(app.screen.known.kept) == len(PERIODS))
        # An API key's: the balance is told, the account is not, and both are said in the first lines.
        text = text_of(pilot)
        assert "Balance 73.4200 USD · state unknown" in text
        assert "an API key may not read it (HTTP 401)" in text
        assert "Total" in text
        assert "Where the two sums differ" in text
        rows = app.screen.query_one(MoneyList)
        await pilot.press("end")
        assert "auth token" in text_of(pilot)
        # Nobody asks what was refused for the account again for its sub-accounts.
        paths = [request.target.partition("?")[0].rpartition("/")[2] for request in sandbox.requests]
        assert [paths.count(name) for name in ("Balance.json", "Today.json", "Accounts.json")] == [1, 1, 0]
        await pilot.press("r")
        await until(pilot, lambda: sum("Balance.json" in request.target for request in sandbox.requests) == 2)
        await pilot.press("o")
        assert "Twilio counted nothing else." in {each.message for each in app._notifications}
        await pilot.press("c")
        assert app.clipboard == say_all(app.screen.known, "sandbox")
        await pilot.press("e")
        await until(pilot, lambda: "usage.csv" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "usage.csv").exists())
        with (tmp_path / "usage.csv").open(newline="") as file:
            lines = list(csv.DictReader(file))
        assert {each["source"] for each in lines} == {"twilio", "archive"}
        total = next(each for each in lines if (each["category"], each["period"]) == ("totalprice", "ThisMonth"))
        assert total["price_unit"] == "USD"
        await until(pilot, lambda: isinstance(app.screen, MoneyDialog))
        # What has another account by now is not shown as that one's.
        await app.session.use_sandbox()
        await until(pilot, lambda: any("Balance and usage closed" in each.message for each in app._notifications))
        await until(pilot, lambda: not isinstance(app.screen, MoneyDialog))
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, MoneyDialog) and len(app.screen.known.kept) == len(PERIODS))
        rows = app.screen.query_one(MoneyList)
        # What has no request says so, and what has one is asked in the console.
        rows.cursor = next(n for n, each in enumerate(rows.lines) if each.label == "Cost")
        await pilot.press("enter")
        assert isinstance(app.screen, MoneyDialog)
        rows.cursor = next(n for n, each in enumerate(rows.lines) if each.label == "Total")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConsoleScreen) and "totalprice" in text_of(pilot))
