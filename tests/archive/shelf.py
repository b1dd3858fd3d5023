"""The least that keeps messages for a `Sync`: a dict, and what is complete."""

from __future__ import annotations

from collections.abc import Iterable

from tui.archive.coverage import Coverage, Span
from tui.archive.store import ArchiveChange
from tui.archive.sync import second_of_message
from tui.twilio.messages import Message, take_over


class DictShelf:
    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.coverage = Coverage()

    async def keep(self, messages: Iterable[Message], covered: Span | None = None) -> ArchiveChange:
        rows: dict[str, tuple[int | None, int | None]] = {}
        for told in messages:
            known = self.messages.get(told.sid)
            now = told if known is None else take_over(known, told)
            if now != known:
                self.messages[told.sid] = now
                rows[told.sid] = (known and second_of_message(known), second_of_message(now))
        before = self.coverage
        if covered is not None:
            self.coverage = before.with_(covered)
        return ArchiveChange(rows, None if self.coverage == before else self.coverage)

    async def drop(self, sids: Iterable[str]) -> None:
        for sid in sids:
            self.messages.pop(sid, None)

    async def held(self, span: Span, limit: int | None = None) -> list[tuple[str, int]]:
        times = [(sid, second_of_message(each) or 0) for sid, each in self.messages.items()]
        return sorted(((sid, at) for sid, at in times if at in span), key=lambda one: one[1])[:limit]

    async def unsettled(self, since: int) -> list[tuple[str, int]]:
        held = await self.held(Span(since, 1 << 40))
        return [(sid, at) for sid, at in held if not self.messages[sid].final]
