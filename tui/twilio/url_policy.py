"""The URL policy of a connection: which URLs its requests, and so its credentials, may go to.

Pure text in, pure text out; knows nothing of sockets. It resolves a path typed or built here (`resolve`, `locate`) and
a link in an answer (`follow`), and checks a URL just before it is connected to (`allows`).

A connection with a base of its own (the sandbox, a gateway) reaches that origin and nothing else. An address at
one of Twilio's hosts is asked of that origin in its place, or refused; it is never sent to Twilio.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

from tui.http_server.loopback import is_loopback
from tui.twilio import VERSION_PATH
from tui.twilio.errors import InvalidRequest

REGIONS = {
    "us1": "twilio.com",
    "ie1": "dublin.ie1.twilio.com",
    "au1": "sydney.au1.twilio.com",
    "jp1": "tokyo.jp1.twilio.com",
}
"""Region → the suffix of its hosts (https://www.twilio.com/docs/global-infrastructure)."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = _PATH_SAFE + "?[]"
_TWILIO_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+twilio\.com")
_REGION = re.compile(r"[a-z]{2}[0-9]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a browser would call the same site."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, parts: SplitResult, field: str = "URL") -> Origin:
        """The origin of a split URL.

        Raises:
            InvalidRequest: no host, or a port that is not one; `field` is the input it names.
        """
        try:
            port = parts.port
        except ValueError:
            port = 0
        if port == 0 or not parts.hostname:
            raise InvalidRequest(field, "The address has no valid host and port.", _EXAMPLES.get(field, ""))
        scheme = parts.scheme.lower()
        return cls(scheme, parts.hostname.lower(), port or _DEFAULT_PORTS.get(scheme, 0))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host can only be this machine."""
        return is_loopback(self.host)

    @property
    def is_twilio(self) -> bool:
        """Whether this is one of Twilio's own hosts, spoken to as Twilio must be: https on 443."""
        return self.scheme == "https" and self.port == 443 and self.is_twilio_host

    @property
    def is_twilio_host(self) -> bool:
        """Whether the host is Twilio's, however it is spoken to."""
        return _TWILIO_HOST.fullmatch(self.host) is not None

    @property
    def region(self) -> str:
        """The region of one of Twilio's hosts: `PRODUCT.EDGE.REGION.twilio.com`, us1 where none is named."""
        last = self.host.removesuffix(".twilio.com").rpartition(".")[2]
        return last if "." in self.host.removesuffix(".twilio.com") and _REGION.fullmatch(last) else "us1"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The URL that a typed address resolves to.

    Attributes:
        url: the absolute URL that is asked.
        instead_of: Twilio's host as it was typed, where the connection's own base is asked in its place; else empty.
        regional: the same URL at the connection's region, where a host of another region was typed; else empty.
    """

    url: str
    instead_of: str = ""
    regional: str = ""


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """The origin and path prefix a connection belongs to, and every URL it may reach.

    Attributes:
        origin: where the connection's own API lives.
        prefix: path of the API under that origin, without a trailing slash (`/2010-04-01`).
        region: suffix of Twilio's hosts for this connection, empty when the origin is not Twilio's.
        hide: masks secrets in what a refusal repeats of an answer's link.
    """

    origin: Origin
    prefix: str
    region: str = ""
    hide: Callable[[str], str] = field(default=str, compare=False, repr=False)

    @classmethod
    def for_connection(cls, base_url: str | None, region: str | None) -> UrlPolicy:
        """The policy for a connection: its base URL counts where it has one, else its region.

        Raises:
            InvalidRequest: as the two below.
        """
        return cls.for_base_url(base_url) if base_url else cls.for_region(region)

    @classmethod
    def for_region(cls, region: str | None) -> UrlPolicy:
        """The policy for Twilio itself; an unknown region is refused rather than guessed."""
        suffix = REGIONS.get(region or "us1")
        if suffix is None:
            raise InvalidRequest("region", f"There is no region “{region}”.", f"Choose one of {', '.join(REGIONS)}.")
        return cls(Origin("https", f"api.{suffix}", 443), VERSION_PATH, suffix)

    @classmethod
    def for_base_url(cls, base_url: str) -> UrlPolicy:
        """The policy for another base: https anywhere, plain http on loopback only.

        A base without a path gets the version path, which is how `TWILIO_BASE_URL` is commonly written.

        Raises:
            InvalidRequest: any other scheme or host, or a base with user, query or fragment.
        """
        parts = _split("base_url", base_url)
        origin = Origin.of(parts, "base_url")
        if parts.username is not None or parts.query or parts.fragment:
            raise InvalidRequest("base_url", "The base URL holds more than a host and a path.", "Take the rest out.")
        if origin.scheme != "https" and not (origin.scheme == "http" and origin.is_loopback):
            raise InvalidRequest(
                "base_url",
                f"The base URL {origin} would send the credentials unprotected.",
                "Use https; plain http is for this machine only (127.0.0.1, ::1, localhost).",
            )
        prefix = quote(parts.path.rstrip("/"), safe=_PATH_SAFE) or VERSION_PATH
        _refuse_dots("base_url", prefix)
        region = origin.host.removeprefix("api.") if origin.is_twilio and origin.host.startswith("api.") else ""
        return cls(origin, prefix, region)

    @property
    def base(self) -> str:
        """The base URL as a person would write it."""
        return f"{self.origin}{self.prefix}"

    @property
    def is_confined(self) -> bool:
        """Whether only the base's own origin is reached: it is not one of Twilio's."""
        return not self.origin.is_twilio

    def allows(self, url: str) -> bool:
        """Whether a request may go to this absolute URL at all. Never raises."""
        try:
            parts = _split("URL", url)
            origin = Origin.of(parts)
        except InvalidRequest:
            return False
        return "@" not in parts.netloc and self.reaches(origin)

    def reaches(self, origin: Origin) -> bool:
        """Whether anything may be sent to this origin."""
        return origin == self.origin or (origin.is_twilio and not self.is_confined)

    def locate(self, path: str, query: Sequence[tuple[str, str]] = ()) -> str:
        """Resolve a path to an absolute URL; see `resolve`.

        Raises:
            InvalidRequest: the path leaves the base or names a foreign host.
        """
        return self.resolve(path, query).url

    def resolve(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Resolved:
        """Resolve a path under the base, or a full URL that is Twilio's own.

        Args:
            path: `/Accounts/AC…/Messages.json`, with or without the version path or the whole base in front;
                a full URL elsewhere on the base's own host; or `https://….twilio.com/…`.
            query: pairs appended to a query already in the path, in order, repeats kept.

        Raises:
            InvalidRequest: the path leaves the base or names a foreign host.
        """
        _refuse_odd_characters("URL", path)
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path):
            return self._absolute(path, query)
        if path.startswith("//"):
            raise InvalidRequest("URL", "A path that starts with // names another host.", "Start it with one /.")
        parts = _split("URL", "/" + path.removeprefix("/"))
        _refuse_dots("URL", parts.path)
        where = self.prefix + self._inside(quote(parts.path, safe=_PATH_SAFE))
        return Resolved(f"{self.origin}{where}{_joined_query(parts.query, query)}")

    def follow(self, link: str) -> str:
        """The URL of a link in an answer (`next_page_uri`, `meta.next_page_url`), held to the origin.

        A gateway may hand on Twilio's own full links; they are asked of the gateway.

        Raises:
            InvalidRequest: the link leads elsewhere.
        """
        # Some servers leave the blank of a date as it is; it can only mean itself.
        parts = _split(_LINK, link.replace(" ", "%20"))
        _refuse_dots(_LINK, parts.path)
        where = (quote(parts.path, safe=_PATH_SAFE) or "/") + _joined_query(parts.query, ())
        if link.startswith("/") and not link.startswith("//"):
            # A gateway in front of the API keeps its own prefix; the link only knows Twilio's.
            rest = _without(VERSION_PATH, where)
            return f"{self.origin}{where}" if rest is None else f"{self.origin}{self.prefix}{rest}"
        origin = Origin.of(parts, _LINK)
        same_family = bool(self.region) and origin.is_twilio
        stands_in = self.is_confined and origin.is_twilio
        if origin != self.origin and not same_family and not stands_in:
            raise InvalidRequest(
                _LINK, self.hide(f"The answer points to {origin}, away from {self.origin}."), "It was not followed."
            )
        if "@" in parts.netloc:
            raise InvalidRequest(_LINK, "The answer's link holds a user name.", "It was not followed.")
        return f"{self.origin}{self._in_place_of_twilio(where)}" if stands_in else f"{origin}{where}"

    def product(self, name: str, path: str) -> str:
        """The URL of a path of a product (`messaging`, `/v1/Services`), which has a host of its own at Twilio."""
        origin = Origin("https", f"{name}.{self.region}", 443) if self.region else self.origin
        return f"{origin}{path}"

    def _absolute(self, url: str, query: Sequence[tuple[str, str]]) -> Resolved:
        parts = _split("URL", url)
        origin = Origin.of(parts)
        if "@" in parts.netloc:
            raise InvalidRequest("URL", "The address holds a user name.", "Credentials are the connection's own.")
        _refuse_dots("URL", parts.path)
        where = quote(parts.path, safe=_PATH_SAFE)
        rest = _joined_query(parts.query, query)
        if self.is_confined and origin.is_twilio:
            return Resolved(f"{self.origin}{self._in_place_of_twilio(where)}{rest}", instead_of=origin.host)
        if not self.reaches(origin):
            raise self._refusal(origin)
        if origin == self.origin and _without(self.prefix, where) is not None:
            where = self.prefix + self._inside(where)
        regional = ""
        if self.region and origin.region != self.origin.region:
            regional = f"https://{origin.host.partition('.')[0]}.{self.region}{where}{rest}"
        return Resolved(f"{origin}{where}{rest}", regional=regional)

    def _refusal(self, origin: Origin) -> InvalidRequest:
        if origin.is_twilio_host:
            return InvalidRequest(
                "URL", "Twilio is reached over https only, on its usual port.", f"Write https://{origin.host}/…"
            )
        reason = f"{origin} is not Twilio, and the credentials are only ever shown to Twilio."
        if self.is_confined:
            reason = f"{origin} is not {self.origin}, and the credentials go nowhere else."
        return InvalidRequest(
            "URL",
            reason,
            "Give a path, or the full URL of a Twilio host such as https://lookups.twilio.com/v2/…",
        )

    def _in_place_of_twilio(self, where: str) -> str:
        """The path at this base of one at Twilio's hosts: below the prefix what is versioned by date, else as it is."""
        for version in (self.prefix, VERSION_PATH):
            if _without(version, where) is not None:
                return self.prefix + self._inside(where)
        return where

    def _inside(self, path: str) -> str:
        """A path without the base or the version in front of it, however often they were typed."""
        while True:
            inner = _without(self.prefix, path)
            if inner is None:
                inner = _without(VERSION_PATH, path)
            if inner is None:
                return path
            path = inner


_LINK = "next page"
_EXAMPLES = {
    "URL": "Give a path such as /Accounts.",
    "base_url": "Write it in full, such as https://api.twilio.com/2010-04-01.",
    _LINK: "It was not followed.",
}


def unreachable() -> InvalidRequest:
    """The refusal of a URL just before it would be connected to."""
    return InvalidRequest("URL", "The address is none that this connection reaches.", "Nothing was sent.")


def _split(field: str, url: str) -> SplitResult:
    _refuse_odd_characters(field, url)
    try:
        return urlsplit(url)
    except ValueError:
        # A lone bracket, or a host whose letters turn into slashes when normalised.
        raise InvalidRequest(field, "The host in the address cannot be read.", _EXAMPLES.get(field, "")) from None


def _without(prefix: str, path: str) -> str | None:
    """What follows a prefix that ends where a segment ends; None when the path does not start with it."""
    rest = path.removeprefix(prefix)
    return rest if rest != path and (not rest or rest[0] in "/?") else None


def _joined_query(present: str, pairs: Sequence[tuple[str, str]]) -> str:
    try:
        added = urlencode(list(pairs), quote_via=quote)
    except UnicodeEncodeError:
        raise InvalidRequest(
            "Query", "A query parameter holds half of a character (a lone surrogate).", "Type it again."
        ) from None
    joined = "&".join(part for part in (quote(present, safe=_QUERY_SAFE), added) if part)
    return f"?{joined}" if joined else ""


def _refuse_odd_characters(field: str, text: str) -> None:
    odd = next((c for c in text if c <= " " or c == "\x7f" or c == "\\" or 0xD800 <= ord(c) < 0xE000), None)
    if odd is not None:
        raise InvalidRequest(
            field,
            f"The address holds a character that has no place there (U+{ord(odd):04X}).",
            "Take out blanks, line ends and backslashes.",
        )


def _refuse_dots(field: str, path: str) -> None:
    # A server behind a gateway may decode twice; look at every depth.
    seen = path
    for _ in range(8):
        # What follows a semicolon in a segment is a parameter to some servers.
        if any(segment.partition(";")[0] in (".", "..") for segment in re.split(r"[/\\]", seen)):
            raise InvalidRequest(field, "The path climbs with “..”.", "Write the path out in full.")
        decoded = unquote(seen, errors="replace")
        if decoded == seen:
            return
        _refuse_odd_characters(field, decoded.replace(" ", ""))
        seen = decoded
    raise InvalidRequest(field, "The path is percent-encoded over and over.", "Write it plainly.")
