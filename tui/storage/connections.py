"""connections.toml: its format, loading it and saving it.

    schema = 1
    default = "acme"

    [connections.acme]
    kind = "api_key"                # or "auth_token"
    account_sid = "AC…"
    api_key_sid = "SK…"
    api_key_secret = "…"            # or { env = "NAME" }, { command = ["op", "read"] }, { keyring = "NAME" }
    auth_token = "…"                # optional beside an API key: verifies webhooks, never sent
    region = "us1"                  # optional: us1 ie1 au1 jp1
    base_url = "https://…"          # optional: https anywhere, http on loopback only
    webhook_key = "…"               # optional: the shared key Twilio signs webhooks with, where you gave it one
    ca_file = "/etc/ssl/acme.pem"   # optional: authorities trusted beside the system's, as in a company's network
    history = 90                    # optional: days that messages are kept on this computer, or "all", or "none"
    low_balance = 20                # optional: told once when less is left, in the account's own currency
    colour = "red"                  # optional: of its name; red orange yellow green blue purple grey

Must not know the network: whether Twilio accepts a connection is for the client to say.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from tui.storage.collection import Connections
from tui.storage.connection import SECRETS, Connection
from tui.storage.connections_toml import decode, encode
from tui.storage.document import SCHEMA, Table
from tui.storage.errors import ConfigReadOnly, ConfigUnreadable, ConfigUnwritable
from tui.storage.files import lock, make_folder, read_regular, resolve, sweep, write_atomic
from tui.storage.secrets import Secret

if TYPE_CHECKING:
    import os

__all__ = ["Connection", "Connections", "Secret", "load", "save"]

SIZE_LIMIT: Final = 1024 * 1024


def load(path: str | os.PathLike[str]) -> Connections:
    """The connections saved at `path`; none where there is no file.

    A file of a newer schema is loaded for reading only.

    Raises:
        ConfigUnreadable: the file is there but cannot be read or understood.
    """
    target = resolve(Path(path))
    return _load(_read(target), target)


def save(
    path: str | os.PathLike[str], connections: Connections | Mapping[str, Connection] | Iterable[Connection]
) -> Connections:
    """Write connections to `path` and return what the file then says; continue with that.

    The file is read again under a lock, and the changes made to `connections` since it was loaded are applied to it,
    so that another instance's changes stay. Connections that were not loaded from this file are written whole, and
    what is there besides is kept. The previous contents remain as `NAME.bak`, unless they held a secret that is taken
    out now.

    Raises:
        NameTaken: another entry has the name of an added or renamed one by now.
        EntryChanged: what was changed here has been changed in the file as well, to something else.
        ConfigReadOnly: the file is of a newer schema.
        ConfigUnreadable: the file that is there cannot be understood, so it is not overwritten.
        ConfigUnwritable: it could not be written; what was there before still is.
    """
    target = resolve(Path(path))
    ours = connections if isinstance(connections, Connections) else Connections(connections)
    why, remedy = "", f"Check that {target.parent} can be written and the disk has room, then save again."
    try:
        make_folder(target.parent)
        with lock(target):
            document = _read(target)
            present = _load(document, target)
            if refused := ours.read_only_reason or present.read_only_reason:
                raise ConfigReadOnly(target, refused, _UPDATE)
            data = encode(ours.applied_to(document, target), target)
            if not target.exists() or target.read_bytes() != data:
                write_atomic(target, data, backup=True)
            sweep(target.parent)
            after = load(target)
            if _literals(present) - _literals(after):
                # A secret that was taken out must not live on in the copy beside the file.
                write_atomic(target.with_name(f"{target.name}.bak"), data)
            return after
    except TimeoutError:
        why, remedy = "another tuilio is writing it and does not finish", "Look what that one does, then save again."
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
    raise ConfigUnwritable(target, f"{target.name} could not be saved: {why}.", remedy)


_UPDATE: Final = "Update tuilio, or use another configuration folder with --config."


def _literals(connections: Connections) -> set[Secret]:
    secrets = (cast("Secret | None", getattr(each, field)) for each in connections.values() for field in SECRETS)
    return {secret for secret in secrets if secret is not None and secret.origin == "literal"}


def _load(document: Table, target: Path) -> Connections:
    schema = document.get("schema", SCHEMA)
    newer = isinstance(schema, int) and schema > SCHEMA
    reason = f"The file was written by a newer tuilio (schema {schema}, this one knows {SCHEMA})." if newer else ""
    return Connections.from_document(document, path=target, read_only_reason=reason)


_UNREAD: Final = {
    errno.EINVAL: "it is no regular file",
    errno.EFBIG: f"it is larger than {SIZE_LIMIT // 1024 // 1024} MB",
}


def _read(target: Path) -> Table:
    why = ""
    try:
        return decode(read_regular(target, limit=SIZE_LIMIT), target)
    except FileNotFoundError:
        return {}
    except OSError as problem:
        why = _UNREAD.get(problem.errno or 0, problem.strerror or type(problem).__name__)
    raise ConfigUnreadable(
        target,
        f"{target.name} cannot be read: {why}.",
        remedy=f"Check {target}, or use another folder with --config.",
    )
