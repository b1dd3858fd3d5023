"""Finds the rows that match a query, in a tenth of a second whatever it is and however many messages there are.

SQLite's own planner knows nothing of how rare a text, a number or a code is. Here each criterion that has an index is
asked for its newest rows; the one whose rows reach back furthest leads, and the others are looked up for these rows
only. What lies further back than it reaches is read in one pass, over an index or the table, and last by text.

The connection needs `tui.archive.text_index.prepare` once.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Final, cast

from tui.archive.folding import INDEX_END
from tui.archive.layout import ABOUT_CONSENT, row_number
from tui.archive.matching import (
    END_OF_TIME,
    AllOf,
    AnyOf,
    Asked,
    ByService,
    Condition,
    Criterion,
    Given,
    HasSid,
    HasStatus,
    InRange,
    IsInbound,
    IsOptOut,
    IsUnread,
    Not,
    OfCountry,
    OwnSide,
    Party,
    Period,
    Phrase,
)

if TYPE_CHECKING:
    import sqlite3

    from tui.archive.query import Query

_SHORTEST_INDEXED: Final = 3
"""Characters of a phrase that the index of texts can be asked for as it is."""

_FEW: Final = 10_000
"""Rows of one criterion that are taken to be looked at one by one; a text costs some microseconds."""

_FEWEST: Final = 500
"""Rows of each of several keys that are taken at least."""

_AT_ONCE: Final = 2_000
"""Rows looked at between two looks at whether there are enough."""

_MANY: Final = 15_000
"""Rows found by text that are looked up one by one for the rest, without their texts."""

_MOST_TRIGRAMS: Final = 500
"""Trigrams that the index is asked for at once: 0.1 s, and for many thousands more than as many times as long. What has
so many stands in many texts, so that the newest are soon found in the table.
"""

_MOST_CODES: Final = 100
"""Error codes of a range that are asked for one by one."""

_FIRST: Final = itemgetter(0)

_UNREAD: Final = """
    SELECT m.id FROM others o INDEXED BY others_by_unread
    JOIN messages m INDEXED BY by_incoming ON m.other = o.id AND m.direction = 0 AND m.id > o.read
    WHERE o.unread > 0
"""
"""What came in and was not read yet: a lead for `IsUnread`."""

_SELECTED: Final[dict[type, str]] = {
    IsUnread: _UNREAD,
    IsOptOut: f"""
        SELECT id FROM messages INDEXED BY by_opt_out WHERE {ABOUT_CONSENT} AND {IsOptOut.SQL}
    """,  # noqa: S608
}
"""Criteria whose rows an index of their own has → SQL that selects them."""

_Values = tuple[str | int | bytes, ...]


def find_rows(database: sqlite3.Connection, query: Query, asked: Asked, limit: int | None = None) -> array[int]:
    """The row numbers of what matches, ascending; with a limit the newest ones."""
    criteria, first, end = split_period(query, asked)
    rows = _Search(database, asked, criteria).newest(first, end - 1, limit)
    rows.reverse()
    return rows


def split_period(query: Query, asked: Asked) -> tuple[tuple[Criterion, ...], int, int]:
    """What a query asks for besides a period; the first row of that, and the one after its last."""
    first, end = 0, row_number(END_OF_TIME)
    criteria: list[Criterion] = []
    for each in _flat(query.criterion.criteria):
        if isinstance(each, Period):
            since, until = each.seconds_of(asked)
            first, end = max(first, row_number(since)), min(end, row_number(until))
        else:
            criteria.append(each)
    return tuple(criteria), first, end


def matching(database: sqlite3.Connection, query: Query, asked: Asked, rows: Iterable[int]) -> set[int]:
    """Which of some rows match."""
    return set(_those_with(database, query.criterion.condition(asked), tuple(rows)))


def _flat(criteria: Iterable[Criterion]) -> Iterable[Criterion]:
    for each in criteria:
        if isinstance(each, AllOf):
            yield from _flat(each.criteria)
        else:
            yield each


def _those_with(database: sqlite3.Connection, condition: Condition, rows: Sequence[int]) -> array[int]:
    """Those of some rows that have something, newest first."""
    among = "id IN (SELECT value FROM json_each(?))"
    sql = f"SELECT id FROM messages NOT INDEXED WHERE {among} AND {condition.sql} ORDER BY id DESC"  # noqa: S608
    return _ids(database, sql, (json.dumps(list(rows)), *condition.values))


def _ids(database: sqlite3.Connection, sql: str, values: _Values) -> array[int]:
    """The numbers that a query gives, eight bytes each."""
    return array("q", map(_FIRST, database.execute(sql, values)))


@dataclass(frozen=True, slots=True)
class _Lead:
    """The newest rows that meet a criterion, newest first; all of them down to a row, or to the end of the search."""

    rows: array[int]
    down_to: int


@dataclass(slots=True)
class _Search:
    """One search for rows that meet all of some criteria."""

    database: sqlite3.Connection
    asked: Asked
    criteria: tuple[Criterion, ...]
    trigrams: dict[str, str] = field(default_factory=dict[str, str])

    def newest(self, first: int, last: int, limit: int | None) -> array[int]:
        """The newest rows from `first` to `last` that match, newest first."""
        if first > last or limit == 0:
            return array("q")
        if not self.criteria:
            sql = "SELECT id FROM messages WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?"
            return _ids(self.database, sql, (first, last, -1 if limit is None else limit))
        leads = self._leads(first, last)
        if not leads:
            found, reached = array("q"), last + 1
            # Again where that went well: then the rest is not far.
            while limit is not None and first < reached and (reached > last or limit > len(found) > limit // 2):
                some, reached = self._newest_of_all(first, reached - 1, limit - len(found))
                found += some
        else:
            reached = min(lead.down_to for lead, _ in leads)
            complete = [(lead, used) for lead, used in leads if lead.down_to == reached]
            rows = min((lead.rows for lead, _ in complete), key=len)
            others = [set(lead.rows) for lead, _ in complete if lead.rows is not rows]
            rows = array("q", (row for row in rows if all(row in each for each in others)))
            used = {id(each) for _, criteria in complete for each in criteria}
            found = self._those_with(rows, [each for each in self.criteria if id(each) not in used], limit)
        if reached > first and (limit is None or len(found) < limit):
            found += self._older(first, reached - 1, None if limit is None else limit - len(found))
        return found if limit is None else found[:limit]

    def _leads(self, first: int, last: int) -> list[tuple[_Lead, list[Criterion]]]:
        """For each criterion, or some together, that an index knows: its newest rows."""
        texts = [each for each in self.criteria if self._match(each)]
        leads: list[tuple[_Lead, list[Criterion]]] = []
        if match := self._match(AllOf(tuple(texts))):
            leads.append((self._texts(match, first, last), texts))
        for each in self.criteria:
            if each not in texts and (lead := self._lead(each, first, last)):
                leads.append((lead, [each]))
        return leads

    def _lead(self, criterion: Criterion, first: int, last: int) -> _Lead | None:
        """The newest rows that meet a criterion, where an index tells."""
        period, values = "id BETWEEN ? AND ?", (first, last)
        match criterion:
            case HasStatus():
                sql = f"SELECT id FROM messages INDEXED BY by_status WHERE status = ? AND {period} ORDER BY id DESC"  # noqa: S608
                return self._each(sql, criterion.kept, values, first)
            case InRange("code"):
                sql = f"SELECT id FROM messages INDEXED BY by_code WHERE code = ? AND {period} ORDER BY id DESC"  # noqa: S608
                codes = self._codes(criterion)
                return None if codes is None else self._each(sql, codes, values, first)
            case OfCountry() if "" not in criterion.regions:
                condition = criterion.condition(self.asked)
                ids = f"SELECT id FROM addresses WHERE {condition.sql}"  # noqa: S608
                sql = f"SELECT id FROM messages INDEXED BY by_other WHERE other IN ({ids}) AND {period}"  # noqa: S608
                return self._all_of_few(sql, (*condition.values, *values), first)
            case IsUnread() | IsOptOut():
                sql = f"SELECT id FROM ({_SELECTED[type(criterion)]}) WHERE {period}"  # noqa: S608
                return self._all_of_few(sql, values, first)
            case Party():
                ids = criterion.address.ids()
                leads: list[_Lead] = []
                for column, index in (("other", "by_other"), ("own", "by_totals")):
                    sql = f"SELECT id FROM messages INDEXED BY {index} WHERE {column} IN ({ids.sql}) AND {period}"  # noqa: S608
                    lead = self._all_of_few(sql, (*ids.values, *values), first)
                    if lead is None:
                        return None
                    leads.append(lead)
                rows = _union(leads, first).rows
                return _Lead(_those_with(self.database, criterion.condition(self.asked), rows), first)
            case HasSid() if criterion.begins:
                condition = criterion.condition(self.asked)
                sql = f"SELECT id FROM messages WHERE {condition.sql} AND +{period}"  # noqa: S608
                return self._all_of_few(sql, (*condition.values, *values), first)
            case Phrase():
                match = self._match(criterion)
                return self._texts(match, first, last) if match else None
            case AnyOf():
                leads = []
                for each in criterion.criteria:
                    lead = self._lead(each, first, last)
                    if lead is None:
                        return None
                    leads.append(lead)
                return _union(leads, first)
            case _:
                return None

    def _codes(self, criterion: InRange) -> list[int] | None:
        """The error codes there are in a range, found by skipping through their index; None where they are many."""
        among = criterion.condition(self.asked)
        sql = f"SELECT min(code) FROM messages INDEXED BY by_code WHERE code > ? AND {among.sql}"  # noqa: S608
        codes = [-1 << 62]
        while (code := self.database.execute(sql, (codes[-1], *among.values)).fetchone()[0]) is not None:
            codes.append(code)
            if len(codes) > _MOST_CODES:
                return None
        return codes[1:]

    def _rows(self, sql: str, values: _Values, first: int, most: int = _FEW) -> _Lead:
        """The first rows of a query that gives the newest first."""
        rows = _ids(self.database, f"{sql} LIMIT {most}", values)
        return _Lead(rows, rows[-1] if len(rows) == most else first)

    def _each(self, sql: str, keys: Sequence[str | int], values: _Values, first: int) -> _Lead:
        """The first rows of a query that takes one key more, for each of some keys."""
        most = max(_FEW // max(len(keys), 1), _FEWEST)
        return _union([self._rows(sql, (key, *values), first, most) for key in keys], first)

    def _all_of_few(self, sql: str, values: _Values, first: int) -> _Lead | None:
        """All rows of a query that gives them in any order; None where they are not few."""
        rows = _ids(self.database, f"{sql} LIMIT {_FEW + 1}", values)
        return _Lead(array("q", sorted(rows, reverse=True)), first) if len(rows) <= _FEW else None

    def _texts(self, match: str, first: int, last: int) -> _Lead:
        sql = "SELECT rowid FROM texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC"
        return self._rows(sql, (match, first, last), first)

    def _match(self, criterion: Criterion) -> str:
        """A criterion about texts for the index of texts; empty where it cannot be asked.

        Phrases of one or two characters are told by the trigrams that begin with them, where these are not too many;
        single letters and digits of English are quicker read from the table.
        """
        match criterion:
            case Phrase(text):
                if len(text) >= _SHORTEST_INDEXED:
                    return _quoted(text)
                return self._trigrams(text) if len(text) > 1 or not text.isascii() else ""
            case AnyOf(criteria):
                matches = [self._match(each) for each in criteria]
                return f"({' OR '.join(matches)})" if matches and all(matches) else ""
            case AllOf(criteria):
                negative = [each.criterion for each in criteria if isinstance(each, Not)]
                matches = [self._match(each) for each in criteria if not isinstance(each, Not)]
                unwanted = [self._match(each) for each in negative]
                if not matches or not all((*matches, *unwanted)):
                    return ""
                found = f"({' AND '.join(matches)})"
                return f"({found} NOT ({' OR '.join(unwanted)}))" if unwanted else found
            case _:
                return ""

    def _trigrams(self, text: str) -> str:
        """What asks for all trigrams that begin so."""
        if text not in self.trigrams:
            sql = "SELECT term FROM temp.trigrams WHERE term >= ? AND term <= ? LIMIT ?"
            bounds = (text, text + "\U0010ffff", _MOST_TRIGRAMS + 1)
            terms = cast("list[tuple[str]]", self.database.execute(sql, bounds).fetchall())
            found = f"({' OR '.join(_quoted(term) for (term,) in terms)})" if terms else _NOTHING
            self.trigrams[text] = found if len(terms) <= _MOST_TRIGRAMS else ""
        return self.trigrams[text]

    def _those_with(self, rows: array[int], criteria: Sequence[Criterion], limit: int | None) -> array[int]:
        """Those of some rows that meet criteria as well, as many of the first ones as are wanted."""
        if not criteria:
            return rows[:limit]
        condition, found = self._condition(criteria), array("q")
        for place in range(0, len(rows), _AT_ONCE):
            found += _those_with(self.database, condition, rows[place : place + _AT_ONCE])
            if limit is not None and len(found) >= limit:
                break
        return found[:limit]

    def _condition(self, criteria: Sequence[Criterion]) -> Condition:
        """All of some criteria, those about texts last."""
        return AllOf(tuple(sorted(criteria, key=_looks_at_texts))).condition(self.asked)

    def _newest_of_all(self, first: int, last: int, limit: int) -> tuple[array[int], int]:
        """What matches among the newest rows of all, and down to which row these reach."""
        sql = "SELECT id FROM messages WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1 OFFSET ?"
        edge = _ids(self.database, sql, (first, last, _FEW - 1))
        reached = edge[0] if edge else first
        condition = self._condition(self.criteria)
        sql = (
            f"SELECT id FROM messages NOT INDEXED WHERE id BETWEEN ? AND ? AND {condition.sql} ORDER BY id DESC LIMIT ?"  # noqa: S608
        )
        return _ids(self.database, sql, (reached, last, *condition.values, limit)), reached

    def _older(self, first: int, last: int, limit: int | None) -> array[int]:
        """What matches in a period in which every criterion has many rows, or has no index."""
        texts = [each for each in self.criteria if _looks_at_texts(each)]
        others = [each for each in self.criteria if not _looks_at_texts(each)]
        if not texts or not others:
            return self._in_one_pass(self.criteria, first, last, limit)
        if self._match(AllOf(tuple(texts))):
            rows = self._in_one_pass(texts, first, last, _MANY)
            found = self._those_with(rows, others, limit)
            if len(rows) < _MANY or len(found) == limit:
                return found
        few = self._all_of_few(*self._select(others, first, last), first)
        if few:
            return self._those_with(few.rows, texts, limit)
        return self._in_one_pass(self.criteria, first, last, limit)

    def _in_one_pass(self, criteria: Sequence[Criterion], first: int, last: int, limit: int | None) -> array[int]:
        """What meets criteria, newest first: from the index of texts, that of totals, or the table, each read once."""
        if match := self._match(AllOf(tuple(criteria))):
            sql = "SELECT rowid FROM texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"
            return _ids(self.database, sql, (match, first, last, -1 if limit is None else limit))
        sql, values = self._select(criteria, first, last)
        return _ids(self.database, f"{sql} ORDER BY id DESC LIMIT ?", (*values, -1 if limit is None else limit))

    def _select(self, criteria: Sequence[Criterion], first: int, last: int) -> tuple[str, _Values]:
        source = self._source(criteria, first, last, told=all(map(_is_told_by_totals, criteria)))
        return f"SELECT id FROM messages {source.sql}", source.values  # noqa: S608

    def _source(self, criteria: Sequence[Criterion], first: int, last: int, *, told: bool) -> Condition:
        """What follows `FROM messages` to read all that meets criteria in one pass: with `told` over `by_totals`."""
        indexed = AllOf(tuple(map(self._by_index, criteria)))
        # With a plus the period is no reason to walk through the table.
        where = "INDEXED BY by_totals WHERE +id" if told else "NOT INDEXED WHERE id"
        if (
            criteria
            and all(isinstance(each, HasSid | Given) for each in _leaves(indexed))
            and not _is_selected(criteria)
        ):
            where = "INDEXED BY sqlite_autoindex_messages_1 WHERE +id"
        condition = indexed.condition(self.asked)
        return Condition(f"{where} BETWEEN ? AND ? AND {condition.sql}", (first, last, *condition.values))

    def _by_index(self, criterion: Criterion) -> Criterion:
        """The same, but texts are looked up in their index, all at once."""
        if match := self._match(criterion):
            return Given(Condition("id IN (SELECT rowid FROM texts WHERE texts MATCH ?)", (match,)))
        match criterion:
            case IsUnread() | IsOptOut():
                return Given(Condition(f"id IN ({_SELECTED[type(criterion)]})"))
            case Not(inner):
                return Not(self._by_index(inner))
            case AllOf(criteria) | AnyOf(criteria):
                return replace(criterion, criteria=tuple(map(self._by_index, criteria)))
            case _:
                return criterion


def _quoted(text: str) -> str:
    """A phrase as FTS5 takes it."""
    return '"' + text.replace('"', '""') + '"'


_NOTHING: Final = _quoted(INDEX_END + "\n")
"""A phrase that no text has."""


def _union(leads: Sequence[_Lead], first: int) -> _Lead:
    """What meets one of several criteria."""
    down_to = max((lead.down_to for lead in leads), default=first)
    rows = {row for lead in leads for row in lead.rows if row >= down_to}
    return _Lead(array("q", sorted(rows, reverse=True)), down_to)


def _leaves(criterion: Criterion) -> Iterator[Criterion]:
    match criterion:
        case Not(inner):
            yield from _leaves(inner)
        case AllOf(criteria) | AnyOf(criteria):
            for each in criteria:
                yield from _leaves(each)
        case _:
            yield criterion


def _looks_at_texts(criterion: Criterion) -> bool:
    """Whether a criterion is about messages' texts, or one of its parts is."""
    return any(isinstance(each, Phrase) for each in _leaves(criterion))


def _is_selected(criteria: Iterable[Criterion]) -> bool:
    return any(type(leaf) in _SELECTED for each in criteria for leaf in _leaves(each))


def is_told_by_kinds(criterion: Criterion) -> bool:
    """Whether messages of one kind (see `tui.archive.picture_columns`) all meet a criterion, or none does."""
    return all(
        isinstance(each, HasStatus | IsInbound | InRange | OfCountry | ByService | OwnSide)
        for each in _leaves(criterion)
    )


def _is_told_by_totals(criterion: Criterion) -> bool:
    """Whether the index `by_totals` has all that a criterion looks at."""
    return all(
        isinstance(
            each,
            HasStatus | IsInbound | IsUnread | IsOptOut | InRange | OfCountry | ByService | OwnSide | Period | Given,
        )
        for each in _leaves(criterion)
    )
