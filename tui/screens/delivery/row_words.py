"""One row in full, for the lines below the list: what a code means and what to do about it, else all the figures."""

from __future__ import annotations

from textual.content import Content

from tui.safe_text import safe_text
from tui.screens.delivery.figure_lines import CAUSES, CODES, FigureLine, is_code, say_beside
from tui.screens.delivery.figure_words import total_groups
from tui.theme import TONES


def describe_row(line: FigureLine, *, compared: bool) -> Content:
    """A row in a few sentences; `compared` says whether all of the period before is known."""
    row = line.row
    if row is None:
        return Content("")
    before = f" · {row.before.count:,} in the period before" if compared else ""
    count = f"{row.figures.count:,} message{'' if row.figures.count == 1 else 's'}{before}"
    if line.section == CODES:
        return _describe_code(row.value, f"{count}{f' · {say_beside(row)}' if row.beside else ''}")
    title = Content.styled(line.words, "bold")
    if line.section in CAUSES:
        return Content.assemble(title, f": {count}")
    groups = total_groups(row.figures, row.before if compared else None)
    words = Content(" · ").join([Content.styled(text, TONES[tone]) for text, tone in groups])
    return Content.assemble(title, ": ", words)


def _describe_code(code: str, counts: str) -> Content:
    from tui.widgets.error_words import advice, meaning_of

    number = int(code) if is_code(code) else 0
    return Content.assemble(
        (f"{safe_text(code, limit=20)} ", "bold"),
        f"{meaning_of(number)}\n",
        (f"→ {advice(number)}", TONES["accent"]),
        (f"  {counts}", TONES["muted"]),
    )
