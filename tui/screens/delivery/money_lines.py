"""What stands in the view of balance and usage: its lines and words. Pure: knows no widget and asks nobody.

All of Twilio's words pass `safe_text` here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from tui.price_format import say_price
from tui.safe_text import glimpse, safe_text
from tui.services.low_balance import say_threshold
from tui.services.money import KeptSum
from tui.theme import Tone
from tui.twilio.account_state import ACCOUNTS_PATH, AccountState, Balance, account_path, balance_path
from tui.twilio.bounded_list import BoundedList
from tui.twilio.errors import ApiError, RequestFailed
from tui.twilio.usage import (
    MESSAGING,
    TOTAL,
    PeriodUsage,
    UsagePeriod,
    UsageRecord,
    is_messaging,
    parent_of,
    usage_path,
)

PERIODS: Final = (UsagePeriod.TODAY, UsagePeriod.THIS_MONTH, UsagePeriod.LAST_MONTH)

ACCOUNT: Final = "$TWILIO_ACCOUNT_SID"
"""The account in a path, as the console fills it in."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ABSURD: Final = 10**12
_ASKING: Final = "…"


@dataclass(slots=True)
class MoneyKnown:
    """All that is known so far. What is None is being asked; a RequestFailed says why it is not known.

    Attributes:
        by_key: whether the credentials are an API key's.
        days: the first and the last UTC day of each of `PERIODS`.
        least: the amount of one's own that the balance is watched for; None without.
        subaccounts: None also where nobody asks, since the state was refused: the same right is needed.
        joint: what this month cost with the sub-accounts; asked where there are any.
    """

    by_key: bool
    days: dict[UsagePeriod, tuple[date, date]]
    least: Decimal | None = None
    balance: Balance | RequestFailed | None = None
    state: AccountState | RequestFailed | None = None
    subaccounts: BoundedList[AccountState] | RequestFailed | None = None
    joint: UsageRecord | RequestFailed | None = None
    usage: dict[UsagePeriod, PeriodUsage | RequestFailed] = field(
        default_factory=dict["UsagePeriod", "PeriodUsage | RequestFailed"]
    )
    kept: dict[UsagePeriod, KeptSum] = field(default_factory=dict["UsagePeriod", KeptSum])

    @property
    def is_stopped(self) -> bool:
        """Whether Twilio says that the account can send nothing."""
        return isinstance(self.state, AccountState) and self.state.status in ("suspended", "closed")

    @property
    def is_subaccount(self) -> bool:
        """Whether it is somebody's sub-account, and so has neither a balance nor sub-accounts of its own."""
        return isinstance(self.state, AccountState) and bool(self.state.parent)

    def read(self, period: UsagePeriod) -> PeriodUsage | None:
        """A period's usage, where that is known."""
        usage = self.usage.get(period)
        return usage if isinstance(usage, PeriodUsage) else None


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One line of the view. All of it is safe to show.

    Attributes:
        cells: one for each of `PERIODS`; none where `words` stand in their place.
        words: what is said behind the label.
        path: of the request behind it, as the console takes it; empty for none.
        detail: what is said of it below the list, a line each.
        heading: whether the cursor passes over it.
    """

    label: str
    cells: tuple[str, ...] = ()
    words: str = ""
    tone: Tone = "plain"
    path: str = ""
    detail: tuple[str, ...] = ()
    heading: bool = False


# -- words -------------------------------------------------------------------------------------------


def say_days(period: UsagePeriod, first: date, last: date) -> str:
    """`today 29 Nov`, `1–29 Nov`, `1 Nov – 2 Dec`."""
    ends = [f"{day.day} {_MONTHS[day.month - 1]}" for day in (first, last)]
    if period is UsagePeriod.TODAY and first == last:
        return f"today {ends[1]}"
    if first == last:
        return ends[1]
    return f"{first.day}–{ends[1]}" if (first.year, first.month) == (last.year, last.month) else " – ".join(ends)


def say_balance(known: MoneyKnown) -> tuple[str, Tone]:
    """What is left, and whether that is little."""
    balance, state = known.balance, known.state
    if isinstance(state, AccountState) and state.parent and not (isinstance(balance, Balance) and balance.amount):
        return f"a sub-account has none of its own: it spends that of {glimpse(state.parent, 40)}", "plain"
    if balance is None:
        return _ASKING, "muted"
    if isinstance(balance, RequestFailed):
        return say_why(balance, by_key=False), "warn"
    if balance.amount is None:
        return "Twilio names no amount for this account", "warn"
    words = say_price(balance.amount, balance.currency)
    if known.least is not None and balance.amount < known.least:
        return f"{words}, below the {say_threshold(known.least)} that you set", "warn"
    return words, "bad" if balance.amount <= 0 else "plain"


def say_state(known: MoneyKnown) -> tuple[str, Tone]:
    """The account's status, type and name."""
    state = known.state
    if state is None:
        return _ASKING, "muted"
    if isinstance(state, RequestFailed):
        return f"state unknown: {say_why(state, by_key=known.by_key)}", "warn"
    status = glimpse(state.status, 20) or "no status given"
    if known.is_stopped:
        status += ", so nothing can be sent"
    pieces = [status, glimpse(state.type, 20), glimpse(state.friendly_name, 60)]
    if state.parent:
        pieces.append(f"sub-account of {glimpse(state.parent, 40)}")
    return " · ".join(piece for piece in pieces if piece), "plain" if state.works else "bad"


def say_title(known: MoneyKnown) -> str:
    """The first line: what is left, and the state of the account."""
    balance, state = known.balance, known.state
    left = "Balance and usage"
    if isinstance(balance, Balance) and balance.amount is not None:
        left = f"Balance {say_price(balance.amount, balance.currency)}"
    if state is None:
        return left
    status = glimpse(state.status, 20) if isinstance(state, AccountState) else ""
    return f"{left} · {status or 'state unknown'}"


def say_why(problem: RequestFailed, *, by_key: bool) -> str:
    """Why something is not known, as the end of a sentence."""
    if isinstance(problem, ApiError) and problem.status in (401, 403):
        code = f"HTTP {problem.status}"
        return f"{'an API key' if by_key else 'these credentials'} may not read it ({code})"
    return safe_text(problem.reason, limit=200).rstrip(".")


def say_difference(known: MoneyKnown) -> str:
    """Why Twilio's total and what the messages here add up to are not the same, in one sentence; empty before both
    are known.
    """
    if not known.kept or not any(known.read(period) for period in PERIODS):
        return ""
    parts = [period for period in PERIODS if period in known.kept and not known.kept[period].whole]
    loaded = ", ".join(say_days(period, *known.days[period]) for period in parts)
    unpriced = max((each.count - each.priced for each in known.kept.values()), default=0)
    reasons = [
        f"by what is not loaded ({loaded})" if loaded else "",
        f"by what has no price yet ({unpriced:,})" if unpriced else "",
        "by other products and fees",
    ]
    return f"Where the two sums differ, it is {', '.join(reason for reason in reasons if reason)}."


def _say_number(number: Decimal | None, unit: str) -> str:
    """`1,204 messages`; empty for none."""
    if number is None:
        return ""
    words = f"{number:.2e}" if abs(number) >= _ABSURD else f"{number.normalize():,f}"
    return f"{words} {glimpse(unit, 20)}".rstrip()


def _say_record(record: UsageRecord) -> str:
    """`1,204 messages · 1,377 segments · 10.8800 USD`."""
    numbers = [_say_number(record.count, record.count_unit)]
    # Of money Twilio names the amount twice.
    if record.usage_unit.upper() != record.currency:
        numbers.append(_say_number(record.usage, record.usage_unit))
    return " · ".join(dict.fromkeys(piece for piece in (*numbers, _price_of(record)) if piece))


def _price_of(record: UsageRecord | None) -> str:
    if record is None:
        return "–"
    return "unknown" if record.price is None else say_price(record.price, record.currency)


def _costs_of(kept: KeptSum, first: str = "") -> str:
    """Every currency by itself: one is never added to another. `first` stands before the others."""
    costs = sorted(kept.costs.items(), key=lambda each: each[0] != first)
    return " + ".join(say_price(cost, currency) for currency, cost in costs) or ("no price yet" if kept.count else "–")


# -- lines -------------------------------------------------------------------------------------------


def list_lines(known: MoneyKnown, *, unfolded: bool = False) -> list[MoneyLine]:
    """All lines, top to bottom; `unfolded` with the categories that are not about messages."""
    balance, tone = say_balance(known)
    state, state_tone = say_state(known)
    late = "Twilio may be some minutes late with what was just spent."
    return [
        MoneyLine("Balance", words=balance, tone=tone, path=balance_path(ACCOUNT), detail=(late,)),
        MoneyLine("Account", words=state, tone=state_tone, path=account_path(ACCOUNT), detail=_hint(known)),
        *_usage_lines(known, unfolded=unfolded),
        *_kept_lines(known),
        *_account_lines(known),
    ]


def _hint(known: MoneyKnown) -> tuple[str, ...]:
    """What to do where an API key was refused."""
    refused = isinstance(known.state, ApiError) and known.state.status in (401, 403)
    words = "A connection with the account's auth token shows its state and its sub-accounts."
    return (words,) if refused and known.by_key else ()


def other_categories(known: MoneyKnown) -> list[str]:
    """The categories beside messages that Twilio counted something of."""
    return sorted(name for name in _used(known) if name != TOTAL and not is_messaging(name))


def _used(known: MoneyKnown) -> set[str]:
    records = (record for period in PERIODS if (usage := known.read(period)) for record in usage.records.values())
    return {record.category for record in records if not record.is_nothing}


def _usage_lines(known: MoneyKnown, *, unfolded: bool) -> Iterator[MoneyLine]:
    titles = tuple(say_days(each, *known.days[each]) for each in PERIODS)
    yield MoneyLine("Twilio, UTC days", titles, tone="accent", heading=True)
    problem = next((each for each in known.usage.values() if isinstance(each, RequestFailed)), None)
    if problem is not None:
        why = say_why(problem, by_key=False)
        yield MoneyLine("Usage", words=why, tone="warn", path=usage_path(ACCOUNT, UsagePeriod.THIS_MONTH))
    read = [usage for each in PERIODS if (usage := known.read(each)) is not None]
    if not read:
        if problem is None:
            yield MoneyLine(_ASKING, (_ASKING,) * len(PERIODS), tone="muted")
        return
    about = {name for usage in read for name in usage.records if is_messaging(name)}
    roots = sorted((name for name in about if not parent_of(name, about)), key=_order)
    shown = sorted({*(about & _used(known)), *roots}, key=_order)
    among = frozenset(shown)
    for name in shown:
        yield _category_line(known, name, among)
    others = other_categories(known)
    yield _others_line(known, roots, len(others), unfolded=unfolded)
    if unfolded:
        among = frozenset(others)
        yield from (_category_line(known, name, among, depth=1) for name in others)
    cells = tuple(_price_of(usage.total) if (usage := known.read(each)) else _missing(known, each) for each in PERIODS)
    detail = ["All that Twilio counted for this account alone, without its sub-accounts."]
    if as_of := max((usage.as_of for usage in read if usage.as_of), default=None):
        detail.append(f"Counted up to {as_of.day} {_MONTHS[as_of.month - 1]} {as_of:%H:%M} UTC.")
    path = usage_path(ACCOUNT, UsagePeriod.THIS_MONTH, category=TOTAL)
    yield MoneyLine("Total", cells, path=path, detail=tuple(detail))


def _order(name: str) -> tuple[int, str]:
    """Messages of people first: SMS, MMS, channels; a category's parts follow it."""
    return next((at for at, root in enumerate(MESSAGING) if name == root or name.startswith(f"{root}-")), 99), name


def _missing(known: MoneyKnown, period: UsagePeriod) -> str:
    return "not read" if period in known.usage else _ASKING


def _category_line(known: MoneyKnown, name: str, among: Collection[str], *, depth: int = 0) -> MoneyLine:
    parent, cells, detail, words = name, list[str](), list[str](), ""
    while depth < 3 and (parent := parent_of(parent, among)):
        depth += 1
    for period in PERIODS:
        usage = known.read(period)
        record = None if usage is None else usage.records.get(name)
        cells.append(_missing(known, period) if usage is None else _price_of(record))
        if record is not None:
            words = words or glimpse(record.description, 60)
            detail.append(f"{say_days(period, *known.days[period])}: {_say_record(record)}")
    own = glimpse(name, 60)
    return MoneyLine(
        "  " * depth + (words or own),
        tuple(cells),
        path=usage_path(ACCOUNT, UsagePeriod.THIS_MONTH, category=name),
        detail=(f"{words} ({own})" if words else own, *detail),
    )


def _others_line(known: MoneyKnown, roots: list[str], count: int, *, unfolded: bool) -> MoneyLine:
    cells: list[str] = []
    for period in PERIODS:
        usage = known.read(period)
        left = None if usage is None else usage.without(roots)
        total = None if usage is None else usage.total
        if usage is None:
            cells.append(_missing(known, period))
        else:
            cells.append("unknown" if left is None or total is None else say_price(left, total.currency))
    listed = f"{count:,} categor{'y' if count == 1 else 'ies'} beside messages"
    how = "Twilio's total less " + (", ".join(glimpse(name, 30) for name in roots[:4]) or "nothing") + "."
    return MoneyLine(
        f"Others {'▾' if unfolded else '▸'} {count or ''}".rstrip(),
        tuple(cells),
        path=usage_path(ACCOUNT, UsagePeriod.THIS_MONTH),
        detail=(listed, how),
    )


def _kept_lines(known: MoneyKnown) -> Iterator[MoneyLine]:
    yield MoneyLine("Messages on this computer add up", tone="accent", heading=True)
    costs, counts, detail = list[str](), list[str](), list[str]()
    for period in PERIODS:
        kept = known.kept.get(period)
        if kept is None:
            costs.append(_ASKING)
            counts.append(_ASKING)
            continue
        usage = known.read(period)
        # Below Twilio's own sum stands what can be compared with it.
        words = _costs_of(kept, usage.total.currency if usage is not None and usage.total is not None else "")
        more = len(kept.costs) - 1
        least = "" if kept.whole else "≥ "
        if kept.count or kept.whole:
            costs.append(least * bool(kept.costs) + (f"{words.partition(' + ')[0]} +{more}" if more > 0 else words))
            counts.append(f"{least}{kept.count:,}")
        else:
            costs.append("not loaded")
            counts.append("not loaded")
        rest = "" if kept.whole else " · not all loaded"
        detail.append(f"{say_days(period, *known.days[period])}: {kept.count:,} messages · {words}{rest}")
    yield MoneyLine("Cost", tuple(costs), detail=tuple(detail))
    yield MoneyLine("Messages", tuple(counts), detail=tuple(detail))


def _account_lines(known: MoneyKnown) -> Iterator[MoneyLine]:
    state, found = known.state, known.subaccounts
    if isinstance(found, RequestFailed) or (found is None and isinstance(state, RequestFailed)):
        problem = found if isinstance(found, RequestFailed) else state
        assert isinstance(problem, RequestFailed)
        yield MoneyLine("Sub-accounts", tone="accent", heading=True)
        why = f"not listed: {say_why(problem, by_key=known.by_key)}"
        yield MoneyLine("All", words=why, tone="warn", path=ACCOUNTS_PATH, detail=_hint(known))
        return
    if found is None:
        return
    if not found.items:
        yield MoneyLine("Sub-accounts: none", tone="accent", heading=True)
        return
    more = "" if found.whole else " and more"
    yield MoneyLine(f"Sub-accounts: {len(found.items):,}{more}, on this account's balance", tone="accent", heading=True)
    joint = _ASKING if known.joint is None else "not read"
    if isinstance(known.joint, UsageRecord):
        joint = _price_of(known.joint)
    path = usage_path(ACCOUNT, UsagePeriod.THIS_MONTH, category=TOTAL, subaccounts=True)
    what = "What Twilio counted this month for the account and its sub-accounts together."
    yield MoneyLine("Total with them", ("", joint, ""), path=path, detail=(what,))
    for each in found.items:
        name = glimpse(each.friendly_name, 40) or "without a name"
        words = f"{glimpse(each.status, 20) or 'no status'} · {glimpse(each.sid, 40)}"
        tone: Tone = "plain" if each.works else "muted"
        yield MoneyLine(name, words=words, tone=tone, path=account_path(each.sid), detail=(f"{name} · {words}",))
