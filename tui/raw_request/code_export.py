"""Export: a request as a program in Python with httpx. Credentials appear as variables, never as values."""

from __future__ import annotations

from pathlib import Path

from tui.raw_request.exported_request import form_pairs, path_of, without_connection
from tui.raw_request.model import RawRequest
from tui.raw_request.transfer import content_type_of
from tui.storage.connection import Connection


def to_httpx(request: RawRequest, connection: Connection) -> str:
    """The request as a Python program that needs httpx alone.

    Raises:
        InvalidRequest: the path leads astray, or the body cannot be sent.
    """
    plain = without_connection(request, connection)
    url = " + os.environ['TWILIO_ACCOUNT_SID'] + ".join(repr(part) for part in plain.url)
    user, secret = plain.variables
    rows = [
        f"{plain.method!r},",
        f"{url},",
        f"auth=(os.environ[{user!r}], os.environ[{secret!r}]),",
        f"headers={list(plain.headers)!r},",
        f"timeout={request.timeout!r},",
    ]
    form = form_pairs(plain)
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
            path = path_of(part)
            name = part.filename or Path(path).name
            rows.append(f"    ({part.key!r}, ({name!r}, open({path!r}, 'rb'), {content_type_of(part)!r})),")
        rows.append("],")
    call = "\n".join(f"    {row}" for row in rows)
    return (
        f"import os\n\nimport httpx\n\nresponse = httpx.request(\n{call}\n)\n"
        "print(response.status_code, response.reason_phrase)\nprint(response.text)\n"
    )


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
