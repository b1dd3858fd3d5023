"""What a query means, what is wrong with one that cannot be read, and whose days its days are."""

import sqlite3
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.archive.completion import Known, complete
from tui.archive.coverage import Coverage, Span
from tui.archive.layout import TABLE_OF_DAYS, TABLE_OF_OTHERS, TABLES
from tui.archive.matching import AllOf, AnyOf, Asked, HasSid, Not, Party, Period, Phrase
from tui.archive.periods import ALL
from tui.archive.picture_reading import read_figures
from tui.archive.query import Query, QueryError
from tui.archive.query_parser import DEEPEST, KEYS, LONGEST, MOST_NAMED, MOST_TERMS, parse
from tui.archive.query_values import MOST_VALUES
from tui.archive.searching import find_rows
from tui.archive.text_index import prepare

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SID = "SM0123456789abcdef0123456789abcdef"
NAMES = {"Sales team": ("+14155550100", "Acme"), "Größe": ("MG" + "0a" * 16,)}


def terms(text: str) -> list[str]:
    return [term.text for term in parse(text, names=NAMES).terms]


# -- terms ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  ", []),
        ("parcel lost", ["parcel", "lost"]),
        ('parcel "tracking number"', ["parcel", '"tracking number"']),
        ("a or b c", ["a or b", "c"]),
        ("a OR b or c", ["a OR b or c"]),
        ("(a b) or c -d", ["(a b) or c", "-d"]),
        ("a AND b NOT c", ["a", "b", "NOT c"]),
        ("is:in -(status:failed or code:any)", ["is:in", "-(status:failed or code:any)"]),
        ("+1 (416) 555-0175 is:out", ["+1 (416) 555-0175", "is:out"]),
        ("(416) 555-0175", ["(416) 555-0175"]),
        ("to:+1 416 555 0175 parcel", ["to:+1 416 555 0175", "parcel"]),
        ("to:4165550175 30007", ["to:4165550175", "30007"]),
        ('from:"Sales team" x', ['from:"Sales team"', "x"]),
        ("12:30 https://a.example/x?y=1", ["12:30", "https://a.example/x?y=1"]),
        ("2026-11-01 2026-11-02", ["2026-11-01", "2026-11-02"]),
        ("“curly quotes” x", ["“curly quotes”", "x"]),
        ('"still typing', ['"still typing']),
        ("f(x) y", ["f(x)", "y"]),
    ],
)
def test_a_query_comes_apart_into_terms(text: str, expected: list[str]):
    assert terms(text) == expected


def test_or_binds_closer_than_the_blank():
    assert parse("a b or c").criterion == AllOf((Phrase("a"), AnyOf((Phrase("b"), Phrase("c")))))


def test_a_phrase_is_folded_and_what_nobody_sees_is_none():
    assert parse('"CAFE\u0301  x"').criterion == AllOf((Phrase("cafe x"),))
    assert parse('"" -""').criterion == AllOf((AllOf(()), AllOf(())))


def test_a_bare_number_is_looked_for_on_both_sides_and_in_texts():
    criterion = parse("+1 416 555 0175").terms[0].criterion
    assert isinstance(criterion, AnyOf)
    assert isinstance(criterion.criteria[0], Party)
    assert criterion.criteria[0].role == "with"
    assert Phrase("+1 416 555 0175") in criterion.criteria


@pytest.mark.parametrize(
    "pasted",
    [
        SID,
        f"  {SID}\n",
        f"2026-11-27T20:02:39Z ERROR status:bad sid={SID} (30007",
        f"https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/{SID}.json",
        f'{{"sid": "{SID}", "body": "x:y"}}',
        f"x{'y' * LONGEST} {SID}",
    ],
)
def test_a_pasted_text_with_a_sid_in_it_finds_that_message(pasted: str):
    (term,) = parse(pasted).terms
    assert term.criterion in (HasSid(SID), AnyOf((HasSid(SID),)))


def test_a_sid_may_stand_among_other_terms():
    query = parse(f"sid:{SID} or {SID.replace('0', '1')} -is:in")
    assert [term.text for term in query.terms] == [f"sid:{SID} or {SID.replace('0', '1')}", "-is:in"]


def test_keys_and_values_may_be_written_in_any_case():
    assert (
        parse("IS:Problem Status:FAILED country:de").criterion == parse("is:problem status:failed country:DE").criterion
    )


def test_a_sender_may_be_called_by_its_name_or_the_beginning_of_it():
    (by_name,) = parse('from:"SALES TEAM"', names=NAMES).terms
    (by_beginning,) = parse("from:sales", names=NAMES).terms
    for term in (by_name, by_beginning):
        assert isinstance(term.criterion, Party)
        assert {"+14155550100", "Acme"} <= set(term.criterion.address.numbers)


def test_a_person_is_found_by_any_of_their_names_in_all_their_numbers_and_with_others_of_that_name():
    names = {"Maya Lindqvist": ("+14155550123", "whatsapp:+4915112345678"), "MAYA LINDQVIST": ("+14155550199",)}
    for text in ('with:"maya lindqvist"', "with:lindq", "with:Maya"):
        (term,) = parse(text, names=names).terms
        assert isinstance(term.criterion, Party)
        assert {"+14155550123", "+4915112345678", "+14155550199"} <= set(term.criterion.address.numbers)
    (term,) = parse("with:qvist", names=names).terms
    assert isinstance(term.criterion, Party)
    assert term.criterion.address.numbers == ("qvist",)


def test_a_name_of_more_numbers_than_can_be_asked_for_is_refused_and_hundreds_are_found():
    names = {f"Member {n}": (f"+1415555{n:04}",) for n in range(MOST_NAMED + 1)}
    with pytest.raises(QueryError, match=r"501 numbers.*Write more"):
        parse("with:member", names=names)
    database = sqlite3.connect(":memory:")
    prepare(database)
    for table in TABLES:
        database.execute(table)
    del names["Member 0"]
    assert find_rows(database, parse("with:member", names=names), Asked(NOW, UTC), 5) is not None


# -- what cannot be read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("x stauts:failed", (2, 8), "Did you mean status:?"),
        ("before:today", (0, 6), "Did you mean until:?"),
        ("error:30007", (0, 5), "Did you mean code:?"),
        ("xyzzy:1", (0, 5), "The keys are is, status"),
        ("status:sent,faild", (12, 17), "Did you mean failed?"),
        ("status:problem", (7, 14), "Write is:problem"),
        ("is:prblem", (3, 9), "Did you mean problem?"),
        ("is:opt-out", (3, 10), "Did you mean optout?"),
        ("since:yesturday", (6, 15), "Did you mean yesterday?"),
        ("since:2026-02-30", (6, 16), "There is no 2026-02-30."),
        ("since:2026-11-01T25:00", (6, 22), "Check the day and the hour."),
        ("on:1066", (3, 7), "No message is from the year 1066."),
        ("country:Germny", (8, 14), "Did you mean DE, Germany?"),
        ("code:abc", (5, 8), "no error code"),
        ("code:30008..30003", (5, 17), "Write 30003..30008."),
        ("segments:>=2..3", (9, 15), "Write a number, like segments:2"),
        ("price:cheap", (6, 11), "Write an amount"),
        ("service:!", (8, 9), "Write its SID"),
        ("sid:???", (4, 7), "no part of a SID"),
        ("to:", (0, 3), "Write a number or a name"),
        ("to:x:1", (3, 6), "“x:” is not a channel."),
        ("from:Säles/tm", (5, 13), "Did you mean “sales team”?"),
        ("a or", (2, 4), "Nothing follows this “or”."),
        ("or a", (0, 2), "Nothing stands before this “or”."),
        ("a or or b", (2, 4), "Nothing follows this “or”."),
        ("x (a", (2, 3), "This bracket is not closed."),
        ("a)", (1, 2), "This bracket was not opened."),
        ("x ()", (2, 4), "Nothing stands in these brackets."),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_a_way_out(text: str, place: tuple[int, int], words: str):
    with pytest.raises(QueryError) as raised:
        parse(text, names=NAMES)
    assert raised.value.place == place
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "a " * MOST_TERMS + "a",
        "a" * (LONGEST + 1),
        "(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1),
        "word " * 10_000,
        "-(" * 1_900,
        "to:" * 1_000,
        "sid:" + "ab," * 51,
    ],
)
def test_what_is_too_long_or_too_deep_is_refused(text: str):
    with pytest.raises(QueryError):
        parse(text)


def test_as_much_as_is_allowed_can_be_asked():
    database = sqlite3.connect(":memory:")
    for statement in (*TABLES, *TABLE_OF_OTHERS, *TABLE_OF_DAYS):
        database.execute(statement)
    prepare(database)
    values = ",".join(["ab"] * MOST_VALUES)
    for text in (
        "(" * DEEPEST + "a" + ")" * DEEPEST,
        "-" * 3_000 + "a",
        "ab or " * (MOST_TERMS - 1) + "a",
        "a " * MOST_TERMS,
        f"sid:{values} -sid:{values}",
        " or ".join(["with:1,2,3"] * MOST_TERMS),
    ):
        found = parse(text).condition(NOW, UTC)
        assert database.execute(f"SELECT id FROM messages WHERE {found.sql}", found.values).fetchall() == []
        assert not find_rows(database, parse(text), Asked(NOW, UTC), 5)
        assert not read_figures(database, parse(text), ALL, Asked(NOW, UTC), go_on=int)[0].count


@pytest.mark.parametrize(
    "text",
    [
        f"{SID}{' ' * 3_000}!",
        f"{SID} {'is:x' * 900} !",
        "1 " * 1_900 + "x",
        "(1" * 1_000,
        "-" * 3_900,
        "status:" + "é" * 3_900,
        "from:" + "é/" * 1_900,
        "price:" + "9" * 3_900,
        "a:" * 1_900,
        '"' * 3_900,
        "since:" + "1" * 3_900,
        SID * 3_000,
    ],
)
def test_a_text_made_to_be_slow_is_not(text: str):
    begin = time.thread_time()
    with suppress(QueryError):
        parse(text, names=NAMES)
    complete(text, len(text), Known(names=NAMES))
    assert time.thread_time() - begin < 0.5


PIECES = st.sampled_from(
    [
        *(f"{key}:" for key in KEYS),
        *(
            "a",
            "or",
            "AND",
            "NOT",
            "-",
            "(",
            ")",
            '"',
            " ",
            " ",
            ",",
            "..",
            "*",
            "+",
            "…",
            "٣",
            "é",
            "\ud800",
            "\0",
            "\n",
        ),
        *("failed", "30007", "7d", "2026-11-01", "T08:00", "+14155550175", "whatsapp:", ">", "0.05", "DE", "MG00", SID),
        *("9999999", "2999-12-31", "today", "mon", "any", "yes", "Sales team", "\u202e", "²", "½", "1e5", "-0"),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30))
@example("since:٢٠٢٦-11-01")
@example("segments:²")
@example("since:0001-01-01T00:00")
@example("since:999999w until:999999h")
def test_any_text_is_read_or_refused_with_its_place(text: str):
    try:
        query = parse(text, names=NAMES)
    except QueryError as problem:
        first, last = problem.place
        assert 0 <= first < last <= len(text)
        assert problem.reason.endswith((".", "?", "”")) and problem.remedy
        return
    assert parse(query.text, names=NAMES) == query
    found = query.condition(NOW, ZoneInfo("Asia/Kathmandu"))
    DATABASE.execute(f"SELECT id FROM messages WHERE {found.sql}", found.values).fetchall()
    query.server_filters(NOW, UTC)
    query.span(NOW, UTC)
    for term in query.terms:
        assert text[term.span[0] : term.span[1]] == term.text
        rest = parse(query.without(term), names=NAMES)
        assert [each.criterion for each in rest.terms] == [each.criterion for each in query.terms if each is not term]


DATABASE = sqlite3.connect(":memory:")
for each in TABLES:
    DATABASE.execute(each)
prepare(DATABASE)


# -- times ------------------------------------------------------------------------------------------------


def local(zone: ZoneInfo, *parts: int, fold: int = 0) -> int:
    return int(datetime(*parts, tzinfo=zone, fold=fold).timestamp())  # pyright: ignore


def seconds(text: str, now: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """The first second of a period, and the first after it."""
    (term,) = parse(text).terms
    assert isinstance(term.criterion, Period)
    return term.criterion.seconds_of(Asked(now, zone))


ZONES = [
    *("Pacific/Auckland", "Asia/Kathmandu", "Pacific/Honolulu", "America/New_York", "Australia/Lord_Howe"),
    *("America/Havana", "Africa/Cairo", "Pacific/Apia", "UTC"),
]


@given(
    st.sampled_from(ZONES).map(ZoneInfo),
    st.dates(date(2010, 1, 3), date(2027, 12, 28)),
    st.integers(-3 * 86_400, 3 * 86_400),
)
@example(ZoneInfo("America/New_York"), date(2026, 3, 8), 0)
@example(ZoneInfo("America/New_York"), date(2026, 11, 1), 86_399)
@example(ZoneInfo("Australia/Lord_Howe"), date(2026, 4, 5), 0)
@example(ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 4), 86_399)
@example(ZoneInfo("Pacific/Auckland"), date(2026, 9, 27), 0)
def test_a_day_holds_what_is_shown_with_its_date(zone: ZoneInfo, day: date, away: int):
    second = local(zone, day.year, day.month, day.day, 12) + away
    shown = datetime.fromtimestamp(second, zone).date()
    first, end = seconds(f"on:{day}", NOW, zone)
    assert (first <= second < end) == (shown == day)
    assert (second >= seconds(f"since:{day}", NOW, zone)[0]) == (shown >= day)
    assert (second < seconds(f"until:{day}", NOW, zone)[1]) == (shown <= day)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kathmandu", "2026-03-08", 24),
    ],
)
def test_days_are_as_long_as_the_clocks_make_them(zone: str, day: str, hours: float):
    first, end = seconds(f"on:{day}", NOW, ZoneInfo(zone))
    assert end - first == hours * 3_600


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Kathmandu", "Pacific/Honolulu"])
def test_today_is_the_local_day_and_seven_days_ago_a_whole_one(zone: str):
    place = ZoneInfo(zone)
    for hour in range(48):
        now = NOW + timedelta(hours=hour)
        today = now.astimezone(place).date()
        first, end = seconds("on:today", now, place)
        assert first == local(place, today.year, today.month, today.day)
        assert first <= now.timestamp() < end
        week_ago = today - timedelta(days=7)
        assert seconds("since:7d", now, place)[0] == local(place, week_ago.year, week_ago.month, week_ago.day)
        assert seconds("on:yesterday", now, place)[1] == first


def test_a_weekday_is_the_last_one_today_included():
    # The 28th is a Saturday.
    for text, day in (("sat", 28), ("Friday", 27), ("sun", 22), ("mon", 23)):
        assert seconds(f"on:{text}", NOW, ZoneInfo("UTC")) == seconds(f"on:2026-11-{day}", NOW, ZoneInfo("UTC"))


def test_hours_count_back_from_now_over_a_change_of_clocks():
    now = datetime(2026, 11, 1, 18, tzinfo=UTC)
    assert seconds("since:24h", now, ZoneInfo("America/New_York"))[0] == now.timestamp() - 86_400


def test_an_hour_that_comes_twice_is_meant_both_times():
    zone = ZoneInfo("America/New_York")
    assert seconds("since:2026-11-01T01:30", NOW, zone)[0] == local(zone, 2026, 11, 1, 1, 30)
    assert seconds("until:2026-11-01T01:30", NOW, zone)[1] == local(zone, 2026, 11, 1, 1, 31, fold=1)


def test_an_hour_that_is_left_out_is_where_the_clocks_change():
    zone = ZoneInfo("America/New_York")
    change = local(zone, 2026, 3, 8, 3)
    assert seconds("since:2026-03-08T02:30", NOW, zone)[0] == change
    assert seconds("until:2026-03-08T02:30", NOW, zone)[1] == change


def test_a_minute_a_month_and_a_range_are_included_whole():
    zone = ZoneInfo("Asia/Kathmandu")
    assert seconds("until:2026-11-01T08:00", NOW, zone)[1] == local(zone, 2026, 11, 1, 8, 1)
    assert seconds("on:2026-11", NOW, zone) == (local(zone, 2026, 11, 1), local(zone, 2026, 12, 1))
    assert seconds("on:2026-11-01..2026-11-03", NOW, zone) == (local(zone, 2026, 11, 1), local(zone, 2026, 11, 4))
    assert seconds("since:2026-11-01T08:00Z", NOW, zone)[0] == datetime(2026, 11, 1, 8, tzinfo=UTC).timestamp()


# -- what Twilio can be asked -----------------------------------------------------------------------------


def in_all_channels(side: str, number: str) -> list[dict[str, str]]:
    """A number is that of a person in these channels; rows of all of them are found by it."""
    return [{side: f"{channel}{number}"} for channel in ("", "whatsapp:", "rcs:")]


def asked(text: str, zone: str = "UTC") -> list[dict[str, str]]:
    return [dict(each.query()) for each in parse(text, names=NAMES).server_filters(NOW, ZoneInfo(zone))]


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("parcel is:in", []),
        ("to:+14165550175", in_all_channels("To", "+14165550175")),
        ("from:Acme to:+14165550175", [{"To": "+14165550175", "From": "Acme"}]),
        ("from:größe", []),
        (
            "from:+14155550100 to:whatsapp:+14165550175",
            [
                {"To": f"{channel}+14165550175", "From": f"{channel}+14155550100"}
                for channel in ("", "whatsapp:", "rcs:")
            ],
        ),
        ("to:sales", in_all_channels("To", "+14155550100")),
        (
            "with:sales",
            [*in_all_channels("To", "+14155550100"), *in_all_channels("From", "+14155550100"), {"From": "Acme"}],
        ),
        *(
            (text, [*in_all_channels("To", "+14165550175"), *in_all_channels("From", "+14165550175")])
            for text in ("with:whatsapp:+14165550175", "whatsapp:+14165550175", "+1 (416) 555-0175")
        ),
        ("to:+1416", []),
        ("to:0175", []),
        ("-to:+14165550175", []),
        ("on:2026-11-03", [{"DateSent>": "2026-11-03", "DateSent<": "2026-11-03"}]),
        ("since:2026-11-03 until:2026-11-01", []),
    ],
)
def test_numbers_and_days_are_asked_of_twilio_as_well(text: str, requests: list[dict[str, str]]):
    found = asked(text)
    assert sorted(found, key=str) == sorted(requests, key=str)
    # Those first in which most messages are.
    assert found == sorted(found, key=lambda each: ":" in str(each.get("To", each.get("From"))))


@pytest.mark.parametrize(
    "written",
    [
        "to:+14165550175,+14165550176",
        "to:+14165550176,+1 (416) 555-0175",
        "to:+1 416 555 0175,tel:+1-416-555-0176",
        'to:"+14165550175",+14165550176,',
        "(to:+14165550175,+14165550176)",
    ],
)
@pytest.mark.parametrize("rest", ["", " parcel"])
def test_several_numbers_are_written_with_commas_between_them(written: str, rest: str):
    term, *others = parse(written + rest).terms
    assert [each.text for each in others] == rest.split()
    assert isinstance(term.criterion, AnyOf)
    assert {each.address.askable for each in term.criterion.criteria} == {("+14165550175",), ("+14165550176",)}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("to:+14165550175", True),
        ("to:+14165550175 parcel or is:in", True),
        ("to:+14165550175,+14165550176", True),
        ("with:sales", True),
        ("to:sales", True),
        ("+1 (416) 555-0175", True),
        ("since:7d parcel", True),
        ("from:Acme to:+14165550175 -code:any", True),
        # Half of each is not asked for.
        ("to:+14165550175 or parcel", False),
        ("to:+14165550175 or (to:+14165550176 parcel)", False),
        ("to:+14165550175 or since:7d", False),
        ("to:+14165550175 or -to:+14165550176", False),
        ("to:+14165550175,+49*", False),
        ("to:+14165550175,+1416", False),
        ("to:+14165550175,whatsapp:*", False),
        ("from:+14165550175 or from:MG00000000000000000000000000000000", False),
    ],
)
def test_that_twilio_was_asked_for_all_that_matches_is_said_only_where_it_was(text: str, whole: bool):
    assert asked(text)
    assert parse(text, names=NAMES).is_asked_whole == whole


def test_local_days_are_asked_for_by_the_days_of_utc_that_hold_them():
    assert asked("on:2026-11-03", "Pacific/Auckland") == [{"DateSent>": "2026-11-02", "DateSent<": "2026-11-03"}]
    assert asked("on:2026-11-03", "Pacific/Honolulu") == [{"DateSent>": "2026-11-03", "DateSent<": "2026-11-04"}]


def test_the_period_of_a_query_ends_now_where_it_has_no_end():
    assert parse("parcel").span(NOW, UTC) is None
    first = int(datetime(2026, 11, 27, tzinfo=UTC).timestamp())
    assert parse("since:1d").span(NOW, UTC) == Span(first, int(NOW.timestamp()))
    assert parse("on:yesterday").span(NOW, UTC) == Span(first, first + 86_399)


def test_a_time_is_held_where_all_of_it_is_complete_up_to_the_last_look():
    midnight = int(datetime(2026, 11, 27, tzinfo=UTC).timestamp())
    held = Coverage((Span(midnight, int(NOW.timestamp()) - 60),))
    assert parse("on:yesterday").is_held_by(held, NOW, UTC)
    assert parse("since:yesterday is:problem").is_held_by(held, NOW, UTC)
    assert not parse("since:2d").is_held_by(held, NOW, UTC)
    assert not parse("parcel").is_held_by(held, NOW, UTC)
    assert not parse("on:yesterday or parcel").is_held_by(held, NOW, UTC)
    assert not parse("on:yesterday").is_held_by(Coverage(), NOW, UTC)


def test_everything_is_an_empty_query():
    assert not Query()
    assert parse(" ") == Query(" ")
    assert not parse(" ")
    assert parse("-a").criterion == AllOf((Not(Phrase("a")),))
