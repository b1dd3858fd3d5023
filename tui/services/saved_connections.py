"""The saved connections as the session holds them: read, changed, mended, imported. Never those in use.

What reads and writes the files is imported when that is done: the first picture comes before it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui.storage.collection import Connections
from tui.storage.errors import ConfigUnreadable
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.storage.checks import Problem
    from tui.storage.cli_profiles import Profile
    from tui.storage.connection import Connection
    from tui.storage.paths import Paths


class SavedConnections:
    """What connections.toml says, and what can be done about it; `changed` is called whenever it was read anew."""

    def __init__(self, paths: Paths, environ: Mapping[str, str], changed: Callable[[], None]) -> None:
        self.paths = paths
        self.environ = environ
        self.connections = Connections({})
        self.config_trouble: ConfigUnreadable | None = None
        self._changed = changed

    @property
    def config_file(self) -> Path:
        """Where the connections are kept."""
        return self.paths.connections

    def read_connections(self) -> None:
        """Read the file; trouble with it is kept in `config_trouble` and nothing is written over it."""
        from tui.storage.connections import load

        try:
            self.connections = load(self.config_file)
            self.config_trouble = None
        except ConfigUnreadable as problem:
            self.config_trouble = problem
        self._changed()

    async def reread_connections(self) -> None:
        """As `read_connections`, without holding up the interface."""
        from tui.storage.connections import load

        try:
            self.connections = await asyncio.to_thread(load, self.config_file)
            self.config_trouble = None
        except ConfigUnreadable as problem:
            self.config_trouble = problem
        self._changed()

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
        async with Client(connection, timeout=15.0, environ=self.environ) as client:
            await page(client, Filters(), page_size=1)

    def save_connections(self, connections: Connections) -> None:
        """Write the file and take over what it then holds.

        Raises:
            ConfigUnreadable, OSError: the file stays as it was.
        """
        from tui.storage.connections import save

        save(self.config_file, connections)
        self.read_connections()

    async def store_connections(self, connections: Connections) -> None:
        """As `save_connections`, without holding up the interface while another instance has the file.

        Raises:
            ConfigError, OSError: the file stays as it was.
        """
        from tui.storage.connections import save

        self.connections = await asyncio.to_thread(save, self.config_file, connections)
        self.config_trouble = None
        self._changed()

    def set_config_aside(self) -> Path | None:
        """Move a file nobody can read out of the way; returns its new place, None when it can be read by now.

        Raises:
            OSError: it cannot be moved.
        """
        from tui.storage.files import set_aside

        self.read_connections()
        if self.config_trouble is None:
            return None
        place = set_aside(self.config_file)
        self.read_connections()
        return place

    def close_to_others(self) -> None:
        """Take away what `storage_problems` reports.

        Raises:
            OSError: the system refuses.
        """
        from tui.storage.permissions import repair_modes

        repair_modes(self.config_file)

    def storage_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file's and the folder's modes."""
        from tui.storage.permissions import file_problems

        return file_problems(self.config_file)

    def from_environment(self) -> Connection | None:
        """The connection that the `TWILIO_*` variables describe, if they do."""
        from tui.storage.environment import from_environment

        return from_environment(self.environ)

    @property
    def profiles_there(self) -> bool:
        """Whether Twilio's own command-line tool keeps profiles on this machine."""
        from tui.storage.cli_profiles import profiles_file

        place = profiles_file(self.environ)
        return place is not None and os.path.lexists(place)

    async def read_profiles(self) -> tuple[Profile, ...]:
        """The profiles of Twilio's own command-line tool.

        Raises:
            ProfilesUnreadable: its file cannot be understood.
        """
        from tui.storage.cli_profiles import profiles_file, read_profiles

        place = profiles_file(self.environ)
        return await asyncio.to_thread(read_profiles, place) if place is not None else ()
