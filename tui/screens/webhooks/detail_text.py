"""The text of one event in full: verdict and reason, message, reply, parameters, headers, body; and of the preview.

Pure. What is very long is cut, with a word about how much is missing: the export has it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.safe_text import glimpse, safe_lines, safe_text
from tui.screens.webhooks.event_list import KINDS, LONGEST_ANSWER, MARKS, EventRow, answer_words
from tui.theme import TONES, Tone, look_of
from tui.time_format import full
from tui.twilio.lenient_json import as_int
from tui.twilio.media_kinds import say_type
from tui.webhooks.event_rows import UNKNOWN_TIME
from tui.webhooks.events import EventKind, Forwarded, ForwardState, Pairs, Verdict, WebhookEvent
from tui.webhooks.export import SECRET_HEADERS
from tui.webhooks.parameters import first_values, tell_product
from tui.widgets.error_words import whole_error

MOST_OF_PAIRS: Final = 12_000
"""Characters of parameters, and of headers, that are shown; Twilio sends about one thousand."""

_NAMES: Final = 15
"""Cells before the values of a table; what does not fit beside them goes on under its beginning."""

_LEAST_BESIDE: Final = 20

LONGEST_VALUE: Final = 600
LONGEST_BODY: Final = 8_000


def describe(
    event: WebhookEvent,
    now: datetime,
    width: int = 0,
    alerts: Sequence[Content] = (),
    name_of: Callable[[str], str] = lambda _: "",
) -> Content:
    """The text of a whole event, Twilio's alerts about it near its beginning.

    Values are wrapped for a pane of `width` cells, 0 for no wrapping. `name_of` names addresses, safe to show.
    """
    return Content("\n").join(_lines(event, now, width, alerts, name_of))


def peek(row: EventRow, now: datetime) -> Content:
    """The preview of a row, a few lines, for terminals with no room for the pane."""
    mark, word, tone = _verdict(row.verdict, row.kind)
    head = Content.assemble(
        (f"{mark} {word}", f"bold {TONES[tone]}"), (f"  {_when(row.received_at, now)}  {KINDS[row.kind]}", "$quiet")
    )
    if row.unreadable:
        return Content("\n").join([head, _damage(row.unreadable)])
    if row.diagnosis:
        return Content("\n").join([head, Content.styled(safe_text(row.diagnosis, limit=400), TONES[tone])])
    if row.forwarded is not None:
        words, tone = answer_words(row.forwarded, now - row.received_at)
        head = Content.assemble(head, ("  your program: ", "$quiet"), (words, TONES[tone]))
        if row.forwarded.problem:
            return Content("\n").join([head, Content.styled(safe_text(row.forwarded.problem, limit=400), TONES["bad"])])
    what = glimpse(row.body, 400) or f"{look_of(safe_text(row.status, limit=20))}  {safe_text(row.sid, limit=34)}"
    return Content("\n").join([head, Content(what)])


def _lines(
    event: WebhookEvent, now: datetime, width: int, alerts: Sequence[Content], name_of: Callable[[str], str]
) -> Iterator[Content]:
    mark, word, tone = _verdict(event.verdict, event.kind)
    yield Content.assemble((f"{mark} {word}", f"bold {TONES[tone]}"), (f" · {_when(event.received_at, now)}", "$quiet"))
    if event.unreadable:
        yield _damage(event.unreadable)
    if event.diagnosis:
        yield Content(safe_text(event.diagnosis, limit=2000))
    yield Content.styled(_consequence(event), "$quiet")
    yield Content("")
    yield from alerts
    yield from _matter(event, width, name_of)
    yield Content("")
    if event.forwarded is not None:
        yield from _program(event, event.forwarded, now, width)
    yield from _answer(event)
    yield _title(f"Parameters ({len(event.parameters)})")
    yield from _pairs(event.parameters, width)
    yield _title("Request")
    yield Content(safe_text(f"{event.method} {event.target}", limit=LONGEST_VALUE))
    yield _pair("checked for", event.url, width)
    yield _title(f"Headers ({len(event.headers)})")
    yield from _pairs(
        tuple((name, "(hidden)" if name.lower() in SECRET_HEADERS else value) for name, value in event.headers),
        width,
    )
    yield from _raw(event)


def _verdict(verdict: Verdict, kind: EventKind) -> tuple[str, str, Tone]:
    return ("✗", "not served", "bad") if kind is EventKind.UNSERVED else MARKS[verdict]


def _when(moment: datetime, now: datetime) -> str:
    return "at an unknown time" if moment == UNKNOWN_TIME else full(moment, now)


def _damage(unreadable: tuple[str, ...]) -> Content:
    words = f"Unreadable: {', '.join(unreadable)}. This event was damaged where it is kept; what is left of it is here."
    return Content.styled(words, TONES["bad"])


def _consequence(event: WebhookEvent) -> str:
    if event.is_test:
        return "A test event of your own: it was not sent by Twilio."
    if event.kind is EventKind.UNSERVED:
        return name_keys("{webhooks.adopt} makes it the path here. Not kept on disk.")
    if event.duplicate_of is not None:
        return f"Delivered again: it is the same as event {event.duplicate_of}, and led to nothing new."
    if event.verdict is Verdict.VERIFIED:
        return "Twilio sent this; it was signed for the URL below."
    if event.accepted:
        return "It was accepted because unsigned requests are allowed: anyone may have sent it."
    return "It was refused with 403 and led to nothing."


def _matter(event: WebhookEvent, width: int, name_of: Callable[[str], str]) -> Iterator[Content]:
    sender, to = event.parameter("From"), event.parameter("To")
    if sender or to:
        yield Content.assemble(
            (safe_text(sender, limit=60), "bold"), ("  →  ", "$quiet"), (safe_text(to, limit=60), "bold")
        )
        if named := [f"{side} {name}" for side, each in (("from", sender), ("to", to)) if (name := name_of(each))]:
            yield Content.styled(" ".join(named), "$quiet")
    if event.kind is EventKind.STATUS:
        look = look_of(safe_text(event.status, limit=20))
        yield Content.styled(str(look), f"bold {TONES[look.tone]}")
        text = event.parameter("ErrorCode")
        if code := as_int(text):
            why = key_of("webhooks.why") if event.accepted else ""
            yield from whole_error(code, event.parameter("ErrorMessage"), why=why)
        elif text.strip("0"):
            yield Content.styled(f"Error {safe_text(text, limit=10)}", TONES["bad"])
    if event.kind is EventKind.OTHER and (product := tell_product(first_values(event.parameters))):
        yield Content.styled(
            f"{safe_text(product, limit=80)}: not about an SMS, so it was not answered as one.", "bold"
        )
    body = event.parameter("Body")
    if body:
        yield from (Content(line) for line in safe_lines(body, limit=LONGEST_BODY))
    elif event.kind is EventKind.INBOUND:
        yield Content.styled("(no text)", "$quiet")
    for number, (_, content_type) in enumerate(event.media):
        how = "" if number else f"  {key_of('webhooks.media')}: save, open, copy"
        yield _pair("" if number else "Media", f"{say_type(content_type)}{how}", width)
    if event.sid:
        yield _pair("SID", event.sid, width)


def _program(event: WebhookEvent, answer: Forwarded, now: datetime, width: int) -> Iterator[Content]:
    words, tone = answer_words(answer, now - event.received_at)
    by_hand = "Your program, played again by hand" if answer.by_hand else "Your program"
    yield Content.assemble((f"{by_hand}  ", "bold $text-primary"), (words, f"bold {TONES[tone]}"))
    yield _pair("was meant for" if answer.state is ForwardState.NOT_SENT else "forwarded to", answer.url, width)
    if answer.resigned:
        yield _pair("signature", "made anew for this URL", width)
    if answer.state is ForwardState.WAITING and now - event.received_at > LONGEST_ANSWER:
        yield Content.styled("tuilio ended before its answer was known.", TONES["warn"])
    if answer.problem:
        yield Content.styled(safe_text(answer.problem, limit=600), TONES["bad"])
    if answer.failed and event.kind is not EventKind.UNSERVED:
        yield Content.styled(name_keys("{webhooks.play_again} plays it again."), "$quiet")
    yield from _pairs(
        tuple((name, "(hidden)" if name.lower() in SECRET_HEADERS else value) for name, value in answer.headers),
        width,
    )
    # What went back to Twilio stands below, under the reply.
    if answer.body and answer.body != event.reply.body:
        yield from _text(answer.body)
        yield Content("")


def _answer(event: WebhookEvent) -> Iterator[Content]:
    reply, answer = event.reply, event.forwarded
    if event.being_forwarded:
        return
    kind = f"  {reply.content_type.partition(';')[0]}" if reply.content_type else ""
    whose = ""
    if answer is not None:
        whose = "  your program's answer" if answer.relayed else "  the saved reply, not your program's answer"
    kind = safe_text(kind, limit=60)
    yield Content.assemble(("Answered ", "$quiet"), (str(reply.status), "bold"), (f"{kind}{whose}", "$quiet"))
    if reply.body:
        yield from (Content(line) for line in safe_lines(reply.body.decode("utf-8", "replace").strip(), limit=2000))
    yield Content("")


def _pairs(pairs: Pairs, width: int) -> Iterator[Content]:
    left = MOST_OF_PAIRS
    for number, (name, value) in enumerate(pairs):
        if left <= 0:
            yield Content.styled(
                f"… and {len(pairs) - number} more; {key_of('webhooks.export')} exports them all.", "$quiet"
            )
            break
        line = _pair(safe_text(name, limit=60), value, width)
        left -= len(line) + 20
        yield line
    yield Content("")


def _raw(event: WebhookEvent) -> Iterator[Content]:
    yield _title(f"Body as received ({len(event.body):,} bytes)")
    yield from _text(event.body)


def _text(body: bytes) -> Iterator[Content]:
    if body:
        shown = body[: 4 * LONGEST_BODY].decode("utf-8", "replace")
        yield from (Content(line) for line in safe_lines(shown, limit=LONGEST_BODY))
        if len(body) > 4 * LONGEST_BODY:
            yield Content.styled(f"… {key_of('webhooks.export')} exports the whole of it.", "$quiet")


def _title(words: str) -> Content:
    return Content.styled(words, "bold $text-primary")


def _pair(name: str, value: str, width: int) -> Content:
    shown = safe_text(value, limit=LONGEST_VALUE) or "(blank)"
    beside = width - _NAMES
    if beside < _LEAST_BESIDE:
        return Content.assemble((f"{name:<14} ", "$quiet"), shown)
    # A name that is too long for its column stands above its value.
    first = f"{name:<14} " if len(name) < _NAMES else f"{name}\n{' ' * _NAMES}"
    lines = Content(f"\n{' ' * _NAMES}").join(Content(shown).wrap(beside))
    return Content.assemble((first, "$quiet"), lines)
