"""Input fields whose keys take effect in the order in which they were pressed.

Textual: a character is taken by the field itself, but backspace, the arrows and enter travel up to the app before their
action runs. Over a slow line keys arrive many at once, and the characters overtake the others: `5`, backspace, `6`
leaves nothing of the 6. In a field for a phone number that is another phone.
Needed: a field takes all of its keys itself, in their order. When it changes: gone with `key_queue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.reactive import reactive
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.widget import Widget as _Widget
else:
    # A widget in front of the other base would hide that one's styles.
    _Widget = object


class InOrder(_Widget):
    """What every field to type in is as well."""

    completes: bool = False
    """Whether tab, pressed now, completes what is typed here: then it is left to the field."""

    async def _on_key(self, event: events.Key) -> None:
        """Run the field's own action for a key before the next key is looked at."""
        if event.key.startswith("alt+"):
            # Textual would type the letter of a chord that most terminals send as escape and the letter.
            event.prevent_default()
            return
        if event.is_printable:
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return


class LineField(InOrder, Input):
    """One line to type in. Its cursor stands still: one that blinks sends bytes for ever."""

    cursor_blink = reactive(False, init=False)

    def _on_paste(self, event: events.Paste) -> None:
        """Take the first line that holds anything, and say so when there are more.

        What is copied often begins with a line end, of which Textual would take the nothing before it.
        """
        event.prevent_default()
        event.stop()
        lines = [line for line in event.text.splitlines() if line.strip()]
        if not lines:
            return
        start, end = sorted(self.selection)
        self.replace(lines[0], start, end)
        if len(lines) > 1:
            words = f"This field holds one line: of the {len(lines)} lines pasted it took the first."
            self.notify(words, severity="warning", markup=False)
