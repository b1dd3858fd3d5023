"""The screen over a place that says why a message did not arrive: the verdict first, then the checks as they come.

Shows what an `Inquiry` finds, and hands its requests to the console. Knows neither what is asked nor where the person
came from.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Static

from tui.actions import WHY, bindings
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, OpenConsole
from tui.screens.why.check_list import CheckList
from tui.screens.why.why_text import check_lines, subject_lines, ticket, verdict_lines
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.services.why.checks import CheckState, Subject
from tui.services.why.inquiry import Inquiry
from tui.twilio.errors import RequestFailed
from tui.widgets.address_names import name_and_number
from tui.widgets.copying import offer_copies
from tui.widgets.dialogs import Confirm
from tui.widgets.row_list import RowList
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from tui.services.why.checks import Check

_ASK: Final = "why"
"""The group of what is asked: closing stops it."""


class CheckPane(TextPane):
    """The check under the cursor in full."""

    READ_ON = "tab"


class WhyScreen(BaseScreen):
    """The checks of one subject, asked when it is opened.

    Args:
        account: that is asked, and that the subject is of.
        place: where the person came from.
    """

    CSS_PATH = "why.tcss"
    TITLE = "Why"
    GIVES_WAY = True
    HELP_TEXT = (
        "Why a message did not arrive, or has not yet. The first lines are the verdict, with what to do. “Probably” is "
        "what the facts point at; unknown means that no check found a cause.\n\n"
        "Below it stands what was looked at, each at once, with what was found: ✓ nothing is wrong, ✗ something is, "
        "? not known, such as what an API key may not read, … being asked. The check under the cursor is told in full, "
        "with the request behind it; {why.open_request} puts that into the console, to be sent from there.\n\n"
        "All of that is free. What kind of line the number has costs money at Twilio: {why.look_up} names the price "
        "and asks first. {why.copy} copies verdict and checks for a ticket, without the text of the message."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-usual"), (30, "-tall")]
    AUTO_FOCUS = "CheckList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(tuple(each for each in WHY if each.name != "open_request"))]

    def __init__(self, session: Session, account: Account, subject: Subject, *, place: str) -> None:
        super().__init__(session)
        self._asked_account, self._subject, self._place = account, subject, place
        self.only_of = account
        self.inquiry = self._new_inquiry()
        self._asked_at = session.clock()

    def _new_inquiry(self) -> Inquiry:
        return Inquiry(self._asked_account, self._subject, self._changed, clock=self.session.clock)

    @property
    def place(self) -> str:
        return self._place

    def content(self) -> ComposeResult:
        yield Static("", id="subject", markup=False)
        yield Static("", id="verdict", markup=False)
        with Container(id="why"):
            yield CheckList()
            yield CheckPane(id="check")

    def on_mount(self) -> None:
        self._changed()
        self.work(self.inquiry.run, group=_ASK, exclusive=True)

    # -- what the session tells ----------------------------------------------------------------------

    def on_resize(self) -> None:
        self.call_after_refresh(self._changed)

    def session_changed(self, event: SessionEvent) -> None:
        if event.what is EventType.NAMES:
            self._changed()

    # -- what is shown -------------------------------------------------------------------------------

    @property
    def _rows(self) -> CheckList:
        return self.query_one(CheckList)

    def _changed(self) -> None:
        """Show what is known by now."""
        if not self.is_mounted:
            return
        checks, verdict = self.inquiry.checks, self.inquiry.verdict
        name = partial(name_and_number, self.session)
        self.put("#subject", subject_lines(self._subject, checks, self.session.clock(), name, self.size.width - 2))
        self.put("#verdict", verdict_lines(verdict, checks))
        self._rows.show(checks)
        self._show_check()

    @on(RowList.Moved)
    def _moved(self) -> None:
        self.query_one(CheckPane).action_first()
        self._show_check()

    def _show_check(self) -> None:
        check = self._rows.current
        if check is not None:
            self.query_one(CheckPane).show(check_lines(check, self._price, spaced=self.has_class("-wide")))
        self.refresh_bindings()

    @property
    def _price(self) -> str:
        return str(self.inquiry.look_up_price)

    @property
    def _unpaid(self) -> Check | None:
        """What is not asked before somebody pays for it."""
        return next((check for check in self.inquiry.checks if check.state is CheckState.NOT_ASKED), None)

    # -- what can be done ----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "look_up":
            return self._unpaid is not None and bool(self._price)
        return super().check_action(action, parameters)

    @on(RowList.Opened)
    def _open_request(self) -> None:
        check = self._rows.current
        if check is None:
            return
        if check.asked is not None:
            method, url = check.asked
            self.post_message(OpenConsole(url, method=method, send=False))
        elif check.state is CheckState.NOT_ASKED and self._price:
            self.action_look_up()
        else:
            there = "It is being asked." if check.state is CheckState.WAITING else "It is told by what is known here."
            self.notify(f"There is no request behind this. {there}", markup=False)

    def action_look_up(self) -> None:
        """Ask what kind of line the number is, once the price was agreed to."""
        other = safe_text(self.inquiry.look_up_number, limit=40)
        charges = "The sandbox charges nothing; Twilio asks" if self._asked_account.sandbox else "It costs this account"
        words = (
            f"Twilio says whether {other} is a mobile, a landline or an internet line, and of which carrier.\n"
            f"{charges} {self._price}, whatever the answer is."
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(self.inquiry.look_up, group=_ASK)

        self.app.push_screen(Confirm("Look the number up?", words, yes="Look up and pay"), answered)

    def action_copy(self) -> None:
        account, check = self._asked_account, self._rows.current
        hide = account.client.hide
        text = hide(
            ticket(self._subject, self.inquiry.verdict, self.inquiry.checks, self._asked_at, account.client.account_sid)
        )
        asked = check.asked if check is not None else None
        message = self._subject.message
        parts = {
            "ticket": ("the verdict and checks", text),
            "request": ("the request's URL", hide(asked[1]) if asked is not None else ""),
            "SID": ("the SID", message.sid if message is not None else ""),
        }
        offer_copies(self, parts, plainly="show plainly, to select it by hand", plain=text, again="why.copy")

    def action_ask_again(self) -> None:
        self.work(self._ask_again, group=_ASK, exclusive=True)

    async def _ask_again(self) -> None:
        """Ask everything anew, about the message as Twilio has it by now."""
        self.inquiry, self._asked_at = self._new_inquiry(), self.session.clock()
        self._changed()
        account, message = self._asked_account, self._subject.message
        if message is not None:
            from tui.twilio.messages import fetch

            # Where it cannot be read the checks say why.
            with suppress(RequestFailed):
                newest = await fetch(account.client, message.sid)
                self.session.changes.known(account, newest)
                self._subject = Subject.of_message(newest)
                self.inquiry = self._new_inquiry()
        await self.inquiry.run()

    def action_back(self) -> None:
        self.dismiss()
