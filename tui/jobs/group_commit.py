"""Write what comes in one by one in groups: all that came while the last group was written is the next one.

So a slow disk makes groups larger and nobody waits longer than two writes. Knows nothing of what is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class GroupCommit(Generic[T, R]):
    """Calls `write` with several of the things that were added, one call at a time, in their order.

    `write` returns a result for each, or raises, and then each of them is raised that.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._write = write
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, each: T) -> R:
        """Have it written, and wait for that; being cancelled takes effect after it."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((each, done))
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())
        cancelled = False
        while not done.done():
            try:
                await asyncio.wait([done])
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            # Looked at, so that nobody calls it forgotten.
            done.exception()
            raise asyncio.CancelledError
        return done.result()

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                try:
                    results = await self._write([each for each, _ in group])
                except Exception as problem:
                    for _, done in group:
                        done.set_exception(problem)
                except BaseException:
                    for _, done in group:
                        done.cancel()
                    raise
                else:
                    for (_, done), result in zip(group, results, strict=True):
                        done.set_result(result)
        finally:
            self._writing = None
            # Given up together with the loop: nobody is left waiting.
            for _, done in self._waiting:
                done.cancel()
