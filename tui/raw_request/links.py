"""Where an answer leads: its redirect, its next page. Told, never followed from here.

Remote text decides where these point, so each passes the gate before anything may go there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urljoin, urlsplit

from tui.raw_request.model import RawResponse
from tui.twilio.errors import InvalidRequest
from tui.twilio.exchange import is_readable
from tui.twilio.url_policy import Origin, UrlPolicy


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a 3xx answer points.

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


def redirect_target(gate: UrlPolicy, response: RawResponse) -> Redirect | None:
    """Where a redirect leads; None when the answer is none."""
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
        return Redirect(location, method, True, "The address cannot be read.", gate.hide)
    crosses = here != there
    if not gate.allows(url):
        # Not asked of the base in its place, as a link is: a gateway that sends people to Twilio does not want it.
        own = f"{gate.origin}, and this connection reaches nothing else" if gate.is_confined else "Twilio"
        return Redirect(
            url, method, crosses, f"It leads away from {own}; open it elsewhere if you trust it.", gate.hide
        )
    try:
        # The gate also refuses paths that climb and characters that have no place in an address.
        url = gate.locate(url.partition("#")[0])
    except InvalidRequest as problem:
        return Redirect(url, method, crosses, problem.reason, gate.hide)
    return Redirect(url, method, crosses, hide=gate.hide)


def next_page(gate: UrlPolicy, response: RawResponse) -> str | None:
    """The address of the page after a list answer; None when there is none, or the answer is larger than any list.

    Reads the whole body.

    Raises:
        InvalidRequest: the answer's link leads elsewhere.
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
    return gate.follow(link) if isinstance(link, str) else None


def _origin(url: str) -> Origin:
    return Origin.of(urlsplit(url))
