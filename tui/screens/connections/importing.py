"""Import connections from the TWILIO_* variables and from the profiles of Twilio's CLI. Shows no secret."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tui.safe_text import safe_text
from tui.screens.connections.connection_fields import (
    KINDS_IN_WORDS,
    free_name,
)
from tui.screens.connections.list import shorten_sid
from tui.services.session import Session
from tui.storage.connection_import import Profile
from tui.storage.connections import Connection
from tui.storage.errors import StorageError
from tui.widgets.dialogs import Choice, Choose


@dataclass(frozen=True, slots=True)
class ImportOffer:
    """A connection that can be imported; every text but the connection's own is safe to show.

    Attributes:
        title: what stands above the form it opens.
        words: its label in the import dialog.
        detail: account and completeness, beside the label.
        missing: what the person has to add, and why; empty for nothing.
    """

    connection: Connection
    title: str
    words: str
    detail: str
    missing: str = ""


async def imports_of(session: Session) -> tuple[tuple[ImportOffer, ...], str]:
    """List what can be imported, and an error sentence when the CLI's file cannot be read, else empty."""
    offers: list[ImportOffer] = []
    shell = session.saved.from_environment()
    if shell is not None:
        offers.append(
            ImportOffer(
                shell,
                "Import the TWILIO_* variables of this shell",
                "this shell's TWILIO_* variables",
                shorten_sid(shell.account_sid),
            )
        )
    try:
        profiles = await session.saved.read_profiles()
    except StorageError as problem:
        return tuple(offers), safe_text(str(problem), limit=300)
    return (*offers, *map(_offer, profiles)), ""


def _offer(profile: Profile) -> ImportOffer:
    connection = profile.connection
    name = safe_text(connection.name, limit=40)
    facts = (
        shorten_sid(connection.account_sid),
        "incomplete" if profile.missing else KINDS_IN_WORDS[connection.kind],
        "in use there" if profile.active else "",
    )
    return ImportOffer(
        connection,
        f"Import the profile {name} of Twilio's command-line tool",
        f"profile {name}",
        " · ".join(fact for fact in facts if fact),
        f"Profile {name}: {profile.missing}" if profile.missing else "",
    )


def choose_import(offers: Sequence[ImportOffer]) -> Choose:
    """The dialog that chooses what to import; its answer is the index as text."""
    lines = [
        Choice(str(place), offer.words, offer.detail, "muted" if offer.missing else "plain")
        for place, offer in enumerate(offers)
    ]
    return Choose("Import which?", lines, "It is added to connections.toml; nothing is replaced.")


def nothing_to_import() -> str:
    """The message when no variable and no profile was found: which ones are read."""
    return (
        "There is nothing to import. It takes TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or with TWILIO_API_KEY "
        "and TWILIO_API_SECRET (or …_KEY_SID and …_KEY_SECRET), from this shell (set them, then start tuilio again), "
        "and the profiles that twilio login keeps in ~/.twilio-cli/config.json."
    )


def renamed(connection: Connection, taken: Collection[str]) -> Connection:
    """Copy the connection under a name that is not taken."""
    return replace(connection, name=free_name(connection.name, taken))
