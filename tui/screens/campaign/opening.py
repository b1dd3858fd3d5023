"""Open the form of a campaign over a screen of Compose. Imports it when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.screens.campaign.seed import CampaignSeed


async def open_campaign(screen: BaseScreen, seed: CampaignSeed) -> None:
    """Show the form over a screen; says why not where that cannot be."""
    if (account := screen.account_in_use()) is not None and screen.is_on_top:
        from tui.screens.campaign.screen import CampaignScreen

        await screen.app.push_screen(CampaignScreen(screen.session, account, seed))
