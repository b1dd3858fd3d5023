"""Checks of the account's side: whether the sender is its own, registered, and not sending faster than it may."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tui.archive.layout import row_number
from tui.services.why.asking import Asking, Unread, between, counted, term, worst
from tui.services.why.checks import Check, CheckState, Subject
from tui.services.why.verdict import TOLD_BY_CODE
from tui.twilio import registration
from tui.twilio.addresses import AddressKind, country_of, kind_of
from tui.twilio.bounded_list import read_bounded
from tui.twilio.error_catalogue import explain
from tui.twilio.lenient_json import as_text
from tui.twilio.numbers import numbers_url
from tui.twilio.pricing import number_types

if TYPE_CHECKING:
    from tui.twilio.registration import ListedService

MOST_SENDERS: Final = 5
"""Senders of a code's messages that are looked at."""

MOST_SERVICES: Final = 20
"""Messaging services whose pools are looked through."""

_SHORT_CODES: Final = "short_codes"
_TOLL_FREE_COUNTRIES: Final = frozenset({"US", "CA"})


# -- whose the sender is -----------------------------------------------------------------------------


async def check_sender(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether each sender is the account's, and can send."""
    readers = {
        AddressKind.NUMBER: _own_number,
        AddressKind.SHORT_CODE: _own_short_code,
        AddressKind.SERVICE: _own_service,
    }
    senders = [(each, read) for each in subject.own_sides if (kind := kind_of(each)) and (read := readers.get(kind))]
    if not senders:
        return "The sender is no number, short code or messaging service of which Twilio has a list."
    return worst([await read(asking, subject, check, own) for own, read in senders[:MOST_SENDERS]], "senders")


async def _own_number(asking: Asking, subject: Subject, check: Check, own: str) -> Check:
    check = replace(check, asked=("GET", numbers_url(asking.client)))
    numbers = await asking.numbers()
    found = next((each for each in numbers.items if each.phone_number == own), None)
    if found is not None and not found.sms and not subject.inbound:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=f"{own} is one of the account's numbers, but has no SMS.",
            consequence="Twilio takes no messages from it.",
            next_step="Send from a number whose capabilities include SMS.",
            cause=f"The sender {own} cannot send SMS.",
        )
    if found is not None:
        return replace(
            check,
            state=CheckState.FINE,
            fact=f"One of the {len(numbers.items):,}{'' if numbers.whole else ' and more'} numbers of this account: "
            f"{own}.",
        )
    if not numbers.whole:
        fact = f"{own} is not among the first {len(numbers.items):,} numbers of this account; there are more."
        return replace(check, state=CheckState.UNKNOWN, fact=fact, next_step="Look for it in the Twilio Console.")
    return _not_own(check, own, f"{own} is not among the {len(numbers.items):,} numbers of this account.")


def _not_own(check: Check, own: str, fact: str) -> Check:
    return replace(
        check,
        state=CheckState.FAULT,
        fact=fact,
        consequence="Twilio takes no messages from it.",
        next_step="Send from a sender of this account, or with the account that has this one.",
        cause=f"The sender {own} is none of this account's.",
    )


async def _own_short_code(asking: Asking, subject: Subject, check: Check, own: str) -> Check:
    client = asking.client
    url = client.policy.locate(f"/Accounts/{client.account_sid}/SMS/ShortCodes.json", [("PageSize", "1000")])
    codes = await asking.read(
        url,
        "short codes",
        lambda: read_bounded(client, url, _SHORT_CODES, lambda item: as_text(item.get("short_code")), most=1000),
    )
    check = replace(check, asked=("GET", url))
    if own in codes.items:
        return replace(check, state=CheckState.FINE, fact=f"One of this account's short codes: {own}.")
    if not codes.whole:
        fact = f"{own} is not among the first {len(codes.items):,} short codes of this account; there are more."
        return replace(check, state=CheckState.UNKNOWN, fact=fact)
    return _not_own(check, own, f"{own} is not among the {len(codes.items):,} short codes of this account.")


async def _own_service(asking: Asking, subject: Subject, check: Check, own: str) -> Check:
    services = await _services(asking)
    check = replace(check, asked=("GET", registration.services_url(asking.client)))
    found = next((each for each in services.items if each.sid == own), None)
    if found is None and services.whole:
        return _not_own(check, own, f"{own} is not among the {len(services.items):,} messaging services.")
    if found is None:
        fact = f"{own} is not among the first {len(services.items):,} messaging services; there are more."
        return replace(check, state=CheckState.UNKNOWN, fact=fact)
    pool = await _pool(asking, own)
    check = replace(check, asked=("GET", registration.pool_url(asking.client, own)))
    name = _called(found)
    if pool.items:
        more = "" if pool.whole else " and more"
        return replace(
            check, state=CheckState.FINE, fact=_sentence(f"{name} has {len(pool.items):,}{more} numbers in its pool.")
        )
    fact = _sentence(f"{name} has no phone number in its pool; short codes and sender names were not looked at.")
    if subject.code in TOLD_BY_CODE["sender"]:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=fact,
            next_step="Add a sender of the right country and type to the pool.",
            cause=_sentence(f"{name} has no number to send from."),
        )
    return replace(check, state=CheckState.UNKNOWN, fact=fact)


# -- registration ------------------------------------------------------------------------------------


async def check_registration(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether the senders are registered where the recipients' country wants that: A2P 10DLC, toll-free."""
    if subject.inbound or subject.channel:
        return "Registration is for SMS to North America."
    told = subject.code in TOLD_BY_CODE["registration"]
    countries = set(subject.countries)
    found: list[Check] = []
    for own in subject.own_sides[:MOST_SENDERS]:
        kind = kind_of(own)
        if kind is AddressKind.NUMBER and number_types(own) == ("tollfree",):
            if countries & _TOLL_FREE_COUNTRIES or told:
                found.append(await _toll_free(asking, check, own))
        elif ("US" in countries or told) and (kind is AddressKind.SERVICE or country_of(own) == "US"):
            found.append(await _campaign(asking, subject, check, own))
    if found:
        return worst(found, "senders")
    return "Only numbers of the United States that text there, and toll-free numbers, have to be registered."


async def _toll_free(asking: Asking, check: Check, own: str) -> Check:
    numbers = await asking.numbers()
    sid = next((each.sid for each in numbers.items if each.phone_number == own), "")
    if not sid:
        fact = f"{own} was not found among the account's numbers, and verifications are asked for by a number's SID."
        return replace(check, state=CheckState.UNKNOWN, fact=fact, asked=("GET", numbers_url(asking.client)))
    url = registration.verifications_url(asking.client, sid)
    listed = await asking.read(
        url, "toll-free verifications", lambda: registration.list_verifications(asking.client, sid)
    )
    check = replace(check, asked=("GET", url), consequence="Its texts to the US and Canada are blocked.")
    own_ones = [each for each in listed.items if each.number in ("", own)]
    good = next((each for each in own_ones if each.works), None)
    if good is not None:
        return replace(
            check, state=CheckState.FINE, fact=f"Verified: the toll-free number {own} ({good.sid}).", consequence=""
        )
    if not own_ones and not listed.whole:
        fact = f"No verification of {own} is among the first {len(listed.items):,}; there are more."
        return replace(check, state=CheckState.UNKNOWN, fact=fact, consequence="")
    cause = f"The toll-free number {own} is not verified."
    if not own_ones:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=f"{own} is a toll-free number without a verification.",
            next_step="Submit toll-free verification in the Twilio Console, or send from another number meanwhile.",
            cause=cause,
        )
    newest = own_ones[0]
    known = explain(newest.code)
    why = f": {newest.reason.rstrip('.')}" if newest.reason else ""
    rejected = newest.status == "TWILIO_REJECTED"
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"The verification of {own} is {newest.status or 'without a status'}{why}.",
        next_step=known.remedy if known else "Correct and resubmit it." if rejected else "Wait for its approval.",
        cause=cause,
    )


async def _campaign(asking: Asking, subject: Subject, check: Check, own: str) -> Check:
    is_service = kind_of(own) is AddressKind.SERVICE
    if is_service:
        service: ListedService | None = await _known_service(asking, own)
    else:
        service, all_looked_at = await _service_of(asking, subject, own)
        if service is None:
            return _without_service(asking, check, own, all_looked_at=all_looked_at)
    url = registration.campaigns_url(asking.client, service.sid)
    campaigns = await asking.read(url, "A2P campaigns", lambda: registration.list_campaigns(asking.client, service.sid))
    check = replace(check, asked=("GET", url), consequence="US carriers take no texts from it.")
    name = _called(service)
    who = name if is_service else f"{own} is in {name}"
    working = next((each for each in campaigns.items if each.works), None)
    if working is None and not campaigns.items:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=_sentence(f"{name} has no A2P 10DLC campaign.")
            if is_service
            else f"{own} is in {name}, which has no campaign.",
            next_step="Register brand and campaign for this service, or put the number into one that has a campaign.",
            cause="The sender is not in a registered campaign.",
        )
    if working is None:
        status = campaigns.items[0].status or "without a status"
        known = next((found for code in campaigns.items[0].error_codes if (found := explain(code))), None)
        waiting = status in ("PENDING", "IN_PROGRESS")
        return replace(
            check,
            state=CheckState.FAULT,
            fact=f"The campaign of {name} is {status}{f': {known.meaning}' if known else '.'}",
            next_step=known.remedy
            if known
            else ("Wait for its approval." if waiting else "Ask Twilio's support, with the campaign's SID."),
            cause=f"The sender's campaign is not approved ({status}).",
        )
    check = replace(check, consequence="")
    fact = f"The campaign is VERIFIED ({working.use_case or working.sid}): {who}."
    return await _with_brand(asking, check, working.brand_sid, fact)


async def _with_brand(asking: Asking, check: Check, sid: str, fact: str) -> Check:
    """A verified campaign whose brand does not work any more is stopped with it."""
    fine = replace(check, state=CheckState.FINE, fact=fact)
    if not sid:
        return fine
    url = registration.brand_url(asking.client, sid)
    try:
        brand = await asking.read(url, "brands", lambda: registration.fetch_brand(asking.client, sid))
    except Unread as unread:
        return replace(fine, fact=f"{fact} {asking.unread(check, unread).fact}")
    if brand.works:
        return replace(fine, fact=f"{fact} Its brand is APPROVED.")
    if not brand.status:
        return fine
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"{fact} Its brand is {brand.status}{f': {brand.reason}' if brand.reason else '.'}",
        consequence="US carriers take no texts from campaigns of such a brand.",
        next_step="Correct the brand in the Twilio Console, under Trust Hub.",
        cause=f"The brand of the sender's campaign is not approved ({brand.status}).",
        asked=("GET", url),
    )


def _without_service(asking: Asking, check: Check, own: str, *, all_looked_at: bool) -> Check:
    check = replace(check, asked=("GET", registration.services_url(asking.client)))
    if not all_looked_at:
        fact = f"{own} is in none of the {MOST_SERVICES} messaging services that were looked at; there are more."
        return replace(check, state=CheckState.UNKNOWN, fact=fact, next_step="Look at the number in Twilio's Console.")
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"{own} is in no messaging service, so it is in no A2P 10DLC campaign.",
        consequence="US carriers take no texts from it.",
        next_step="Put the number into the pool of a service whose campaign is approved.",
        cause="The sender is not in a registered campaign.",
    )


async def _service_of(asking: Asking, subject: Subject, own: str) -> tuple[ListedService | None, bool]:
    """The service whose pool has a number, and whether all pools were looked at where there is none."""
    services = await _services(asking)
    first = set(subject.services)
    ordered = sorted(services.items, key=lambda each: each.sid not in first)
    looked = ordered[:MOST_SERVICES]
    pools = await asyncio.gather(*(_pool(asking, each.sid) for each in looked))
    for service, pool in zip(looked, pools, strict=True):
        if own in pool.items:
            return service, True
    return None, services.whole and len(ordered) <= MOST_SERVICES and all(each.whole for each in pools)


async def _known_service(asking: Asking, sid: str) -> ListedService:
    from tui.twilio.registration import ListedService

    try:
        services = await _services(asking)
    except Unread:
        return ListedService(sid, "")
    return next((each for each in services.items if each.sid == sid), ListedService(sid, ""))


async def _services(asking: Asking) -> registration.BoundedList[ListedService]:
    url = registration.services_url(asking.client)
    return await asking.read(url, "messaging services", lambda: registration.list_services(asking.client))


async def _pool(asking: Asking, sid: str) -> registration.BoundedList[str]:
    url = registration.pool_url(asking.client, sid)
    return await asking.read(url, "the numbers of a service", lambda: registration.list_pool(asking.client, sid))


def _called(service: ListedService) -> str:
    return f"the service “{service.name}”" if service.name else f"the service {service.sid}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


# -- pace --------------------------------------------------------------------------------------------

_MANY_WAITING: Final = 100
"""Messages of one sender that wait, from which on it may be the queue that holds one up: minutes of a long code."""

_MANY_IN_AN_HOUR: Final = 3_600
"""What a long code may send in an hour, at about one segment a second."""


async def check_queue(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """How much this sender had to send: what the archive has of the hour before, and of what still waits."""
    if subject.inbound:
        return "It came in."
    if len(subject.own_sides) != 1:
        return "The messages are from several senders."
    own, when = subject.own_sides[0], subject.when or asking.now
    since = when - timedelta(hours=1)
    sent = await asking.rows(f"is:out {term('own', own)} {between(since, when)}")
    waiting = len(await asking.rows(f"status:accepted,queued,sending {term('own', own)}"))
    before = bisect_right(sent, row_number(int(when.timestamp()) + 1)) - bisect_left(
        sent, row_number(int(since.timestamp()))
    )
    partly = "" if asking.is_complete(since, when) else ", as far as they are here"
    still = f"{waiting:,} {'is' if waiting == 1 else 'are'} still waiting"
    fact = f"{counted(before, 'message')} from {own} in the hour up to it{partly}; {still}."
    if subject.code in TOLD_BY_CODE["queue"]:
        known = explain(subject.code)
        return replace(
            check,
            state=CheckState.FAULT,
            fact=fact,
            consequence="A long code sends about one segment a second, a toll-free number three.",
            next_step=known.remedy if known else "Slow down, or add senders.",
            cause=known.meaning if known else "The sender's queue is full.",
        )
    if waiting >= _MANY_WAITING or before > _MANY_IN_AN_HOUR:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=fact,
            consequence="A long code sends about one segment a second, a toll-free number three.",
            next_step="Wait, pace the sending, or add senders to the messaging service.",
            cause="This sender has more to send than it may send at once.",
        )
    return replace(check, state=CheckState.FINE, fact=fact)
