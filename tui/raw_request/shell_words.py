"""The words of the curl command in a piece of a shell session, as a POSIX shell would take them apart; nothing is run.

Understands '…', "…", $'…', lines continued with a backslash, redirections, comments, and assignments before the
command, whose plain values stand where the command names them. Other variables stay as they are written. Takes time in
proportion to the text. Must not know curl's options.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ANSI = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|c[ -~]|.)|([^\\]+)", re.DOTALL)
_ANSI_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
} | {each: each for each in "\\'\"?"}

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*|[0-9@*#?$!]))")
_SINGLE = re.compile(r"[^']*'")
_ANSI_QUOTED = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL)
_CONTINUED = re.compile(r"\\(?:[ \t\u00a0]+#[^\n]*|[ \t\u00a0]*)(?:\n[ \t]*(?:>[ \t]*(?=[-'\"]|https?:))?|\Z)")
"""A backslash at the end of a line, blanks or a comment after it, and the prompt of the line after it."""
_GOES_ON = re.compile(r"\n(?:[ \t\u00a0]*(?:#[^\n]*)?\n)*[ \t\u00a0]*(?:>[ \t]*)?(?=--?[A-Za-z])")
"""The end of a line after which one begins with an option, empty lines and comments between: its backslash is lost."""
_PLAIN = re.compile(r"""[^\s'"\\|&;<>()$`“”‘’„‟‛#\u00a0\u200b\u2060\ufeff]+""")
_PLAIN_QUOTED = re.compile(r'[^"\\$`]+')
_REDIRECTION = re.compile(r"(?:&>>?|>&|<&|>>|>\||<>|<<<|<<-?|>|<)")
_BLANK = " \t\u00a0"
_UNSEEN = "\u200b\u2060\ufeff"
_CURLY = {"“": "”“", "”": "”", "„": "“”", "‟": "”", "‘": "’‘", "‛": "’"}
COMMAND = re.compile(r"(?:\\|\S*/)?curl(?:\.exe)?(?=[ \t\u00a0\\^`\n]|$)")


class OpenQuote(ValueError):
    """A quote that is never closed."""


class Unreadable(ValueError):
    """Something that only a shell could tell the value of; the text says what, for the middle of a sentence."""


@dataclass(slots=True)
class Words:
    """One command.

    Attributes:
        words: its words, quotes undone.
        rest: what follows the command, from the operator on; empty when it ends by itself.
        variables: names a shell would have replaced, and whose value is not known.
        redirections: as they are written; a shell keeps them to itself.
        curly: whether typographic quotes were read as plain ones.
        joined: whether a line was read as part of the command although nothing before it says so.
    """

    words: list[str] = field(default_factory=list[str])
    rest: str = ""
    variables: set[str] = field(default_factory=set[str])
    redirections: list[str] = field(default_factory=list[str])
    curly: bool = False
    joined: bool = False


def split_words(text: str, values: dict[str, str] | None = None) -> Words:
    """Take the first command of a text apart.

    Args:
        text: begins with the command.
        values: of variables that were assigned before it.

    Raises:
        OpenQuote: a quote is not closed.
        Unreadable: the command holds a substitution.
    """
    return _Reader(text.replace("\r\n", "\n").strip(" \t\n"), values or {}).command()


class _Reader:
    def __init__(self, text: str, values: dict[str, str]) -> None:
        self.text = text
        self.values = values
        self.at = 0
        self.found = Words()
        self.word: list[str] | None = None
        self.never_closed: set[str] = set()

    def command(self) -> Words:
        """Read up to the end of the command."""
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char in _BLANK:
                self.end_word()
                self.at += 1
            elif char in _UNSEEN:
                self.at += 1
            elif char == "\n":
                self.end_word()
                if goes_on := _GOES_ON.match(text, self.at):
                    self.found.joined = True
                    self.at = goes_on.end()
                    continue
                self.found.rest = text[self.at :].strip()
                return self.found
            elif char == "#" and self.word is None:
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif (arrow := _REDIRECTION.match(text, self.at)) and not text.startswith(("<(", ">("), self.at):
                self.redirect(arrow)
            elif char in "|&;<>()":
                if text.startswith(("<(", ">("), self.at):
                    raise Unreadable(f"a substitution ({char}(…))")
                self.end_word()
                self.found.rest = text[self.at :]
                return self.found
            else:
                self.part(char)
        self.end_word()
        return self.found

    def end_word(self) -> None:
        if self.word is not None:
            self.found.words.append("".join(self.word))
            self.word = None

    def put(self, part: str) -> None:
        if self.word is None:
            self.word = []
        self.word.append(part)

    def part(self, char: str) -> None:
        """One piece of a word: quoted, escaped, a variable, or plain."""
        text, at = self.text, self.at
        if char == "'":
            self.put(self.quoted(_SINGLE, at + 1)[:-1])
        elif text.startswith("$'", at):
            self.put(_ansi(self.quoted(_ANSI_QUOTED, at + 2)[:-1]))
        elif char == '"' or text.startswith('$"', at):
            self.put("")
            self.at += 1 if char == '"' else 2
            self.double()
        elif char in _CURLY and (end := self.closing(_CURLY[char], at + 1)) > 0:
            self.found.curly = True
            self.put(text[at + 1 : end])
            self.at = end + 1
        elif char == "\\":
            if continued := _CONTINUED.match(text, at):
                self.at = continued.end()
                if continued[0] != "\\\n":
                    self.end_word()
            else:
                self.put(text[at + 1 : at + 2])
                self.at += 2
        elif char in "$`":
            self.put(self.variable())
        else:
            plain = _PLAIN.match(text, at)
            self.at = plain.end() if plain else at + 1
            self.put(text[at : self.at])

    def quoted(self, pattern: re.Pattern[str], at: int) -> str:
        found = pattern.match(self.text, at)
        if found is None:
            raise OpenQuote
        self.at = found.end()
        return found[0]

    def closing(self, quotes: str, at: int) -> int:
        """Where a typographic quote ends; a word's end must follow, since an apostrophe looks the same."""
        found = None
        if quotes not in self.never_closed:
            found = re.compile(f"[{quotes}](?=[\\s\\\\;|&)]|$)").search(self.text, at)
        if found is None:
            self.never_closed.add(quotes)
        return found.start() if found else -1

    def double(self) -> None:
        """What stands between double quotes, and its end."""
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char == '"':
                self.at += 1
                return
            if char == "\\":
                following = text[self.at + 1 : self.at + 2]
                self.put("" if following == "\n" else following if following in '$`"\\' else char + following)
                self.at += 2
            elif char in "$`":
                self.put(self.variable())
            elif found := _PLAIN_QUOTED.match(text, self.at):
                self.put(found[0])
                self.at = found.end()
        raise OpenQuote

    def variable(self) -> str:
        """The value of a variable or its name as it is written; anything more is refused."""
        text, at = self.text, self.at
        if text.startswith("$(", at) or text[at] == "`":
            heredoc = "<<" in text[at : at + 40]
            raise Unreadable(
                "a heredoc ($(cat <<EOF …))"
                if heredoc
                else f"a substitution ({'$(' if text[at] == '$' else text[at]}…)"
            )
        found = _VARIABLE.match(text, at)
        if found is None:
            if text.startswith("${", at):
                raise Unreadable("a substitution (${…})")
            self.at += 1
            return "$"
        self.at = found.end()
        name = found[1] or found[2]
        if name in self.values:
            return self.values[name]
        self.found.variables.add(name)
        return found[0]

    def redirect(self, arrow: re.Match[str]) -> None:
        """Pass over a redirection, its number before it and its target after it."""
        begin = self.at
        if self.word is not None and len(self.word) == 1 and self.word[0].isdigit() and self.text[begin - 1].isdigit():
            begin -= len(self.word[0])
            self.word = None
        self.end_word()
        if arrow[0].startswith("<<"):
            raise Unreadable(f"text from elsewhere ({arrow[0]})")
        self.at = arrow.end()
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1
        text = self.text
        while self.at < len(text) and text[self.at] not in _BLANK + "\n|&;<>()":
            if (continued := _CONTINUED.match(text, self.at)) and continued[0] != "\\\n":
                break
            self.part(self.text[self.at])
        self.word = None
        self.found.redirections.append(" ".join(self.text[begin : self.at].split()))


def _ansi(text: str) -> str:
    """What stands in $'…': \\x and octal numbers are bytes, \\u and \\U characters, and NUL ends it."""
    written = b"".join(
        plain.encode("utf-8", "surrogatepass") if plain else _ansi_code(code) for code, plain in _ANSI.findall(text)
    ).partition(b"\0")[0]
    try:
        # Halves of a character that were written one by one are one.
        halves = written.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        raise Unreadable("bytes that are no text ($'…')") from None
    return halves.decode("utf-16-le", "surrogatepass")


def _ansi_code(code: str) -> bytes:
    if code[0] in "uU" and len(code) > 1:
        number = int(code[1:], 16)
        return (chr(number) if number < 0x110000 else "\ufffd").encode("utf-8", "surrogatepass")
    if code[0] == "x" and len(code) > 1:
        return bytes([int(code[1:], 16)])
    if code[0] in "01234567":
        return bytes([int(code, 8) & 0xFF])
    if code[0] == "c" and len(code) > 1:
        return bytes([ord(code[1]) & 0x1F])
    return _ANSI_LETTERS.get(code, "\\" + code).encode("utf-8", "surrogatepass")
