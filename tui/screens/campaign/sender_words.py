"""What is said of the senders of a campaign, of its pace and of its numbers' country, under their fields."""

from __future__ import annotations

from collections.abc import Sequence

from tui.safe_text import safe_text
from tui.screens.campaign.fields import read_pace, read_senders
from tui.screens.sending.sender_choices import name_of_sender, sender_choices
from tui.services.contact_import import find_country
from tui.theme import Tone
from tui.twilio.addresses import AddressKind, country_name, country_of, kind_of
from tui.twilio.errors import InvalidRequest
from tui.twilio.senders import AccountSenders
from tui.twilio.throughput import SenderPace, slowest
from tui.widgets.dialogs import Choice
from tui.widgets.message_words import show_address

SERVICE_MEANS = (
    "handed over as fast as Twilio accepts; its own queue, pool and limits do the rest: for what outgrows one machine"
)


def say_senders(typed: str, known: AccountSenders | None) -> tuple[str, Tone]:
    """What sending from these means, and its tone; while nothing is typed what there is to choose from."""
    try:
        senders = read_senders(typed)
    except InvalidRequest as problem:
        return safe_text(str(problem), limit=240), "bad"
    if not senders:
        return "One sender, several in turn, or a messaging service for what outgrows one machine.", "muted"
    first, *others = senders
    if others:
        return (
            f"{len(senders)} in turn; a person always gets it from the same one, the one they last wrote with.",
            "muted",
        )
    label = name_of_sender(first, known)
    means = SERVICE_MEANS if uses_service(senders) else "one after the other, at the pace below"
    return " · ".join(each for each in (label, means) if each), "muted"


def uses_service(senders: Sequence[str]) -> bool:
    """Whether it is a messaging service that sends."""
    return any(kind_of(each) is AddressKind.SERVICE for each in senders)


def say_pace(typed: str, senders: str) -> tuple[str, Tone]:
    """How fast it goes, and where that is known from."""
    try:
        wanted, found = read_pace(typed), read_senders(senders)
    except InvalidRequest as problem:
        return (safe_text(str(problem), limit=240), "bad") if problem.field == "pace" else ("", "muted")
    if uses_service(found):
        return "Not looked at: Twilio paces what goes through a service.", "muted"
    if not found:
        return "", "muted"
    known = slowest(found)
    each = " of each" if len(found) > 1 else ""
    if wanted is None:
        return f"= {say_rate(known.per_second)}{each}: {say_known(known)}", "muted" if known.published else "warn"
    if known.published and known.per_second is not None and wanted > known.per_second:
        more = "unless your account was given more"
        return f"Faster than the {known.per_second:g}/s that Twilio lets {known.kind} send, {more}.", "warn"
    return f"= {say_rate(wanted)}{each}", "muted"


def say_known(known: SenderPace) -> str:
    """Where a pace is from."""
    if known.published:
        return f"what Twilio lets {known.kind} send."
    return f"a guess for {known.kind}; write what yours has."


def say_rate(per_second: float | None) -> str:
    """`1 segment/s`."""
    return (
        "as fast as Twilio accepts"
        if per_second is None
        else f"{per_second:g} segment{'' if per_second == 1 else 's'}/s"
    )


def say_country(typed: str, senders: str) -> tuple[str, Tone]:
    """Whose the numbers without a country code are."""
    if typed.strip():
        country = find_country(typed)
        if country is None:
            return "No country is called so: write its name, or two letters.", "bad"
        name = country_name(country) or country
        return "" if name.casefold() == typed.strip().casefold() else f"= {name}", "muted"
    try:
        first = next(iter(read_senders(senders)), "")
    except InvalidRequest:
        return "", "muted"
    country = country_of(first)
    return f"= {country_name(country) or country}, as the sender" if country else "", "muted"


def offered_senders(known: AccountSenders, typed: str) -> list[Choice]:
    """A line for each sender; those that are taken already are marked."""
    try:
        taken = read_senders(typed)
    except InvalidRequest:
        taken = ()
    return [
        Choice(each.key, f"{'✓' if each.key in taken else ' '} {each.words}", each.detail, each.tone)
        for each in sender_choices(known.offered)
    ]


def with_sender(typed: str, chosen: str) -> str:
    """The field after a sender was chosen: added to those that take turns, or taken out again; a service is alone."""
    try:
        taken = list(read_senders(typed))
    except InvalidRequest:
        taken = []
    if kind_of(chosen) is AddressKind.SERVICE or uses_service(taken):
        return chosen
    if chosen in taken:
        taken.remove(chosen)
    else:
        taken.append(chosen)
    return ", ".join(taken)


def show_senders(senders: Sequence[str], known: AccountSenders | None) -> str:
    """`+1 415 555 0100`, `3 senders in turn`, `the service Alerts`; safe to show."""
    if len(senders) > 1:
        return f"{len(senders)} senders in turn"
    label = name_of_sender(senders[0], known)
    if uses_service(senders):
        return f"the service {label or senders[0]}"
    return f"{show_address(senders[0])}{f' ({label})' if label and label != senders[0] else ''}"
