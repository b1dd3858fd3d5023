"""The screen as an SVG that is the same on every machine: no fonts from elsewhere, no numbers made from hashes."""

from __future__ import annotations

import re

from textual.app import App


def draw(app: App[None]) -> str:
    """Draw what stands on the screen."""
    picture = app.export_screenshot(title="tuilio")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r"terminal-\d+", "terminal", picture)
    # Blanks that every viewer keeps.
    picture = picture.replace("<text ", '<text xml:space="preserve" lengthAdjust="spacingAndGlyphs" ')
    return "\n".join(line.rstrip() for line in picture.splitlines()).strip() + "\n"
