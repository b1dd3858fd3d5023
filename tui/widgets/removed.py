"""What Textual keeps of widgets that are gone, let go of.

`StylesCache.get_inner_outer` remembers its answers by the widget's own cache (8.2.8), so that the last thousand
widgets keep every line they drew: some 20 MB after an hour of dialogs. What it answers is worked out in microseconds.
"""

from __future__ import annotations

from textual._styles_cache import StylesCache  # pyright: ignore[reportPrivateUsage]  # the one place it is kept


def let_go_of_removed() -> None:
    """Forget what removed widgets have drawn."""
    StylesCache.get_inner_outer.cache_clear()
