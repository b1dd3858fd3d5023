"""Ordinary traffic of any length, computed message by message when it is asked for.

A sandbox with a million messages starts as quickly as an empty one and keeps none of them: message `n` follows from
the seed, the clock at the start and `n` alone. Traffic repeats a programme of threads. Each thread of the programme has
a number of the account, a hundred people of one country (or a few regulars, who write most) and several conversations
of the same shape; who takes part in which round, and in which conversation, is a matter of arithmetic, so that the
messages of any one number are found without looking through the others. Weeks are busy by day and quiet by night.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import accumulate

from tui.sandbox.account import SandboxAccount
from tui.sandbox.history import MISHAPS, fill
from tui.sandbox.history_texts import THREADS, Thread
from tui.sandbox.identity import derive
from tui.sandbox.lifecycle import DeliveryOutcome, DeliveryPlan, Timetable, plan_ending_with, received
from tui.sandbox.messages import StoredMedia, StoredMessage
from tui.sandbox.order import Items, Position
from tui.sandbox.senders import FRONT_DESK, LONDON, PARCELS, SHORT_CODE, TOLL_FREE
from tui.twilio.segments import measure

SEEDED = 520
"""Of a long history so many are those of `history.fill`, which has everything at least once."""

LONGEST_SEEDED = 1000
"""What is asked for up to here is made by `history.fill` alone."""

_WEEK = 7 * 24
_HOUR = 3_600_000_000  # in microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = 4 * 24 * _HOUR  # the first one after it
_MICROSECOND = timedelta(microseconds=1)
# The newest are at their end when the sandbox starts, whatever becomes of them.
_SETTLED = timedelta(minutes=10)
# From the person of one round to that of the next; it has no divisor in common with how many there are.
_STEP = 37

# How busy the hours of a day are, in UTC.
_BUSY = (2, 1, 1, 1, 1, 2, 4, 8, 12, 14, 15, 15, 14, 16, 18, 19, 19, 18, 16, 13, 10, 7, 5, 3)
_DELIVERED = DeliveryPlan()
_HOURS = [busy * (4 if day < 5 else 1) for day in range(7) for busy in _BUSY]

_ORDINARY = (
    "> Hi {name}, your {thing} is ready to be picked up at {place} until {time} on {day}. Bring this code: {code}",
    "> {name}, your order {ref} with the {thing} has left {place} and should reach you on {day} before {time}.",
    "> Reminder: you have an appointment at {place} on {day} at {time}. Reply C to confirm, R to move it, {name}.",
    "> Your {thing} ({ref}) could not be delivered to {place} today. We will try again on {day} at {time}.",
    "> {code} is your code to sign in at {place}. It is good for 10 minutes and nobody of us will ask you for it.",
    "> {name}, the table at {place} is booked for {day}, {time}. Running late? Just reply, we keep it a while.",
    "> Tracking number {ref}: the {thing} from {place} is with the courier, expected {day} around {time}.",
    "> Payment of ${price} for order {ref} received, thank you {name}! The {thing} ships from {place} on {day}.",
    "> [P3] {place} gateway: error rate 2.{minutes} % since {time}, ticket {ref}. Ack with {code} or call the bridge.",
    "> This week at {place}: every {thing} for ${price} until {day}, {time}. Show code {code}. Reply STOP to opt out.",
    "< Hi, is the {thing} I saw at {place} on {day} still there? My number for it is {ref}, thanks in advance!",
    "< Please move my appointment at {place} from {day} to another day, after {time} would be best. {name}",
    "< The {thing} arrived broken, order {ref}. What do I do now? I can bring it to {place} on {day} at {time}",
    "< Thank you so much for the {thing}!! We are all at {place} now 👨‍👩‍👧 see you on {day} 🎉 {name}",
    "< STOP",
    "> {name}, how was your {thing} from {place}? Rate it from 1 to 5, it takes {minutes} seconds. Order {ref}\n"
    "< {minutes} out of 5, the {thing} is wonderful and the people at {place} could not have been nicer\n"
    "> Thank you! As a small gift {code} takes ${price} off your next order at {place}, until {day}.",
    "> Your driver is {minutes} minutes away with the {thing} (order {ref}). Shall it stay at {place}, {name}?\n"
    "< Yes please, leave the {thing} with the neighbour, I am not home before {time}\n"
    "> Done. The driver left it at {place} at {time}, and took a picture for {ref}.",
    "> Hello {name}, your {thing} is due for its yearly service. Is {day} at {time} at {place} all right?\n"
    "< {day} at {time} suits me, see you at {place}\n> Booked as {ref}. Bring your {thing} and this code: {code}",
    "> Hi {name}, {place} here. Can you still come on {day} at {time}? Reply C to confirm or R to move it.\n"
    "< C\n> Thank you, {name}. See you at {place} on {day} at {time}, and please bring the {thing}.",
    "< Where is my {thing}? The order is {ref}, it was promised for {day} and the map still says {place}\n"
    "> Sorry for the wait, {name}. Order {ref} is at {place} and goes out on {day} before {time}.",
    "< What time do you close on {day} at {place}? I need my {thing} back by then\n"
    "> {place} is open until {time} on {day}, {name}. Your {thing} is ready, ask for {code}.",
    "> Invoice {ref} over ${price} for your {thing} is due on {day}: https://pay.example/{ref} - {place}\n"
    "< Paid it on {day} at {time}, please check again. The bank says {code}",
    "> {name}, a seat on the {time} coach to {place} is free again on {day}. Yours for ${price}, reply Y.\n"
    "< Y please, and a place for the {thing} too if you can, booking {ref}",
)
_FOREIGN = (
    ("de", "> Guten Tag {name}, Ihre Bestellung {ref} liegt bis {day}, {time} Uhr bereit. Abholcode: {code}. Grüße!"),
    (
        "de",
        "> Ihr Techniker kommt am {day} gegen {time} Uhr. Auftrag {ref}. Passt das nicht, antworten Sie bitte NEIN.",
    ),
    (
        "de",
        "< Hallo, können wir den Termin am {day} um {time} verschieben? Auftrag {ref}, danke\n"
        "> Gern, {name}! Dann am {day} gegen {time} Uhr, der Auftrag bleibt {ref}. Schöne Grüße",
    ),
    ("fr", "> Bonjour {name}, votre commande {ref} est prête jusqu’à {day} {time}. Votre code de retrait : {code}"),
    (
        "fr",
        "< Bonjour, est-ce que je peux passer {day} vers {time} ? Commande {ref}\n"
        "> Bien sûr {name}, à {day} {time} alors. Votre code de retrait est le {code}, à bientôt !",
    ),
    ("es", "> Hola {name}, tu pedido {ref} llegará el {day} antes de las {time}. Código de entrega: {code}. ¡Gracias!"),
    ("pt", "> Olá {name}, o pedido {ref} saiu para entrega e chega {day} até as {time}. Código: {code}. Obrigado!"),
    ("he", "> שלום {name}, ההזמנה {ref} מוכנה לאיסוף עד {time}. קוד האיסוף שלך הוא {code}"),
    ("ar", "> مرحبا {name}، طلبك {ref} سيصل قبل الساعة {time}. رمز التسليم هو {code}"),
    ("ja", "> {name}様、ご注文{ref}は{day}{time}にお届けします。受取コード:{code}"),
    ("ko", "> {name}님, 주문 {ref}이 {time}까지 도착합니다. 수령 코드 {code}"),
    ("zh", "> 【港湾快递】{name}您好，包裹{ref}今天{time}前送达，取件码{code}。"),
    ("hi", "> नमस्ते {name}, आपका ऑर्डर {ref} {time} तक पहुँचेगा। कोड {code}"),
)

_NAMES = {
    language: names.split()
    for language, names in {
        "en": "Maya Jonas Priya Luis Hannah Owen Imogen Callum Ruby Noah Ava Liam Zoe Ethan Grace Omar Ivy Felix Nina",
        "de": "Jürgen Annika Jörg Käthe Lukas Mia Björn Sabine Uwe Heike",
        "fr": "Chloé Élodie Benoît Inès Hugo Léa Jérôme Noémie",
        "es": "Nuria Diego Íñigo Lucía José Begoña Martín Sofía",
        "pt": "Beatriz João Inês Gonçalo Luís Conceição",
        "he": "נועה איתי תמר יואב מיכל",
        "ar": "ليلى عمر سارة يوسف مريم",
        "ja": "健太 美咲 大輔 さくら 直樹",
        "ko": "지우 민준 서연 하은 도윤",
        "zh": "小明 美玲 建国 丽华 志强",
        "hi": "Aarav प्रिया रोहन अनिका विवेक",
    }.items()
}
_DAYS = {
    language: days.split()
    for language, days in {
        "en": "Monday Tuesday Wednesday Thursday Friday Saturday",
        "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
        "fr": "lundi mardi mercredi jeudi vendredi samedi",
        "es": "lunes martes miércoles jueves viernes sábado",
        "pt": "segunda terça quarta quinta sexta sábado",
        "he": "ראשון שני שלישי רביעי חמישי",
        "ja": "月曜日 火曜日 水曜日 木曜日 金曜日",
    }.items()
}
# fmt: off
_PLACES = (
    "Harbor Street", "the Mill Lane shop", "Pier 9", "Oak Hill", "the north gate", "Elm Square", "Station Road",
    "the old bakery", "Bay View", "Quarry Park", "the east wing", "Linden Court", "Market Hall", "the garage on 5th",
    "Riverside", "Fox Lane",
)
_THINGS = (
    "parcel", "bike", "laptop", "repeat prescription", "blue coat", "coffee machine", "violin", "pair of glasses",
    "camera", "X-ray", "passport photo", "birthday cake", "phone", "suitcase", "dishwasher", "bunch of tulips",
    "winter tyres", "library book", "tent", "wedding dress", "hearing aid", "microscope", "surfboard", "kettle",
)
# fmt: on

_AREAS = (
    *(201, 206, 209, 213, 214, 303, 305, 312, 313, 314, 404, 408, 410, 412, 424, 503, 504, 512, 602, 612, 615, 617),
    *(619, 646, 702, 704, 713, 718, 801, 808, 816, 919, 972),
)
# Language, and what the numbers begin with; two digits follow.
_ABROAD = (
    *(("en", f"+447700900{n}") for n in range(2, 8)),
    ("en", "+141655501"),
    ("fr", "+151455501"),
    ("en", "+614915701"),
    *(("de", f"+4915550000{n}") for n in range(1, 5)),
    ("fr", "+336399801"),
    ("es", "+346000001"),
    ("es", "+5255500001"),
    ("pt", "+55119555501"),
    ("he", "+9725500001"),
    ("ar", "+9715000001"),
    ("ja", "+8190000001"),
    ("ko", "+8210000001"),
    ("zh", "+86138000001"),
    ("hi", "+9198000001"),
)


@dataclass(frozen=True, slots=True)
class _Slot:
    """One thread of the programme: who takes part and which conversations they may have, all of the same shape."""

    language: str
    prefix: str
    people: int
    inside: str
    service: int | None
    conversations: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One message of the programme. `start` is who takes part in the first round."""

    slot: _Slot
    start: int
    ours: bool
    later: bool
    last: bool
    texts: tuple[str, ...]


class Traffic:
    """So many messages, the newest created shortly before `started`.

    Args:
        seed: what else than numbers and times they depend on.
        count: how many; they spread over three months and a day more for each thousand.
        started: the present, in UTC.
        services: the SIDs of the messaging services for appointments and alerts.
    """

    def __init__(self, seed: int, count: int, started: datetime, services: Sequence[str]) -> None:
        self._seed = seed
        self._count = count
        self._started = started
        self._services = services
        self._programme = _programme(seed)
        self._by_inside: dict[tuple[str, bool], list[int]] = defaultdict(list)
        self._by_prefix: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for place, line in enumerate(self._programme):
            self._by_inside[line.slot.inside, line.ours].append(place)
            self._by_prefix[line.slot.prefix, line.ours].append(place)
        # A week of the grid that messages lie on: how many there are before each of its hours.
        week = max(1, count * 7 // (90 + count // 1000))
        busy = [0, *accumulate(_HOURS)]
        self._hours = [week * before // busy[-1] for before in busy]
        now = (started - _SETTLED - _EPOCH) // _MICROSECOND
        # The first place on the grid that reaches into the present.
        present = (now - _MONDAY) // (_WEEK * _HOUR) * week
        end = bisect_right(range(present, present + week), now, key=lambda place: sum(self._stretch(place)))
        self._first = present + end - count

    def __len__(self) -> int:
        return self._count

    def message(self, number: int) -> StoredMessage:
        """Compute one."""
        digest = self._digest(number)
        turn, place = divmod(number, len(self._programme))
        line = self._programme[place]
        slot = line.slot
        person = (turn * _STEP + line.start) % slot.people
        outside = f"{slot.prefix}{person:02}"
        body = _say(line.texts[(turn + turn // slot.people) % len(line.texts)], slot.language, person, digest)
        created = _EPOCH + timedelta(microseconds=self._created(number, digest))
        is_mms = digest[4] < 3
        sid = ("MM" if is_mms else "SM") + _sid(digest, number)
        direction, steps = "inbound", received(created)
        service = None
        if line.ours:
            direction = "outbound-reply" if line.later else "outbound-api"
            service = self._services[slot.service] if slot.service is not None else None
            timetable = Timetable(start=created, to=outside, by_service=service is not None)
            steps = timetable.steps(_plan(line, digest))
        message = StoredMessage(
            sid=sid,
            arrival=number + 1,
            created=created,
            to=outside if line.ours else slot.inside,
            sender=slot.inside if line.ours else outside,
            body=body,
            direction=direction,
            segments=max(1, measure(body).segments),
            steps=steps,
            service=service,
            media=(StoredMedia("ME" + derive(self._seed, sid), "image/jpeg"),) if is_mms else (),
        )
        redacted = created + timedelta(days=1)
        return message.redacted(redacted) if digest[5] < 2 and redacted < self._started else message

    def position(self, number: int) -> Position:
        """Compute when one was created, and which it is."""
        return self._created(number, self._digest(number)), number + 1

    def number_of(self, sid: str) -> int | None:
        """Return which has this SID."""
        try:
            number = int(sid[26:], 16) ^ int(sid[2:10], 16)
        except ValueError:
            return None
        return number if 0 <= number < self._count and self.message(number).sid == sid else None

    def among(self, to: str | None, sender: str | None) -> Items[int]:
        """Return those that went to one or came from the other, whichever are fewer; None for anybody."""
        chosen: Items[int] = range(self._count)
        if to is not None:
            chosen = self._of(to, outbound=True)
        if sender is not None:
            chosen = min(chosen, self._of(sender, outbound=False), key=len)
        return chosen

    def _of(self, address: str, *, outbound: bool) -> Items[int]:
        """Return all that were sent to this address (outbound), or came from it."""
        size = len(self._programme)
        if (places := self._by_inside.get((address, not outbound))) is not None:
            return _Rounds(self._count, 0, size, places)
        prefix, person = address[:-2], address[-2:]
        places = self._by_prefix.get((prefix, outbound), [])
        if not places or not person.isdecimal():
            return ()
        line = self._programme[places[0]]
        people = line.slot.people
        if int(person) >= people:
            return ()
        turn = (int(person) - line.start) * pow(_STEP, -1, people) % people
        return _Rounds(self._count, turn * size, people * size, places)

    def _digest(self, number: int) -> bytes:
        return blake2b(b"%d/%d" % (self._seed, number), digest_size=12).digest()

    def _created(self, number: int, digest: bytes) -> int:
        """Return when, in microseconds since 1970: anywhere in the stretch of time that is this message's own."""
        begin, width = self._stretch(self._first + number)
        return begin + (width * digest[6] >> 8)

    def _stretch(self, place: int) -> tuple[int, int]:
        """Return where a place of the grid begins, and how long it is."""
        hours = self._hours
        week, place = divmod(place, hours[-1])
        hour = bisect_right(hours, place) - 1
        width = _HOUR // (hours[hour + 1] - hours[hour])
        return _MONDAY + (week * _WEEK + hour) * _HOUR + (place - hours[hour]) * width, width


class _Rounds:
    """All numbers below `count` that lie at one of these places after `start`, and again after every `stride`."""

    def __init__(self, count: int, start: int, stride: int, places: Sequence[int]) -> None:
        self._start, self._stride, self._places = start, stride, places
        whole, rest = divmod(max(0, count - start), stride)
        self._length = whole * len(places) + bisect_left(places, rest)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> int:
        turn, place = divmod(index, len(self._places))
        return self._start + turn * self._stride + self._places[place]


def fill_history(account: SandboxAccount, seed: int, count: int) -> None:
    """Put `count` messages before the start: those of `history.fill`, and of more than a thousand ordinary traffic."""
    if count > LONGEST_SEEDED:
        services = tuple(account.senders.services)
        account.store.precede(Traffic(seed, count - SEEDED, account.started, services))
        count = SEEDED
    fill(account, seed, count)


def _programme(seed: int) -> tuple[_Line, ...]:
    """Return the lines of all slots, one slot after the other."""
    # Not for secrets: the same seed has to give the same past.
    rng = random.Random(seed)  # noqa: S311
    conversations = _conversations()
    slots = [
        *(_slot(conversations, "en", f"+1{area}55501", turn) for turn, area in enumerate(_AREAS)),
        *(_slot(conversations, language, prefix, turn) for turn, (language, prefix) in enumerate(_ABROAD)),
    ]
    rng.shuffle(slots)
    return tuple(line for slot in slots for line in _lines(slot, rng.randrange(slot.people)))


def _conversations() -> dict[str, list[tuple[tuple[str, ...], ...]]]:
    """Return what is talked about, by language: lists of conversations of the same shape."""
    shapes: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    foreign = (thread for thread in THREADS if thread.language != "en")
    ordinary = [*foreign, *(Thread(tuple(text.split("\n")), language) for language, text in _FOREIGN)]
    ordinary += [Thread(tuple(text.split("\n"))) for text in _ORDINARY]
    for thread in ordinary:
        shapes[thread.language, "".join(line[0] for line in thread.lines)].append(thread.lines)
    found: dict[str, list[tuple[tuple[str, ...], ...]]] = defaultdict(list)
    for (language, _), alike in shapes.items():
        found[language].append(tuple(alike))
    return found


def _slot(conversations: dict[str, list[tuple[tuple[str, ...], ...]]], language: str, prefix: str, turn: int) -> _Slot:
    shapes = conversations[language]
    # What is alike most often is also had most often.
    alike = max(shapes, key=len) if turn % 3 == 0 else shapes[turn % len(shapes)]
    inside = (FRONT_DESK, PARCELS, TOLL_FREE, FRONT_DESK, PARCELS)[turn % 5]
    if prefix.startswith("+44"):
        inside = LONDON
    elif len(alike[0]) == 1 and alike[0][0][0] == ">" and turn % 4 == 0:
        inside = SHORT_CODE
    service = {FRONT_DESK: 0, LONDON: 0, PARCELS: 1, TOLL_FREE: 1}.get(inside) if turn % 2 else None
    return _Slot(language, prefix, 5 if turn % 8 == 7 else 100, inside, service, alike)


def _lines(slot: _Slot, start: int) -> list[_Line]:
    size = len(slot.conversations[0])
    return [
        _Line(
            slot=slot,
            start=start,
            ours=slot.conversations[0][n][0] == ">",
            later=n > 0,
            last=n == size - 1,
            texts=tuple(conversation[n][2:] for conversation in slot.conversations),
        )
        for n in range(size)
    ]


def _plan(line: _Line, digest: bytes) -> DeliveryPlan:
    """Return what becomes of a message: a mishap only where nobody answered it."""
    if line.last and digest[7] < 32:
        return plan_ending_with(MISHAPS[digest[8] % len(MISHAPS)])
    return DeliveryPlan(DeliveryOutcome.SENT) if digest[7] > 249 else _DELIVERED


def _say(text: str, language: str, person: int, digest: bytes) -> str:
    chance = int.from_bytes(digest)
    names, days = _NAMES[language], _DAYS.get(language, _DAYS["en"])
    return text.format(
        name=names[person % len(names)],
        day=days[chance % len(days)],
        time=f"{8 + chance % 11}:{chance // 7 % 4 * 15:02}",
        code=f"{chance % 999_983:06}",
        ref=f"HB{chance % 99_999_989:08}",
        place=_PLACES[digest[9] % len(_PLACES)],
        thing=_THINGS[digest[10] % len(_THINGS)],
        price=f"{2 + digest[11]}.{chance % 20 * 5:02}",
        minutes=2 + digest[8] % 50,
    )


def _sid(digest: bytes, number: int) -> str:
    """Return 32 hexadecimal digits that tell the number to whoever has the digest."""
    return f"{digest.hex()}{int.from_bytes(digest[:4]) ^ number:08x}"
