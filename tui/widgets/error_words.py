"""An error code of Twilio's in words, the same wherever one is shown: for a row, in a sentence, and whole.

The words are `tui.twilio.error_catalogue`'s; of a code that is not in it Twilio's own stand there, with the address of
its page. All of them are safe to show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.safe_text import glimpse, safe_text
from tui.theme import TONES
from tui.twilio.error_catalogue import LONGEST_BRIEF, explain, say_unknown

_LONGEST_SAID: Final = 300
"""Characters of what Twilio says itself of a code that is not known here."""


def in_few_words(code: int, said: str = "") -> str:
    """What a code means in `LONGEST_BRIEF` cells: `carrier filtered`; `said` is Twilio's own, remote text."""
    if known := explain(code):
        return known.brief
    words = glimpse(said, 4 * LONGEST_BRIEF) or "not known here"
    return words if cell_len(words) <= LONGEST_BRIEF else f"{set_cell_size(words, LONGEST_BRIEF - 1).rstrip()}…"


def short_error(code: int, said: str = "") -> str:
    """A code as a row says it: `30007 carrier filtered`."""
    return f"{code} {in_few_words(code, said)}"


def meaning_of(code: int, said: str = "") -> str:
    """What a code means, in a sentence."""
    if known := explain(code):
        return known.meaning
    return glimpse(said, _LONGEST_SAID) or "Twilio sent no words with it."


def what_to_do(code: int) -> str:
    """What to do about a code; or where Twilio explains it."""
    return known.remedy if (known := explain(code)) else say_unknown(code)


def advice(code: int) -> str:
    """What to do about a code, and whether the same may be tried again."""
    known = explain(code)
    return f"{what_to_do(code)} {known.again}" if known else what_to_do(code)


def whole_error(code: int, said: str = "", *, why: str = "") -> Iterator[Content]:
    """All that is known of a code, for a detail view, a paragraph a line; `why` is the key that asks Twilio why."""
    ask = [(f"   {why}", "bold $text-primary"), (" why", "$quiet")] if why else []
    known = explain(code)
    yield Content.assemble((f"Error {code}", f"bold {TONES['bad']}"), "  ", meaning_of(code, said))
    if known is None:
        yield Content.assemble((advice(code), "$quiet"), *ask)
        return
    yield Content.assemble(("What to do: ", "bold"), known.remedy)
    yield Content.assemble((known.again, TONES["warn"] if known.retry == "no" else "$quiet"), *ask)
    if said and glimpse(said, _LONGEST_SAID).rstrip(".") not in known.meaning:
        yield Content.assemble(("Twilio says: ", "$quiet"), safe_text(said, limit=_LONGEST_SAID))
