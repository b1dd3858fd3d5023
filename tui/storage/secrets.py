"""Secrets: a literal in the file, or fetched from an environment variable, a command or a key ring.

The value appears in two places only: what `reveal` returns and what `to_toml` writes for a literal.
Everywhere else (repr, format, errors, pickles) it is masked or refused. Must not know which connection a
secret belongs to, nor who asks for it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal, NoReturn, cast

from tui.safe_text import bare
from tui.storage.errors import SecretMalformed, SecretUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Secret", "SecretMalformed", "SecretUnavailable"]

MASK: Final = "Secret(•••)"
COMMAND_SECONDS: Final = 10.0
KEYRING_SECONDS: Final = 3.0

Origin = Literal["literal", "env", "command", "keyring"]


class Secret:
    """A credential that does not show itself. Immutable, comparable, hashable; not a `str`, not picklable."""

    __slots__ = ("__origin", "__value")

    __origin: Origin
    __value: str | tuple[str, ...]

    def __init__(self, origin: Origin, value: str | tuple[str, ...]) -> None:
        object.__setattr__(self, "_Secret__origin", origin)
        object.__setattr__(self, "_Secret__value", value)

    @classmethod
    def literal(cls, value: str) -> Secret:
        """A secret kept as it stands; it is cleaned when it is revealed."""
        return cls("literal", value)

    @classmethod
    def env(cls, name: str) -> Secret:
        """A secret read from the environment variable `name` each time it is needed."""
        return cls("env", name)

    @classmethod
    def command(cls, argv: Sequence[str]) -> Secret:
        """A secret printed by a program; `argv` is a list of words and no shell is involved."""
        return cls("command", tuple(argv))

    @classmethod
    def keyring(cls, name: str) -> Secret:
        """A secret kept in the system's key ring under the service "tuilio" and the user name `name`."""
        return cls("keyring", name)

    @property
    def origin(self) -> Origin:
        """Where this secret comes from."""
        return self.__origin

    @property
    def detail(self) -> str | tuple[str, ...] | None:
        """The variable's name, the command's words or the key ring's entry; None for a literal."""
        return None if self.__origin == "literal" else self.__value

    @property
    def source(self) -> str:
        """Where the secret comes from, in words for a form; never the secret itself."""
        match self.__origin:
            case "literal":
                return "kept in the file"
            case "env":
                return f"from ${self.__text()}"
            case "command":
                return f"from the command {self.__argv()[0] if self.__argv() else '(none)'}"
            case "keyring":
                return f"from the key ring, entry {self.__text()}"

    @property
    def is_blank(self) -> bool:
        """Whether this is a literal of blanks and invisible characters only."""
        return self.__origin == "literal" and not bare(self.__text())

    def reveal(
        self,
        *,
        environ: Mapping[str, str] = os.environ,
        keyring: Callable[[str], str | None] | None = None,
    ) -> str:
        """The secret itself, cleaned of what a paste or a program adds around it.

        A command may take up to `COMMAND_SECONDS` and a key ring up to `KEYRING_SECONDS`, so call this from
        a worker thread. `keyring` replaces the installed key ring: entry name → password or None.

        Raises:
            SecretUnavailable: it cannot be had now; the reason never shows any part of it.
        """
        # What reads secrets starts programs and threads: no picture waits for its import.
        from tui.storage.secret_sources import ask_keyring, clean, read_variable, run_command

        match self.__origin:
            case "literal":
                return clean(self.__text(), "The secret", "Type it in again.")
            case "env":
                return read_variable(self.__text(), environ)
            case "command":
                return run_command(self.__argv(), environ, seconds=COMMAND_SECONDS)
            case "keyring":
                return ask_keyring(self.__text(), keyring, seconds=KEYRING_SECONDS)

    @classmethod
    def from_toml(cls, value: object) -> Secret:
        """Read what stands in the file: a text, or a table with one of env, command, keyring.

        Other keys in such a table are left to whoever keeps the file.

        Raises:
            SecretMalformed: it is neither; the message shows nothing of the value.
        """
        if isinstance(value, str):
            return cls.literal(value)
        if not isinstance(value, dict):
            raise SecretMalformed("This is neither a text nor a table.", _SHAPES)
        table = cast("dict[str, object]", value)
        known = [key for key in _SOURCES if key in table]
        if not known:
            raise SecretMalformed("The table names no known source.", f"{_meant(table)}{_SHAPES}")
        if len(known) > 1:
            raise SecretMalformed("The table names several sources.", _SHAPES)
        told = table[known[0]]
        if known[0] == "command":
            return cls.command(_words(told))
        return cls.env(_name(known[0], told)) if known[0] == "env" else cls.keyring(_name(known[0], told))

    def to_toml(self) -> str | dict[str, str | list[str]]:
        """What to write in the file: the literal itself, otherwise only where to get it."""
        match self.__origin:
            case "literal":
                return self.__text()
            case "command":
                return {"command": list(self.__argv())}
            case "env" | "keyring":
                return {self.__origin: self.__text()}

    def __text(self) -> str:
        return self.__value if isinstance(self.__value, str) else " ".join(self.__value)

    def __argv(self) -> tuple[str, ...]:
        return self.__value if isinstance(self.__value, tuple) else (self.__value,)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self.__origin, self.__value) == (other.__origin, other.__value)

    def __hash__(self) -> int:
        return hash((self.__origin, self.__value))

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("A Secret cannot be changed.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("A Secret cannot be changed.")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Secret cannot be pickled.")


_SHAPES: Final = (
    'Write the secret in quotes, or as { env = "NAME" }, { command = ["program", "word"] } or { keyring = "NAME" }.'
)


def _meant(table: dict[str, object]) -> str:
    from tui.storage.nearest import nearest

    return next((f"Did you mean {each}? " for key in table if (each := nearest(key, _SOURCES, _ALSO_CALLED))), "")


_SOURCES: Final = ("env", "command", "keyring")
_ALSO_CALLED: Final = {
    **dict.fromkeys(("environment", "variable", "var", "envvar"), "env"),
    **dict.fromkeys(("cmd", "exec", "program", "argv", "run"), "command"),
    **dict.fromkeys(("keychain", "ring", "wallet"), "keyring"),
}


def _name(source: str, told: object) -> str:
    what = "environment variable" if source == "env" else "key ring entry"
    reason = remedy = ""
    if not isinstance(told, str):
        reason, remedy = "is not a text", f'Write it in quotes: {{ {source} = "NAME" }}.'
    elif not bare(told):
        reason, remedy = "is empty", f'Give its name: {{ {source} = "NAME" }}.'
    elif source == "env" and "=" in told:
        reason, remedy = "holds a =", "Give its name alone."
    elif "\0" in told:
        reason, remedy = "holds a character that no name has", "Type it anew."
    else:
        return told
    raise SecretMalformed(f"The name of the {what} {reason}.", remedy)


def _words(told: object) -> tuple[str, ...]:
    words = cast("list[object]", told) if isinstance(told, list) else []
    argv = tuple(word for word in words if isinstance(word, str))
    reason = ""
    if not isinstance(told, list):
        reason = "command is not a list of words"
    elif len(argv) != len(words):
        reason = "A word of the command is not a text"
    elif not argv or not argv[0].strip():
        reason = "The command names no program"
    elif any("\0" in word for word in argv):
        reason = "A word of the command holds a character that no word has"
    else:
        return argv
    raise SecretMalformed(
        f"{reason}.", 'Write it as a list, the program first: { command = ["op", "read", "op://vault/item"] }.'
    )
