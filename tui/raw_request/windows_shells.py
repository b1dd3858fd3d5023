"""Read a curl command as Windows' shells do, cmd.exe and PowerShell, and write it as a POSIX shell has it. Pure."""

from __future__ import annotations

import re
import shlex

_LINE_END = re.compile(r"[ \t]*\n")
_CARET = re.compile(r"[ \t]\^[ \t]*\n")
_CARETS_FROM_THE_START = re.compile(r"\S*curl(?:\.exe)?(?:[ \t]+-\S+)*[ \t]+\^\"")
_CMD_VARIABLE = re.compile(r"%(?![0-9A-F]{2}%)([A-Z_]{2}[A-Z0-9_]*)%")
"""Not the %E2%80 of an encoded text."""
_POWERSHELL = re.compile(r"[ \t]`[ \t]*(?:\n|\Z)|\$\{?env:\w+", re.IGNORECASE)
_POWERSHELL_VARIABLE = re.compile(r"\$(?:\{(?:env:)?([A-Za-z_]\w*)\}|(?:env:)?([A-Za-z_]\w*))", re.IGNORECASE)
_POWERSHELL_PLAIN = re.compile(r"[^\s'\"`$|;&<>()]+")
_POWERSHELL_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class OpenQuote(ValueError):
    """A quote that is never closed."""


class Unreadable(ValueError):
    """Something whose value only a shell knows; the text says what, for the middle of a sentence."""


def as_posix(text: str) -> str:
    """A command that begins the text, as a POSIX shell has it; the text itself where no Windows shell shows.

    Raises:
        OpenQuote: a quote is not closed.
        Unreadable: it holds what only that shell could tell.
    """
    if _POWERSHELL.search(text):
        return _PowerShell(text).command()
    if _CARET.search(text) or _CARETS_FROM_THE_START.match(text):
        return _without_carets(text)
    return text


def _without_carets(text: str) -> str:
    """A command of Windows' cmd.exe as a POSIX shell would have it."""
    if _CMD_VARIABLE.search(text):
        # In a file of commands, which has variables, a per cent sign is written twice.
        text = _CMD_VARIABLE.sub("\0\\1\1", text).replace("%%", "%")
    plain: list[str] = []
    at, quoted = 0, False
    while at < len(text):
        char = text[at]
        if char == "^" and not quoted:
            # It escapes what follows; at the end of a line, the line's end and what begins the next.
            end = _LINE_END.match(text, at + 1)
            at = end.end() if end else at + 1
            plain.append(text[at : at + 1])
        elif char in "\n|&<>" and not quoted:
            break
        else:
            quoted ^= char == '"'
            plain.append(char)
        at += 1
    posix = shlex.join(_windows_words("".join(plain)))
    # A word with such a mark stands between single quotes.
    posix = re.sub("\0(\\w+)\1", "'\"${\\1}\"'", posix)
    return f"{posix} {text[at:]}" if text[at : at + 1] not in ("", "\n") else posix + text[at:]


def _windows_words(text: str) -> list[str]:
    """Words as a Windows program takes them: only double quotes quote, and a backslash before one escapes it."""
    words: list[list[str]] = []
    begun = quoted = False
    at = 0
    while at < len(text):
        char = text[at]
        if char in " \t" and not quoted:
            begun = False
            at += 1
            continue
        if not begun:
            begun = True
            words.append([])
        if char == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            words[-1].append(text[at + 1])
            at += 1
        elif char == '"':
            quoted = not quoted
        else:
            words[-1].append(char)
        at += 1
    if quoted:
        raise OpenQuote
    return ["".join(word) for word in words]


class _PowerShell:
    """Words of PowerShell's: a backtick escapes and continues lines, and quotes are doubled within quotes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.words: list[str] = []
        self.word: list[str] | None = None

    def command(self) -> str:
        """Read up to the end of the command; what follows stays as it is."""
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char == "`" and (end := re.compile(r"`[ \t]*(?:\n|\Z)[ \t]*").match(text, self.at)):
                self.end_word()
                self.at = end.end()
            elif char in " \t":
                self.end_word()
                self.at += 1
            elif char in "\n|;&<>()":
                break
            else:
                self.part(char)
        self.end_word()
        return " ".join(self.words) + text[self.at :]

    def end_word(self) -> None:
        if self.word is not None:
            self.words.append("".join(self.word) or "''")
            self.word = None

    def put(self, text: str) -> None:
        """Add a text as the program gets it: between Windows and the program \\" is one quote."""
        self.word = [] if self.word is None else self.word
        if text:
            self.word.append(shlex.quote(text.replace('\\"', '"')))

    def variable(self) -> None:
        found = _POWERSHELL_VARIABLE.match(self.text, self.at)
        if found is None:
            if self.text.startswith("$(", self.at):
                raise Unreadable("a substitution ($(…)")
            self.put("$")
            self.at += 1
            return
        self.word = [] if self.word is None else self.word
        self.word.append(f'"${{{found[1] or found[2]}}}"')
        self.at = found.end()

    def part(self, char: str) -> None:
        text = self.text
        if char == "'":
            found = re.compile(r"'((?:[^']|'')*)'").match(text, self.at)
            if found is None:
                raise OpenQuote
            self.put(found[1].replace("''", "'"))
            self.at = found.end()
        elif char == '"':
            self.at += 1
            self.double()
        elif char == "`":
            self.put(self.escaped())
        elif char == "$":
            self.variable()
        elif plain := _POWERSHELL_PLAIN.match(text, self.at):
            self.put(plain[0])
            self.at = plain.end()
        else:
            self.put(char)
            self.at += 1

    def escaped(self) -> str:
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        return _POWERSHELL_ESCAPES.get(letter, letter)

    def double(self) -> None:
        """Read up to the closing double quote."""
        text = self.text
        self.put("")
        plain: list[str] = []
        while self.at < len(text):
            char = text[self.at]
            if text.startswith('""', self.at):
                plain.append('"')
                self.at += 2
            elif char == '"':
                self.at += 1
                self.put("".join(plain))
                return
            elif char == "`":
                plain.append(self.escaped())
            elif char == "$":
                self.put("".join(plain))
                plain.clear()
                self.variable()
            else:
                plain.append(char)
                self.at += 1
        raise OpenQuote
