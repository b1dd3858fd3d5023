"""Who is behind messages of the archive: each person once, at the address they were last in touch with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tui.jobs.recipients import number_column, recipients
from tui.services.message_archive import MessageArchive
from tui.services.query_people import PEOPLE_COLUMNS, find_people
from tui.storage.spreadsheets import Table, TableRow
from tui.twilio.message import Message

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OWN, SERVICE = "+14155550100", "MG" + "0" * 32
MAYA, OMAR = "+14155550123", "+14155550124"


def message(number: int, from_: str, to: str, *, inbound: bool = False, service: str = "") -> Message:
    return Message(
        sid=f"SM{number:032x}",
        status="received" if inbound else "sent",
        direction="inbound" if inbound else "outbound-api",
        from_=from_,
        to=to,
        body=f"text {number}",
        messaging_service_sid=service,
        date_created=NOW - timedelta(hours=number),
    )


async def test_each_person_of_a_query_is_a_row_once_with_the_newest_address_and_own_number():
    archive = MessageArchive(None, history=None, clock=lambda: NOW)
    await archive.open()
    await archive.put(
        [
            message(1, f"whatsapp:{MAYA}", f"whatsapp:{OWN}", inbound=True),
            message(2, OWN, MAYA),
            message(3, "", OMAR, service=SERVICE),
            message(4, OWN, "12345"),
            message(5, OWN, ""),
        ]
    )
    names = {MAYA: "Maya", f"whatsapp:{MAYA}": "Maya"}
    found = await find_people(archive, await archive.list_rows(), lambda address: names.get(address, ""))
    assert found == (
        (f"whatsapp:{MAYA}", "Maya", f"whatsapp:{OWN}"),
        (OMAR, "", SERVICE),
        ("12345", "", OWN),
    )
    table = Table(PEOPLE_COLUMNS, tuple(TableRow(line, cells) for line, cells in enumerate(found, 1)))
    assert number_column(table) == 0
    assert [each.left_out is None for each in recipients(table, 0)] == [True, True, False]
    await archive.close()
