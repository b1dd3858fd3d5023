"""What a campaign begins with, from wherever somebody asks for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.screens.base import CampaignRows, OpenCampaign
from tui.screens.sending.draft import DraftFields, typed_of

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class CampaignSeed:
    """What a campaign begins with; whatever is empty leaves the form's own as it stands.

    Attributes:
        rows: its recipients, given.
        lines: its recipients, as they were pasted.
        typed: its text, sender, media and template; `to` is not looked at.
    """

    name: str = ""
    rows: CampaignRows | None = None
    lines: str = ""
    typed: DraftFields = field(default_factory=DraftFields)

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it but a sender."""
        return not self.name and self.rows is None and not self.lines.strip() and self.typed.blank


def seed_of(request: OpenCampaign, now: datetime) -> CampaignSeed:
    """What a screen asked for."""
    seed = request.seed
    typed = DraftFields(
        from_=seed.from_,
        body=seed.body,
        media="\n".join(seed.media),
        **typed_of(seed.options, now),
    )
    return CampaignSeed(request.name, request.rows, typed=typed)
