"""The plan of a campaign: every row in one place, counts that hold, texts as they will be sent, and what is unknown."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.jobs.model import ItemState, JobKind, LeftOut, NewJob, Pacing
from tui.jobs.plan import CampaignFacts, CampaignSpec, OptedOut, Plan, fingerprint
from tui.jobs.plan_words import say_duration
from tui.jobs.planning import PIECE, Addressee, choose_senders, make_plan, read_people
from tui.jobs.recipients import recipients
from tui.jobs.store import JobStore
from tui.storage.spreadsheets import MOST_ROWS, Table, TableRow
from tui.twilio.account_state import Balance
from tui.twilio.addresses import country_of
from tui.twilio.channels import channel_of
from tui.twilio.content import Approval, ContentForm, ContentTemplate
from tui.twilio.drafts import LONGEST_BODY, Draft
from tui.twilio.pricing import CountryPrices, PriceList, PriceRange
from tui.twilio.recipient_time import recipient_time
from tui.twilio.segments import measure

_T = TypeVar("_T")

NOON = datetime(2026, 11, 26, 17, tzinfo=UTC)
"""A Thursday: 9:00 in California, noon in New York, 18:00 in Berlin, the small hours in Sydney."""

DESK, SECOND, WA_DESK = "+14155550100", "+14155550101", "whatsapp:+14155550100"
SERVICE = "MG" + "0" * 32
MAYA, JONAS, BERLIN, SYDNEY = "+14155550123", "+12125550175", "+4915112345678", "+61291234567"
COLUMNS = ("Phone", "name", "day")
BODY = "Hi {name}, your check-up is {day}."

CELLS = st.sampled_from(
    [MAYA, "+1 (415) 555-0123", JONAS, BERLIN, SYDNEY, "0151 12345678", f"whatsapp:{MAYA}", DESK, "", "nobody", "12345"]
)
WORDS = st.sampled_from(["Maya", "", " ", "{day}", "Zoë – früh", "x" * 200, "y" * 1700])
ROWS = st.lists(st.tuples(CELLS, WORDS, WORDS), max_size=12)


def table(*rows: Sequence[str], columns: tuple[str, ...] = COLUMNS) -> Table:
    return Table(
        columns, tuple(TableRow(line, (*row, *[""] * len(columns))[: len(columns)]) for line, row in enumerate(rows, 2))
    )


def spec(*rows: Sequence[str], body: str = BODY, senders: tuple[str, ...] = (DESK,), **more: Any) -> CampaignSpec:
    names = {
        field: more.pop(field)
        for field in ("media_urls", "content_sid", "content_variables", "send_at")
        if field in more
    }
    return CampaignSpec(table(*rows), 0, Draft("", "", body, **names), senders, **{"country": "DE", **more})


def to_its_end(work: Generator[int, None, _T]) -> _T:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def plan_of(wanted: CampaignSpec, facts: CampaignFacts = CampaignFacts(), now: datetime = NOON) -> Plan:  # noqa: B008
    people = to_its_end(read_people(wanted.table, wanted.column, wanted.country))
    senders = choose_senders(people, wanted.senders, {})
    return to_its_end(make_plan(wanted, people, senders, facts, now, UTC))


def told(plan: Plan) -> list[str]:
    return [note.words for note in plan.notes]


def to_of(plan: Plan, place: int) -> str:
    draft = plan.items[place].draft
    return draft.to if draft else ""


def details(plan: Plan, reason: LeftOut) -> list[str]:
    return [plan.items[place].detail or "" for place in plan.left_out.get(reason, ())]


PRICES = {
    "US": CountryPrices(NOON, PriceList("US", "USD", {"local": PriceRange(Decimal("0.0079"), Decimal("0.0083"))})),
    "DE": CountryPrices(
        NOON - timedelta(hours=5), PriceList("DE", "EUR", {"mobile": PriceRange(Decimal("0.1"), Decimal("0.1"))})
    ),
}
ENABLED = {"US": True, "DE": True, "CA": True, "AU": True}
KNOWN = CampaignFacts(
    enabled=ENABLED, prices=PRICES, opt_outs_since=datetime(1970, 1, 1, tzinfo=UTC), own=frozenset({DESK, SECOND})
)


# -- the law ---------------------------------------------------------------------------------------------


def plainly(wanted: CampaignSpec, facts: CampaignFacts) -> list[tuple[LeftOut | None, str]]:
    """Each row's reason, and the body of those that are sent, as somebody would find them by hand."""
    kept: set[str] = set()
    sent = Counter[str]()
    found: list[tuple[LeftOut | None, str]] = []
    for each in recipients(wanted.table, wanted.column, wanted.country):
        reason = each.left_out if each.left_out is not LeftOut.DUPLICATE else None
        able = [
            sender for sender in wanted.senders if sender == SERVICE or channel_of(sender) == channel_of(each.address)
        ]
        person = each.address.rpartition(":")[2]
        body = wanted.message.body
        values = {"{name}": each.row.cells[1].strip(), "{day}": each.row.cells[2].strip()}
        if reason is None and (not able or each.address in wanted.senders):
            reason = LeftOut.UNSENDABLE
        sender = able[0] if able else ""
        if reason is None and (sender, each.address) in facts.opted_out:
            reason = LeftOut.OPTED_OUT
        country = country_of(each.address) or ""
        if reason is None and facts.enabled.get(country) is False and not channel_of(each.address):
            reason = LeftOut.COUNTRY
        if reason is None and person in kept:
            reason = LeftOut.DUPLICATE
        if reason is None and not all(values.values()):
            reason = LeftOut.MISSING
        for name, value in values.items():
            body = body.replace(name, value.replace("{", "\0"))
        body = body.replace("\0", "{")
        if reason is None and len(body) > LONGEST_BODY:
            reason = LeftOut.UNSENDABLE
        if reason is None:
            kept.add(person)
            pace = 1.0 if sender == DESK else None
            there = recipient_time(each.address, NOON + timedelta(seconds=sent[sender] if pace else 0))
            if there and there.nights and not wanted.include_quiet:
                reason = LeftOut.QUIET_HOURS
        if reason is None:
            sent[sender] += 1 if channel_of(each.address) else measure(body).segments
        found.append((reason, "" if reason else body))
    return found


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from([(DESK,), (SERVICE,), (WA_DESK,), (DESK, WA_DESK)]),
    st.sampled_from([None, False, True]),
    st.booleans(),
    st.booleans(),
)
def test_every_row_is_in_one_place_and_all_is_as_found_by_hand(
    rows: list[tuple[str, str, str]], senders: tuple[str, ...], enabled: bool | None, stopped: bool, quiet: bool
) -> None:
    opted_out = {(sender, JONAS): OptedOut(NOON, "STOP", sender) for sender in senders if stopped}
    facts = replace(KNOWN, opted_out=opted_out, enabled={**ENABLED, "DE": enabled})
    wanted = spec(*rows, senders=senders, include_quiet=quiet)
    plan = plan_of(wanted, facts)
    expected = plainly(wanted, facts)
    assert [(each.left_out, each.draft.body if each.draft else "") for each in plan.items] == expected
    # Each row once, in order, with its line and cells.
    assert [(each.line, each.cells) for each in plan.items] == [(row.line, row.cells) for row in wanted.table.rows]
    places = sorted([*plan.ready, *(place for each in plan.left_out.values() for place in each)])
    assert places == list(range(len(rows)))
    assert {reason: len(each) for reason, each in plan.left_out.items()} == Counter(
        each for each, _ in expected if each
    )
    assert all(each.detail and f"Line {each.line}" in each.detail for each in plan.items if each.left_out)
    # What is ready can be sent, once to each, and adds up.
    drafts = [each.draft for each in plan.items if each.draft]
    assert len({draft.to.rpartition(":")[2] for draft in drafts}) == len(drafts) == len(plan.ready)
    sms = [draft for draft in drafts if not channel_of(draft.to)]
    assert plan.segments == Counter(measure(draft.body).segments for draft in sms)
    assert plan.unmetered == len(drafts) - len(sms)
    assert len(plan.unicode) == sum(measure(draft.body).encoding == "UCS-2" for draft in sms)
    assert plan.priced + sum(map(len, plan.unpriced.values())) == len(drafts)
    assert sum(share.messages for share in plan.senders.values()) == len(drafts)
    german = [place for place in plan.ready if country_of(to_of(plan, place)) == "DE" and ":" not in to_of(plan, place)]
    assert list(plan.unknown_countries.get("DE", ())) == (german if enabled is None else [])
    assert set(plan.late) <= set(plan.quiet)
    again = plan_of(wanted, facts)
    assert replace(plan, problems=()) == replace(again, problems=())
    assert list(map(str, plan.problems)) == list(map(str, again.problems))


# -- one thing after the other ---------------------------------------------------------------------------


def test_the_first_of_two_is_kept_unless_it_cannot_be_sent() -> None:
    plan = plan_of(spec((MAYA, "", "Tue"), ("+1 415 555 0123", "Maya", "Tue"), (MAYA, "Maya again", "Wed")), KNOWN)
    assert [each.left_out for each in plan.items] == [LeftOut.MISSING, None, LeftOut.DUPLICATE]
    assert details(plan, LeftOut.MISSING) == [
        "Line 2: There is no value for “name”. Fill it in, or take the placeholder out."
    ]
    assert details(plan, LeftOut.DUPLICATE) == ["Line 4, Phone: stands in line 3 already, which is kept."]
    asleep = plan_of(spec((SYDNEY, "Ana", "Tue"), (SYDNEY, "Ana", "Tue")), KNOWN)
    assert "which is left out because it is night there" in details(asleep, LeftOut.DUPLICATE)[0]


def test_why_a_row_is_left_out_says_what_to_know_of_it() -> None:
    stop = OptedOut(datetime(2026, 3, 4, 12, tzinfo=UTC), "STOP", DESK)
    refused = OptedOut(datetime(2026, 3, 5, 12, tzinfo=UTC), "21610", "")
    facts = replace(KNOWN, opted_out={(DESK, MAYA): stop, (DESK, JONAS): refused}, enabled={"US": True, "DE": False})
    plan = plan_of(
        spec((MAYA, "a", "b"), (JONAS, "a", "b"), (BERLIN, "a", "b"), (DESK, "a", "b"), ("mail", "a", "b")), facts
    )
    assert details(plan, LeftOut.OPTED_OUT) == [
        "Line 2, Phone: opted out: STOP to +14155550100 on 4 Mar 2026. Only they can undo that.",
        "Line 3, Phone: opted out: Twilio refused a message from one of the account's senders with 21610 on "
        "5 Mar 2026. Only they can undo that.",
    ]
    assert "Germany, which is not enabled for this account (21408)" in details(plan, LeftOut.COUNTRY)[0]
    assert "Line 5, Phone: this is a sender of the campaign" in details(plan, LeftOut.UNSENDABLE)[0]
    assert details(plan, LeftOut.NOT_A_NUMBER)[0].startswith("Line 6, Phone: ")
    assert not plan.can_begin


def test_what_a_row_makes_of_the_message_may_not_be_sendable() -> None:
    plan = plan_of(spec((MAYA, "x" * 1700, "Tue"), (JONAS, "Jo", "Tue"), (BERLIN, "\ud800", "Tue")), KNOWN)
    long, half = details(plan, LeftOut.UNSENDABLE)
    assert "1726 characters; Twilio takes 1600" in long
    assert "half of a character" in half
    pictures = spec((MAYA, "a b", "x"), (JONAS, "https://example.org/p.png", "x"), body="", media_urls=("{name}",))
    plan = plan_of(pictures, KNOWN)
    assert "not an absolute http(s) URL" in details(plan, LeftOut.UNSENDABLE)[0]
    draft = plan.items[1].draft
    assert draft is not None
    assert draft.media_urls == ("https://example.org/p.png",)
    assert (plan.unmetered, dict(plan.unpriced)) == (
        1,
        {"Twilio's price list has no MMS": plan.unpriced["Twilio's price list has no MMS"]},
    )


def test_a_channel_needs_a_sender_of_its_own() -> None:
    rows = (MAYA, "a", "b"), (f"whatsapp:{JONAS}", "a", "b")
    plan = plan_of(spec(*rows), KNOWN)
    assert (
        "Phone: this is WhatsApp, From is SMS: Twilio refuses that with 21910" in details(plan, LeftOut.UNSENDABLE)[0]
    )
    both = plan_of(spec(*rows, senders=(DESK, WA_DESK)), KNOWN)
    assert [each.draft.from_ for each in both.items if each.draft] == [DESK, WA_DESK]
    assert any("WhatsApp takes free text only" in words for words in told(both))
    assert both.unmetered == 1


def test_the_night_counts_when_it_would_be_sent() -> None:
    # At 20:59:58 in Berlin: the first goes in time, whoever comes after that does not.
    evening = datetime(2026, 11, 26, 19, 59, 58, tzinfo=UTC)
    rows = [(f"+49151123456{number}", "Jo", "Tue") for number in range(70, 75)]
    after = datetime(2026, 11, 26, 20, 1, 58, tzinfo=UTC)
    slow = plan_of(spec(*rows, pacing=Pacing(0.01)), KNOWN, evening)
    assert list(slow.ready) == [0]
    assert list(slow.late) == list(slow.quiet) == [1, 2, 3, 4]
    assert any("4 go so late in this campaign" in words for words in told(slow))
    assert "Thu 21:01 in Berlin" in details(slow, LeftOut.QUIET_HOURS)[0]
    included = plan_of(spec(*rows, pacing=Pacing(0.01), include_quiet=True), KNOWN, evening)
    assert (len(included.ready), list(included.late)) == (5, [1, 2, 3, 4])
    late = plan_of(spec(*rows), KNOWN, after)
    assert (len(late.quiet), len(late.late), len(late.ready)) == (5, 0, 0)
    # A service hands over at once, and what is scheduled goes at its time.
    planned = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert len(plan_of(spec(*rows, senders=(SERVICE,), send_at=planned), KNOWN, after).ready) == 5


def test_one_person_always_hears_from_the_same_sender() -> None:
    people = [Addressee(f"+1415555{number:04}", number) for number in range(400)]
    chosen = choose_senders(people, (DESK, SECOND), {people[7].address: SECOND, people[8].address: "+15550000000"})
    assert chosen[7] == SECOND
    assert 120 < chosen.count(DESK) < 280
    again = choose_senders(people[::-1], (SECOND, DESK), {people[7].address: SECOND})
    assert again[::-1] == chosen
    # One more sender takes people over, and moves nobody between the others.
    three = choose_senders(people, (DESK, SECOND, "+14155550102"), {people[7].address: SECOND})
    assert all(now in (before, "+14155550102") for before, now in zip(chosen, three, strict=True))
    assert choose_senders(people, (SERVICE,), {})[0] == SERVICE


def test_cost_is_told_by_currency_and_what_the_list_does_not_cover() -> None:
    rows = (MAYA, "a", "b"), (BERLIN, "–" * 71, "b"), ("+33612345678", "a", "b"), ("+442071838750", "a", "b")
    facts = replace(KNOWN, prices={**PRICES, "FR": CountryPrices(NOON, reason="these credentials may not")})
    plan = plan_of(spec(*rows), replace(facts, enabled={**ENABLED, "FR": True, "GB": True}))
    assert {each: (cost.least, cost.most) for each, cost in plan.cost.items()} == {
        "USD": (Decimal("0.0079"), Decimal("0.0083")),
        "EUR": (Decimal("0.2"), Decimal("0.2")),
    }
    assert plan.priced == 2
    assert {why: list(rows) for why, rows in plan.unpriced.items()} == {
        "these credentials may not": [2],
        "Twilio's price list was not read": [3],
    }
    assert (list(plan.unicode), {each: list(rows) for each, rows in plan.culprits.items()}) == ([1], {"–": [1]})
    assert "One needs Unicode, which has 70 characters a segment, for –." in told(plan)
    assert plan.segments == {1: 3, 2: 1}
    poor = plan_of(spec(*rows), replace(facts, balance=Balance(Decimal("0.0080"), "USD")))
    assert poor.over_balance == Decimal("0.0003")
    assert "0.0080 USD is left" in next(words for words in told(poor) if "left on the account" in words)
    rich = plan_of(spec(*rows), replace(facts, balance=Balance(Decimal(1), "GBP")))
    assert rich.over_balance is None


def test_pace_and_duration_follow_the_slowest_sender() -> None:
    rows = [(f"+1415555{number:04}", "a", "b") for number in range(1000, 1090)]
    plan = plan_of(spec(*rows), KNOWN)
    assert (plan.pacing, plan.pace.published) == (Pacing(1.0, 4), True)
    assert plan.duration() == timedelta(seconds=90)
    assert plan.duration(Pacing(3.0)) == timedelta(seconds=30)
    assert plan_of(spec(*rows, senders=("+18005550199",)), KNOWN).pacing.per_second == 3
    both = plan_of(spec(*rows, senders=("+18005550199", DESK)), KNOWN)
    assert both.pacing.per_second == 1
    assert both.duration() < timedelta(seconds=90)
    handed = plan_of(spec(*rows, senders=(SERVICE,)), replace(KNOWN, pool=0))
    assert (handed.duration(), handed.pacing) == (None, Pacing(None, 8))
    assert any("21704" in words for words in told(handed))
    assert [say_duration(timedelta(seconds=s)) for s in (0.2, 60, 225, 9990, 97200)] == [
        "1 s",
        "1 min",
        "3 min 45 s",
        "2 h 46 min",
        "1 d 3 h",
    ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"senders": ()}, "From", "no sender"),
        ({"senders": (SERVICE, DESK)}, "From", "stands alone"),
        ({"senders": ("?",)}, "From", "no sender"),
        ({"body": "Hi {nmae}"}, "Body", "no column “nmae”"),
        ({"body": ""}, "Body", "nothing to send"),
        ({"pacing": Pacing(0.0)}, "Pace", "pace"),
        ({"senders": (SERVICE,), "send_at": NOON + timedelta(minutes=7)}, "SendAt", "too near"),
        ({"senders": (SERVICE,), "send_at": NOON + timedelta(days=40)}, "SendAt", "too far"),
        ({"send_at": NOON + timedelta(hours=7)}, "SendAt", "messaging service"),
        ({"content_sid": "HX1"}, "ContentSid", "32 hexadecimal"),
        (
            {"body": "", "content_sid": "HX" + "0" * 32, "content_variables": '{"1": ""}'},
            "ContentVariables",
            "no value",
        ),
    ],
)
def test_what_is_wrong_with_the_whole_names_its_field(changes: dict[str, Any], field: str, words: str) -> None:
    plan = plan_of(spec((MAYA, "a", "b"), **changes), KNOWN)
    assert not plan.can_begin
    assert [each.field for each in plan.problems][:1] == [field]
    assert words in str(plan.problems[0])
    assert len(plan.items) == 1


def test_nothing_and_too_much_are_refused() -> None:
    assert "no recipients" in str(plan_of(spec(), KNOWN).problems[0])
    many = replace(spec(), table=Table(COLUMNS, (TableRow(2, ("", "", "")),) * (MOST_ROWS + 1)))
    people = (Addressee("", 0, left_out=LeftOut.NOT_A_NUMBER, detail="Empty."),) * (MOST_ROWS + 1)
    plan = to_its_end(make_plan(many, people, [""] * len(people), KNOWN, NOON))
    assert "100,000 at most" in str(plan.problems[0])


def test_a_content_template_is_filled_in_for_each() -> None:
    sid = "HX" + "a" * 32
    form = ContentForm("twilio/text", "Hello {{1}}, see you {{2}}. {{3}}")
    template = ContentTemplate(
        sid, "seen", "en", (form,), {"1": "you", "2": "soon", "3": "!"}, {"whatsapp": Approval("pending")}
    )
    wanted = spec(
        (MAYA, 'Ma"ya', "Tue"),
        (f"whatsapp:{JONAS}", "Jo", "two\nlines"),
        (BERLIN, "Jo", ""),
        body="",
        senders=(SERVICE,),
        content_sid=sid,
        content_variables='{"1": "{name}", "2": "on {day}"}',
    )
    plan = plan_of(wanted, replace(KNOWN, template=template))
    first = plan.items[0]
    assert first.draft is not None
    assert first.template is not None
    assert first.draft.content_variables == '{"1": "Ma\\"ya", "2": "on Tue"}'
    assert (first.template.name, first.template.text) == ("seen", 'Hello Ma"ya, see you on Tue. {{3}}')
    assert plan.segments == {1: 1}
    assert [each.left_out for each in plan.items] == [None, LeftOut.UNSENDABLE, LeftOut.MISSING]
    assert "line break" in details(plan, LeftOut.UNSENDABLE)[0]
    assert any("Not filled in: 3." in words for words in told(plan))
    assert any("not known here" in words for words in told(plan_of(wanted, KNOWN)))


def test_what_is_unknown_is_said_and_the_same_text_again_as_well() -> None:
    wanted = spec((MAYA, "a", "b"), ("0151 12345678", "a", "b"))
    blind = plan_of(wanted)
    assert list(blind.ready) == [0, 1]
    assert {country: list(rows) for country, rows in blind.unknown_countries.items()} == {"US": [0], "DE": [1]}
    assert any("opted out is not known" in words for words in told(blind))
    assert any("One number is read otherwise" in words for words in told(blind))
    draft = blind.items[0].draft
    assert draft is not None
    yesterday = NOON - timedelta(days=1)
    again = plan_of(wanted, replace(KNOWN, earlier={fingerprint(draft): (yesterday, "")}))
    assert (
        told(again)[0] == "One of them were sent the same text on 25 Nov 2026. Look twice."
        or "same text" in told(again)[0]
    )
    assert list(again.notes[0].rows) == [0]
    job = plan_of(wanted, replace(KNOWN, earlier={fingerprint(draft): (yesterday, "Autumn [b]")}))
    assert "“Autumn [b]”" in told(job)[0]
    lost = plan_of(replace(wanted, country=None), replace(KNOWN, own=frozenset({MAYA})))
    assert told(lost)[0] == "One number has no country code. Say of which country they are."
    assert any("not among the account's numbers" in words for words in told(lost))
    assert any("is a number of this account itself" in words for words in told(lost))


def test_its_items_are_what_a_job_is_made_of() -> None:
    plan = plan_of(spec((MAYA, "a", "b"), (MAYA, "a", "b"), (BERLIN, "", "b")), KNOWN)
    with JobStore(None) as store:
        new = NewJob(JobKind.CAMPAIGN, "Autumn", "desk", "AC" + "0" * 32, "https://api.twilio.com", pacing=plan.pacing)
        counts = store.create(new, plan.items).counts
    assert counts.states == {ItemState.WAITING: 1, ItemState.LEFT_OUT: 2}
    assert counts.left_out == {reason: len(rows) for reason, rows in plan.left_out.items()}


def test_thousands_of_rows_are_planned_in_short_pieces() -> None:
    rows = [(f"+1415{2000000 + 37 * number}", f"Maya{number}", "Tue – früh") for number in range(4_000)]
    wanted = spec(*rows)
    begun = time.process_time()
    people = to_its_end(read_people(wanted.table, 0, "DE"))
    senders = choose_senders(people, wanted.senders, {})
    read = time.process_time()
    work, pieces = make_plan(wanted, people, senders, KNOWN, NOON), list[int]()
    while True:
        try:
            pieces.append(next(work))
        except StopIteration as end:
            plan: Plan = end.value
            break
    planned = time.process_time()
    assert pieces == list(range(PIECE, 4_001, PIECE))
    assert len(plan.items) == 4_000
    # Ten thousand may take 3 s, and 0.7 s after a change of the text alone; a slower Python is measured as well.
    assert read - begun < 1.5
    assert planned - read < 0.6
