"""What the official `twilio` package asks of Twilio, read from its source: no code of it is run."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

HEADERS = {"Authorization", "Flex-Metadata", "X-Twilio-Api-Version"}
"""Names that the package puts beside the parameters and sends as headers."""


def nameless(path: str) -> str:
    """A path with `{}` for each placeholder."""
    return re.sub(r"\{\w+\}", "{}", path)


def products() -> tuple[str, ...]:
    """The packages of the package, one for each host."""
    return tuple(sorted(each.parent.name for each in _root().glob("*/*Base.py")))


@cache
def official_calls(product: str) -> dict[tuple[str, str, str], frozenset[str]]:
    """Host, method and path, with `{}` for each placeholder, of every request to a product → names of its parameters.

    Found in the source of the package's resources; JSON bodies have no names here.
    """
    found = defaultdict[tuple[str, str, str], set[str]](set)
    folder = _root() / product
    (base,) = folder.glob("*Base.py")
    host = re.search(r'super\(\).__init__\(twilio, "https://([\w.-]+)"\)', base.read_text())
    for start in folder.glob("*/__init__.py"):
        prefix = re.search(r'super\(\).__init__\(domain, "([\w.-]+)"\)', start.read_text())
        for file in start.parent.rglob("*.py") if host and prefix else ():
            for method, uri, names in _of_file(file):
                found[host[1], method, f"/{prefix[1]}{nameless(uri)}"] |= names
    return {call: frozenset(names) for call, names in found.items()}


def _root() -> Path:
    spec = find_spec("twilio.rest")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def _of_file(file: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    for one in ast.walk(ast.parse(file.read_text())):
        if isinstance(one, ast.ClassDef) and (uri := _uri(one)):
            yield from ((method, uri, names) for method, names in _requests(one))


def _uri(one: ast.ClassDef) -> str:
    """What a class sets as its `_uri`."""
    for node in ast.walk(one):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "self._uri":
            texts = [each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
            return next((text for text in texts if isinstance(text, str)), "")
    return ""


def _requests(one: ast.ClassDef) -> Iterator[tuple[str, frozenset[str]]]:
    for function in one.body:
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                given = {each.arg: each.value for each in node.keywords} if isinstance(node, ast.Call) else {}
                method = given.get("method")
                if isinstance(method, ast.Constant) and "uri" in given and ast.unparse(given["uri"]) == "self._uri":
                    yield str(method.value), _names(function)


def _names(function: ast.FunctionDef) -> frozenset[str]:
    """The names of `data = values.of({…})` or `params = …`."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("data", "params"):
            keys = [key for each in ast.walk(node.value) if isinstance(each, ast.Dict) for key in each.keys]
            found |= {str(key.value) for key in keys if isinstance(key, ast.Constant)}
    return frozenset(found - HEADERS)
