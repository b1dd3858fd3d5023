"""The seeded history: some ninety days of traffic, the same for the same seed and clock.

Everything a screen has to cope with is in it at least once; the rest is ordinary conversation.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from tui.sandbox.account import SandboxAccount
from tui.sandbox.addresses import country_of
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
from tui.sandbox.senders import ALPHANUMERIC, FRONT_DESK, LONDON, PARCELS, SHORT_CODE, TOLL_FREE
from tui.twilio.segments import measure


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody outside: a number, a first name, and which threads they take part in."""

    number: str
    name: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation: lines that begin with `>` are ours, with `<` theirs."""

    lines: tuple[str, ...]
    language: str = "en"


CORRESPONDENTS = (
    Correspondent("+14155550123", "Maya"),
    Correspondent("+14155550127", "Jonas"),
    Correspondent("+12125550134", "Priya"),
    Correspondent("+13035550148", "Luis"),
    Correspondent("+16465550151", "Hannah"),
    Correspondent("+16045550162", "Owen"),
    Correspondent("+14165550175", "Chloé", "fr"),
    Correspondent("+447700900123", "Imogen"),
    Correspondent("+447700900456", "Callum"),
    Correspondent("+4915550000123", "Jürgen", "de"),
    Correspondent("+4915550000456", "Annika", "de"),
    Correspondent("+33639980123", "Élodie", "fr"),
    Correspondent("+34600000123", "Nuria", "es"),
    Correspondent("+525550000123", "Diego", "es"),
    Correspondent("+5511955550123", "Beatriz", "pt"),
    Correspondent("+972550000123", "נועה", "he"),
    Correspondent("+971500000123", "ليلى", "ar"),
    Correspondent("+819000000123", "健太", "ja"),
    Correspondent("+821000000123", "지우", "ko"),
    Correspondent("+8613800000123", "小明", "zh"),
    Correspondent("+919800000123", "Aarav", "hi"),
    Correspondent("+61491570156", "Ruby"),
)

THREADS = (
    Thread(
        (
            "> Hi {name}, this is the Harbor Street clinic. You are booked for {day} at {time}. Reply C to "
            "confirm or R to move it.",
            "< C",
            "> Thank you, {name}. See you on {day}.",
        )
    ),
    Thread(
        (
            "> Reminder: {name}, your check-up is tomorrow at {time}. Please bring your card.",
            "< running about 10 min late, sorry!",
            "> No problem, we will keep your slot until quarter past.",
            "< 👍🏽",
        )
    ),
    Thread(
        (
            "> Your parcel {ref} is out for delivery and should arrive between {time} and 18:00.",
            "< Can you leave it with the neighbour at number 12?",
            "> Done. The driver has your note.",
        )
    ),
    Thread(("> Your parcel {ref} was delivered at {time} and signed for by {name}.",)),
    Thread(("> {code} is your Harbor sign-in code. It expires in 10 minutes. We never ask for it by phone.",)),
    Thread(("> Your verification code is {code}",)),
    Thread(
        (
            "> [P2] api-gateway: p99 latency 2.4 s for 5 min (threshold 1.0 s). Ack: reply 1",
            "< 1",
            "> Acked by {name}. Next reminder in 30 min.",
            "> [P2] api-gateway: resolved after 14 min.",
        )
    ),
    Thread(("> [P1] db-primary: disk 91% on /var/lib. Runbook: https://runbooks.example/disk",)),
    Thread(("< Is the clinic open on Saturday?", "> Yes, from 9:00 to 13:00. Shall I book you in, {name}?")),
    Thread(("< Thanks so much!! 🎉🎉", "> Any time, {name} 😊")),
    Thread(
        (
            "> Hi {name}, your invoice {ref} for $42.00 is ready: https://pay.example/{ref}. It is due in "
            "14 days. If you have paid already, please ignore this message. Questions? Just reply here and a "
            "person will get back to you during office hours (Mon to Fri, 9:00 to 17:00).",
        )
    ),
    Thread(("< We all made it 👨‍👩‍👧‍👦🏳️‍🌈 see you at the beach 🏖️", "> Lovely, have a great time! ☀️")),
    Thread(("> Price update: {{ basic | plus }} from €9.50 ~ €12.00 [incl. VAT] \\ see {ref}^2",)),
    Thread(
        (
            "> Guten Tag {name}, Ihr Termin ist am {day} um {time} Uhr. Antworten Sie JA zum Bestätigen.",
            "< JA",
            "> Vielen Dank für die Bestätigung. Schöne Grüße aus der Praxis!",
        ),
        "de",
    ),
    Thread(
        (
            "> Bonjour {name}, votre colis {ref} arrivera aujourd’hui entre {time} et 18 h.",
            "< Parfait, merci beaucoup ! À bientôt",
        ),
        "fr",
    ),
    Thread(("> Hola {name}, tu cita es el {day} a las {time}. ¿Confirmas?", "< Sí, ahí estaré. ¡Gracias!"), "es"),
    Thread(("> Olá {name}, seu código é {code}. Não compartilhe.", "< ok obrigada"), "pt"),
    Thread(("> שלום {name}, התור שלך נקבע ליום {day} בשעה {time}. לאישור השיבי 1", "< 1", "> תודה, נתראה!"), "he"),
    Thread(("> مرحبا {name}، رمز التحقق الخاص بك هو {code}.", "< شكرا جزيلا"), "ar"),
    Thread(
        (
            "> {name}様、ご予約は{day} {time}です。変更はこの番号にご返信ください。",
            "< 了解しました。ありがとうございます。",
        ),
        "ja",
    ),
    Thread(("> {name}님, 택배 {ref}가 오늘 {time}에 도착합니다.", "< 감사합니다 🙏"), "ko"),
    Thread(("> 【港湾快递】{name}您好，您的验证码为{code}，10分钟内有效。",), "zh"),
    Thread(("> नमस्ते {name}, आपका पार्सल {ref} आज {time} बजे पहुँचेगा।", "< धन्यवाद"), "hi"),
)

NEWSLETTER = (
    "Good morning from the Harbor Street clinic. The flu vaccine is here and appointments are open to "
    "everybody from the age of twelve. The visit takes ten minutes; please wear short sleeves, bring your "
    "card, and tell us beforehand about any allergy. We are open from 8:00 to 18:00 on weekdays and from "
    "9:00 to 13:00 on Saturdays. Parking is behind the building, the lift is on the left, and the tram stops "
    "in front of the door. "
)

FAMILY = "👩‍👩‍👧‍👦 👨🏿‍🚀 🧑🏻‍❤️‍💋‍🧑🏾 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👁️‍🗨️ 1️⃣ 🇯🇵🇧🇷 — all in one message"

# Each would do harm on a terminal or in a markup language if it were shown as it is.
HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b[2J\x1b[H cleared your screen?",
    "\x1b]0;new title\x07\x1b]52;c;ZWNobyBnb3RjaGE=\x07 copied to your clipboard?",
    "\x1b]8;;https://phish.example/\x1b\\your bank\x1b]8;;\x1b\\ needs you to sign in",
    "\x9b31mC1 controls\x9b0m \x90q\x9c and \x0e shift out",
    "[/] [b]bold?[/b] [/nothing] [[ ]]",
    "[@click=app.quit]x[/] [link=https://phish.example]free prize[/link]",
    "invoice_\u202egnp.exe is attached \u2066isolated\u2069",
    "␀␛␇ control pictures, and a real \x08\x08\x08 backspace, \x7f delete",
    "Z̷̧̢̛͇̥͓̈́̈́̍͑͘a̴̛̖̫̔̽͐l̷̰̗̈́̀̚g̸̢̛̰̈́̕ö̷̫́ \u200b\u200b\u200b\u200b\u200b\ufeff zero width",
    "tab\tand\r\nlines\n\nand a very_long_unbroken_word_" + "x" * 180,
    "{{ 7*7 }} ${{HOME}} %s %n '; DROP TABLE messages; -- <script>alert(1)</script>",
)


_DAYS = 90
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


def fill(account: SandboxAccount, seed: int, count: int) -> None:
    """Put `count` messages in the store, all created before the world's start."""
    for line, segments in _past(seed, count, tuple(account.senders.services)):
        account.store.add(_message(account, line, segments))


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


def _message(account: SandboxAccount, line: HistoryLine, segments: int) -> StoredMessage:
    created = account.started - line.age
    media = tuple(StoredMedia(account.sids.sid("ME"), kind) for kind in line.media)
    media += tuple(StoredMedia(f"ME{derive(0, f'{media[0].sid}/{n}')}", kind) for n, kind in enumerate(line.with_it))
    if not line.ours:
        direction, steps = "inbound", received(created)
    else:
        direction = "outbound-reply" if line.reply else "outbound-api"
        steps = _steps(created, line, account.started)
    message = StoredMessage(
        sid=account.sids.sid("MM" if media else "SM"),
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
    if country_of(correspondent.number) == "GB":
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
