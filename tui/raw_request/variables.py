"""Variables in the texts of a raw request: `$name` is a saved value, `$last.sid` one of the last answer.

`$name` and `${name}` stand in the path and in the values of query, headers and forms, and are replaced once: a value is
not looked through again. `$$name` is the text `$name`. A `$` before anything but a name (`$5`, `$ `) is a dollar sign.
`$TWILIO_ACCOUNT_SID` is built in. Secrets are never variables: what sends credentials is the connection. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote, unquote_plus

from tui.raw_request.model import HEADERS, URL, RawResponse, as_object, refuse_constant
from tui.raw_request.secret_names import MASK, is_secret_header, is_secret_name
from tui.storage.nearest import nearest
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.raw_request.pairs import Pair

ACCOUNT: Final = "TWILIO_ACCOUNT_SID"
"""The built-in variable. In a path it is left to `tui.raw_request.checks`."""

LAST: Final = "last"
"""The variable that reads the last answer."""

LONGEST_VALUE: Final = 4096
"""Characters of a value."""

LARGEST_ANSWER: Final = 8_000_000
"""Bytes of an answer that is read."""

LARGEST_OFFERED: Final = 2_500_000
"""Bytes of an answer whose names are completed; Twilio's longest list has 2 MB."""

# Possessive, and from a run's beginning only: a long run of dollar signs is passed over once.
_BEGINS: Final = re.compile(r"(?<!\$)(\$++)(?=[A-Za-z_]|\{[A-Za-z_])")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP: Final = re.compile(r"""\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]{1,9})\]|\[("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\]""")
"""A step of a path: `.name`, `[3]`, or `['any name']` as RFC 9535 has it, with either kind of quote."""
_TYPED: Final = re.compile(r"(?<!\$)(\$++)(\{?)((?:[A-Za-z_][A-Za-z0-9_.\[\]]*+)?)$")
_PARAMETER: Final = re.compile(r"[?&]([^=&?#\s]{1,200})=([^&#]*)")
_HALF: Final = re.compile("[\ud800-\udfff]")
_ACCOUNT_HERE: Final = "\udfff\udfff"
"""Stands for the account in a text that is being put together; no request can carry it."""
_BEFORE_ACCOUNT: Final = re.compile(rf"(\$*+){_ACCOUNT_HERE}(?=([A-Za-z0-9_]?))")
_SHOWN: Final = 8
"""Members that a sentence names, at most."""


class LastAnswer:
    """The JSON of an answer, read when it is first asked for, in a thread: 15 ms a megabyte."""

    def __init__(self, response: RawResponse) -> None:
        self.response = response

    @cached_property
    def document(self) -> object:
        """The JSON, numbers as the texts that stood there; a ValueError in place of what cannot be read."""
        response = self.response
        if response.cut or len(response.content) > LARGEST_ANSWER:
            return ValueError("it is too large to be read")
        if not response.content:
            return ValueError("it has no body")
        try:
            return json.loads(
                response.content,
                parse_int=str,
                parse_float=str,
                parse_constant=refuse_constant,
                object_pairs_hook=as_object,
            )
        except RecursionError:
            return ValueError("it is nested too deeply")
        except ValueError:
            return ValueError("it is not JSON")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """`last.sid`, `last.messages[0].sid`: what may be completed; the values at the top and of each first item.

        None of a large answer: that is read for a variable, and not for an offer.
        """
        if len(self.response.content) > LARGEST_OFFERED:
            return ()
        found: list[str] = []
        for name, value in _members(self.document):
            if isinstance(value, list):
                first = cast("list[object]", value)[:1]
                found += [f"{name}[0].{inner}" for item in first for inner, leaf in _members(item) if not _holds(leaf)]
            elif isinstance(value, dict):
                found += [f"{name}.{inner}" for inner, leaf in _members(cast("object", value)) if not _holds(leaf)]
            else:
                found.append(name)
        return tuple(f"{LAST}.{each}" for each in found)


@dataclass(frozen=True, slots=True)
class Variables:
    """What a request's variables stand for.

    Attributes:
        saved: name → value, of the connection; of a past request also `last.sid` → value, which goes before `last`.
        last: the answer that `$last` reads; None without one.
        account_sid: what `$TWILIO_ACCOUNT_SID` stands for in values; empty where no connection is known: it stays.
        hide: masks the connection's credentials, and what else is a secret, in a text.
        problem: why the saved ones cannot be read; empty when they can.
    """

    saved: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    last: LastAnswer | None = field(default=None, repr=False)
    account_sid: str = ""
    hide: Callable[[str], str] = field(default=str, compare=False, repr=False)
    problem: str = ""

    def names(self) -> tuple[str, ...]:
        """Every name that can be completed; reads the last answer: in a thread."""
        return (*self.saved, *(self.last.names if self.last is not None else ()), ACCOUNT)


class Expansion:
    """Puts values in the place of variables; with `verbatim` in no place, for texts of before there were any.

    Attributes:
        used: reference without its `$` → the value that was put there.
    """

    def __init__(self, variables: Variables, *, verbatim: bool = False) -> None:
        self._variables = variables
        self._verbatim = verbatim
        self.used: dict[str, str] = {}

    def path(self, text: str) -> str:
        """A path with values in it; `$$` becomes `%24`.

        A value that the path begins with is a path itself, such as the `uri` of an answer. Any other is a part of one:
        what means something in a URL is written %XX.

        Raises:
            InvalidRequest: a variable has no value.
        """

        for name, value in _PARAMETER.findall(text):
            if names_in(value):
                _refuse_secret(URL, unquote_plus(name), is_secret_name)

        def put(value: str, at: int) -> str:
            return quote(value, safe="") if at else value.replace("$", "%24")

        return self._replace(text, URL, "", put, dollar="%24", account=f"${ACCOUNT}")

    def value(self, text: str, field: str, where: str = "") -> str:
        """A value with the variables' in it.

        Args:
            text: the value, without a line's quotes.
            field: the input, for errors.
            where: the name of the pair, for errors.

        Raises:
            InvalidRequest: a variable has no value.
        """
        return self._replace(text, field, where, lambda value, _: value, account=self._variables.account_sid)

    def written(self, text: str, field: str) -> str:
        """The text with values in the place of variables but for the account's; `value` reads it as it reads this one.

        Raises:
            InvalidRequest: a variable has no value.
        """
        put_in = escape(self._replace(text, field, "", lambda value, _: value, account=_ACCOUNT_HERE))

        def name(found: re.Match[str]) -> str:
            return found[1] * 2 + (f"${{{ACCOUNT}}}" if found[2] else f"${ACCOUNT}")

        return _BEFORE_ACCOUNT.sub(name, put_in)

    def pairs(self, pairs: Iterable[Pair], field: str) -> tuple[Pair, ...]:
        """Pairs with values in their values; names stay as they are.

        Raises:
            InvalidRequest: a variable has no value.
        """
        is_secret = is_secret_header if field == HEADERS else is_secret_name
        expanded: list[Pair] = []
        for name, value in pairs:
            if not self._verbatim and names_in(value):
                _refuse_secret(field, name, is_secret)
            expanded.append((name, self.value(value, field, name)))
        return tuple(expanded)

    def _replace(
        self,
        text: str,
        field: str,
        where: str,
        put: Callable[[str, int], str],
        *,
        dollar: str = "$",
        account: str,
    ) -> str:
        kept: list[str] = []
        at = 0
        while not self._verbatim and (begin := _BEGINS.search(text, at)) is not None:
            signs = len(begin[1])
            kept += (text[at : begin.start()], dollar * (signs // 2))
            at = begin.end()
            if signs % 2:
                try:
                    name, value, at = self._read(text, at)
                except _NoValue as problem:
                    place = f"“{where}”: " if where else ""
                    raise InvalidRequest(field, f"{place}{problem.reason}", problem.remedy) from None
                if value is None:
                    kept.append(account or f"${name}")
                elif not value and field == URL and "?" not in text[:at]:
                    raise InvalidRequest(URL, f"${name} is empty, so the path would be another.", "Give it a value.")
                else:
                    self.used[name] = value
                    kept.append(put(value, begin.start()))
        return "".join((*kept, text[at:]))

    def _read(self, text: str, at: int) -> tuple[str, str | None, int]:
        """The reference that begins behind a `$`, its value, None for the account's, and where it ends."""
        braced = text[at] == "{"
        name = _name_at(text, at)
        end = at + braced + len(name)
        value: str | None = None
        if name == LAST:
            end, value = self._last(text, end, whole=braced)
        if braced and text[end : end + 1] != "}":
            written = f"${text[at : end + 12].partition('}')[0]}"
            raise _NoValue(f"{written}… is not closed.", f"Write ${{{name}}}, or $${{ for the text itself.")
        reference = text[at + braced : end]
        if name not in (LAST, ACCOUNT):
            value = self._saved(name)
        if value is not None and (problem := secret_problem(name, value, self._variables.hide) or value_problem(value)):
            raise _NoValue(f"${reference}: {problem}")
        return reference, value, end + braced

    def _saved(self, name: str) -> str:
        known = self._variables
        if name in known.saved:
            return known.saved[name]
        if known.problem:
            raise _NoValue(f"${name} is not known: {known.problem}")
        if is_secret_name(name):
            raise _NoValue(f"${name} would be a secret.", "The connection sends its credentials itself; take it out.")
        like = nearest(name, (*known.saved, LAST, ACCOUNT), {})
        meant = f"Did you mean ${like}? " if like else ""
        raise _NoValue(f"${name} is no variable here.", f"{meant}For the text itself write $${name}.")

    def _last(self, text: str, at: int, *, whole: bool) -> tuple[int, str]:
        """Where a path into the last answer ends, and its value.

        Without braces it ends at the first value that holds nothing: in `$last.sid.json` behind `sid`.
        """
        for end in self._ends(text, at):
            if (kept := self._variables.saved.get(f"{LAST}{text[at:end]}")) is not None:
                return end, kept
        last = self._variables.last
        if last is None:
            raise _NoValue("$last: there is no answer yet.", "Send a request first, or write $$last for the text.")
        value = last.document
        if isinstance(value, ValueError):
            raise _NoValue(f"$last: the last answer cannot be read, {value}.", "Ask for it again.")
        start = at
        while (step := _STEP.match(text, at)) is not None and (whole or _holds(value)):
            value = _step_into(value, step, f"${LAST}{text[start:at]}")
            at = step.end()
        return at, _text_of(value, f"${LAST}{text[start:at]}")

    def _ends(self, text: str, at: int) -> list[int]:
        """Where a path could end, the furthest first."""
        ends = [at]
        while (step := _STEP.match(text, at)) is not None:
            at = step.end()
            ends.append(at)
        return ends[::-1]


class _NoValue(Exception):
    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def escape(text: str, but: Collection[str] = ()) -> str:
    """The text in which nothing but these names is a variable: `Expansion.value` gives back what it was."""

    def double(found: re.Match[str]) -> str:
        return found[1] * (1 if len(found[1]) == 1 and _name_at(text, found.end()) in but else 2)

    return _BEGINS.sub(double, text)


def escape_pairs(pairs: Iterable[Pair], but: Collection[str] = ()) -> tuple[Pair, ...]:
    """Pairs whose values hold no variables but these names."""
    return tuple((name, escape(value, but)) for name, value in pairs)


def _name_at(text: str, at: int) -> str:
    """The name of the variable that begins behind a `$`, braces or not."""
    found = _NAME.match(text, at + (text[at] == "{"))
    return found[0] if found is not None else ""


def has_variables(text: str) -> bool:
    """Whether a text holds a variable, or the escaped text of one."""
    return _BEGINS.search(text) is not None


def named_in(text: str, names: Iterable[str]) -> str:
    """The first of these names that a text holds as a variable, with its `$`; empty for none."""
    known = {*names, LAST}
    return next((f"${name}" for name in names_in(text) if name in known), "")


def names_in(text: str) -> list[str]:
    """The name of each variable in a text."""
    return [_name_at(text, begin.end()) for begin in _BEGINS.finditer(text) if len(begin[1]) % 2]


def complete_variable(text: str, names: Sequence[str]) -> str:
    """The rest of the first name that begins like the variable at a text's end; empty where none is being typed."""
    typed = _TYPED.search(text)
    if typed is None or len(typed[1]) % 2 == 0:
        return ""
    rest = next((name[len(typed[3]) :] for name in names if name.startswith(typed[3]) and name != typed[3]), "")
    return f"{rest}}}" if rest and typed[2] else rest


def variable_name_problem(name: str) -> str:
    """What is wrong with a name for a variable; empty when nothing is."""
    if not _NAME.fullmatch(name):
        return "A name is letters, digits and _, and begins with no digit."
    if len(name) > 60:
        return "A name has at most 60 characters."
    if name == LAST:
        return f"${LAST} is the last answer. Choose another name."
    if name == ACCOUNT:
        return f"${ACCOUNT} is the connection's account. Choose another name."
    return ""


def secret_problem(name: str, value: str, hide: Callable[[str], str]) -> str:
    """Why a value may not be a variable's: it is a secret by its name, or `hide` masks something in it."""
    if is_secret_name(name):
        return f"“{name}” is the name of a secret, and secrets are never variables."
    if hide(value) != value:
        return "It holds a secret, and secrets are never variables."
    return ""


def value_problem(value: str) -> str:
    """What is wrong with a value for a variable; empty when nothing is."""
    if MASK in value:
        return "A part of it is masked. Use the value itself, where it is no secret."
    if len(value) > LONGEST_VALUE:
        return f"A value has at most {LONGEST_VALUE:,} characters; this one has {len(value):,}."
    if _HALF.search(value):
        return "It holds half of a character (a lone surrogate), which no request can carry."
    return ""


def variable_problem(name: str, value: str, hide: Callable[[str], str]) -> str:
    """Why this may not be a variable, as the three above; empty where it may."""
    return variable_name_problem(name) or secret_problem(name, value, hide) or value_problem(value)


def suggest_name(steps: Sequence[str | int]) -> str:
    """A name for the value at a place in an answer: `message_sid` for `$.messages[3].sid`, `sid` for `$.sid`.

    `steps` are the keys and indices that lead there.
    """
    keys = [step for step in steps if isinstance(step, str)][-2:]
    if steps and isinstance(steps[-1], int):
        words = [_singular(key) for key in keys[-1:]]
    elif len(steps) > 2 and isinstance(steps[-2], int):
        words = [_singular(keys[0]), *keys[1:]]
    else:
        words = keys[-1:]
    name = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(words)).strip("_")[:40] or "value"
    return f"_{name}" if name[0].isdigit() else f"{name}_value" if name in (LAST, ACCOUNT) else name


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _refuse_secret(field: str, name: str, is_secret: Callable[[str], bool]) -> None:
    """What a variable stands for is kept, in its file and in the history; such a value must not be."""
    if is_secret(name):
        reason = f"“{name}” is the name of a secret, which is kept nowhere, so no variable stands in it."
        raise InvalidRequest(field, reason, "Type the value itself, or $$ for the text of a dollar sign.")


def _step_into(value: object, step: re.Match[str], so_far: str) -> object:
    name, index, quoted = step.groups()
    if index is not None:
        if not isinstance(value, list):
            raise _NoValue(f"{so_far} is no list, so it has no {step[0]}.", _what_is_in(value, so_far))
        items = cast("list[object]", value)
        if int(index) >= len(items):
            raise _NoValue(f"{so_far} has no {step[0]}: {_what_is(items)}.")
        return items[int(index)]
    key = name if name is not None else _unquoted(quoted)
    if not isinstance(value, dict):
        raise _NoValue(f"{so_far} is {_what_is(value)}, so it has no {step[0]}.", _what_is_in(value, so_far))
    members = cast("dict[str, object]", value)
    if key not in members:
        like = nearest(key, members, {})
        meant = f"Did you mean {so_far}{_written(like)}?" if like else _what_is_in(members, so_far)
        raise _NoValue(f"{so_far} has no “{key}”.", meant)
    if is_secret_name(key):
        raise _NoValue(f"{so_far}{step[0]} is a secret, and secrets are never variables.")
    return members[key]


def _text_of(value: object, reference: str) -> str:
    if value is None:
        raise _NoValue(f"{reference} is null in the last answer.")
    if _holds(value):
        raise _NoValue(f"{reference} is {_what_is(value)}.", _what_is_in(value, reference))
    return value if isinstance(value, str) else json.dumps(value)


def _what_is(value: object) -> str:
    if isinstance(value, list):
        count = len(cast("list[object]", value))
        return f"a list of {count:,}" if count else "an empty list"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return "null" if value is None else "a single value"


def _what_is_in(value: object, reference: str) -> str:
    if isinstance(value, list):
        return f"Write {reference}[0] for its first." if value else ""
    names = [name for name, _ in _members(value)]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"It has {', '.join(names[:_SHOWN])}{more}." if names else ""


def _written(key: str) -> str:
    return f".{key}" if _NAME.fullmatch(key) else f"[{json.dumps(key)}]"


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    if text[0] == "'":
        inner = inner.replace("\\'", "'").replace('"', '\\"')
    try:
        return cast("str", json.loads(f'"{inner}"', strict=False))
    except ValueError:
        return inner


def _members(value: object) -> Iterable[tuple[str, object]]:
    return cast("dict[str, object]", value).items() if isinstance(value, dict) else ()


def _holds(value: object) -> bool:
    return isinstance(value, dict | list)
