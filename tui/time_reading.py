"""Read times as people write them: the shapes that queries share, and `read_ahead` for what is planned.

Queries look back and mean stretches of time (`tui/archive/query_values.py`); what is planned is one instant that lies
ahead. Pure: the present and the zone come in through parameters, a zone of None is this machine's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

from tui.safe_text import glimpse
from tui.time_format import planned_time

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
COUNT: Final = r"\d{1,6}"
UNIT: Final = r"w|weeks?|d|days?|h|hours?|min|minutes?"
CLOCK: Final = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
OFFSET: Final = r"z|[+-]\d{2}:?\d{2}"


def find_name(word: str, names: tuple[str, ...]) -> int | None:
    """Which weekday or month begins with a word of three small letters or more."""
    return next((place for place, name in enumerate(names) if len(word) > 2 and name.startswith(word)), None)


def seconds_of_local(local: datetime, zone: tzinfo | None) -> tuple[int, int]:
    """The second of a local time (naive) and the one after it.

    One that comes twice is meant both times; for one that the clocks leave out both are the second they change in.
    """
    first, second = (int(local.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    if first <= second:
        return first, second + 1
    # Left out: between these two the offset changes, once.
    low, high = second, first
    before = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high, high


def _offset(second: int, zone: tzinfo | None) -> timedelta | None:
    return datetime.fromtimestamp(second, zone).astimezone(zone).utcoffset()


# -- what is planned ---------------------------------------------------------------------------------

EXAMPLES: Final = "tomorrow 9:00, mon 17:30, 9pm, +2h or 4 dec 9:00"
_LONGEST: Final = 60
_MOST_YEARS: Final = 100
"""Years ahead that a time may lie: enough for any plan, and far from the end of the calendar."""

_SPAN_UNIT: Final = rf"{UNIT}|m|mins|hrs?"
_PART: Final = re.compile(rf"({COUNT}) ?({_SPAN_UNIT})(?![a-z])", re.ASCII)
_SPAN: Final = re.compile(
    rf"(?:\+ ?|in )?(?P<parts>(?:{COUNT} ?(?:{_SPAN_UNIT})(?![a-z])(?: ?and |, ?| )?)+)(?P<rest>.*)", re.ASCII
)
_UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}
_CLOCK_TIME: Final = re.compile(
    r"(?:at )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?(?: ?(?P<half>[ap])\.?m\.?)?"
    rf"(?: ?(?P<zone>{OFFSET}|\(?(?:utc|gmt)(?: ?[+-]\d{{1,2}}:\d{{2}})?\)?|[a-z]{{3,5}}))?",
    re.ASCII,
)
_DAY: Final = re.compile(
    r"(?P<word>today|tomorrow)"
    r"|(?:(?P<weekday>[a-z]{3,9}),? )?(?:"
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<day1>\d{1,2})(?:\.|st|nd|rd|th)? (?P<month1>[a-z]{3,9})\.?,?(?: (?P<year1>\d{4}))?"
    r"|(?P<month2>[a-z]{3,9})\.? (?P<day2>\d{1,2})(?:st|nd|rd|th)?,?(?: (?P<year2>\d{4}))?)"
    r"|(?P<only>[a-z]{3,9})",
    re.ASCII,
)


class UnreadableTime(ValueError):
    """What was typed is no time that lies ahead.

    Attributes:
        reason: one sentence: what is wrong; it repeats what was typed, so it is to be made safe.
        remedy: one sentence: what to write instead.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class TimeAhead:
    """An instant that was typed.

    Attributes:
        instant: in UTC, and later than the present it was read at.
        note: a sentence where the clocks show that time twice; else empty.
    """

    instant: datetime
    note: str = ""


def read_ahead(text: str, *, now: datetime, zone: tzinfo | None = None) -> TimeAhead:
    """The next instant that is meant.

    Read are a day and a time (`tomorrow 9:00`, `mon 17:30`, `4 dec 9`, `2026-12-04 09:00`), a time alone (`17:30`,
    `9.30`, `9pm`, `noon`: the next one), a span (`2h`, `+2h`, `in 90 min`: exactly so much later), days and a time
    (`+1d 9:00`), and what `planned_time` writes. Behind a time may stand an offset, Z, or the zone's own name for it
    (`EST`).

    Raises:
        UnreadableTime: it is none of these, has passed, or is left out by the clocks.
    """
    word = " ".join(unicodedata.normalize("NFKC", text[: _LONGEST + 1]).casefold().split())
    word = re.sub(r"\b(?:12 )?noon\b", "12:00", word)
    # Two instants of one zone are compared by what its clocks show, and those that come twice equal no other.
    now = now.astimezone(UTC)
    try:
        found = _read(word, now, zone) if len(text.strip()) <= _LONGEST else None
        if found is None and 0 < len(word) <= _LONGEST and _read(f"{word} 23:59", now, zone) is not None:
            raise UnreadableTime("The time of day is missing.", f"Write {glimpse(text.strip(), 30)} 9:00.")
    except OverflowError:
        raise UnreadableTime("That lies too far off.", "Write a nearer time.") from None
    if found is None:
        raise UnreadableTime(f"Cannot read “{glimpse(text.strip(), 40)}” as a time.", f"Write {EXAMPLES}.")
    return found


def _read(word: str, now: datetime, zone: tzinfo | None) -> TimeAhead | None:
    if span := _SPAN.fullmatch(word):
        return _after(span["parts"], span["rest"].strip(), now, zone)
    for clock in (_CLOCK_TIME.fullmatch(word, start) for start in _ends_of_days(word)):
        if clock is None or find_name(clock["zone"] or "", MONTHS) is not None:
            continue
        before = word[: clock.start()].removesuffix(" at ").rstrip(" ,")
        before = before.removesuffix("t") if re.fullmatch(r"[\d-]+t", before) else before
        day = _DAY.fullmatch(before) if before else None
        if (before and day is None) or not (before or clock["minute"] or clock["half"]):
            continue
        if day is not None and not _names_a_day(day):
            continue
        return _resolve(day, _time_of(clock), clock["zone"] or "", now, zone)
    return None


def _ends_of_days(word: str) -> Iterator[int]:
    """Where a time may begin: the text before it is a day. The longest day first: `4 dec 2026 9:00` has a year."""
    starts = [found.end() for found in re.finditer(r"(?<=\d)t(?=\d)|[ ,]+", word)]
    yield from reversed(starts)
    yield 0


def _names_a_day(day: re.Match[str]) -> bool:
    month = day["month1"] or day["month2"]
    weekday = day["weekday"] or day["only"]
    return (not month or find_name(month, MONTHS) is not None) and (
        not weekday or find_name(weekday, WEEKDAYS) is not None
    )


def _time_of(clock: re.Match[str]) -> time:
    hour, minute, second = int(clock["hour"]), int(clock["minute"] or 0), int(clock["second"] or 0)
    if clock["half"]:
        hour = hour % 12 + 12 * (clock["half"] == "p") if 1 <= hour <= 12 else 24
    try:
        return time(hour, minute, second)
    except ValueError:
        raise UnreadableTime("There is no such time of day.", "Write 0:00 to 23:59, or 1am to 12pm.") from None


def _after(parts: str, rest: str, now: datetime, zone: tzinfo | None) -> TimeAhead | None:
    counted = [(int(many), unit[0]) for many, unit in _PART.findall(parts)]
    length = sum((many * _UNITS[unit] for many, unit in counted), timedelta())
    if not rest:
        if not length:
            raise UnreadableTime("That is now, not later.", "Leave this empty to send at once.")
        return TimeAhead(_within_reach(now + length, now))
    clock = _CLOCK_TIME.fullmatch(rest)
    if clock is None or any(unit in "hm" for _, unit in counted):
        return None
    if clock["zone"]:
        raise _day_elsewhere()
    day = now.astimezone(zone).date() + length
    return _first_ahead([day], _time_of(clock), now, zone)


def _resolve(day: re.Match[str] | None, at: time, suffix: str, now: datetime, zone: tzinfo | None) -> TimeAhead | None:
    offset = _offset_in(suffix)
    name = suffix if suffix and offset is None else ""
    if offset is not None and day is not None and (day["word"] or day["only"]):
        raise _day_elsewhere()
    where = offset or zone
    today = now.astimezone(where).date()
    if day is None:
        days = [today, today + timedelta(days=1)]
    elif day["word"]:
        days = [today + timedelta(days=int(day["word"] == "tomorrow"))]
    elif day["only"]:
        ahead = (_place(day["only"], WEEKDAYS) - today.weekday()) % 7
        days = [today + timedelta(days=ahead), today + timedelta(days=ahead + 7)]
    else:
        days = _calendar_days(day, today)
    if day is not None and day["weekday"]:
        agreeing = [each for each in days if each.weekday() == _place(day["weekday"], WEEKDAYS)]
        if not agreeing:
            first = next((each for each in days if each >= today), days[0])
            raise UnreadableTime(f"{first.day} {first:%b %Y} is a {first:%A}.", "Correct the day or the date.")
        days = agreeing
    return _first_ahead(days, at, now, where, name)


def _place(word: str, names: tuple[str, ...]) -> int:
    found = find_name(word, names)
    assert found is not None  # `_names_a_day` has looked.
    return found


def _day_elsewhere() -> UnreadableTime:
    # Days by name are the person's own: seen from another zone they may be others.
    return UnreadableTime("With an offset the day has to be a date.", "Write 2026-12-04 9:00 +02:00.")


def _offset_in(suffix: str) -> tzinfo | None:
    """The offset that is written behind a time; None for none, or for a zone's name."""
    written = suffix.strip("()").removeprefix("utc").removeprefix("gmt").strip()
    if written in ("", "z"):
        return UTC if suffix else None
    if not (found := re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})", written)):
        return None
    if int(found[2]) > 23 or int(found[3]) > 59:
        raise UnreadableTime("There is no such offset.", "Write one like +02:00.")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)


def _calendar_days(found: re.Match[str], today: date) -> list[date]:
    year = found["year"] or found["year1"] or found["year2"]
    name = found["month1"] or found["month2"]
    month = _place(name, MONTHS) + 1 if name else int(found["month"])
    day = int(found["day"] or found["day1"] or found["day2"])
    days: list[date] = []
    for each in (int(year),) if year else (today.year, today.year + 1):
        try:
            days.append(date(each, month, day))
        except ValueError:
            continue
    if not days:
        raise UnreadableTime("There is no such date.", "Check the day and the month.")
    return days


def _first_ahead(days: list[date], at: time, now: datetime, zone: tzinfo | None, name: str = "") -> TimeAhead:
    """The first of these days on which that time lies ahead; `name` is what the zone calls its time then."""
    other_name, fits = "", False
    for day in days:
        local = datetime.combine(day, at)
        if day.year < now.year - 1:
            raise UnreadableTime("That year has passed.", "Write a time that lies ahead.")
        if day.year > now.year + _MOST_YEARS:
            raise OverflowError
        first, end = seconds_of_local(local, zone)
        if first == end:
            if first > now.timestamp():
                shown = datetime.fromtimestamp(local.replace(tzinfo=zone).timestamp(), UTC).astimezone(zone)
                raise UnreadableTime(
                    f"{local:%a} {local.day} {local:%b} has no {local:%H:%M}: the clocks are put forward over it.",
                    f"Write {shown:%H:%M}.",
                )
            continue
        times = [datetime.fromtimestamp(second, UTC).astimezone(zone) for second in dict.fromkeys((first, end - 1))]
        for place, each in enumerate(times):
            if name and (each.tzname() or "").casefold() != name:
                other_name = each.tzname() or ""
                continue
            fits = True
            if (instant := each.astimezone(UTC)) > now:
                return TimeAhead(_within_reach(instant, now), "" if name else _say_fold(times, place))
    if other_name and not fits:
        reason = f"The time here is {other_name}, not {name.upper()}."
        raise UnreadableTime(reason, "Leave the zone out, or write an offset like +02:00.")
    last = datetime.combine(days[-1], at).replace(tzinfo=zone).astimezone(zone)
    raise UnreadableTime(f"{planned_time(last, now, zone)} has passed.", "Write a time that lies ahead.")


def _within_reach(instant: datetime, now: datetime) -> datetime:
    if instant.year > now.year + _MOST_YEARS:
        raise OverflowError
    return instant


def _say_fold(times: list[datetime], place: int) -> str:
    if len(times) < 2:
        return ""
    other = times[1 - place].isoformat(" ", "minutes")
    return f"This time comes twice that day, and this is the {('first', 'second')[place]}; {other} is the other."
