"""Checks of the other side: its country, whether they want messages, whether the number can be one, and its line."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tui.services.why.asking import Asking, worst
from tui.services.why.checks import Check, CheckState, Subject
from tui.twilio.addresses import AddressKind, country_name, kind_of
from tui.twilio.geo_permissions import is_enabled, permission_url
from tui.twilio.message import ARRIVED
from tui.twilio.number_lookup import LookedUp, look_up, lookup_url

if TYPE_CHECKING:
    from datetime import datetime

    from tui.archive.standing import Standing

MOST_COUNTRIES: Final = 5
MOST_LOOKED_UP: Final = 3
"""Numbers of a code's recipients that are looked up, for nothing."""

_REFUSED: Final = "21610"
_SLACK: Final = timedelta(seconds=5)
"""Two clocks: the word and the message that it stopped may be told in one second."""


async def check_country(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether the account may text the recipients' countries."""
    if subject.inbound or subject.channel:
        return "Countries are enabled for outgoing SMS only."
    if not subject.countries:
        return "The recipient's number tells no country."
    return worst(
        await asyncio.gather(*(_country(asking, check, each) for each in subject.countries[:MOST_COUNTRIES])),
        "countries",
    )


async def _country(asking: Asking, check: Check, country: str) -> Check:
    url = permission_url(asking.client, country)
    enabled = await asking.read(url, "geographic permissions", lambda: is_enabled(asking.client, country))
    name = country_name(country) or country
    check = replace(check, asked=("GET", url))
    if enabled is None:
        return replace(check, state=CheckState.UNKNOWN, fact=f"Twilio did not say whether {name} is enabled.")
    if enabled:
        return replace(check, state=CheckState.FINE, fact=f"Enabled for this account: {name}.")
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"Messages to {name} are switched off for this account.",
        consequence="Twilio refuses each of them with 21408.",
        next_step="Enable the country in Twilio's Console, under Messaging, Settings, Geo permissions.",
        cause=f"Messages to {name} are switched off for this account.",
    )


async def check_consent(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether the recipients said STOP to this sender before, as far as the archive knows."""
    if subject.inbound:
        return "It came in."
    pairs = list(
        dict.fromkeys(
            [(m.own_party, m.other_party, m.when) for m in subject.messages]
            or [(subject.own, subject.other, subject.when)]
        )
    )
    standings = [
        (other, await asking.account.archive.standing(own, other), when) for own, other, when in pairs if other
    ]
    if not standings:
        return "There is no recipient."
    return worst([_consent(check, other, standing, when) for other, standing, when in standings], "recipients")


def _consent(check: Check, other: str, standing: Standing, when: datetime | None) -> Check:
    out = standing.opted_out
    if out is None:
        since = standing.covered_since
        partly = "" if since is None or since.year <= 1970 else f" Messages are complete here since {since:%Y-%m-%d}."
        fact = f"No STOP is known here of {other}.{partly}"
        return replace(check, state=CheckState.FINE, fact=fact)
    by_twilio = standing.opted_out_by == _REFUSED
    how = "Twilio refused a message with 21610" if by_twilio else f"they sent {standing.opted_out_by}"
    fact = f"{other} opted out: {how} on {out.astimezone():%Y-%m-%d at %H:%M}."
    check = replace(
        check,
        consequence="Twilio refuses messages to them with 21610.",
        next_step="Stop sending; they must text START to this sender before you may write again.",
    )
    if when is not None and out > when + _SLACK:
        return replace(check, state=CheckState.FINE, fact=f"{fact} That was after this message.")
    return replace(
        check, state=CheckState.FAULT, fact=fact, cause="The recipient opted out of messages from this sender."
    )


async def check_number(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether the recipients' numbers can be numbers: Lookup without a paid field."""
    numbers = [each for each in subject.others if kind_of(each) is AddressKind.NUMBER]
    if subject.inbound or not numbers:
        return "The other side is no phone number that was written to."
    found = await asyncio.gather(*(_number(asking, check, each) for each in numbers[:MOST_LOOKED_UP]))
    return worst(found, "numbers")


async def _number(asking: Asking, check: Check, number: str) -> Check:
    url = lookup_url(asking.client, number)
    found = await asking.read(url, "number look-ups", lambda: look_up(asking.client, number))
    check = replace(check, asked=("GET", url))
    if found.valid is None:
        return replace(check, state=CheckState.UNKNOWN, fact=f"Twilio did not say whether {number} can be a number.")
    if found.valid:
        return replace(check, state=CheckState.FINE, fact=f"It can exist; whether it does is open: {number}.")
    why = f" ({', '.join(found.errors)})" if found.errors else ""
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"{number} can be nobody's number{why}.",
        consequence="Nothing sent there can arrive.",
        next_step="Ask the person for the right number.",
        cause=f"The recipient's number {number} cannot exist.",
    )


# -- the line: paid ----------------------------------------------------------------------------------

_NOT_TEXTED: Final = frozenset({"landline", "voicemail", "pager", "premium", "sharedCost", "uan"})
_VOIP: Final = frozenset({"fixedVoip", "nonFixedVoip"})
_IN_WORDS: Final = {
    "landline": "a landline",
    "mobile": "a mobile phone",
    "fixedVoip": "a fixed VoIP line",
    "nonFixedVoip": "a VoIP line without an address",
    "tollFree": "a toll-free number",
    "voicemail": "a voicemail line",
    "pager": "a pager",
    "premium": "a premium-rate number",
    "sharedCost": "a shared-cost number",
    "uan": "a universal access number",
    "personal": "a personal number",
}
"""Twilio's line types. Source: https://www.twilio.com/docs/lookup/v2-api/line-type-intelligence."""


def line_number(subject: Subject) -> str:
    """The number whose line can be looked up: of a code's recipients the newest; empty for none."""
    if subject.inbound or subject.status in ARRIVED:
        return ""
    newest = sorted(subject.messages, key=lambda each: each.when.timestamp() if each.when else 0, reverse=True)
    wanted = (subject.other, *(each.other_party for each in newest))
    return next((each for each in wanted if kind_of(each) is AddressKind.NUMBER), "")


def not_looked_up(check: Check, number: str) -> Check:
    """The check before anybody paid for it."""
    return replace(
        check,
        state=CheckState.NOT_ASKED,
        fact=f"Not asked, since it costs money: the kind of line of {number}.",
    )


def line_check(check: Check, found: LookedUp, url: str) -> Check:
    """What the line is."""
    number, kind = found.number, found.line_type
    check = replace(check, asked=("GET", url))
    if found.code is not None:
        words = "for Canada an approval is needed first" if found.code == _CANADA else "Twilio gave no reason"
        return replace(
            check, state=CheckState.UNKNOWN, fact=f"Twilio told no line type of {number} ({found.code}: {words})."
        )
    if not kind or kind == "unknown":
        return replace(check, state=CheckState.UNKNOWN, fact=f"Twilio does not know what kind of line {number} is.")
    words = _IN_WORDS.get(kind, f"a line of the type “{kind}”")
    carrier = f", at {found.carrier}" if found.carrier else ""
    fact = f"{number} is {words}{carrier}."
    if kind in _NOT_TEXTED:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=fact,
            consequence="It takes no texts.",
            next_step="Ask for a mobile number.",
            cause=f"The recipient's number is {words}, which takes no texts.",
        )
    if kind in _VOIP:
        return replace(check, state=CheckState.FINE, fact=fact, consequence="Many VoIP lines take texts, not all do.")
    return replace(check, state=CheckState.FINE, fact=fact)


_CANADA: Final = 60601
