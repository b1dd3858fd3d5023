"""Export: a request as a curl command. Credentials appear as variables, never as values.

Retries are written as far as curl knows them: its delay is in whole seconds, so ours is rounded up, and without one it
waits longer each time.
"""

from __future__ import annotations

import math
import re
import shlex
from urllib.parse import quote

from tui.raw_request.exported_request import ExportedRequest, form_pairs, path_of, without_connection
from tui.raw_request.model import DATA, FILES, FORM, FilePart, RawRequest
from tui.raw_request.transfer import content_type_of
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest

_DEFAULT_TIMEOUT = 30.0
_QUOTABLE = re.compile(r"[\w/:.~%&=?+,@;()*'-]*", re.ASCII)


def to_curl(request: RawRequest, connection: Connection) -> str:
    """The request as one shell command.

    Raises:
        InvalidRequest: the path leads astray, or a command line cannot carry the body.
    """
    plain = without_connection(request, connection)
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


def _data_words(plain: ExportedRequest) -> list[str]:
    form = form_pairs(plain)
    if form is None:
        return [f"--data-raw {shlex.quote(_command_text(DATA, plain.body or b''))}"]
    # curl encodes what stands behind the first =, some versions with a + for a blank, and sends the name as it is.
    return [f"--data-urlencode {shlex.quote(quote(name, safe='') + '=' + value)}" for name, value in form]


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
    path, content_type = path_of(part), content_type_of(part)
    if re.search(r";\s*(type|filename|headers|encoder)=", content_type):
        # curl knows no quotes around a type.
        reason = f"curl cannot send the type of “{part.key}”, for what stands behind the ; in it."
        raise InvalidRequest(FILES, reason, "Copy as Python instead.")
    word = f"{_name(FILES, part.key)}=@{_quoted(path)};type={content_type}"
    if part.filename:
        word += f";filename={_quoted(part.filename)}"
    return f"-F {shlex.quote(_command_text(FILES, word))}"


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
