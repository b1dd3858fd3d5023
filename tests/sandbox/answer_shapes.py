"""Twilio's description of its answers, and what is wrong with an answer by it.

The description is `answer_shapes.txt`: an answer has all the fields of its resource, no others, and each of its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from tui.twilio.operations import Operation

Shapes = dict[str, dict[str, str]]


def read_table() -> tuple[dict[str, tuple[str, str]], Shapes]:
    """Operation → key of a page, empty for one resource, and resource; resource → field → type."""
    answers: dict[str, tuple[str, str]] = {}
    shapes: Shapes = {}
    name = ""
    for line in (Path(__file__).parent / "answer_shapes.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        operation, equals, what = line.partition(" = ")
        if equals:
            key, _, resource = what.rpartition(" ")
            answers[operation] = (key, resource)
        elif line.startswith(" "):
            shapes[name] |= dict(field.split(":", 1) for field in line.split())
        else:
            name = line
            shapes[name] = {}
    return answers, shapes


ANSWERS, SHAPES = read_table()


def plain_path(operation: Operation) -> str:
    """The path without version and kind of answer, and without the names of placeholders."""
    path = re.sub(r"\{\w+\}", "{}", operation.path.removeprefix("/2010-04-01").removesuffix(".json"))
    return re.sub(r"(?<=/Usage/Records)/\w+$", "", path)


def faults(value: Any, kind: str, where: str) -> Iterator[str]:
    """What is wrong with a value of which the description says this."""
    if value is None and kind.endswith("?"):
        return
    kind = kind.removesuffix("?")
    if kind in SHAPES:
        yield from faults_of(value, SHAPES[kind], where)
    elif kind.startswith("["):
        if not isinstance(value, list):
            yield f"{where} is no list: {value!r}"
        else:
            for each in value:
                yield from faults(each, kind[1:-1], f"{where}[]")
    elif not is_of(value, kind):
        yield f"{where} is not {kind}: {value!r}"


def faults_of(answer: Any, shape: dict[str, str], where: str) -> Iterator[str]:
    if not isinstance(answer, dict):
        yield f"{where} is no object: {answer!r}"
        return
    yield from (f"{where} lacks {name}" for name in shape.keys() - answer.keys())
    yield from (f"{where} has {name} as well" for name in answer.keys() - shape.keys())
    for name in shape.keys() & answer.keys():
        yield from faults(answer[name], shape[name], f"{where}.{name}")


def is_of(value: Any, kind: str) -> bool:
    match kind:
        case "*":
            return value is not None
        case "s":
            return isinstance(value, str)
        case "b":
            return isinstance(value, bool)
        case "i":
            return isinstance(value, int) and not isinstance(value, bool)
        case "n":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "o":
            return isinstance(value, dict)
        case "rfc":
            return value.endswith(" +0000") and parsedate_to_datetime(value) is not None
        case "iso":
            return value.endswith("Z") and bool(datetime.fromisoformat(value))
        case "date":
            return bool(date.fromisoformat(value))
        case words:
            return value in words.split("|")


def faults_of_answer(operation: Operation, answer: Any) -> list[str]:
    name = f"{operation.method} {operation.product} {plain_path(operation)}"
    key, resource = ANSWERS[name]
    if not key:
        return list(faults(answer, resource, resource))
    envelope = {key: f"[{resource}]"} | (SHAPES["Page"] if operation.product == "api" else {"meta": "Meta"})
    return list(faults_of(answer, envelope, name))


def faults_of_refusal(answer: Any, status: int) -> list[str]:
    """What is wrong with the body of an error answer."""
    wrong = list(faults_of(answer, SHAPES["Refusal"], "refusal"))
    return wrong or ([] if answer["status"] == status else [f"refusal.status is {answer['status']}, not {status}"])
