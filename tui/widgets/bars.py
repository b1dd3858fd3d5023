"""The two bars of a screen: places and account above, the keys that work now (active bindings) below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.binding import ActiveBinding
from textual.content import Content
from textual.dom import DOMNode
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tui.actions import EVERYWHERE, PLACES, TABLES, show_key
from tui.safe_text import safe_text
from tui.theme import TONES, Tone
from tui.widgets.row_list import fit

LONGEST_NAME = 24
SANDBOX = " SANDBOX "
LEAST_FOR_JOBS = 50
"""Cells of a top bar from which it has the mark of jobs."""


class TopBar(Widget):
    """Tabs and connection; a click on them goes there."""

    DEFAULT_CSS = """
    TopBar { height: 1; background: $surface; color: $quiet; }
    """

    who: reactive[str] = reactive("")
    tone: reactive[Tone] = reactive[Tone]("plain")
    """Of the connection's name; any but plain fills the cells behind it."""
    sandbox: reactive[bool] = reactive(False)
    news: reactive[str] = reactive("")
    """Counts of unseen webhook events, beside their tab on the other screens."""
    unread: reactive[str] = reactive("")
    """The count of unread messages, beside theirs."""
    jobs: reactive[tuple[str, Tone]] = reactive[tuple[str, Tone]](("", "plain"))
    """How far a job is that runs, or that one waits for a person, before the connection; and its tone."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place
        self._places = [(n, key, title) for n, (key, title) in enumerate(PLACES, 1)]

    def render(self) -> Content:
        """Tabs on the left, the connection on the right: whose account it is goes last where there is little room."""
        left = Content.assemble(*(tab for _, tab in self._tabs()))
        room = max(0, self.size.width - left.cell_length)
        jobs = self._mark()
        right = Content.assemble(jobs, self._who(room - jobs.cell_length))
        return Content.assemble(left, " " * max(0, room - right.cell_length), right)

    def _mark(self) -> Content:
        """The mark of the jobs; nothing where the tabs need the room."""
        words, tone = self.jobs
        return Content.styled(f"{words}  " if words and self.size.width >= LEAST_FOR_JOBS else "", TONES[tone])

    def _who(self, room: int) -> Content:
        """The connection's name and the sandbox label, in so many cells; the label is never cut."""
        label = SANDBOX if self.sandbox else ""
        filled = self.tone != "plain"
        name = safe_text(self.who, limit=LONGEST_NAME)
        room -= cell_len(label) + 1 + filled
        if cell_len(name) > room:
            name = fit(name, room) if room > 1 else ""
        if filled:
            who = (f" {name} " if name else "", f"bold {TONES[self.tone]} reverse")
        else:
            who = (f"{name} " if name else "", "bold $foreground")
        return Content.assemble(who, (label, "bold $warning reverse") if label else "")

    def _tabs(self) -> list[tuple[str, Content]]:
        """The tabs in the fullest form that has room: blanks go first, then titles, then tabs, from the right."""
        room = self.size.width - self._who(self.size.width).cell_length - bool(self.who) - self._mark().cell_length
        here = next((n for n, (_, key, _) in enumerate(self._places) if key == self._place), 0)
        for titles in range(len(self._places), -1, -1):
            if titles == len(self._places) - 1 and self._mark().cell_length:
                # A bare number is not to look like the mark's.
                room -= 2
            for blank in (" ", ""):
                tabs = [
                    self._tab(number, key, title if n < titles or n == here else "", blank=blank if n else " ")
                    for n, (number, key, title) in enumerate(self._places)
                ]
                if sum(tab.cell_length for _, tab in tabs) <= room:
                    return tabs
        number, key, title = self._places[here]
        forms = [self._tab(number, key, title), self._tab(number, key, ""), self._tab(number, key, "", told=False)]
        return [next((form for form in forms if form[1].cell_length <= room), forms[-1])]

    def _tab(self, number: int, key: str, title: str, *, told: bool = True, blank: str = " ") -> tuple[str, Content]:
        here = key == self._place
        words = (f"{title} ", "bold $foreground on $panel" if here else "$quiet") if title else ""
        count = self.unread if key == "messages" else self.news if key == "webhooks" and not here else ""
        news = (f"{count} ", "bold $text-accent") if count and told else ""
        style = "bold $text-primary on $panel" if here else "$quiet"
        return key, Content.assemble((f"{blank}{number} ", style), words, news)

    async def on_click(self, event: events.Click) -> None:
        x = 0
        for key, tab in self._tabs():
            x += tab.cell_length
            if event.x < x:
                await self.app.run_action(f"app.go('{key}')")
                return
        if x < self.size.width - self._who(self.size.width - x).cell_length and self._mark().cell_length:
            await self.app.run_action("app.jobs")
            return
        await self.app.run_action("app.switch_connection")


LEAST = ("app.help", "app.command_palette")
"""Actions that are never left out, since they lead to all others; below `NARROW` only the last of them."""

NARROW = 40
"""Cells."""

_EVERYWHERE = {action.name for action in EVERYWHERE} | {"leave"}
_ORDER = {action.id: number for table in TABLES.values() for number, action in enumerate(table)}


class KeyBar(Widget):
    """One line of keys, which can be clicked."""

    DEFAULT_CSS = """
    KeyBar { height: 1; dock: bottom; background: $surface; color: $quiet; }
    """

    leading: reactive[frozenset[str]] = reactive[frozenset[str]](frozenset())
    """Actions that come before those of what has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.suggested: frozenset[str] = frozenset()
        """Actions that are offered as well: those the row under the cursor calls for."""
        self.said: Mapping[str, str] = {}
        """Action → what it is called now, in place of its words."""
        self._offers: list[tuple[int, DOMNode, str]] = []
        self._shown: Content | None = None
        """What was drawn; None until it was for the first time, before which it is asked for nothing."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self.watch(self.screen, "stack_updates", self._bindings_changed, init=False)

    def _bindings_changed(self, _: object) -> None:
        # Of a screen that nobody sees it is asked when it is seen again.
        if self._shown is not None and self._is_seen and self._line() != self._shown:
            self.refresh()

    @property
    def _is_seen(self) -> bool:
        """Whether nothing but questions stands over its screen."""
        stack = self.app.screen_stack
        return self.screen in stack and all(above.is_modal for above in stack[stack.index(self.screen) + 1 :])

    def render(self) -> RenderResult:
        self._shown = line = self._line()
        return line

    def _line(self) -> Content:
        offered: dict[str, ActiveBinding] = {}
        for active in self.screen.active_bindings.values():
            if active.enabled and (active.binding.show or active.binding.action in self.suggested):
                offered.setdefault(active.binding.action, active)
        order = sorted(offered, key=lambda action: (action not in self.leading, *_rank(offered[action])))
        # The blank after the last one may be cut off.
        kept = {*LEAST} if self.size.width >= NARROW else {LEAST[-1]}
        room = self.size.width + 1
        room -= sum(self._piece(offered[action]).cell_length for action in kept if action in offered)
        pieces: list[Content] = []
        self._offers = []
        full = False
        for action in order:
            piece = self._piece(offered[action])
            if action not in kept:
                full = full or piece.cell_length > room
                if full:
                    continue
                room -= piece.cell_length
            pieces.append(piece)
            self._offers.append((sum(each.cell_length for each in pieces), offered[action].node, action))
        return Content.assemble(*pieces)

    def _piece(self, active: ActiveBinding) -> Content:
        binding = active.binding
        key = binding.key_display or show_key(binding.key)
        words = self.said.get(binding.action, binding.description)
        return Content.assemble((f" {key} ", "bold $text-primary"), (f"{words} ", "$quiet"))

    async def on_click(self, event: events.Click) -> None:
        found = next(((node, action) for end, node, action in self._offers if event.x < end), None)
        if found is not None:
            node, action = found
            await self.app.run_action(action, node)


def _rank(active: ActiveBinding) -> tuple[bool, bool, int, int]:
    """Sort by how near to the focus, then by the order in the table; what works everywhere comes last.

    Textual's own order changes with the focus where a key has another meaning in a field.
    """
    binding, node = active.binding, active.node
    everywhere = binding.action in _EVERYWHERE
    return binding.action in LEAST, everywhere, -len(node.ancestors), _ORDER.get(binding.id or "", -1)


_MARK: Final = "press"


def clickable(words: Content, key: str) -> Content:
    """The words, which press a key (as Textual names it) when they are clicked."""
    return words.stylize(Style.from_meta({_MARK: key}))


def key_under(event: events.MouseEvent) -> str:
    """The key that the words under the pointer press; empty where they press none."""
    return str(event.style.meta.get(_MARK, ""))
