"""One message in full, as text: what happened to it, what it says, every field. Pure; the pane only shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from tui.safe_text import glimpse, safe_lines, safe_text
from tui.theme import TONES, look_of
from tui.time_format import ago, full, length
from tui.twilio.addresses import country_of
from tui.twilio.error_catalogue import explain

if TYPE_CHECKING:
    from tui.twilio.messages import Media, Message

LONGEST_BODY = 20_000
"""Characters shown of a body; Twilio's own limit is 1600, a hostile server has none."""

MOST_OTHER_FIELDS = 40

_SHOWN = frozenset(
    [
        *("sid", "status", "direction", "to", "from", "body", "account_sid", "messaging_service_sid", "uri"),
        *("num_segments", "num_media", "price", "price_unit", "error_code", "error_message"),
        *("date_created", "date_sent", "date_updated", "subresource_uris", "api_version"),
    ]
)
"""Fields that have a place of their own above, or say nothing to a person."""


def describe(message: Message, now: datetime, media: Sequence[Media] | None = None) -> Content:
    """The whole message.

    Args:
        message: as last known.
        now: the present, for "2 min ago".
        media: its attachments, None while they are not known.
    """
    return Content("\n").join(_lines(message, now, media))


def _lines(message: Message, now: datetime, media: Sequence[Media] | None) -> Iterator[Content]:
    look = look_of(glimpse(message.status, 20))
    when = f" · {ago(now - message.when)}" if message.when else ""
    yield Content.assemble((str(look), f"bold {TONES[look.tone]}"), (when, "$quiet"))
    if message.error_code is not None:
        yield from _error(message)
    elif message.status == "sent":
        yield Content.styled("Handed to the carrier. Some carriers never confirm more than this.", "$quiet")
    yield Content("")
    yield Content.assemble(
        (safe_text(message.from_ or message.messaging_service_sid, limit=60), "bold"),
        ("  →  ", "$quiet"),
        (safe_text(message.to, limit=60), "bold"),
    )
    yield Content("")
    if message.body:
        yield from (Content(line) for line in safe_lines(message.body, limit=LONGEST_BODY))
    else:
        yield Content.styled("(no text: redacted, or never there)", "$quiet")
    yield Content("")
    yield from _timeline(message, now)
    yield Content("")
    if media is not None and (country := country_of(message.other_party)):
        # Only once opened: the tables of the world's numbers take a moment to load.
        yield _field("Country", country)
    for label, value in _fields(message, now):
        if value:
            yield _field(label, value)
    yield from _media(message, media)
    yield from _others(message)


def _error(message: Message) -> Iterator[Content]:
    known = explain(message.error_code) if message.error_code is not None else None
    yield Content.assemble(
        (f"Error {message.error_code}", f"bold {TONES['bad']}"),
        "  ",
        known.meaning if known else _said(message),
    )
    if known:
        yield Content.assemble(("What to do: ", "bold"), known.remedy)
    elif message.error_code is not None:
        yield Content.styled(f"https://www.twilio.com/docs/errors/{message.error_code}", "$quiet")


def _said(message: Message) -> str:
    return safe_text(message.error_message, limit=300) or "Twilio gives no explanation."


def _timeline(message: Message, now: datetime) -> Iterator[Content]:
    """What happened when, earliest first; with days unless all of it is of today."""
    status = safe_text(message.status, limit=20)
    sent = "to be sent" if message.status == "scheduled" else "sent"
    steps = [
        ("received" if message.inbound else "created", message.date_created),
        (sent, message.date_sent),
        ("updated" if status in ("", sent) else status, message.date_updated),
    ]
    # Sorted by time alone: where two happen in one second, they stand as a message lives.
    dated = sorted(((moment.astimezone(), word) for word, moment in steps if moment), key=lambda step: step[0])
    today = now.astimezone().date()
    days = {moment.date() for moment, _ in dated}
    form = "" if days <= {today} else "%d %b " if {day.year for day in days} == {today.year} else "%d %b %Y "
    previous: datetime | None = None
    for moment, word in dated:
        if moment == previous:
            continue
        after = f"  +{length(moment - previous)}" if previous is not None else ""
        yield Content.assemble(
            (f"{moment:{form}%H:%M:%S}", "$quiet"), ("  •  ", "$text-primary"), word, (after, "$quiet")
        )
        previous = moment


def _fields(message: Message, now: datetime) -> Iterator[tuple[str, str]]:
    yield "SID", message.sid
    yield "Direction", message.direction
    yield "Segments", "" if message.num_segments is None else str(message.num_segments)
    yield "Price", _price(message)
    yield "Created", full(message.date_created, now)
    yield "Sent", full(message.date_sent, now)
    yield "Updated", full(message.date_updated, now)
    yield "Service", message.messaging_service_sid
    yield "Account", message.account_sid


def _price(message: Message) -> str:
    if message.price is None:
        return "not billed yet" if not message.final else ""
    return f"{abs(message.price)} {message.price_unit}".strip()


def _field(label: str, value: str) -> Content:
    return Content.assemble((f"{label:<9} ", "$quiet"), safe_text(value, limit=400))


def _media(message: Message, media: Sequence[Media] | None) -> Iterator[Content]:
    if not message.num_media and not media:
        return
    if media is None:
        yield _field("Media", f"{message.num_media}, press enter to list")
        return
    for item in media:
        yield _field("Media", f"{item.content_type}  {item.sid}")


def _others(message: Message) -> Iterator[Content]:
    others = [(key, value) for key, value in message.raw.items() if key not in _SHOWN and value not in (None, "")]
    for key, value in others[:MOST_OTHER_FIELDS]:
        yield _field(safe_text(key, limit=24), str(value)[:400])


def peek(message: Message, now: datetime) -> Content:
    """Three or four lines about the row under the cursor, for terminals with no room for a pane."""
    look = look_of(glimpse(message.status, 20))
    head = Content.assemble(
        (str(look), f"bold {TONES[look.tone]}"),
        (f"  {full(message.when, now)}", "$quiet"),
        (f"  {safe_text(message.own_party, limit=34)}", "$quiet"),
    )
    body = Content(glimpse(message.body, 400))
    if message.error_code is None:
        return Content("\n").join([head, body])
    known = explain(message.error_code)
    why = f"{known.meaning} {known.remedy}" if known else _said(message)
    return Content("\n").join([head, Content.styled(f"{message.error_code}: {why}", TONES["bad"]), body])
