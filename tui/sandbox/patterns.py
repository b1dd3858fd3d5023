"""Regular expressions that cost what the text is long, whatever the pattern: for paths of faults and texts of messages.

Python's own can take for ever, `(a+)+b` for example, and nothing can stop it. Here a text is read once: a pattern is a
net of states, and each character leads from one set of states to the next (Thompson, 1968). The sets that were met are
remembered, so that a character costs one look-up most of the time. What fits is only told, and not where: so there are
no captures, and `*?` means what `*` means. `.` is any character, `^` and `$` are the ends of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
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

_States: TypeAlias = int
"""A set of states that want a character, a bit for each, with `_FOUND` and `_FOUND_AT_END`."""

_FOUND = 1
_FOUND_AT_END = 2


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
    """What is remembered of a set of states: where characters lead from it."""

    states: _States
    after: dict[str, _Places] = field(default_factory=dict[str, "_Places"])


class Pattern:
    """A pattern that was read; an empty one fits every text."""

    def __init__(self, nodes: list[_Node], first: int) -> None:
        wanting = [(number, node.item) for number, node in enumerate(nodes) if node.item]
        bits = {number: _FOUND_AT_END << place for place, (number, _) in enumerate(wanting, 1)}
        reached = _reached(nodes, bits, at_start=False)
        self._everywhere = reached[first]
        # Which states want such a character; which lead to the one below them, as most in a row do; and what leads
        # to others. So all states of a set move at once.
        self._takers: dict[re.Pattern[str], _States] = {}
        self._in_a_row: _States = 0
        self._elsewhere: dict[_States, _States] = {}
        for number, item in wanting:
            bit, onward = bits[number], reached[nodes[number].to[0]]
            self._takers[item] = self._takers.get(item, 0) | bit
            if onward & bit >> 1:
                self._in_a_row |= bit
            if others := onward & ~(bit >> 1):
                self._elsewhere[others] = self._elsewhere.get(others, 0) | bit
        self._start = _Places(_reached(nodes, bits, at_start=True)[first])
        self._known: dict[_States, _Places] = {}
        self._remembered = 0

    def fits(self, text: str) -> bool:
        """Tell whether it is found in the text."""
        here = self._start
        for character in text:
            if here.states & _FOUND:
                return True
            here = here.after.get(character) or self._step(here, character)
        return here.states & (_FOUND | _FOUND_AT_END) != 0

    def _step(self, here: _Places, character: str) -> _Places:
        taken = 0
        for item, takers in self._takers.items():
            if here.states & takers and item.match(character):
                taken |= here.states & takers
        states = self._everywhere | (taken & self._in_a_row) >> 1
        for others, whence in self._elsewhere.items():
            if taken & whence:
                states |= others
        if self._remembered >= _MOST_REMEMBERED:
            self._known.clear()
            self._start.after.clear()
            here.after.clear()
            self._remembered = 0
        if (there := self._known.get(states)) is None:
            there = self._known[states] = _Places(states)
        here.after[character] = there
        self._remembered += 1
        return there


def _reached(nodes: Sequence[_Node], bits: Mapping[int, _States], *, at_start: bool) -> list[_States]:
    """Return what is reached from each state without a character; what `$` leads to, at the end of a text alone."""
    reached, before = [0] * len(nodes), list[_States]()
    while reached != before:
        before = reached.copy()
        for number, node in enumerate(nodes):
            if not node.to:
                reached[number] = _FOUND | _FOUND_AT_END
            elif node.item is not None:
                reached[number] = bits[number]
            elif node.only_at != "^" or at_start:
                passed = -1 if node.only_at != "$" else _FOUND_AT_END
                reached[number] = reduce(int.__or__, (reached[each] for each in node.to)) & passed
    return reached


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
