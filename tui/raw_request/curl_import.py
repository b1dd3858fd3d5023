"""Import: read a pasted curl command into a request. Nothing is run, no file opened, no credentials taken over.

What curl would do is kept where a request has a place for it; what has none is named, as a note where it does not
change the request and as an error where it does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

from tui.http_server.http_messages import FRAMING_HEADERS
from tui.raw_request.curl_options import BY_LETTER, CREDENTIALS_LEFT_OUT, OPTIONS, CurlOption
from tui.raw_request.form_text import write
from tui.raw_request.model import DEFAULT_TIMEOUT, FilePart, RawRequest
from tui.raw_request.pasted_commands import COMMAND, Words, read_pasted
from tui.raw_request.transfer import boundary_of
from tui.raw_request.variables import ACCOUNT
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM as FORM_TYPE
from tui.twilio.media_types import JSON, type_by_look
from tui.twilio.url_policy import VERSION_PATH

TWILIO_BASE = f"https://api.twilio.com{VERSION_PATH}"

_IN_AN_ADDRESS = "%/:?#[]@!$&'()*+,;=-._~"
_NAME = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))")
_KEPT_NAME = re.compile(r"(?:\$|%24)(?:\{|%7B)?([A-Za-z_]\w*|[0-9@*#?$!])")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})
_AS_HEADER = {"--user-agent": "User-Agent", "--referer": "Referer", "--cookie": "Cookie"}
_DATA = frozenset({"--data", "--data-ascii", "--data-raw", "--data-binary", "--data-urlencode", "--json"})


@dataclass(frozen=True, slots=True)
class CurlReading:
    """The request a curl command makes.

    Attributes:
        notes: what was left out or is done otherwise here, a sentence each.
        variables: names of the shell's variables that stand in it, `TWILIO_ACCOUNT_SID` among them.
    """

    request: RawRequest
    notes: tuple[str, ...]
    variables: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    """The request so far."""

    urls: list[str] = field(default_factory=list[str])
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    data: list[str] = field(default_factory=list[str])
    query: list[str] = field(default_factory=list[str])
    single: dict[str, str] = field(default_factory=dict[str, str])
    range: str = ""
    has_data: bool = False
    file: str = ""
    upload: str | None = None
    stdin: str | None = None
    stdin_file: str = ""
    reads_stdin: bool = False
    form: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    files: list[FilePart] = field(default_factory=list[FilePart])
    flags: set[str] = field(default_factory=set[str])
    timeout: float = DEFAULT_TIMEOUT
    retries: int = 0
    delay_ms: int = 0
    backoff: bool = True
    notes: dict[str, None] = field(default_factory=dict[str, None])


def read_curl(text: str, base: str = TWILIO_BASE) -> CurlReading:
    """The request a curl command makes, and what was left out of it.

    Args:
        text: the command, as copied; lines may go on with a backslash, a prompt may stand in front.
        base: the connection's base URL, taken out of the address.

    Raises:
        InvalidRequest: it is no curl command, or does what a request here cannot; the option is named.
    """
    pasted = read_pasted(text)
    command = pasted.command
    draft = _Draft(stdin=command.stdin, stdin_file=command.stdin_file)
    for option, value in _options(draft, command.words):
        _take(draft, option.name, option.note, value)
    for note in pasted.notes:
        _note(draft, note)
    request = _finish(draft, base, command.variables)
    if not draft.reads_stdin and (command.stdin is not None or command.stdin_file):
        _note(draft, "What stands behind the < is not read by the command, and was left out.")
    variables = _variables(draft, command)
    names = tuple(sorted(name for name in variables if name.isidentifier()))
    as_text = set(_KEPT_NAME.findall(_texts_as_typed(request, names)))
    if open_ones := sorted(name for name in variables if name != ACCOUNT or name in as_text):
        savable = all(name in names and name not in as_text for name in open_ones)
        _note(draft, _left_open([f"${name}" for name in open_ones], savable=savable))
    return CurlReading(request, tuple(draft.notes), names)


def _texts_as_typed(request: RawRequest, names: Collection[str]) -> str:
    """The texts of a request in which the console puts no values: a raw body, the paths of files."""
    paths = [str(each.path) for each in request.files] + [str(request.data_file or "")]
    body = request.data if isinstance(request.data, str) else ""
    is_raw = write(RawRequest("POST", "", headers=request.headers, data=body), names).body_kind == "raw"
    return "\n".join((*paths, body if is_raw else ""))


def _left_open(names: list[str], *, savable: bool) -> str:
    if len(names) == 1:
        what = "save a value for it, or put one in its place" if savable else "put its value in its place"
        return f"{names[0]} stands as it is written: {what}."
    shown = names if len(names) < 5 else [*names[:3], f"{len(names) - 3} others"]
    which = f"{', '.join(shown[:-1])} and {shown[-1]}"
    what = "save values for them, or put these" if savable else "put their values"
    return f"{which} stand as they are written: {what} in their places."


def _variables(draft: _Draft, command: Words) -> list[str]:
    """The shell's variables in what is kept of the command.

    Raises:
        InvalidRequest: one stands there as a text of its own as well.
    """
    kept = {name for word in _kept(draft) for name in _KEPT_NAME.findall(word)}
    whole = "\n".join((*command.words, command.stdin or "", command.stdin_file))
    times = Counter(one or other for one, other in _NAME.findall(whole))
    found = [name for name in command.variables if name in kept]
    if both := next((name for name in found if times[name] > command.variables[name]), ""):
        reason = f"${both} is a variable in one place of the command, and a text in another."
        raise InvalidRequest(COMMAND, reason, "Put the variable's value in its place.")
    return found


def _options(draft: _Draft, words: list[str]) -> Iterator[tuple[CurlOption, str]]:
    """Every option with its value, flags with an empty one, addresses as `--url`."""
    rest = iter(words)
    plain_only = False
    for word in rest:
        if (dash := re.match("[–—‐‑]-?(?=[A-Za-z])", word)) and not plain_only:
            # What word processors make of hyphens.
            _note(draft, "Typographic dashes were read as hyphens.")
            word = ("-" if len(word) - dash.end() == 1 else "--") + word[dash.end() :]
        if plain_only or not word.startswith("-") or word == "-":
            yield OPTIONS["--url"], word
        elif word == "--":
            plain_only = True
        elif word.startswith("--"):
            option = _named(word)
            yield option, _value(word, rest) if option.has_value else ""
        else:
            letters = word[1:]
            while letters:
                short, letters = letters[0], letters[1:]
                option = BY_LETTER.get(short)
                if option is None or option.refused:
                    raise _no_place(f"-{short}")
                if option.has_value:
                    yield option, letters or _value(f"-{short}", rest)
                    break
                yield option, ""


def _value(option: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise InvalidRequest(COMMAND, f"{option} stands without its value.", "Copy the whole command.")
    return value


def _named(word: str) -> CurlOption:
    """A long option: curl takes any beginning that only one option has, and `--no-` before flags."""
    begun = [word] if word in OPTIONS else [name for name in OPTIONS if name.startswith(word)]
    if len(begun) == 1:
        option = OPTIONS[begun[0]]
        if option.refused:
            raise _no_place(option.name)
        return option
    positive = OPTIONS.get("--" + word.removeprefix("--no-"))
    if word.startswith("--no-") and positive is not None and positive.left_out and not positive.has_value:
        return OPTIONS["--silent"]
    raise _no_place(word)


def _take(draft: _Draft, option: str, note: str, value: str) -> None:
    if note:
        _note(draft, note)
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
            name = _AS_HEADER[option]
            # Of several, the last; cookies add up.
            draft.single[name] = (
                f"{draft.single[name]}; {value}" if option == "--cookie" and name in draft.single else value
            )
        case "--range":
            draft.range = value
        case "--url-query":
            draft.query.append(value[1:] if value.startswith("+") else _urlencoded(option, value, draft))
        case "--upload-file":
            draft.upload = value
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
        _note(draft, CREDENTIALS_LEFT_OUT)
    elif low in FRAMING_HEADERS:
        _note(draft, f"{name.strip()} is set by the connection itself and was left out.")
    else:
        draft.headers.append((name.strip(), value.strip(" \t")))


def _take_data(draft: _Draft, option: str, value: str) -> None:
    if option == "--json":
        draft.flags.add(option)
    if option != "--data-raw" and value.startswith("@") and option != "--data-urlencode":
        if value[1:] == "-" and draft.stdin is not None:
            draft.reads_stdin = True
            # curl takes line ends and NUL out of what -d reads.
            value = draft.stdin if option in ("--data-binary", "--json") else re.sub("[\r\n\0]", "", draft.stdin)
        else:
            _take_file(draft, option, value[1:])
            return
    draft.has_data = True
    if option == "--data-urlencode":
        value = _urlencoded(option, value, draft)
    if option == "--json":
        draft.data[-1:] = ["".join((*draft.data[-1:], value))]
    else:
        draft.data.append(value)


def _take_file(draft: _Draft, option: str, path: str) -> None:
    """A file as the body, where its bytes are what curl sends."""
    if path == "-":
        if not draft.stdin_file:
            reason = f"{option} @- reads what is typed or piped into curl."
            raise InvalidRequest(COMMAND, reason, "Put the text itself there.")
        draft.reads_stdin, path = True, draft.stdin_file
    if option not in ("--data-binary", "--json"):
        reason = f"{option} reads from a file and takes its line ends out, which a request here does not."
        raise InvalidRequest(COMMAND, reason, "Write --data-binary to send the file as it is, or put the text there.")
    if draft.file:
        raise InvalidRequest(COMMAND, "The command joins several files to one body.", "Put the text itself there.")
    draft.file = path


def _urlencoded(option: str, value: str, draft: _Draft) -> str:
    """The value of --data-urlencode as curl encodes it: only the content of `name=content` and `=content`.

    curl writes a blank as + there, which means the same; as %20 it is shown as a pair of the form.
    """
    name, equals, content = value.partition("=")
    before, _, path = value.partition("@")
    if "@" in name:
        if path != "-" or draft.stdin is None:
            reason = f"{option} {before}@… reads from a file and encodes its text, which a request here does not."
            raise InvalidRequest(COMMAND, reason, "Put the text itself there.")
        draft.reads_stdin = True
        name, equals, content = before, "=" if before else "", draft.stdin
        value = draft.stdin
    encoded = quote(content if equals else value, safe="")
    return f"{name}={encoded}" if name and equals else encoded


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


def _finish(draft: _Draft, base: str, variables: Collection[str]) -> RawRequest:
    if len(draft.urls) != 1:
        if stray := next((url for url in draft.urls if not re.search(r"\w", url)), ""):
            reason = f"The command holds “{stray}”, which is none of its options."
        elif draft.urls:
            reason = f"Only one address can be read, and “{draft.urls[1]}” would be another."
        else:
            reason = "The command holds no address."
        raise InvalidRequest(COMMAND, reason, "Paste a command for one request.")
    bodies = ("-d", draft.has_data), ("a file", bool(draft.file)), ("-T", draft.upload is not None)
    given = [name for name, given in (*bodies, ("-F", bool(draft.form or draft.files))) if given]
    if len(given) > 1:
        raise InvalidRequest(COMMAND, f"The command has two bodies, {' and '.join(given)}.", "Take one of them out.")
    data: str | None = "&".join(draft.data) if draft.has_data else None
    url = _plain_url(draft.urls[0], glob="--globoff" not in draft.flags)
    if draft.upload is not None:
        url, data = _upload(draft, draft.upload, url)
    added = draft.query
    if "--get" in draft.flags and data is not None:
        # curl, too, leaves --url-query out then.
        added, data = [data], None
    for part in added:
        joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
        url = f"{url}{joint}{part}" if part else url
    if "--get" in draft.flags and draft.file:
        raise InvalidRequest(COMMAND, "-G puts a file into the address.", "Put the text itself there.")
    body = data is not None or bool(draft.form or draft.files or draft.file)
    with_body = "PUT" if draft.upload is not None else "POST"
    method = draft.method or ("HEAD" if "--head" in draft.flags else with_body if body else "GET")
    if draft.range and body:
        _note(draft, "--range is for what is read, and was left out.")
    elif draft.range:
        draft.headers.append(("Range", f"bytes={draft.range}"))
    path, query = _address(draft, url, base, variables)
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
        data_file=draft.file or None,
    )


def _upload(draft: _Draft, path: str, url: str) -> tuple[str, str | None]:
    """The address that -T goes to, and the text that it sends where it is no file's."""
    text = None
    if path in ("-", "."):
        if draft.stdin is None and not draft.stdin_file:
            raise InvalidRequest(COMMAND, f"-T {path} reads what is typed or piped into curl.", "Name a file.")
        draft.reads_stdin, text = True, draft.stdin
        draft.file = "" if text is not None else draft.stdin_file
    else:
        draft.file = path
        where, question, query = url.partition("?")
        if where.endswith("/"):
            url = f"{where}{quote(path.rpartition('/')[2])}{question}{query}"
    if not any(name.lower() == "content-type" for name, _ in draft.headers):
        _note(draft, "curl -T says no Content-Type; a request here always says one.")
    return url, text


def _headers(draft: _Draft, data: str | None) -> tuple[tuple[str, str], ...]:
    given = {name.lower() for name, _ in draft.headers}
    headers = [*draft.headers, *(pair for pair in draft.single.items() if pair[0].lower() not in given)]
    if "--json" in draft.flags:
        headers += [(name, JSON) for name in ("Content-Type", "Accept") if name.lower() not in given]
    typed = any(name.lower() == "content-type" for name, _ in headers)
    if draft.form or draft.files:
        unfit = [pair for pair in headers if pair[0].lower() == "content-type" and boundary_of(pair[1]) is None]
        if unfit:
            _note(draft, "The form's Content-Type is made here, so the command's was left out.")
        return tuple(pair for pair in headers if pair not in unfit)
    if draft.file and not typed and draft.upload is None:
        # What curl calls any body of a file's.
        return (*headers, ("Content-Type", FORM_TYPE))
    if data and not typed and draft.upload is None:
        look = type_by_look(data.encode("utf-8", "replace"))
        if look == JSON:
            _note(draft, "curl calls this body a form; take the Content-Type out to send it as JSON.")
        if look != FORM_TYPE:
            return (*headers, ("Content-Type", FORM_TYPE))
    return tuple(headers)


def _plain_url(url: str, *, glob: bool) -> str:
    """The URL without what curl does not send: its fragment, and the backslashes before braces.

    Raises:
        InvalidRequest: it stands for several URLs.
    """
    url = url.partition("#")[0]
    if not glob:
        return url
    several = re.search(r"(?<![\\$])(?:\{[^{}]*,[^{}]*\}|\[(?:\d+-\d+|[a-z]-[a-z]|[A-Z]-[A-Z])(?::\d+)?\])", url)
    if several is not None:
        reason = f"{several[0]} in the address stands for several addresses, one after the other."
        raise InvalidRequest(COMMAND, reason, "Write one of them, or add -g if it is meant as it is written.")
    return re.sub(r"\\([\[\]{}])", r"\1", url)


def _address(draft: _Draft, url: str, base: str, variables: Collection[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        here = re.match(r"(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?(?:[/?]|$)", url)
        if here or re.match(r"[^/?]+\.[^/?]+(?:[/?]|$)", url):
            url = f"{'http' if here else 'https'}://{url}"
    # Up to the last @: one in a password need not be escaped.
    bare = re.sub(r"^([A-Za-z]+://)[^/?#]*@", r"\1", url)
    if bare != url:
        _note(draft, CREDENTIALS_LEFT_OUT)
    path, _, typed = bare.partition("?")
    if path.startswith(base.rstrip("/") + "/"):
        path = path.removeprefix(base.rstrip("/"))
    pairs = parse_qsl(typed, keep_blank_values=True, errors="surrogateescape")
    # Only a query that comes out the same again is shown as pairs.
    return (path, tuple(pairs)) if _encodes_to(pairs, typed, variables) else (f"{path}?{typed}", ())


def _encodes_to(pairs: list[tuple[str, str]], typed: str, variables: Collection[str]) -> bool:
    """Whether pairs give a query again; what no address holds as it is leaves encoded either way."""
    typed = re.sub(r"\$(?=(\w+))", lambda sign: "%24" if sign[1] in variables else "$", typed)
    try:
        return urlencode(pairs, quote_via=quote) == quote(typed, safe=_IN_AN_ADDRESS)
    except UnicodeEncodeError:
        return False


def _kept(draft: _Draft) -> list[str]:
    pairs = [*draft.headers, *draft.single.items(), *draft.form]
    words = [word for pair in pairs for word in pair]
    words += [draft.stdin or ""] if draft.reads_stdin else []
    return [*draft.urls, *draft.data, *draft.query, draft.file, *words, *(str(each.path) for each in draft.files)]


def _number(option: str, value: str, *, whole: bool = False) -> float:
    if not re.fullmatch(r"\d{1,9}" if whole else r"\d{1,9}(\.\d+)?", value, re.ASCII):
        raise InvalidRequest(COMMAND, f"{option} needs a number, not “{value}”.", "Correct it.")
    return float(value)


def _no_place(option: str) -> InvalidRequest:
    return InvalidRequest(COMMAND, f"The option {option} has no place in a request here.", "Take it out.")


def _file_refused(option: str) -> InvalidRequest:
    return InvalidRequest(
        COMMAND, f"{option} reads from a file, which a paste does not do.", "Put the text itself there."
    )


def _note(draft: _Draft, sentence: str) -> None:
    draft.notes.setdefault(sentence)
