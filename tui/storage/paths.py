"""The folders and files of one set-up, by name only; whoever writes there makes the folders."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Mapping

APP_NAME: Final = "tuilio"


class NoHome(Exception):
    """No home directory is known; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The two folders of one set-up: configuration, which a person may edit, and state, which the program keeps."""

    config: Path
    state: Path

    @property
    def connections(self) -> Path:
        """The saved connections."""
        return self.config / "connections.toml"

    @property
    def keys(self) -> Path:
        """Key bindings that a person changed; only ever read."""
        return self.config / "keys.toml"

    @property
    def views(self) -> Path:
        """The queries of the message list that were saved under a name."""
        return self.config / "views.toml"

    @property
    def contacts(self) -> Path:
        """The names that a person gives to numbers."""
        return self.config / "contacts.toml"

    @property
    def query_history(self) -> Path:
        """The queries that were typed, by connection."""
        return self.state / "queries.json"

    @property
    def outbox(self) -> Path:
        """The send journal."""
        return self.state / "outbox.sqlite3"

    @property
    def jobs(self) -> Path:
        """Campaigns and bulk changes."""
        return self.state / "jobs.sqlite3"

    @property
    def records(self) -> Path:
        """The folder of records of what was redacted, deleted or canceled, many at once."""
        return self.state / "records"

    @property
    def job_locks(self) -> Path:
        """The folder of the locks of those jobs that are being run."""
        return self.state / "jobs"

    @property
    def drafts(self) -> Path:
        """Drafts of messages."""
        return self.state / "drafts.json"

    @property
    def prices(self) -> Path:
        """Twilio's price lists as they were read, by account and country."""
        return self.state / "prices.json"

    @property
    def replies(self) -> Path:
        """Replies that are being written in conversations."""
        return self.state / "replies.json"

    @property
    def theme(self) -> Path:
        """The name of the chosen theme."""
        return self.state / "theme"

    @property
    def requests(self) -> Path:
        """The Console's saved requests."""
        return self.config / "requests.toml"

    @property
    def variables(self) -> Path:
        """The variables of the Console's requests, by connection."""
        return self.config / "variables.toml"

    @property
    def request_history(self) -> Path:
        """The Console's history of requests."""
        return self.state / "requests.jsonl"

    @property
    def console_form(self) -> Path:
        """What stood in the Console's form, by connection."""
        return self.state / "form.json"

    @property
    def campaign_form(self) -> Path:
        """What stood in the form of a message to many, by connection."""
        return self.state / "campaigns.json"

    def archive(self, account_sid: str, origin: str) -> Path:
        """The messages of one account at one server, whose origin is `https://api.twilio.com` or another.

        An account SID is hexadecimal; whatever else it may hold here is replaced, so that it names a file there.
        """
        # Imported when an archive is opened: the first picture needs none.
        import hashlib

        account = re.sub(r"[^0-9A-Za-z]", "_", account_sid)
        server = hashlib.sha256(origin.lower().encode()).hexdigest()[:8]
        return self.state / "archive" / f"{account}-{server}.sqlite3"

    @property
    def media(self) -> Path:
        """Files of messages that were fetched to be opened; each run removes its own."""
        return self.state / "media"

    @property
    def webhooks(self) -> Path:
        """The webhook events that were received."""
        return self.state / "webhooks.sqlite3"

    @property
    def webhook_settings(self) -> Path:
        """The settings of the webhook receiver."""
        return self.config / "webhooks.toml"


def find_paths(config_override: Path | None = None, environ: Mapping[str, str] = os.environ) -> Paths:
    """The folders to use; with `config_override` everything lives inside that one folder.

    Outside Windows XDG_CONFIG_HOME and XDG_STATE_HOME decide where they hold an absolute path (the XDG base
    directory specification says to ignore relative ones); otherwise the platform's own places.

    Raises:
        NoHome: HOME is not set and the system does not know this person, or the working directory is gone.
    """
    try:
        if config_override is not None:
            config = Path(os.path.abspath(config_override.expanduser()))  # noqa: PTH100 - `..` is folded here
            return Paths(config, config / "state")
        return Paths(
            config=_xdg(environ, "XDG_CONFIG_HOME") or platformdirs.user_config_path(APP_NAME, appauthor=False),
            state=_xdg(environ, "XDG_STATE_HOME") or platformdirs.user_state_path(APP_NAME, appauthor=False),
        )
    except FileNotFoundError:
        raise NoHome("the working directory is gone; give --config with a whole path, or go elsewhere") from None
    except RuntimeError:
        # So pathlib puts it.
        raise NoHome("no home directory is known here; set HOME, or give --config a directory") from None


def _xdg(environ: Mapping[str, str], name: str) -> Path | None:
    told = Path(environ.get(name, ""))
    return told / APP_NAME if sys.platform != "win32" and told.is_absolute() else None
