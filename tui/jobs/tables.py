"""The SQL of the file of jobs: its tables, and the statements over their rows. Must not know files, locks or threads.

A job's number is its own for good, in whatever file: by it the send journal tells the sends of jobs apart. So it is not
simply the next one, which a file that was restored or begun anew would give out a second time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from tui.jobs.model import ItemState, Job, JobCounts, JobItem, LeftOut
from tui.jobs.report import ItemMark
from tui.jobs.rows import ITEM_COLUMNS, JOB_COLUMNS, checksum, read_item, read_job, write_draft
from tui.storage.database import Layout
from tui.storage.errors import JobGone, JobsUnavailable
from tui.storage.journal_entry import without_text, write_template
from tui.storage.row_reader import Cell, storable, write_time
from tui.storage.state_file import FileWords

if TYPE_CHECKING:
    from tui.jobs.model import NewItem, NewJob
    from tui.storage.journal_entry import SentTemplate
    from tui.twilio.drafts import Draft

LAYOUT: Final = Layout(
    1,
    (
        """
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            connection TEXT NOT NULL,
            account_sid TEXT NOT NULL,
            base TEXT NOT NULL,
            source TEXT NOT NULL,
            columns TEXT NOT NULL,
            senders TEXT NOT NULL,
            pacing TEXT NOT NULL,
            halts TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            journal TEXT NOT NULL DEFAULT '',
            created_at TEXT NOT NULL,
            started_at TEXT,
            ended_at TEXT
        )
        """,
        # `withdrawn`: 0; 1 once the words were removed, 2 once they were overwritten in the file as well.
        # `change`: which of its job's changes made the item what it is; 0 for none.
        """
        CREATE TABLE items (
            job INTEGER NOT NULL,
            number INTEGER NOT NULL,
            line INTEGER NOT NULL,
            state TEXT NOT NULL,
            draft TEXT NOT NULL,
            sid TEXT,
            template TEXT NOT NULL,
            cells TEXT NOT NULL,
            left_out TEXT,
            code INTEGER,
            detail TEXT,
            entry INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            not_before TEXT,
            changed_at TEXT NOT NULL,
            change INTEGER NOT NULL DEFAULT 0,
            withdrawn INTEGER NOT NULL DEFAULT 0,
            checksum INTEGER NOT NULL,
            UNIQUE (job, number)
        )
        """,
        "CREATE INDEX jobs_by_account ON jobs (account_sid, base, id)",
        # All that is counted stands in it.
        "CREATE INDEX items_by_state ON items (job, state, left_out, code, number)",
        "CREATE INDEX items_by_sid ON items (sid) WHERE sid IS NOT NULL",
        "CREATE INDEX items_to_overwrite ON items (withdrawn) WHERE withdrawn = 1",
        "CREATE INDEX items_by_change ON items (job, change) WHERE change > 0",
        # Not left to the statements: what one forgot would be shown as it was.
        """
        CREATE TRIGGER items_changed AFTER UPDATE OF state, sid, code, left_out ON items BEGIN
            UPDATE items
            SET change = 1 + coalesce((SELECT max(change) FROM items WHERE job = new.job AND change > 0), 0)
            WHERE rowid = new.rowid;
        END
        """,
    ),
    "jobs",
)

WORDS_OF_FILE: Final = FileWords(
    "The file of campaigns and bulk changes",
    "What they had still to do is not done any more. What was sent stands in the outbox: look there before sending it "
    "again.",
    JobsUnavailable,
)

_ACCOUNT_UNREADABLE: Final = "(typeof(account_sid) != 'text' OR substr(account_sid, 1, 2) != 'AC')"
"""Rows whose account cannot be read are shown with every account: none may be lost without a word."""

_STATES: Final = ", ".join(f"'{each.value}'" for each in ItemState)
_STATE_UNREADABLE: Final = f"coalesce(state, '') NOT IN ({_STATES})"


def insert_job(database: sqlite3.Connection, new: NewJob, state: str, now: str) -> int:
    """Write a job down without its items; returns its number."""
    (id,) = cast(
        "tuple[int]",
        database.execute(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'jobs'), abs(random() % (1 << 40))) "
            "+ 1 + abs(random() % (1 << 20))"
        ).fetchone(),
    )
    database.execute(
        "INSERT INTO jobs (id, kind, name, connection, account_sid, base, source, columns, senders, pacing, halts, "
        "state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id,
            new.kind.value,
            storable(new.name),
            storable(new.connection),
            storable(new.account_sid),
            storable(new.base),
            storable(new.source),
            json.dumps(list(new.columns)),
            json.dumps(list(new.senders)),
            json.dumps([new.pacing.per_second, new.pacing.at_once]),
            json.dumps([new.halts.alike, new.halts.filtered]),
            state,
            now,
        ),
    )
    return id


def item_row(number: int, item: NewItem, now: str) -> tuple[Cell, ...]:
    """The values of a new item for `insert_items`, all but the job."""
    return (
        number,
        item.line,
        (ItemState.WAITING if item.left_out is None else ItemState.LEFT_OUT).value,
        write_draft(item.draft),
        None if item.sid is None else storable(item.sid),
        write_template(item.template),
        json.dumps(list(item.cells)),
        None if item.left_out is None else item.left_out.value,
        None if item.detail is None else storable(item.detail),
        now,
    )


def insert_items(database: sqlite3.Connection, job: int, rows: Iterable[tuple[Cell, ...]]) -> None:
    """Write the items of a job down."""
    database.executemany(
        "INSERT INTO items (job, number, line, state, draft, sid, template, cells, left_out, detail, changed_at, "
        "checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((job, *row, checksum(job, row[0], row[3], row[5], row[4])) for row in rows),
    )


def find_job(database: sqlite3.Connection, id: int, *, counted: bool = True) -> Job:
    """One job, with its counts or without.

    Raises:
        JobGone: there is none of this number.
    """
    for job in read_jobs(database, "id = ?", id, counted=counted):
        return job
    raise JobGone("This job is gone.", "Look at the list of jobs.")


def jobs_of(database: sqlite3.Connection, account_sid: str, base: str, limit: int) -> tuple[Job, ...]:
    """The jobs of an account at a server, and those whose account cannot be read, newest first."""
    return read_jobs(
        database,
        f"(account_sid = ? AND base = ? OR {_ACCOUNT_UNREADABLE}) ORDER BY id DESC LIMIT ?",
        storable(account_sid),
        storable(base),
        limit,
    )


def read_jobs(database: sqlite3.Connection, condition: str, *values: Cell, counted: bool = True) -> tuple[Job, ...]:
    """The jobs that meet a condition, with their counts or without."""
    found = cast(
        "list[tuple[Cell, ...]]",
        database.execute(f"SELECT {JOB_COLUMNS} FROM jobs WHERE {condition}", values).fetchall(),  # noqa: S608
    )
    return tuple(read_job(row, count(database, cast("int", row[0])) if counted else JobCounts()) for row in found)


def count(database: sqlite3.Connection, job: int) -> JobCounts:
    """How many of a job's items stand where; those whose state cannot be read are UNKNOWN."""
    states: dict[ItemState, int] = {}
    left_out: dict[LeftOut, int] = {}
    codes: dict[int | None, int] = {}
    found = cast(
        "list[tuple[Cell, Cell, Cell, int]]",
        database.execute(
            "SELECT state, left_out, code, count(*) FROM items WHERE job = ? GROUP BY state, left_out, code", (job,)
        ).fetchall(),
    )
    for state_cell, why, code, number in found:
        state = ItemState(state_cell) if state_cell in _ITEM_STATES else ItemState.UNKNOWN
        states[state] = states.get(state, 0) + number
        if state is ItemState.LEFT_OUT and why in _LEFT_OUTS:
            left_out[LeftOut(why)] = left_out.get(LeftOut(why), 0) + number
        if state is ItemState.FAILED:
            key = code if isinstance(code, int) else None
            codes[key] = codes.get(key, 0) + number
    return JobCounts(states, left_out, codes)


_ITEM_STATES: Final = frozenset(each.value for each in ItemState)
_LEFT_OUTS: Final = frozenset(each.value for each in LeftOut)


def read_items(database: sqlite3.Connection, condition: str, *values: Cell) -> tuple[JobItem, ...]:
    """The items that meet a condition."""
    found = cast(
        "list[tuple[Cell, ...]]",
        database.execute(f"SELECT {ITEM_COLUMNS} FROM items WHERE {condition}", values).fetchall(),  # noqa: S608
    )
    return tuple(map(read_item, found))


def items_of(
    database: sqlite3.Connection, job: int, states: Collection[ItemState], after: int, limit: int
) -> tuple[JobItem, ...]:
    """As `JobStore.items`."""
    conditions, values = ["job = ?"], list[Cell]([job])
    if after:
        conditions.append("number > ?")
        values.append(after)
    if states:
        wanted = "state IN (SELECT value FROM json_each(?))"
        conditions.append(f"({wanted} OR {_STATE_UNREADABLE})" if ItemState.UNKNOWN in states else wanted)
        values.append(json.dumps([each.value for each in states]))
    # The numbers are found in the index alone: rows are long.
    return read_items(
        database,
        f"job = ? AND number IN (SELECT number FROM items INDEXED BY items_by_state WHERE {' AND '.join(conditions)} "  # noqa: S608
        "ORDER BY number LIMIT ?) ORDER BY number",
        job,
        *values,
        limit,
    )


def items_among(database: sqlite3.Connection, job: int, numbers: Collection[int]) -> tuple[JobItem, ...]:
    """These items of a job, by number."""
    return read_items(
        database,
        "job = ? AND number IN (SELECT value FROM json_each(?)) ORDER BY number",
        job,
        json.dumps(list(numbers)),
    )


def marks(database: sqlite3.Connection, job: Job, after: int | None) -> Iterator[ItemMark]:
    """The items that a job changed after one of its changes, or with None all of them by number.

    In portions: a long one holds the interpreter.
    """
    created = write_time(job.created_at)
    condition, values = ("ORDER BY number", ()) if after is None else ("AND change > 0 AND change > ?", (after,))
    found = database.execute(
        f"SELECT number, state, sid, code, left_out, changed_at FROM items WHERE job = ? {condition}",  # noqa: S608
        (job.id, *values),
    )
    while portion := cast("list[tuple[int, Cell, Cell, Cell, Cell, Cell]]", found.fetchmany(_PORTION)):
        for number, state, sid, code, left_out, changed in portion:
            yield ItemMark(
                number,
                _STATE_OF.get(state, ItemState.UNKNOWN),
                sid if isinstance(sid, str) else None,
                code if isinstance(code, int) else None,
                _LEFT_OUT_OF.get(left_out),
                changed != created,
            )


def last_change(database: sqlite3.Connection, job: int) -> int:
    """The number of a job's last change; 0 where none of its items was."""
    (last,) = cast(
        "tuple[int | None]",
        database.execute("SELECT max(change) FROM items WHERE job = ? AND change > 0", (job,)).fetchone(),
    )
    return last or 0


_STATE_OF: Final[Mapping[Cell, ItemState]] = {each.value: each for each in ItemState}
_LEFT_OUT_OF: Final[Mapping[Cell, LeftOut]] = {each.value: each for each in LeftOut}
_PORTION: Final = 500


def count_anew(database: sqlite3.Connection) -> None:
    """Make the index by which items are counted and found say what their rows say."""
    database.execute("REINDEX items_by_state")


def waiting(database: sqlite3.Connection, job: int, numbers: Collection[int]) -> tuple[JobItem, ...]:
    """Those of these items that wait, by number: as their rows say, and not the index, which may be damaged."""
    return read_items(
        database,
        "job = ? AND number IN (SELECT value FROM json_each(?)) AND +state = 'waiting' ORDER BY number",
        job,
        json.dumps(list(numbers)),
    )


def fail_nameless(database: sqlite3.Connection, job: int, detail: str, now: str) -> None:
    """Fail the items of a job that wait and whose number cannot be read."""
    database.execute(
        "UPDATE items SET state = 'failed', left_out = NULL, code = NULL, detail = ?, changed_at = ? "
        "WHERE job = ? AND state = 'waiting' AND typeof(number) != 'integer'",
        (detail, now, job),
    )


def withdraw(database: sqlite3.Connection, account_sid: str, sids: Mapping[str, bool]) -> int:
    """Remove the words of the items of these messages; returns of how many. A row of a table goes whole: the text was
    made of it.
    """
    held = read_items(
        database,
        "sid IN (SELECT value FROM json_each(?)) AND job IN (SELECT id FROM jobs WHERE account_sid = ?)",
        json.dumps(list(sids)),
        storable(account_sid),
    )
    changed = 0
    for item in held:
        draft, template = without_words(item, gone=sids.get(item.sid or "", False))
        if (draft, template, ()) == (item.draft, item.template, item.cells) and not item.damaged:
            continue
        cells = write_draft(draft), write_template(template)
        database.execute(
            "UPDATE items SET draft = ?, template = ?, cells = '[]', withdrawn = 1, checksum = ? "
            "WHERE job = ? AND number = ?",
            (*cells, checksum(item.job, item.number, *cells, item.sid), item.job, item.number),
        )
        changed += 1
    return changed


def without_words(item: JobItem, *, gone: bool) -> tuple[Draft | None, SentTemplate | None]:
    """Draft and template of an item whose words are withdrawn; without media where the message is `gone`."""
    draft = item.draft
    if draft is not None:
        draft = replace(draft, body="", content_variables=None, media_urls=() if gone else draft.media_urls)
    return draft, without_text(item.template)


def having_state(database: sqlite3.Connection, state: ItemState) -> frozenset[int]:
    """The jobs that have an item in a state."""
    rows = database.execute(
        "SELECT id FROM jobs WHERE EXISTS (SELECT 1 FROM items WHERE job = jobs.id AND state = ?)", (state.value,)
    ).fetchall()
    return frozenset(id for (id,) in cast("list[tuple[int]]", rows))


def delete_jobs(database: sqlite3.Connection, ids: Collection[int]) -> None:
    """Delete jobs with their items."""
    rows = [(id,) for id in ids]
    database.executemany("DELETE FROM items WHERE job = ?", rows)
    database.executemany("DELETE FROM jobs WHERE id = ?", rows)
