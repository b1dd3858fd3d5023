"""An address as a person would type it: below the base, with the account's variable, its query as pairs. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl

from tui.raw_request.checks import locate
from tui.raw_request.model import RawRequest
from tui.twilio.errors import InvalidRequest
from tui.twilio.url_policy import UrlPolicy


def as_typed(gate: UrlPolicy, account_sid: str, request: RawRequest) -> RawRequest:
    """The same request, shorter where it goes to the same address byte for byte; else as it is."""
    try:
        url = locate(gate, account_sid, request)
    except InvalidRequest:
        return request
    path = request.path.removeprefix(gate.base) if request.path.startswith(f"{gate.base}/") else request.path
    path = re.sub(rf"(?<=/){re.escape(account_sid)}(?=[/.?]|$)", "$TWILIO_ACCOUNT_SID", path)
    bare, _, query = path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    for shorter in (replace(request, path=bare, query=(*pairs, *request.query)), replace(request, path=path)):
        try:
            if locate(gate, account_sid, shorter) == url:
                return shorter
        except InvalidRequest:
            continue
    return request
