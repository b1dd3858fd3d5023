"""From bytes to rows: reads JSON in one pass, in the time and the memory a thread can spare.

One pattern takes a whole member (key, colon, plain value, comma) at a time, several hundred thousand rows a
second; what it does not match goes to the careful grammar beside this file.
"""

from __future__ import annotations

import codecs
import json
import re
from array import array
from typing import Final

from tui.widgets.response_view.json_grammar import (
    NUMBER,
    PIECE,
    STRING,
    NotJson,
    Rest,
    read_after,
    read_colon,
    read_key,
    read_plain,
    skip_blanks,
)
from tui.widgets.response_view.json_tree import NONE, Tree

MOST_ROWS: Final = 4_000_000
"""Rows kept, 22 bytes each at most: under 90 MB beside the text itself."""

_DEEPEST: Final = 65_000
_ROWS_BETWEEN_RESTS: Final = 1024

_BLANK: Final = rb"[ \t\n\r]{0,65536}+"
_KEY: Final = _BLANK + rb"(" + STRING + rb")" + _BLANK + rb":"
# A plain value with the sign that follows it, and the bracket of an object or array that is not empty.
_PLAIN: Final = _BLANK + rb"(" + STRING + rb"|" + NUMBER + rb"|true|false|null)" + _BLANK + rb"[,}\]]"
_OPENING: Final = _BLANK + rb"([{\[])" + _BLANK + rb"(?![}\]])"
# All have the key as their first group, the value as their second.
_PLAIN_MEMBER: Final = re.compile(_KEY + _PLAIN)
_PLAIN_ELEMENT: Final = re.compile(rb"()" + _PLAIN)
_OPENING_MEMBER: Final = re.compile(_KEY + _OPENING)
_OPENING_ELEMENT: Final = re.compile(rb"()" + _OPENING)
_AFTER: Final = re.compile(_BLANK + rb"([,}\]])")

_BRACE: Final = 0x7B
_COMMA: Final = 0x2C
_CLOSER: Final = {0x7B: 0x7D, 0x5B: 0x5D}


def as_utf8(content: bytes, rest: Rest) -> bytes:
    """The text as UTF-8 without a byte order mark; UTF-16 and UTF-32 are recognised as RFC 4627 §3 describes.

    Raises:
        NotJson: there are bytes that are no text.
    """
    encoding = json.detect_encoding(content[:64])
    plain = encoding in {"utf-8", "utf-8-sig"}
    if plain:
        content, encoding = content.removeprefix(codecs.BOM_UTF8), "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    kept: list[bytes] = []
    for start in range(0, len(content), PIECE):
        try:
            text = decoder.decode(content[start : start + PIECE], start + PIECE >= len(content))
        except UnicodeDecodeError as problem:
            place = max(0, min(len(content), start + problem.start))
            raise NotJson("bytes that are no text", content, place) from None
        if not plain:
            kept.append(text.encode())
        rest()
    return content if plain else b"".join(kept)


def read_rows(tree: Tree, rest: Rest, *, most: int = MOST_ROWS, fast: bool = True) -> None:
    """Fill the tree. At every call of `rest`, `tree.count` rows are finished and may be read by others.

    Stops without being whole when there are more than `most` rows. `fast=False` goes the careful way alone.

    Raises:
        NotJson: what is wrong, and where; the rows before it are left as they are.
    """
    content = tree.content
    if len(content) >= NONE:
        raise NotJson("more than four gigabytes", content, 0)
    add_start, add_key, add_link = tree.starts.append, tree.keys.append, tree.links.append
    add_parent, add_depth = tree.parents.append, tree.depths.append
    match_after = _AFTER.match
    outer: list[tuple[int, bool, int]] = []
    parent, in_object, index = NONE, False, NONE
    row = position = 0
    due = _ROWS_BETWEEN_RESTS
    while True:
        found, begun, depth, ended = None, row, len(outer), False
        if fast and parent != NONE:
            # Plain values side by side: most of any text, so nothing is done here that can be done for all at once.
            match_plain = _PLAIN_MEMBER.match if in_object else _PLAIN_ELEMENT.match
            while row < due and (found := match_plain(content, position)):
                start, end = found.span(2)
                add_start(start)
                add_link(end)
                if in_object:
                    add_key(found.start(1))
                row += 1
                position = found.end()
                if content[position - 1] != _COMMA:
                    position -= 1
                    ended = True
                    break
            if row > begun:
                if not in_object:
                    tree.keys.extend(range(index, index + row - begun))
                tree.parents.extend(array("I", (parent,)) * (row - begun))
                tree.depths.extend(array("H", (depth,)) * (row - begun))
                index += row - begun - ended
        if not ended:
            opened = None
            if fast and parent != NONE:
                opened = (_OPENING_MEMBER if in_object else _OPENING_ELEMENT).match(content, position)
            if opened is not None:
                (key_at, _), (start, position), end = opened.span(1), opened.span(2), NONE
            else:
                key_at, start, end, position = _read_carefully(content, position, in_object, rest)
            add_start(start)
            add_key(key_at if in_object else index)
            add_parent(parent)
            add_depth(depth)
            if end == NONE:
                add_link(NONE)
                if depth >= _DEEPEST:
                    raise NotJson(f"more than {_DEEPEST:,} levels", content, start)
                tree.containers.append(row)
                outer.append((parent, in_object, index))
                parent, in_object, index = row, content[start] == _BRACE, 0
                row += 1
                continue
            # An empty object or array is linked to itself; it is known by its bracket.
            add_link(row if content[start] in _CLOSER else end)
            row += 1
        while True:
            if parent == NONE:
                position = skip_blanks(content, position, rest)
                if position < len(content):
                    raise NotJson("more text after the value", content, position)
                tree.count, tree.whole = row, True
                return
            if content[position] != _COMMA if position < len(content) else True:
                after = match_after(content, position)
                position = after.start(1) if after else read_after(content, position, rest)
            if content[position] == _COMMA:
                position += 1
                index += 1
                break
            closed = parent
            if content[position] != _CLOSER[content[tree.starts[closed]]]:
                raise NotJson("a closing bracket of the other kind", content, position)
            parent, in_object, index = outer.pop()
            add_start(position)
            add_key(NONE)
            add_parent(parent)
            add_depth(len(outer))
            add_link(closed)
            tree.links[closed] = row
            row += 1
            position += 1
        if row >= due:
            tree.count = row
            due = row + _ROWS_BETWEEN_RESTS
            rest()
            if row >= most:
                return


def _read_carefully(content: bytes, at: int, in_object: bool, rest: Rest) -> tuple[int, int, int, int]:
    """One member or element: where its key and its value begin, where the value ends, where to read on.

    The end is NONE for an object or array that holds something.
    """
    at = key_at = skip_blanks(content, at, rest)
    if in_object:
        at = skip_blanks(content, read_colon(content, read_key(content, at, rest), rest), rest)
    if at < len(content) and content[at] in _CLOSER:
        inside = skip_blanks(content, at + 1, rest)
        if inside < len(content) and content[inside] == _CLOSER[content[at]]:
            return key_at, at, inside + 1, inside + 1
        return key_at, at, NONE, inside
    end = read_plain(content, at, rest)
    return key_at, at, end, end
