"""A shell command as its words, the way a POSIX shell would take it apart; nothing is ever run or expanded.

Understands '…', "…", $'…' and lines continued with a backslash. Variables stay as they are written. Must not know curl.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ANSI = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|.)|([^\\]+)", re.DOTALL)
_ANSI_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))")


class OpenQuote(ValueError):
    """A quote that is never closed."""


@dataclass(frozen=True, slots=True)
class Words:
    """One command.

    Attributes:
        words: its words, quotes undone.
        rest: what follows the command, from the operator on; empty when it ends by itself.
        variables: names a shell would have replaced.
    """

    words: tuple[str, ...]
    rest: str
    variables: frozenset[str]


def split_words(text: str) -> Words:
    """Take the first command of a text apart.

    Raises:
        OpenQuote: a quote is not closed.
    """
    text = text.replace("\r\n", "\n").strip()
    words: list[str] = []
    variables: set[str] = set()
    word: list[str] | None = None
    at = 0
    while at < len(text):
        char = text[at]
        if char == "'":
            end = _closing(text, at + 1, "'")
            word = [*(word or ()), text[at + 1 : end]]
            at = end + 1
        elif text.startswith("$'", at):
            found = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL).match(text, at + 2)
            if found is None:
                raise OpenQuote
            word = [*(word or ()), _ansi(found[0][:-1])]
            at = found.end()
        elif char == '"':
            found = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL).match(text, at + 1)
            if found is None:
                raise OpenQuote
            inner = found[0][:-1]
            # An escaped dollar is no variable.
            variables.update(_names(re.sub(r"\\.", "", inner, flags=re.DOTALL)))
            word = [*(word or ()), re.sub(r'\\([$`"\\])|\\\n', lambda m: m[1] or "", inner)]
            at = found.end()
        elif char == "\\":
            if text[at + 1 : at + 2] != "\n":
                word = [*(word or ()), text[at + 1 : at + 2]]
            at += 2
        elif char in " \t\n":
            if word is not None:
                words.append("".join(word))
                word = None
            if char == "\n":
                return Words(tuple(words), text[at:].strip(), frozenset(variables))
            at += 1
        elif char in "|&;<>()":
            if word is not None:
                words.append("".join(word))
            return Words(tuple(words), text[at:], frozenset(variables))
        else:
            end = at + 1
            while end < len(text) and text[end] not in " \t\n'\"\\|&;<>()" and not text.startswith("$'", end):
                end += 1
            variables.update(_names(text[at:end]))
            word = [*(word or ()), text[at:end]]
            at = end
    if word is not None:
        words.append("".join(word))
    return Words(tuple(words), "", frozenset(variables))


def _closing(text: str, start: int, quote: str) -> int:
    end = text.find(quote, start)
    if end < 0:
        raise OpenQuote
    return end


def _names(text: str) -> list[str]:
    return [found[1] or found[2] for found in _VARIABLE.finditer(text)]


def _ansi(text: str) -> str:
    return "".join(plain or _ansi_letter(code) for code, plain in _ANSI.findall(text))


def _ansi_letter(code: str) -> str:
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _ANSI_LETTERS.get(code, code)
