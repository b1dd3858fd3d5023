"""Single steps of a send, which `SendService.send` takes one after the other."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.services.send_state import SendState
from tui.services.sends import SendService, SpendDraft
from tui.storage.journal import JournalEntry
from tui.twilio.drafts import Draft


async def submit(desk: SendService, draft: Draft, spend: SpendDraft | None = None) -> SendState | None:
    """Begin and post, without looking it up or following it; None while another send is under way."""
    begun = await desk.begin(SendState(draft, datetime.now(UTC)))
    return None if begun is None else await desk.post(begun, spend)


async def look_up(desk: SendService, entry: JournalEntry) -> SendState:
    """Look an entry of the journal up; what keeps it from being looked up is raised."""
    looked = await desk.check_again(SendState.of_entry(entry))
    if looked.look_problem is not None:
        raise looked.look_problem
    return looked
