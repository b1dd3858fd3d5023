"""Export: a request as a program in Python with httpx, or as a command of HTTPie. Credentials are variables."""

from __future__ import annotations

import re
from pathlib import Path

from tui.raw_request.exported_request import (
    ExportedRequest,
    command_text,
    form_pairs,
    grouped,
    path_of,
    python_string,
    without_connection,
)
from tui.raw_request.form_text import written_seconds
from tui.raw_request.model import DATA, DEFAULT_TIMEOUT, FILES, FORM, HEADERS, RawRequest
from tui.raw_request.transfer import content_type_of
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest

_INSTEAD = "Copy as Python with httpx instead."


def to_httpx(request: RawRequest, connection: Connection) -> str:
    """The request as a Python program that needs httpx alone.

    Raises:
        InvalidRequest: the path leads astray, or the body cannot be sent.
    """
    exported = without_connection(request, connection)
    text = exported.python_text
    headers = [*exported.headers, *([("Content-Type", exported.body_type)] if exported.body_type else [])]
    form = form_pairs(exported)
    data = grouped(form) if form is not None else None
    if data is not None and not any(name.lower() == "content-type" for name, _ in exported.headers):
        # httpx says so itself.
        headers = list(exported.headers)
    rows = [
        f"{python_string(exported.method)},",
        f"{text(exported.url)},",
        'auth=(os.environ["{}"], os.environ["{}"]),'.format(*exported.variables),
    ]
    if headers:
        rows.append(f"headers=[{', '.join(f'({text(name)}, {text(value)})' for name, value in headers)}],")
    if data is not None:
        rows.append("data={")
        for name, values in data.items():
            many = ", ".join(map(text, values))
            rows.append(f"    {text(name)}: {many if len(values) == 1 else f'[{many}]'},")
        rows.append("},")
    elif exported.body_file:
        rows.append(f'content=open({text(exported.body_file)}, "rb"),')
    elif exported.body is not None:
        rows.append(f"content={_content(exported)},")
    if request.is_multipart:
        rows.append("files=[")
        rows += [f"    ({text(key)}, (None, {text(value)}))," for key, value in request.form]
        for part in request.files:
            path = path_of(part.path, FILES, f"“{part.key}”")
            name = part.filename or Path(path).name
            rows.append(
                f'    ({text(part.key)}, ({text(name)}, open({text(path)}, "rb"), {text(content_type_of(part))})),'
            )
        rows.append("],")
    rows.append(f"timeout={written_seconds(request.timeout)},")
    call = "\n".join(f"    {row}" for row in rows)
    return (
        f"import os\n\nimport httpx\n\nresponse = httpx.request(\n{call}\n)\n"
        "print(response.status_code, response.reason_phrase)\nprint(response.text)\n"
    )


def _content(exported: ExportedRequest) -> str:
    body = exported.body or b""
    try:
        return exported.python_text(body.decode("utf-8"))
    except UnicodeDecodeError:
        return repr(body)


def to_httpie(request: RawRequest, connection: Connection) -> str:
    """The request as a command of HTTPie: `https -f POST … To=… From=…`.

    Raises:
        InvalidRequest: the path leads astray, or HTTPie cannot say a part of it.
    """
    exported = without_connection(request, connection)
    word = exported.shell_word
    query = [_item(name, "==", value) for name, value in request.query]
    url = exported.bare_url if None not in query else exported.url
    scheme, _, url = url.partition("://")
    form = form_pairs(exported)
    body = [] if form is None or grouped(form) is None else [_item(name, "=", value) for name, value in form]
    options = ""
    if request.is_multipart:
        options, body = " --multipart", [*_fields(request), *_files(request)]
    elif body and None not in body:
        options = " -f"
    method = (
        f" {word(exported.method)}" if exported.method != "GET" or exported.has_body or request.is_multipart else ""
    )
    first = f"{scheme}{options}{method} {word(url, quoted=True)}"
    headers = [_item(name, ":", value) if value else f"{name};" for name, value in exported.headers]
    if None in headers:
        raise InvalidRequest(HEADERS, "HTTPie cannot say these headers, for a \\ in them.", _INSTEAD)
    last = ['-a "${}:${}"'.format(*exported.variables)]
    if request.timeout != DEFAULT_TIMEOUT:
        last.insert(0, f"--timeout={written_seconds(request.timeout)}")
    if exported.has_body and not options:
        headers += [f"Content-Type:{exported.body_type}"] if exported.body_type else []
        body = [_file_as_body(exported.body_file)] if exported.body_file else []
        if exported.body is not None:
            last.insert(0, f"--raw={word(command_text(DATA, exported.body, _INSTEAD))}")
    # HTTPie wants its items together, without an option between them.
    items = [*headers, *(query if None not in query else []), *body]
    return " \\\n  ".join([first, *(word(item, quoted=True) for item in items if item is not None), *last])


def _item(name: str, separator: str, value: str) -> str | None:
    """An item of HTTPie's; None where it cannot be said: a backslash before what separates is always taken away."""
    if not name or name.startswith("-") or "\0" in value or re.search(r"\\(?:[:;=@]|\Z)", name):
        return None
    if re.search(r"\\[:;=@]", value):
        return None
    escaped = re.sub(r"([:;=@])", r"\\\1", name)
    return f"{escaped}{separator}" + (f"\\{value}" if value[:1] in ":;=@" and value else value)


def _fields(request: RawRequest) -> list[str]:
    items = [(name, _item(name, "=", value)) for name, value in request.form]
    return [_said(FORM, name, item) for name, item in items]


def _files(request: RawRequest) -> list[str]:
    items: list[str] = []
    for part in request.files:
        path = path_of(part.path, FILES, f"“{part.key}”")
        if part.filename and part.filename != Path(path).name:
            reason = f"HTTPie cannot call the file of “{part.key}” otherwise than it is called."
            raise InvalidRequest(FILES, reason, _INSTEAD)
        item = None if ";type=" in path else _item(part.key, "@", path)
        items.append(f"{_said(FILES, part.key, item)};type={content_type_of(part)}")
    return items


def _file_as_body(path: str) -> str:
    if re.search(r"\\[:;=@]", path):
        raise InvalidRequest(DATA, f"HTTPie cannot say the path {path}, for a \\ in it.", _INSTEAD)
    return f"@\\{path}" if path[:1] in ":;=@" else f"@{path}"


def _said(field: str, name: str, item: str | None) -> str:
    if item is None:
        raise InvalidRequest(field, f"HTTPie cannot say “{name}”, for what stands in it.", _INSTEAD)
    return item
