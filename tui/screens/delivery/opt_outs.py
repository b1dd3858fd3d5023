"""The list of opt-outs over Delivery: who wants no more messages from which sender, and what was sent to them since."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui.archive.folding import fold
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, OpenConversation
from tui.screens.delivery.account_dialog import AccountDialog
from tui.screens.delivery.opt_out_rows import (
    COLUMNS,
    OptOutNames,
    csv_rows,
    detail_lines,
    opt_out_row,
    sender_words,
    sent_words,
    summary,
    title_line,
)
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES
from tui.widgets.address_names import name_address
from tui.widgets.archive_words import covered_words
from tui.widgets.dialogs import TALLEST, key_line
from tui.widgets.message_words import show_address
from tui.widgets.row_list import Piece, RowList, Titles

if TYPE_CHECKING:
    from tui.archive.opt_outs import OptOut, SentSince
    from tui.services.session import Account

FRAME_LINES: Final = 13
"""Of the dialog, besides the rows: the frame, what is asked for, the summary, the titles, what is said of a row."""

AT_ONCE: Final = 2_000
"""Opt-outs whose messages since are counted at once, in some tens of milliseconds; few accounts have more."""

_LOADS: Final = "delivery.load_history"

NONE: Final = (
    "Nobody opted out, as far as messages are loaded here: no text that is STOP or another of Twilio's words alone, no "
    "message that Twilio refused with 21610, and no webhook that said so. Twilio has no list that could be asked for."
)


def open_opt_outs(screen: BaseScreen) -> None:
    """Show the opt-outs of the account in use over a screen; the conversation with one of them is opened from there."""
    if (account := screen.account_in_use()) is None:
        return

    def chosen(address: str | None) -> None:
        if address and account is screen.session.account:
            screen.post_message(OpenConversation(address))

    screen.app.push_screen(OptOutsDialog(screen, account), chosen)


class OptOutList(RowList):
    """The rows that are asked for.

    Attributes:
        opt_outs: all there are, the newest first.
        sent: what was sent after each of them; None while it is not counted.
        shown: the places in them of those that are shown.
    """

    def __init__(self, names: OptOutNames, below: BaseScreen) -> None:
        super().__init__()
        self._names, self._below = names, below
        self.opt_outs: list[OptOut] = []
        self.sent: list[SentSince | None] = []
        self.shown: list[int] = []

    @property
    def current(self) -> int | None:
        """The place of the one under the cursor."""
        return self.shown[self.cursor] if self.cursor < len(self.shown) else None

    def show(self, shown: list[int]) -> None:
        """Show these; the cursor stays where it was if that is one of them, and goes to the first otherwise."""
        at = self.current
        self.shown = shown
        self.set_row_count(len(shown), cursor=shown.index(at) if at in shown else 0)
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        place = self.shown[index]
        return opt_out_row(self.opt_outs[place], self.sent[place], width, self._below.session.clock(), self._names)


class OptOutsDialog(AccountDialog):
    """Answers with the address of a person whose conversation is wanted, or None.

    Args:
        below: the screen that it stands over.
        account: whose messages they are.
    """

    DEFAULT_CSS = """
    OptOutsDialog {
        & > Vertical { width: 118; }
        & .sums { height: 1; margin: 1 0 0 0; }
        & OptOutList { max-height: 100; }
        & .detail { height: 4; margin: 1 0 0 0; }
        & .covers { height: auto; color: $quiet; }
        &.-none Titles, &.-none .detail, &.-none OptOutList, &.-none Input { display: none; }
        &.-none .sums { height: auto; margin: 0 0 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Find", show=False),
        Binding("e", "export", "Export", show=False),
        Binding("r", "read_again", "Read again", show=False),
        Binding("L", "load_history", "Load history", show=False),
        Binding("o,q", "refuse", "Back", show=False),
    ]

    def __init__(self, below: BaseScreen, account: Account) -> None:
        super().__init__("Opt-outs", below, account)
        name = partial(name_address, below.session)
        self._names = OptOutNames(name, name)
        self._folded: list[str] = []
        self._counted = False

    def parts(self) -> ComposeResult:
        yield LineField(placeholder="/ finds a name, a number, a sender, a word, or: sent since")
        yield Static("Looking for them…", classes="sums", markup=False)
        yield Titles(title_line)
        yield OptOutList(self._names, self._below)
        yield Static("", classes="detail", markup=False)
        yield Static("", classes="covers", markup=False)

    def keys(self) -> Content:
        return key_line(("⏎", "Conversation"), ("/", "Find"), ("e", "Export"), ("r", "Read again"), ("esc", "Back"))

    def on_mount(self) -> None:
        self._rows.focus()
        self.action_read_again()
        if self._account.senders is None:
            self.run_worker(self._learn_names, group="senders", exit_on_error=False)

    async def _learn_names(self) -> None:
        await self._account.load_senders()
        self.action_read_again()

    def on_resize(self) -> None:
        self._rows.styles.max_height = max(3, int(self.size.height * TALLEST) - FRAME_LINES)

    @property
    def _rows(self) -> OptOutList:
        return self.query_one(OptOutList)

    # -- reading -------------------------------------------------------------------------------------

    def action_read_again(self) -> None:
        """Read them anew: messages may have come since."""
        self._counted = False
        self.run_worker(self._read, group="read", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        archive, rows = self._account.archive, self._rows
        found = await archive.opt_outs()
        if found is None:
            self._say_trouble()
            return
        rows.opt_outs, rows.sent, self._folded = found, [None] * len(found), []
        self.set_class(not found, "-none")
        if found and self.focused is None:
            # What was hidden takes no keys.
            self.call_after_refresh(rows.focus)
        self._say_covered()
        self._narrow()
        for begin in range(0, len(found), AT_ONCE):
            sent = await archive.sent_since(found[begin : begin + AT_ONCE])
            if sent is None:
                self._say_trouble()
                return
            rows.sent[begin : begin + AT_ONCE] = sent
            rows.refresh()
        self._counted = True
        self._narrow()

    def _say_trouble(self) -> None:
        words = safe_text(self._account.archive.status.trouble, limit=300)
        self.query_one(".sums", Static).update(Content.styled(words, TONES["warn"]))

    async def _learn_words(self) -> None:
        """Have by what each of them is found; thousands take a while."""
        opt_outs, sent = self._rows.opt_outs, tuple(self._rows.sent)
        folded = await asyncio.to_thread(lambda: list(map(self._fold, opt_outs, sent)))
        if opt_outs is self._rows.opt_outs:
            self._folded = folded
            self._narrow()

    def _fold(self, each: OptOut, sent: SentSince | None) -> str:
        words = (
            *(self._names.person(each.address), show_address(each.address), each.address, each.by),
            *(sender_words(each.sender, self._names), each.sender, sent_words(sent)[0]),
        )
        return fold("\n".join(words))

    # -- showing -------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _narrow(self) -> None:
        """Show those that have what is typed, in their line or in their numbers."""
        rows, typed = self._rows, fold(self.query_one(Input).value).strip()
        digits = "".join(each for each in typed if each.isdecimal())
        number = digits if len(digits) > 2 and not any(each.isalpha() for each in typed) else ""

        places = range(len(rows.opt_outs))
        if typed and not self._folded and self._counted:
            self.run_worker(self._learn_words, group="words", exclusive=True, exit_on_error=False)
        shown = [n for n, words in enumerate(self._folded) if typed in words or (number and number in words)]
        # What is typed before that is known is looked for then.
        rows.show(shown if typed and self._folded else list(places))
        words, tone = summary(len(places), len(rows.shown), [rows.sent[place] for place in rows.shown])
        if not places:
            words, tone = NONE, "plain"
        elif not rows.shown:
            words, tone = f"None of {len(places):,} has that.", "plain"
        self.query_one(".sums", Static).update(Content.styled(words, TONES[tone]))
        self._show_detail()

    @on(RowList.Moved)
    def _show_detail(self) -> None:
        rows, lines = self._rows, list[str]()
        if (place := rows.current) is not None:
            now = self._session.clock()
            lines = detail_lines(rows.opt_outs[place], rows.sent[place], now, self._names)
        self.query_one(".detail", Static).update(Content("\n".join(lines)))

    def _say_covered(self) -> None:
        archive, now = self._account.archive, self._session.clock()
        covered = covered_words(archive.coverage, now, more=archive.more_to_load, key=_LOADS, before_key="esc, then ")
        words = f"From what is loaded: {covered or 'nothing that is complete'}."
        self.query_one(".covers", Static).update(Content(words))

    # -- keys ----------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        self._rows.move_by(event)

    def action_find(self) -> None:
        """Type what they are found by."""
        if self._rows.opt_outs:
            self.query_one(Input).focus()

    def action_refuse(self) -> None:
        """Back; from what is typed to the rows first."""
        field = self.query_one(Input)
        if field.has_focus or field.value:
            field.value = ""
            self._rows.focus()
        else:
            self.dismiss(None)

    @on(Input.Submitted)
    @on(RowList.Opened)
    def _opened(self) -> None:
        if (place := self._rows.current) is not None:
            self.dismiss(self._rows.opt_outs[place].address)

    def action_load_history(self) -> None:
        """Back, and load more there: this list is of what is loaded."""
        self.dismiss(None)
        self._below.call_after_refresh(self._below.run_action, "load_history")

    def action_export(self) -> None:
        """Write those that are shown to a CSV file."""
        if not self._rows.shown:
            self.notify("Nothing is listed, so there is nothing to export.", markup=False)
        elif not self._counted:
            self.notify("What was sent since is still being counted: export in a moment.", markup=False)
        else:
            self._export()

    def _export(self) -> None:
        from tui.screens.export_dialog import Export, ask_to_export
        from tui.storage.records import write_csv

        rows, session = self._rows, self._session
        listed = [(rows.opt_outs[place], sent) for place in rows.shown if (sent := rows.sent[place]) is not None]
        senders = self._account.senders

        def write(path: Path, replace: bool) -> str:
            named = csv_rows(
                listed,
                name_of=session.contacts.name_of,
                sender_name=lambda sender: "" if senders is None else senders.names.get(sender, ""),
            )
            count = write_csv(COLUMNS, named, path, replace=replace)
            return f"{count:,} opt-out{'' if count == 1 else 's'}"

        words = "A line for each person and sender that is listed, with what was sent since. Times are local."
        name = f"opt-outs-{session.clock().astimezone():%Y%m%d-%H%M}.csv"
        ask_to_export(self._below, Export("Export", words, name, write, (".csv",)))
