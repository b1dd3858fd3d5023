"""A place with a query bar over a list, in the real app, with an archive that answers when it is told to."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot

from tui.archive.completion import Known
from tui.cli import StartOptions
from tui.screens.base import BaseScreen
from tui.screens.queries.query_bar import QueryBar
from tui.services.session import Session
from tui.storage.paths import find_paths
from tui.widgets.completion_list import CompletionList
from tui.widgets.row_list import Piece, RowList


class Rows(RowList):
    """Twenty rows."""

    def draw_row(self, index: int, width: int) -> list[Piece]:
        return [(f"row {index} ".ljust(60, "."), "plain")]

    def on_mount(self) -> None:
        self.set_row_count(20)


class Desk(BaseScreen):
    """The bar over the rows; every letter does something while nobody types."""

    PLACE = "messages"
    AUTO_FOCUS = "Rows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,f", "filter", "Search"),
        *(Binding(letter, f"note('{letter}')", show=False) for letter in "abcdeimprst"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.heard: list[str] = []

    def content(self) -> ComposeResult:
        yield QueryBar(self.session)
        yield Rows()

    async def action_filter(self) -> None:
        await self.query_one(QueryBar).open()

    def show_query(self, text: str) -> None:
        self.heard.append(f"query {text}")

    def action_note(self, letter: str) -> None:
        self.heard.append(f"key {letter}")

    @on(QueryBar.Submitted)
    def _submitted(self, event: QueryBar.Submitted) -> None:
        self.heard.append(f"query {event.text}")
        event.bar.show(event.text)

    @on(QueryBar.OpenAsked)
    def _open(self, event: QueryBar.OpenAsked) -> None:
        self.heard.append(f"open {event.sid}")


class Archive:
    """Counts what it is told to for each query; a query in `slow` is answered when its event is set."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)
        self.slow: dict[str, asyncio.Event] = {}
        self.asked: list[str] = []

    async def find_rows(self, query: Any, *, limit: int | None = None) -> array[int]:
        self.asked.append(query.text)
        if query.text in self.slow:
            await self.slow[query.text].wait()
        return array("q", range(self.counts.get(query.text, 0)))[:limit]

    async def known(self) -> Known:
        return Known(codes=(30007,))


@asynccontextmanager
async def desk(
    folder: Path, counts: Mapping[str, int] | None = None, *, text: str = "", size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[tuple[Pilot[None], Desk]]:
    """The app with a `Desk` in the place of Messages."""
    from tui import app as module

    session = Session(find_paths(folder / "config"), environ={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_class_of", lambda place: Desk)
        patch.setattr(module.TuilioApp, "_begin_with_none", lambda self: None)
        app = module.TuilioApp(session, StartOptions(screen="messages"))
        async with app.run_test(size=size, notifications=True) as pilot:
            screen = app.screen
            assert isinstance(screen, Desk)
            session.archive = Archive(counts or {})  # type: ignore[assignment]
            screen.query_one(QueryBar).show(text)
            await pilot.pause()
            yield pilot, screen


def hints(screen: Desk) -> str:
    """What is said under the input; empty where nothing is."""
    found = screen.query(CompletionList)
    return str(found.first().render()) if found and found.first().has_class("-shown") else ""
