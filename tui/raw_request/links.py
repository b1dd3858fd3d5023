"""The URL of a response's redirect and of its next page, and a URL as a person would type it. Requests nothing.

Remote text decides where redirects and pages point, so each passes the URL policy before anything may go there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast
from urllib.parse import parse_qsl, urljoin, urlsplit

from tui.raw_request.checks import locate
from tui.raw_request.model import RawRequest, RawResponse
from tui.twilio.errors import InvalidRequest
from tui.twilio.exchange import is_readable
from tui.twilio.url_policy import Origin, UrlPolicy


@dataclass(frozen=True, slots=True)
class Redirect:
    """The target of a 3xx response.

    Attributes:
        url: the absolute address, or the Location as received when it cannot be read.
        method: the method a browser would use there (RFC 9110, 15.4).
        crosses: whether scheme, host or port change; credentials must stay behind then.
        refusal: why it cannot be followed from here; empty when it can.
        hide: masks secrets in what a screen shows of it.
    """

    url: str
    method: str
    crosses: bool
    refusal: str = ""
    hide: Callable[[str], str] = field(default=str, compare=False, repr=False)

    @property
    def shown(self) -> str:
        """The address as a screen shows it: a server may have put credentials into it."""
        return self.hide(self.url)


def redirect_target(policy: UrlPolicy, response: RawResponse) -> Redirect | None:
    """The target of a redirect; None when the response is none."""
    location = response.header("location").strip()
    if not 300 <= response.status < 400 or response.status == 304 or not location:
        return None
    method = response.method
    if (response.status == 303 and method != "HEAD") or (response.status in (301, 302) and method == "POST"):
        method = "GET"
    try:
        url = urljoin(response.url, location.replace(" ", "%20"))
        here, there = _origin(response.url), _origin(url)
    except (ValueError, InvalidRequest):
        return Redirect(location, method, True, "The address cannot be read.", policy.hide)
    crosses = here != there
    if not policy.allows(url):
        # Not asked of the base in its place, as a link is: a gateway that sends people to Twilio does not want it.
        own = f"{policy.origin}, and this connection reaches nothing else" if policy.is_confined else "Twilio"
        return Redirect(
            url, method, crosses, f"It leads away from {own}; open it elsewhere if you trust it.", policy.hide
        )
    try:
        # The gate also refuses paths that climb and characters that have no place in an address.
        url = policy.locate(url.partition("#")[0])
    except InvalidRequest as problem:
        return Redirect(url, method, crosses, problem.reason, policy.hide)
    return Redirect(url, method, crosses, hide=policy.hide)


def next_page(policy: UrlPolicy, response: RawResponse) -> str | None:
    """The URL of the page after a list; None when there is none, or the response is larger than any list.

    Reads the whole body.

    Raises:
        InvalidRequest: the link leads elsewhere.
    """
    if not is_readable(response.content):
        return None
    try:
        document = response.json()
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    table = cast("dict[str, object]", document)
    meta = table.get("meta")
    newer = cast("dict[str, object]", meta).get("next_page_url") if isinstance(meta, dict) else None
    link = table.get("next_page_uri") or newer
    return policy.follow(link) if isinstance(link, str) else None


def shorten(policy: UrlPolicy, account_sid: str, request: RawRequest) -> RawRequest:
    """The request as a person would type it: below the base URL, with the account's variable, its query as pairs.

    Only where it goes to the same URL, byte for byte; else the request as it is.
    """
    try:
        url = locate(policy, account_sid, request)
    except InvalidRequest:
        return request
    path = request.path.removeprefix(policy.base) if request.path.startswith(f"{policy.base}/") else request.path
    path = re.sub(rf"(?<=/){re.escape(account_sid)}(?=[/.?]|$)", "$TWILIO_ACCOUNT_SID", path)
    bare, _, query = path.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    for shorter in (replace(request, path=bare, query=(*pairs, *request.query)), replace(request, path=path)):
        try:
            if locate(policy, account_sid, shorter) == url:
                return shorter
        except InvalidRequest:
            continue
    return request


def _origin(url: str) -> Origin:
    return Origin.of(urlsplit(url))
