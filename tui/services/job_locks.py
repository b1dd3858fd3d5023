"""Who runs a job: a lock for each, which the system releases when its holder dies. Knows jobs by their numbers only."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tui.services.send_outcome import to_the_end
from tui.storage.errors import JobConflict
from tui.storage.files import lock, make_folder

LOCK_SECONDS: Final = 0.5
"""How long a start waits for a lock: another window may just be looking whether it is held."""

PROBE_SECONDS: Final = 0.1
"""How long a look whether a lock is held waits: another look, in this window or another, holds it as well."""


class JobLocks:
    """The locks of jobs, in a folder; none are needed where no other program can see the jobs."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    async def take(self, id: int, seconds: float = LOCK_SECONDS) -> ExitStack:
        """Become the one who runs a job, until the stack is left.

        Raises:
            JobConflict: another window runs it, or the lock cannot be made.
        """
        held, folder = ExitStack(), self._folder
        if folder is None:
            return held

        def take() -> None:
            make_folder(folder)
            held.enter_context(lock(folder / str(id), seconds=seconds, remove=True))

        why = ""
        try:
            await to_the_end(take)
        except TimeoutError:
            raise JobConflict(
                "Another window or program runs this job.", "Pause it here or there, then go on with it."
            ) from None
        except OSError as problem:
            why = problem.strerror or type(problem).__name__
        if why:
            raise JobConflict(f"The lock of this job cannot be made in {folder}: {why}.", "Check the folder.")
        return held

    async def is_held(self, id: int) -> bool:
        """Whether another window or program runs a job."""
        try:
            held = await self.take(id, seconds=PROBE_SECONDS)
        except JobConflict:
            return True
        await to_the_end(held.close)
        return False
