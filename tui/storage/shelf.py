"""Where the console keeps its requests: those that were made, and those that were given names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.storage.request_history import History
from tui.storage.requests import SavedRequests

if TYPE_CHECKING:
    from tui.storage.paths import Paths


@dataclass(frozen=True, slots=True)
class Shelf:
    """The requests of one set-up.

    Attributes:
        on_disk: whether they outlive the program.
    """

    history: History
    saved: SavedRequests
    on_disk: bool


def open_shelf(paths: Paths | None) -> Shelf:
    """The shelf in these folders, or in memory with none; reads and writes nothing yet."""
    if paths is None:
        return Shelf(History(None), SavedRequests(None), on_disk=False)
    return Shelf(History(paths.request_history), SavedRequests(paths.requests), on_disk=True)
