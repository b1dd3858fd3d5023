"""The screen as an SVG that is the same on every machine: no fonts from elsewhere, no numbers made from hashes.

Several of them make a film: an SVG that shows one after the other, with styles alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.app import App


def draw(app: App[None]) -> str:
    """Draw what stands on the screen."""
    picture = app.export_screenshot(title="tuilio")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r"terminal-\d+", "terminal", picture)
    # Blanks that every viewer keeps.
    picture = picture.replace("<text ", '<text xml:space="preserve" lengthAdjust="spacingAndGlyphs" ')
    return "\n".join(line.rstrip() for line in picture.splitlines()).strip() + "\n"


def film(frames: Sequence[tuple[str, float]]) -> str:
    """Pictures of one size, each shown for its seconds, over and over; without animation the first is shown."""
    whole = sum(seconds for _, seconds in frames)
    found = re.search(r'viewBox="([^"]+)"', frames[0][0])
    assert found is not None
    styles, parts, at = ["g.frame { visibility: hidden; }", "g#frame0 { visibility: visible; }"], [], 0.0
    for number, (picture, seconds) in enumerate(frames):
        begin, at = at, at + seconds
        styles += [
            f"@keyframes show{number} {{ 0% {{ visibility: {'hidden' if begin else 'visible'}; }}"
            f" {100 * begin / whole:.2f}% {{ visibility: visible; }}"
            + (f" {100 * at / whole:.2f}% {{ visibility: hidden; }}" if at < whole else "")
            + " }",
            f"g#frame{number} {{ animation: show{number} {whole:g}s step-end infinite; }}",
        ]
        # Each picture brings styles and clips of its own by the same names.
        own = re.sub(
            r"(?s:<style>.*?</style>)|<[^>]*>", lambda tag, n=number: tag[0].replace("terminal", f"f{n}"), picture
        )
        parts.append(f'<g class="frame" id="frame{number}">\n{own}</g>')
    style = "<style>\n" + "\n".join(styles) + "\n</style>"
    return "\n".join([f'<svg viewBox="{found[1]}" xmlns="http://www.w3.org/2000/svg">', style, *parts, "</svg>"]) + "\n"
