"""Who has opted out of which sender: always what a plain fold over all messages, in order of time, would say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.archive.checking import check_file, found_in
from tests.archive.resources import BEGUN, sid_of
from tests.archive.test_conversations import ASKED, FIRST_USE, OTHERS, OWN, SERVICE, message
from tui.archive.opt_outs import OptOut, SentSince
from tui.archive.query_parser import parse
from tui.archive.store import Archive
from tui.twilio.message import ARRIVED, Message

SERVICES = (SERVICE, "MG" + "0b" * 16)
ASKED_SENDERS = (*OWN, *SERVICES)
STOP = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
BODIES = (
    *("STOP", " stop. ", "Stop\n", "UNSUBSCRIBE", "start", "Yes.", "stop it", "no", "", "\u00a0end\t", "HELP"),
    *("Revoke", "OPTOUT", "Arrêt"),
)


def _told(**given_: object) -> Message:
    taken_for = str(given_.pop("taken_for"))
    made = message(**given_)  # pyright: ignore[reportArgumentType]
    return replace(made, opt_out_type=taken_for) if made.inbound and made.body else made


MESSAGES = st.lists(
    st.builds(
        _told,
        number=st.integers(0, 99),
        second=st.integers(1_000, 1_200),
        other=st.sampled_from(OTHERS),
        own=st.sampled_from(OWN),
        inbound=st.booleans(),
        body=st.sampled_from(BODIES),
        code=st.sampled_from([None, None, 21610, 30007]),
        status=st.sampled_from(["", "", "failed", "canceled", "scheduled"]),
        service=st.sampled_from([*SERVICES, "", ""]),
        taken_for=st.sampled_from(["", "", "", "STOP", "START", "HELP"]),
    ),
    max_size=14,
    unique_by=(lambda m: m.sid, lambda m: m.when),
)


def person(address: str) -> str:
    return address.removeprefix("rcs:")


def says(each: Message) -> str:
    """`stop`, `start`, `refused` or nothing."""
    if not each.inbound:
        return "refused" if each.error_code == 21610 else ""
    if each.opt_out_type:
        return {"STOP": "stop", "START": "start"}.get(each.opt_out_type, "")
    word = each.body.strip(" .\t\r\n\u00a0").lower()
    if ":" in person(each.from_):
        return ""
    return "stop" if word in STOP else "start" if word in ("start", "yes", "unstop") else ""


def fold(messages: Iterable[Message]) -> Message | None:
    """The message by which somebody has opted out, of those to one sender and one person, oldest first."""
    stop = refused = None
    for each in messages:
        match says(each):
            case "start":
                stop = refused = None
            case "stop":
                stop = stop or each
            case "refused":
                refused = refused or each
            case _:
                pass
    return stop or refused


def own_of(each: Message) -> str:
    return each.to if each.inbound else each.from_


def fold_of_pair(messages: Iterable[Message], sender: str, address: str) -> Message | None:
    theirs = [each for each in messages if says(each) and person(each.other_party) == person(address)]
    if not sender:
        return fold(each for each in theirs if not (own_of(each) or each.messaging_service_sid))
    of_it = {each.messaging_service_sid for each in theirs if own_of(each) == sender and each.messaging_service_sid}
    return fold(
        each for each in theirs if own_of(each) == sender or each.messaging_service_sid in {sender, *of_it} - {""}
    )


def by(each: Message) -> str:
    return each.body.strip(" .\t\r\n\u00a0").upper() if each.inbound else "21610"


def list_plainly(messages: list[Message]) -> set[tuple[str, str, datetime | None, str]]:
    pairs = {(person(m.other_party), m.messaging_service_sid or own_of(m)) for m in messages if m.other_party}
    found = {pair: fold_of_pair(messages, pair[1], pair[0]) for pair in pairs}
    return {
        (*pair, each.when, by(each))
        for pair, each in found.items()
        if each is not None and (each.messaging_service_sid or own_of(each)) == pair[1]
    }


def opted_out_plainly(messages: list[Message], own: str, other: str) -> tuple[datetime | None, str] | None:
    """Oldest first."""
    if own:
        each = fold_of_pair(messages, own, other)
        return None if each is None else (each.when, by(each))
    found = [(when, word) for who, _, when, word in list_plainly(messages) if who == person(other)]
    return max(found, key=lambda each: each[0] or BEGUN, default=None)


def sent_plainly(messages: list[Message], found: OptOut) -> SentSince:
    theirs = [each for each in messages if person(each.other_party) == found.address]
    senders = {found.sender} | {
        own_of(each)
        for each in theirs
        if says(each) and own_of(each) and found.sender and each.messaging_service_sid == found.sender
    }
    since = [
        each
        for each in theirs
        if not each.inbound
        and each.status not in ("scheduled", "canceled")
        and (each.when or BEGUN) > found.since
        and ({own_of(each), each.messaging_service_sid} - {""} or {""}) & senders
    ]
    if not since:
        return SentSince()
    return SentSince(
        len(since),
        sum(each.error_code == 21610 for each in since),
        sum(each.status in ARRIVED for each in since),
        since[-1].when,
        since[-1].status,
        since[-1].error_code,
    )


@settings(max_examples=80, deadline=None)
@given(MESSAGES)
def test_the_list_is_what_a_plain_fold_says_and_standing_never_disagrees(messages: list[Message]) -> None:
    with closing(Archive.open(None)) as archive:
        archive.put(messages)
        listed = sorted(messages, key=lambda each: each.when or BEGUN)
        found = archive.people.opt_outs()
        assert [each.row for each in found] == sorted((each.row for each in found), reverse=True)
        assert {(each.address, each.sender, each.since, each.by) for each in found} == list_plainly(listed)
        assert archive.people.sent_since(found) == [sent_plainly(listed, each) for each in found]

        for each in found:
            if each.sender:
                standing = archive.people.standing(each.sender, each.address)
                assert (standing.opted_out, standing.opted_out_by) == (each.since, each.by)
            assert archive.people.standing("", each.address).opted_out is not None
        for own in ASKED_SENDERS:
            many = archive.people.opted_out(own, OTHERS)
            for other in OTHERS:
                standing = archive.people.standing(own, other)
                how = many.get(other)
                assert (standing.opted_out, standing.opted_out_by) == ((how.since, how.by) if how else (None, ""))
                assert how is None or (how.address, how.sender) in {(each.address, each.sender) for each in found}

        # A word by itself says nothing where it is not known who wrote it.
        known = [each for each in listed if each.other_party or each.opt_out_type or not each.inbound]
        wanted = {each.sid for each in known if says(each) in ("stop", "refused")}
        assert {each.sid for each in archive.search("is:optout", now=ASKED.now)} == wanted
        others = archive.search("-is:optout", now=ASKED.now)
        assert {each.sid for each in others} == {each.sid for each in listed} - wanted


# -- what is said to a service ----------------------------------------------------------------------------


def standing_of(archive: Archive, own: str) -> str:
    return archive.people.standing(own, OTHERS[0]).opted_out_by


def test_a_stop_to_a_number_of_a_service_is_one_to_the_service_and_so_is_a_start(archive: Archive) -> None:
    archive.put([message(1, second=1, body="STOP", service=SERVICE)])
    (found,) = archive.people.opt_outs()
    assert (found.sender, found.numbers) == (SERVICE, (OWN[0],))
    assert standing_of(archive, SERVICE) == standing_of(archive, OWN[0]) == standing_of(archive, "") == "STOP"
    # That the other number is in the service as well is not known, before they write to it.
    assert standing_of(archive, OWN[1]) == standing_of(archive, SERVICES[1]) == ""

    archive.put([message(2, second=2, body="STOP", own=OWN[1], service=SERVICE)])
    assert standing_of(archive, OWN[1]) == "STOP"
    archive.put([message(3, second=3, body="START", own=OWN[1], service=SERVICE)])
    assert [standing_of(archive, each) for each in (SERVICE, OWN[0], OWN[1], "")] == [""] * 4
    assert archive.people.opt_outs() == []


def test_what_is_sent_afterwards_counts_by_the_service_and_by_its_numbers(archive: Archive) -> None:
    archive.put(
        [
            message(1, second=1, inbound=False),
            message(2, second=2, body="STOP", service=SERVICE),
            message(3, second=3, inbound=False, service=SERVICE, own=OWN[1]),
            message(4, second=4, inbound=False, status="canceled"),
            message(5, second=5, inbound=False, service=SERVICES[1], own=OWN[1]),
            message(6, second=6, inbound=False, status="failed", code=21610),
            message(7, second=7, other=f"rcs:{OTHERS[0]}", inbound=False, status="sent", service=SERVICE, own=""),
        ]
    )
    (found,) = archive.people.opt_outs()
    (sent,) = archive.people.sent_since([found])
    assert (sent.count, sent.refused, sent.let_through, sent.arrived) == (3, 1, 2, 1)
    assert (sent.last, sent.status, sent.code) == (message(7, second=7).when, "sent", None)


# -- what Twilio took a text for --------------------------------------------------------------------------


def test_words_of_ones_own_count_where_twilio_said_so_and_its_own_words_where_it_did_not_mean_them(
    archive: Archive,
) -> None:
    archive.put(
        [
            replace(message(1, second=1, body="Arrêt"), opt_out_type="STOP"),
            # With words of one's own the usual ones may mean something else.
            replace(message(2, second=2, body="END", other=OTHERS[2]), opt_out_type="HELP"),
            replace(message(3, second=3, body="stop", other="whatsapp:+14155550009"), opt_out_type="STOP"),
            message(4, second=4, body="stop", other="whatsapp:+14155550010"),
        ]
    )
    assert [(each.address, each.by) for each in archive.people.opt_outs()] == [
        ("whatsapp:+14155550009", "STOP"),
        (OTHERS[0], "ARRÊT"),
    ]


@pytest.mark.parametrize("how", ["redacted", "deleted"])
def test_what_it_was_taken_for_goes_with_the_text(path: Path, how: str) -> None:
    told = replace(message(1, body="Ende Gelände"), opt_out_type="STOP")
    with closing(Archive.open(path, clock=lambda: FIRST_USE)) as archive:
        archive.put([told, message(2, second=9, other=OTHERS[2])])
        assert archive.find(told.sid) == told and archive.people.opt_outs()
        # A list says nothing of it.
        archive.put([replace(told, opt_out_type="", num_segments=2)])
        assert archive.people.opt_outs()[0].by == "ENDE GELÄNDE"
        if how == "redacted":
            archive.put([replace(told, body="", opt_out_type="")])
            # A webhook that comes late.
            archive.put([told])
        else:
            archive.remove([told.sid])
        assert archive.people.opt_outs() == []
        archive.scrub()
        assert not found_in(path.parent, ["ende gelände", "Ende Gelände", '"STOP"'])
    check_file(path)


def test_a_file_from_before_the_latest_words_knows_them(path: Path) -> None:
    with closing(Archive.open(path, clock=lambda: FIRST_USE)) as archive:
        archive.put([message(1, body="Revoke", inbound=True)])
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "DROP INDEX by_opt_out; CREATE INDEX by_consent ON messages (other, id) WHERE code = 21610;"
            "CREATE INDEX by_wish ON messages (other, id) WHERE code = 21610;"
        )
    with closing(Archive.open(path, clock=lambda: FIRST_USE)) as archive:
        assert archive.people.standing("", OTHERS[0]).opted_out_by == "REVOKE"
    with closing(sqlite3.connect(path)) as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
        # By the last one an older tuilio asks that is running still.
        assert "by_consent" not in names and names > {"by_opt_out", "by_wish"}
    check_file(path)


def test_the_query_goes_with_others_and_gives_the_newest_first(archive: Archive) -> None:
    archive.put([message(n, second=n, body="STOP" if n % 5 == 0 else "Hello") for n in range(50)])
    assert [each.sid for each in archive.search("is:optout since:2026-07-01", now=ASKED.now)] == [
        sid_of(n) for n in range(45, -1, -5)
    ]
    assert len(archive.find_rows(parse("is:optout"), ASKED, limit=3)) == 3
    assert not archive.search("is:optout is:out", now=ASKED.now)


@pytest.mark.parametrize("value", ["'x'", "x'ff00'", "1.5", "9e999", "-3", str(2**62)])
@pytest.mark.parametrize("column", ["own", "other", "service", "status", "code", "extra", "body"])
def test_damaged_cells_are_no_reason_to_answer_nothing(archive: Archive, column: str, value: str) -> None:
    stop, refused = message(1, second=1, body="STOP"), message(2, second=2, inbound=False, code=21610)
    archive.put([stop, refused, message(3, second=3, inbound=False)])
    whole = message(4, second=4, body="STOP", other=OTHERS[2])
    archive.put([whole])

    def harm(database: sqlite3.Connection) -> None:
        database.execute(f"UPDATE messages SET {column} = {value} WHERE id < (SELECT max(id) FROM messages)")

    archive._file.write(harm)
    found = archive.people.opt_outs()
    assert [each.row for each in found if each.address == OTHERS[2]]
    assert len(archive.people.sent_since(found)) == len(found)
    assert archive.people.opted_out("", OTHERS)[OTHERS[2]].by == "STOP"
    assert archive.people.standing(OWN[0], OTHERS[2]).opted_out_by == "STOP"


def test_a_damaged_address_is_nobodys(archive: Archive) -> None:
    archive.put([message(1, second=1, body="STOP"), message(2, second=2, body="STOP", other=OTHERS[2])])

    def harm(database: sqlite3.Connection) -> None:
        database.execute("UPDATE addresses SET address = x'ff00' WHERE address = ?", (OTHERS[0],))

    archive._file.write(harm)
    assert [each.address for each in archive.people.opt_outs()] == [OTHERS[2]]
