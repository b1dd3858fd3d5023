"""Connections as Twilio's own tools are set up: TWILIO_* variables, and the profiles of its command-line tool.

Variables: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY with TWILIO_API_SECRET, TWILIO_REGION, as in Twilio's
libraries and command line; TWILIO_API_KEY_SID with TWILIO_API_KEY_SECRET, as in many of its examples;
TWILIO_BASE_URL as printed by `tuilio sandbox`.

Profiles are read from `config.json` in the folder `.twilio-cli` of the home folder, as
twilio.com/docs/twilio-cli/general-usage/configuration says, in the form of `src/services/config.js` in
github.com/twilio/twilio-cli-core; the file is never written:

    profiles        profile's name → {accountSid, region, edge, apiKey, apiSecret}; since version 6 of that core
    projects        [{id, accountSid, region}], profiles from before, whose keys are in the system's key ring
    activeProject   the name of the profile in use

Where both hold a name, `profiles` counts, as it does there. Edges are not taken over, be it TWILIO_EDGE, a field of
its own or what is before the region (`dublin.ie1`): a connection has none. Must not know connections.toml.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from tui.safe_text import bare
from tui.storage.connection import API_KEY, AUTH_TOKEN, Connection, read_region
from tui.storage.document import Table, as_table
from tui.storage.errors import StorageError
from tui.storage.files import read_regular
from tui.storage.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME: Final = "environment"
"""What the connection that the variables describe is called at first."""
API_VERSION: Final = "2010-04-01"
# What belongs together goes first; where both pairs are there, the one that Twilio's own tools read.
_API_KEYS: Final = (
    ("TWILIO_API_KEY", "TWILIO_API_SECRET"),
    ("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET"),
    ("TWILIO_API_KEY", "TWILIO_API_KEY_SECRET"),
    ("TWILIO_API_KEY_SID", "TWILIO_API_SECRET"),
)

SIZE_LIMIT: Final = 1024 * 1024
PLACE: Final = (".twilio-cli", "config.json")

IN_KEY_RING: Final = (
    "Its API key is not in the file: versions of that tool before 2022 kept it in the system's key ring, where tuilio "
    "does not look. Type the key here, or make the profile anew with twilio login."
)


def from_environment(environ: Mapping[str, str]) -> Connection | None:
    """The connection the environment describes, or None where it names no account with credentials.

    Its secrets stay in the environment: only the variables' names are kept.
    """

    def told(variable: str) -> str:
        return bare(environ.get(variable, ""))

    def secret(variable: str) -> Secret | None:
        return Secret.env(variable) if told(variable) else None

    account_sid, auth_token = told("TWILIO_ACCOUNT_SID"), secret("TWILIO_AUTH_TOKEN")
    region, base_url = read_region(told("TWILIO_REGION")), _versioned(told("TWILIO_BASE_URL"))
    api_key_sid, api_key_secret = next(
        ((told(sid), secret(key)) for sid, key in _API_KEYS if told(sid) and told(key)), ("", None)
    )
    if account_sid and api_key_secret:
        return Connection(NAME, API_KEY, account_sid, api_key_sid, api_key_secret, auth_token, region, base_url)
    if account_sid and auth_token:
        return Connection(NAME, AUTH_TOKEN, account_sid, auth_token=auth_token, region=region, base_url=base_url)
    return None


def _versioned(base_url: str) -> str:
    try:
        unversioned = base_url and urlsplit(base_url).path in ("", "/")
    except ValueError:
        return base_url
    return f"{base_url.rstrip('/')}/{API_VERSION}" if unversioned else base_url


class ProfilesUnreadable(StorageError):
    """The tool's file is there but cannot be understood. Never carries what is in it: there are secrets in it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile.

    Attributes:
        connection: what the file says, named as the profile; incomplete where `missing` says so.
        active: whether the tool uses it by itself.
        missing: what is not in the file and what to do about it; empty when nothing is.
    """

    connection: Connection
    active: bool = False
    missing: str = ""


def profiles_file(environ: Mapping[str, str]) -> Path | None:
    """Where the tool keeps its profiles; None where the environment names no home folder."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    return Path(home, *PLACE) if home and Path(home).is_absolute() else None


def read_profiles(path: Path) -> tuple[Profile, ...]:
    """The profiles in the tool's file, the active one first; none where there is no file.

    Raises:
        ProfilesUnreadable: the file is there but cannot be read or is not of the known form.
    """
    why = ""
    try:
        document = as_table(json.loads(read_regular(path, limit=SIZE_LIMIT).decode("utf-8-sig")))
        if document is not None:
            return _profiles(document)
        why = "it is no JSON object"
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except json.JSONDecodeError as problem:
        why = f"it is no JSON from line {problem.lineno}, column {problem.colno} on"
    except UnicodeDecodeError:
        why = "it is not UTF-8"
    except RecursionError:
        why = "it is nested too deeply"
    except ValueError:
        why = "a number in it is too long"
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
    # Raised here, so that no exception that holds the file's text hangs on to it.
    raise _unreadable(f"config.json of Twilio's own command-line tool cannot be read: {why}.")


def _unreadable(reason: str) -> ProfilesUnreadable:
    return ProfilesUnreadable(
        reason, "It is in ~/.twilio-cli; twilio profiles:list tells whether the tool can read it."
    )


def _profiles(document: Table) -> tuple[Profile, ...]:
    active = _text(document.get("activeProject"))
    found: dict[str, Profile] = {}
    for name, fields in _entries(document):
        if name and name not in found:
            found[name] = _profile(name, fields, active=name == active)
    return tuple(sorted(found.values(), key=lambda profile: not profile.active))


def _entries(document: Table) -> Iterator[tuple[str, Table]]:
    profiles = as_table(document.get("profiles") or {})
    projects: object = document.get("projects") or []
    if profiles is None:
        raise _unreadable("profiles in config.json of Twilio's own command-line tool is no table of names.")
    if not isinstance(projects, list):
        raise _unreadable("projects in config.json of Twilio's own command-line tool is no list.")
    for name, fields in profiles.items():
        yield name.strip(), as_table(fields) or {}
    for each in cast("list[object]", projects):
        fields = as_table(each) or {}
        yield _text(fields.get("id")), fields


def _profile(name: str, fields: Table, *, active: bool) -> Profile:
    account_sid, region = _text(fields.get("accountSid")), read_region(_text(fields.get("region")))
    key, secret = _text(fields.get("apiKey")), _text(fields.get("apiSecret"))
    missing = ""
    if not key and not secret:
        missing = IN_KEY_RING
    elif not key or not secret or not account_sid:
        lacking = ", ".join(
            field for field, told in (("accountSid", account_sid), ("apiKey", key), ("apiSecret", secret)) if not told
        )
        missing = f"The file holds no {lacking} for it. Type it here, or make the profile anew with twilio login."
    if key and key == account_sid:
        # The tool's way to say that the secret is the account's auth token.
        connection = Connection(name, AUTH_TOKEN, account_sid, auth_token=secret, region=region)
    else:
        connection = Connection(name, API_KEY, account_sid, key, secret, region=region)
    return Profile(connection, active, missing)


def _text(value: object) -> str:
    return bare(value) if isinstance(value, str) else ""
