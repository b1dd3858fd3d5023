"""What is said about a send at each stage: the outcome's headline, sentences and facts, the banner, the outbox.

Gives `Content` and sentences that are safe to show; asks nothing, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.keymap import name_keys
from tui.price_format import say_price
from tui.safe_text import safe_text
from tui.screens.sending.template_words import name_template
from tui.screens.why.opening import can_ask_about_send
from tui.services.send_state import SendProblem, SendStage, SendState
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.theme import TONES, StatusLook, Tone, look_of
from tui.time_format import planned_time
from tui.twilio.errors import ApiError, NoAnswer
from tui.twilio.messages import Message
from tui.twilio.segments import measure
from tui.widgets.error_words import advice, meaning_of
from tui.widgets.meter import is_sms

LABEL_WIDTH = 12

STATUS_WIDTH = 11
"""Cells of a status, at least; a longer one moves the times of all."""

TEXT_WIDTH = 56
"""Cells of the text that are shown: enough to recognise it by on one line."""

REMOVED = "removed: redacted or deleted at Twilio"
"""Stands in the place of a text that is no longer kept."""


# -- the outcome -------------------------------------------------------------------------------------


def headline(sending: SendState) -> Content:
    """Where it stands, in a few loud words."""
    match sending.stage:
        case SendStage.PREPARING | SendStage.SENDING:
            return _styled("… Sending: Twilio has not answered yet", "busy", bold=True)
        case SendStage.FOLLOWING | SendStage.ACCEPTED if sending.message is not None and sending.failed:
            return _styled(f"✗ {_not_delivered(sending.message)}", "bad", bold=True)
        case SendStage.FOLLOWING | SendStage.ACCEPTED if sending.message is not None:
            look = look_of(sending.message.status)
            return _styled(f"{look.mark} {safe_text(look.word, limit=30).capitalize()}", look.tone, bold=True)
        case SendStage.FOLLOWING | SendStage.ACCEPTED if sending.sid:
            return _styled("› Accepted by Twilio", "plain", bold=True)
        case SendStage.FOLLOWING | SendStage.ACCEPTED:
            return _styled("✓ Marked as sent", "good", bold=True)
        case SendStage.REJECTED:
            return _styled("✗ Rejected: nothing was sent", "bad", bold=True)
        case SendStage.NOT_SENT:
            return _styled(f"✗ {_not_sent(sending)}", "bad", bold=True)
        case SendStage.UNKNOWN | SendStage.LOOKING_UP:
            return _styled("? It may have been sent, or not", "warn", bold=True)


def explanation(sending: SendState) -> Content:
    """Why it stands there and what can be done, a sentence a line."""
    return Content("\n").join(_explanation(sending))


def facts(sending: SendState, zone: tzinfo | None = None, *, name_of: Callable[[str], str] = lambda _: "") -> Content:
    """The fields of the send; times in the zone, this machine's when None. `name_of` names addresses, safe to show."""
    draft, entry = sending.draft, sending.entry
    rows = [
        _row(label, f"{safe_text(address, limit=60)}  {name_of(address)}".rstrip())
        for label, address in (("To", draft.to), ("From", draft.from_))
    ]
    template = draft.content_sid or _option(entry, "ContentSid")
    if template:
        rows += _template_rows(sending, template)
    if draft.body or draft.media_urls or not template:
        rows.append(_row("Text", _beginning(sending)))
    if sending.send_at is not None:
        rows.append(_row("Planned for", planned_time(sending.send_at, sending.began, zone)))
    if entry is not None:
        hand = " · by hand, in the console" if entry.by_hand else ""
        rows.append(_row("Connection", f"{safe_text(entry.connection, limit=60)}{hand}"))
    if sending.sid:
        rows.append(_row("SID", safe_text(sending.sid, limit=60)))
    if sending.message is not None:
        rows += _message_rows(sending, sending.message, zone)
    else:
        rows.append(_row("Pressed", _began(sending, zone)))
    return Content("\n").join(rows)


def _template_rows(sending: SendState, sid: str) -> list[Content]:
    """What the template is called, and its text: Twilio's where there is one, else as it was reviewed."""
    known, message, entry = sending.template, sending.message, sending.entry
    name = name_template(known.name, known.language) if known is not None else safe_text(sid, limit=40)
    text = (message.body if message is not None else "") or (known.text if known is not None else "")
    removed = REMOVED if entry is not None and entry.withdrawn else ""
    words = _one_line(text) or removed
    return [_row("Template", name), *([_row("Text", words)] if words else [])]


def in_brief(sending: SendState) -> str:
    """Where the last send stands, in one sentence for the line above the form."""
    to, stage = safe_text(sending.draft.to, limit=40), sending.stage
    if stage.under_way:
        return f"The message to {to} is being sent."
    if stage.accepted:
        return f"Last message, to {to}: {safe_text(sending.message.status if sending.message else 'sent', limit=20)}"
    if stage.unknown:
        where = f"{safe_text(sending.entry.connection, limit=24)}: the" if sending.entry else "The"
        return f"{where} message to {to} may have been sent, or not."
    why = safe_text(_reason(sending.problem), limit=120) if sending.problem else ""
    return f"Nothing was sent to {to}: {why}"


def _not_delivered(message: Message) -> str:
    if message.error_code is None:
        return "Not delivered. Twilio gave no reason."
    return f"Not delivered: {message.error_code} {meaning_of(message.error_code, message.error_message)}"


def _not_sent(sending: SendState) -> str:
    if isinstance(sending.problem, ApiError):
        return "Not sent. Twilio did not take it."
    # Of one from the journal it is not known whether Twilio answered.
    return "Not sent" if sending.problem is None else "Not sent. Twilio never received it."


def _explanation(sending: SendState) -> list[Content]:
    match sending.stage:
        case SendStage.PREPARING | SendStage.SENDING:
            return [_quiet("Wait for the answer; it is sent once. You may go to another place meanwhile.")]
        case SendStage.FOLLOWING | SendStage.ACCEPTED:
            return _accepted(sending)
        case SendStage.REJECTED | SendStage.NOT_SENT:
            return [*say_problem(sending), _quiet(_another(sending))]
        case SendStage.UNKNOWN | SendStage.LOOKING_UP:
            return _unknown(sending)


def _another(sending: SendState) -> str:
    """Where it is said why it did not arrive, and how it is sent anew."""
    ways = "{outcome.why} asks Twilio why. " if can_ask_about_send(sending) else ""
    ways += "{outcome.send_again} sends the same again, after the review; " if sending.whole else ""
    if sending.from_journal or sending.stage.accepted:
        return name_keys(f"{ways}{{outcome.rewrite}} puts it into the form, to be changed and sent as a new message.")
    return name_keys(f"{ways}{{outcome.write_on}} goes back to the draft: everything you typed is there.")


def _accepted(sending: SendState) -> list[Content]:
    message = sending.message
    if message is None and sending.sid:
        return [_quiet(name_keys("Whether it arrived is in Messages: {outcome.open_message} shows it there."))]
    if message is None:
        return [_quiet("By your own word; Twilio was not asked.")]
    if sending.failed:
        todo = [] if message.error_code is None else [_styled(advice(message.error_code), "plain")]
        return [*todo, _quiet(_another(sending))]
    if message.error_code is None:
        return [_quiet(_expectation(sending, message))]
    reason = meaning_of(message.error_code, message.error_message)
    return [
        _styled(f"{reason} (error {message.error_code})", "bad"),
        _styled(advice(message.error_code), "plain"),
    ]


def _expectation(sending: SendState, message: Message) -> str:
    match message.status:
        case "delivered" | "read":
            return "It reached the recipient's phone."
        case "scheduled":
            when = f"it {planned_time(sending.send_at, sending.began)}" if sending.send_at else "it at its time"
            return name_keys(f"Twilio sends {when}. {{messages.cancel_scheduled}} in Messages cancels it.")
        case "canceled":
            return "It was canceled; nothing was sent."
        case "partially_delivered":
            return "It reached some of the recipients, not all; Twilio gave no reason."
        case _ if sending.stage is SendStage.FOLLOWING:
            return "Twilio has it. Its status is being watched."
        case "sent":
            return name_keys(
                "Handed to the carrier, which has not confirmed it; many never do. {outcome.watch_on} looks again."
            )
        case _:
            return name_keys("Twilio has it; nobody watches it any more. {outcome.watch_on} looks again.")


def _unknown(sending: SendState) -> list[Content]:
    # Without the problem's remedy: it may be to try again, which is wrong advice for a send.
    lines = say_problem(sending, remedy=False)
    trouble, candidates = sending.look_problem, sending.candidates
    if sending.stage is SendStage.LOOKING_UP:
        lines.append(_styled("Looking for it in the account's list …", "busy"))
    elif trouble is not None:
        # Nor the comfort that nothing left: that is about the look, not the send.
        words = trouble.reason if isinstance(trouble, NoAnswer | ApiError) else str(trouble)
        lines.append(_styled(f"It could not be looked up: {safe_text(words, limit=240)}", "warn"))
    elif candidates == 0:
        lines.append(_styled("It is not in the account's list so far; that is no proof yet.", "plain"))
    elif candidates is not None:
        lines.append(_styled(_candidates(candidates, resembling=sending.resembling), "plain"))
    form = ", from the form" if sending.from_journal else ""
    ways = (
        "{outcome.check_again} checks again, {outcome.mark_sent} marks it as sent, "
        f"{{outcome.send_anyway}} sends it anyway{form}."
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


def say_problem(sending: SendState, *, remedy: bool = True) -> list[Content]:
    """Why it was not sent, or its answer was lost, a sentence a line; with `remedy`, what to do about that."""
    problem = sending.problem
    if problem is None:
        return _kept_problem(sending.entry) if sending.entry else []
    lines = [_styled(safe_text(_reason(problem), limit=300), "plain")]
    if remedy and problem.remedy:
        again = problem.again if isinstance(problem, ApiError) else ""
        lines.append(_styled(safe_text(f"{problem.remedy} {again}".rstrip(), limit=300), "plain"))
    if isinstance(problem, ApiError) and problem.message and problem.message.rstrip(".") not in problem.reason:
        lines.append(_quiet(f"Twilio's words: {safe_text(problem.message, limit=200)}"))
    return lines


def _kept_problem(entry: JournalEntry) -> list[Content]:
    label = f" (error {entry.code})" if entry.code is not None else ""
    lines = [_styled(f"{safe_text(entry.detail or '', limit=300)}{label}", "plain")] if entry.detail or label else []
    if entry.code is not None and entry.state is not JournalState.UNKNOWN:
        lines.append(_styled(advice(entry.code), "plain"))
    return lines


def _reason(problem: SendProblem) -> str:
    if not isinstance(problem, ApiError):
        return problem.reason
    label = f"error {problem.code}" if problem.code is not None else f"HTTP {problem.status}"
    return f"{problem.reason} ({label})"


def _message_rows(sending: SendState, message: Message, zone: tzinfo | None) -> list[Content]:
    draft = sending.draft
    segments = message.num_segments if message.num_segments is not None else measure(draft.body).segments
    price = "not known yet" if message.price is None else say_price(abs(message.price), message.price_unit)
    seen = [(safe_text(status, limit=20), at) for status, at in sending.seen]
    width = max([STATUS_WIDTH, *(cell_len(status) for status, _ in seen)])
    steps = [
        _row("" if number else "Status", f"{set_cell_size(status, width)} {at.astimezone(zone):%H:%M:%S}")
        for number, (status, at) in enumerate(seen)
    ]
    billed = [_row("Segments", str(segments))] if is_sms(draft.to, draft.from_) else []
    return [*billed, _row("Price", price), *steps]


def _beginning(sending: SendState) -> str:
    media = len(sending.draft.media_urls)
    none = REMOVED if sending.entry is not None and sending.entry.withdrawn else "no text"
    parts = [_one_line(sending.draft.body) or none, f"{media} media" if media else ""]
    return " · ".join(part for part in parts if part)


def _one_line(text: str) -> str:
    safe = safe_text(text, limit=None)
    return safe if cell_len(safe) <= TEXT_WIDTH else set_cell_size(safe, TEXT_WIDTH - 1).rstrip() + "…"


def _option(entry: JournalEntry | None, name: str) -> str:
    return dict(entry.options or ()).get(name, "") if entry is not None else ""


def _began(sending: SendState, zone: tzinfo | None) -> str:
    if sending.entry is not None and "time" in sending.entry.damaged:
        return "at a time that cannot be read in the send journal"
    local = sending.began.astimezone(zone)
    return f"{local:%d %b %Y %H:%M:%S}" if sending.from_journal else f"{local:%H:%M:%S}"


def _styled(words: str, tone: Tone, *, bold: bool = False) -> Content:
    return Content.styled(words, f"bold {TONES[tone]}" if bold else TONES[tone])


def _quiet(words: str) -> Content:
    return _styled(words, "muted")


def _row(label: str, words: str) -> Content:
    return Content.assemble((f"{label:>{LABEL_WIDTH}}  ", "$quiet"), words)


# -- unknown sends, and the rows of the outbox -------------------------------------------------------


def say_unknown(entries: Sequence[JournalEntry]) -> str:
    """One sentence about the sends of which nobody knows whether they happened; empty for none."""
    match entries:
        case []:
            return ""
        case [entry]:
            to, connection = safe_text(entry.to, limit=30), safe_text(entry.connection, limit=24)
            return f"{connection}: a message to {to} may have been sent, or not."
        case _:
            names = sorted({entry.connection for entry in entries})
            connections = ", ".join(safe_text(name, limit=24) for name in names[:3]) + (" …" if names[3:] else "")
            return f"{connections}: {len(entries)} messages may have been sent, or not."


_LOOKS = {
    JournalState.UNKNOWN: StatusLook("?", "unknown", "warn"),
    JournalState.SENDING: StatusLook("…", "sending", "busy"),
    JournalState.ACCEPTED: StatusLook("›", "accepted", "plain"),
    JournalState.REJECTED: StatusLook("✗", "rejected", "bad"),
    JournalState.NOT_SENT: StatusLook("✗", "not sent", "bad"),
}
_MARKED = StatusLook("✓", "marked", "good")
_DAMAGED = StatusLook("?", "unreadable", "warn")

_MEANINGS = {
    JournalState.UNKNOWN: "It may have been sent, or not. Enter shows what can be done.",
    JournalState.SENDING: "It is being sent: Twilio has not answered yet.",
    JournalState.ACCEPTED: "Twilio took it. Its status now is in Messages; enter leads there.",
    JournalState.REJECTED: "Twilio refused it: nothing was sent.",
    JournalState.NOT_SENT: "Not sent: Twilio has no such message.",
}


def entry_look(entry: JournalEntry, status: str = "") -> StatusLook:
    """How an entry's state is shown; one settled by the person's word is not called accepted.

    `status` is the newest that is known of its message: that Twilio took it says little once there is more.
    """
    if "state" in entry.damaged:
        return _DAMAGED
    if entry.state is JournalState.ACCEPTED and status:
        return look_of(safe_text(status, limit=24))
    return _MARKED if entry.state is JournalState.ACCEPTED and entry.sid is None else _LOOKS[entry.state]


def entry_meaning(entry: JournalEntry, status: str = "") -> str:
    """What an entry's state means, as a sentence or two."""
    if entry.state is JournalState.ACCEPTED and status and not entry.damaged:
        return f"Twilio took it; {safe_text(status, limit=24)} is the newest that is known. Enter leads to it."
    if entry.damaged:
        which = ", ".join(entry.damaged)
        return f"Damaged in the send journal; not readable: {which}. {_MEANINGS[entry.state]}"
    if entry_look(entry) is _MARKED:
        return "Sent, by your own word; which message it was is not known here."
    return _MEANINGS[entry.state]
