"""Fills a new sandbox with the past: some ninety days of traffic, the same for the same seed and clock.

Everything a screen has to cope with is in it at least once; the rest is ordinary conversation.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tui.sandbox.corpus import CONTACTS, FAMILY, HOSTILE, NEWSLETTER, THREADS, Contact
from tui.sandbox.lifecycle import FAILED, UNDELIVERED, Ending, Fate, Step, Timetable, fate_with, received
from tui.sandbox.messages import Media, Message
from tui.sandbox.pricing import country_of
from tui.sandbox.senders import ALPHANUMERIC, FRONT_DESK, LONDON, PARCELS, SHORT_CODE, TOLL_FREE
from tui.sandbox.world import World
from tui.twilio.segments import measure

_DAYS = 90
_DELIVERED = Fate()
_WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes"),
    "he": ("שני", "שלישי", "רביעי", "חמישי", "שישי"),
    "ja": ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日"),
}
_ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
# What ordinary traffic ends with now and then: most often an unreachable phone, sometimes a spam filter.
_MISHAPS = (30003, 30003, 30003, 30005, 30006, 30007, 30008, 30034)


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the past before it gets its SID. `age` is how long ago it was created."""

    age: timedelta
    ours: bool
    outside: str
    inside: str
    body: str
    fate: Fate = _DELIVERED
    service: str | None = None
    media: tuple[str, ...] = ()
    redacted: bool = False
    reply: bool = False
    send_in: timedelta | None = None
    canceled: bool = False


def fill(world: World, seed: int, count: int) -> None:
    """Put `count` messages on the shelf, all created before the world's start."""
    # Not for secrets: the same seed has to give the same past.
    rng = random.Random(seed)  # noqa: S311
    services = tuple(world.senders.services)
    lines = _special(services)[:count]
    while len(lines) < count:
        lines.extend(_thread(rng, services)[: count - len(lines)])
    lines.sort(key=lambda line: line.age, reverse=True)
    for line in lines:
        world.shelf.add(_message(world, line))


def _message(world: World, line: Line) -> Message:
    created = world.started - line.age
    media = tuple(Media(world.mint.sid("ME"), kind) for kind in line.media)
    if not line.ours:
        direction, steps = "inbound", received(created)
    else:
        direction = "outbound-reply" if line.reply else "outbound-api"
        steps = _steps(created, line, world.started)
    message = Message(
        sid=world.mint.sid("MM" if media else "SM"),
        arrival=world.shelf.next_arrival(),
        created=created,
        to=line.outside if line.ours else line.inside,
        sender=line.inside if line.ours else line.outside,
        body=line.body,
        direction=direction,
        segments=max(1, measure(line.body).segments),
        steps=steps,
        service=line.service,
        media=media,
    )
    return message.redacted(created + timedelta(days=1)) if line.redacted else message


def _steps(created: datetime, line: Line, started: datetime) -> tuple[Step, ...]:
    timetable = Timetable(
        start=created,
        to=line.outside,
        by_service=line.service is not None,
        send_at=started + line.send_in if line.send_in else None,
    )
    steps = timetable.steps(line.fate)
    return (steps[0], Step(created + timedelta(minutes=40), "canceled")) if line.canceled else steps


def _thread(rng: random.Random, services: tuple[str, ...]) -> list[Line]:
    contact = rng.choice(CONTACTS)
    threads = [t for t in THREADS if t.language == contact.language] if contact.language != "en" else []
    thread = rng.choice(threads or [t for t in THREADS if t.language == "en"])
    # Early enough that the last line of the longest thread is still in the past.
    age = timedelta(days=rng.random() ** 1.3 * _DAYS, minutes=rng.randrange(45, 400))
    inside = _inside(rng, contact)
    service = rng.choice((None, None, None, services[0] if inside in {FRONT_DESK, LONDON} else services[1]))
    lines: list[Line] = []
    for text in thread.lines:
        ours = text.startswith(">")
        fate = _DELIVERED
        if ours and rng.random() < 0.07:
            fate = fate_with(rng.choice(_MISHAPS))
        elif ours and rng.random() < 0.06:
            fate = Fate(Ending.SENT)
        lines.append(
            Line(
                age=age,
                ours=ours,
                outside=contact.number,
                inside=inside,
                body=_say(rng, text[2:], contact),
                fate=fate,
                service=service if ours else None,
                reply=ours and len(lines) > 0 and rng.random() < 0.3,
                redacted=rng.random() < 0.02 and age.days > 1,
            )
        )
        if fate.code is not None:
            break
        age -= timedelta(seconds=rng.randrange(20, 500))
    return lines


def _inside(rng: random.Random, contact: Contact) -> str:
    if country_of(contact.number) == "GB":
        return rng.choice((LONDON, LONDON, FRONT_DESK))
    return rng.choice((FRONT_DESK, FRONT_DESK, PARCELS, TOLL_FREE))


def _say(rng: random.Random, text: str, contact: Contact) -> str:
    return text.format(
        name=contact.name,
        day=rng.choice(_WEEKDAYS.get(contact.language, _ENGLISH_WEEKDAYS)),
        time=f"{rng.randrange(8, 18)}:{rng.choice(('00', '15', '30', '45'))}",
        code=f"{rng.randrange(10**6):06}",
        ref=f"HB{rng.randrange(10**6):06}",
    )


def _special(services: tuple[str, ...]) -> list[Line]:
    """Return what must be there at least once, the most telling first."""
    appointments, alerts = services[0], services[1]
    maya, jonas = CONTACTS[0].number, CONTACTS[1].number
    london = "+447700900123"
    hour, day = timedelta(hours=1), timedelta(days=1)

    def ours(age: timedelta, to: str, body: str, inside: str = FRONT_DESK) -> Line:
        return Line(age, True, to, inside, body)

    def theirs(age: timedelta, from_: str, body: str) -> Line:
        return Line(age, False, from_, FRONT_DESK, body)

    newest = ours(timedelta(minutes=4), maya, "Hi Maya, we can see you at 15:30 today if that still suits you.")
    scheduled = replace(
        ours(5 * hour, jonas, "Reminder: Jonas, your check-up is tomorrow at 10:15."),
        service=appointments,
        send_in=19 * hour,
    )
    later = replace(
        ours(2 * day, maya, "Your yearly check-up is due. Reply to book a time that suits you."),
        service=appointments,
        send_in=6 * day,
    )
    canceled = replace(
        ours(3 * day, jonas, "We are closed on Friday.", inside=FRONT_DESK),
        service=appointments,
        send_in=9 * day,
        canceled=True,
    )
    lines = [
        newest,
        theirs(timedelta(minutes=2), maya, "15:30 is perfect, thank you! 🙏"),
        scheduled,
        later,
        canceled,
        replace(ours(7 * hour, maya, "Disk usage is back to normal.", TOLL_FREE), service=alerts),
        ours(9 * hour, london, "Your repeat prescription is ready to collect.", ALPHANUMERIC),
        ours(30 * hour, jonas, "Harbor: your one-time code is 204881.", SHORT_CODE),
        theirs(26 * hour, maya, FAMILY),
        ours(4 * day, maya, (NEWSLETTER * 4)[:1600]),
        replace(ours(5 * day, maya, "Your X-ray, as promised."), media=("image/png",)),
        replace(theirs(6 * day, jonas, "Is this the right form?"), media=("image/jpeg", "application/pdf")),
        replace(theirs(8 * day, maya, ""), media=("image/gif",)),
        replace(ours(11 * day, maya, "Your test result is ready."), redacted=True),
        replace(theirs(12 * day, jonas, "My insurance number is on the card."), redacted=True),
        replace(ours(13 * day, jonas, "Your statement is ready."), fate=Fate(Ending.SENT)),
        theirs(14 * day, "+13035550148", "STOP"),
        theirs(13 * day + hour, "+13035550148", "START"),
    ]
    for index, code in enumerate(sorted(FAILED | UNDELIVERED)):
        age = timedelta(hours=31 * index + 50)
        line = ours(age, f"+141555{code:05}", f"Your parcel HB{code} is on its way.", PARCELS)
        lines.append(replace(line, fate=fate_with(code)))
    for index, body in enumerate(HOSTILE):
        lines.append(theirs(timedelta(hours=6 + 43 * index), f"+1646555{666 + index:04}", body))
    return lines
