"""The rows beside the form of a campaign."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui.screens.campaign.row_source import ReadRows
from tui.screens.campaign.rows_pane import RowsPane
from tui.storage.spreadsheets import Table, TableRow

READ = ReadRows(Table(("phone", "name"), (TableRow(2, ("+14155550123", "Maya Lindqvist")),)))


class Beside(App[None]):
    def compose(self) -> ComposeResult:
        pane = RowsPane()
        # As where the rows are read before the pane has its place.
        pane.show_rows(READ, 0, "", None)
        yield pane


async def test_rows_are_cut_for_the_width_that_there_is_and_not_for_that_there_was():
    app = Beside()
    async with app.run_test(size=(80, 10)) as pilot:
        pane = app.query_one(RowsPane)
        row = lambda: pane.render_line(2).text.rstrip()  # noqa: E731
        assert row().endswith("Maya Lindqvist")
        await pilot.resize_terminal(30, 10)
        assert row().endswith("…")
        await pilot.resize_terminal(80, 10)
        assert row().endswith("Maya Lindqvist")
