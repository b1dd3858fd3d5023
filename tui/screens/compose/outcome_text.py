"""What is said about a send at each point of its course. Draws `Content`, asks nothing, changes nothing."""

from __future__ import annotations

from datetime import datetime, tzinfo

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.compose.meter import is_sms
from tui.screens.compose.send_progress import SendProgress
from tui.storage.journal import JournalEntry, JournalState
from tui.theme import TONES, Tone, look_of
from tui.twilio.error_catalogue import explain
from tui.twilio.errors import ApiError, RequestFailed
from tui.twilio.messages import Message
from tui.twilio.segments import measure

LABEL_WIDTH = 12

STATUS_WIDTH = 11
"""Cells of a status, at least; a longer one moves the times of all."""

TEXT_WIDTH = 56
"""Cells of the text that are shown: enough to recognise it by on one line."""


def headline(course: SendProgress) -> Content:
    """Where it stands, in a few loud words."""
    match course.state:
        case JournalState.SENDING:
            return _styled("… Sending: Twilio has not answered yet", "busy", bold=True)
        case JournalState.ACCEPTED if course.message is None:
            return _styled("✓ Accepted by Twilio" if course.sid else "✓ Marked as sent", "good", bold=True)
        case JournalState.ACCEPTED:
            look = look_of(course.message.status if course.message else "")
            return _styled(f"{look.mark} {safe_text(look.word, limit=30).capitalize()}", look.tone, bold=True)
        case JournalState.REJECTED:
            return _styled("✗ Rejected: nothing was sent", "bad", bold=True)
        case JournalState.NOT_SENT:
            return _styled("✗ Not sent: nothing was sent, for certain", "bad", bold=True)
        case JournalState.UNKNOWN:
            return _styled("? It may have been sent, or not", "warn", bold=True)


def explanation(course: SendProgress) -> Content:
    """Why it stands there and what can be done, a sentence a line."""
    return Content("\n").join(_explanation(course))


def facts(course: SendProgress, zone: tzinfo | None = None) -> Content:
    """The fields of the send; times in the zone, this machine's when None."""
    rows = [
        _row("To", safe_text(course.draft.to, limit=60)),
        _row("From", safe_text(course.draft.from_, limit=60)),
        _row("Text", _beginning(course)),
    ]
    if course.sending is not None:
        hand = " · by hand, in the console" if course.sending.entry.by_hand else ""
        rows.append(_row("Connection", f"{safe_text(course.sending.entry.connection, limit=60)}{hand}"))
    if course.sid:
        rows.append(_row("SID", safe_text(course.sid, limit=60)))
    if course.message is not None:
        rows += _message_rows(course, course.message, zone)
    else:
        rows.append(_row("Pressed", _began(course, zone)))
    return Content("\n").join(rows)


def in_brief(course: SendProgress) -> str:
    """Where a send stands, in one sentence for a single line."""
    to = safe_text(course.draft.to, limit=40)
    match course.state:
        case JournalState.SENDING:
            return f"The message to {to} is being sent."
        case JournalState.ACCEPTED:
            return f"The message to {to}: {safe_text(course.message.status if course.message else 'sent', limit=20)}."
        case JournalState.REJECTED | JournalState.NOT_SENT:
            problem = course.sending.problem if course.sending else None
            why = safe_text(_reason(problem), limit=120) if problem else course.failure
            return f"Nothing was sent to {to}: {why}"
        case JournalState.UNKNOWN:
            where = f"{safe_text(course.sending.entry.connection, limit=24)}: the" if course.sending else "The"
            return f"{where} message to {to} may have been sent, or not."


def _explanation(course: SendProgress) -> list[Content]:
    match course.state:
        case JournalState.SENDING:
            return [_quiet("Wait for the answer; it is sent once. You may go to another place meanwhile.")]
        case JournalState.ACCEPTED:
            return _accepted(course)
        case JournalState.REJECTED | JournalState.NOT_SENT if course.journalled:
            return [
                *_problem(course),
                _quiet(f"{key_of('outcome.rewrite')} puts it into the form, to be sent as a new message."),
            ]
        case JournalState.REJECTED:
            return [
                *_problem(course),
                _quiet(name_keys("{outcome.write_on} goes back to the draft: everything you typed is there.")),
            ]
        case JournalState.NOT_SENT:
            again = name_keys(
                "{outcome.try_again} tries again at once; {outcome.write_on} goes back to the draft, with everything."
            )
            return [*_problem(course), _quiet(again)]
        case JournalState.UNKNOWN:
            return _unknown(course)


def _accepted(course: SendProgress) -> list[Content]:
    message = course.message
    if message is None and course.sid:
        return [_quiet(name_keys("Whether it arrived is in Messages: {outcome.open_message} shows it there."))]
    if message is None:
        return [_quiet("By your own word; Twilio was not asked.")]
    if message.error_code is None:
        return [_quiet(_expectation(message, watched=not course.settled))]
    explained = explain(message.error_code)
    reason = explained.meaning if explained else safe_text(message.error_message, limit=200)
    lines = [_styled(f"{reason} (error {message.error_code})", "bad")]
    if explained and explained.remedy:
        lines.append(_styled(explained.remedy, "plain"))
    return lines


def _expectation(message: Message, *, watched: bool) -> str:
    if message.status in ("delivered", "read"):
        return "It reached the recipient's phone."
    if message.status == "scheduled":
        return "Twilio keeps it until its time; it can be called off in Messages."
    if message.status == "canceled":
        return "It was called off; nothing was sent."
    if message.status in ("failed", "undelivered"):
        return "It did not reach the recipient; Twilio gave no reason."
    if message.status == "partially_delivered":
        return "It reached some of the recipients, not all; Twilio gave no reason."
    if watched:
        return "Twilio has it. Its status is being watched."
    if message.status == "sent":
        return name_keys(
            "Handed to the carrier, which has not confirmed it; many never do. {outcome.watch_on} looks again."
        )
    return name_keys("Twilio has it; nobody watches it any more. {outcome.watch_on} looks again.")


def _unknown(course: SendProgress) -> list[Content]:
    # Without the problem's remedy: it may be to try again, which is wrong advice for a send.
    lines = _problem(course, remedy=False)
    candidates = course.sending.candidates if course.sending else None
    if course.looking:
        lines.append(_styled("Looking for it in the account's list …", "busy"))
    elif course.look_failed:
        lines.append(_styled(f"It could not be looked up: {course.look_failed}", "warn"))
    elif candidates == 0:
        lines.append(_styled("It is not in the account's list so far; that is no proof yet.", "plain"))
    elif candidates is not None:
        lines.append(
            _styled(_candidates(candidates, resembling=bool(course.sending and course.sending.resembling)), "plain")
        )
    another = "writes" if course.journalled else "sends"
    ways = (
        "{outcome.check_again} checks again, {outcome.mark_sent} marks it as sent, "
        f"{{outcome.send_anyway}} {another} another."
    )
    lines.append(_quiet(f"It is never sent again by itself: {name_keys(ways)}"))
    return lines


def _candidates(count: int, *, resembling: bool) -> str:
    messages = "1 message in the list" if count == 1 else f"{count} messages in the list"
    if resembling:
        return (
            f"{messages} could be it, though not with the same text: Twilio may have changed it. "
            "It cannot be told; look at Messages before you send another."
        )
    if count == 1:
        return f"{messages} could be it, or that of another send like it; it cannot be told."
    return f"{messages} could be it; they cannot be told apart."


def _problem(course: SendProgress, *, remedy: bool = True) -> list[Content]:
    if course.failure or course.broken:
        return [_styled(course.failure or course.broken, "plain")]
    problem = course.sending.problem if course.sending else None
    if problem is None:
        return _kept_problem(course.sending.entry) if course.sending else []
    lines = [_styled(safe_text(_reason(problem), limit=300), "plain")]
    if remedy and problem.remedy:
        lines.append(_styled(safe_text(problem.remedy, limit=300), "plain"))
    if isinstance(problem, ApiError) and problem.message and problem.message.rstrip(".") not in problem.reason:
        lines.append(_quiet(f"Twilio's words: {safe_text(problem.message, limit=200)}"))
    return lines


def _kept_problem(entry: JournalEntry) -> list[Content]:
    label = f" (error {entry.code})" if entry.code is not None else ""
    lines = [_styled(f"{safe_text(entry.detail or '', limit=300)}{label}", "plain")] if entry.detail or label else []
    explained = explain(entry.code) if entry.code is not None and entry.state is not JournalState.UNKNOWN else None
    if explained and explained.remedy:
        lines.append(_styled(explained.remedy, "plain"))
    return lines


def _reason(problem: RequestFailed) -> str:
    if not isinstance(problem, ApiError):
        return problem.reason
    label = f"error {problem.code}" if problem.code is not None else f"HTTP {problem.status}"
    return f"{problem.reason} ({label})"


def _message_rows(course: SendProgress, message: Message, zone: tzinfo | None) -> list[Content]:
    segments = message.num_segments if message.num_segments is not None else measure(course.draft.body).segments
    if message.price is None:
        price = "not known yet"
    else:
        price = f"{abs(message.price).normalize():f} {safe_text(message.price_unit, limit=8)}"
    seen = [(safe_text(status, limit=20), at) for status, at in course.seen]
    width = max([STATUS_WIDTH, *(cell_len(status) for status, _ in seen)])
    steps = [
        _row("" if number else "Status", f"{set_cell_size(status, width)} {_clock(at, zone)}")
        for number, (status, at) in enumerate(seen)
    ]
    billed = [_row("Segments", str(segments))] if is_sms(course.draft.to, course.draft.from_) else []
    return [*billed, _row("Price", price), *steps]


def _beginning(course: SendProgress) -> str:
    body = safe_text(course.draft.body, limit=None)
    if cell_len(body) > TEXT_WIDTH:
        body = set_cell_size(body, TEXT_WIDTH - 1).rstrip() + "…"
    media = len(course.draft.media_urls)
    parts = [body or "no text", f"{media} media" if media else ""]
    return " · ".join(part for part in parts if part)


def _began(course: SendProgress, zone: tzinfo | None) -> str:
    if course.sending is not None and "time" in course.sending.entry.damaged:
        return "at a time that cannot be read in the send journal"
    began = _clock(course.began, zone)
    return f"{_day(course.began, zone)} {began}" if course.journalled else began


def _clock(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"


def _day(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%d %b %Y}"


def _styled(words: str, tone: Tone, *, bold: bool = False) -> Content:
    return Content.styled(words, f"bold {TONES[tone]}" if bold else TONES[tone])


def _quiet(words: str) -> Content:
    return _styled(words, "muted")


def _row(label: str, words: str) -> Content:
    return Content.assemble((f"{label:>{LABEL_WIDTH}}  ", "$quiet"), words)
