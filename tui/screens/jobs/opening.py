"""Open a job's screen, or the list of jobs, from anywhere. Knows no screen.

Both stand over Compose, as the outbox does: what is opened from there in Messages is left again without losing them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.base import OpenJob

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.services.account import Account


def open_job(screen: BaseScreen, account: Account, id: int) -> None:
    """Show a job of an account; nothing happens where another account is in use by now."""
    if account is screen.session.account:
        screen.post_message(OpenJob(id))


def open_jobs(screen: BaseScreen) -> None:
    """Show the jobs of the account in use, the newest first; says why not where no connection is open."""
    if screen.account_in_use() is not None:
        screen.post_message(OpenJob(0))


def show_jobs(compose: BaseScreen, request: OpenJob) -> None:
    """Show what was asked for over Compose, which is shown by now."""
    if (account := compose.account_in_use()) is None:
        return
    back_to = request.came_from if request.came_from != compose.place else ""
    if request.job:
        from tui.screens.jobs.screen import JobScreen

        compose.app.push_screen(JobScreen(compose.session, account, request.job, back_to=back_to))
    else:
        from tui.screens.jobs.jobs_screen import JobsScreen

        compose.app.push_screen(JobsScreen(compose.session, account, back_to=back_to))
