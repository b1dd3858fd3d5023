"""Regular expressions that cost what the text is long, whatever the pattern: for paths of faults and texts of messages.

Python's own can take for ever, `(a+)+b` for example, and nothing can stop it. Here a text is read once: a pattern is a
net of states, and each character leads from one set of states to the next (Thompson, 1968). The sets that were met are
remembered, so that a character costs one look-up most of the time. What fits is only told, and not where: so there are
no captures, and `*?` means what `*` means. `.` is any character, `^` and `$` are the ends of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

LONGEST: Final = 200
"""Characters of a pattern."""

_MOST_STATES = 600
_MOST_REMEMBERED = 2000
_DEEPEST = 20
_ITEM = re.compile(
    r"\\[dDwWsS]|\\[^A-Za-z0-9]|\[\^?\]?(?:[^\]\[\\]|\\[dDwWsS]|\\[^A-Za-z0-9])*\]|[^\\\[\](){}*+?^$|]", re.DOTALL
)
_TIMES = re.compile(r"\*|\+|\?|\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")
_DOUBLED = ("--", "&&", "||", "~~")

_States: TypeAlias = frozenset[int]


@dataclass(slots=True)
class _Node:
    """One state: with an item it wants such a character, without one it goes on by itself, at one of the ends if told.

    `to` are the states that follow; none for the one that is reached when all has been found.
    """

    to: tuple[int, ...]
    item: re.Pattern[str] | None = None
    only_at: str = ""


@dataclass(slots=True)
class _Places:
    """What is remembered of a set of states: whether all was found, or is at the end, and where characters lead."""

    states: _States
    found: bool
    found_at_end: bool
    after: dict[str, _Places] = field(default_factory=dict[str, "_Places"])


class Pattern:
    """A pattern that was read; an empty one fits every text."""

    def __init__(self, nodes: list[_Node], first: int) -> None:
        self._nodes = nodes
        self._everywhere = self._reached([first], at_start=False)
        self._start = self._reached([first], at_start=True)
        # Where there is nothing both ends are at one place.
        self._fits_nothing = any(map(self._is_last, self._reached([first], at_start=True, at_end=True)))
        self._known: dict[_States, _Places] = {}
        self._remembered = 0

    def fits(self, text: str) -> bool:
        """Tell whether it is found in the text."""
        if not text:
            return self._fits_nothing
        here = self._places(self._start)
        for character in text:
            if here.found:
                return True
            here = here.after.get(character) or self._step(here, character)
        return here.found or here.found_at_end

    def _step(self, here: _Places, character: str) -> _Places:
        nodes = self._nodes
        # A pattern uses few items many times.
        takes = {item: item.match(character) for item in {nodes[state].item for state in here.states} if item}
        onward = [nodes[state].to[0] for state in here.states if (item := nodes[state].item) and takes[item]]
        there = self._places(self._reached(onward, at_start=False) | self._everywhere)
        if self._remembered >= _MOST_REMEMBERED:
            self._known.clear()
            self._remembered = 0
            here.after.clear()
        here.after[character] = there
        self._remembered += 1
        return there

    def _places(self, states: _States) -> _Places:
        if (places := self._known.get(states)) is None:
            found = any(self._is_last(state) for state in states)
            at_end = self._reached(states, at_start=False, at_end=True)
            places = self._known[states] = _Places(states, found, any(map(self._is_last, at_end)))
        return places

    def _is_last(self, state: int) -> bool:
        return not self._nodes[state].to

    def _reached(self, begin: Iterable[int], *, at_start: bool, at_end: bool = False) -> _States:
        """Return the states that are reached from these without a character."""
        found, left = set[int](), list(begin)
        while left:
            if (state := left.pop()) in found:
                continue
            found.add(state)
            node = self._nodes[state]
            may = {"": True, "^": at_start, "$": at_end}[node.only_at]
            if node.item is None and may:
                left.extend(node.to)
        return frozenset(found)


@lru_cache(maxsize=128)
def read_pattern(text: str) -> Pattern:
    """Read a pattern; `(?i)` at its beginning lets capitals and small letters be the same.

    Raises:
        ValueError: with a sentence, for one that is too long or holds what is not taken.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the pattern is {len(text)} characters long; {LONGEST} are the most")
    reader = _PatternReader(text)
    part = reader.alternatives()
    if reader.position < len(text):
        raise reader.cannot()
    nodes = [_Node(())]
    return Pattern(nodes, part(nodes, 0))


_Part: TypeAlias = Callable[[list[_Node], int], int]
"""Adds the states of a part of a pattern, given the state that follows it, and returns the first of them."""


class _PatternReader:
    """Reads a pattern from left to right, into functions that make its states."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._flags = re.DOTALL
        self._depth = 0
        self.position = 0
        if text.startswith("(?i)"):
            self._flags |= re.IGNORECASE
            self.position = 4

    def alternatives(self) -> _Part:
        """Read what `|` separates, up to a closing parenthesis or the end."""
        ways = [self._sequence()]
        while self._takes("|"):
            ways.append(self._sequence())
        return lambda nodes, then: _add(nodes, tuple(way(nodes, then) for way in ways))

    def cannot(self) -> ValueError:
        """Say that it cannot be read from here on."""
        rest = self._text[self.position : self.position + 10]
        return ValueError(
            f"the pattern {self._text!r} cannot be read from {rest!r} on: it may hold characters, ., [a-z], \\d, \\w, "
            "\\s, \\., groups, | between alternatives, ^ and $, and *, +, ?, {2} or {2,5} after what is repeated"
        )

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self.position < len(self._text) and self._text[self.position] not in "|)":
            parts.append(self._repeated())
        return lambda nodes, then: _in_a_row(nodes, parts, then)

    def _repeated(self) -> _Part:
        if (end := self._text[self.position]) in "^$":
            self.position += 1
            if _TIMES.match(self._text, self.position):
                raise self.cannot()
            return lambda nodes, then: _add(nodes, (then,), only_at=end)
        part = self._one()
        if (times := _TIMES.match(self._text, self.position)) is None:
            return part
        self.position = times.end()
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(times[0], (0, 0))
        if times[1]:
            least, most = int(times[1]), int(times[3]) if times[3] else None if times[2] else int(times[1])
        if most is not None and most < least:
            raise self.cannot()
        self._takes("?")
        if _TIMES.match(self._text, self.position):
            raise self.cannot()
        return lambda nodes, then: _repeat(nodes, part, then, least, most)

    def _one(self) -> _Part:
        if self._takes("("):
            self._depth += 1
            odd = self._text.startswith("?", self.position) and not self._takes("?:")
            if odd or self._depth > _DEEPEST:
                raise self.cannot()
            part = self.alternatives()
            if not self._takes(")"):
                raise self.cannot()
            self._depth -= 1
            return part
        item = _ITEM.match(self._text, self.position)
        if item is None or any(two in item[0] for two in _DOUBLED):
            raise self.cannot()
        try:
            compiled = re.compile(item[0], self._flags)
        except re.error:
            raise self.cannot() from None
        self.position = item.end()
        return lambda nodes, then: _add(nodes, (then,), compiled)

    def _takes(self, word: str) -> bool:
        found = self._text.startswith(word, self.position)
        self.position += len(word) * found
        return found


def _add(nodes: list[_Node], to: tuple[int, ...], item: re.Pattern[str] | None = None, only_at: str = "") -> int:
    if len(nodes) >= _MOST_STATES:
        raise ValueError(f"the pattern repeats too much: {_MOST_STATES} characters and choices are the most")
    nodes.append(_Node(to, item, only_at))
    return len(nodes) - 1


def _in_a_row(nodes: list[_Node], parts: list[_Part], then: int) -> int:
    for part in reversed(parts):
        then = part(nodes, then)
    return then


def _repeat(nodes: list[_Node], part: _Part, then: int, least: int, most: int | None) -> int:
    first = then
    if most is None:
        first = _add(nodes, ())
        nodes[first].to = (part(nodes, first), then)
    for _ in range(0 if most is None else most - least):
        first = _add(nodes, (part(nodes, first), then))
    for _ in range(least):
        first = part(nodes, first)
    return first
