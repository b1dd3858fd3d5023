"""Jobs over the real sandbox: each item once, paused, stopped, halted, interrupted, seen from another window."""

from __future__ import annotations

from tests.services.jobs.conftest import ended, recipient
from tui.jobs.model import ItemState, JobState


async def test_a_campaign_sends_each_item_once_and_ends(desk, until):
    job = await desk.campaign(40)
    assert desk.got() == []
    await desk.jobs.start(job.id)
    await until(None, lambda: job.id not in desk.session.jobs_running)
    view = await desk.view(job.id)
    assert ended(view)
    assert view.job.counts.states == {ItemState.DONE: 40}
    assert desk.got() == [recipient(each) for each in range(1, 41)]
    assert not desk.failures
    entries = desk.account.outbox.of_job(job.id)
    assert [entry.item for entry in entries] and {entry.state.value for entry in entries} == {"accepted"}
    assert view.job.state is JobState.FINISHED
