"""Snapshots of everything the sandbox knows, kept in memory under names, and put back whole.

What a restore puts back: the account (messages, numbers, services, opt-outs, state …), the faults, how webhooks are
signed, the logs, and how far the clock was moved. What goes on: the time itself, and SIDs, since no two messages have
ever the same one. A webhook that is on its way is dropped; those still to come of messages in the snapshot are called
as if nothing had been, at once where their time is over by then.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final

from tui.sandbox.account import SandboxAccount
from tui.sandbox.callbacks import Callbacks
from tui.sandbox.faults import Fault, Faults
from tui.sandbox.request_log import KeptLog, RequestLog
from tui.sandbox.signing import Signing

MOST: Final = 20
"""Snapshots that are kept."""

LONGEST: Final = 60
"""Characters of a name."""

DEFAULT: Final = "default"
"""The name of a snapshot that is given none."""

# Of the account: what is the same for ever, and what goes on.
_GOES_ON = frozenset({"clock", "pace", "identity", "sids", "announce"})


@dataclass(frozen=True, slots=True)
class SandboxParts:
    """What the controls act on: the account, what befalls its requests and webhooks, and what is kept of both."""

    account: SandboxAccount
    faults: Faults
    journal: RequestLog
    callbacks: Callbacks


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment. `taken` is when it was, `moved` how far the clock was moved by then."""

    account: dict[str, Any]
    log: KeptLog
    faults: tuple[Fault, ...]
    signing: Signing
    moved: timedelta
    taken: datetime


class Snapshots:
    """Takes and restores them. The one that `reset` goes back to is taken at once.

    `run` is another text after each restore, for who has to know that what it read is no longer so.
    """

    def __init__(self, parts: SandboxParts) -> None:
        self._parts = parts
        self.run = token_hex(8)
        self._kept: dict[str, Snapshot] = {}
        self._start = self._now()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of those kept."""
        return tuple(self._kept)

    def take(self, name: str) -> None:
        """Keep everything as it is now under this name, in the place of what had the name before.

        Raises:
            ValueError: for a name that cannot be, or one more than can be kept.
        """
        if not 0 < len(name) <= LONGEST or not name.isprintable():
            raise ValueError(f"the name of a snapshot has 1 to {LONGEST} characters")
        if name not in self._kept and len(self._kept) >= MOST:
            raise ValueError(f"{MOST} snapshots are the most; forget them (DELETE /_sandbox/snapshot)")
        self._kept[name] = self._now()

    async def restore(self, name: str) -> bool:
        """Let everything be as it was; False where there is no such snapshot."""
        if (snapshot := self._kept.get(name)) is None:
            return False
        await self._put_back(snapshot)
        return True

    async def reset(self) -> None:
        """Let everything be as it was at the start. Snapshots stay."""
        await self._put_back(self._start)

    def forget(self) -> None:
        """Forget all of them."""
        self._kept.clear()

    def _now(self) -> Snapshot:
        parts = self._parts
        state = {name: value for name, value in vars(parts.account).items() if name not in _GOES_ON}
        return Snapshot(
            account=self._copied(state),
            log=parts.journal.kept(),
            faults=parts.faults.waiting,
            signing=parts.callbacks.sender.signing,
            moved=parts.account.clock.moved,
            taken=parts.account.clock(),
        )

    async def _put_back(self, snapshot: Snapshot) -> None:
        # All of it at once, whatever becomes of the request that asks for it: nobody sees a half.
        parts = self._parts
        dropped = parts.callbacks.drop()
        self.run = token_hex(8)
        parts.account.clock.moved = snapshot.moved
        vars(parts.account).update(self._copied(snapshot.account))
        parts.journal.put_back(snapshot.log)
        parts.faults.clear()
        parts.faults.add(*snapshot.faults)
        parts.callbacks.sender.signing = snapshot.signing
        parts.callbacks.resume(snapshot.taken)
        await dropped

    def _copied(self, state: dict[str, Any]) -> dict[str, Any]:
        account = self._parts.account
        same = (account, *(vars(account)[name] for name in _GOES_ON))
        return copy.deepcopy(state, {id(each): each for each in same})
