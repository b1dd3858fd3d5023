"""The view of balance and usage: what is left, what Twilio itself counts, and what the messages here add up to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.screens.base import BaseScreen, OpenConsole
from tui.screens.delivery.account_dialog import AccountDialog
from tui.screens.delivery.money_lines import (
    PERIODS,
    MoneyKnown,
    MoneyLine,
    list_lines,
    other_categories,
    say_difference,
    say_title,
)
from tui.services.money import sum_kept
from tui.storage.connection import API_KEY
from tui.theme import TONES
from tui.twilio.bounded_list import BoundedList
from tui.twilio.errors import RequestFailed
from tui.twilio.usage import UsagePeriod
from tui.widgets.copying import copy_text
from tui.widgets.dialogs import TALLEST, key_line
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.services.session import Account

FRAME_LINES: Final = 10
"""Of the dialog, besides the rows: the frame, what is said of a row, why two sums differ."""

DETAIL_LINES: Final = 4

_Answer = TypeVar("_Answer")


def open_money(screen: BaseScreen) -> None:
    """Show balance and usage over a screen. What is chosen there is asked in the console."""
    if (account := screen.account_in_use()) is None:
        return

    def chosen(path: str | None) -> None:
        if path and account is screen.session.account:
            screen.post_message(OpenConsole(path))

    screen.app.push_screen(MoneyDialog(screen, account), chosen)


class MoneyList(RowList):
    """The lines, with a column for each period."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[MoneyLine] = []
        self._column = 0

    def is_stop(self, index: int) -> bool:
        return not self.lines[index].heading

    def show(self, lines: list[MoneyLine]) -> None:
        """Show these lines; the cursor stays on the line with the same label."""
        at = self.lines[self.cursor].label if self.cursor < len(self.lines) else ""
        self.lines = lines
        self._column = max((cell_len(cell) for line in lines for cell in line.cells), default=0) + 2
        self.set_row_count(len(lines), cursor=next((n for n, line in enumerate(lines) if line.label == at), 0))
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        line = self.lines[index]
        # A blank before the mark.
        width -= 1
        label = f"{'' if line.heading else ' '}{line.label}"
        if not line.cells:
            return [
                (f"{label:<14}  " if line.words else label, "plain" if line.words else line.tone),
                (line.words, line.tone),
            ]
        column = min(self._column, max(8, (width - 16) // len(PERIODS)))
        room = max(8, width - column * len(PERIODS))
        words = fit(label, room)
        shown = [cell if cell_len(cell) < column else fit(cell, column - 1) for cell in line.cells]
        cells = "".join(" " * (column - cell_len(cell)) + cell for cell in shown)
        return [(words + " " * (room - cell_len(words)), line.tone), (cells, "muted" if line.heading else line.tone)]


class MoneyDialog(AccountDialog):
    """Balance, state, usage and sub-accounts of an account. Answers with the path of a request, or None.

    Args:
        below: the screen that it stands over.
        account: whose money it is.
    """

    DEFAULT_CSS = """
    MoneyDialog {
        & > Vertical { width: 94; }
        & MoneyList { max-height: 100; }
        & .detail { height: auto; margin: 1 0 0 0; color: $foreground; }
        & .difference { height: auto; margin: 1 0 0 0; color: $quiet; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b,q", "refuse", "Back", show=False),
        Binding("o", "unfold", "Others", show=False),
        Binding("c", "copy", "Copy", show=False),
        Binding("e", "export", "Export", show=False),
        Binding("r", "ask_again", "Ask again", show=False),
    ]

    def __init__(self, below: BaseScreen, account: Account) -> None:
        super().__init__("Balance and usage", below, account)
        self._unfolded = False
        self.known = self._nothing_known()

    def _nothing_known(self) -> MoneyKnown:
        connection = self._account.connection
        today = self._session.clock().astimezone(UTC).date()
        return MoneyKnown(
            by_key=connection.kind == API_KEY,
            least=connection.least_balance,
            days={period: period.days(today) for period in PERIODS},
        )

    def parts(self) -> ComposeResult:
        yield MoneyList()
        yield Static("", classes="detail", markup=False)
        yield Static("", classes="difference", markup=False)

    def keys(self) -> Content:
        return key_line(
            ("⏎", "Request"), ("o", "Others"), ("c", "Copy"), ("e", "Export"), ("r", "Ask again"), ("esc", "Back")
        )

    def on_mount(self) -> None:
        self._ask(again=False)
        self.query_one(MoneyList).focus()

    def on_resize(self) -> None:
        self.query_one(MoneyList).styles.max_height = max(4, int(self.size.height * TALLEST) - FRAME_LINES)

    # -- asking --------------------------------------------------------------------------------------

    def action_ask_again(self) -> None:
        """Ask Twilio for all of it again; what is known stays until then."""
        self.workers.cancel_node(self)
        self._ask(again=True)

    def _ask(self, *, again: bool) -> None:
        """Ask for everything at once; each answer is shown when it comes."""
        money = self._session.money(self._account)
        if not again:
            self.known = self._nothing_known()
        self._show()
        tasks = [
            partial(self._learn_accounts, again=again),
            partial(self._learn, "balance", partial(money.balance, again=again)),
            *(partial(self._learn_period, period, again=again) for period in PERIODS),
        ]
        for task in tasks:
            self.run_worker(task, group="money", exit_on_error=False)

    async def _learn(self, name: str, ask: Callable[[], Awaitable[object]]) -> object:
        """Note an answer, or why there is none; returns it."""
        found = await _outcome(ask)
        setattr(self.known, name, found)
        self._show()
        return found

    async def _learn_accounts(self, *, again: bool) -> None:
        money = self._session.money(self._account)
        if isinstance(await self._learn("state", partial(money.state, again=again)), RequestFailed):
            # Whoever may not read the account may not list its sub-accounts either.
            self.known.subaccounts = None
            return
        if self.known.is_subaccount:
            return
        found = await self._learn("subaccounts", partial(money.subaccounts, again=again))
        if isinstance(found, BoundedList) and found.items:
            await self._learn("joint", partial(money.total, UsagePeriod.THIS_MONTH, again=again))

    async def _learn_period(self, period: UsagePeriod, *, again: bool) -> None:
        usage = await _outcome(partial(self._session.money(self._account).usage, period, again=again))
        self.known.usage[period] = usage
        if not isinstance(usage, RequestFailed):
            self.known.days[period] = (usage.first, usage.last)
        self._show()
        kept = await sum_kept(self._account.archive, *self.known.days[period], self._session.clock())
        if kept is not None:
            self.known.kept[period] = kept
            self._show()

    # -- showing -------------------------------------------------------------------------------------

    def _show(self) -> None:
        frame = self.query_one(Vertical)
        frame.border_title = Content.styled(say_title(self.known), TONES["bad"] if self.known.is_stopped else "")
        self.query_one(MoneyList).show(list_lines(self.known, unfolded=self._unfolded))
        self.query_one(".difference", Static).update(Content(say_difference(self.known)))
        self._show_detail()

    @on(RowList.Moved)
    def _show_detail(self) -> None:
        rows = self.query_one(MoneyList)
        detail = rows.lines[rows.cursor].detail if rows.cursor < len(rows.lines) else ()
        # As many lines for each, so that what stands below does not jump.
        lines = [*detail, *[""] * DETAIL_LINES][:DETAIL_LINES]
        self.query_one(".detail", Static).update(Content("\n".join(lines)))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        path = self.query_one(MoneyList).lines[event.index].path
        if path:
            self.dismiss(path)
        else:
            self.notify("No request is behind this: it is added up on this computer.", markup=False)

    def action_unfold(self) -> None:
        """Show or hide the categories that are not about messages."""
        if not other_categories(self.known):
            self.notify("Twilio counted nothing else.", markup=False)
            return
        self._unfolded = not self._unfolded
        self._show()

    def action_copy(self) -> None:
        """Copy the whole view as text."""
        from tui.screens.delivery.money_export import say_all

        copy_text(self, say_all(self.known, self._account.name), "the balance and usage", "export it instead")

    def action_export(self) -> None:
        """Write all that Twilio counted, and what is added up here, to a CSV file."""
        from tui.screens.delivery.money_export import COLUMNS, csv_rows
        from tui.screens.export_dialog import Export, ask_to_export
        from tui.storage.records import write_csv

        # What arrives meanwhile is not in it.
        rows = list(csv_rows(self.known))

        def write(path: Path, replace: bool) -> str:
            count = write_csv(COLUMNS, rows, path, replace=replace)
            return f"{count:,} line{'' if count == 1 else 's'}"

        words = "A line for each category that Twilio counted something of, by period. Days are UTC days."
        ask_to_export(self._below, Export("Export", words, "usage.csv", write, (".csv",)))


async def _outcome(ask: Callable[[], Awaitable[_Answer]]) -> _Answer | RequestFailed:
    try:
        return await ask()
    except RequestFailed as problem:
        return problem
