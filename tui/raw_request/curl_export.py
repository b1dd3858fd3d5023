"""Export: a request as a curl command, its lines in the order of Twilio's documentation. Credentials are variables.

Retries are written as far as curl knows them: its delay is in whole seconds, so ours is rounded up, and without one it
waits longer each time.
"""

from __future__ import annotations

import math
import re
from urllib.parse import quote

from tui.raw_request.exported_request import ExportedRequest, command_text, form_pairs, path_of, without_connection
from tui.raw_request.form_text import written_seconds
from tui.raw_request.model import DATA, DEFAULT_TIMEOUT, FILES, FORM, FilePart, RawRequest
from tui.raw_request.transfer import content_type_of
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM as FORM_TYPE

_INSTEAD = "Copy as Python instead."


def to_curl(request: RawRequest, connection: Connection) -> str:
    """The request as one shell command.

    Raises:
        InvalidRequest: the path leads astray, or a command line cannot carry the body.
    """
    exported = without_connection(request, connection)
    word = exported.shell_word
    first = "curl"
    has_body = exported.has_body or request.is_multipart
    if exported.method == "HEAD" and not has_body:
        first += " --head"
    elif exported.method != "GET" or has_body:
        first += f" -X {word(exported.method)}"
    if any(c in exported.url for c in "[]{}"):
        first += " --globoff"
    rows = [f"{first} {word(exported.url, quoted=True)}"]
    rows += [f"-H {word(f'{name}: {value}' if value else f'{name};', quoted=True)}" for name, value in exported.headers]
    if exported.body_type not in ("", FORM_TYPE):
        rows.append(f"-H {word(f'Content-Type: {exported.body_type}', quoted=True)}")
    rows += _data_options(exported)
    rows += [
        f"--form-string {word(command_text(FORM, _name(FORM, key) + '=' + value, _INSTEAD))}"
        for key, value in request.form
    ]
    rows += [f"-F {word(_file(part))}" for part in request.files]
    if request.timeout != DEFAULT_TIMEOUT:
        rows.append(f"--max-time {written_seconds(request.timeout)}")
    if request.max_retries:
        rows.append(_retries(request))
    rows.append('-u "${}:${}"'.format(*exported.variables))
    return " \\\n  ".join(rows)


def _data_options(exported: ExportedRequest) -> list[str]:
    if exported.body_file:
        # A file called - would be what is typed.
        name = exported.body_file if exported.body_file != "-" else "./-"
        return [f"--data-binary {exported.shell_word(command_text(DATA, f'@{name}', _INSTEAD), quoted=True)}"]
    if exported.body is None:
        return []
    form = form_pairs(exported)
    if form is None:
        return [f"--data-raw {exported.shell_word(command_text(DATA, exported.body, _INSTEAD))}"]
    # curl encodes what stands behind the first =, some versions with a + for a blank, and sends the name as it is.
    pairs = (f"{quote(name, safe='')}={value}" for name, value in form)
    return [f"--data-urlencode {exported.shell_word(pair, quoted=True)}" for pair in pairs]


def _retries(request: RawRequest) -> str:
    words = f"--retry {request.max_retries}"
    if request.retry_delay_ms and not request.exponential_backoff:
        words += f" --retry-delay {math.ceil(request.retry_delay_ms / 1000)}"
    return words + (" --retry-all-errors" if request.retry_all_errors else "")


def _file(part: FilePart) -> str:
    path, content_type = path_of(part.path, FILES, f"“{part.key}”"), content_type_of(part)
    if re.search(r";\s*(type|filename|headers|encoder)=", content_type):
        # curl knows no quotes around a type.
        reason = f"curl cannot send the type of “{part.key}”, for what stands behind the ; in it."
        raise InvalidRequest(FILES, reason, _INSTEAD)
    word = f"{_name(FILES, part.key)}=@{_quoted(path)};type={content_type}"
    if part.filename:
        word += f";filename={_quoted(part.filename)}"
    return command_text(FILES, word, _INSTEAD)


def _name(field: str, key: str) -> str:
    if "=" in key:
        raise InvalidRequest(field, f"curl cannot name a field “{key}”, for the = in it.", _INSTEAD)
    return key


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
