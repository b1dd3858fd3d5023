"""requests.toml: saved requests by name, and whether the history keeps responses.

A `/` in a name puts the request into a folder: `team/send a picture`.

Read and written whole, under a lock, so that two instances both keep their changes; keys this version does not know
stay, comments do not. A file that cannot be read is never written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui.raw_request.form_text import RequestText, typed_from
from tui.raw_request.history import RequestHistory
from tui.raw_request.redaction import redact
from tui.storage.document import Table, as_table
from tui.storage.errors import NameTaken
from tui.storage.toml_file import TomlFile, entry_name_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.storage.paths import Paths


SCHEMA: Final = 1
LONGEST_NAME: Final = 120
LARGEST_FILE: Final = 4 * 1024 * 1024
"""Bytes; a larger file is neither read nor written."""

HEADER: Final = (
    "# Requests of tuilio's console, which reads and writes this file; comments go with the next save.\n"
    "# Pairs are one a line; keep_answers = true keeps the beginning of answers in the history.\n\n"
)


_KNOWN: Final = frozenset(RequestText.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class RequestsFile:
    """The content of requests.toml.

    Attributes:
        requests: name → request, in file order.
        keep_answers: whether the history may hold the beginning of responses.
    """

    requests: Mapping[str, RequestText] = field(default_factory=dict[str, RequestText])
    keep_answers: bool = False


class SavedRequests:
    """The file at `path`, or memory with none. Usable from any thread."""

    def __init__(self, path: Path | None) -> None:
        self._file = TomlFile(
            path,
            "requests",
            SCHEMA,
            LARGEST_FILE,
            HEADER,
            "Remove a saved request, or save this one without its long body.",
            {"keep_answers": False},
        )

    def read(self) -> RequestsFile:
        """The saved requests.

        Raises:
            ConfigUnreadable: the file is there, but cannot be read.
        """
        # Without the lock, for which a writer may wait seconds.
        document = self._file.load()
        entries = as_table(document.get("requests")) or {}
        found = {name: typed_from(table) for name, entry in entries.items() if (table := as_table(entry)) is not None}
        return RequestsFile(found, document.get("keep_answers") is True)

    def put(self, name: str, request: RequestText, hide: Callable[[str], str] = str) -> RequestText:
        """Save a request under a name, in place of the one that had it; secrets are masked. Returns what was saved.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        return self.put_all({name: request}, hide)[name]

    def put_all(self, requests: Mapping[str, RequestText], hide: Callable[[str], str] = str) -> dict[str, RequestText]:
        """Save several at once, all or none; as `put`."""
        safe = {name: redact(request, hide) for name, request in requests.items()}

        def change(saved: Table) -> Table:
            changed = dict(saved)
            for name, request in safe.items():
                present = as_table(saved.get(name)) or {}
                unknown = {key: value for key, value in present.items() if key not in _KNOWN}
                changed[name] = {**request.texts(), **unknown}
            return changed

        self._file.change_entries(change)
        return safe

    def rename(self, name: str, new: str) -> None:
        """Give a request another name, and so perhaps another folder; it keeps its place.

        Raises:
            NameTaken: another request has it.
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """

        def change(requests: Table) -> Table:
            if new != name and new in requests:
                raise NameTaken(f"There is already a request called “{new}”.", "Choose another name.", field="name")
            return {(new if each == name else each): entry for each, entry in requests.items()}

        self._file.change_entries(change)

    def remove(self, name: str) -> None:
        """Delete a saved request, if it is there.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        self._file.change_entries(lambda saved: {key: value for key, value in saved.items() if key != name})

    def keep_answers(self, keep: bool) -> None:
        """Set whether the history may hold the beginning of responses.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """

        def change(document: Table) -> None:
            document["keep_answers"] = keep

        self._file.change(change)


def name_problem(name: str) -> str:
    """What is wrong with a name for a request; empty when nothing is."""
    if problem := entry_name_problem(name, LONGEST_NAME):
        return problem
    parts = name.split("/")
    if any(not part.strip() for part in parts):
        return "A / puts it into a folder: write folder/name, with something before and after each."
    if any(part.strip() in (".", "..") for part in parts):
        return "A folder or a name is not . or .."
    if any(part != part.strip() for part in parts):
        return "A folder or a name begins and ends with no blank."
    return ""


def folder_of(name: str) -> str:
    """The folder that a saved request is in, `a/b` for `a/b/name`; empty for none."""
    return name.rpartition("/")[0]


def is_in(name: str, folder: str) -> bool:
    """Whether a saved request is in a folder, or in one within it."""
    return not folder or name.startswith(f"{folder}/")


@dataclass(frozen=True, slots=True)
class RequestStore:
    """The history and the saved requests.

    Attributes:
        on_disk: whether they outlive the program.
    """

    history: RequestHistory
    saved: SavedRequests
    on_disk: bool


def open_request_store(paths: Paths | None) -> RequestStore:
    """The store in these folders, or in memory with None; reads and writes nothing yet."""
    if paths is None:
        return RequestStore(RequestHistory(None), SavedRequests(None), on_disk=False)
    return RequestStore(RequestHistory(paths.request_history), SavedRequests(paths.requests), on_disk=True)
