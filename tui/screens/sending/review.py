"""The last look before a message leaves: exactly what will be sent, from where, to whom, at what cost.

It also finds earlier sends of the same text to the same recipient: a reason to look twice, never to refuse. Decides
nothing; it shows and asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.safe_text import safe_text
from tui.screens.sending.draft import DraftFields, DraftReading, SavedDrafts, read_draft
from tui.screens.sending.send_time import say_recipient_time
from tui.screens.sending.template_words import DraftTemplate, say_template, show_rendered
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.storage.journal import JournalEntry, JournalState
from tui.textual_fixes.key_queue import IgnoresTypeAhead
from tui.theme import TONES, connection_tone
from tui.time_format import planned_time
from tui.twilio.addresses import country_name, country_of
from tui.twilio.content import read_values
from tui.twilio.drafts import Draft
from tui.twilio.recipient_time import recipient_time
from tui.twilio.segments import measure
from tui.widgets.dialogs import Dialog, key_line
from tui.widgets.meter import is_sms, say_length, say_segments

LABEL_WIDTH = 9


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """What the review says beside the draft.

    Attributes:
        connection: its name (not yet safe to show).
        sandbox: whether it is the embedded Twilio.
        now: the present, aware.
        colour: the connection's; empty for none.
        sender_label: what the account calls the sender (already safe to show).
        recipient_name: what the person calls the recipient (already safe to show); the number stands before it.
        warnings: sentences to be read before the yes (already safe to show), what weighs most first.
        told: more facts on the recipient, label and words (already safe to show).
        cost: what it will cost, or why that is not known (already safe to show); empty for nothing.
        template: the content template that is sent in place of a text, where it is known.
        zone: the zone in which a schedule is said; this machine's when None.
    """

    connection: str
    sandbox: bool
    now: datetime
    sender_label: str = ""
    warnings: tuple[str, ...] = ()
    told: tuple[tuple[str, str], ...] = ()
    cost: str = ""
    zone: tzinfo | None = None
    colour: str = ""
    template: DraftTemplate | None = None
    recipient_name: str = ""


class Review(IgnoresTypeAhead, Dialog[bool]):
    """Asks for the last yes. Answers True once, whatever is pressed after it."""

    DEFAULT_CSS = """
    Review {
        & > Vertical { width: 76; }
        & #review-all { height: auto; }
        & #review-all > Static { height: auto; }
        & #review-body { margin: 1 0; padding: 0 1; background: $panel; }
        & #review-warning { height: auto; margin: 1 0 0 0; }
    }
    """

    # Not ctrl+s: a key that repeats must not look at the review for the person.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "accept", "Send", show=False),
        Binding("n", "refuse", "Back", show=False),
    ]

    def __init__(self, reading: DraftReading, context: ReviewContext) -> None:
        super().__init__("Send this?")
        self._reading, self._around = reading, context
        self._answered = False

    def parts(self) -> ComposeResult:
        draft = self._reading.draft
        with VerticalScroll(id="review-all"):
            yield ReviewFacts(review_facts(self._reading, self._around), id="review-facts")
            yield Static(_body(draft, self._around.template), id="review-body", markup=False)
            rest = _rest(draft)
            if rest:
                yield ReviewFacts(rest, id="review-rest")
        if self._around.warnings:
            words = "\n".join(f"! {each}" for each in self._around.warnings)
            yield Static(Content.styled(words, f"bold {TONES['warn']}"), id="review-warning", markup=False)

    def on_mount(self) -> None:
        self.query_one("#review-all").focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        # Facts and text scroll in what the warnings and the keys leave: what is warned of stands there unasked.
        told = self.query_one("#review-all")
        box = self.query_one("Review > Vertical")
        beside = [each for each in box.children if each is not told]
        taken = sum(each.outer_size.height + each.styles.margin.top for each in beside)
        told.styles.max_height = max(3, self.size.height * 94 // 100 - box.gutter.height - taken)

    def keys(self) -> Content:
        yes = "Send now" if self._reading.draft.send_at is None else "Schedule it"
        return key_line(("⏎ or y", yes), ("esc", "Back"), ("↑↓", "Read on"))

    def action_accept(self) -> None:
        if not self._answered:
            self._answered = True
            self.dismiss(True)

    def action_refuse(self) -> None:
        if not self._answered:
            self._answered = True
            self.dismiss(False)


Fact = tuple[str, Content]


class ReviewFacts(Static):
    """A line for each fact; words that are too long for theirs go on under themselves, not under the labels."""

    def __init__(self, told: list[Fact], *, id: str) -> None:
        super().__init__(_lines(told), id=id, markup=False)
        self._told = told

    def on_resize(self, event: events.Resize) -> None:
        self.update(_lines(self._told, event.size.width))


def review_facts(reading: DraftReading, around: ReviewContext) -> list[Fact]:
    """What stands above the text: through which connection, from, to, how long, with what, when."""
    draft = reading.draft
    if around.sandbox:
        through = Content.assemble(
            (" SANDBOX ", f"bold $background on {TONES['warn']}"), " nothing leaves this machine"
        )
    else:
        tone, name = connection_tone(around.colour), safe_text(around.connection, limit=40)
        through = Content.assemble(
            (name, "bold") if tone == "plain" else (f" {name} ", f"bold {TONES[tone]} reverse"),
            "  a real message; Twilio charges for it",
        )
    note = (reading.recipient.note if reading.recipient else None) or ""
    country = (country_name(country_of(draft.to) or "") or "").removeprefix("the ")
    if country and country in note:
        country = ""
    facts = [
        ("Through", through),
        ("From", Content.assemble((safe_text(draft.from_), "bold"), (f"  {around.sender_label}", "$quiet"))),
        (
            "To",
            Content.assemble(
                (safe_text(draft.to), "bold"),
                (f"  {around.recipient_name}" if around.recipient_name else "", ""),
                (f"  {country}", "$quiet"),
            ),
        ),
    ]
    if note:
        facts.append(("", Content.styled(safe_text(note, limit=200), "$quiet")))
    template = around.template
    if template is not None:
        facts.append(("Template", Content(say_template(template.template))))
    elif draft.content_sid:
        facts.append(("Template", Content(safe_text(draft.content_sid, limit=40))))
    text = draft.body or (template.rendered.text if template is not None else "")
    size = measure(text)
    if text:
        words = say_length(text)
        if is_sms(draft.to, draft.from_):
            words = f"{say_segments(size)}, {size.encoding}, {words}"
        facts.append(("Text", Content(words)))
    if around.cost:
        facts.append(("Cost", Content.styled(around.cost, "$quiet" if around.cost.startswith("not known") else "")))
    facts += [(label, Content.styled(words, "$quiet")) for label, words in around.told]
    # Both before a text that may fill the screen: nobody scrolls to what they do not know of.
    if draft.media_urls:
        facts.append(("Media", Content(f"{len(draft.media_urls)}, named under the text")))
    if draft.send_at is not None:
        facts.append(("Send at", Content.styled(planned_time(draft.send_at, around.now, around.zone), "bold")))
        there = recipient_time(draft.to, draft.send_at)
        if said := say_recipient_time(there, draft.send_at.astimezone(around.zone)):
            facts.append(("", Content.styled(said, TONES["warn" if there and there.nights else "muted"])))
    return facts


def _body(draft: Draft, template: DraftTemplate | None) -> Content:
    if template is not None:
        return show_rendered(template.rendered)
    if not draft.body:
        words = "What this template says is known at Twilio only." if draft.content_sid else "no text"
        return Content.styled(safe_text(words, limit=60), "$quiet")
    return Content(safe_text(draft.body, keep_newlines=True))


def _rest(draft: Draft) -> list[Fact]:
    facts: list[Fact] = []
    for number, url in enumerate(draft.media_urls, 1):
        facts.append(("Media" if number == 1 else "", Content(safe_text(url, limit=300))))
    plain: tuple[tuple[str, str | None], ...] = (
        ("Callback", draft.status_callback),
        ("Valid for", None if draft.validity_period is None else f"{draft.validity_period} s"),
        ("Content", draft.content_sid),
        ("Variables", draft.content_variables),
    )
    facts.extend((label, Content(safe_text(text, limit=400))) for label, text in plain if text)
    options = (
        ("smart encoding", draft.smart_encoded),
        ("shorten URLs", draft.shorten_urls),
        ("send as MMS", draft.send_as_mms),
    )
    said = [f"{name}: {'yes' if value else 'no'}" for name, value in options if value is not None]
    if said:
        facts.append(("Options", Content(", ".join(said))))
    return facts


def _lines(facts: list[Fact], width: int = 0) -> Content:
    """The facts in lines of `width` cells; 0 leaves the breaking to whoever shows them."""
    room = width - LABEL_WIDTH - 2
    lines: list[Content] = []
    for label, words in facts:
        for number, piece in enumerate(words.wrap(room) if room > 12 else [words]):
            lines.append(Content.assemble((f"{'' if number else label:>{LABEL_WIDTH}}  ", "$quiet"), piece.rstrip()))
    return Content("\n").join(lines)


_NOT_ARRIVED = frozenset({"failed", "undelivered", "canceled"})

RECENT = timedelta(minutes=10)
"""How long a text that was sent is spoken of when it is written again. One whose fate is unknown always is."""

LOOKED_THROUGH = 200
"""Newest sends of an account that a kept draft is compared with."""

_WORDS = {
    JournalState.SENDING: "The same text to the same recipient is being sent right now.",
    JournalState.UNKNOWN: "The same text to the same recipient may have been sent {ago}: it is not known.",
    JournalState.ACCEPTED: "The same text was sent to the same recipient {ago}.",
}


@dataclass(frozen=True, slots=True)
class SentBefore:
    """A kept draft as it was typed, and the send in the journal that is the same."""

    typed: DraftFields
    entry: JournalEntry


def find_sent_before(account: Account, kept: SavedDrafts, now: datetime) -> tuple[SentBefore, ...]:
    """The drafts kept for an account that stand in its journal as sent, or as perhaps sent: the program may have ended
    before it could clear them. Reads the disk; for a thread.
    """
    drafts = [typed for typed in (kept.draft, kept.aside) if not typed.blank]
    if not drafts:
        return ()
    try:
        sends = account.outbox.entries(account.client.account_sid, LOOKED_THROUGH)
    except StorageError:
        # Sending says what is wrong with the journal.
        return ()
    found: list[SentBefore] = []
    for typed in drafts:
        draft = read_draft(typed, now=now).draft
        found += [SentBefore(typed, entry) for entry in sends if entry.state in _WORDS and is_alike(draft, entry)][:1]
    return tuple(found)


def say_sent_before(found: Iterable[SentBefore], typed: DraftFields, now: datetime) -> str:
    """A sentence about what is typed, safe to show, while it is what was sent already; empty otherwise.

    Of sends whose fate is unknown the form speaks anyway.
    """
    for each in found:
        same = (each.typed.to, each.typed.body, each.typed.media) == (typed.to, typed.body, typed.media)
        if same and each.entry.state is JournalState.ACCEPTED:
            return f"This was sent to {safe_text(each.entry.to, limit=30)} {_ago(each.entry, now)} already."
    return ""


def duplicate_warning(
    draft: Draft,
    sends: Iterable[JournalEntry],
    now: datetime,
    always: Collection[JournalEntry] = (),
    statuses: Mapping[str, str] | None = None,
) -> str:
    """A sentence about the newest send like this one, where it may have arrived; empty when there is none.

    Args:
        draft: what would be sent.
        sends: earlier sends, newest first.
        now: the present, aware.
        always: sends that are spoken of however long ago they were.
        statuses: SID → the newest status known; what did not arrive is no twin.
    """
    known = statuses or {}
    kept = {entry.id for entry in always}
    for entry in (*sends, *always):
        recent = entry.state is not JournalState.ACCEPTED or entry.id in kept or now - entry.started_at <= RECENT
        arrives = known.get(entry.sid or "") not in _NOT_ARRIVED
        if recent and arrives and entry.state in _WORDS and is_alike(draft, entry):
            return _WORDS[entry.state].format(ago=_ago(entry, now))
    return ""


def is_alike(draft: Draft, entry: JournalEntry) -> bool:
    """Whether an earlier send went to the same recipient with the same content."""
    if (entry.to, entry.body, entry.media) != (draft.to, draft.body, draft.media_urls):
        return False
    if entry.body or entry.media:
        return True
    named = dict(entry.options or ())
    if named.get("ContentSid") not in (None, draft.content_sid):
        return False
    # What was withdrawn may have been anything.
    variables = named.get("ContentVariables", "")
    unsure = entry.withdrawn or entry.options is None
    return unsure or read_values(variables) == read_values(draft.content_variables or "")


def _ago(entry: JournalEntry, now: datetime) -> str:
    if "time" in entry.damaged:
        return "at a time that cannot be read"
    minutes = int((now - entry.started_at).total_seconds() // 60)
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "less than a minute ago"
