"""Export: a request as a curl command or as Python with httpx. Credentials appear as variables, never as values.

Retries are written as far as curl knows them: its delay is in whole seconds, so ours is rounded up, and without one it
waits longer each time.
"""

from __future__ import annotations

import math
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from tui.raw_request.checks import body_bytes, clean_headers, locate
from tui.raw_request.model import DATA, FILES, FORM, FilePart, RawRequest
from tui.raw_request.transfer import content_type_of
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM as FORM_TYPE
from tui.twilio.media_types import type_by_look
from tui.twilio.url_policy import UrlPolicy

_DEFAULT_TIMEOUT = 30.0
_QUOTABLE = re.compile(r"[\w/:.~%&=?+,@;()*'-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Plain:
    """A request without its connection: `url` in the parts around the account SID's places."""

    method: str
    url: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    variables: tuple[str, str]


def to_curl(request: RawRequest, connection: Connection) -> str:
    """The request as one shell command.

    Raises:
        InvalidRequest: the path leads astray, or a command line cannot carry the body.
    """
    plain = _plain(request, connection)
    first = "curl"
    body = plain.body
    if plain.method == "HEAD" and body is None and not request.is_multipart:
        first += " --head"
    elif plain.method != "GET" or body is not None or request.is_multipart:
        first += f" -X {shlex.quote(plain.method)}"
    if any(c in part for part in plain.url for c in "[]{}"):
        first += " --globoff"
    rows = [f"{first} {_shell_url(plain.url)}", '-u "${}:${}"'.format(*plain.variables)]
    rows += [f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}" for name, value in plain.headers]
    if body is not None:
        rows += _data_words(plain)
    rows += [_form_word(key, value) for key, value in request.form]
    rows += [_file_word(part) for part in request.files]
    if request.timeout != _DEFAULT_TIMEOUT:
        rows.append(f"--max-time {request.timeout:g}")
    if request.max_retries:
        rows.append(_retry_words(request))
    return " \\\n  ".join(rows)


def to_httpx(request: RawRequest, connection: Connection) -> str:
    """The request as a Python program that needs httpx alone.

    Raises:
        InvalidRequest: the path leads astray, or the body cannot be sent.
    """
    plain = _plain(request, connection)
    url = " + os.environ['TWILIO_ACCOUNT_SID'] + ".join(repr(part) for part in plain.url)
    user, secret = plain.variables
    rows = [
        f"{plain.method!r},",
        f"{url},",
        f"auth=(os.environ[{user!r}], os.environ[{secret!r}]),",
        f"headers={list(plain.headers)!r},",
        f"timeout={request.timeout!r},",
    ]
    form = _form_of(plain)
    if form is not None and (data := _grouped(form)) is not None:
        rows.append("data={")
        rows += [f"    {name!r}: {(values[0] if len(values) == 1 else values)!r}," for name, values in data.items()]
        rows.append("},")
    elif plain.body is not None:
        rows.append(f"content={plain.body!r},")
    if request.is_multipart:
        rows.append("files=[")
        rows += [f"    ({key!r}, (None, {value!r}))," for key, value in request.form]
        for part in request.files:
            path = _path(part)
            name = part.filename or Path(path).name
            rows.append(f"    ({part.key!r}, ({name!r}, open({path!r}, 'rb'), {content_type_of(part)!r})),")
        rows.append("],")
    call = "\n".join(f"    {row}" for row in rows)
    return (
        f"import os\n\nimport httpx\n\nresponse = httpx.request(\n{call}\n)\n"
        "print(response.status_code, response.reason_phrase)\nprint(response.text)\n"
    )


def _plain(request: RawRequest, connection: Connection) -> _Plain:
    policy = (
        UrlPolicy.for_base_url(connection.base_url) if connection.base_url else UrlPolicy.for_region(connection.region)
    )
    # A word that occurs nowhere else stands for the account while the address is put together.
    marker = "ACCOUNT"
    while marker in request.path or any(marker in word for pair in request.query for word in pair):
        marker += "T"
    url = tuple(locate(policy, marker, request).split(marker)) if marker not in policy.base else None
    if url is None:
        url = (locate(policy, connection.account_sid, request),)
    headers = clean_headers(request)
    body = body_bytes(request.data)
    if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", type_by_look(body)))
    api_key = ("TWILIO_API_KEY", "TWILIO_API_SECRET")
    variables = api_key if connection.kind == "api_key" else ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
    return _Plain(request.method.strip().upper(), url, headers, body, variables)


def _form_of(plain: _Plain) -> list[tuple[str, str]] | None:
    """The pairs of a urlencoded body as a person reads them; None unless encoding them gives the same bytes again.

    Encoded is all but letters, digits and `-._~`, which is what curl and httpx do as well.
    """
    types = [value for name, value in plain.headers if name.lower() == "content-type"]
    if plain.body is None or types != [FORM_TYPE]:
        return None
    try:
        text = plain.body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return None
    held = all(name and all(c.isprintable() or c == "\n" for c in name + value) for name, value in pairs)
    return pairs if held and urlencode(pairs, quote_via=quote) == text else None


def _data_words(plain: _Plain) -> list[str]:
    form = _form_of(plain)
    if form is None:
        return [f"--data-raw {shlex.quote(_command_text(DATA, plain.body or b''))}"]
    # curl encodes what stands behind the first =, some versions with a + for a blank, and sends the name as it is.
    return [f"--data-urlencode {shlex.quote(quote(name, safe='') + '=' + value)}" for name, value in form]


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]] | None:
    """Names with their values; None where names that repeat stand apart, since their order would be lost."""
    found: dict[str, list[str]] = {}
    last = None
    for name, value in pairs:
        if name in found and name != last:
            return None
        found.setdefault(name, []).append(value)
        last = name
    return found


def _retry_words(request: RawRequest) -> str:
    words = f"--retry {request.max_retries}"
    if request.retry_delay_ms and not request.exponential_backoff:
        words += f" --retry-delay {math.ceil(request.retry_delay_ms / 1000)}"
    return words + (" --retry-all-errors" if request.retry_all_errors else "")


def _shell_url(parts: tuple[str, ...]) -> str:
    if all(_QUOTABLE.fullmatch(part) for part in parts):
        # Nothing in it means anything between double quotes but the variable.
        return '"' + "${TWILIO_ACCOUNT_SID}".join(parts) + '"'
    return '"${TWILIO_ACCOUNT_SID}"'.join(shlex.quote(part) if part else "" for part in parts)


def _form_word(key: str, value: str) -> str:
    return f"--form-string {shlex.quote(_command_text(FORM, _name(FORM, key) + '=' + value))}"


def _file_word(part: FilePart) -> str:
    path, content_type = _path(part), content_type_of(part)
    if re.search(r";\s*(type|filename|headers|encoder)=", content_type):
        # curl knows no quotes around a type.
        reason = f"curl cannot send the type of “{part.key}”, for what stands behind the ; in it."
        raise InvalidRequest(FILES, reason, "Copy as Python instead.")
    word = f"{_name(FILES, part.key)}=@{_quoted(path)};type={content_type}"
    if part.filename:
        word += f";filename={_quoted(part.filename)}"
    return f"-F {shlex.quote(_command_text(FILES, word))}"


def _path(part: FilePart) -> str:
    try:
        return str(Path(part.path).expanduser())
    except RuntimeError:
        raise InvalidRequest(FILES, f"The path of “{part.key}” cannot be read.", "Write it out in full.") from None


def _name(field: str, key: str) -> str:
    if "=" in key:
        raise InvalidRequest(field, f"curl cannot name a field “{key}”, for the = in it.", "Copy as Python instead.")
    return key


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _command_text(field: str, content: bytes | str) -> str:
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InvalidRequest(field, "A command line cannot carry these bytes.", "Copy as Python instead.")
    return text
