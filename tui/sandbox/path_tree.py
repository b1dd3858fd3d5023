"""Paths with placeholders, and what stands at each: found segment by segment. Knows nothing of Twilio or HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

_ENDING = ".json"


@dataclass(frozen=True, slots=True)
class PathMatch(Generic[Thing]):
    """What stands at a path, and what its placeholders stand for, from left to right."""

    thing: Thing
    values: tuple[str, ...]


@dataclass(slots=True)
class _Segment(Generic[Thing]):
    """What may follow in a path: words, or anything; and what stands here, by how the path ends."""

    words: dict[str, _Segment[Thing]] = field(default_factory=dict)
    anything: _Segment[Thing] | None = None
    things: dict[str, Thing] = field(default_factory=dict)


class PathTree(Generic[Thing]):
    """Finds what stands at a path.

    Args:
        paths: such as `/v1/Services/{Sid}`: a placeholder is one whole segment that is not empty, but for a `.json`
            at the end, which is no part of it.
    """

    def __init__(self, paths: Mapping[str, Thing]) -> None:
        self._root = _Segment[Thing]()
        for path, thing in paths.items():
            segments, ending = _divide(path)
            place = self._root
            for segment in segments:
                if segment.startswith("{"):
                    place.anything = place.anything or _Segment[Thing]()
                    place = place.anything
                else:
                    place = place.words.setdefault(segment, _Segment[Thing]())
            place.things[ending] = thing

    def find(self, path: str) -> PathMatch[Thing] | None:
        """What stands at a path; a word is a closer match than a placeholder that takes any."""
        segments, ending = _divide(path)
        return _find(self._root, segments, ending, ())


def _divide(path: str) -> tuple[list[str], str]:
    ending = _ENDING if path.endswith(_ENDING) else ""
    return path.removesuffix(ending).split("/")[1:], ending


def _find(start: _Segment[Thing], segments: list[str], ending: str, values: tuple[str, ...]) -> PathMatch[Thing] | None:
    if not segments:
        return PathMatch(start.things[ending], values) if ending in start.things else None
    first, rest = segments[0], segments[1:]
    if (below := start.words.get(first)) is not None and (place := _find(below, rest, ending, values)) is not None:
        return place
    return _find(start.anything, rest, ending, (*values, first)) if start.anything is not None and first else None
