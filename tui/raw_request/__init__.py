"""Requests made by hand: what a person sets, what is wrong with it, sending with retries, curl in and out, history.

What is exported here is imported when it is first asked for, so that a start pays for none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.raw_request.curl_import import read_curl
    from tui.raw_request.model import FilePart, RawRequest, RawResponse
    from tui.raw_request.pairs import read_parts, write_parts
    from tui.raw_request.sending import send

__all__ = ["FilePart", "RawRequest", "RawResponse", "read_curl", "read_parts", "send", "write_parts"]

_HOME = {
    "FilePart": "model",
    "RawRequest": "model",
    "RawResponse": "model",
    "read_curl": "curl_import",
    "read_parts": "pairs",
    "send": "sending",
    "write_parts": "pairs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
