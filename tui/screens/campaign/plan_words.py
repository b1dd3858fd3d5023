"""What the page before a start says: how many, what it costs, how long it takes, and one row exactly as it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual.content import Content

from tui.jobs.plan import Plan
from tui.safe_text import glimpse, safe_text
from tui.screens.campaign.plan_rows import PlanGroup, text_of
from tui.screens.campaign.sender_words import SERVICE_MEANS, say_rate, show_senders, uses_service
from tui.screens.sending.send_notes import say_estimate
from tui.screens.sending.send_time import say_recipient_time
from tui.theme import TONES
from tui.time_format import how_long, planned_time
from tui.twilio.addresses import country_name, country_of
from tui.twilio.recipient_time import recipient_time
from tui.twilio.segments import measure
from tui.widgets.message_words import show_address
from tui.widgets.meter import is_sms, say_length, say_segments

if TYPE_CHECKING:
    from tui.twilio.senders import AccountSenders

_QUIET, _WARN, _BAD, _GOOD = "$quiet", TONES["warn"], TONES["bad"], TONES["good"]


def head_lines(
    plan: Plan,
    name: str,
    source: str,
    known: AccountSenders | None,
    *,
    sandbox: bool,
    now: datetime,
    width: int = 0,
) -> list[Content]:
    """The facts, what weighs most first: how many, cost, how long, from where.

    Args:
        plan: it.
        name, source: what it is called and made from (foreign texts).
        known: the account's senders, for their names.
        sandbox: whether the prices are the sandbox's.
        now: the present, aware.
        width: cells there are; what is only a name goes last where there are few. 0 for any number.
    """
    total, ready = len(plan.items), len(plan.ready)
    mark, tone = ("✓", _GOOD) if plan.can_begin else ("✗", _BAD)
    count = (f"{mark} {ready:,} of {total:,} rows ready", f"bold {tone}")
    called = Content.assemble(
        (glimpse(name, 40), "bold"), (f" · {glimpse(source, 40)}" if source != name else "", _QUIET)
    )
    facts = [_cost_line(plan, sandbox=sandbox), _pace_line(plan, known, now)] if ready else []
    if 0 < width < 60:
        return [Content.assemble(count), *facts, called]
    return [Content.assemble(count, "  ", called), *facts]


def _cost_line(plan: Plan, *, sandbox: bool) -> Content:
    pieces: list[str | tuple[str, str]] = []
    if plan.segments:
        total = plan.total_segments
        pieces.append(f"{total:,} segment{'' if total == 1 else 's'}")
        if len(plan.segments) > 1:
            split = ", ".join(f"{count:,} with {size}" for size, count in sorted(plan.segments.items())[:4])
            pieces.append((f" ({split}{' …' if len(plan.segments) > 4 else ''})", _QUIET))
    if plan.unmetered:
        pieces.append(f"{', ' if pieces else ''}{plan.unmetered:,} without segments")
    for cost in plan.cost.values():
        pieces.append(f"  {say_estimate(cost)}")
    ready = len(plan.ready)
    if plan.priced and plan.priced < ready:
        pieces.append((f" for {plan.priced:,} of them; the others are not known", _WARN))
    if not plan.priced:
        pieces.append(("  cost not known", _QUIET))
    elif sandbox:
        pieces.append((" by the sandbox's example prices", _QUIET))
    else:
        pieces.append((" at list price, without carrier fees", _QUIET))
    return Content.assemble(*pieces)


def _pace_line(plan: Plan, known: AccountSenders | None, now: datetime) -> Content:
    senders = plan.spec.senders
    if plan.spec.message.send_at is not None:
        when = planned_time(plan.spec.message.send_at, now)
        return Content.assemble(f"from {show_senders(senders, known)}", (f"  scheduled for {when}", "bold"))
    if uses_service(senders):
        return Content.assemble(f"to {show_senders(senders, known)}: ", (SERVICE_MEANS, _QUIET))
    lasts = plan.duration()
    each = " of each" if len(senders) > 1 else ""
    pieces: list[str | tuple[str, str]] = [
        f"from {show_senders(senders, known)} at {say_rate(plan.pacing.per_second)}{each}"
    ]
    if lasts is not None:
        lasts = max(lasts, timedelta(seconds=1))
        pieces.append(f": {how_long(lasts)}, done about {clock(now + lasts, now)}")
    if not plan.pace.published and plan.pacing.per_second == plan.pace.per_second:
        pieces.append((" (a guessed pace)", _QUIET))
    return Content.assemble(*pieces)


def clock(moment: datetime, now: datetime) -> str:
    """`14:32`, with the day where it is another one."""
    there, here = moment.astimezone(), now.astimezone()
    if there.date() == here.date():
        return f"{there:%H:%M}"
    return f"{there:%a} {there.day} {there:%b %H:%M}"


def row_lines(plan: Plan, row: int, now: datetime, name_of: Callable[[str], str], group: PlanGroup) -> Content:
    """One row exactly as it is sent, or why it is not, with what stands in its cells."""
    item, columns = plan.items[row], plan.spec.table.columns
    draft = item.draft
    head: list[str | tuple[str, str]] = [(f"line {item.line:,}", "bold")]
    facts: list[str | tuple[str, str]] = []
    if draft is not None and draft.to:
        name = name_of(draft.to)
        head.append(f" → {show_address(draft.to)}{f'  {name}' if name else ''}")
        country = (country_name(country_of(draft.to) or "") or "").removeprefix("the ")
        there = recipient_time(draft.to, draft.send_at or now)
        said = say_recipient_time(there, (draft.send_at or now).astimezone())
        facts.append((country, _QUIET))
        if said:
            facts.append((f" · {said}", _WARN if there is not None and there.nights else _QUIET))
    lines = [Content.assemble(*head)]
    if item.left_out is not None or draft is None:
        lines.append(Content.styled(f"Not sent: {safe_text(item.detail or group.words, limit=400)}", _WARN))
    else:
        text = text_of(item)
        size = measure(text)
        lines.append(Content(safe_text(text, keep_newlines=True) if text else "(no text)"))
        lines += [Content.assemble(("Media  ", _QUIET), safe_text(url, limit=300)) for url in draft.media_urls]
        if draft.content_variables:
            lines.append(Content.assemble(("Variables  ", _QUIET), safe_text(draft.content_variables, limit=600)))
        how = [f"from {show_address(draft.from_)}" if not draft.uses_service else "by the service"]
        if is_sms(draft.to, draft.from_) and text:
            how.append(f"{say_segments(size)}, {size.encoding}, {say_length(text)}")
        if item.template is not None:
            how.append(f"template {glimpse(item.template.name, 40)}")
        lines.append(Content.styled(" · ".join(how), _QUIET))
        if item.detail:
            lines.append(Content.styled(safe_text(item.detail, limit=300), _WARN))
    if facts:
        lines.append(Content.assemble(*facts))
    cells = [
        Content.assemble((f"{glimpse(title, 30)}: ", _QUIET), glimpse(cell, 80))
        for title, cell in zip(columns[:60], item.cells, strict=False)
        if cell
    ]
    lines.append(Content.assemble(("Row  ", _QUIET), Content(" · ").join(cells)))
    return Content("\n").join(lines)


def group_lines(group: PlanGroup) -> Content:
    """What a group means and what can be done."""
    if group.key == "ready":
        words = (
            "These are sent, exactly as shown. ↓ goes through them; {campaign_plan.find_row} finds a row by its line."
        )
        from tui.keymap import name_keys

        return Content.styled(name_keys(words), _QUIET)
    return Content(group.more)


__all__ = ["clock", "group_lines", "head_lines", "row_lines"]
