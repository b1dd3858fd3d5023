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

LAYOUT: Final = Layout(SCHEMA, TABLES, "messages", looked_through=False)
