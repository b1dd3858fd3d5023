"""The field for the text of a message."""

from __future__ import annotations

from tui.textual_fixes.text_field import TextField
from tui.twilio.segments import find_culprits
from tui.widgets.meter import name_all, plain_text


class MessageText(TextField):
    """Several lines of text; tab moves on, nothing blinks."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False, placeholder=placeholder)

    def make_plain(self) -> tuple[bool, str]:
        """Replace what forces UCS-2 by plain equivalents; whether anything was replaced, and what was done in words."""
        culprits = find_culprits(self.text)
        replaced = [culprit.character for culprit in culprits if culprit.replacement is not None]
        if not replaced:
            none = "None of them has a plain equivalent." if culprits else "Nothing to replace: it is plain already."
            return False, none
        self.replace_all(plain_text(self.text))
        return True, f"Replaced {name_all(replaced)}; ctrl+z takes that back."
