"""Links in a response: its redirect, its pages, a URI or URL among its values; and a URL as a person would type it.

Remote text decides where these point, so each passes the URL policy before anything may go there. Requests nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import cast
from urllib.parse import parse_qsl, urljoin, urlsplit

from tui.raw_request.checks import locate
from tui.raw_request.model import URL, RawRequest, RawResponse
from tui.twilio.errors import InvalidRequest
from tui.twilio.exchange import is_readable
from tui.twilio.url_policy import VERSION_PATH, Origin, UrlPolicy


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


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a list goes on.

    Attributes:
        next, previous: the URLs of the pages around this one, None where there is none.
        number: of this page as Twilio counts them, from 0; None where the response does not say.
    """

    next: str | None = None
    previous: str | None = None
    number: int | None = None


def pages(policy: UrlPolicy, response: RawResponse) -> Pages:
    """The pages around a list, by its `next_page_uri` or `meta.next_page_url`; links that lead elsewhere are left out.

    Reads the whole body. Nothing is found in a response that is larger than any list.
    """
    document: object = None
    if is_readable(response.content):
        with suppress(ValueError):
            document = response.json()
    if not isinstance(document, dict):
        return Pages()
    table = cast("dict[str, object]", document)
    meta = table.get("meta")
    newer = cast("dict[str, object]", meta) if isinstance(meta, dict) else {}

    def link(name: str) -> str | None:
        found = table.get(f"{name}_page_uri") or newer.get(f"{name}_page_url")
        with suppress(InvalidRequest):
            return policy.follow(found) if isinstance(found, str) else None
        return None

    number = table.get("page", newer.get("page"))
    counted = number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 10**9 else None
    return Pages(link("next"), link("previous"), counted)


_FOR_PEOPLE = re.compile(r"https?://(?:(?:www|console|help|support|status)\.)?twilio\.com(?:[:/?#]|$)", re.IGNORECASE)
"""Twilio's pages for people: documentation, the console. They are asked in a browser, without credentials."""


_LINK = re.compile(r"https?://\S+|/[\w.~%-]+(?:/[^\s/]|[?])\S*", re.IGNORECASE)
_LONGEST_LINK = 8192


def is_link(value: str) -> bool:
    """Whether a value is a URL, or a URI such as `/2010-04-01/Accounts/…`."""
    return len(value) <= _LONGEST_LINK and _LINK.fullmatch(value) is not None


def follow(policy: UrlPolicy, account_sid: str, response: RawResponse, value: str) -> RawRequest:
    """The request for a URI or URL in a response, as a person would type it.

    Raises:
        InvalidRequest: it leads to no API of Twilio's.
    """
    if _FOR_PEOPLE.match(value):
        raise InvalidRequest(URL, "That is a page for people, not of the API.")
    try:
        # Classic URIs know Twilio's version, not the base of a gateway; others belong to the host that gave them.
        classic = value.startswith(f"{VERSION_PATH}/")
        url = policy.follow(value) if classic else urljoin(response.url, value.replace(" ", "%20"))
        policy.locate(url)
    except ValueError:
        raise InvalidRequest(URL, "The address cannot be read.") from None
    except InvalidRequest as problem:
        raise InvalidRequest(URL, policy.hide(problem.reason)) from None
    return shorten(policy, account_sid, RawRequest("GET", url))


def at_typed_host(policy: UrlPolicy, typed: str, url: str) -> str:
    """A link at the connection's own origin, at the Twilio host which that stood in for when `typed` was asked.

    The sandbox's links name its port, which is another the next time. Only where it leads to the same URL.
    """
    host = re.match(r"https://[^/?#]+", typed)
    if not policy.is_confined or host is None or not url.startswith(f"{policy.origin}/"):
        return url
    there = host[0] + url.removeprefix(str(policy.origin))
    try:
        return there if policy.locate(there) == policy.locate(url) else url
    except InvalidRequest:
        return url


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
