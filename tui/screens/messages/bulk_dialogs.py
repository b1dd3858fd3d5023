"""The page before many messages are changed: how many can be, how many not and why, and the messages behind each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.jobs.changes import SAID
from tui.jobs.model import JobKind
from tui.safe_text import safe_text
from tui.screens.messages.listing import Listing
from tui.screens.messages.table import MessageTable
from tui.services.messages_at_hand import MessagesAtHand
from tui.textual_fixes.key_queue import IgnoresTypeAhead
from tui.theme import Tone
from tui.widgets.address_names import name_in_column
from tui.widgets.dialogs import Dialog, key_line
from tui.widgets.row_list import Piece, RowList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.screens.base import BaseScreen
    from tui.services.bulk_plan import ChangePlan, Group
    from tui.services.message_archive import MessageArchive
    from tui.twilio.messages import Message


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """What is said of one kind of change.

    Attributes:
        title, verb: as a button says it, and within a sentence.
        fits: what those can be that it is done to.
        with_files: what becomes of files; empty where nothing does.
        final: what it does and cannot take back.
    """

    title: str
    verb: str
    fits: str
    with_files: str
    final: str


RECORD: Final = "What was done to which SID is kept as a record, without texts and numbers."
"""What is said where that is so."""

WORDS: Final = {
    JobKind.REDACT: ChangeWords(
        "Redact",
        "redact",
        "can be redacted",
        "of these have files: they are deleted as well",
        "Their texts and files go at Twilio and on this computer, for good. Who received them has them still.",
    ),
    JobKind.DELETE: ChangeWords(
        "Delete",
        "delete",
        "can be deleted",
        "of these have files: they are deleted as well",
        "They go from the account and this computer, for good, and from its lists and figures. What was sent stays "
        "sent.",
    ),
    JobKind.CANCEL: ChangeWords(
        "Cancel",
        "cancel",
        "are scheduled, and can be canceled",
        "",
        "They will not be sent. A canceled message stays canceled: it can only be written anew.",
    ),
    JobKind.CAMPAIGN: ChangeWords(
        "Send again",
        "send again",
        "can be sent again",
        "of these had files: only their texts are sent",
        "Nothing is sent yet: the form comes first, and its page of every row.",
    ),
}


def subject_words(count: int, *, marked: bool = False) -> str:
    """So many messages, in words."""
    return f"{count:,} {'marked ' if marked else ''}message{'' if count == 1 else 's'}"


class GroupLines(RowList):
    """A line for each count; enter shows the messages behind it."""

    CLICKS_TO_OPEN = 1

    def __init__(self, lines: list[tuple[str, Tone, Group, str]]) -> None:
        super().__init__()
        self.lines = lines

    def on_mount(self) -> None:
        self.set_row_count(len(self.lines))

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """Mark, count, words."""
        mark, tone, group, words = self.lines[index]
        return [
            (f" {mark} ", tone),
            (f"{len(group):>7,}", "plain"),
            (f"  {words}", "plain" if mark == "✓" else "muted"),
        ]


def group_lines(plan: ChangePlan) -> list[tuple[str, Tone, Group, str]]:
    """The counts of a plan: mark, its tone, the messages, words. Groups without messages are left out."""
    words = WORDS[plan.kind]
    lines: list[tuple[str, Tone, Group, str]] = [("✓", "good", plan.fit, words.fits)]
    if plan.with_files and words.with_files:
        lines.append((" ", "plain", plan.with_files, words.with_files))
    if plan.arrived and plan.kind is JobKind.CAMPAIGN:
        lines.append(("!", "warn", plan.arrived, "of these arrived: their text comes twice"))
    if plan.repeated and plan.kind is JobKind.CAMPAIGN:
        lines.append(("!", "warn", plan.repeated, "of these go to somebody above: the newest is sent"))
    for why, group in plan.unfit.items():
        lines.append(("–", "muted", group, SAID[why]))
    return lines if plan.fit else [line for line in lines if line[2]]


class ChangeDialog(IgnoresTypeAhead, Dialog[str]):
    """How many can be changed and how many not; answers with "" to go on, or the SID of a message to open.

    Args:
        asker: the screen below, whose workers read.
        archive: where the messages are kept.
        plan: what was counted.
        subject: what it was counted of, in words.
        besides: sentences about what is loaded of it, and what is kept; may be empty.
    """

    DEFAULT_CSS = "ChangeDialog > Vertical { width: 72; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "go_on", "Go on", show=False)]

    def __init__(
        self, asker: BaseScreen, archive: MessageArchive, plan: ChangePlan, subject: str, besides: str
    ) -> None:
        words = WORDS[plan.kind]
        super().__init__(f"{words.title}: {subject}")
        self._asker, self._archive, self._plan, self._besides = asker, archive, plan, besides

    def parts(self) -> ComposeResult:
        """The counts, and what cannot be taken back."""
        yield GroupLines(group_lines(self._plan))
        said = WORDS[self._plan.kind].final if self._plan.fit else "There is nothing to do."
        yield Static(Content(f"\n{said}"), markup=False)
        if self._besides:
            yield Static(Content.styled(safe_text(self._besides), "$quiet"), markup=False)

    def keys(self) -> Content:
        """Those that do something."""
        on = [("y", "Go on")] if self._plan.fit else []
        return key_line(*on, ("⏎", "Show these"), ("esc", "Back"))

    def action_go_on(self) -> None:
        if self._plan.fit:
            self.dismiss("")

    @on(RowList.Opened)
    def _show_group(self, event: RowList.Opened) -> None:
        _, _, group, words = self.query_one(GroupLines).lines[event.index]

        def chosen(sid: str | None) -> None:
            if sid:
                self.dismiss(sid)

        if group:
            self.app.push_screen(GroupDialog(self._asker, self._archive, group, words), chosen)


class GroupDialog(Dialog[str]):
    """The messages behind a count; answers with the SID of one that is to be opened."""

    DEFAULT_CSS = "GroupDialog > Vertical { width: 96%; }"

    def __init__(self, asker: BaseScreen, archive: MessageArchive, group: Group, words: str) -> None:
        super().__init__(safe_text(f"{len(group):,} · {words}", limit=100))
        self._asker, self._archive, self._group = asker, archive, group
        self._sids = dict(zip(group.rows, group.sids, strict=True))

    def parts(self) -> ComposeResult:
        """The list."""
        session = self._asker.session
        yield MessageTable(now=session.clock, screen=self._asker, who=partial(name_in_column, session))

    def on_mount(self) -> None:
        """List them; they are read as they are drawn."""
        self._table.show(Listing(self._group.rows[::-1]), MessagesAtHand(self._read))

    async def _read(self, rows: Sequence[int]) -> list[Message | None]:
        # By their SIDs: another message may stand on a row by now.
        sids = [self._sids[row] for row in rows]
        found = await self._archive.find_all(sids)
        return [found.get(sid) for sid in sids]

    @property
    def _table(self) -> MessageTable:
        return self.query_one(MessageTable)

    def keys(self) -> Content:
        """Enter, escape."""
        return key_line(("⏎", "Open"), ("esc", "Back"))

    @on(RowList.Opened)
    def _open(self) -> None:
        if (message := self._table.current) is not None:
            self.dismiss(message.sid)
