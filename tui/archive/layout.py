"""The archive's tables, and the numbers that stand for texts in them. SQL only: who reads and writes is elsewhere.

A message's row number is its time: `row_number(at, n)` is the second in which it was sent (or else created), and
which of that second's messages it is. So the order of rows is the order of the list, a period is a range of row
numbers, in the table as in the index of texts, and a list is an array of eight bytes a message.
"""

from __future__ import annotations

from typing import Final

from tui.storage.database import Layout

SCHEMA: Final = 1

PER_SECOND: Final = 1 << 10
"""Messages with one and the same time that keep their place; further ones stand at the next second that has room."""


def row_number(at: int, n: int = 0) -> int:
    """The row number of the n-th message of a second since 1970; times before are taken for 1970."""
    return max(at, 0) * PER_SECOND + n


def second_of(row: int) -> int:
    """The second since 1970 in which the message of this row was sent, or else created; 0 where it has no time."""
    return row // PER_SECOND


STATUSES: Final = (
    *("scheduled", "accepted", "queued", "receiving", "sending", "sent", "failed", "undelivered"),
    *("partially_delivered", "received", "delivered", "read", "canceled"),
)
"""A status is kept as its place here, any other as its text. Only ever added to: files hold these numbers."""

DIRECTIONS: Final = ("inbound", "outbound-api", "outbound-call", "outbound-reply")
"""A direction is kept as its place here, any other as its text. Only ever added to."""

PRICE_UNIT: Final = 100_000
"""A price is kept in hundred-thousandths of its currency."""

TABLES: Final = (
    # Every address once. `number` is the address without its channel (`whatsapp:`).
    """
    CREATE TABLE addresses (
        id INTEGER PRIMARY KEY,
        address TEXT NOT NULL UNIQUE,
        number TEXT NOT NULL,
        country TEXT NOT NULL
    )
    """,
    # Services, currencies, account SIDs, error messages: each text once.
    "CREATE TABLE terms (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    # `sid` is seventeen bytes, S or M and the sixteen, or the text where it is none of Twilio's. `other` and `own` are
    # addresses, `own` NULL where Twilio names none; `country` is the other side's, '' for unknown; times are seconds;
    # `extra` is JSON of what Twilio's resource has besides, or otherwise than can be told from the columns.
    """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        sid BLOB NOT NULL UNIQUE,
        status NOT NULL,
        direction NOT NULL,
        other INTEGER,
        own INTEGER,
        country TEXT NOT NULL,
        code INTEGER,
        segments INTEGER,
        media INTEGER,
        price INTEGER,
        currency INTEGER,
        service INTEGER,
        account INTEGER,
        error INTEGER,
        created INTEGER,
        sent INTEGER,
        updated INTEGER,
        body TEXT NOT NULL,
        extra TEXT
    )
    """,
    "CREATE INDEX by_other ON messages (other, id)",
    "CREATE INDEX by_status ON messages (status, id)",
    "CREATE INDEX by_code ON messages (code, id) WHERE code IS NOT NULL",
    # All that a search or a total may look at besides texts, the other side and the SID, for one pass over it.
    """
    CREATE INDEX by_totals ON messages (
        own, status, code, country, currency, direction, segments, price, media, service
    )
    """,
    # What is complete, as seconds, both included; no two touch.
    "CREATE TABLE coverage (first INTEGER PRIMARY KEY, last INTEGER NOT NULL)",
    # What was removed and may come once more in an answer that was under way.
    "CREATE TABLE removed (sid BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE VIRTUAL TABLE texts USING fts5 (
        body, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1'
    )
    """,
    # Segments of the index that are merged at once. With four, as FTS5 has it by itself, loading takes a tenth longer.
    "INSERT INTO texts (texts, rank) VALUES ('automerge', 8)",
)

STOP_WORDS: Final = ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout")
"""Twilio's own opt-out words, alone in a text, in any case.
https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out"""

START_WORDS: Final = ("start", "yes", "unstop")
"""The words that end it."""

REFUSED: Final = 21610
"""The code of a message to somebody who opted out."""

OPT_OUT_TYPE: Final = "opt_out"
"""In `extra`, and first there: what Twilio itself took the text of an inbound message for (`Message.opt_out_type`)."""

_MARK: Final = f'{{"{OPT_OUT_TYPE}":"'

WORD: Final = "lower(trim(body, ' .\t\r\n\u00a0'))"
"""A text as it is compared with those words, in SQL."""

TAKEN_FOR: Final = (
    f"CASE WHEN extra IS NOT NULL AND substr(extra, 1, {len(_MARK)}) = '{_MARK}' "
    f"THEN rtrim(substr(extra, {len(_MARK) + 1}, 5), '\"') ELSE '' END"
)
"""What Twilio took the text for, STOP, START or HELP, in SQL; empty where it did not say."""

WISH: Final = f"""(CASE
    WHEN direction <> 0 THEN CASE WHEN code = {REFUSED} THEN 'refused' ELSE '' END
    WHEN {TAKEN_FOR} <> '' THEN CASE WHEN {TAKEN_FOR} IN ('STOP', 'START') THEN {TAKEN_FOR} ELSE '' END
    WHEN {WORD} IN {STOP_WORDS} THEN 'stop' WHEN {WORD} IN {START_WORDS} THEN 'start' ELSE ''
END)"""
"""What a message says of whether its other side wants messages, in SQL: `refused`; `STOP` or `START` where Twilio said
that it took the text for that, `stop` or `start` where only the text says so; or nothing."""

ABOUT_CONSENT: Final = f"{WISH} <> ''"
"""What says whether somebody wants messages, in SQL; the index `by_opt_out` has no others."""

READ_NOTE: Final = "read until"
"""The note with the row up to which all counts as read of an address that nothing is kept of yet."""

_NEWEST: Final = "coalesce((SELECT max(id) FROM messages INDEXED BY by_other WHERE other = {id}), -1)"
_NEWEST_OUTGOING: Final = (
    "coalesce((SELECT max(id) FROM messages INDEXED BY by_outgoing WHERE other = {id} AND direction <> 0), -1)"
)

TABLE_OF_OTHERS: Final = (
    # One row for each address that messages were exchanged with, numbered as in `addresses`: `last` is its newest
    # message, `outgoing` the newest that went out (-1 for none), `read` the row up to which it was read, `unread` how
    # many came in after that. SQLite itself keeps it true, by triggers, whoever writes: so it is no new schema.
    """
    CREATE TABLE others (
        id INTEGER PRIMARY KEY,
        last INTEGER NOT NULL,
        outgoing INTEGER NOT NULL,
        read INTEGER NOT NULL,
        unread INTEGER NOT NULL
    )
    """,
    "CREATE INDEX by_number ON addresses (number)",
    "CREATE INDEX by_incoming ON messages (other, id, own, direction) WHERE direction = 0",
    "CREATE INDEX by_outgoing ON messages (other, id) WHERE direction <> 0",
    f"""
    INSERT INTO others
    SELECT id, last, {_NEWEST_OUTGOING.format(id="a.id")}, last, 0
    FROM (SELECT id, {_NEWEST.format(id="addresses.id")} AS last FROM addresses) a WHERE last >= 0
    """,  # noqa: S608
    "CREATE INDEX others_by_last ON others (last)",
    "CREATE INDEX others_by_outgoing ON others (outgoing) WHERE outgoing >= 0",
    "CREATE INDEX others_by_unread ON others (unread) WHERE unread > 0",
    f"""
    CREATE TRIGGER message_added AFTER INSERT ON messages WHEN new.other IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM others WHERE id = new.other
        AND new.id <= last AND iif(new.direction <> 0, new.id <= outgoing, new.id <= read)
    ) BEGIN
        INSERT INTO others VALUES (
            new.other, new.id, iif(new.direction <> 0, new.id, -1),
            coalesce((SELECT CAST(value AS INTEGER) FROM notes WHERE name = '{READ_NOTE}'), new.id),
            new.direction = 0
            AND new.id > coalesce((SELECT CAST(value AS INTEGER) FROM notes WHERE name = '{READ_NOTE}'), new.id)
        )
        ON CONFLICT (id) DO UPDATE SET
            last = max(last, new.id),
            outgoing = iif(new.direction <> 0, max(outgoing, new.id), outgoing),
            unread = unread + (new.direction = 0 AND new.id > read);
    END
    """,  # noqa: S608
    f"""
    CREATE TRIGGER message_gone AFTER DELETE ON messages WHEN old.other IS NOT NULL BEGIN
        UPDATE others SET
            last = iif(last = old.id, {_NEWEST.format(id="old.other")}, last),
            outgoing = iif(outgoing = old.id, {_NEWEST_OUTGOING.format(id="old.other")}, outgoing),
            unread = unread - (old.direction = 0 AND old.id > read)
        WHERE id = old.other AND (old.id IN (last, outgoing) OR old.direction = 0 AND old.id > read);
    END
    """,  # noqa: S608
    "CREATE TRIGGER address_gone AFTER DELETE ON addresses BEGIN DELETE FROM others WHERE id = old.id; END",
    # What was kept in place of it.
    "DELETE FROM notes WHERE name = 'looked at until'",
)

INDEX_OF_OPT_OUTS: Final = (
    # What was there before the latest of the words. With others it needs another name. That of before Twilio's own,
    # `by_wish`, stays where it is: an older tuilio that is running asks by it.
    "DROP INDEX IF EXISTS by_consent",
    # With all that the list of opt-outs looks at: they are spread over the whole table.
    f"CREATE INDEX by_opt_out ON messages (other, id, own, service, {WISH}, {WORD}) WHERE {ABOUT_CONSENT}",
)

ROWS_OF_A_DAY: Final = 86_400 * PER_SECOND
"""Row numbers that a UTC day has."""

KIND_COLUMNS: Final = (
    *("status", "direction", "code", "country", "own", "service", "currency", "segments", "price", "media"),
)
"""What messages of one kind have in common, see `picture_columns`."""

TABLE_OF_DAYS: Final = (
    # The columns of whole UTC days, counted from 1970: eight bytes a message, its kind's number times 2³² and one more
    # than its seconds to delivery (0 for unknown), then four, its row number less the day's first; little-endian. A
    # day that is not here is read from its messages: so it is no new schema.
    "CREATE TABLE days (day INTEGER PRIMARY KEY, columns BLOB NOT NULL)",
    # Numbered from 0 without a gap, and with the affinities that these columns have in `messages`.
    """
    CREATE TABLE kinds (
        id INTEGER PRIMARY KEY, status, direction, code INTEGER, country TEXT, own INTEGER, service INTEGER,
        currency INTEGER, segments INTEGER, price INTEGER, media INTEGER
    )
    """,
    *(
        f"""
        CREATE TRIGGER day_{name} AFTER {event} ON messages
        WHEN EXISTS (SELECT 1 FROM days WHERE day = {row}.id / {ROWS_OF_A_DAY})
        BEGIN DELETE FROM days WHERE day = {row}.id / {ROWS_OF_A_DAY}; END
        """  # noqa: S608
        for name, event, row in (("gains", "INSERT", "new"), ("loses", "DELETE", "old"), ("changes", "UPDATE", "new"))
    ),
)

LAYOUT: Final = Layout(
    SCHEMA,
    TABLES,
    "messages",
    later_tables={"others": TABLE_OF_OTHERS, "by_opt_out": INDEX_OF_OPT_OUTS, "days": TABLE_OF_DAYS},
    looked_through=False,
)
