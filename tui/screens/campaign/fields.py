"""What is typed into the form of a campaign (`CampaignFields`), kept verbatim, and read into a `CampaignSpec`.

Knows no widgets.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from tui.jobs.model import HaltRules, Pacing
from tui.jobs.plan import CampaignSpec
from tui.screens.base import CampaignRows
from tui.screens.sending.draft import read_send_at
from tui.services.contact_import import find_country
from tui.storage.spreadsheets import Table, TableRow
from tui.storage.table_layout import column_key
from tui.twilio.addresses import AddressError, AddressKind, kind_of, read_sender
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.screens.campaign.seed import CampaignSeed

FILE: Final = "file"
LINES: Final = "lines"
ROWS: Final = "rows"

FASTEST: Final = 1000.0
"""Segments in a second of one sender that may be typed; short codes have hundreds by contract."""

USUAL: Final = HaltRules()


@dataclass(frozen=True, slots=True)
class CampaignFields:
    """The texts of the form.

    Attributes:
        source: where the recipients are from: `file`, `lines`, or `rows` that another screen gave.
        path: of the file.
        lines: as they were pasted.
        rows: those that were given, as JSON.
        column: the title of the column of numbers that was chosen; "" for the one that looks so.
        country: whose numbers those in national form are.
        from_: one sender, several with commas between them, or a messaging service.
        media: one URL per line.
        pace: segments in a second of each sender; "" for what is known of them.
        alike: after how many alike in a row it halts; "" for the usual.
        filtered: at how many per cent that were filtered.
        trial_to: the number that the last trial went to; no field of the form.
    """

    name: str = ""
    source: str = ""
    path: str = ""
    lines: str = ""
    rows: str = ""
    column: str = ""
    country: str = ""
    from_: str = ""
    body: str = ""
    media: str = ""
    send_at: str = ""
    content_sid: str = ""
    content_variables: str = ""
    pace: str = ""
    alike: str = ""
    filtered: str = ""
    trial_to: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing is typed but a sender, and where the recipients would be from."""
        return replace(self, from_="", source="", trial_to="") == CampaignFields()

    @property
    def uses_more(self) -> bool:
        """Whether anything stands in the fields under "more"."""
        return any((self.media, self.send_at, self.content_sid, self.content_variables, self.alike, self.filtered))

    def texts(self) -> dict[str, str]:
        """As the storage keeps it: only what is not empty."""
        return {name: text for name in NAMES if (text := cast("str", getattr(self, name)))}


NAMES: Final = tuple(each.name for each in fields(CampaignFields))

MORE: Final = ("media", "send_at", "content_sid", "content_variables", "alike", "filtered")
"""The fields under "more"."""

FIELD_OF: Final = {
    "From": "from_",
    "To": "column",
    "Body": "body",
    "MediaUrl": "media",
    "SendAt": "send_at",
    "ContentSid": "content_sid",
    "ContentVariables": "content_variables",
}
"""Twilio's name of a parameter → the form's field; what is the form's own is called as its field."""


def read_fields(texts: Mapping[str, str]) -> CampaignFields:
    """What was kept; unknown keys are left out."""
    return CampaignFields(**{name: texts.get(name, "") for name in NAMES})


def with_seed(kept: CampaignFields, seed: CampaignSeed) -> CampaignFields:
    """The form with what a campaign is to begin with; what the seed says nothing of stays."""
    typed, changes = seed.typed, dict[str, str]()
    if seed.rows is not None:
        changes |= {"source": ROWS, "rows": write_rows(seed.rows), "column": ""}
    if seed.lines.strip():
        changes |= {"source": LINES, "lines": seed.lines, "column": ""}
    if not typed.blank:
        changes |= {name: getattr(typed, name) for name in ("body", "media", "send_at")}
        changes |= {name: getattr(typed, name) for name in ("content_sid", "content_variables")}
    if seed.name:
        changes["name"] = seed.name
    if typed.from_.strip() and not (kept.from_.strip() and typed.blank):
        changes["from_"] = typed.from_
    return replace(kept, **changes)


def clashes(kept: CampaignFields, seed: CampaignSeed) -> bool:
    """Whether something that was typed would be replaced by something else."""
    after = with_seed(kept, seed)
    return any(
        (before := cast("str", getattr(kept, name)).strip()) and before != cast("str", getattr(after, name)).strip()
        for name in NAMES
        if name not in ("source", "from_", "column")
    )


# -- rows that were given --------------------------------------------------------------------------------


def write_rows(rows: CampaignRows) -> str:
    """Given rows as they are kept."""
    return json.dumps([rows.source, rows.columns, rows.column, rows.rows], ensure_ascii=True)


def rows_of(text: str) -> CampaignRows | None:
    """Given rows as they were kept; None for what is none."""
    try:
        source, columns, column, rows = cast("tuple[str, list[str], int | None, list[list[str]]]", json.loads(text))
        titles = tuple(str(each) for each in columns)
        cells = tuple(tuple(str(each) for each in row) for row in rows)
        return CampaignRows(str(source), titles, cells, column if column in range(len(titles)) else None)
    except (ValueError, TypeError, RecursionError):
        return None


def table_of(rows: CampaignRows) -> Table:
    """Given rows as a table; each is as wide as the titles."""
    width = len(rows.columns)
    lines = tuple(
        TableRow(number, (*cells[:width], *("",) * (width - len(cells)))) for number, cells in enumerate(rows.rows, 1)
    )
    return Table(rows.columns, lines)


# -- reading ---------------------------------------------------------------------------------------------


def read_senders(text: str) -> tuple[str, ...]:
    """The senders, each once.

    Raises:
        InvalidRequest: field From.
    """
    found: dict[str, None] = {}
    for typed in filter(str.strip, re.split(r"[,;\n]", text)):
        try:
            found[read_sender(typed)] = None
        except AddressError as problem:
            raise InvalidRequest("From", problem.reason, problem.remedy) from None
    if len(found) > 1 and any(kind_of(each) is AddressKind.SERVICE for each in found):
        reason = "A messaging service sends alone: its own pool of senders takes turns already."
        raise InvalidRequest("From", reason, "Take out the service, or all others.")
    return tuple(found)


def read_pace(text: str) -> float | None:
    """Segments in a second; None where nothing is typed.

    Raises:
        InvalidRequest: field pace.
    """
    typed = text.strip().removesuffix("/s").removesuffix("/ s").strip().replace(",", ".")
    if not typed:
        return None
    try:
        pace = float(typed)
    except ValueError:
        pace = math.nan
    if not 0 < pace <= FASTEST:
        reason = f"The pace is no number of segments a second between 0 and {FASTEST:,.0f}."
        raise InvalidRequest("pace", reason, "Write one like 1 or 0.5, or nothing for what is known of the sender.")
    return pace


def read_halts(alike: str, filtered: str) -> HaltRules:
    """When it halts by itself.

    Raises:
        InvalidRequest: field alike or filtered.
    """
    count = alike.strip()
    if count and not (count.isascii() and count.isdigit() and 1 <= int(count[:9]) <= 1000):
        raise InvalidRequest("alike", "This is no number of failures from 1 to 1,000.", f"The usual is {USUAL.alike}.")
    share = filtered.strip().removesuffix("%").strip()
    if share and not (share.isascii() and share.isdigit() and 1 <= int(share[:9]) <= 100):
        usual = f"The usual is {USUAL.filtered:.0%}."
        raise InvalidRequest("filtered", "This is no share from 1 to 100 per cent.", usual)
    return HaltRules(int(count) if count else USUAL.alike, int(share) / 100 if share else USUAL.filtered)


def column_of(table: Table, title: str, likeliest: int | None) -> int | None:
    """The column that was chosen by its title, where there is one called so; else the likeliest."""
    wanted = column_key(title)
    chosen = (index for index, each in enumerate(table.columns) if wanted and column_key(each) == wanted)
    return next(chosen, likeliest)


@dataclass(frozen=True, slots=True)
class CampaignReading:
    """What the form says: `spec` and `halts` are there only where there are no problems, one for each field."""

    spec: CampaignSpec | None
    halts: HaltRules
    problems: tuple[InvalidRequest, ...]


def read_campaign(
    typed: CampaignFields, table: Table | None, column: int | None, *, now: datetime, zone: tzinfo | None = None
) -> CampaignReading:
    """Read a whole form.

    Args:
        typed: its texts.
        table: the rows; None where none could be read, which is told where that was found.
        column: the column of numbers.
        now: the present, aware: a schedule is read from it.
        zone: the zone of times without one; this machine's when None.
    """
    problems: dict[str, InvalidRequest] = {}

    def found(problem: InvalidRequest) -> None:
        problems.setdefault(problem.field, problem)

    senders: tuple[str, ...] = ()
    pace, halts, send_at = None, USUAL, None
    if table is None or not table.rows:
        where = {FILE: "path", LINES: "lines"}.get(typed.source, "source")
        found(InvalidRequest(where, "There are no recipients yet.", "Give a file with a row for each, or paste lines."))
    elif column is None:
        found(InvalidRequest("column", "No column is chosen.", "Choose the one that has the numbers."))
    try:
        senders = read_senders(typed.from_)
        if not senders:
            found(InvalidRequest("From", "There is no sender.", "Choose one of the account's numbers."))
    except InvalidRequest as problem:
        found(problem)
    try:
        pace = read_pace(typed.pace)
    except InvalidRequest as problem:
        found(problem)
    try:
        halts = read_halts(typed.alike, typed.filtered)
    except InvalidRequest as problem:
        found(problem)
    try:
        planned = read_send_at(typed.send_at, now=now, zone=zone)
        send_at = planned.instant if planned else None
    except InvalidRequest as problem:
        found(problem)
    country = find_country(typed.country) if typed.country.strip() else None
    if typed.country.strip() and country is None:
        found(InvalidRequest("country", "No country is called so.", "Write its name, or two letters."))
    if not (typed.body.strip() or typed.media.strip() or typed.content_sid.strip()):
        found(InvalidRequest("Body", "There is nothing to send.", "Write a text, or choose a template."))
    message = Draft(
        "",
        "",
        typed.body,
        media_urls=tuple(line.strip() for line in typed.media.splitlines() if line.strip()),
        send_at=send_at,
        content_sid=typed.content_sid.strip() or None,
        content_variables=typed.content_variables.strip() or None,
    )
    if problems or table is None or column is None:
        return CampaignReading(None, halts, tuple(problems.values()))
    paced = any(kind_of(each) is AddressKind.SERVICE for each in senders)
    pacing = None if pace is None or paced else Pacing(pace)
    return CampaignReading(CampaignSpec(table, column, message, senders, country, pacing), halts, ())


def name_campaign(typed: CampaignFields) -> str:
    """What it is called: as it was typed, else by what it is made from (may hold foreign text)."""
    if typed.name.strip():
        return typed.name.strip()
    if typed.source == FILE and typed.path.strip():
        return Path(typed.path.strip()).stem
    given = rows_of(typed.rows) if typed.source == ROWS else None
    return given.source if given is not None else "pasted lines"


def say_source(typed: CampaignFields) -> str:
    """What it is made from, in words (may hold foreign text)."""
    if typed.source == FILE:
        return Path(typed.path.strip()).name
    given = rows_of(typed.rows) if typed.source == ROWS else None
    return given.source if given is not None else "pasted lines"
