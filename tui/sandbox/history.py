"""The seeded history: some ninety days of traffic, the same for the same seed and clock.

Everything a screen has to cope with is in it at least once; the rest is ordinary conversation.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from tui.sandbox.account import SandboxAccount
from tui.sandbox.history_texts import CORRESPONDENTS, FAMILY, HOSTILE, NEWSLETTER, THREADS, Correspondent
from tui.sandbox.identity import derive
from tui.sandbox.lifecycle import (
    FAILED,
    UNDELIVERED,
    DeliveryOutcome,
    DeliveryPlan,
    StatusStep,
    Timetable,
    plan_ending_with,
    received,
)
from tui.sandbox.messages import StoredMedia, StoredMessage
from tui.sandbox.senders import (
    ALPHANUMERIC,
    FRONT_DESK,
    LONDON,
    PARCELS,
    SHORT_CODE,
    TOLL_FREE,
    UNREGISTERED,
    UNVERIFIED,
)
from tui.twilio.segments import measure

_DAYS = 90
_ROOM_FOR_PLANTED = 300
_DELIVERED = DeliveryPlan()
_WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes"),
    "he": ("שני", "שלישי", "רביעי", "חמישי", "שישי"),
    "ja": ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日"),
}
_ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
# What ordinary traffic ends with now and then: most often an unreachable phone, sometimes a spam filter.
MISHAPS = (30003, 30003, 30003, 30005, 30006, 30007, 30008, 30034)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One message of the past before it gets its SID.

    Attributes:
        age: how long ago it was created.
        with_it: types of more files, whose SIDs follow from the first one's: those of other messages stay as they are.
        refused: the code that the create was refused with.
    """

    age: timedelta
    ours: bool
    outside: str
    inside: str
    body: str
    plan: DeliveryPlan = _DELIVERED
    service: str | None = None
    media: tuple[str, ...] = ()
    with_it: tuple[str, ...] = ()
    redacted: bool = False
    reply: bool = False
    send_in: timedelta | None = None
    canceled: bool = False
    refused: int | None = None


def fill(account: SandboxAccount, seed: int, count: int) -> None:
    """Put `count` messages in the store, all created before the world's start."""
    services = tuple(account.senders.services)
    planted = _planted(services) if count >= _ROOM_FOR_PLANTED else []
    # In the place of the oldest, so that all others keep their SIDs.
    for index, (line, segments) in enumerate(_past(seed, count, services)):
        message = _message(account, line, segments)
        if index >= len(planted):
            account.store.add(message)
    for line in planted:
        sid = derive(seed, f"planted/{line.age}")
        segments = max(1, measure(line.body).segments)
        account.store.add(_message(account, line, segments, sid))


@lru_cache(maxsize=8)
def _past(seed: int, count: int, services: tuple[str, ...]) -> tuple[tuple[HistoryLine, int], ...]:
    """Return the messages, the oldest first, with their segments: kept for the next sandbox of this process."""
    # Not for secrets: the same seed has to give the same past.
    rng = random.Random(seed)  # noqa: S311
    lines = _special(services)[:count]
    while len(lines) < count:
        lines.extend(_thread(rng, services)[: count - len(lines)])
    lines.sort(key=lambda line: line.age, reverse=True)
    return tuple((line, max(1, measure(line.body).segments)) for line in lines)


def _message(account: SandboxAccount, line: HistoryLine, segments: int, own_sid: str = "") -> StoredMessage:
    """Return a message of the past. `own_sid` is what follows the two letters of a SID that is not the next one."""
    created = account.started - line.age
    media = tuple(StoredMedia(account.sids.sid("ME"), kind) for kind in line.media)
    media += tuple(StoredMedia(f"ME{derive(0, f'{media[0].sid}/{n}')}", kind) for n, kind in enumerate(line.with_it))
    if not line.ours:
        direction, steps = "inbound", received(created)
    else:
        direction = "outbound-reply" if line.reply else "outbound-api"
        steps = _steps(created, line, account.started)
    message = StoredMessage(
        sid="SM" + own_sid if own_sid else account.sids.sid("MM" if media else "SM"),
        arrival=account.store.next_arrival(),
        created=created,
        to=line.outside if line.ours else line.inside,
        sender=line.inside if line.ours else line.outside,
        body=line.body,
        direction=direction,
        segments=segments,
        steps=steps,
        service=line.service,
        media=media,
    )
    return message.redacted(created + timedelta(days=1)) if line.redacted else message


def _steps(created: datetime, line: HistoryLine, started: datetime) -> tuple[StatusStep, ...]:
    if line.refused is not None:
        return (StatusStep(created, "failed", line.refused),)
    timetable = Timetable(
        start=created,
        to=line.outside,
        by_service=line.service is not None,
        send_at=started + line.send_in if line.send_in else None,
    )
    steps = timetable.steps(line.plan)
    return (steps[0], StatusStep(created + timedelta(minutes=40), "canceled")) if line.canceled else steps


def _thread(rng: random.Random, services: tuple[str, ...]) -> list[HistoryLine]:
    correspondent = rng.choice(CORRESPONDENTS)
    threads = [t for t in THREADS if t.language == correspondent.language] if correspondent.language != "en" else []
    thread = rng.choice(threads or [t for t in THREADS if t.language == "en"])
    # Early enough that the last line of the longest thread is still in the past.
    age = timedelta(days=rng.random() ** 1.3 * _DAYS, minutes=rng.randrange(45, 400))
    inside = _inside(rng, correspondent)
    service = rng.choice((None, None, None, services[0] if inside in {FRONT_DESK, LONDON} else services[1]))
    lines: list[HistoryLine] = []
    for text in thread.lines:
        ours = text.startswith(">")
        plan = _DELIVERED
        if ours and rng.random() < 0.07:
            plan = plan_ending_with(rng.choice(MISHAPS))
        elif ours and rng.random() < 0.06:
            plan = DeliveryPlan(DeliveryOutcome.SENT)
        lines.append(
            HistoryLine(
                age=age,
                ours=ours,
                outside=correspondent.number,
                inside=inside,
                body=_say(rng, text[2:], correspondent),
                plan=plan,
                service=service if ours else None,
                reply=ours and len(lines) > 0 and rng.random() < 0.3,
                redacted=rng.random() < 0.02 and age.days > 1,
            )
        )
        if plan.code is not None:
            break
        age -= timedelta(seconds=rng.randrange(20, 500))
    return lines


def _inside(rng: random.Random, correspondent: Correspondent) -> str:
    if correspondent.number.startswith("+44"):
        return rng.choice((LONDON, LONDON, FRONT_DESK))
    return rng.choice((FRONT_DESK, FRONT_DESK, PARCELS, TOLL_FREE))


def _say(rng: random.Random, text: str, correspondent: Correspondent) -> str:
    return text.format(
        name=correspondent.name,
        day=rng.choice(_WEEKDAYS.get(correspondent.language, _ENGLISH_WEEKDAYS)),
        time=f"{rng.randrange(8, 18)}:{rng.choice(('00', '15', '30', '45'))}",
        code=f"{rng.randrange(10**6):06}",
        ref=f"HB{rng.randrange(10**6):06}",
    )


def _special(services: tuple[str, ...]) -> list[HistoryLine]:
    """Return what must be there at least once, the most telling first."""
    appointments, alerts = services[0], services[1]
    maya, jonas = CORRESPONDENTS[0].number, CORRESPONDENTS[1].number
    london = "+447700900123"
    hour, day = timedelta(hours=1), timedelta(days=1)

    def ours(age: timedelta, to: str, body: str, inside: str = FRONT_DESK) -> HistoryLine:
        return HistoryLine(age, True, to, inside, body)

    def theirs(age: timedelta, from_: str, body: str) -> HistoryLine:
        return HistoryLine(age, False, from_, FRONT_DESK, body)

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
        replace(theirs(8 * day, maya, ""), media=("image/gif",), with_it=("audio/wav", "text/vcard", "text/plain")),
        replace(ours(11 * day, maya, "Your test result is ready."), redacted=True),
        replace(theirs(12 * day, jonas, "My insurance number is on the card."), redacted=True),
        replace(ours(13 * day, jonas, "Your statement is ready."), plan=DeliveryPlan(DeliveryOutcome.SENT)),
        theirs(14 * day, "+13035550148", "STOP"),
        theirs(13 * day + hour, "+13035550148", "START"),
    ]
    for index, code in enumerate(sorted(FAILED | UNDELIVERED)):
        age = timedelta(hours=31 * index + 50)
        line = ours(age, f"+141555{code:05}", f"Your parcel HB{code} is on its way.", PARCELS)
        lines.append(replace(line, plan=plan_ending_with(code)))
    for index, body in enumerate(HOSTILE):
        lines.append(theirs(timedelta(hours=6 + 43 * index), f"+1646555{666 + index:04}", body))
    return lines


def _planted(services: tuple[str, ...]) -> list[HistoryLine]:
    """Return messages whose causes of trouble can still be read, see docs/sandbox.md; older than a first look.

    They bring new senders into the past, and codes that no ordinary traffic ends with.
    """
    weekend = services[4]

    def line(days: float, outside: str, inside: str, body: str, code: int) -> HistoryLine:
        return HistoryLine(timedelta(days=days), True, outside, inside, body, plan_ending_with(code))

    def refused(days: float, outside: str, inside: str, body: str, code: int) -> HistoryLine:
        return HistoryLine(timedelta(days=days), True, outside, inside, body, refused=code)

    booked = "Weekend desk: you are booked for Saturday at 10:30. Reply C to confirm."
    survey = "How was your visit? Rate it from 1 to 5, it takes a minute."
    return [
        replace(line(12.53, "+13035550148", UNREGISTERED, booked, 30034), service=weekend),
        replace(line(13.18, "+16465550151", UNREGISTERED, booked, 30034), service=weekend),
        replace(line(16.81, "+12125550134", UNREGISTERED, booked, 30034), service=weekend),
        line(15.22, "+16045550162", UNVERIFIED, survey, 30032),
        line(19.74, "+14155550127", UNVERIFIED, survey, 30032),
        refused(14.35, "+5355500123", FRONT_DESK, "Your prescription is ready to collect.", 21408),
        refused(17.64, "+14155521614", PARCELS, "Your parcel HB521614 is on its way.", 21614),
        refused(18.41, "+14155521610", FRONT_DESK, "Your yearly check-up is due.", 21610),
        line(21.92, "whatsapp:+5511955550123", f"whatsapp:{FRONT_DESK}", "Olá Beatriz, podemos remarcar?", 63016),
        line(23.37, "+14155530006", FRONT_DESK, "Please call us back about your appointment.", 30006),
    ]
