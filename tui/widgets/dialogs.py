"""Small questions over a screen: confirm, type to confirm, ask for a line, choose one of several.

All of them: escape answers no, nothing is animated, remote text is shown as text. They know nothing of what
they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.actions import key_shown
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.key_queue import IgnoresTypeAhead
from tui.textual_fixes.patched_screen import PatchedScreen
from tui.theme import Tone
from tui.widgets.bars import clickable
from tui.widgets.row_list import Piece, RowList

Answer = TypeVar("Answer")

TALLEST = 0.94
"""Of the screen's height, as in the styles of `Dialog`; for those whose list takes what is left."""


class Dialog(PatchedScreen, ModalScreen[Answer], Generic[Answer]):
    """The frame of a question: a title, words, and a line that names the keys.

    Attributes:
        IS_LONG: whether the parts may need more rows than the terminal has: the keys stand in the border then, and
            stay while the parts scroll.
    """

    IS_LONG: ClassVar[bool] = False

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        /* What is behind is left as it is: dimming it would draw the whole screen twice for each question. */
        background: transparent;
        & > Vertical {
            width: 64; max-width: 96%; height: auto; max-height: 94%;
            border: round $primary; background: $surface; padding: 0 1;
            border-title-color: $text-primary; border-title-style: bold;
        }
        & .words { height: auto; max-height: 16; margin: 0 0 1 0; }
        & .keys { color: $quiet; height: auto; margin: 1 0 0 0; }
        & .wrong { color: $text-error; height: auto; }
        & Input { border: none; height: 1; background: $panel; padding: 0 1; }
        & Input:focus { background: $primary-muted; }
        & RowList { height: auto; max-height: 14; background: $surface; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "refuse", "No", show=False),
        Binding("f1", "app.help", "Help", show=False),
    ]

    def __init__(self, title: str, words: Content | str = "") -> None:
        super().__init__()
        self._title = title
        self._words = words if isinstance(words, Content) else Content(words)

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(self._title)
            if self._words.plain:
                yield Static(self._words, classes="words", markup=False)
            yield from self.parts()
            if self.IS_LONG:
                frame.border_subtitle = self.keys().rstrip()
            else:
                yield Static(self.keys(), classes="keys", markup=False)

    def parts(self) -> ComposeResult:
        """What stands between the words and the keys."""
        yield from ()

    def keys(self) -> Content:
        return key_line(("esc", "Back"))

    def action_refuse(self) -> None:
        self.dismiss(None)


def key_line(*pairs: tuple[str, str]) -> Content:
    """`esc Back   ⏎ Yes`, in the footer's colours; a click on one presses its key."""
    pieces: list[Content] = []
    for shown, words in pairs:
        piece = Content.assemble((shown, "bold $text-primary"), f" {words}")
        key = next((key for word in shown.split() if (key := key_shown(word))), "")
        pieces += [clickable(piece, key) if key else piece, Content("   ")]
    return Content.assemble(*pieces)


class Confirm(IgnoresTypeAhead, Dialog[bool]):
    """A yes or no question. Enter is never yes for what cannot be undone: that takes the named key."""

    def __init__(self, title: str, words: Content | str, *, yes: str, no: str = "Back", key: str = "y") -> None:
        super().__init__(title, words)
        self._yes, self._no, self._key = yes, no, key

    def on_mount(self) -> None:
        self._bindings.bind(self._key, "accept", self._yes, show=False)

    def keys(self) -> Content:
        shown = "⏎" if self._key == "enter" else self._key
        return key_line((shown, self._yes), ("esc", self._no))

    def ask_anew(self, title: str, words: str, *, yes: str, no: str) -> None:
        """Ask in other words: what was asked about has changed meanwhile. The keys stay what they were."""
        self._yes, self._no = yes, no
        self.query_one(Vertical).border_title = Content(title)
        self.query_one(".words", Static).update(Content(words))
        self.query_one(".keys", Static).update(self.keys())
        self.ask_again()

    def action_accept(self) -> None:
        self.dismiss(True)

    def action_refuse(self) -> None:
        self.dismiss(False)


class ConfirmMore(Confirm):
    """A yes or no question with a second yes, `b`, that does more.

    Attributes:
        wants_more: whether that one was given.
    """

    def __init__(self, title: str, words: Content | str, *, yes: str, more: str) -> None:
        super().__init__(title, words, yes=yes)
        self.wants_more = False
        self._more = more

    def on_mount(self) -> None:
        super().on_mount()
        self._bindings.bind("b", "accept_more", self._more, show=False)

    def keys(self) -> Content:
        return key_line(("y", self._yes), ("b", self._more), ("esc", self._no))

    def action_accept_more(self) -> None:
        self.wants_more = True
        self.dismiss(True)


def ask_to_leave() -> Confirm:
    """The question before a form is left in which something was changed."""
    return Confirm("Leave the form?", "What you typed is not saved.", yes="Throw it away", no="Go on typing")


class Ask(Dialog[str]):
    """One line of text. `check` returns what is wrong with it, or nothing."""

    def __init__(
        self,
        title: str,
        words: Content | str = "",
        *,
        value: str = "",
        placeholder: str = "",
        check: Callable[[str], str] = lambda _: "",
        action: str = "OK",
    ) -> None:
        super().__init__(title, words)
        self._value, self._placeholder, self._check, self._action = value, placeholder, check, action

    def parts(self) -> ComposeResult:
        """The line and what is wrong with it."""
        yield LineField(self._value, placeholder=self._placeholder)
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        return key_line(("⏎", self._action), ("esc", "Back"))

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one(".wrong", Static).update("")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        wrong = self._check(event.value.strip())
        if wrong:
            self.query_one(".wrong", Static).update(Content(wrong))
        else:
            self.dismiss(event.value.strip())


class TypeToConfirm(Ask):
    """For what cannot be undone: the person types a word they must look at first."""

    def __init__(self, title: str, words: Content | str, *, word: str, action: str) -> None:
        super().__init__(
            title,
            words,
            placeholder=f"type {word} to go on",
            check=lambda typed: "" if typed == word else f"Type {word}, or press esc to go back.",
            action=action,
        )


class TypeCount(Ask):
    """For what is done many times at once: the person types how many, as it was shown; enter alone does nothing.

    Args:
        count: how many.
        what: is done then, as in `Type 198 to send 198 messages.`
    """

    IS_LONG = True
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-usual")]
    DEFAULT_CSS = """
    TypeCount {
        & .asked { height: auto; }
        /* Where to type is seen at any height. */
        &.-low .words { max-height: 3; margin: 0; }
    }
    """

    def __init__(self, title: str, words: Content | str, *, count: int, what: str, action: str) -> None:
        self._asked = f"Type {count:,} to {what}."

        def check(typed: str) -> str:
            said = "".join(typed.replace(",", " ").split())
            if said == str(count):
                return ""
            return f"Type {count:,}, or press esc to go back." if not said else f"It is {count:,}, not that."

        super().__init__(title, words, placeholder="how many?", check=check, action=action)

    def parts(self) -> ComposeResult:
        """What is to be typed, the line, and what is wrong with it."""
        yield Static(self._asked, classes="asked", markup=False)
        yield from super().parts()


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a choice.

    Attributes:
        key: what the dialog answers.
        words: what it says (already safe to show).
        detail: said beside it, quieter.
    """

    key: str
    words: str
    detail: str = ""
    tone: Tone = "plain"


class ChoiceList(RowList):
    """The lines of a choice; a digit picks one of the first nine, and so does a click."""

    CLICKS_TO_OPEN = 1

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.choices = list(choices)
        self._words_width = max((cell_len(choice.words) for choice in choices if choice.detail), default=0)

    def on_mount(self) -> None:
        self.styles.height = max(1, min(14, len(self.choices)))
        self.set_row_count(len(self.choices))

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """Number, words, detail."""
        choice = self.choices[index]
        number = f" {index + 1} " if index < 9 else "   "
        # In one column, unless there is no room for what is said there.
        column = min(self._words_width, width - len(number) - 2 - cell_len(choice.detail))
        words = choice.words + " " * (column - cell_len(choice.words)) if choice.detail else choice.words
        return [(number, "accent"), (words, choice.tone), (f"  {choice.detail}", "muted")]


class Choose(Dialog[str]):
    """One of several. Answers with the choice's key, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"pick({n - 1})", show=False) for n in range(1, 10)),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], words: Content | str = "", *, at: int = 0) -> None:
        super().__init__(title, words)
        self._choices = choices
        self._at = at

    def parts(self) -> ComposeResult:
        yield ChoiceList(self._choices)

    def on_mount(self) -> None:
        """Stand on the line that was asked for."""
        self.query_one(ChoiceList).cursor = self._at

    def keys(self) -> Content:
        """Enter, digits, escape."""
        return key_line(("⏎", "Choose"), ("1-9", "at once"), ("esc", "Back"))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        self.action_pick(event.index)

    def action_pick(self, index: int) -> None:
        if index < len(self._choices):
            self.dismiss(self._choices[index].key)


class Notice(Dialog[None]):
    """Words in place of a question, until a key that would have answered it is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,y,n,q", "refuse", "Back", show=False)]
