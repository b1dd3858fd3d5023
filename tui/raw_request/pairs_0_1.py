"""The lines of stored requests as tuilio up to 0.1 read them, carried over into the lines of today.

Then every value between quotes lost them, also one that was typed so, a quoted value could still name a file,
a `;` ended a path, and no value held variables. Requests that were stored then go on meaning what was sent then. Only
for reading what is stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from tui.raw_request.form_text import NOTATION, RequestText
from tui.raw_request.model import FilePart
from tui.raw_request.pairs import map_lines, map_values, read_pairs, read_parts, unquoted, write_pairs, write_parts
from tui.raw_request.variables import ACCOUNT, escape
from tui.twilio.errors import InvalidRequest


def carried_over(typed: RequestText) -> RequestText:
    """The request in the notation of today, line by line: lines that read as ever stay as they were typed."""
    if typed.notation < 2:
        typed = _unquoted_as_ever(typed)
    return _without_variables(typed) if typed.notation < NOTATION else typed


def _unquoted_as_ever(typed: RequestText) -> RequestText:
    body = typed.body
    if typed.body_kind == "form":
        body = map_lines(body, lambda line: _pair_line(line, "="))
    elif typed.body_kind == "multipart":
        body = map_lines(body, _part_line)
    return replace(
        typed,
        query=map_lines(typed.query, lambda line: _pair_line(line, "=")),
        headers=map_lines(typed.headers, lambda line: _pair_line(line, ":=")),
        body=body,
        notation=2,
    )


def _without_variables(typed: RequestText) -> RequestText:
    """The request in which `$name` is text wherever it was; before a path's `?` it could not be sent."""
    path, sign, query = typed.path.partition("?")
    body = typed.body
    if typed.body_kind in ("form", "multipart"):
        body = map_values(body, escape, parts=typed.body_kind == "multipart")
    return replace(
        typed,
        path=f"{path}{sign}{escape(query, (ACCOUNT,))}",
        query=map_values(typed.query, escape),
        headers=map_values(typed.headers, escape, separators=":="),
        body=body,
        notation=NOTATION,
    )


def _pair_line(line: str, separators: str) -> str:
    pair = _read_line(line, separators)
    if pair is None or _read_now(lambda: read_pairs(line, field="", separators=separators)) == (pair,):
        return line
    return write_pairs([pair], separator=separators[0])


def _part_line(line: str) -> str:
    pair = _read_line(line, "=")
    if pair is None:
        return line
    name, value = pair
    meant = ((), (_read_file(name, value[1:]),)) if value.startswith("@") else ((pair,), ())
    return line if _read_now(lambda: read_parts(line)) == meant else write_parts(*meant)


def _read_now(reading: Callable[[], object]) -> object:
    try:
        return reading()
    except InvalidRequest:
        return None


def _read_line(line: str, separators: str) -> tuple[str, str] | None:
    name, rest = _read_name(line, separators)
    if name is None or not name.strip():
        return None
    value = rest.strip()
    bare = unquoted(value)
    return name.strip() if not line.startswith('"') else name, value if bare is None else bare


def _read_name(line: str, separators: str) -> tuple[str | None, str]:
    if line.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            name, end = None, 0
        rest = line[end:].lstrip()
        if isinstance(name, str) and rest[:1] and rest[0] in separators:
            return name, rest[1:]
    at = min((place for place in (line.find(each) for each in separators) if place >= 0), default=-1)
    return (None, "") if at < 0 else (line[:at], line[at + 1 :])


def _read_file(name: str, text: str) -> FilePart:
    path, *options = text.split(";")
    told = {name: value for name, _, value in (option.strip().partition("=") for option in options)}
    return FilePart(name, path.strip(), told.get("filename") or None, told.get("type") or None)
