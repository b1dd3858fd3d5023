"""The text of a draft in the person's own editor."""

from __future__ import annotations

from collections.abc import Mapping

from tui.screens.compose.fields import Text
from tui.screens.compose.form import DraftForm
from tui.widgets.outside import OutsideFailed, edit_outside


async def edit(form: DraftForm, environ: Mapping[str, str]) -> None:
    """Take over what the editor leaves, as one step that undo takes back; else say under the text why not."""
    area = form.query_one("#field-body", Text)
    before = area.text
    try:
        after = await edit_outside(form, before, environ)
    except OutsideFailed as problem:
        form.note("body", str(problem), "warn")
        return
    if after != before:
        area.replace_all(after)
    form.enter("body")
