"""What stands in the fields of a draft, verbatim: nothing read, nothing corrected. Knows no meanings.

This is what is kept when the person leaves, so that they find exactly what they typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class DraftFields:
    """The texts of the form.

    Attributes:
        media: one URL per line.
        send_at: local time, as typed.
        smart_encoded: "true", "false", or "" for the account's own setting; so are the two after it.
    """

    to: str = ""
    from_: str = ""
    body: str = ""
    media: str = ""
    callback: str = ""
    send_at: str = ""
    validity: str = ""
    content_sid: str = ""
    content_variables: str = ""
    smart_encoded: str = ""
    shorten_urls: str = ""
    send_as_mms: str = ""

    @property
    def blank(self) -> bool:
        """Whether nobody would miss it: nothing but a sender stands there."""
        return replace(self, from_="") == DraftFields()

    @property
    def uses_more(self) -> bool:
        """Whether anything stands in the fields under "more"."""
        return replace(self, to="", from_="", body="") != DraftFields()


NAMES = tuple(field.name for field in fields(DraftFields))
"""The fields in the order of the form."""

_ASIDE = "aside."
"""Before the keys of a draft that was put aside for another one."""


@dataclass(frozen=True, slots=True)
class SavedDrafts:
    """All that is kept for one connection: the draft at hand, and one put aside when another was begun."""

    draft: DraftFields = DraftFields()
    aside: DraftFields = DraftFields()

    def without_blanks(self) -> SavedDrafts:
        """The same without drafts that hold nothing but a sender."""
        return SavedDrafts(*(DraftFields() if typed.blank else typed for typed in (self.draft, self.aside)))

    def texts(self) -> dict[str, str]:
        """As the storage keeps it: only what is not empty."""
        return _texts(self.draft, "") | _texts(self.aside, _ASIDE)


def read_saved_drafts(texts: Mapping[str, str]) -> SavedDrafts:
    """What was kept; unknown keys are left out."""
    return SavedDrafts(_typed(texts, ""), _typed(texts, _ASIDE))


def _texts(typed: DraftFields, prefix: str) -> dict[str, str]:
    pairs = ((name, _text(typed, name)) for name in NAMES)
    return {prefix + name.rstrip("_"): text for name, text in pairs if text}


def _typed(texts: Mapping[str, str], prefix: str) -> DraftFields:
    return DraftFields(**{name: texts.get(prefix + name.rstrip("_"), "") for name in NAMES})


def _text(typed: DraftFields, name: str) -> str:
    return str(getattr(typed, name))
