"""What is asked before typed text is given up."""

from __future__ import annotations

from collections.abc import Mapping

from tui.keymap import name_keys
from tui.safe_text import safe_text
from tui.screens.compose.draft_fields import SavedDrafts
from tui.screens.compose.fields import MessageText
from tui.screens.compose.form import DraftForm
from tui.widgets.dialogs import Choice, Choose, Confirm
from tui.widgets.external_programs import OutsideFailed, edit_outside


def ask_to_replace(desk: SavedDrafts) -> Choose:
    """A new draft is wanted where one is already; answers `aside`, `replace` or `stay`."""
    earlier = "" if desk.aside.blank else "the one put aside before is lost"
    beginning = safe_text(desk.draft.body or desk.draft.to or "without a text", limit=60)
    return Choose(
        "There is a draft already",
        [
            Choice("aside", name_keys("Put it aside; {compose.swap} brings it back"), earlier),
            Choice("replace", "Replace it", "what is typed is lost", "warn"),
            Choice("stay", "Keep writing it", "nothing new is begun"),
        ],
        f"“{beginning}”",
    )


def ask_to_clear() -> Confirm:
    """Everything typed would go."""
    return Confirm("Clear the draft?", "Everything typed here is lost.", yes="Clear", no="Keep")


async def edit(form: DraftForm, environ: Mapping[str, str]) -> None:
    """Take over what the editor leaves, as one step that undo takes back; else say under the text why not."""
    area = form.query_one("#field-body", MessageText)
    before = area.text
    try:
        after = await edit_outside(form, before, environ)
    except OutsideFailed as problem:
        form.note("body", str(problem), "warn")
        return
    if after != before:
        area.replace_all(after)
    form.enter("body")
