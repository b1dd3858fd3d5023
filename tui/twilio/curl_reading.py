"""A curl command, read into a request. Nothing is run, no file is opened, and no credentials are taken over.

What curl would do is kept where a request has a place for it; what has none is named, as a note where it does not
change the request and as an error where it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

from tui.twilio.errors import InvalidRequest
from tui.twilio.gate import VERSION_PATH
from tui.twilio.media_types import FORM as FORM_TYPE
from tui.twilio.media_types import JSON, type_by_look
from tui.twilio.multipart import boundary_of
from tui.twilio.raw_request import FilePart, RawRequest
from tui.twilio.shell_words import OpenQuote, split_words

COMMAND = "curl command"
TWILIO_BASE = f"https://api.twilio.com{VERSION_PATH}"

_LONG = {
    "-X": "--request",
    "-H": "--header",
    "-d": "--data",
    "-F": "--form",
    "-u": "--user",
    "-m": "--max-time",
    "-A": "--user-agent",
    "-e": "--referer",
    "-b": "--cookie",
    "-o": "--output",
    "-w": "--write-out",
    "-G": "--get",
    "-I": "--head",
    "-L": "--location",
    "-k": "--insecure",
    "-O": "--remote-name",
    "-s": "--silent",
    "-S": "--show-error",
    "-v": "--verbose",
    "-i": "--include",
    "-f": "--fail",
    "-g": "--globoff",
    "-N": "--no-buffer",
    "-#": "--progress-bar",
    "-q": "--disable",
}
_DATA = frozenset({"--data", "--data-ascii", "--data-raw", "--data-binary", "--data-urlencode", "--json"})
_FORM = frozenset({"--form", "--form-string"})
_AS_HEADER = {"--user-agent": "User-Agent", "--referer": "Referer", "--cookie": "Cookie"}
_NOTED = {
    "--user": "The credentials in the command were left out; the connection's own are used.",
    "--oauth2-bearer": "The credentials in the command were left out; the connection's own are used.",
    "--output": "The answer is saved from its own view, so the output file was left out.",
    "--write-out": "What to write out was left out; the answer's own view shows it.",
    "--connect-timeout": "The time limit for connecting was left out; it is fixed here.",
    "--location": "Redirects are shown here and followed only when asked.",
    "--insecure": "Certificates are always checked here.",
    "--remote-name": "The answer is saved from its own view, so the output file was left out.",
}
_WITH_VALUE = (
    _DATA
    | _FORM
    | frozenset(_AS_HEADER)
    | {"--request", "--header", "--url", "--max-time", "--retry", "--retry-delay"}
    | {"--user", "--oauth2-bearer", "--output", "--write-out", "--connect-timeout"}
)
_FLAGS = frozenset(
    [
        "--get",
        "--head",
        "--location",
        "--insecure",
        "--remote-name",
        "--retry-all-errors",
        "--silent",
        "--show-error",
        "--verbose",
        "--include",
        "--fail",
        "--fail-with-body",
        "--globoff",
        "--no-buffer",
        "--progress-bar",
        "--disable",
        "--compressed",
        "--path-as-is",
        "--http1.1",
        "--http2",
        "--basic",
        "--no-progress-meter",
    ]
)
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_FRAMING = frozenset({"host", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class CurlReading:
    """What a command says.

    Attributes:
        notes: what was left out or is done otherwise here, a sentence each.
    """

    request: RawRequest
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """What was read so far."""

    urls: list[str] = field(default_factory=list[str])
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    data: list[str] = field(default_factory=list[str])
    has_data: bool = False
    form: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    files: list[FilePart] = field(default_factory=list[FilePart])
    flags: set[str] = field(default_factory=set[str])
    timeout: float = 30.0
    retries: int = 0
    delay_ms: int = 0
    backoff: bool = True
    notes: dict[str, None] = field(default_factory=dict[str, None])


def from_curl(text: str, base: str = TWILIO_BASE) -> RawRequest:
    """The request a curl command makes; see `read_curl`.

    Raises:
        InvalidRequest: it is no curl command, or does what a request here cannot; the option is named.
    """
    return read_curl(text, base).request


def read_curl(text: str, base: str = TWILIO_BASE) -> CurlReading:
    """The request a curl command makes, and what was left out of it.

    Args:
        text: the command, as copied; lines may go on with a backslash, a prompt may stand in front.
        base: the connection's base URL, taken out of the address.

    Raises:
        InvalidRequest: it is no curl command, or does what a request here cannot; the option is named.
    """
    try:
        split = split_words(re.sub(r"^\s*[$%]\s+", "", text))
    except OpenQuote:
        raise InvalidRequest(COMMAND, "A quote in the command is not closed.", "Copy the whole command.") from None
    words = split.words
    if not words or words[0].rpartition("/")[2] not in ("curl", "curl.exe"):
        raise InvalidRequest(COMMAND, "The text does not begin with curl.", "Paste one whole curl command.")
    draft = _Draft()
    for option, value in _options(words[1:]):
        _take(draft, option, value)
    if split.rest:
        at = f"from the “{split.rest[0]}” on" if split.rest[0] in "|&;<>()" else "from the next line on"
        _note(draft, f"What follows the command was left out, {at}.")
    for name in sorted(split.variables - {"TWILIO_ACCOUNT_SID"}):
        if any(f"${name}" in word or f"${{{name}}}" in word for word in _kept(draft)):
            _note(draft, f"${name} stands as it is written; put its value in its place.")
    return CurlReading(_finish(draft, base), tuple(draft.notes))


def _options(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every option with its value, flags with an empty one, addresses as `--url`."""
    rest = iter(words)
    plain_only = False
    for word in rest:
        if plain_only or not word.startswith("-") or word == "-":
            yield "--url", word
        elif word == "--":
            plain_only = True
        elif word.startswith("--"):
            yield word, _value(word, rest) if word in _WITH_VALUE else _flag(word)
        else:
            letters = word[1:]
            while letters:
                short, letters = f"-{letters[0]}", letters[1:]
                option = _LONG.get(short, short)
                if option in _WITH_VALUE:
                    yield option, letters or _value(short, rest)
                    break
                yield option, _flag(option)


def _value(option: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise InvalidRequest(COMMAND, f"{option} stands without its value.", "Copy the whole command.")
    return value


def _flag(option: str) -> str:
    if option not in _FLAGS:
        raise InvalidRequest(COMMAND, f"The option {option} has no place in a request here.", "Take it out.")
    return ""


def _take(draft: _Draft, option: str, value: str) -> None:
    if option in _NOTED:
        _note(draft, _NOTED[option])
    match option:
        case "--url":
            draft.urls.append(value)
        case "--request":
            draft.method = value
        case "--header":
            _take_header(draft, value)
        case "--user-agent" | "--referer" | "--cookie":
            if option == "--cookie" and "=" not in value:
                raise _file_refused(option)
            draft.headers.append((_AS_HEADER[option], value))
        case "--form" | "--form-string":
            _take_form(draft, value, literal=option == "--form-string")
        case "--max-time":
            draft.timeout = _number(option, value)
        case "--retry":
            draft.retries = int(_number(option, value, whole=True))
        case "--retry-delay":
            draft.delay_ms = round(_number(option, value) * 1000)
            # curl doubles its waits unless it is given one.
            draft.backoff = draft.delay_ms == 0
        case _ if option in _DATA:
            _take_data(draft, option, value)
        case _:
            draft.flags.add(option)


def _take_header(draft: _Draft, row: str) -> None:
    if row.startswith("@"):
        raise _file_refused("-H")
    name, colon, value = row.partition(":")
    if not colon and row.endswith(";"):
        name, value = row[:-1], ""
    elif not value.strip():
        _note(draft, f"curl would send no {name.strip()} header; it was left out of the form.")
        return
    low = name.strip().lower()
    if low in _CREDENTIALS:
        _note(draft, _NOTED["--user"])
    elif low in _FRAMING:
        _note(draft, f"{name.strip()} is set by the connection itself and was left out.")
    else:
        draft.headers.append((name.strip(), value.strip(" \t")))


def _take_data(draft: _Draft, option: str, value: str) -> None:
    draft.has_data = True
    if option == "--data-urlencode":
        name, equals, content = value.partition("=")
        if not equals and "@" in value:
            raise _file_refused(option)
        value = quote(content if equals else value, safe="")
        value = f"{name}={value}" if name and equals else value
    elif option != "--data-raw" and value.startswith("@"):
        raise _file_refused(option)
    if option == "--json":
        given = {name.lower() for name, _ in draft.headers}
        draft.headers += [(n, JSON) for n in ("Content-Type", "Accept") if n.lower() not in given]
        draft.data[-1:] = ["".join((*draft.data[-1:], value))]
    else:
        draft.data.append(value)


def _take_form(draft: _Draft, word: str, *, literal: bool) -> None:
    key, equals, value = word.partition("=")
    if not equals:
        raise InvalidRequest(COMMAND, f"The form field “{word}” has no value.", "Write it as name=value.")
    if literal:
        draft.form.append((key, value))
    elif value.startswith("<"):
        raise _file_refused("-F")
    elif value.startswith("@"):
        path, rest = _form_value(value[1:], also=",")
        if rest.startswith(","):
            raise InvalidRequest(COMMAND, f"“{key}” names several files at once.", "Give each file its own -F.")
        more = _form_extras(rest)
        draft.files.append(FilePart(key, path, more.get("filename") or None, more.get("type") or None))
    else:
        content, rest = _form_value(value)
        if _form_extras(rest):
            _note(draft, f"The type of the form field “{key}” was left out.")
        draft.form.append((key, content))


def _form_value(text: str, also: str = "") -> tuple[str, str]:
    """A value of curl's -F and what follows it: quoted with backslashes, or up to a semicolon that starts an extra."""
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"\s*', text, re.DOTALL)
    if quoted is not None:
        return re.sub(r'\\(["\\])', r"\1", quoted[1]), text[quoted.end() :]
    stop = re.search(r"\s*;\s*(?:type|filename|headers|encoder)=" + (f"|[{also}]" if also else ""), text)
    return (text, "") if stop is None else (text[: stop.start()], text[stop.start() :])


def _form_extras(text: str) -> dict[str, str]:
    extras: dict[str, str] = {}
    while text:
        found = re.match(r"\s*;\s*(type|filename|headers|encoder)=", text)
        if found is None:
            raise InvalidRequest(COMMAND, f"“{text}” after a form field cannot be read.", "Take it out.")
        if found[1] in ("headers", "encoder"):
            raise InvalidRequest(COMMAND, f"-F with {found[1]}= has no place in a request here.", "Take it out.")
        extras[found[1]], text = _form_value(text[found.end() :])
    return extras


def _finish(draft: _Draft, base: str) -> RawRequest:
    if len(draft.urls) != 1:
        what = "holds no address" if not draft.urls else "holds several addresses"
        raise InvalidRequest(COMMAND, f"The command {what}.", "Paste a command for one request.")
    if (draft.form and draft.has_data) or (draft.files and draft.has_data):
        raise InvalidRequest(COMMAND, "The command has two bodies, -d and -F.", "Take one of them out.")
    data: str | None = "&".join(draft.data) if draft.has_data else None
    url = draft.urls[0]
    if "--get" in draft.flags and data is not None:
        url, data = f"{url}{'&' if '?' in url else '?'}{data}", None
    body = data is not None or bool(draft.form or draft.files)
    method = draft.method or ("HEAD" if "--head" in draft.flags else "POST" if body else "GET")
    path, query = _address(draft, url, base)
    return RawRequest(
        method=method,
        path=path,
        query=query,
        headers=_headers(draft, data),
        data=data or None,
        form=tuple(draft.form),
        files=tuple(draft.files),
        timeout=draft.timeout,
        max_retries=draft.retries,
        retry_delay_ms=draft.delay_ms,
        retry_all_errors="--retry-all-errors" in draft.flags,
        exponential_backoff=draft.retries > 0 and draft.backoff,
    )


def _headers(draft: _Draft, data: str | None) -> tuple[tuple[str, str], ...]:
    headers = draft.headers
    typed = any(name.lower() == "content-type" for name, _ in headers)
    if draft.form or draft.files:
        unfit = [pair for pair in headers if pair[0].lower() == "content-type" and boundary_of(pair[1]) is None]
        if unfit:
            _note(draft, "The form's Content-Type is made here, so the command's was left out.")
        return tuple(pair for pair in headers if pair not in unfit)
    if data and not typed:
        look = type_by_look(data.encode("utf-8", "replace"))
        if look == JSON:
            _note(draft, "curl calls this body a form; take the Content-Type out to send it as JSON.")
        if look != FORM_TYPE:
            return (*headers, ("Content-Type", FORM_TYPE))
    return tuple(headers)


def _address(draft: _Draft, url: str, base: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    url = url.partition("#")[0]
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url) and re.match(r"[^/?]+\.[^/?]+(/|\?|$)", url):
        url = f"https://{url}"
    bare = re.sub(r"^([A-Za-z]+://)[^/?#@]*@", r"\1", url)
    if bare != url:
        _note(draft, _NOTED["--user"])
    path, _, typed = bare.partition("?")
    if path.startswith(base.rstrip("/") + "/"):
        path = path.removeprefix(base.rstrip("/"))
    pairs = parse_qsl(typed, keep_blank_values=True, errors="surrogateescape")
    # Only a query that comes out the same again is shown as pairs.
    return (path, tuple(pairs)) if _encodes_to(pairs, typed) else (f"{path}?{typed}", ())


def _encodes_to(pairs: list[tuple[str, str]], typed: str) -> bool:
    try:
        return urlencode(pairs, quote_via=quote) == typed
    except UnicodeEncodeError:
        return False


def _kept(draft: _Draft) -> list[str]:
    pairs = [*draft.headers, *draft.form]
    return [*draft.urls, *draft.data, *(word for pair in pairs for word in pair), *(str(f.path) for f in draft.files)]


def _number(option: str, value: str, *, whole: bool = False) -> float:
    if not re.fullmatch(r"\d{1,9}" if whole else r"\d{1,9}(\.\d+)?", value, re.ASCII):
        raise InvalidRequest(COMMAND, f"{option} needs a number, not “{value}”.", "Correct it.")
    return float(value)


def _file_refused(option: str) -> InvalidRequest:
    return InvalidRequest(
        COMMAND, f"{option} reads from a file, which a paste does not do.", "Put the text itself there."
    )


def _note(draft: _Draft, sentence: str) -> None:
    draft.notes.setdefault(sentence)
