"""Saved requests as files that people can keep in git: one small TOML file a request, a directory a folder.

A file's place is the request's name: `team/send a picture.toml`. Where no file system takes that name, or another has
it but for the case, the file says it as `name`; a file that was moved since is called by its place. Nothing outside
the chosen directory is read or written: links are left alone. Secrets are masked; of variables only names are written.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from tui.raw_request.form_text import RequestText, typed_from
from tui.raw_request.redaction import redact
from tui.raw_request.saved_requests import name_problem
from tui.raw_request.variables import ACCOUNT, LAST, names_in
from tui.safe_text import safe_text
from tui.storage.document import Table
from tui.storage.errors import ConfigUnreadable
from tui.storage.files import make_folder, read_regular, write_private
from tui.storage.nearest import nearest
from tui.storage.toml_file import multiline_toml
from tui.storage.toml_reading import parse

SCHEMA: Final = 1
ENDING: Final = ".toml"
MOST_FILES: Final = 1000
LARGEST_FILE: Final = 256 * 1024
"""Bytes of one request's file."""

LARGEST_ALL: Final = 4 * 1024 * 1024
"""Bytes of all files that are read."""

DEEPEST: Final = 8
MOST_ENTRIES: Final = 20_000
"""Entries of directories that are looked at."""

_TYPES: Final = {"str": "a text in quotes", "int": "a number", "bool": "true or false", "list": "a list"}
_KEYS: Final = {"schema": "int", "name": "str", "needs": "list"} | {
    each.name: type(each.default).__name__ for each in fields(RequestText)
}
"""What a file may hold, and of what type."""

_HEADER: Final = "# A request of tuilio's console.\n"
_REFUSED: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"~[0-9a-f]{6}$")
_LONGEST_PART: Final = 100
"""Bytes of a part of a path, ending left out."""


@dataclass(frozen=True, slots=True)
class FolderReading:
    """The requests in a directory.

    Attributes:
        requests: name → request, in the order of their names.
        places: name → the file it stands in, below the directory.
        problems: a sentence for each file that was skipped.
    """

    requests: Mapping[str, RequestText] = field(default_factory=dict[str, RequestText])
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export would write.

    Attributes:
        directory: where.
        new: place below the directory → content, of files that are not there.
        changed: the same of files that are there and say something else.
        same: how many are there as they are.
        problems: a sentence for each request that cannot be written there.
    """

    directory: Path
    new: Mapping[str, bytes]
    changed: Mapping[str, bytes]
    same: int
    problems: tuple[str, ...] = ()


def plan_export(requests: Mapping[str, RequestText], directory: Path, hide: Callable[[str], str] = str) -> ExportPlan:
    """What exporting requests to a directory would write; writes nothing. A request stays in the file that it has.

    Args:
        requests: name → request.
        directory: need not exist.
        hide: masks the connection's credentials in a text.

    Raises:
        OSError: the directory cannot be read.
    """
    there = read_folder(directory) if directory.exists() else FolderReading()
    new: dict[str, bytes] = {}
    changed: dict[str, bytes] = {}
    problems: list[str] = []
    same = 0
    taken = {_fold(place): place for place in there.places.values()}
    for name in sorted(requests):
        place = there.places.get(name) or _free_place(name, taken)
        taken[_fold(place)] = place
        content = _encode(name, place, redact(requests[name], hide))
        before = _read_before(directory, place)
        if isinstance(before, str):
            problems.append(f"{place}: {before}.")
        elif before is None:
            new[place] = content
        elif before.replace(b"\r\n", b"\n") != content:
            changed[place] = content
        else:
            same += 1
    return ExportPlan(directory, new, changed, same, tuple(problems))


def write_export(plan: ExportPlan, *, replace: bool) -> int:
    """Write the files that are not there, with `replace` those that say something else as well; returns how many.

    Raises:
        OSError: a file cannot be written, or is there by now; those before it are.
    """
    files = [(place, content, False) for place, content in plan.new.items()]
    files += [(place, content, True) for place, content in plan.changed.items()] if replace else []
    make_folder(plan.directory)
    for place, content, over in files:
        path = plan.directory / place
        make_folder(path.parent)
        write_private(path, content, replace=over)
    return len(files)


def read_folder(directory: Path) -> FolderReading:
    """The requests in a directory's files, its directories' included; what cannot be read is named and skipped.

    Raises:
        OSError: the directory itself cannot be read.
    """
    requests: dict[str, RequestText] = {}
    places: dict[str, str] = {}
    problems: list[str] = []
    size = 0
    for place in _places(directory, problems):
        if len(places) >= MOST_FILES or size >= LARGEST_ALL:
            problems.append(f"{place} and what follows: more than {MOST_FILES:,} files or 4 MB are not read.")
            break
        try:
            data = read_regular(directory / place, limit=LARGEST_FILE, follow=False)
            size += len(data)
            name, request = _decode(place, data)
        except ConfigUnreadable as problem:
            problems.append(f"{place}: {problem.reason}")
        except OSError as problem:
            problems.append(f"{place}: it cannot be read, {problem.strerror or type(problem).__name__}.")
        else:
            if name in requests:
                problems.append(f"{place}: “{name}” stands in {places[name]} as well.")
            else:
                requests[name], places[name] = request, place
    names = sorted(requests)
    return FolderReading({name: requests[name] for name in names}, places, tuple(problems))


def _encode(name: str, place: str, request: RequestText) -> bytes:
    document: Table = {"schema": SCHEMA}
    if _name_of(place) != name:
        document["name"] = name
    texts = (request.path, request.query, request.headers, request.body if request.body_kind != "raw" else "")
    if needs := sorted({name for text in texts for name in names_in(text)} - {ACCOUNT, LAST}):
        document["needs"] = needs
    document.update(request.texts())
    # Half of a surrogate pair has no bytes; it could not be sent either.
    return (_HEADER + multiline_toml(document)).encode("utf-8", "replace")


def _decode(place: str, data: bytes) -> tuple[str, RequestText]:
    path = Path(place)
    document = parse(data, path)
    schema = document.get("schema", SCHEMA)
    if not isinstance(schema, int) or schema > SCHEMA:
        raise ConfigUnreadable(path, "It was written by a newer tuilio.")
    if not isinstance(document.get("path"), str):
        raise ConfigUnreadable(path, "It holds no request: there is no path.")
    for key, value in document.items():
        if key not in _KEYS:
            near = nearest(key, _KEYS, {})
            hint = f" Write {near} if that is meant." if near else ""
            raise ConfigUnreadable(path, f"“{safe_text(key, limit=40)}” is no part of a request.{hint}")
        if (kind := type(value).__name__) != _KEYS[key]:
            raise ConfigUnreadable(path, f"{key} is {_TYPES.get(kind, 'something else')}, not {_TYPES[_KEYS[key]]}.")
    name, told = _name_of(place), document.get("name")
    if isinstance(told, str) and not name_problem(told) and _fold(_SUFFIX.sub("", name)) == _fold(_safe(told)):
        name = told
    if problem := name_problem(name):
        raise ConfigUnreadable(path, problem)
    return name, typed_from(document)


def _places(directory: Path, problems: list[str]) -> Iterator[str]:
    """The files below a directory, in order; hidden ones and links are left out."""
    looked = 0
    waiting = [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(directory / folder if folder else directory) as found:
                entries = sorted(found, key=lambda each: each.name)
        except OSError as problem:
            if not folder:
                raise
            problems.append(f"{folder}: it cannot be read, {problem.strerror or type(problem).__name__}.")
            continue
        inner: list[tuple[str, int]] = []
        for entry in entries:
            looked += 1
            if looked > MOST_ENTRIES:
                problems.append(f"More than {MOST_ENTRIES:,} files are not looked at.")
                return
            place = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                problems.append(f"{place}: links are not followed.")
            elif entry.is_dir():
                if depth < DEEPEST:
                    inner.append((place, depth + 1))
                else:
                    problems.append(f"{place}: it lies too deep.")
            elif entry.name.endswith(ENDING):
                yield place
        waiting += inner[::-1]


def _free_place(name: str, taken: Mapping[str, str]) -> str:
    """A place for a request that has no file yet, in directories as they are spelled there already."""
    *folders, last = _safe(name).split("/")
    for depth in range(len(folders), 0, -1):
        wanted = _fold("/".join(folders[:depth]))
        spelled = (other.split("/")[:-1][:depth] for other in taken.values())
        if found := next((each for each in spelled if _fold("/".join(each)) == wanted), None):
            folders[:depth] = found
            break
    place = "/".join((*folders, f"{last}{ENDING}"))
    seed = name
    while _fold(place) in taken:
        digest = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:6]
        place, seed = "/".join((*folders, f"{last}~{digest}{ENDING}")), f"{seed} "
    return place


def _safe(name: str) -> str:
    """A name as a path that every file system takes."""
    return "/".join(_safe_part(part) for part in name.split("/"))


def _safe_part(part: str) -> str:
    safe = _REFUSED.sub("_", unicodedata.normalize("NFC", part))
    safe = safe.encode("utf-8", "replace")[:_LONGEST_PART].decode("utf-8", "ignore").strip()
    safe = re.sub(r"^\.|[. ]$", "_", safe)
    if _RESERVED.match(safe) or safe.lower().endswith(ENDING) or _SUFFIX.search(safe):
        safe = f"{safe}_"
    return safe or "_"


def _name_of(place: str) -> str:
    # Some file systems take names apart into letters and accents.
    return unicodedata.normalize("NFC", place.removesuffix(ENDING))


def _fold(place: str) -> str:
    """A place as file systems compare that know no case, or other normal forms."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", place).casefold())


def _read_before(directory: Path, place: str) -> bytes | str | None:
    """What a file holds, None where there is none, or why nothing can be written there."""
    at = directory
    for part in place.split("/")[:-1]:
        at /= part
        if at.is_symlink() or (at.exists() and not at.is_dir()):
            return f"{at.relative_to(directory)} is no directory of its own"
    path = directory / place
    if path.is_symlink():
        return "a link is there, which is not followed"
    try:
        return read_regular(path, limit=LARGEST_FILE, follow=False)
    except FileNotFoundError:
        return None
    except OSError as problem:
        return f"what is there cannot be read, {problem.strerror or type(problem).__name__}"
