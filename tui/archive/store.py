"""The account's messages in one SQLite file: kept as Twilio tells them, found by what a person asks.

Knows neither Twilio's API nor the loop: what is asked of the one and when is `sync`'s, and every call here may wait for
the disk. The file, its connections and what goes wrong with it are `archive_file`'s.
"""

from __future__ import annotations

import json
import sqlite3
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Final, TypeVar, cast, overload

from tui.archive.archive_file import ArchiveFile
from tui.archive.conversations import People, begin_marks, mark_late
from tui.archive.coverage import Coverage, Span
from tui.archive.dictionary import Addresses, Terms, chunks, drop_unused
from tui.archive.encoding import SELECT, SELECT_ROWS, MessageCells, decode, decode_sid, encode, encode_sid
from tui.archive.layout import PER_SECOND, STATUSES, row_number
from tui.archive.text_index import FOLDING, change_texts, merge_index, rebuild_index
from tui.storage.database import ask, say_why
from tui.storage.document import as_table
from tui.storage.errors import ArchiveUnavailable
from tui.storage.files import lock, resolve
from tui.twilio.message import FINAL, Message, take_over

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime, tzinfo
    from pathlib import Path

    from tui.archive.completion import Known
    from tui.archive.matching import Asked
    from tui.archive.periods import Window
    from tui.archive.picture import Figures, Picture
    from tui.archive.query import Query

T = TypeVar("T")

REMOVED_SECONDS: Final = 24 * 3600
"""How long a removal is remembered: longer than any answer is under way."""

SCRUB_SECONDS: Final = 7 * 24 * 3600
"""How long traces of messages that became too old may stay."""

_AT_ONCE: Final = 500
"""Messages that a loop over `Rows` reads at once."""

_SCRUB_DUE: Final = "scrub due"
_SCRUBBED: Final = "scrubbed"
_FOLDING: Final = "folding"
_WITHDRAWN: Final = "withdrawn"
_UNDER_WAY: Final = tuple(number for number, status in enumerate(STATUSES) if status not in FINAL)
_INSERT: Final = f"INSERT INTO messages VALUES ({','.join('?' * 20)})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class ArchiveChange:
    """What one write changed.

    Attributes:
        rows: SID → its row number before and its row number now; None where it was not, or is not any more.
        coverage: all that is complete now, where this write changed it.
        generation: of the archive that was written to.
        withdrawn: SID → whether the message itself is gone, of those that were redacted or deleted at Twilio.
    """

    rows: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict[str, tuple[int | None, int | None]])
    coverage: Coverage | None = None
    generation: int = 0
    withdrawn: Mapping[str, bool] = field(default_factory=dict[str, bool])

    def __bool__(self) -> bool:
        return bool(self.rows) or self.coverage is not None


class Archive:
    """The messages of one account; usable from any thread, and by several programs at once.

    Attributes:
        people: what is asked about people, and read of theirs.

    Every method may raise ArchiveUnavailable (tui.storage.errors): the disk is full, say; then nothing has changed.
    """

    def __init__(
        self,
        path: Path | None,
        keeps: Callable[[], bool],
        clock: Callable[[], float],
        given_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self._addresses = Addresses()
        self._terms = Terms()
        self._clock = clock
        self._file = ArchiveFile(path, lost=self._forget_texts, keeps=keeps, given_up=given_up)
        self.people = People(self._file.read, self._write)

    @classmethod
    def open(
        cls,
        path: Path | None,
        *,
        keeps: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.time,
        given_up: Callable[[], bool] = lambda: False,
    ) -> Archive:
        """Open the file, make it where it is missing; with no path the archive lives in memory.

        `keeps` is asked, in any thread, when the file was removed or replaced from outside: whether a new one is to be
        kept. It may not raise. What came in before the file's first use, by `clock`, counts as read. Another program
        that writes is waited for, unless `given_up` says meanwhile that nobody wants the archive any more.
        """
        return cls(path, keeps, clock, given_up)

    def stop(self) -> None:
        """End what other threads read, and the scrub, which stays due; let none begin any more. `close` follows."""
        self._file.stopped = True

    def close(self) -> None:
        """Close the file; nothing may be asked afterwards."""
        self._file.close()

    @property
    def notice(self) -> str:
        """A sentence for the person: the file was damaged and set aside, written by a newer tuilio, or is gone.

        It may come while the archive is in use, with another `generation`: damage is found when it is met.
        """
        return self._file.notice

    @property
    def generation(self) -> int:
        """Another number once all that was kept is gone: the file was damaged, or removed from outside."""
        return self._file.generation

    @property
    def read_only(self) -> bool:
        """Whether nothing is written to the file: a newer tuilio's is left as it is, and this run keeps what it reads
        in memory.
        """
        return self._file.read_only

    def until(self, is_given_up: Callable[[], bool]) -> AbstractContextManager[None]:
        """A context in which what this thread reads is given up, with ArchiveUnavailable, once that says True."""
        return self._file.until(is_given_up)

    # -- reading -----------------------------------------------------------------------------------------

    def find(self, sid: str) -> Message | None:
        """A message by its SID."""

        def look(database: sqlite3.Connection) -> Message | None:
            row = database.execute(f"{SELECT} WHERE m.sid = ?", (encode_sid(sid),)).fetchone()
            return None if row is None else decode(row)[1]

        return self._file.read(look)

    def find_all(self, sids: Iterable[str]) -> dict[str, Message]:
        """Those of some messages that are kept, by SID."""
        wanted = list(sids)
        return self._file.read(
            lambda database: {sid: message for sid, (_, message) in _find_known(database, wanted).items()}
        )

    def read(self, rows: Sequence[int]) -> list[Message | None]:
        """The messages of these rows, in this order; None for a row that is no longer there."""
        wanted = json.dumps(list(rows))

        def look(database: sqlite3.Connection) -> list[Message | None]:
            found = dict(map(decode, database.execute(SELECT_ROWS, (wanted,))))
            return [found.get(row) for row in rows]

        return self._file.read(look)

    def list_rows(self, limit: int | None = None) -> array[int]:
        """All rows, ascending: oldest first. With a limit only the newest of them."""

        def look(database: sqlite3.Connection) -> array[int]:
            found = database.execute(
                "SELECT id FROM messages ORDER BY id DESC LIMIT ?", (-1 if limit is None else limit,)
            )
            rows = array("q", (row for (row,) in cast("Iterable[tuple[int]]", found)))
            rows.reverse()
            return rows

        return self._file.read(look)

    def find_rows(self, query: Query, asked: Asked, *, limit: int | None = None) -> array[int]:
        """The rows that match, ascending: oldest first. With a limit only the newest of them."""
        from tui.archive.searching import find_rows

        return self._file.read(lambda database: find_rows(database, query, asked, limit))

    def matching(self, query: Query, asked: Asked, rows: Iterable[int]) -> set[int]:
        """Those of some rows that match."""
        from tui.archive.searching import matching

        wanted = list(rows)
        return self._file.read(lambda database: matching(database, query, asked, wanted))

    def search(self, query: str, *, now: datetime, zone: tzinfo | None = None) -> Rows:
        """What a query finds, as a person writes it, newest first; its days are those of `zone`, or of this machine.

        Raises:
            QueryError: it cannot be read.
        """
        from tui.archive.matching import Asked
        from tui.archive.query_parser import parse

        return Rows(self, self.find_rows(parse(query), Asked(now, zone))[::-1])

    def figures(self, query: Query, window: Window, asked: Asked) -> tuple[Figures, Figures]:
        """What all that matches in a period adds up to, and in the period before it."""
        from tui.archive.picture_reading import read_figures

        return self._file.read(lambda database: read_figures(database, query, window, asked, go_on=self._file.go_on))

    def picture(self, query: Query, window: Window, asked: Asked) -> Picture:
        """The same by status, code, country, sender, service, hour and day."""
        from tui.archive.picture_reading import read_picture

        return self._file.read(lambda database: read_picture(database, query, window, asked, go_on=self._file.go_on))

    def known(self, asked: Asked) -> Known:
        """The codes, countries and own addresses that messages have."""
        from tui.archive.picture_reading import read_known

        return self._file.read(lambda database: read_known(database, asked, go_on=self._file.go_on))

    @property
    def coverage(self) -> Coverage:
        """Which periods are complete."""
        return self._file.read(_read_coverage)

    def unsettled(self, since: int) -> list[tuple[str, int]]:
        """SID and row of the messages from this second on whose status is not final, oldest first."""
        marks = ",".join("?" * len(_UNDER_WAY))

        def look(database: sqlite3.Connection) -> list[tuple[str, int]]:
            # A status that nobody has heard of is kept as a text, and texts come after all numbers.
            found = database.execute(
                f"SELECT sid, id FROM messages WHERE (status IN ({marks}) OR status >= '') AND id >= ? ORDER BY id",  # noqa: S608
                (*_UNDER_WAY, row_number(since)),
            )
            return [(decode_sid(sid), row) for sid, row in cast("Iterable[tuple[bytes | str, int]]", found)]

        return self._file.read(look)

    def held(self, span: Span, limit: int | None = None) -> list[tuple[str, int]]:
        """SID and row of the messages of a period, oldest first."""

        def look(database: sqlite3.Connection) -> list[tuple[str, int]]:
            found = database.execute(
                "SELECT sid, id FROM messages WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                (row_number(span.first), row_number(span.last + 1), -1 if limit is None else limit),
            )
            return [(decode_sid(sid), row) for sid, row in cast("Iterable[tuple[bytes | str, int]]", found)]

        return self._file.read(look)

    def note(self, name: str) -> str:
        """A remembered text; empty when there is none."""
        return self._file.read(lambda database: _read_note(database, name))

    def follow(self) -> None:
        """Let go of a file that was removed or replaced from outside; every other call does that as well."""
        self._file.follow()

    def changed_elsewhere(self) -> bool:
        """Whether another program has written to the file since this was last asked."""
        return self._file.changed_elsewhere()

    @property
    def scrub_due(self) -> bool:
        """Whether something was removed or redacted that `scrub` has not cleaned up after; kept over a restart."""
        return bool(self.note(_SCRUB_DUE))

    @property
    def withdrawn(self) -> dict[str, bool]:
        """Those redacted or deleted of which other files may have the words still: `ArchiveChange.withdrawn` of every
        change since, also in earlier runs, less what `settle_withdrawn` was told.
        """
        return self._file.read(_read_withdrawn)

    # -- writing -----------------------------------------------------------------------------------------

    def put(
        self,
        messages: Iterable[Message],
        *,
        covered: Span | None = None,
        generation: int | None = None,
        redacted: Collection[str] = (),
    ) -> ArchiveChange:
        """Keep what Twilio told, merged with what is known by `take_over`, and that a period is complete with it.

        One transaction: both are kept, or neither. Where the period is proven by earlier pages too, `generation` is
        that of the archive which has them; in another one nothing is complete by this. Within a second the first of
        several new messages is the newest, as Twilio lists them. Those `redacted` at Twilio are `withdrawn` also where
        no text of them was kept here: another file may have it.
        """
        told: dict[str, list[Message]] = {}
        for message in messages:
            if message.sid:
                told.setdefault(message.sid, []).append(message)
        if not told and covered is None:
            return ArchiveChange()

        def write(database: sqlite3.Connection) -> tuple[ArchiveChange, bool]:
            known = _find_known(database, told)
            dead = _find_removed(database, told)
            news: list[tuple[int | None, Message | None, Message]] = []
            for sid, states in told.items():
                if sid in dead:
                    continue
                row, message = known.get(sid, (None, None))
                merged = reduce(take_over, states if message is None else (message, *states))
                if message is None or merged != message or merged.agreeing_extra != message.agreeing_extra:
                    news.append((row, message, merged))
            rows, texts = self._keep(database, news)
            if texts:
                _make_scrub_due(database)
            proven = covered if generation in (None, self.generation) else None
            coverage = _change_coverage(database, lambda old: old.with_(proven) if proven else old)
            emptied = {sid: False for sid, text in texts.items() if not text} | dict.fromkeys(redacted, False)
            _note_withdrawn(database, emptied)
            return ArchiveChange(rows, coverage, self.generation, emptied), bool(texts)

        change, overwritten = self._write(write)
        if overwritten:
            self._file.empty_log()
        return change

    def remove(self, sids: Iterable[str]) -> ArchiveChange:
        """Forget messages that Twilio no longer has; an answer that was under way does not bring them back."""
        wanted = list(dict.fromkeys(sids))
        now = int(time.time())

        def write(database: sqlite3.Connection) -> ArchiveChange:
            known = _find_bodies(database, wanted)
            _delete(database, [(row, body) for row, body in known.values()])
            if known:
                _make_scrub_due(database)
            _forget_removals(database, now)
            database.executemany(
                "INSERT OR REPLACE INTO removed VALUES (?, ?)", [(encode_sid(sid), now) for sid in wanted]
            )
            _note_withdrawn(database, dict.fromkeys(wanted, True))
            rows = {sid: (row, None) for sid, (row, _) in known.items()}
            return ArchiveChange(rows, None, self.generation, dict.fromkeys(known, True))

        change = self._write(write)
        if change:
            self._file.empty_log()
        return change

    def settle_withdrawn(self, sids: Mapping[str, bool]) -> None:
        """No other file has the words of these any more."""

        def write(database: sqlite3.Connection) -> None:
            due = _read_withdrawn(database)
            left = dict(due.items() - sids.items())
            if left != due:
                _write_note(database, _WITHDRAWN, json.dumps(left) if left else "")

        self._write(write)

    def prune(self, before: int, *, most: int = 2_000) -> ArchiveChange:
        """Forget what is older than a second since 1970, `most` messages at a time: call it until nothing changes.

        Removals that were remembered long enough are forgotten as well.
        A scrub is due after it at most once a week: each day takes a few messages, and the work would be that of all.
        """
        now = int(time.time())

        def write(database: sqlite3.Connection) -> ArchiveChange:
            # First of all nothing is called complete that will not be.
            coverage = _change_coverage(database, lambda old: old.without_before(before))
            found = cast(
                "list[tuple[bytes | str, int, str]]",
                database.execute(
                    "SELECT sid, id, body FROM messages WHERE id < ? ORDER BY id LIMIT ?", (row_number(before), most)
                ).fetchall(),
            )
            _delete(database, [(row, body) for _, row, body in found])
            _forget_removals(database, now)
            oldest = ask(database, "SELECT min(id) FROM messages")
            # Not `in range`: without a message left that would count through all of it.
            if found and not (isinstance(oldest, int) and oldest < row_number(before)):
                self._drop_unused(database)
                scrubbed = _read_note(database, _SCRUBBED)
                # Not where this machine's clock was ahead at that time.
                if not scrubbed.isdecimal() or not 0 <= now - int(scrubbed) <= SCRUB_SECONDS:
                    _make_scrub_due(database)
            return ArchiveChange({decode_sid(sid): (row, None) for sid, row, _ in found}, coverage, self.generation)

        return self._write(write)

    def keep_days(self, before: int, *, most: int = 5_000) -> int:
        """Keep columns of days before a second since 1970, for pictures; call it until it returns 0.

        Each step is of so many messages, and takes some ten milliseconds.
        """
        from tui.archive.picture_columns import keep_days

        return self._write(lambda database: keep_days(database, row_number(before), most=most))

    def set_note(self, name: str, value: str) -> None:
        """Remember a text under a name; an empty one is forgotten."""
        self._write(lambda database: _write_note(database, name, value))

    def scrub(self) -> None:
        """Leave nothing of what was removed or redacted in any file.

        What is removed is overwritten at once where it was. Left are its trigrams in the index, its address, what it
        had in common with others (`kinds`), and copies in parts of pages that SQLite moved it from. All of that goes
        here: the index is merged, in short steps between which others may write, and then the file is written anew,
        which takes some ten seconds for a million messages, and twice as much room on the disk as the file has: once in
        its folder, once in the write-ahead log. Damaged copies that were set aside go as well: nothing could be removed
        from them.
        """
        due = self.note(_SCRUB_DUE)
        if not due or self._file.stopped:
            return
        self._write(self._drop_unused)
        begin = True
        while not self._file.stopped and self._write(lambda database, begin=begin: merge_index(database, begin=begin)):
            begin = False
        if self._file.stopped:
            return
        try:
            self._file.write_anew()
        except ArchiveUnavailable:
            if self._file.stopped:
                return
            raise

        if self.note(_SCRUB_DUE) == due:
            # Not one that was set aside just now.
            self._file.remove_set_aside()

        def settle(database: sqlite3.Connection) -> None:
            if _read_note(database, _SCRUB_DUE) == due:
                _write_note(database, _SCRUB_DUE, "")
            _write_note(database, _SCRUBBED, str(int(time.time())))

        if self._file.empty_log():
            self._write(settle)

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in one transaction, over an index that this Python's Unicode made."""

        def write(database: sqlite3.Connection) -> T:
            if _read_note(database, _FOLDING) != FOLDING:
                rebuild_index(database)
                _write_note(database, _FOLDING, FOLDING)
            begin_marks(database, row_number(int(self._clock()) + 1) - 1)
            return work(database)

        return self._file.write(write)

    def _drop_unused(self, database: sqlite3.Connection) -> None:
        from tui.archive.picture_columns import blank_unused_kinds

        drop_unused(database)
        blank_unused_kinds(database)
        self._forget_texts()

    def _forget_texts(self) -> None:
        self._addresses.forget()
        self._terms.forget()

    def _keep(
        self, database: sqlite3.Connection, news: Sequence[tuple[int | None, Message | None, Message]]
    ) -> tuple[dict[str, tuple[int | None, int | None]], dict[str, str]]:
        """Write messages: (row so far, message so far, message now). Also SID → text where that is another one now."""
        cells = [encode(message) for _, _, message in news]
        places = _find_places(database, news)
        addresses = self._addresses.number(database, {text for each in cells for text in (each.other, each.own)})
        terms = self._terms.number(
            database, {text for each in cells for text in (each.currency, each.service, each.account, each.error)}
        )
        rows: dict[str, tuple[int | None, int | None]] = {}
        gone: list[tuple[int, str]] = []
        new: list[tuple[int, str]] = []
        texts: dict[str, str] = {}
        for (row, known, message), place, cell in zip(news, places, cells, strict=True):
            rows[message.sid] = (row, place)
            if row is not None and known is not None:
                before = encode(known).body
                if (row, before) == (place, cell.body):
                    continue
                gone.append((row, before))
                if before not in ("", cell.body):
                    texts[message.sid] = cell.body
            new.append((place, cell.body))
        # Deleting first takes half of the time of INSERT OR REPLACE.
        changed = [(row,) for row, _, _ in news if row is not None]
        if changed:
            database.executemany("DELETE FROM messages WHERE id = ?", changed)
        database.executemany(
            _INSERT,
            [_columns(place, cell, addresses, terms) for place, cell in sorted(zip(places, cells, strict=True))],
        )
        change_texts(database, gone=gone, new=new)
        unseen = [n for n, (row, _, message) in enumerate(news) if row is None and message.inbound]
        mark_late(database, ((addresses[cells[n].other][0], places[n]) for n in unseen))
        return rows, texts


class Rows(Sequence[Message]):
    """Messages of an archive that are read when they are looked at.

    Attributes:
        numbers: their row numbers. A message that was removed since is passed over in a loop, and no item.
    """

    def __init__(self, archive: Archive, numbers: array[int]) -> None:
        self.numbers = numbers
        self._archive = archive

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Message]:
        for first in range(0, len(self.numbers), _AT_ONCE):
            found = self._archive.read(self.numbers[first : first + _AT_ONCE])
            yield from (message for message in found if message is not None)

    @overload
    def __getitem__(self, place: int) -> Message: ...

    @overload
    def __getitem__(self, place: slice) -> Rows: ...

    def __getitem__(self, place: int | slice) -> Message | Rows:
        if isinstance(place, slice):
            return Rows(self._archive, self.numbers[place])
        (found,) = self._archive.read([self.numbers[place]])
        if found is None:
            raise LookupError(place)
        return found


def forget(path: Path) -> None:
    """Remove an archive's file with all that belongs to it, copies that were set aside included.

    Other windows notice at their next look, and let go of it (`ArchiveFile.follow`).

    Raises:
        ArchiveUnavailable: it cannot be removed.
    """
    target = resolve(path)
    try:
        with lock(target, remove=True):
            for place in (target, *target.parent.glob(f"{target.name}[.-]*")):
                if place.suffix != ".lock":
                    place.unlink(missing_ok=True)
                elif place.name != f"{target.name}.lock":
                    # That of a window which loads history goes with its load, which ends once the window notices.
                    with suppress(TimeoutError), lock(place.with_suffix(""), seconds=0, remove=True):
                        pass
    except OSError as problem:
        raise ArchiveUnavailable(
            f"The messages kept on this computer cannot be removed: {say_why(problem)}.",
            f"Remove {target.name} and what begins with this name in {target.parent}.",
        ) from None


def _find_places(database: sqlite3.Connection, news: Sequence[tuple[int | None, Message | None, Message]]) -> list[int]:
    """The row number of each message: the one it has, or the next one of its second that is free."""
    places = [0] * len(news)
    unplaced: list[tuple[int, int]] = []
    # From the end: the last of a list is the oldest.
    for n in range(len(news) - 1, -1, -1):
        row, known, message = news[n]
        second = _second(message)
        if row is None or known is None or _second(known) != second:
            unplaced.append((n, second))
        else:
            places[n] = row
    if not unplaced:
        return places
    first, last = (end(second for _, second in unplaced) for end in (min, max))
    # A list that is read for the first time falls where nothing is: one question instead of one for each second.
    vacant = _first_free(database, first, last + len(news) // PER_SECOND + 1) is None
    free: dict[int, int] = {}
    # Second → the one that its messages spill over to: not looked for once more by each of them.
    spilt: dict[int, int] = {}
    for n, own in unplaced:
        second = spilt.get(own, own)
        place = free.get(second)
        while place is None or place >= (second + 1) * PER_SECOND:
            if place is not None:
                second += 1
            place = None if vacant else _first_free(database, second, second)
            place = max(place or second * PER_SECOND, free.get(second, 0))
        places[n] = place
        free[second] = place + 1
        spilt[own] = second
    return places


def _first_free(database: sqlite3.Connection, first: int, last: int) -> int | None:
    """The row number after the newest of a period; None where there is no row in it."""
    bounds = (row_number(first), row_number(last + 1))
    found = database.execute("SELECT max(id) FROM messages WHERE id >= ? AND id < ?", bounds).fetchone()
    newest = cast("tuple[int | None]", found)[0]
    return None if newest is None else newest + 1


def _second(message: Message) -> int:
    return 0 if message.when is None else max(int(message.when.timestamp()), 0)


def _columns(
    row: int, cells: MessageCells, addresses: Mapping[str, tuple[int | None, str]], terms: Mapping[str, int | None]
) -> tuple[object, ...]:
    other, country = addresses[cells.other]
    return (
        row,
        *cells[:3],
        other,
        addresses[cells.own][0],
        country,
        *cells[5:9],
        terms[cells.currency],
        terms[cells.service],
        terms[cells.account],
        terms[cells.error],
        *cells[13:],
    )


def _find_known(database: sqlite3.Connection, sids: Iterable[str]) -> dict[str, tuple[int, Message]]:
    known: dict[str, tuple[int, Message]] = {}
    for portion, marks in chunks([encode_sid(sid) for sid in sids]):
        for row, message in map(decode, database.execute(f"{SELECT} WHERE m.sid IN ({marks})", portion)):
            known[message.sid] = (row, message)
    return known


def _find_removed(database: sqlite3.Connection, sids: Iterable[str]) -> set[str]:
    if ask(database, "SELECT 1 FROM removed LIMIT 1") is None:
        return set()
    return {
        decode_sid(sid)
        for portion, marks in chunks([encode_sid(sid) for sid in sids])
        for (sid,) in cast(
            "Iterable[tuple[bytes | str]]",
            database.execute(f"SELECT sid FROM removed WHERE sid IN ({marks})", portion),  # noqa: S608
        )
    }


def _find_bodies(database: sqlite3.Connection, sids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """SID → row number and text as it is stored."""
    return {
        decode_sid(sid): (row, body)
        for portion, marks in chunks([encode_sid(sid) for sid in sids])
        for sid, row, body in cast(
            "Iterable[tuple[bytes | str, int, str]]",
            database.execute(f"SELECT sid, id, body FROM messages WHERE sid IN ({marks})", portion),  # noqa: S608
        )
    }


def _delete(database: sqlite3.Connection, rows: Sequence[tuple[int, str]]) -> None:
    """Remove messages, (row number, text as it is stored), from table and index."""
    if rows:
        change_texts(database, gone=rows)
        database.executemany("DELETE FROM messages WHERE id = ?", [(row,) for row, _ in rows])


def _forget_removals(database: sqlite3.Connection, now: int) -> None:
    # Those too that a clock which was far ahead has dated.
    database.execute("DELETE FROM removed WHERE at NOT BETWEEN ? AND ?", (now - REMOVED_SECONDS, now + REMOVED_SECONDS))


def _make_scrub_due(database: sqlite3.Connection) -> None:
    # Another value each time: a scrub that was under way has not seen this one.
    _write_note(database, _SCRUB_DUE, str(time.time_ns()))


def _note_withdrawn(database: sqlite3.Connection, sids: Mapping[str, bool]) -> None:
    # With the change itself, so that whoever dies before the other files are done does them another time.
    if sids:
        _write_note(database, _WITHDRAWN, json.dumps({**_read_withdrawn(database), **sids}))


def _read_withdrawn(database: sqlite3.Connection) -> dict[str, bool]:
    try:
        read: object = json.loads(_read_note(database, _WITHDRAWN) or "{}")
    except (ValueError, RecursionError):
        read = None
    return {sid: gone is True for sid, gone in (as_table(read) or {}).items()}


def _read_coverage(database: sqlite3.Connection) -> Coverage:
    # A damaged row claims nothing.
    sound = "SELECT first, last FROM coverage WHERE typeof(last) = 'integer' AND first <= last"
    spans = cast("Iterable[tuple[int, int]]", database.execute(sound))
    return Coverage.of(Span(first, last) for first, last in spans)


def _change_coverage(database: sqlite3.Connection, change: Callable[[Coverage], Coverage]) -> Coverage | None:
    """All that is complete now; None where that is nothing new."""
    before = _read_coverage(database)
    after = change(before)
    if after == before:
        return None
    database.execute("DELETE FROM coverage")
    database.executemany("INSERT INTO coverage VALUES (?, ?)", [(span.first, span.last) for span in after.spans])
    return after


def _read_note(database: sqlite3.Connection, name: str) -> str:
    row = cast("tuple[str] | None", database.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone())
    return "" if row is None else row[0]


def _write_note(database: sqlite3.Connection, name: str, value: str) -> None:
    if value:
        database.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))
    else:
        database.execute("DELETE FROM notes WHERE name = ?", (name,))
