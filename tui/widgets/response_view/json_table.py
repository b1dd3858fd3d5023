"""A JSON body as a table of lines: one for a value, one more where an object or array ends. Parsed by ijson.

ijson checks the text and says what follows what; where each token stands is found beside it, so that digits, repeated
keys and escapes stay as received and no object is kept for a value: a line takes 22 bytes, and the text is kept once.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import ijson

NONE: Final = 0xFFFF_FFFF
"""No such line, no key."""

MOST_BYTES: Final = 16_000_000
MOST_LINES: Final = 2_000_000
MOST_LEVELS: Final = 65_000

_PIECE: Final = 1 << 14
"""Bytes parsed at a time: the interpreter's lock is held for about a millisecond."""

# Bounded, so that one match holds the lock for a moment only; a longer string is gone through in pieces.
_STRING: Final = re.compile(r'"[^"\\]{0,9999}+(?>(?:\\.[^"\\]{0,9999}+){0,99})"')
_SOME_OF_A_STRING: Final = re.compile(r'(?>(?:\\.|[^"\\]{1,9999}+){1,99})')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")


class NotShown(ValueError):
    """A body cannot be shown as JSON; the message is one sentence without its full stop."""


class JsonTable:
    """The lines of a JSON text, in its order, as it would be printed with one member a line.

    Attributes:
        text: the JSON text; all places are offsets in it, in characters.
        starts: where a line's value (or closing bracket) begins.
        keys: where a member's key begins; an element's index in its array; NONE for the root and closing lines.
        links: of a plain value its end; of an object or array the line where it ends (its own when it is empty);
            of a closing line the line that it closes.
        parents: the line of the object or array around it, NONE for the root.
        depths: how many objects and arrays are around it.
        containers: the lines of objects and arrays that hold something, in the order in which they end.
        container_depths: how many are around each of these.
        count: how many lines there are.
    """

    __slots__ = ("container_depths", "containers", "count", "depths", "keys", "links", "parents", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = array("I")
        self.keys = array("I")
        self.links = array("I")
        self.parents = array("I")
        self.depths = array("H")
        self.containers = array("I")
        self.container_depths = array("H")
        self.count = 0

    # -- what a line is ------------------------------------------------------------------------------

    def mark(self, line: int) -> str:
        """The first character of the line's value: `{`, `[`, `"`, a digit … or a closing bracket."""
        return self.text[self.starts[line]]

    def is_close(self, line: int) -> bool:
        """Whether an object or array ends here."""
        return self.mark(line) in "}]"

    def is_container(self, line: int) -> bool:
        """Whether an object or array begins here that holds something."""
        return self.mark(line) in "{[" and self.links[line] != line

    def is_array(self, line: int) -> bool:
        """Whether an array begins here."""
        return self.mark(line) == "["

    def opening(self, line: int) -> int:
        """The line of the value that a line belongs to: of a closing line the one it closes, else itself."""
        return self.links[line] if self.is_close(line) else line

    def last_line(self, line: int) -> int:
        """The last line of the value that begins at `line`."""
        return self.links[line] if self.mark(line) in "{[" else line

    def has_next(self, line: int) -> bool:
        """Whether a comma follows the value that begins (or ends) at `line`."""
        last = line if self.is_close(line) else self.last_line(line)
        return last + 1 < self.count and not self.is_close(last + 1)

    def containers_at(self, depth: int) -> Iterator[int]:
        """The lines of the objects and arrays at a depth that hold something, in the order in which they end."""
        at = -1
        with suppress(ValueError):
            while True:
                at = self.container_depths.index(depth, at + 1)
                yield self.containers[at]

    def children(self, line: int) -> Iterator[int]:
        """The lines of the values directly inside."""
        if self.is_container(line):
            child, end = line + 1, self.links[line]
            while child < end:
                yield child
                child = self.last_line(child) + 1

    def length(self, line: int, most: int) -> int:
        """How many values are directly inside; of an object's counted to `most` + 1 at the most."""
        if not self.is_container(line):
            return 0
        if self.is_array(line):
            return self.keys[self.opening(self.links[line] - 1)] + 1
        count = 0
        for _ in self.children(line):
            count += 1
            if count > most:
                break
        return count

    # -- texts ---------------------------------------------------------------------------------------

    def line_at(self, offset: int) -> int:
        """The line whose text an offset belongs to; the closest before it when it is between two."""
        line = bisect_right(self.starts, offset) - 1
        after = line + 1
        return after if after < self.count and self.text_start(after) <= offset else max(0, line)

    def text_start(self, line: int) -> int:
        """Where the line's text begins: its key, or the value when it has none."""
        return self.keys[line] if self._has_key(line) else self.starts[line]

    def end(self, line: int) -> int:
        """The offset after the value that begins at `line`."""
        mark, link = self.mark(line), self.links[line]
        if mark in "}]":
            return self.starts[line] + 1
        if mark not in "{[":
            return link
        if link == line:
            return self.text.index("}" if mark == "{" else "]", self.starts[line]) + 1
        return self.starts[link] + 1

    def literal(self, line: int) -> str:
        """The value as written; of a closing line, what it closes."""
        line = self.opening(line)
        return self.text[self.starts[line] : self.end(line)]

    def key_span(self, line: int) -> tuple[int, int] | None:
        """Where a member's key is written, quotes included; None for what has no key."""
        if not self._has_key(line):
            return None
        return self.keys[line], _string_end(self.text, self.keys[line])

    def key(self, line: int) -> str | int | None:
        """A member's key, an element's index, None for the root."""
        line = self.opening(line)
        if self.parents[line] == NONE:
            return None
        span = self.key_span(line)
        return self.keys[line] if span is None else json.loads(self.text[slice(*span)])

    def steps(self, line: int) -> list[str | int]:
        """The keys and indices that lead from the root to the value."""
        found: list[str | int] = []
        line = self.opening(line)
        while (key := self.key(line)) is not None:
            found.append(key)
            line = self.parents[line]
        return found[::-1]

    def _has_key(self, line: int) -> bool:
        parent = self.parents[line]
        return parent != NONE and not self.is_close(line) and not self.is_array(parent)


def read_table(content: bytes, checkpoint: Callable[[], None]) -> JsonTable:
    """Read a body in UTF-8, UTF-16 or UTF-32, with or without a byte order mark, as RFC 4627 §3 recognises them.

    Takes some 30 ms a megabyte, so it belongs into a thread; `checkpoint` is called every millisecond or two and may
    raise to stop.

    Raises:
        NotShown: it is not JSON, and where it breaks; or it is too large, or nested too deeply.
    """
    if len(content) > MOST_BYTES:
        raise NotShown(f"More than {MOST_BYTES // 1_000_000} MB of JSON")
    text, utf8 = _decode(content)
    table = JsonTable(text)
    starts, keys, links, parents, depths = table.starts, table.keys, table.links, table.parents, table.depths
    index, match_string, search_number = text.index, _STRING.match, _NUMBER.search
    around: list[tuple[int, bool, int]] = []
    parent, in_object, key = NONE, False, NONE
    line = at = 0
    event = ""
    try:
        for events in _parse(utf8, checkpoint):
            for event, value in events:
                if event == "string" or event == "map_key":
                    start = index('"', at)
                    found = match_string(text, start)
                    at = found.end() if found else _string_end(text, start, checkpoint)
                    if event == "map_key":
                        key = start
                        continue
                elif event == "number":
                    found = search_number(text, at)
                    assert found is not None
                    start, at = found.span()
                elif event == "start_map" or event == "start_array":
                    if len(around) >= MOST_LEVELS:
                        raise NotShown(f"JSON with more than {MOST_LEVELS:,} levels")
                    start = index("{" if event == "start_map" else "[", at)
                    starts.append(start)
                    keys.append(key)
                    links.append(line)
                    parents.append(parent)
                    depths.append(len(around))
                    around.append((parent, in_object, key))
                    parent, in_object, key = line, event == "start_map", 0
                    line += 1
                    at = start + 1
                    continue
                elif event == "end_map" or event == "end_array":
                    closed = parent
                    parent, in_object, key = around.pop()
                    start = index("}" if event == "end_map" else "]", at)
                    # An empty object or array is one line, linked to itself.
                    if closed != line - 1:
                        starts.append(start)
                        keys.append(NONE)
                        links.append(closed)
                        parents.append(parent)
                        depths.append(len(around))
                        links[closed] = line
                        table.containers.append(closed)
                        table.container_depths.append(len(around))
                        line += 1
                    if not in_object:
                        key += 1
                    at = start + 1
                    continue
                else:
                    word = "null" if event == "null" else "true" if value else "false"
                    start = index(word, at)
                    at = start + len(word)
                starts.append(start)
                keys.append(key)
                links.append(at)
                parents.append(parent)
                depths.append(len(around))
                line += 1
                if not in_object:
                    key += 1
            if line > MOST_LINES:
                raise NotShown(f"More than {MOST_LINES:,} lines of JSON")
        if text[at:].strip(" \t\n\r"):
            # ijson overlooks the beginning of a string behind the value.
            raise ijson.JSONError
    except ijson.JSONError:
        if parent == NONE:
            before = '""' if line else ""
        elif not in_object:
            before = "[" if parent == line - 1 else '[""'
        else:
            before = '{""' if event == "map_key" else "{" if parent == line - 1 else '{"":""'
        raise _fault(text, at, before) from None
    table.count = line
    return table


def _parse(utf8: bytes, checkpoint: Callable[[], None]) -> Iterator[list[tuple[str, Any]]]:
    """What ijson finds, piece by piece; raises its JSONError when all before the fault was handed out."""
    events: Any = ijson.sendable_list()
    parser: Any = ijson.basic_parse_coro(events)
    at, size, ended = 0, _PIECE, False
    while not ended:
        problem = None
        piece = utf8[at : at + size]
        # An empty piece ends the text.
        ended = not piece
        try:
            parser.send(piece)
        except StopIteration:
            pass
        except ijson.JSONError as caught:
            problem = caught
        except Exception:
            # An integer of more than 4,300 digits, or an exponent of more than 18: beyond what Python converts. The
            # events must not be looked at: ijson 3.6.0 leaves a null pointer where the number should be.
            raise NotShown("JSON with a number that is too long to be read") from None
        yield events
        if problem is not None:
            raise problem
        at += size
        # A string that goes on is looked through from its start at each piece: in equal ones 16 MB would take minutes.
        size = _PIECE if events else 2 * size
        events.clear()
        checkpoint()


def _decode(content: bytes) -> tuple[str, bytes]:
    """The text, without a byte order mark, and UTF-8 of it for ijson to check."""
    encoding = json.detect_encoding(content[:64])
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode(encoding, "ignore")
        raise _not_json("bytes that are no text", before, len(before)) from None
    utf8 = content if encoding == "utf-8" else text.encode()
    # ijson 3.6.0 fails at half a surrogate pair, which JSON allows. What the escapes mean is read from the text.
    return text, utf8.replace(b"\\ud", b"\\u0").replace(b"\\uD", b"\\u0")


def _fault(text: str, at: int, before: str) -> NotShown:
    """Why the text breaks after `at`, in the words of the standard library; ijson does not say where.

    `before` is what leads the standard library to the same place: an object or array just as far as the one that the
    text breaks in, so that nothing before `at` is read again.
    """
    try:
        json.loads(before + text[at:], parse_constant=_refuse)
    except json.JSONDecodeError as problem:
        reason = problem.msg[:1].lower() + problem.msg[1:].removesuffix(" at").rstrip(": ")
        return _not_json(reason, text, at + problem.pos - len(before))
    except (ValueError, RecursionError):
        pass
    return _not_json("expecting value", text, len(text) - len(text[at:].lstrip(" \t\r\n,:")))


def _refuse(constant: str) -> object:
    """Python reads `NaN` and `Infinity`; JSON has no such words."""
    raise ValueError(constant)


def _not_json(reason: str, text: str, offset: int) -> NotShown:
    offset = max(0, min(offset, len(text)))
    line = text.count("\n", 0, offset) + 1
    return NotShown(f"Not JSON ({reason} at line {line:,}, column {offset - text.rfind(chr(10), 0, offset):,})")


def _string_end(text: str, start: int, checkpoint: Callable[[], None] = lambda: None) -> int:
    """The offset after the string that begins at `start` and is known to be well formed."""
    at = start + 1
    while text[at] != '"':
        found = _SOME_OF_A_STRING.match(text, at)
        assert found is not None
        at = found.end()
        checkpoint()
    return at + 1
