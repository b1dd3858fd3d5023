"""The field for the text of a message."""

from __future__ import annotations

from textual import events

from tui.textual_fixes.text_field import TextField
from tui.twilio.segments import find_culprits
from tui.widgets.meter import name_all, plain_text


class MessageText(TextField):
    """Several lines of text; tab moves on, nothing blinks."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False, placeholder=placeholder)

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        """Letters are the field's also while it is held (`read_only`): typed on, they are no keys of the screen."""
        return super().check_consume_key(key, character) or (character is not None and character.isprintable())

    async def _on_key(self, event: events.Key) -> None:
        if self.read_only and (event.is_printable or event.key == "enter"):
            event.stop()
            event.prevent_default()

    def make_plain(self, *, sms: bool = True) -> tuple[bool, str]:
        """Replace what forces UCS-2 by plain equivalents; whether anything was replaced, and what was done in words."""
        if not sms:
            return False, "Only SMS is billed in segments: no character costs more here."
        culprits = find_culprits(self.text)
        replaced = [culprit.character for culprit in culprits if culprit.replacement is not None]
        if not replaced:
            none = "None of them has a plain equivalent." if culprits else "Nothing to replace: it is plain already."
            return False, none
        self.replace_all(plain_text(self.text))
        return True, f"Replaced {name_all(replaced)}; ctrl+z takes that back."
