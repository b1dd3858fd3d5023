"""Errors of workers, passed up to the app.

Textual: tells the widget that runs a worker that it failed, and with `exit_on_error=False` nobody else.
Needed: the person hears of it, whichever widget it belongs to, and the app goes on.
When it changes: gone once the app itself is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.worker import Worker, WorkerState

if TYPE_CHECKING:
    from textual.message_pump import MessagePump as _Pump
else:
    # Another base in front of the widget's own would hide that one's styles.
    _Pump = object


class WorkerFailed(Message):
    """A worker raised an error that nobody handled."""

    def __init__(self, problem: BaseException) -> None:
        super().__init__()
        self.problem = problem


class ReportsWorkerErrors(_Pump):
    """A mixin for widgets that run workers."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            self.post_message(WorkerFailed(error))
