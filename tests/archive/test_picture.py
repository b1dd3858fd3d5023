"""Every figure of a picture equals a naive count over the messages that the same query finds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from random import Random
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.archive.checking import check_file, check_tables, found_in
from tui.archive import picture_columns, picture_reading
from tui.archive.matching import Asked
from tui.archive.periods import ALL, Window, read_window
from tui.archive.picture import Figures, Picture, PictureRow
from tui.archive.query_parser import parse
from tui.archive.store import Archive
from tui.twilio.addresses import country_of
from tui.twilio.message import Message

NOW = datetime(2026, 10, 27, 12, 30, 5, tzinfo=UTC)
"""Two days after the clocks of Berlin were put back, in the week that those of New York are."""

ZONES = (UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), ZoneInfo("Asia/Kathmandu"))
OWN = ("+14155550100", "whatsapp:+14155550100", "My Acme", "+141555501001", "None", "“Acme” ", "")
OTHERS = ("+14155550123", "+4915123456789", "whatsapp:+447700900123", "+14155550100", "nobody")
SERVICES = ("", "MG" + "0a" * 16, "MG" + "0b" * 16)
STATUSES = (
    *("delivered", "delivered", "delivered", "read", "undelivered", "failed", "partially_delivered", "received"),
    *("sent", "queued", "scheduled", "canceled", "accepted", "strange", ""),
)


def make_message(chance: Random) -> Message:
    """One message of the last days, damaged now and then."""
    back = chance.choice([*[chance.randrange(-7_200, 6 * 86_400)] * 8, chance.randrange(3_500, 3_700), -(10**7), 10**8])
    created = NOW - timedelta(seconds=back)
    waited = chance.choice([0, 0, 1, 2, 30, 36_000, 36_001, None])
    sent = None if waited is None else created + timedelta(seconds=waited)
    took = chance.choice([None, -2, *[chance.randrange(40)] * 6])
    inbound = chance.random() < 0.3
    own, other = chance.choice(OWN), chance.choice(OTHERS)
    return Message(
        sid=f"SM{chance.randrange(2**128):032x}",
        status=chance.choice(STATUSES),
        direction="inbound" if inbound else chance.choice(["outbound-api", "outbound-reply", "odd"]),
        to=own if inbound else other,
        from_=other if inbound else own,
        body=chance.choice(["", "parcel", "friday parcel", "parcel"]),
        messaging_service_sid=chance.choice(SERVICES),
        num_segments=chance.choice([None, 1, 3]),
        num_media=chance.choice([None, 0, 2]),
        price=chance.choice([None, Decimal("-0.0079"), Decimal("-0.05"), Decimal(0), Decimal("0.1")]),
        price_unit=chance.choice(["USD", "USD", "EUR", ""]),
        error_code=chance.choice([None, None, 30003, 30007]),
        date_created=created if chance.random() < 0.9 else None,
        date_sent=sent,
        date_updated=None if took is None else (sent or created) + timedelta(seconds=took),
    )


QUERIES = (
    *("", "is:out", "status:delivered,failed", "code:any or is:in", "with:+14155550100", "-country:DE", "parcel"),
    *("country:unknown", "service:any friday", "segments:>1", "is:problem", "since:3d", "media:yes", "own:unknown"),
    *("price:>0.01 -parcel", "-status:delivered", "is:unread", 'own:"My Acme"', "zzz", "to:+49*"),
)
WINDOWS = (
    "today",
    "24h",
    "7d",
    "2026-10-24..2026-10-26",
    "2026-10-25",
    "month",
    "all",
    "yesterday",
    "36h",
    "..2026-10-25",
)


def count_naively(found: Sequence[Message], now: datetime) -> Figures:
    """The figures, one message after the other."""
    out = [each for each in found if each.direction != "inbound"]

    def of(*statuses: str) -> int:
        return sum(each.status in statuses for each in out)

    still_out = [each for each in out if each.status in ("accepted", "queued", "sending", "sent")]
    delays = sorted(
        (each.date_updated - each.date_created).total_seconds()
        for each in out
        if each.status == "delivered" and each.body and each.date_created and each.date_sent and each.date_updated
        if each.date_created <= each.date_sent <= each.date_updated
        if (each.date_sent - each.date_created).total_seconds() <= 36_000
    )
    middle = len(delays) // 2
    costs = Counter[str]()
    totals: dict[str, Decimal] = {}
    for each in found:
        if each.price is not None:
            costs[each.price_unit] += 1
            totals[each.price_unit] = totals.get(each.price_unit, Decimal(0)) - each.price
    settled = of("delivered", "read", "undelivered", "failed", "partially_delivered")
    return Figures(
        count=len(found),
        inbound=len(found) - len(out),
        sent=len(out) - of("scheduled", "canceled"),
        delivered=of("delivered", "read"),
        undelivered=of("undelivered"),
        failed=of("failed"),
        partial=of("partially_delivered"),
        pending=len(still_out),
        overdue=sum(when_of(each) < int(now.timestamp()) - 3600 for each in still_out),
        scheduled=of("scheduled"),
        canceled=of("canceled"),
        segments=sum(each.num_segments or 0 for each in found),
        costs=totals,
        billed=costs.total(),
        timed=len(delays),
        median=(delays[middle] + delays[~middle]) / 2 if delays else None,
        p90=delays[-(-len(delays) * 9 // 10) - 1] if delays else None,
        settled=settled,
        rate=of("delivered", "read") / settled if settled else None,
    )


def when_of(message: Message) -> int:
    return int(message.when.timestamp()) if message.when else 0


def exported(archive: Archive, text: str, asked: Asked) -> list[Message]:
    """The messages that a query exports."""
    return [each for each in archive.read(archive.find_rows(parse(text), asked)) if each is not None]


VALUES: dict[str, Callable[[Message], str]] = {
    "statuses": lambda each: each.status,
    "codes": lambda each: "" if each.error_code is None else str(each.error_code),
    "countries": lambda each: country_of(each.other_party) or "",
    "senders": lambda each: each.to if each.inbound else each.from_,
    "services": lambda each: each.messaging_service_sid,
}


def join(*terms: str) -> str:
    return " ".join(f"({each})" for each in terms if each)


def check_picture(archive: Archive, text: str, window: Window, asked: Asked) -> None:
    """The law."""
    picture = archive.picture(parse(text), window, asked)
    found = exported(archive, join(text, window.terms), asked)
    before = window.before(asked.now, asked.zone)
    earlier = [] if before is None else exported(archive, join(text, before.terms), asked)
    assert picture.all == count_naively(found, asked.now)
    assert picture.before == count_naively(earlier, asked.now)
    assert archive.figures(parse(text), window, asked) == (picture.all, picture.before)
    times = [when_of(each) for each in found]
    assert (picture.first, picture.last) == ((min(times), max(times)) if times else (None, None))
    for name, value_of in VALUES.items():
        rows: tuple[PictureRow, ...] = getattr(picture, name)
        wanted = {value_of(each) for each in found} - ({""} if name == "codes" else set())
        assert {row.value for row in rows} == wanted
        assert [row.figures.count for row in rows] == sorted((row.figures.count for row in rows), reverse=True)
        for row in rows:
            having = [each for each in found if value_of(each) == row.value]
            assert row.figures == count_naively(having, asked.now)
            then = [each for each in earlier if value_of(each) == row.value]
            assert row.before == count_naively(then, asked.now), (name, row.value)
            if name == "codes":
                assert dict(row.beside) == Counter(map(VALUES["countries"], having))
            if row.term:
                narrowed = exported(archive, join(text, window.terms, row.term), asked)
                assert sorted(each.sid for each in narrowed) == sorted(each.sid for each in having)
    check_times(archive, picture, found, earlier, text, window, before, asked)


def check_times(
    archive: Archive,
    picture: Picture,
    found: Sequence[Message],
    earlier: Sequence[Message],
    text: str,
    window: Window,
    before: Window | None,
    asked: Asked,
) -> None:
    def local(message: Message) -> datetime | None:
        return datetime.fromtimestamp(when_of(message), UTC).astimezone(asked.zone) if message.when else None

    def day_of(message: Message) -> str:
        at = local(message)
        return at.date().isoformat() if at else ""

    assert [row.value for row in picture.hours] == [str(hour) for hour in range(24)]
    for hour, row in enumerate(picture.hours):
        for messages, figures in ((found, row.figures), (earlier, row.before)):
            having = [each for each in messages if (at := local(each)) and at.hour == hour]
            assert figures == count_naively(having, asked.now)
    days = [row.value for row in picture.days if row.value]
    assert sorted(set(days)) == days
    assert {day_of(each) for each in found} <= {"", *days}
    for row in picture.days:
        having = [each for each in found if day_of(each) == row.value]
        assert row.figures == count_naively(having, asked.now)
        if not row.value:
            continue
        narrowed = exported(archive, join(text, window.terms, row.term), asked)
        assert sorted(each.sid for each in narrowed) == sorted(each.sid for each in having)
        if before is not None:
            place = date.fromisoformat(row.value) - window.since.astimezone(asked.zone).date()
            other = before.since.astimezone(asked.zone).date() + place
            then = [each for each in earlier if day_of(each) == other.isoformat()]
            assert row.before == count_naively(then, asked.now)


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from(QUERIES), min_size=1, max_size=2, unique=True),
    st.sampled_from(WINDOWS),
    st.sampled_from(ZONES),
    st.sampled_from([0, 3, 100]),
)
def test_every_figure_equals_a_naive_count_over_the_export(
    seed: int, queries: list[str], window: str, zone: tzinfo, few: int
):
    chance = Random(seed)
    kept = [make_message(chance) for _ in range(chance.randrange(60))]
    changed = [chance.randrange(60) for _ in range(chance.randrange(3))]
    archive = Archive.open(None, clock=NOW.timestamp)
    try:
        # Some days from columns that are kept, some of which have changed since.
        archive.put(kept[3:])
        with patch.object(picture_columns, "_WORTH", 1), patch.object(picture_reading, "_FEW", few):
            while archive.keep_days(int(NOW.timestamp()) - 86_400, most=5):
                pass
            archive.put(kept[:3])
            archive.put([replace(kept[n], status="read", body="") for n in changed if n < len(kept)])
            archive.remove([kept[n].sid for n in changed[:1] if n < len(kept)])
            archive._file.write(check_tables)
            check_picture(archive, " ".join(queries), read_window(window, NOW, zone), Asked(NOW, zone))
    finally:
        archive.close()


def test_of_nothing_there_is_nothing(archive: Archive):
    picture = archive.picture(parse(""), ALL, Asked(NOW, UTC))
    assert (picture.all, picture.days, picture.codes) == (Figures(), (), ())
    assert [row.figures for row in picture.hours] == [Figures()] * 24


def test_hours_and_days_are_local_over_a_year_of_changes_of_summer_time(archive: Archive):
    times = [NOW - timedelta(hours=61 * n) for n in range(140)]
    archive.put(
        [
            Message(f"SM{n:032x}", "sent", "outbound-api", "+4915123456789", body="parcel", date_created=at)
            for n, at in enumerate(times)
        ]
    )
    for zone in ZONES:
        for text in ("parcel", ""):
            picture = archive.picture(parse(text), ALL, Asked(NOW, zone))
            hours = Counter(at.astimezone(zone).hour for at in times)
            assert [row.figures.count for row in picture.hours] == [hours[hour] for hour in range(24)]
            days = {row.value: row.figures.count for row in picture.days if row.figures.count}
            assert days == Counter(at.astimezone(zone).date().isoformat() for at in times)


def test_what_was_removed_is_no_kind_of_message_any_more_once_it_is_cleaned_up(path: Path):
    with closing(Archive.open(path, clock=NOW.timestamp)) as archive:
        odd = [Message(f"SM{n:032x}", "zzplanted", "outbound-api", OTHERS[0], date_created=NOW) for n in range(2)]
        rest = [replace(each, sid=f"SM{n:032x}", status="sent") for n, each in enumerate(odd, 10)]
        before = [
            replace(each, sid=f"SM{n:032x}", date_created=NOW - timedelta(days=1)) for n, each in enumerate(rest, 20)
        ]
        archive.put([*odd, *rest, *before])
        with patch.object(picture_columns, "_WORTH", 1):
            assert archive.keep_days(int(NOW.timestamp()) + 86_400)
            archive.remove([each.sid for each in odd])
            archive.scrub()
            assert not found_in(path.parent, ["zzplanted"])
            # Of the days that are kept the one with them alone is counted anew.
            archive.put([replace(each, status="sending") for each in rest[:1]])
            assert archive.keep_days(int(NOW.timestamp()) + 86_400) == 1
        picture = archive.picture(parse(""), ALL, Asked(NOW, UTC))
    assert {row.value: row.figures.count for row in picture.statuses} == {"sent": 4}
    check_file(path)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_cells_are_counted_as_what_can_be_read_of_them(archive: Archive, seed: int):
    chance = Random(seed)
    archive.put([make_message(chance) for _ in range(60)])
    columns = ("status", "direction", "code", "country", "own", "service", "currency", "segments", "price", "updated")

    def harm(database: sqlite3.Connection) -> None:
        for _ in range(30):
            place = "(SELECT id FROM messages ORDER BY id LIMIT 1 OFFSET ?)"
            value = chance.choice(["x", b"\xff\x00", 1.5, -3, 2**62, "30007x", ""])
            sql = f"UPDATE messages SET {chance.choice(columns)} = ? WHERE id = {place}"
            database.execute(sql, (value, chance.randrange(50)))

    def harm_what_is_kept(database: sqlite3.Connection) -> None:
        database.execute(
            (
                "DELETE FROM kinds WHERE id = 1",
                "UPDATE days SET columns = randomblob(24)",
                "UPDATE days SET columns = 'x'",
                "UPDATE kinds SET segments = 'x', own = x'00', code = 'q'",
                "UPDATE addresses SET address = x'ff00' WHERE id = 1",
                "UPDATE terms SET text = 5 WHERE id = 1",
            )[seed]
        )

    archive._file.write(harm)
    with patch.object(picture_columns, "_WORTH", 1):
        while archive.keep_days(int(NOW.timestamp())):
            pass
    for harmed in (False, True):
        if harmed:
            archive._file.write(harm_what_is_kept)
        for text in ("", "is:out", "code:any", "parcel", "with:+14155550100"):
            picture = archive.picture(parse(text), ALL, Asked(NOW, UTC))
            assert sum(row.figures.count for row in picture.statuses) == picture.all.count
