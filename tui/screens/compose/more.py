"""The line in place of the fields under "more" while they are closed: what there is, or which of them are filled."""

from __future__ import annotations

from textual.content import Content

from tui.keymap import key_of
from tui.screens.compose.draft_fields import DraftFields
from tui.theme import TONES

_NAMES = (
    ("send_at", "schedule"),
    ("callback", "callback"),
    ("validity", "validity"),
    ("content_sid", "content template"),
    ("content_variables", "variables"),
    ("smart_encoded", "smart encoding"),
    ("shorten_urls", "shorten URLs"),
    ("send_as_mms", "send as MMS"),
)


def say_more(typed: DraftFields) -> Content:
    """`ctrl+t  more: schedule, 2 media URLs`: a draft never has a part that nobody sees."""
    media = len(typed.media.split())
    filled = [f"{media} media URL{'' if media == 1 else 's'}"] if media else []
    filled += [words for name, words in _NAMES if getattr(typed, name).strip()]
    key = Content.styled(f"{key_of('compose.more')}  ", "$quiet")
    if not filled:
        return key + Content.styled("more: media, schedule, callback, content template …", "$quiet")
    return key + Content.assemble(("more, filled: ", "$quiet"), (", ".join(filled), TONES["accent"]))
