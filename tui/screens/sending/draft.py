"""A draft: what is typed (`DraftFields`), read and checked (`read_draft`), saved meanwhile (`DraftAutosave`).

What is typed is kept verbatim, so that a person who leaves finds exactly what they typed. Knows no widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, tzinfo

from tui.safe_text import safe_text
from tui.services.autosave import Autosave
from tui.services.session import Account
from tui.storage.errors import DraftsUnsaved
from tui.storage.journal import JournalEntry
from tui.storage.journal_entry import send_at_of
from tui.time_reading import TimeAhead, UnreadableTime, read_ahead
from tui.twilio.addresses import AddressError, Recipient, read_recipient, read_sender
from tui.twilio.drafts import Draft, check, utc_text
from tui.twilio.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class DraftFields:
    """The texts of the form.

    Attributes:
        media: one URL per line.
        send_at: as typed, like `tomorrow 9:00`.
        smart_encoded: "true", "false", or "" for the account's own setting; so are the two after it.
    """

    to: str = ""
    from_: str = ""
    body: str = ""
    media: str = ""
    callback: str = ""
    send_at: str = ""
    validity: str = ""
    content_sid: str = ""
    content_variables: str = ""
    smart_encoded: str = ""
    shorten_urls: str = ""
    send_as_mms: str = ""

    @property
    def blank(self) -> bool:
        """Whether only the sender is filled in, if anything."""
        return replace(self, from_="") == DraftFields()

    @property
    def uses_more(self) -> bool:
        """Whether anything stands in the fields under "more"."""
        return replace(self, to="", from_="", body="") != DraftFields()


NAMES = tuple(field.name for field in fields(DraftFields))
"""The fields in the order of the form."""

_ASIDE = "aside."
"""Before the keys of a draft that was put aside for another one."""


@dataclass(frozen=True, slots=True)
class SavedDrafts:
    """All that is kept for one connection: the draft at hand, and one put aside when another was begun."""

    draft: DraftFields = DraftFields()
    aside: DraftFields = DraftFields()

    def without_blanks(self) -> SavedDrafts:
        """The same without drafts that hold nothing but a sender."""
        return SavedDrafts(*(DraftFields() if typed.blank else typed for typed in (self.draft, self.aside)))

    def texts(self) -> dict[str, str]:
        """As the storage keeps it: only what is not empty."""
        return _texts(self.draft, "") | _texts(self.aside, _ASIDE)


def read_saved_drafts(texts: Mapping[str, str]) -> SavedDrafts:
    """What was kept; unknown keys are left out."""
    return SavedDrafts(_typed(texts, ""), _typed(texts, _ASIDE))


def _texts(typed: DraftFields, prefix: str) -> dict[str, str]:
    pairs = ((name, _text(typed, name)) for name in NAMES)
    return {prefix + name.rstrip("_"): text for name, text in pairs if text}


def _typed(texts: Mapping[str, str], prefix: str) -> DraftFields:
    return DraftFields(**{name: texts.get(prefix + name.rstrip("_"), "") for name in NAMES})


def _text(typed: DraftFields, name: str) -> str:
    return str(getattr(typed, name))


def read_send_at(text: str, *, now: datetime, zone: tzinfo | None = None) -> TimeAhead | None:
    """The time ahead that is meant; None for an empty text.

    Raises:
        InvalidRequest: field SendAt.
    """
    if not text.strip():
        return None
    try:
        return read_ahead(text, now=now, zone=zone)
    except UnreadableTime as problem:
        raise InvalidRequest("SendAt", problem.reason, problem.remedy) from None


FIELD_OF = {
    "From": "from_",
    "To": "to",
    "Body": "body",
    "MediaUrl": "media",
    "StatusCallback": "callback",
    "SendAt": "send_at",
    "ValidityPeriod": "validity",
    "ContentSid": "content_sid",
    "ContentVariables": "content_variables",
}
"""Twilio's name of a parameter → the form's field, in the order of the form."""

_ANSWER_OF = {"SmartEncoded": "smart_encoded", "ShortenUrls": "shorten_urls", "SendAsMms": "send_as_mms"}

_CHOICES = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class DraftReading:
    """What the form says, read.

    Attributes:
        draft: what would be sent; to be sent only when there are no problems.
        recipient: how To was read, None when it could not be.
        problems: what is wrong, in the order of the form, one per field.
    """

    draft: Draft
    recipient: Recipient | None
    problems: tuple[InvalidRequest, ...]


def read_draft(typed: DraftFields, *, now: datetime, zone: tzinfo | None = None) -> DraftReading:
    """Read a whole form.

    Args:
        typed: the texts of the form.
        now: the present, aware: schedules are measured from it.
        zone: the zone of times without one; this machine's when None.
    """
    problems: dict[str, InvalidRequest] = {}
    sender, recipient = typed.from_.strip(), None
    try:
        sender = read_sender(typed.from_) if sender else ""
    except AddressError as problem:
        problems["From"] = InvalidRequest("From", problem.reason, problem.remedy)
    try:
        recipient = recipient_of(typed)
    except InvalidRequest as problem:
        problems["To"] = problem
    send_at, validity = None, None
    try:
        planned = read_send_at(typed.send_at, now=now, zone=zone)
        send_at = planned.instant if planned else None
    except InvalidRequest as problem:
        problems["SendAt"] = problem
    try:
        validity = _seconds(typed.validity)
    except InvalidRequest as problem:
        problems["ValidityPeriod"] = problem
    draft = Draft(
        to=recipient.address if recipient else typed.to.strip(),
        from_=sender,
        body=typed.body,
        media_urls=tuple(line.strip() for line in typed.media.splitlines() if line.strip()),
        status_callback=typed.callback.strip() or None,
        validity_period=validity,
        send_at=send_at,
        content_sid=typed.content_sid.strip() or None,
        content_variables=typed.content_variables.strip() or None,
        smart_encoded=_CHOICES.get(typed.smart_encoded),
        shorten_urls=_CHOICES.get(typed.shorten_urls),
        send_as_mms=_CHOICES.get(typed.send_as_mms),
    )
    for problem in check(draft, now, zone):
        problems.setdefault(problem.field, problem)
    order = list(FIELD_OF)
    found = sorted(problems.values(), key=lambda p: order.index(p.field) if p.field in order else len(order))
    return DraftReading(draft, recipient, tuple(found))


def typed_of(options: Iterable[tuple[str, str]], now: datetime) -> dict[str, str]:
    """The fields that say these pairs of a create call; a time to send at that is over is left out."""
    fields_of = FIELD_OF | _ANSWER_OF
    pairs = dict(options)
    planned = send_at_of(pairs.items())
    if planned is not None and planned <= now:
        del pairs["SendAt"]
    elif planned is not None:
        # A request by hand may have left the zone out: the form would read it in another than the journal does.
        pairs["SendAt"] = utc_text(planned)
    return {fields_of[name]: value for name, value in pairs.items() if name in fields_of}


Addressed = Callable[[DraftFields], DraftFields]
"""Puts the address in place of a name that stands in To."""


def as_typed(typed: DraftFields) -> DraftFields:
    """Where To has no names."""
    return typed


def unspent(typed: DraftFields, entry: JournalEntry, now: datetime, addressed: Addressed = as_typed) -> DraftFields:
    """What is left of a draft after a send was accepted: its sender when it is what was sent, else all of it."""
    sent = read_draft(addressed(typed), now=now).draft
    same = (sent.to, sent.body, sent.media_urls) == (entry.to, entry.body, entry.media)
    if entry.options is not None:
        # Of two templates to one person neither is the other.
        same = same and dict(entry.options).get("ContentSid") == sent.content_sid
    return DraftFields(from_=typed.from_) if same else typed


def recipient_of(typed: DraftFields) -> Recipient | None:
    """How To is read with this sender; None when nothing is typed.

    Raises:
        InvalidRequest: field To.
    """
    if not typed.to.strip():
        return None
    try:
        return read_recipient(typed.to, sender=typed.from_.strip() or None)
    except AddressError as problem:
        raise InvalidRequest("To", problem.reason, problem.remedy) from None


def _seconds(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest(
            "ValidityPeriod", "The validity is not a number of seconds.", "Give 1 to 36000, such as 3600."
        )
    return int(text)


class DraftAutosave:
    """What is kept for one account.

    Args:
        account: whose draft it is.
        trouble: told once when it cannot be kept on disk; it is kept in memory all the same.
    """

    def __init__(self, account: Account, trouble: Callable[[DraftsUnsaved], None]) -> None:
        self.account = account
        self._texts = Autosave(account.drafts, account.name, trouble)

    @property
    def kept(self) -> SavedDrafts:
        """What was saved last, as far as it is known here."""
        return read_saved_drafts(self._texts.kept)

    @property
    def noted(self) -> SavedDrafts:
        """What was typed, as it was noted last."""
        return read_saved_drafts(self._texts.noted)

    def keeps_for(self, account: Account) -> bool:
        """Whether this account's draft is the one kept here; the same connection may be opened twice in a row."""
        mine, other = self.account, account
        return (mine.sandbox, mine.connection) == (other.sandbox, other.connection)

    def note(self, drafts: SavedDrafts) -> bool:
        """Remember what is typed now, to be saved; returns whether it differs from what is saved."""
        return self._texts.note(drafts.texts())

    def spend(self, entry: JournalEntry, now: datetime, addressed: Addressed = as_typed) -> None:
        """Remove what was just sent from the saved drafts, on disk as well. For a thread.

        Args:
            entry: what was sent.
            now: the present, aware.
            addressed: how names were read for it.
        """
        kept = read_saved_drafts(self._texts.read())
        rest = (unspent(typed, entry, now, addressed) for typed in (kept.draft, kept.aside))
        self.note(SavedDrafts(*rest).without_blanks())
        self.save()

    def unsaved_warning(self, drafts: SavedDrafts) -> str:
        """What would be lost if the program ended now, as a sentence; empty for nothing."""
        if drafts.draft.blank and drafts.aside.blank:
            return ""
        if self.account.sandbox:
            return "The message you were writing is lost then: the sandbox saves nothing."
        if drafts == self.kept:
            return ""
        if (problem := self._texts.problem) is None:
            return "The disk has not taken the message you were writing yet: it may be lost if you quit."
        return f"The message you were writing is lost if you quit. {safe_text(problem.reason, limit=200)}"

    def save(self) -> DraftsUnsaved | None:
        """Write what was noted last; returns why it could not be written, if it could not. For a thread."""
        return self._texts.save()
