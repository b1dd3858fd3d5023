"""The console's form as texts, read into a request and written from one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Final, TypeVar, cast
from urllib.parse import parse_qsl, quote, urlencode

from tui.raw_request.model import (
    DATA,
    DEFAULT_TIMEOUT,
    FORM,
    HEADERS,
    MAX_RETRIES,
    QUERY,
    RETRY_DELAY,
    TIMEOUT,
    FilePart,
    RawRequest,
)
from tui.raw_request.pairs import Pair, map_values, read_pairs, read_parts, write_pairs, write_parts
from tui.raw_request.variables import ACCOUNT, Expansion, Variables, escape, escape_pairs, has_variables
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM as FORM_TYPE

NOTATION: Final = 3
"""How lines of pairs are written. In 1 any quoted value lost its quotes, and a `;` ended the path of a file; up to 2 a
value held no variables, so that `$name` was that text."""


@dataclass(frozen=True, slots=True)
class RequestText:
    """Every input of the console's form.

    Attributes:
        query, headers: one pair a line; a line that begins with `#` is switched off.
        body_kind: one of `BODY_KINDS`; it decides how `body` is read.
        response_type: "json", "text" or "binary".
        timeout: seconds. `retries`: how many. `delay`: milliseconds. All as typed, empty for the default.
        notation: how the lines are written; see `NOTATION`.
    """

    method: str = "GET"
    path: str = ""
    query: str = ""
    headers: str = ""
    body_kind: str = "none"
    body: str = ""
    response_type: str = "json"
    timeout: str = ""
    retries: str = ""
    delay: str = ""
    backoff: bool = False
    all_errors: bool = False
    notation: int = NOTATION

    def texts(self) -> dict[str, str | bool | int]:
        """For a file: every input that differs from an empty form's, and method and path."""
        found: dict[str, str | bool | int] = {}
        for each in fields(self):
            value: str | bool | int = getattr(self, each.name)
            if each.name == "notation":
                if self.notation > 1 and _depends_on_notation(self):
                    found["notation"] = value
            elif value != each.default or each.name in ("method", "path"):
                found[each.name] = value
        return found


def typed_from(texts: Mapping[str, object]) -> RequestText:
    """The form that `RequestText.texts` wrote; what is missing, unknown or of another type counts as not typed."""
    empty = RequestText()
    known = {each.name: cast("object", getattr(empty, each.name)) for each in fields(RequestText)}
    values = {name: value for name, value in texts.items() if name in known and type(value) is type(known[name])}
    typed = replace(empty, **values)
    # A file of before 0.2 says nothing about its notation.
    return replace(typed, notation=1) if _depends_on_notation(typed) and "notation" not in values else typed


def _depends_on_notation(typed: RequestText) -> bool:
    lines = [typed.query, typed.headers] + ([typed.body] if typed.body_kind in ("form", "multipart") else [])
    # Up to notation 2 a path held no variable before its `?`: such a request could not be sent.
    return any(mark in text for text in lines for mark in '";$') or "$" in typed.path.partition("?")[2]


_TYPE = "content-type"

T = TypeVar("T")

BODY_KINDS = ("none", "raw", "form", "multipart", "file")
"""No body; as typed; `a=b` lines sent urlencoded; a multipart form of fields and files; the file of a path."""

MESSAGES_PATH = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"

NEWEST_MESSAGES = RequestText(path=MESSAGES_PATH, query="PageSize=20")
"""What the form begins with."""


@dataclass(frozen=True, slots=True)
class RequestReading:
    """A form that was read.

    Attributes:
        request: None when there are problems.
        problems: what cannot be read, at most one for each input.
        values: the variables that were put in place: reference without its `$` → value.
    """

    request: RawRequest | None
    problems: tuple[InvalidRequest, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str])


def read(typed: RequestText, variables: Variables | None = None) -> RequestReading:
    """Read the form into a request; `tui.raw_request.sending.check` says whether it may be sent.

    Variables are put in place here, in the path and in the values of lines once those are read, so that a value may
    hold whatever a line could not. A raw body and the paths of files stay as they are typed. Without `variables` each
    one is a problem. May read the last answer: call it in a thread.
    """
    problems: list[InvalidRequest] = []
    expansion = Expansion(Variables() if variables is None else variables, verbatim=typed.notation < NOTATION)

    path = _tried(problems, lambda: expansion.path(typed.path.strip()), "")
    query = _tried(problems, lambda: expansion.pairs(read_pairs(typed.query, field=QUERY), QUERY), ())
    headers = _tried(
        problems, lambda: expansion.pairs(read_pairs(typed.headers, field=HEADERS, separators=":="), HEADERS), ()
    )
    data: str | None = None
    form: tuple[tuple[str, str], ...] = ()
    files: tuple[FilePart, ...] = ()
    if typed.body_kind == "raw":
        data = typed.body or None
    elif typed.body_kind == "form":
        data = _tried(problems, lambda: _urlencoded(typed.body, expansion), None)
    elif typed.body_kind == "multipart":
        form, files = _tried(problems, lambda: _parts(typed.body, expansion), ((), ()))
    timeout = _tried(problems, lambda: _number(TIMEOUT, typed.timeout, DEFAULT_TIMEOUT), DEFAULT_TIMEOUT)
    retries = _tried(problems, lambda: _whole(MAX_RETRIES, typed.retries), 0)
    delay = _tried(problems, lambda: _whole(RETRY_DELAY, typed.delay), 0)
    if problems:
        return RequestReading(None, tuple(problems))
    return RequestReading(
        RawRequest(
            typed.method.strip(),
            path,
            query,
            headers,
            data,
            form,
            files,
            typed.response_type,
            timeout,
            retries,
            delay,
            typed.all_errors,
            typed.backoff,
            typed.body.strip() if typed.body_kind == "file" else None,
        ),
        values=expansion.used,
    )


def expand(typed: RequestText, variables: Variables) -> RequestText:
    """The form with values in the place of variables; it reads as the same request, whatever they are later.

    The account's stays, and what is typed in lines that are switched off, in a raw body and as paths of files.

    Raises:
        InvalidRequest: a variable has no value; `field` is the input.
    """
    expansion = Expansion(variables, verbatim=typed.notation < NOTATION)

    def lines(text: str, field: str, separators: str = "=", *, parts: bool = False) -> str:
        def put(value: str) -> str:
            return expansion.written(value, field) if has_variables(value) else value

        return map_values(text, put, separators=separators, parts=parts, off=False)

    body, kind = typed.body, typed.body_kind
    if kind in ("form", "multipart"):
        body = lines(body, FORM if kind == "multipart" else DATA, parts=kind == "multipart")
    path, query, headers = typed.path, lines(typed.query, QUERY), lines(typed.headers, HEADERS, ":=")
    return replace(typed, path=expansion.path(path.strip()), query=query, headers=headers, body=body)


def write(request: RawRequest, variables: Collection[str] = ()) -> RequestText:
    """Write a request as a form: of pasted commands, links and redirects.

    No text of it becomes a variable, but for `$TWILIO_ACCOUNT_SID` in the path and those named in `variables`.

    Raises:
        InvalidRequest: the form cannot hold it.
    """
    kind, body = "none", ""
    if request.form or request.files:
        kind, body = "multipart", write_parts(escape_pairs(request.form, variables), tuple(request.files))
    elif request.data_file is not None:
        kind, body = "file", str(request.data_file)
        if body != body.strip():
            raise InvalidRequest(DATA, "The path of the file begins or ends with a blank.", "Rename the file.")
    elif request.data:
        kind, body = _body(request, variables)
    return RequestText(
        request.method,
        escape(request.path, {ACCOUNT, *variables}),
        write_pairs(escape_pairs(request.query, variables)),
        write_pairs(escape_pairs(request.headers, variables), separator=":"),
        kind,
        body,
        request.response_type,
        "" if request.timeout == DEFAULT_TIMEOUT else written_seconds(request.timeout),
        str(request.max_retries or ""),
        str(request.retry_delay_ms or ""),
        request.exponential_backoff,
        request.retry_all_errors,
    )


def _body(request: RawRequest, variables: Collection[str]) -> tuple[str, str]:
    """The kind and the text of a body: lines of pairs where those give the same bytes again."""
    try:
        data = request.data.decode("utf-8") if isinstance(request.data, bytes) else request.data or ""
    except UnicodeDecodeError:
        raise InvalidRequest(DATA, "The body holds bytes that are no text.", "Send it as a file instead.") from None
    typed = [value.partition(";")[0].strip().lower() for name, value in request.headers if name.lower() == _TYPE]
    if all(each == FORM_TYPE for each in typed) and "=" in data:
        pairs = parse_qsl(data, keep_blank_values=True, errors="surrogateescape")
        # A variable stands in a pasted command as no browser would write it.
        expected = data.replace("$", "%24") if variables else data
        with suppress(InvalidRequest):
            if _urlencoded(write_pairs(escape_pairs(pairs)), Expansion(Variables())) == expected:
                return "form", write_pairs(escape_pairs(pairs, variables))
    return "raw", data


def _parts(lines: str, expansion: Expansion) -> tuple[tuple[Pair, ...], tuple[FilePart, ...]]:
    fields, files = read_parts(lines)
    return expansion.pairs(fields, FORM), files


def _urlencoded(lines: str, expansion: Expansion) -> str | None:
    pairs = expansion.pairs(read_pairs(lines, field=DATA), DATA)
    try:
        return urlencode(pairs, quote_via=quote) or None
    except UnicodeEncodeError:
        raise InvalidRequest(DATA, "A line holds half of a character (a lone surrogate).", "Type it again.") from None


def written_seconds(seconds: float) -> str:
    """A number of seconds without zeros that say nothing."""
    short = f"{seconds:g}"
    return short if float(short) == seconds else repr(seconds)


def _tried(problems: list[InvalidRequest], reading: Callable[[], T], instead: T) -> T:
    try:
        return reading()
    except InvalidRequest as problem:
        problems.append(problem)
        return instead


def _number(field: str, text: str, blank: float) -> float:
    text = text.strip()
    if not text:
        return blank
    try:
        # Python reads 1_0 and other scripts' digits as numbers as well; nobody who types them means one.
        return float(text if text.isascii() and "_" not in text else "")
    except ValueError:
        raise InvalidRequest(field, f"“{text}” is not a number of seconds.", "Give one such as 30 or 2.5.") from None


def _whole(field: str, text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest(field, f"“{text}” is not a whole number.", "Give 0 or more, without a sign or a point.")
    return int(text)
