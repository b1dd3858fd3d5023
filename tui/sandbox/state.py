"""What can be set of the account as a whole: standing, money, countries, queues, registrations.

`POST /_sandbox/state` changes it, see `read_state`. At Twilio an account whose balance reaches zero is suspended until
it is topped up (its help page "What happens if my Twilio balance reaches zero?"); so it is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from tui.sandbox.accounts import ACCOUNT_STATUSES
from tui.sandbox.errors import Refusal
from tui.sandbox.throttle import SenderQueue

CAMPAIGN_STATUSES: Final = ("PENDING", "IN_PROGRESS", "VERIFIED", "FAILED", "SUSPENDED")
VERIFICATION_STATUSES: Final = ("PENDING_REVIEW", "IN_REVIEW", "TWILIO_APPROVED", "TWILIO_REJECTED")

_MOST = 300
"""Names a list of the state may hold; there are 245 countries."""

_RICHEST = 1_000_000

_FASTEST = 10_000
_SLOWEST = 0.001

_NOT_ACTIVE = 10001


@dataclass(frozen=True, slots=True)
class SandboxState:
    """The account at one moment.

    Attributes:
        balance: in USD.
        disabled_countries: ISO codes of the countries that no SMS may go to.
        full_queues: own numbers with more messages waiting than Twilio takes.
        queues: own number → how fast it sends, and how many segments wait before it is full; others are never full.
        records_refused: whether a create that is refused with 400 stays in the list as a failed message.
        creates_per_second: how many messages may be created in a second; 0 for any number.
        campaigns: SID of a messaging service → status of its A2P campaign; services without one are left out.
        verifications: toll-free number → status of its verification; numbers without one are left out.
    """

    status: str = "active"
    balance: Decimal = Decimal("73.4200")
    disabled_countries: frozenset[str] = frozenset({"CU", "IR"})
    full_queues: frozenset[str] = frozenset()
    queues: Mapping[str, SenderQueue] = field(default_factory=dict[str, SenderQueue])
    records_refused: bool = True
    creates_per_second: int = 0
    campaigns: Mapping[str, str] = field(default_factory=dict[str, str])
    verifications: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def standing(self) -> str:
        """The status that Twilio shows: without money an active account is suspended."""
        return "suspended" if self.status == "active" and self.balance <= 0 else self.status

    def check(self) -> None:
        """Let a message be sent.

        Raises:
            Refusal: 10001 for an account that is not active.
        """
        if self.standing != "active":
            raise Refusal(_NOT_ACTIVE, status=self.standing)

    def written(self) -> dict[str, Any]:
        """The state in JSON's own types, as `read_state` takes it."""
        return {
            "status": self.status,
            "balance": f"{self.balance:f}",
            "disabled_countries": sorted(self.disabled_countries),
            "full_queues": sorted(self.full_queues),
            "queues": {number: asdict(queue) for number, queue in self.queues.items()},
            "records_refused": self.records_refused,
            "creates_per_second": self.creates_per_second,
            "campaigns": dict(self.campaigns),
            "verifications": dict(self.verifications),
        }


def read_state(value: object, state: SandboxState, known: Mapping[str, frozenset[str]]) -> SandboxState:
    """Return the state with what a JSON object changes in it; in an object of it null takes one away.

    `known` has the names that `disabled_countries`, `full_queues`, `queues`, `campaigns` and `verifications` may hold.

    Raises:
        ValueError: with a sentence that names the field; nothing is to be changed then.
    """
    if not isinstance(value, dict):
        raise ValueError('the state is a JSON object such as {"status": "suspended"}')
    readers: dict[str, Callable[[str, object], object]] = {
        "status": lambda name, given: _one_of(name, given, ACCOUNT_STATUSES),
        "balance": _amount,
        "disabled_countries": lambda name, given: _names(name, given, known[name]),
        "full_queues": lambda name, given: _names(name, given, known[name]),
        "queues": lambda name, given: _queues(name, given, state.queues, known[name]),
        "records_refused": _flag,
        "creates_per_second": _count,
        "campaigns": lambda name, given: _statuses(name, given, state.campaigns, known[name], CAMPAIGN_STATUSES),
        "verifications": lambda name, given: _statuses(
            name, given, state.verifications, known[name], VERIFICATION_STATUSES
        ),
    }
    changes: dict[str, Any] = {}
    for name, given in cast("dict[str, object]", value).items():
        if name not in readers:
            own = ", ".join(each.name for each in fields(SandboxState))
            raise ValueError(f"{name[:60]!r} is not a field of the state; these are: {own}")
        changes[name] = readers[name](name, given)
    return replace(state, **changes)


def _one_of(name: str, given: object, values: tuple[str, ...]) -> str:
    if given not in values:
        raise ValueError(f"{name} cannot be {str(given)[:60]!r}; it is one of {', '.join(values)}")
    return str(given)


def _amount(name: str, given: object) -> Decimal:
    try:
        amount = Decimal(str(given)) if isinstance(given, str | int | float) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(given, bool) or not amount.is_finite() or not -_RICHEST <= amount <= _RICHEST:
        raise ValueError(f"{name} cannot be {str(given)[:60]!r}; write an amount like 0.85, to a million")
    return amount.quantize(Decimal("0.0001"))


def _flag(name: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise ValueError(f"{name} cannot be {str(given)[:60]!r}; write true or false")
    return given


def _count(name: str, given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= _FASTEST:
        raise ValueError(f"{name} cannot be {str(given)[:60]!r}; write a whole number to {_FASTEST}, 0 for no limit")
    return given


def _queues(
    name: str, given: object, before: Mapping[str, SenderQueue], known: frozenset[str]
) -> Mapping[str, SenderQueue]:
    if not isinstance(given, dict):
        raise ValueError(f"{name} is a JSON object: whose, and its queue or null")
    found = dict(before)
    for whose, queue in cast("dict[str, object]", given).items():
        found.pop(_known(name, whose, known), None)
        if queue is not None:
            found[whose] = _queue(name, queue)
    return found


def _queue(name: str, given: object) -> SenderQueue:
    match given:
        case {"per_second": int() | float() as speed, "holds": int() as holds} if (
            not isinstance(speed, bool)
            and not isinstance(holds, bool)
            and _SLOWEST <= speed <= _FASTEST
            and 0 <= holds <= _RICHEST
        ):
            return SenderQueue(float(speed), holds)
        case _:
            raise ValueError(
                f'one of {name} is like {{"per_second": 1, "holds": 100}}, not {str(given)[:60]!r}; '
                f"per_second is from {_SLOWEST} to {_FASTEST}, holds to {_RICHEST}"
            )


def _names(name: str, given: object, known: frozenset[str]) -> frozenset[str]:
    if not isinstance(given, list) or len(cast("list[object]", given)) > _MOST:
        raise ValueError(f"{name} is a list of at most {_MOST} texts")
    return frozenset(_known(name, each, known) for each in cast("list[object]", given))


def _statuses(
    name: str, given: object, before: Mapping[str, str], known: frozenset[str], values: tuple[str, ...]
) -> Mapping[str, str]:
    if not isinstance(given, dict):
        raise ValueError(f"{name} is a JSON object: whose, and its status or null")
    found = dict(before)
    for whose, status in cast("dict[str, object]", given).items():
        found.pop(_known(name, whose, known), None)
        if status is not None:
            found[whose] = _one_of(f"{name} of {whose}", status, values)
    return found


def _known(name: str, given: object, known: frozenset[str]) -> str:
    if not isinstance(given, str) or given not in known:
        some = ", ".join(sorted(known)[:5])
        raise ValueError(f"{name} cannot hold {str(given)[:60]!r}; this account has {some}{', …' * (len(known) > 5)}")
    return given
