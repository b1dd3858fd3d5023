"""A screen that was left goes, with all that was on it: what Textual keeps of it is let go of. Seen with Textual 8.2.8.

- What watches an attribute is kept until that changes: `reactive._check_watchers` alone takes out those that have
  closed. Each conversation that was opened and left stayed, half a megabyte, while no job ran.
- Whatever is begun within a worker has that in its context, and with it the screen, the work, and the context that the
  worker was begun in. Even a timeout that was called off keeps that, until its time would have come.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import Any

from textual.dom import DOMNode
from textual.worker import Worker
from textual.worker_manager import WorkerManager


def stop_watching(node: DOMNode, watched: DOMNode) -> None:
    """Let `watched` forget what a node watches of it."""
    watchers: dict[str, list[tuple[Any, Any]]] = getattr(watched, "__watchers", {})
    for of_one in watchers.values():
        of_one[:] = [each for each in of_one if each[0] is not node]


class Workers(WorkerManager):
    """Workers that hold nothing once they have ended."""

    def _remove_worker(self, worker: Worker[Any]) -> None:
        super()._remove_worker(worker)
        worker._node, worker._work, worker._task = self._app, _nothing, None


async def _nothing() -> None:
    pass
