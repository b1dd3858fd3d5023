"""Open the form of a campaign over a screen of Compose, with what was typed there before. Imports it when it is asked.

What is typed there is never replaced without asking.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from tui.safe_text import glimpse, safe_text
from tui.widgets.dialogs import Choice, Choose

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.screens.campaign.fields import CampaignFields
    from tui.screens.campaign.seed import CampaignSeed
    from tui.services.account import Account
    from tui.services.autosave import Autosave
    from tui.storage.errors import DraftsUnsaved


async def open_campaign(screen: BaseScreen, seed: CampaignSeed) -> None:
    """Show the form over a screen; says why not where that cannot be."""
    if (account := screen.account_in_use()) is None:
        return
    from tui.screens.campaign.fields import clashes, read_fields, with_seed
    from tui.services.autosave import Autosave
    from tui.textual_fixes.worker_errors import WorkerFailed

    drafts = screen.session.files.campaign_forms(account)

    def trouble(problem: DraftsUnsaved) -> None:
        # From a thread; posting is safe from there.
        screen.app.post_message(WorkerFailed(problem))

    autosave = await asyncio.to_thread(Autosave, drafts, account.name, trouble)
    if account is not screen.session.account or not screen.is_on_top:
        return
    kept = read_fields(autosave.kept)
    if not clashes(kept, seed):
        _show(screen, account, with_seed(kept, seed), autosave)
        return

    def answered(answer: str | None) -> None:
        if answer is not None and account is screen.session.account:
            _show(screen, account, with_seed(kept, seed) if answer == "take" else kept, autosave)

    screen.app.push_screen(_ask_to_replace(kept, seed), answered)


def _show(screen: BaseScreen, account: Account, typed: CampaignFields, autosave: Autosave) -> None:
    from tui.screens.campaign.screen import CampaignScreen

    work = partial(screen.app.push_screen, CampaignScreen(screen.session, account, typed, autosave))
    screen.call_later(work)


def _ask_to_replace(kept: CampaignFields, seed: CampaignSeed) -> Choose:
    new = "recipients" if seed.rows is not None or seed.lines.strip() else ""
    text = "" if seed.typed.blank else "text"
    what = " and ".join(each for each in (new, text) if each) or "name"
    about = kept.name or kept.path or kept.body or "without a text"
    return Choose(
        "A message to many is being written already",
        [
            Choice(
                "take",
                f"Put in the new {what}",
                f"in place of the {what} that stand{'s' if not new else ''} there",
                "warn",
            ),
            Choice("keep", "Go on with what stands there", "nothing new is put in"),
        ],
        f"“{safe_text(glimpse(about, 60))}”",
    )
