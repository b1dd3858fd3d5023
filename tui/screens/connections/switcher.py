"""The connection switcher (ctrl+o): saved connections, the sandbox, and a link to the Connections screen."""

from __future__ import annotations

from tui.safe_text import glimpse
from tui.screens.connections.list import shorten_sid
from tui.services.session import Session
from tui.theme import connection_tone
from tui.widgets.dialogs import Choice, Choose


def connection_chooser(session: Session) -> Choose:
    """The switcher's dialog; its answer is `saved:NAME`, `sandbox`, `manage`, or None."""
    used = session.account.name if session.account and not session.account.sandbox else None
    choices = [
        Choice(
            f"saved:{name}",
            glimpse(name, 36),
            shorten_sid(connection.account_sid),
            connection_tone(connection.colour),
        )
        for name, connection in session.saved.connections.items()
    ]
    if session.sandbox_offered:
        choices.append(Choice("sandbox", "sandbox", session.which_sandbox, "warn"))
    choices.append(Choice("manage", "add or change a connection…", "", "muted"))
    at = next((n for n, choice in enumerate(choices) if choice.key == f"saved:{used}"), 0)
    return Choose("Use which connection?", choices, at=at)
