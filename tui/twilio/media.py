"""The media of a message: listed, removed, and their bytes read from where Twilio keeps them.

Twilio's own host is asked with the connection's credentials, and answers with a redirect to a host that stores the
file. That one is a stranger: it gets no credentials, no cookie, no header that tells of the account, and has to be a
public address reached by https; from a connection to this machine (the sandbox) nothing but this machine. What it
sends is bounded in bytes and in time. Nothing here is written to disk.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote, urljoin, urlsplit

from tui import __version__
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer
from tui.twilio.exchange import HttpResponse, IncomingResponse, OutgoingRequest, Read
from tui.twilio.lenient_json import as_items, as_text, as_time
from tui.twilio.media_kinds import declared_name
from tui.twilio.messages import delete_at, resource
from tui.twilio.url_policy import Origin

LARGEST = 100 * 1024 * 1024
"""Decoded bytes of a file that are read. MMS has 5 MB at most, WhatsApp 16 MB, its documents 100 MB."""

TIME_LIMIT = 300.0
"""Seconds that all of it may take, redirects included: `LARGEST` at 350 kB/s."""

MOST_REDIRECTS = 3
"""Redirects that are followed; Twilio has one."""

MOST_LISTED = 50
"""Files of one message that are listed: a page of Twilio's; a message has ten at most."""

_LIST_KEY = "media_list"

_LARGEST_WORDS = 64 * 1024
"""Bytes that are read of an answer that is no file."""

_GUESTS = (("User-Agent", f"tuilio/{__version__}"), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
"""All that a storage host is told."""


@dataclass(frozen=True, slots=True)
class Media:
    """One file of a message.

    Attributes:
        content_type: as Twilio has it; whoever sent the message may have chosen it.
        size: bytes, once known.
        name: as the storage host has it, if it has one.
        url: where it is, of a file that is none of this account's; it is asked for without credentials.
    """

    sid: str
    content_type: str = ""
    uri: str = ""
    date_created: datetime | None = None
    size: int | None = None
    name: str = ""
    url: str = ""


Write = Callable[[bytes], Awaitable[object]]
"""Takes the next bytes of a file."""


async def list_media(client: Client, sid: str) -> tuple[Media, ...]:
    """The files of a message, `MOST_LISTED` at most."""
    document = await client.get(resource(client, sid, "/Media.json"))
    if not isinstance(document.get(_LIST_KEY), list):
        # None of them would be taken for gone.
        raise BadAnswer(200, "The answer holds no list of media.", "Check the connection's base URL.")
    return tuple(
        Media(
            sid=as_text(item.get("sid")),
            content_type=as_text(item.get("content_type")),
            uri=as_text(item.get("uri")),
            date_created=as_time(item.get("date_created")),
        )
        for item in as_items(document.get(_LIST_KEY))[:MOST_LISTED]
    )


async def delete_media(client: Client, sid: str, media_sid: str) -> None:
    """Remove one file of a message from Twilio for good. Its message stays."""
    await delete_at(client, _located(client, sid, media_sid, ".json"))


def media_url(client: Client, sid: str, media: Media) -> str:
    """The address of a file: the one that a webhook has in MediaUrl{N}."""
    return media.url or _located(client, sid, media.sid)


def find_media(client: Client, url: str) -> tuple[str, str] | None:
    """The SIDs of message and media that a URL names, where it is one of Twilio's of this very account; else None."""
    try:
        path = urlsplit(client.policy.locate(url)).path
    except (InvalidRequest, ValueError):
        return None
    base = urlsplit(client.policy.locate(f"/Accounts/{client.account_sid}/Messages/")).path
    sid, found, media_sid = path.removeprefix(base).partition("/Media/")
    if not path.startswith(base) or not found:
        return None
    try:
        _located(client, sid, media_sid)
    except InvalidRequest:
        return None
    return sid, media_sid


async def measure(client: Client, sid: str, media: Media) -> Media:
    """A file with its size and name, as far as the storage host tells them to a HEAD; no byte of it is read.

    Raises:
        RequestFailed: it cannot be asked, or does not answer that.
    """

    async def read(_: IncomingResponse) -> bytes:
        return b""

    return _told(media, await _ask(client, "HEAD", media_url(client, sid, media), read, stranger=bool(media.url)))


async def download(
    client: Client, sid: str, media: Media, write: Write, on_progress: Callable[[int, int | None], object]
) -> Media:
    """Read a file, piece by piece, and return what its host says about it; `size` is what was read.

    Args:
        client: of the account whose message it is.
        sid: of the message.
        media: which one.
        write: called with each piece, in order.
        on_progress: called with the bytes read, and those announced where they are.

    Raises:
        InvalidRequest: the redirect leads where it must not.
        ApiError: Twilio refused it.
        NoAnswer, BadAnswer: it did not come, not whole, is too large, or `write` failed.
    """
    done = 0

    async def read(incoming: IncomingResponse) -> bytes:
        nonlocal done
        total = _announced(incoming.headers)
        _refuse_size(incoming.status, total or 0)
        on_progress(0, total)
        async for piece in incoming.pieces:
            done += len(piece)
            _refuse_size(incoming.status, done)
            try:
                await write(piece)
            except OSError as problem:
                # Beside the network's own, which it would be taken for.
                why = problem.strerror or "it failed"
                raise BadAnswer(incoming.status, f"The file could not be written here: {why}.", "Make room.") from None
            on_progress(done, total)
        return b""

    response = await _ask(client, "GET", media_url(client, sid, media), read, stranger=bool(media.url))
    return replace(_told(media, response), size=done)


def _refuse_size(status: int, size: int) -> None:
    if size > LARGEST:
        raise BadAnswer(
            status,
            f"The file is larger than {LARGEST // (1024 * 1024)} MB, and was not kept.",
            "Copy its URL, and fetch it with a program of your own.",
        )


def _told(media: Media, response: HttpResponse) -> Media:
    told = response.header("content-type")
    name = declared_name(response.header("content-disposition"))
    return replace(media, content_type=told or media.content_type, size=_announced(response.headers), name=name)


def _announced(headers: tuple[tuple[str, str], ...]) -> int | None:
    """The Content-Length of a body that is not compressed."""
    fields = {name.lower(): value for name, value in headers}
    length = fields.get("content-length", "")
    plain = "content-encoding" not in fields or fields["content-encoding"].strip().lower() in ("", "identity")
    return int(length) if plain and length.isascii() and length.isdecimal() and len(length) < 19 else None


async def _ask(client: Client, method: str, url: str, read: Read, *, stranger: bool) -> HttpResponse:
    """Ask for a file where it is said to be, and where that leads to; only Twilio's own host gets credentials.

    Args:
        client: of the connection.
        method: GET or HEAD.
        url: of the file, at Twilio or, with `stranger`, anywhere.
        read: takes the body of the answer that is the file.
        stranger: whether the first host is none of Twilio's already.
    """
    end = time.monotonic() + TIME_LIMIT
    seen = {url}

    async def sort(incoming: IncomingResponse) -> bytes:
        if 200 <= incoming.status < 300:
            return await read(incoming)
        words = bytearray()
        async for piece in incoming.pieces:
            words += piece
            if len(words) > _LARGEST_WORDS:
                break
        return bytes(words)

    if stranger:
        url = _checked(client, url)
    for hop in range(MOST_REDIRECTS + 1):
        left = max(0.1, end - time.monotonic())
        at_twilio = hop == 0 and not stranger
        if at_twilio:
            outgoing = OutgoingRequest(method, url, (("Accept", "*/*"),))
            response = await client.exchange(outgoing, timeout=left, read=sort)
        else:
            response = await _ask_stranger(client, OutgoingRequest(method, url, _GUESTS, anonymous=True), sort, left)
        if response.status < 300:
            return response
        location = response.header("location").strip()
        if response.status >= 400 or not location:
            await _refuse(client, response, url, at_twilio=at_twilio)
        url = _checked(client, location, url)
        if url in seen:
            raise _elsewhere("leads in a circle")
        seen.add(url)
    raise _elsewhere(f"leads on and on, over more than {MOST_REDIRECTS} hosts")


async def _ask_stranger(client: Client, outgoing: OutgoingRequest, read: Read, limit: float) -> HttpResponse:
    from tui.twilio.http import read_without_credentials

    here, ca_file = client.policy.origin.is_loopback, client.connection.ca_file
    try:
        return await read_without_credentials(outgoing, read, limit=limit, here=here, ca_file=ca_file)
    except InvalidRequest as problem:
        raise _elsewhere(f"is at a host that must not be asked: {problem.reason}") from None
    except NoAnswer as problem:
        problem.masked(client.hide)
        raise


async def _refuse(client: Client, response: HttpResponse, url: str, *, at_twilio: bool) -> None:
    """Raise what an answer means that is neither a file nor a redirect."""
    if at_twilio:
        # Twilio's own errors, in its words.
        await client.document(response)
    host = urlsplit(url).hostname
    if response.status in (404, 410):
        reason, remedy = f"{host} has this file no longer.", "It may have been removed at Twilio."
    else:
        reason, remedy = f"{host}, which stores the file, answered {response.status}.", "Try again in a moment."
    raise BadAnswer(response.status, client.hide(reason), remedy)


def _checked(client: Client, location: str, base: str = "") -> str:
    """The URL that a redirect, or a stranger's MediaUrl, leads to, where it may be asked for at all.

    Raises:
        InvalidRequest: it may not be, with the reason.
    """
    here = client.policy.origin.is_loopback
    if any(sign <= " " or sign in "\x7f\\" or sign > "~" for sign in location) or len(location) > 8192:
        raise _elsewhere("leads to an address that cannot be read")
    try:
        url = urljoin(base, location).partition("#")[0]
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        if scheme not in ("https", "http"):
            raise _elsewhere(f"leads to {scheme[:20] or 'no'}:, which is not the web")
        origin = Origin.of(parts)
    except ValueError:
        raise _elsewhere("leads to an address that cannot be read") from None
    except InvalidRequest as problem:
        raise problem if problem.field == _FIELD else _elsewhere("leads to an address that cannot be read") from None
    shown = client.hide(str(origin))[:200]
    if "@" in parts.netloc:
        raise _elsewhere("leads to an address with a user name in it")
    # A server undoes what is escaped, be it twice.
    if any(client.hide(each) != each for each in (url, unquote(url), unquote(unquote(url)))):
        raise _elsewhere(f"would tell {shown} this connection's secret")
    if origin == client.policy.origin or origin.is_twilio_host:
        why = f"leads back to the API at {shown}, which stores no files"
        raise _elsewhere(why if base else f"is at {shown}, but not of a message of this account")
    if here and not origin.is_loopback:
        raise _elsewhere(f"leads to {shown}, away from this machine, and this connection reaches nothing else")
    if not here and scheme != "https":
        raise _elsewhere(f"leads to {shown}, where the file would come unprotected")
    if not here and origin.is_loopback:
        raise _elsewhere("leads back to this machine")
    return url


_FIELD = "MediaUrl"


def _elsewhere(why: str) -> InvalidRequest:
    return InvalidRequest(_FIELD, f"The file's address {why}.", "It was not followed, and nothing was fetched.")


def _located(client: Client, sid: str, media_sid: str, tail: str = "") -> str:
    if not (len(media_sid) == 34 and media_sid.startswith("ME") and all(c in _HEX for c in media_sid[2:])):
        raise InvalidRequest("Media SID", "A media SID is ME and 32 hexadecimal digits.", "Copy it again, whole.")
    return resource(client, sid, f"/Media/{media_sid}{tail}")


_HEX = frozenset("0123456789abcdefABCDEF")
