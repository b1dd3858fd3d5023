"""Export: a request as the call of the official `twilio` library for Python that sends it.

`/Accounts/{AccountSid}/Messages/{Sid}.json` → `client.messages("SM…")`: every word of a path in small letters, every
value as an argument, and then `create`, `fetch`, `update`, `delete` or `list` by the method. Where the library departs
from that stands in `library_call.txt`. The library itself is not needed. Credentials are variables, never values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tui.raw_request.exported_request import (
    ACCOUNT,
    ExportedRequest,
    python_string,
    without_connection,
)
from tui.raw_request.form_text import written_seconds
from tui.raw_request.model import DATA, DEFAULT_TIMEOUT, HEADERS, QUERY, URL, RawRequest
from tui.storage.connection import Connection
from tui.twilio.errors import InvalidRequest
from tui.twilio.operations import Operation, Parameter, find_operation
from tui.twilio.url_policy import REGIONS

_INSTEAD = "Copy as Python with httpx instead."
_VERBS = {"GET": "fetch", "DELETE": "delete", "PUT": "update", "PATCH": "patch"}
_PAGING = {"PageSize": "page_size", "Page": "page_number", "PageToken": "page_token"}
_NAMES = {"Version": "resource_version", "A2PProfileBundleSid": "a2p_profile_bundle_sid"}
"""Parameters that are called otherwise than by the rule."""
NOT_TAKEN = frozenset(
    {
        ("/v1/PhoneNumbers/{PhoneNumber}", "AddOnsData"),
        ("/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Transcriptions.json", "ConfigurationId"),
    }
)
"""Parameters that the library does not have, or sends under other names."""
_KEYWORDS = frozenset({"from", "if", "class", "global", "import"})
_OWN_ACCOUNT = "api.v2010.accounts({})."
"""What the client itself stands for."""
_WIDEST = 88
"""Characters of a call in one line."""


@dataclass(frozen=True, slots=True)
class LibraryCall:
    """A call of the library.

    Attributes:
        resource: the way to it from the client, `{}` for each value of the path; `{1}` for another than the next.
        method: what is called there.
    """

    resource: str
    method: str

    @property
    def domain(self) -> str:
        """The library's name for the host: `api`, `verify`."""
        return self.resource.partition(".")[0]


def call_of(operation: Operation) -> LibraryCall | None:
    """The call that sends an operation; None where the library has none, or takes the body as an object of its own."""
    if operation.body_type == "json":
        return None
    where = operation.host + re.sub(r"\{\w+\}", "{}", operation.path.removesuffix(".json"))
    fact = _facts().get(f"{operation.method} {where}")
    if fact is not None:
        resource, _, method = fact.rpartition(".")
        return LibraryCall(resource, method) if resource else None
    resource = _resource(where)
    if resource == "-":
        return None
    method = _VERBS.get(operation.method, "update" if resource.endswith(")") else "create")
    if operation.method == "GET" and any(each.name == "PageSize" for each in operation.query):
        method = "list"
    return LibraryCall(resource, method)


def argument_name(parameter: str) -> str:
    """What the library calls a parameter: `DateSent>` → `date_sent_after`, `From` → `from_`."""
    plain = parameter.replace(">", "After").replace("<", "Before").replace(".", "")
    name = _NAMES.get(parameter) or _snake(plain)
    return f"{name}_" if name in _KEYWORDS else name


def to_twilio(request: RawRequest, connection: Connection) -> str:
    """The request as a Python program with the `twilio` library.

    Raises:
        InvalidRequest: the library has no call for it, or cannot say a part of it; the part is named.
    """
    exported = without_connection(request, connection)
    operation = find_operation(exported.method, request.path.strip())
    call = call_of(operation) if operation is not None else None
    if operation is None or call is None:
        what = f"{exported.method} {operation.path if operation else request.path.partition('?')[0].strip()}"
        if operation is not None and operation.body_type == "json":
            raise InvalidRequest(DATA, f"The library takes the JSON of {what} as an object of its own.", _INSTEAD)
        raise InvalidRequest(URL, f"The twilio library has no call for {what}.", _INSTEAD)
    base, values = _values(operation, exported)
    own_account = values[:1] in ([exported.account], [connection.account_sid])
    resource = _with_values(call.resource, values, own_account, exported)
    arguments = _arguments(operation, call, request, exported)
    return _program(request, connection, call, base, resource, arguments, exported)


@cache
def _facts() -> Mapping[str, str]:
    lines = Path(__file__).with_name("library_call.txt").read_text("utf-8").splitlines()
    rows = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {where: what for where, _, what in rows}


def _resource(where: str) -> str:
    """The way from the client to a resource: the longest beginning of host and path that is a fact, then the rule."""
    words = where.split("/")
    facts = _facts()
    known = next((n for n in range(len(words), 0, -1) if "/".join(words[:n]) in facts), 0)
    found = facts["/".join(words[:known])] if known else words[0].partition(".")[0].replace("-", "_")
    if found == "-":
        return found
    return found + "".join("({})" if word == "{}" else f".{_snake(word)}" for word in words[known or 1 :])


def _snake(word: str) -> str:
    word = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", word)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", word).replace("-", "_").lower()


def _values(operation: Operation, exported: ExportedRequest) -> tuple[str, list[str]]:
    """What stands before the operation's path, and the values of its placeholders, as they stand in the URL."""
    words = exported.bare_url.partition("?")[0].split("/")
    pattern = operation.path.split("/")[1:]
    values: list[str] = []
    for wanted, word in zip(pattern, words[-len(pattern) :], strict=False):
        if wanted.startswith("{"):
            values.append(word.removesuffix(wanted.partition("}")[2]))
        elif word != wanted:
            reason = f"The library always asks for {operation.path}, which is not below this connection's base URL."
            raise InvalidRequest(URL, reason, _INSTEAD)
    return "/".join(words[: -len(pattern)]), values


def _with_values(resource: str, values: list[str], own_account: bool, exported: ExportedRequest) -> str:
    if own_account and resource.startswith(_OWN_ACCOUNT):
        resource, values = resource.removeprefix(_OWN_ACCOUNT), values[1:]
    return resource.format(*map(exported.python_text, values))


def _arguments(
    operation: Operation, call: LibraryCall, request: RawRequest, exported: ExportedRequest
) -> dict[str, str]:
    """Names and expressions of what the library is given."""
    if request.is_multipart or exported.body_file:
        raise InvalidRequest(DATA, "The library sends no multipart form and no file.", _INSTEAD)
    for name, _ in exported.headers:
        if name.lower() not in ("content-type", "accept"):
            raise InvalidRequest(HEADERS, f"The library has no place for the header {name}.", _INSTEAD)
    body: list[tuple[str, str]] = []
    if exported.body is not None:
        if not exported.is_form:
            raise InvalidRequest(DATA, "The library sends this body as a form only.", _INSTEAD)
        body = _pairs(DATA, exported.body.decode("utf-8", "replace"))
    query = [*_pairs(QUERY, request.path.partition("?")[2]), *request.query]
    return {
        **_named(QUERY, query, _taken(operation, operation.query), exported, paging=call.method == "list"),
        **_named(DATA, body, _taken(operation, operation.body), exported),
    }


def _taken(operation: Operation, parameters: Sequence[Parameter]) -> dict[str, Parameter]:
    return {each.name: each for each in parameters if (operation.path, each.name) not in NOT_TAKEN}


def _pairs(field: str, text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []
    except ValueError:
        raise InvalidRequest(field, "It holds no names and values, as the library has them.", _INSTEAD) from None


def _named(
    field: str,
    pairs: Iterable[tuple[str, str]],
    parameters: Mapping[str, Parameter],
    exported: ExportedRequest,
    *,
    paging: bool = False,
) -> dict[str, str]:
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in parameters:
            raise InvalidRequest(field, f"The library does not take {name} here.", _INSTEAD)
        given.setdefault(name, []).append(value)
    if missing := next((each.name for each in parameters.values() if each.required and each.name not in given), ""):
        raise InvalidRequest(
            field, f"The library needs {missing} here.", "Give it a value, or copy as Python with httpx."
        )
    found: dict[str, str] = {}
    for name, values in given.items():
        argument = _PAGING.get(name) if paging else None
        found[argument or argument_name(name)] = _value(parameters[name], values, exported)
    if paging and set(found) & set(_PAGING.values()) == {"page_size"} and re.fullmatch(r"[1-9]\d*", found["page_size"]):
        # One page of that many; `list` would go on to the next ones.
        found["limit"] = found.pop("page_size")
    return found


def _value(parameter: Parameter, values: list[str], exported: ExportedRequest) -> str:
    """An expression for the values of one parameter, which the library writes as they are written here."""
    if parameter.kind == "list" or len(values) > 1:
        return f"[{', '.join(map(exported.python_text, values))}]"
    value = values[0]
    if parameter.kind == "boolean" and value in ("true", "false"):
        return value.capitalize()
    if parameter.kind == "number" and re.fullmatch(r"0|[1-9]\d{0,15}", value):
        return value
    return exported.python_text(value)


def _program(
    request: RawRequest,
    connection: Connection,
    call: LibraryCall,
    base: str,
    resource: str,
    arguments: Mapping[str, str],
    exported: ExportedRequest,
) -> str:
    credentials = [f'os.environ["{name}"]' for name in exported.variables]
    if exported.variables[0] != ACCOUNT:
        credentials.append(f'os.environ["{ACCOUNT}"]')
    imports, after = "from twilio.rest import Client", ""
    host = urlsplit(base).hostname or ""
    suffix = host.partition(".")[2]
    region = next((region for region, its in REGIONS.items() if its == suffix), "")
    if region and base == f"https://{host}" and region != "us1":
        credentials += [f'region="{region}"', f'edge="{suffix.partition(".")[0]}"']
    elif not (region and base == f"https://{host}"):
        after = f"client.{call.domain}.base_url = {python_string(base)}\n"
    if request.timeout != DEFAULT_TIMEOUT:
        imports = f"from twilio.http.http_client import TwilioHttpClient\n{imports}"
        credentials.append(f"http_client=TwilioHttpClient(timeout={written_seconds(request.timeout)})")
    method = "page" if call.method == "list" and "limit" not in arguments else call.method
    asked = _written(f"client.{resource}.{method}", [f"{name}={value}" for name, value in arguments.items()])
    if call.method == "list":
        last = f"for record in {asked}:\n    print(record)\n"
    else:
        last = f"answer = {asked}\nprint(answer)\n"
    return f"import os\n\n{imports}\n\n{_written('client = Client', credentials)}\n{after}{last}"


def _written(called: str, arguments: Sequence[str]) -> str:
    line = f"{called}({', '.join(arguments)})"
    if len(line) <= _WIDEST:
        return line
    return f"{called}(\n" + "".join(f"    {each},\n" for each in arguments) + ")"
