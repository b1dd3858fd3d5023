"""Warnings about connections.toml as a whole, shown above the list. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.keymap import key_of
from tui.safe_text import safe_text
from tui.services.session import Session
from tui.theme import Tone


@dataclass(frozen=True, slots=True)
class ConfigWarning:
    """One sentence or two above the list.

    Attributes:
        mend: what the key for mending does about it; empty when the person has to.
    """

    tone: Tone
    words: str
    mend: Literal["", "set_aside", "close"] = ""


def config_warnings(session: Session) -> list[ConfigWarning]:
    """Everything to be said about the file, the worst first."""
    found: list[ConfigWarning] = []
    if (broken := session.saved.trouble) is not None:
        words = str(broken.reason)
        if broken.line is not None and f"line {broken.line}" not in words:
            words += f" Look at line {broken.line}, column {broken.column}."
        words += f" Nothing is written over it. Fix {broken.path} and press {key_of('connections.reread')}, "
        words += f"or press {key_of('connections.mend')} to set it aside."
        found.append(ConfigWarning("bad", safe_text(words, limit=600), "set_aside"))
    elif session.saved.connections.read_only:
        words = (
            f"{session.saved.connections.read_only_reason} It is shown, but not changed. Update tuilio to change it."
        )
        found.append(ConfigWarning("warn", safe_text(words, limit=400)))
    # Problems with an entry stand in its own row.
    for problem in session.saved.connections.problems:
        if not problem.field.startswith("connections."):
            found.append(ConfigWarning("warn", safe_text(f"{problem.reason} {problem.remedy}", limit=300)))
    wide = session.saved.permission_problems()
    if wide:
        words = " ".join(problem.reason for problem in wide)
        found.append(
            ConfigWarning(
                "warn",
                safe_text(f"{words} Press {key_of('connections.mend')} to close it to them.", limit=500),
                "close",
            )
        )
    if (refused := session.refusal) and session.account is None:
        words = "{} was {} and is closed: ".format(*session.given_up) if session.given_up else ""
        found.append(ConfigWarning("bad", safe_text(f"{words}{refused}", limit=400)))
    if session.account is not None and session.outdated:
        name = session.account.name
        words = (
            f"{name} is in use with the credentials from before it was changed. Enter uses it as it is saved now."
            if session.outdated == "changed"
            else f"{name} was removed, and is in use until you choose another or quit."
        )
        found.append(ConfigWarning("warn", safe_text(words, limit=300)))
    return found
