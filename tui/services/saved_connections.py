"""The saved connections: read, stored and repaired in connections.toml, and offered for import from other tools.

The connection in use is `tui.services.account.Account`. Modules that read and write files are imported when they are
first needed, so that the first picture does not wait for them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui.storage.collection import Connections
from tui.storage.errors import ConfigUnreadable, EntryChanged, NameTaken
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.storage.checks import Problem
    from tui.storage.connection import Connection
    from tui.storage.connection_import import Profile


class SavedConnections:
    """The connections in a file, as last read; `changed` is called after each reading.

    Attributes:
        file: where connections.toml is.
        connections: what it said when it could last be read.
        trouble: why it cannot be read now; nothing is written over it then.
    """

    def __init__(self, file: Path, environ: Mapping[str, str], changed: Callable[[], None]) -> None:
        self.file = file
        self.connections = Connections()
        self.trouble: ConfigUnreadable | None = None
        self._environ = environ
        self._changed = changed

    def read(self) -> None:
        """Read the file; an error is kept in `trouble`."""
        self._take(self._load())

    async def reread(self) -> None:
        """Read the file in a thread; an error is kept in `trouble`."""
        self._take(await asyncio.to_thread(self._load))

    async def store(self, connections: Connections) -> None:
        """Write the file in a thread, since another instance may hold its lock, and take over what it then says.

        Raises:
            StorageError, OSError: the file stays as it was; where it says something else by now, it was read again.
        """
        from tui.storage.connections import save

        try:
            self._take(await asyncio.to_thread(save, self.file, connections))
        except (EntryChanged, NameTaken):
            await self.reread()
            raise

    async def test(self, connection: Connection) -> None:
        """Ask Twilio one cheap question with a connection, saved or not.

        Lists one message: the account resource itself is closed to Standard API keys.

        Raises:
            RequestFailed: what is wrong, with its remedy.
        """
        from tui.storage.checks import check
        from tui.twilio.client import Client
        from tui.twilio.messages import Filters, page

        for problem in check(connection):
            raise InvalidRequest(problem.field, problem.reason, problem.remedy)
        async with Client(connection, timeout=15.0, environ=self._environ) as client:
            await page(client, Filters(), page_size=1)

    def set_aside(self) -> Path | None:
        """Rename a file that cannot be read; returns its new path, None when it can be read by now.

        Raises:
            OSError: it cannot be renamed.
        """
        from tui.storage.files import set_aside

        self.read()
        if self.trouble is None:
            return None
        place = set_aside(self.file)
        self.read()
        return place

    def permission_problems(self) -> tuple[Problem, ...]:
        """Where other users may open the file, its backup or its folder."""
        from tui.storage.files import file_problems

        return file_problems(self.file)

    def repair_permissions(self) -> None:
        """Close to other users what `permission_problems` reports.

        Raises:
            OSError: the system refuses.
        """
        from tui.storage.files import repair_modes

        repair_modes(self.file)

    def from_environment(self) -> Connection | None:
        """The connection that the `TWILIO_*` variables describe, if they do."""
        from tui.storage.connection_import import from_environment

        return from_environment(self._environ)

    @property
    def profiles_there(self) -> bool:
        """Whether Twilio's own command-line tool keeps profiles on this machine."""
        from tui.storage.connection_import import profiles_file

        place = profiles_file(self._environ)
        return place is not None and os.path.lexists(place)

    async def read_profiles(self) -> tuple[Profile, ...]:
        """The profiles of Twilio's own command-line tool.

        Raises:
            ProfilesUnreadable: its file cannot be understood.
        """
        from tui.storage.connection_import import profiles_file, read_profiles

        place = profiles_file(self._environ)
        return await asyncio.to_thread(read_profiles, place) if place is not None else ()

    def _load(self) -> Connections | ConfigUnreadable:
        from tui.storage.connections import load

        try:
            return load(self.file)
        except ConfigUnreadable as problem:
            return problem

    def _take(self, found: Connections | ConfigUnreadable) -> None:
        if isinstance(found, Connections):
            self.connections, self.trouble = found, None
        else:
            self.trouble = found
        self._changed()
