"""What a plan says in words: why a row is left out, what is wrong with the whole, what should be known before.

What stands in a table is shortened, and made safe to show.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from tui.jobs.model import LeftOut
from tui.jobs.plan import PlanNote
from tui.price_format import say_price
from tui.safe_text import code_point, glimpse, safe_text
from tui.storage.spreadsheets import MOST_ROWS
from tui.time_format import planned_time
from tui.twilio.addresses import AddressKind, country_name, kind_of
from tui.twilio.channels import CHANNEL_NAMES, channel_of
from tui.twilio.content import WHATSAPP
from tui.twilio.drafts import check
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.jobs.plan import CampaignFacts, CampaignSpec, OptedOut, Plan
    from tui.jobs.plan_message import CampaignMessage
    from tui.twilio.recipient_time import RecipientTime

HANDING_OVER: Final = timedelta(minutes=15)
"""So far ahead at least a campaign is scheduled: Twilio takes five minutes, but the last message leaves later."""

FASTEST: Final = 1_000
"""Segments a second that are believed."""

MOST_NAMED: Final = 8
"""Characters that are named one by one."""

NO_COUNTRY: Final = "the number tells no country"
FILL_IN: Final = "Fill it in, or take the placeholder out."
PRICES_UNKNOWN: Final = "Twilio's price list was not read"

_OF_WHOLE: Final = ("StatusCallback", "ValidityPeriod", "SendAt", "ContentSid")
_OF_TEXT: Final = ("Body", "MediaUrl", "ContentVariables")


class Places:
    """Where in a table a sentence is about."""

    def __init__(self, columns: Sequence[str], column: int) -> None:
        self._column = glimpse(columns[column], 30) if 0 <= column < len(columns) else "recipient"

    def put(self, line: int, detail: str, *, of_recipient: bool) -> str:
        """A sentence with its line and, where it is about the recipient, their column: `Line 12, Phone: …`."""
        return f"Line {line}, {self._column}: {detail}" if of_recipient else f"Line {line}: {detail}"


# -- of one row ------------------------------------------------------------------------------------------


def say_no_channel(address: str, senders: Sequence[str]) -> str:
    """That no sender has the channel of a recipient."""
    own = ", ".join(dict.fromkeys(CHANNEL_NAMES.get(channel_of(sender), "SMS") for sender in senders))
    other = CHANNEL_NAMES.get(channel_of(address), "SMS")
    return f"this is {other}, From is {own}: Twilio refuses that with 21910. Add a sender of {other}."


SENDER_ITSELF: Final = "this is a sender of the campaign: Twilio refuses a message to itself with 21266."


def say_opted_out(opt_out: OptedOut, zone: tzinfo | None) -> str:
    """Since when somebody wants no messages, by which word, from whom."""
    day = _day(opt_out.since, zone)
    whom = safe_text(opt_out.sender, limit=60) or "one of the account's senders"
    if opt_out.by == "21610":
        return f"opted out: Twilio refused a message from {whom} with 21610 on {day}. Only they can undo that."
    return f"opted out: {safe_text(opt_out.by, limit=20)} to {whom} on {day}. Only they can undo that."


def say_country(country: str) -> str:
    """That a country is not enabled."""
    return f"a number of {country_name(country) or country}, which is not enabled for this account (21408)."


def say_duplicate(line: int, left_out: LeftOut | None) -> str:
    """Which line has the same person already."""
    kept = "which is kept" if left_out is None else "which is left out because it is night there"
    return f"stands in line {line} already, {kept}."


def say_problem(problem: InvalidRequest) -> str:
    """What is wrong with the message of a row."""
    return safe_text(f"{problem.field}: {problem.reason} {problem.remedy}", limit=300)


def say_night(there: RecipientTime) -> str:
    """What time it is where somebody lives."""
    first, last = there.times[0], there.times[-1]
    place = f" in {there.place}" if there.place else " there"
    if len(there.times) == 1:
        return f"it is {first:%a %H:%M}{place} when it would be sent."
    return f"it may be night there when it would be sent: {first:%a %H:%M} to {last:%a %H:%M}."


# -- of the whole ----------------------------------------------------------------------------------------


def problems_of(
    spec: CampaignSpec, message: CampaignMessage, now: datetime, zone: tzinfo | None
) -> Iterator[InvalidRequest]:
    """What is wrong with a campaign as a whole."""
    if not spec.table.rows:
        yield InvalidRequest("To", "There are no recipients.", "Choose a file, or paste their numbers.", code=21604)
    elif len(spec.table.rows) > MOST_ROWS:
        reason = f"There are {len(spec.table.rows):,} recipients; one campaign has {MOST_ROWS:,} at most."
        yield InvalidRequest("To", reason, "Divide them.")
    yield from _sender_problems(spec.senders)
    yield from message.problems
    pace = spec.pacing.per_second if spec.pacing is not None else None
    if pace is not None and not 0 < pace <= FASTEST:
        yield InvalidRequest(
            "Pace", "The pace is no number of segments a second.", f"Give 0.1 to {FASTEST:,}, such as 1."
        )
    fields = _OF_WHOLE if message.varies else (*_OF_WHOLE, *_OF_TEXT)
    sample = replace(message.pattern, to="+10000000000", from_=next(iter(spec.senders), ""))
    found = [each for each in check(sample, now, zone) if each.field in fields]
    yield from found
    at = message.pattern.send_at
    if at is not None and at.tzinfo is not None and not any(each.field == "SendAt" for each in found):
        earliest = now + HANDING_OVER
        if at < earliest:
            whole = earliest.replace(second=0, microsecond=0) + timedelta(minutes=1)
            reason = "This is too near: all of them have to be with Twilio before."
            yield InvalidRequest("SendAt", reason, f"Give {planned_time(whole, now, zone)} or later.", code=35114)


def _sender_problems(senders: Sequence[str]) -> Iterator[InvalidRequest]:
    if not senders:
        yield InvalidRequest("From", "There is no sender.", "Choose one of the account's numbers.", code=21603)
    if len(senders) > 1 and any(kind_of(sender) is AddressKind.SERVICE for sender in senders):
        reason = "A messaging service chooses its senders itself, so it stands alone."
        yield InvalidRequest("From", reason, "Choose the service, or numbers.")
    for sender in senders:
        if kind_of(sender) is None:
            reason = f"“{glimpse(sender, 40)}” is no sender."
            yield InvalidRequest("From", reason, "Choose one of the account's numbers.", code=21212)


def notes_of(
    plan: Plan,
    facts: CampaignFacts,
    earlier: Mapping[tuple[datetime, str], Sequence[int]],
    message: CampaignMessage,
    reread: Sequence[int],
    lacking: Sequence[int],
    zone: tzinfo | None,
) -> Iterator[PlanNote]:
    """What should be known before, what weighs most first.

    Args:
        plan: what it is about.
        facts: what it rests on.
        earlier: when the same text was sent to the same people, and in which job → those rows.
        message: what is sent.
        reread: the rows whose number was read otherwise than it is written.
        lacking: the rows that are left out only because nothing says of which country their number is.
        zone: the zone that times are told in.
    """
    if lacking:
        who = "One number has" if len(lacking) == 1 else f"{len(lacking):,} numbers have"
        yield PlanNote(f"{who} no country code. Say of which country they are.", rows=lacking)
    if earlier:
        yield _say_earlier(earlier, zone)
    if (over := plan.over_balance) is not None and plan.balance is not None:
        left = say_price(plan.balance.amount, plan.balance.currency) if plan.balance.amount is not None else ""
        cost = say_price(plan.cost[plan.balance.currency].most, plan.balance.currency)
        short = say_price(over, plan.balance.currency)
        yield PlanNote(f"This may cost {cost}, and {left} is left on the account: {short} too little.")
    if facts.opt_outs_since is None:
        yield PlanNote("Who has opted out is not known: no messages are here. Twilio refuses those with 21610.")
    for country, rows in plan.unknown_countries.items():
        why = facts.not_enabled_reason.get(country, "it was not asked")
        name = country_name(country) or country
        yield PlanNote(f"Whether {name} is enabled for this account is not known: {why}.", rows=rows)
    yield from _sender_notes(plan, facts)
    yield from _template_notes(plan, facts, message)
    yield from _night_notes(plan)
    if own := [place for place in plan.ready if facts.own and _address_of(plan, place) in facts.own]:
        who = "One recipient is a number" if len(own) == 1 else f"{len(own):,} recipients are numbers"
        yield PlanNote(f"{who} of this account itself.", rows=own)
    if reread:
        read = "One number is" if len(reread) == 1 else f"{len(reread):,} numbers are"
        words = f"{read} read otherwise than written. Look whether that is right."
        yield PlanNote(words, warning=False, rows=reread)
    if plan.unicode:
        need = "One needs" if len(plan.unicode) == 1 else f"{len(plan.unicode):,} need"
        named = " ".join(map(_name_character, list(plan.culprits)[:MOST_NAMED]))
        more = f" and {len(plan.culprits) - MOST_NAMED} more" if len(plan.culprits) > MOST_NAMED else ""
        words = f"{need} Unicode, which has 70 characters a segment, for {named}{more}."
        yield PlanNote(words, warning=False, rows=plan.unicode)
    if facts.opt_outs_since is not None and facts.opt_outs_since.year > 1970:
        since = _day(facts.opt_outs_since, zone)
        yield PlanNote(f"Opt-outs are known here since {since}. Older ones Twilio refuses with 21610.", warning=False)


def _say_earlier(earlier: Mapping[tuple[datetime, str], Sequence[int]], zone: tzinfo | None) -> PlanNote:
    rows = sorted({row for each in earlier.values() for row in each})
    jobs = dict.fromkeys(name for _, name in sorted(earlier) if name)
    whom = "One of them" if len(rows) == 1 else f"{len(rows):,} of them"
    if jobs:
        listed = ", ".join(f"“{glimpse(name, 40)}”" for name in list(jobs)[:3]) + (" …" if len(jobs) > 3 else "")
        return PlanNote(f"{whom} got the same text, or will, by {listed}. Look twice.", rows=rows)
    day = _day(max(when for when, _ in earlier), zone)
    return PlanNote(f"{whom} {_verb(rows, 'was', 'were')} sent the same text on {day}. Look twice.", rows=rows)


def _sender_notes(plan: Plan, facts: CampaignFacts) -> Iterator[PlanNote]:
    numbers = [each for each in plan.spec.senders if kind_of(each) is AddressKind.NUMBER]
    if facts.own is not None and (strange := [each for each in numbers if each not in facts.own]):
        listed = ", ".join(map(_shown, strange[:3])) + (" …" if strange[3:] else "")
        yield PlanNote(f"{listed} is not among the account's numbers: Twilio may refuse it with 21659.")
    if mute := [each for each in numbers if each in facts.voice_only]:
        yield PlanNote(f"{', '.join(map(_shown, mute[:3]))} cannot send SMS: Twilio refuses it with 21606.")
    if facts.pool == 0:
        yield PlanNote("The messaging service has no numbers: without other senders Twilio refuses with 21704.")


def _template_notes(plan: Plan, facts: CampaignFacts, message: CampaignMessage) -> Iterator[PlanNote]:
    whatsapp = [place for place in plan.ready if channel_of(_address_of(plan, place)) == WHATSAPP]
    template, sid = facts.template, message.pattern.content_sid
    if not sid:
        if whatsapp:
            words = "WhatsApp takes free text only to those who wrote in the last 24 hours (63016), others a template."
            yield PlanNote(words, rows=whatsapp)
        return
    if template is None or template.sid != sid:
        yield PlanNote("The content template is not known here: what it says, and what it costs, is not either.")
        return
    if whatsapp and template.approval not in ("", "approved"):
        status = glimpse(template.approval, 20)
        yield PlanNote(f"The template is {status} at WhatsApp: only who wrote in 24 hours can get it.", rows=whatsapp)
    given = message.variables
    if lacking := [name for form in template.forms[:1] for name in form.placeholders if name not in given]:
        listed = ", ".join(glimpse(name, 20) for name in lacking[:6]) + (" …" if lacking[6:] else "")
        yield PlanNote(f"Not filled in: {listed}. Twilio sends the template's own sample there, to everybody.")


def _night_notes(plan: Plan) -> Iterator[PlanNote]:
    if plan.late:
        who = "One goes" if len(plan.late) == 1 else f"{len(plan.late):,} go"
        fate = "sent all the same" if plan.spec.include_quiet else "left out"
        ends = plan.duration()
        took = f", which takes {say_duration(ends)}," if ends is not None else ""
        is_ = _verb(plan.late, "is", "are")
        words = f"{who} so late in this campaign{took} that it is night there by then, and {is_} {fate}."
        yield PlanNote(words, rows=plan.late)
    if plan.spec.include_quiet and (others := sorted(set(plan.quiet) - set(plan.late))):
        where = (
            "it is night where one of them lives" if len(others) == 1 else f"it is night for {len(others):,} of them"
        )
        yield PlanNote(f"They are included although {where}.", rows=others)


def say_duration(span: timedelta) -> str:
    """`3 min 45 s`, `2 h 46 min`, `1 d 3 h`: two units, rounded up to the second."""
    seconds = -int(-span.total_seconds() // 1)
    for size, unit, smaller, below in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{seconds} s"


def _verb(rows: Sequence[int], one: str, many: str) -> str:
    return one if len(rows) == 1 else many


def _address_of(plan: Plan, place: int) -> str:
    draft = plan.items[place].draft
    return draft.to if draft is not None else ""


def _name_character(character: str) -> str:
    seen = character.isprintable() and not character.isspace() and not unicodedata.combining(character)
    return safe_text(character) if seen else code_point(character)


def _shown(address: str) -> str:
    return safe_text(address, limit=60)


def _day(moment: datetime, zone: tzinfo | None) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y}"
