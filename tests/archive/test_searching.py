"""A search finds what a plain look at every message would find, whatever is asked and however it is planned."""

import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.archive import searching
from tui.archive.conversations import People
from tui.archive.folding import fold_for_index
from tui.archive.layout import (
    INDEX_OF_OPT_OUTS,
    READ_NOTE,
    STATUSES,
    TABLE_OF_DAYS,
    TABLE_OF_OTHERS,
    TABLES,
    row_number,
)
from tui.archive.matching import Asked
from tui.archive.periods import ALL
from tui.archive.picture_reading import read_figures
from tui.archive.query_parser import parse
from tui.archive.searching import find_rows, matching
from tui.archive.text_index import prepare

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Pacific/Auckland")
ASKED = Asked(NOW, ZONE)
READ_UNTIL = {
    "": row_number(int((NOW - timedelta(days=3)).timestamp())),
    "+4915123456789": row_number(int((NOW - timedelta(hours=9)).timestamp())),
    "12345": row_number(int(NOW.timestamp())),
}
"""Number → the row up to which that person was read; '' for all others."""

OWN = ("+14155550100", "Acme", "whatsapp:+14155550101", "")
OTHERS = (
    ("+4915123456789", "DE"),
    ("whatsapp:+4915123456789", "DE"),
    ("+14165550175", "CA"),
    ("12345", ""),
    ("messenger:98765", ""),
    ("+6799123456", "FJ"),
)
NAMES = {"On-call": ("+14155550100", "Acme"), "Größe": ("MG" + "0a" * 16,), "Maya": ("+14165550175",)}
SERVICES = ("MG" + "0a" * 16, "MG" + "1b" * 16, "")
WORDS = (
    *(
        "parcel",
        "Café",
        "cafe\u0301",
        "STRASSE",
        "straße",
        "注文",
        "東京の荷物",
        "ok",
        "👍🏽",
        "שלום",
        "مرحبا",
        "हिन्दी",
    ),
    *(
        'say "hi"',
        "a",
        "30007",
        "HB12345",
        "(416) 555-0175",
        "or",
        "-",
        "x*",
        "한글",
        "が",
        "か",
        "e\u2014mail",
        "１２",
    ),
)


@dataclass(frozen=True)
class Kept:
    """A message as the tests know it."""

    second: int
    n: int
    body: str
    status: str = "delivered"
    inbound: bool = False
    other: int = 0
    own: int = 0
    code: int | None = None
    segments: int | None = 1
    media: int | None = 0
    price: Decimal | None = None
    service: int = 2
    sid: str = ""

    @property
    def row(self) -> int:
        return row_number(self.second, self.n)

    @property
    def sides(self) -> tuple[str, str]:
        """To and From."""
        other, own = OTHERS[self.other][0], OWN[self.own]
        return (own, other) if self.inbound else (other, own)


def fill(messages: list[Kept]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    for statement in (*TABLES, *TABLE_OF_OTHERS, *INDEX_OF_OPT_OUTS, *TABLE_OF_DAYS):
        database.execute(statement)
    database.execute("INSERT INTO notes VALUES (?, ?)", (READ_NOTE, str(READ_UNTIL[""])))
    prepare(database)
    addresses = [*((each, "") for each in OWN if each), *OTHERS]
    for address, country in addresses:
        number = address.rpartition(":")[2]
        database.execute(
            "INSERT INTO addresses (address, number, country) VALUES (?, ?, ?)", (address, number, country)
        )
    ids = dict(database.execute("SELECT address, id FROM addresses"))
    for service in SERVICES[:2]:
        database.execute("INSERT INTO terms (text) VALUES (?)", (service,))
    terms = dict(database.execute("SELECT text, id FROM terms"))
    for each in messages:
        sid = each.sid[:1].encode() + bytes.fromhex(each.sid[2:]) if len(each.sid) == 34 else each.sid
        other, country = OTHERS[each.other]
        price = None if each.price is None else int(each.price * 100_000)
        database.execute(
            "INSERT INTO messages (id, sid, status, direction, other, own, country, code, segments, media, price,"
            " service, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(each.row, sid, STATUSES.index(each.status), 0 if each.inbound else 1, ids[other]),
                *(ids.get(OWN[each.own]), country, each.code, each.segments, each.media, price),
                *(terms.get(SERVICES[each.service]), each.body),
            ),
        )
        if folded := fold_for_index(each.body):
            database.execute("INSERT INTO texts (rowid, body) VALUES (?, ?)", (each.row, folded))
    people = People(lambda work: work(database), lambda work: work(database))
    for each, row in READ_UNTIL.items():
        people.mark_read(each, row)
    return database


# -- the same, said plainly -------------------------------------------------------------------------------

Test = Callable[[Kept], bool]


def plain(text: str) -> str:
    """Case, marks, and what nobody sees do not matter. (Written for the texts above only.)"""
    kept = [
        character
        for character in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        if unicodedata.combining(character) in (0, 8, 9)
    ]
    return "".join("-" if unicodedata.category(each) == "Pd" else each for each in kept)


def number(address: str) -> str:
    return address.rpartition(":")[2]


def of_side(role: str, right: Callable[[str], bool]) -> Test:
    sides = {"to": slice(0, 1), "from": slice(1, 2), "with": slice(0, 2)}[role]
    return lambda message: any(right(side) for side in message.sides[sides] if side)


def leaf_tests() -> st.SearchStrategy[tuple[str, Test]]:
    def word(text: str) -> tuple[str, Test]:
        # What nobody sees alone is no phrase.
        quoted = text.replace('"', "") if plain(text.replace('"', "")) else "a"
        return f'"{quoted}"', lambda message: plain(quoted) in plain(message.body)

    words = st.sampled_from(WORDS).flatmap(
        lambda each: st.tuples(st.integers(0, len(each)), st.integers(1, len(each))).map(
            lambda ends: word(each[ends[0] : ends[0] + ends[1]] or each)
        )
    )
    fixed: list[tuple[str, Test]] = [
        ("is:problem", lambda m: m.code is not None or m.status in ("failed", "undelivered", "partially_delivered")),
        ("is:pending", lambda m: m.status in ("queued", "sent", "scheduled", "accepted", "receiving", "sending")),
        ("is:in", lambda m: m.inbound),
        ("is:out", lambda m: not m.inbound),
        ("is:unread", lambda m: m.inbound and m.row > READ_UNTIL.get(number(OTHERS[m.other][0]), READ_UNTIL[""])),
        ("is:optout", lambda m: not m.inbound and m.code == 21610),
        ("status:failed,undelivered", lambda m: m.status in ("failed", "undelivered")),
        ("Status:DELIVERED", lambda m: m.status == "delivered"),
        ("code:30007", lambda m: m.code == 30007),
        ("code:30003..30006", lambda m: m.code is not None and 30003 <= m.code <= 30006),
        ("code:any", lambda m: m.code is not None),
        ("code:>30003", lambda m: m.code is not None and m.code > 30003),
        ("country:DE", lambda m: OTHERS[m.other][1] == "DE"),
        ("country:fiji,canada", lambda m: OTHERS[m.other][1] in ("FJ", "CA")),
        ("country:unknown", lambda m: OTHERS[m.other][1] == ""),
        ("media:yes", lambda m: bool(m.media)),
        ("media:no", lambda m: not m.media),
        ("segments:>2", lambda m: m.segments is not None and m.segments > 2),
        ("segments:1..2", lambda m: m.segments is not None and 1 <= m.segments <= 2),
        ("segments:<=1", lambda m: m.segments is not None and m.segments <= 1),
        ("price:>0.05", lambda m: m.price is not None and -m.price > Decimal("0.05")),
        ("price:0.0079", lambda m: m.price is not None and -m.price == Decimal("0.0079")),
        ("service:MG0A", lambda m: SERVICES[m.service].startswith("MG0a")),
        ("service:any", lambda m: bool(SERVICES[m.service])),
        ("service:größe", lambda m: SERVICES[m.service] == NAMES["Größe"][0]),
        ("from:grosse", lambda m: SERVICES[m.service] == NAMES["Größe"][0]),
        ("sid:SM00", lambda m: m.sid.startswith("SM00")),
        ("sid:ff", lambda m: m.sid.lower().endswith("ff") or m.sid[2:].startswith("ff")),
        ("sid:001", lambda m: m.sid.lower().endswith("001") or m.sid[2:].startswith("001")),
        ("sid:odd", lambda m: m.sid.lower().startswith("odd") or m.sid.endswith("odd")),
        ("since:2d", lambda m: local(m) >= local_now().date() - timedelta(days=2)),
        ("until:yesterday", lambda m: local(m) < local_now().date()),
        ("on:today", lambda m: local(m) == local_now().date()),
        ("since:24h", lambda m: m.second >= int((NOW - timedelta(hours=24)).timestamp())),
    ]
    parties = [
        ("+4915123456789", lambda a: number(a) == "+4915123456789"),
        ("+49 (0)151 2345-6789", lambda a: number(a) == "+4915123456789"),
        ("whatsapp:+4915123456789", lambda a: number(a) == "+4915123456789"),
        ("0151 23456789", lambda a: number(a).endswith("15123456789")),
        ("+49*", lambda a: number(a).startswith("+49")),
        ("49*", lambda a: number(a).startswith(("+49", "49"))),
        ("0100", lambda a: number(a).endswith("100")),
        ("12345", lambda a: number(a).endswith("12345")),
        ("on-call", lambda a: a in NAMES["On-call"]),
        ('"MAYA"', lambda a: number(a) == "+14165550175"),
        ("acme", lambda a: a == "Acme"),
        ("ac*", lambda a: a == "Acme"),
        ("whatsapp:*", lambda a: a.startswith("whatsapp:")),
        ("messenger:98765", lambda a: number(a) == "98765"),
    ]
    fixed += [(f"{role}:{text}", of_side(role, right)) for role in ("to", "from", "with") for text, right in parties]
    return st.one_of(words, st.sampled_from(fixed))


def local_now() -> datetime:
    return NOW.astimezone(ZONE)


def local(message: Kept):
    return datetime.fromtimestamp(message.second, ZONE).date()


def negate(each: tuple[str, Test]) -> tuple[str, Test]:
    text, test = each
    return f"-{text}" if not text.startswith("-") else f"-({text})", lambda message: not test(message)


def join_any(each: list[tuple[str, Test]]) -> tuple[str, Test]:
    return f"({' or '.join(t for t, _ in each)})", lambda message: any(test(message) for _, test in each)


def join_all(each: list[tuple[str, Test]]) -> tuple[str, Test]:
    return f"({' '.join(t for t, _ in each)})", lambda message: all(test(message) for _, test in each)


QUERIES = st.lists(
    st.recursive(
        leaf_tests(),
        lambda inner: st.one_of(
            inner.map(negate),
            st.lists(inner, min_size=2, max_size=3).map(join_any),
            st.lists(inner, min_size=2, max_size=3).map(join_all),
        ),
        max_leaves=6,
    ),
    max_size=4,
).map(lambda terms: (" ".join(text for text, _ in terms), lambda message: all(test(message) for _, test in terms)))

SIDS = st.one_of(
    st.sampled_from(["00", "01", "ff", "1f"]).flatmap(
        lambda begin: st.integers(0, 0xFFF).map(lambda end: f"SM{begin}{'7' * 27}{end:03x}")
    ),
    st.integers(0, 99).map(lambda each: f"oddity{each}odd"),
)
BODIES = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join) | st.sampled_from(WORDS).map(
    lambda word: unicodedata.normalize("NFD", word)
)
MESSAGES = st.lists(
    st.builds(
        Kept,
        second=st.integers(0, 6 * 86_400).map(lambda back: int(NOW.timestamp()) + 3_600 - back),
        n=st.integers(0, 3),
        body=BODIES,
        status=st.sampled_from(["delivered", "failed", "undelivered", "sent", "queued", "received"]),
        inbound=st.booleans(),
        other=st.integers(0, len(OTHERS) - 1),
        own=st.integers(0, len(OWN) - 1),
        code=st.sampled_from([None, None, 21610, 30003, 30006, 30007]),
        segments=st.sampled_from([None, 1, 2, 3]),
        media=st.sampled_from([None, 0, 1, 2]),
        price=st.sampled_from([None, Decimal("-0.0079"), Decimal("-0.05"), Decimal("-0.0501")]),
        service=st.integers(0, 2),
        sid=SIDS,
    ),
    max_size=25,
    unique_by=(lambda message: message.row, lambda message: message.sid),
)


@pytest.fixture(autouse=True)
def few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is planned for a million messages happens with a handful."""
    for name, rows in (
        ("_FEW", 5),
        ("_FEWEST", 1),
        ("_AT_ONCE", 2),
        ("_MANY", 8),
        ("_MOST_CODES", 2),
        ("_MOST_TRIGRAMS", 2),
    ):
        monkeypatch.setattr(searching, name, rows)
    yield


def finds_the_same(messages: list[Kept], asked: tuple[str, Test], limit: int) -> None:
    """Search messages, and look at each of them."""
    text, test = asked
    database = fill(messages)
    expected = sorted(each.row for each in messages if test(each))
    query = parse(text, names=NAMES)
    assert list(find_rows(database, query, ASKED)) == expected
    assert list(find_rows(database, query, ASKED, limit)) == expected[-limit:]
    assert matching(database, query, ASKED, [each.row for each in messages]) == set(expected)
    assert read_figures(database, query, ALL, ASKED, go_on=int)[0].count == len(expected)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(MESSAGES, QUERIES, st.sampled_from([1, 2, 4, 200]))
def test_a_search_finds_what_a_look_at_each_message_finds(messages: list[Kept], asked: tuple[str, Test], limit: int):
    finds_the_same(messages, asked, limit)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(
    max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(MESSAGES, QUERIES, st.sampled_from([1, 2, 4, 200]))
def test_five_thousand_searches_find_what_a_look_at_each_message_finds(
    messages: list[Kept], asked: tuple[str, Test], limit: int
):
    finds_the_same(messages, asked, limit)


@pytest.mark.parametrize(("word", "few"), [("注", False), ("注文", False), ("注文1", True), ("文2", True)])
def test_a_short_word_with_very_many_continuations_is_not_looked_up_one_by_one(word: str, few: bool):
    database = fill([Kept(1000 + n, 0, f"注文{n}", sid=f"s{n}") for n in range(10)])
    asked: list[str] = []
    database.set_trace_callback(asked.append)
    assert len(find_rows(database, parse(word), ASKED)) == (1 if few else 10)
    assert any("FROM texts WHERE" in each for each in asked) == few


LETTERS = st.text(
    st.sampled_from("aAé\u0301注文東京 שלךمر\u064b👍🏽\u200d\u200bßſΣςİıｶﾞがか\u3099\u00a0\n\r\t\0\ud800１٣—-½ﬁ각ᄀ"),
    max_size=12,
)


@pytest.mark.landing
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LETTERS, max_size=8), LETTERS, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_any_part_of_a_text_is_found_in_any_script_and_form(texts: list[str], searched: str, form: str):
    from tui.archive.folding import fold

    texts = [unicodedata.normalize(form, each) for each in texts]
    # SQLite keeps no halves of pairs: what a body has of these is the store's matter.
    messages = [Kept(1000 + n, 0, text.replace("\ud800", "\ufffd")) for n, text in enumerate(texts)]
    database = fill([Kept(each.second, 0, each.body, sid=f"s{each.second}") for each in messages])
    query = parse(f'"{searched}"')
    expected = [each.row for each in messages if fold(searched) in fold(each.body)]
    assert list(find_rows(database, query, ASKED)) == expected
    assert list(find_rows(database, query, ASKED, 3)) == expected[-3:]
