"""Find the curl command in what people paste, and split it into words as a POSIX shell would; nothing is run.

It may come from a piece of a shell session, a page or a chat: prompts, comments, fences, assignments and exports before
the command are read. The words may hold '…', "…", $'…', here-documents, lines continued with a backslash, redirections
and comments; what Windows' shells write instead is in `windows_shells`. Variables whose plain value was assigned before
the command stand for it, others stay as they are written. Takes time in proportion to the text. Must not know curl's
options.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from tui.raw_request.windows_shells import OpenQuote, Unreadable, as_posix
from tui.twilio.errors import InvalidRequest

COMMAND = "curl command"
"""The field that a refusal names."""

_RETURNS = re.compile("\r\n?")
_OTHER_LINE_ENDS = re.compile(r"""(\\['"]|'[^']*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\\?\Z))|[\x85\u2028\u2029]""", re.DOTALL)
"""Between quotes they are part of a text."""
_FENCE = re.compile(r"[ \t]*(?:```|~~~)[^\n]*")
_COMMENT = re.compile(r"[ \t]*(?:#|//|REM\b|::)[^\n]*", re.IGNORECASE)
_SIGNS = "$%>❯➜»λ›"
_PROMPT = re.compile(
    rf"(?:(?:[^\s'\"|;&={_SIGNS}][^\n'\"|;&={_SIGNS}]{{0,119}})?[{_SIGNS}][ \t]*"
    r"|[\w.-]{1,60}@[^\s#]{1,80}[ \t]*#[ \t]*|(?:sudo|time|env|command|exec|nohup)[ \t]+|`)+"
    r"(?=(?:(?:sudo|time|env|command|exec|nohup|export|set)[ \t]|[A-Za-z_]\w*=|\\?curl|[\w./~-]{1,200}/curl))"
)
"""Nothing in it may be read in two ways: the time for many signs in a row would double with each."""

_ASSIGNED = re.compile(
    r"(?:(?:export|declare(?: -x)?|local|readonly|set)[ \t]+)?"
    r"(?P<word>(?P<name>[A-Za-z_]\w*)=(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s;&|'\"]*))[ \t]*(?:[;&]+[ \t]*)?",
    re.DOTALL,
)
_CAPTURED = re.compile(r"(?:export[ \t]+)?[A-Za-z_]\w*=\"?(?:\$\(|`)[ \t\n]*(?=\\?curl\b)")
_POWERSHELL = re.compile(
    r"^[ \t]*(?:PS [^\n>]*>[ \t]*)?(?:(?:Invoke-|iwr\b|irm\b)|\$\w+[ \t]*=[ \t])",
    re.MULTILINE | re.IGNORECASE,
)
_POWERSHELLS_OPTIONS = re.compile(
    r"curl(?:[ \t]+(?:'[^'\n]*'|\"[^\"\n]*\"|[^'\"\s]+))*?"
    r"[ \t]+-(?:Uri|Method|Body|Headers|ContentType|UseBasicParsing|Credential)\b",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"(?<![\w./~@-])(?P<command>(?:\\|[\w./~-]{1,200}/)?curl(?:\.exe)?)"
    r"(?=[ \t\u00a0]+(?:-|['\"“‘$^]|\\[ \t]*\n|https?:|[\w-]+[./:][\w/]))",
    re.IGNORECASE,
)
"""A command amid other words, told from curl's name by what follows it."""
_NUMBER_ALONE = re.compile(r"^[ \t]*([0-9]{1,5})[ \t]*$", re.MULTILINE)
_NUMBERED = re.compile(r"[ \t]*([0-9]{1,5})(?:[ \t]*[.:)|│]|(?=[ \t]))[ \t]?")

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

_BEGINNING = 20_000
"""Characters in which a command has begun that a person wants read as one."""

_A_FORMS_LINE = re.compile(r"\w*[a-z]\w*=[^\n]*\bcurl\b")
"""Twilio's parameters have small letters, which variables that are set for one command hardly ever have."""

_LEFT_OUT = "What stands before the command was left out."

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*|[0-9@*#?$!]))")
_NAME_ENDS = re.compile(r"[\"']?(?:[^\w\"'\\$`“”‘’]|\Z)")
_DELIMITER = re.compile(
    r"<<(?P<tabs>-?)[ \t]*(?:'(?P<single>[^'\n]*)'|\"(?P<double>[^\"\n]*)\"|(?P<escaped>\\?)(?P<plain>[\w.-]+))"
)
_CAT = re.compile(r"\$\([ \t\n]*cat[ \t]*" + _DELIMITER.pattern + r"[ \t]*\n")
_CLOSED = re.compile(r"[ \t\n]*\)")
_PLAIN_HERE = re.compile(r"[^\\$`]+")
_SINGLE = re.compile(r"[^']*'")
_ANSI_QUOTED = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL)
_CONTINUED = re.compile(r"\\(?:[ \t\u00a0]+#[^\n]*|[ \t\u00a0]*)(?:\n[ \t]*(?:>[ \t]*(?=[-'\"]|https?:))?|\Z)")
"""A backslash at the end of a line, blanks or a comment after it, and the prompt of the line after it."""
_GOES_ON = re.compile(r"\n(?:[ \t\u00a0]*(?:#[^\n]*)?\n)*[ \t\u00a0]*(?:>[ \t]*)?(?=--?[A-Za-z])")
"""The end of a line after which one begins with an option, empty lines and comments between: its backslash is lost."""
_PLAIN = re.compile(r"""[^\s'"\\|&;<>()$`“”‘’„‟‛#\u00a0\u200b\u2060\ufeff]+""")
_PLAIN_QUOTED = re.compile(r'[^"\\$`]+')
_REDIRECTION = re.compile(r"(?:&>>?|>&|<&|>>|>\||<>|<<<|<<-?|>|<)")
_PLACEHOLDER = re.compile(r"<[A-Za-z](?:[\w -]{0,60}\w)?>")
"""What documentation writes for a value; to a shell it would be two files."""
_BLANK = " \t\u00a0"
_UNSEEN = "\u200b\u2060\ufeff"
_CURLY = {"“": "”“", "”": "”", "„": "“”", "‟": "”", "‘": "’‘", "‛": "’"}
_CURL = re.compile(r"(?:\\|\S*/)?curl(?:\.exe)?(?=[ \t\u00a0\\^`\n]|$)")


@dataclass(frozen=True, slots=True)
class Pasted:
    """The command in a pasted text, without its first word.

    Attributes:
        notes: what was left out around it, a sentence each.
    """

    command: Words
    notes: tuple[str, ...]


def read_pasted(text: str) -> Pasted:
    """Find the curl command in what was pasted.

    Raises:
        InvalidRequest: there is none, or only a shell could tell what it says.
    """
    text = _RETURNS.sub("\n", text)
    text = _OTHER_LINE_ENDS.sub(lambda found: found[1] or "\n", text)
    text = _without_numbers(_without_marks(text.strip("\ufeff\u200b \t\n")))
    notes: dict[str, None] = {}
    begun, values = ("", {}) if (powershell := _POWERSHELL.search(text)) else _find(text, notes)
    if powershell or _POWERSHELLS_OPTIONS.match(begun):
        raise InvalidRequest(
            COMMAND,
            "The command is one of PowerShell's own, not curl's.",
            "Copy it for bash or as curl.exe.",
        )
    try:
        command = split_words(as_posix(begun), values)
    except OpenQuote:
        raise InvalidRequest(COMMAND, "A quote in the command is not closed.", "Copy the whole command.") from None
    except Unreadable as problem:
        raise InvalidRequest(
            COMMAND,
            f"The command holds {problem}, and only a shell knows what that stands for.",
            "Put the text itself there.",
        ) from None
    del command.words[:1]
    if command.curly:
        notes["Curly quotes were read as plain ones."] = None
    if command.joined:
        notes["Lines that begin with an option were read as part of the command."] = None
    for redirection in command.redirections:
        notes[f"“{redirection}” is the shell's and was left out."] = None
    if command.rest.strip('`")} \n'):
        at = f"from the “{command.rest[0]}” on" if command.rest[0] in "|&;<>()" else "from the next line on"
        notes[f"What follows the command was left out, {at}."] = None
    return Pasted(command, tuple(notes))


def begins_with_curl(text: str) -> bool:
    """Whether a text is a curl command from its beginning: only prompts, comments and assignments may stand before it.

    A text that merely speaks of curl is none. Looks at the first characters only.
    """
    text = _without_numbers(_without_marks(_RETURNS.sub("\n", text[:_BEGINNING]).strip("\ufeff\u200b \t\n")))
    notes: dict[str, None] = {}
    try:
        begun, _ = _find(text, notes)
    except InvalidRequest:
        return False
    return _LEFT_OUT not in notes and _A_FORMS_LINE.match(text) is None and _WITHIN.match(begun) is not None


def _find(text: str, notes: dict[str, None]) -> tuple[str, dict[str, str]]:
    """The text from the command on, and the plain values that were assigned before it."""
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        prompt = _PROMPT.match(text, at)
        if prompt is not None:
            at = prompt.end()
        if captured := _CAPTURED.match(text, at):
            at = captured.end()
        if _CURL.match(text, at):
            return _inside(text, at), values
        if assigned := _ASSIGNED.match(text, at):
            _assign(assigned, values, notes)
            at = assigned.end()
        else:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            passed = text[at:end]
            if passed.strip() and not _COMMENT.fullmatch(passed) and not _FENCE.fullmatch(passed):
                notes[_LEFT_OUT] = None
            at = end
        while at < len(text) and text[at] in " \t\n":
            at += 1
    # Behind a number, an unusual prompt, another command.
    within = _WITHIN.search(text)
    if within is not None:
        notes[_LEFT_OUT] = None
        return "curl" + _inside(text, within.start())[len(within["command"]) :], values
    raise InvalidRequest(
        COMMAND, "The text does not begin with curl, nor does a line of it.", "Paste one whole curl command."
    )


def _inside(text: str, at: int) -> str:
    """The text from the command on, up to the backtick that closes the one before it."""
    inline = text[:at].rstrip(" \t\n").endswith("`") and not text[:at].rstrip(" \t\n").endswith("``")
    close = text.find("`", at) if inline else -1
    return text[at:close] if close > 0 else text[at:]


def _without_marks(text: str) -> str:
    """The lines of a command in a program's comment, without what makes them a comment."""
    lines = text.split("\n")
    for mark in ("//", "*", "#"):
        if len(lines) > 1 and all(line.lstrip(" \t").startswith(mark) for line in lines if line.strip()):
            return re.sub(rf"^[ \t]*{re.escape(mark)}[ \t]?", "", text, flags=re.MULTILINE).strip(" \t\n")
    return text


def _without_numbers(text: str) -> str:
    """The lines without their numbers, before each of them or on lines of their own, where they count up."""
    alone = [int(found) for found in _NUMBER_ALONE.findall(text)]
    if _NUMBER_ALONE.match(text) and alone == [*range(1, len(alone) + 1)]:
        return _NUMBER_ALONE.sub("", text).strip(" \t\n")
    lines = text.split("\n")
    found = [_NUMBERED.match(line) for line in lines if line.strip()]
    numbers = [int(each[1]) for each in found if each is not None]
    if not numbers or len(numbers) < len(found) or numbers != [*range(numbers[0], numbers[0] + len(numbers))]:
        return text
    return "\n".join(_NUMBERED.sub("", line, count=1) for line in lines).strip(" \t\n")


def _assign(assigned: re.Match[str], values: dict[str, str], notes: dict[str, None]) -> None:
    """Take over a value that was assigned, if it is a plain one; the account's SID stays a variable here too."""
    try:
        value = "".join(split_words(assigned["word"], values).words).partition("=")[2]
    except (OpenQuote, Unreadable):
        notes[f"The value of {assigned['name']} is known to the shell alone."] = None
        return
    if assigned["name"] != "TWILIO_ACCOUNT_SID":
        values[assigned["name"]] = value


@dataclass(slots=True)
class Words:
    """The words of one command.

    Attributes:
        words: without their quotes.
        rest: what follows the command, from its operator on; empty at the text's end.
        variables: names that a shell would have replaced, and whose value is not known: how often each.
        redirections: as they are written; the command does not see them.
        stdin: what the command reads, from a here-document; None for none.
        stdin_file: the path of a file that it reads instead; empty for none.
        curly: whether typographic quotes were read as plain ones.
        joined: whether a line was read as part of the command although nothing before it says so.
    """

    words: list[str] = field(default_factory=list[str])
    rest: str = ""
    variables: Counter[str] = field(default_factory=Counter[str])
    redirections: list[str] = field(default_factory=list[str])
    stdin: str | None = None
    stdin_file: str = ""
    curly: bool = False
    joined: bool = False


def split_words(text: str, values: dict[str, str] | None = None) -> Words:
    """Split the first command of a text into its words.

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
        self.heredoc: re.Match[str] | None = None

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
                if self.heredoc is None and (goes_on := _GOES_ON.match(text, self.at)):
                    self.found.joined = True
                    self.at = goes_on.end()
                    continue
                self.read_heredoc()
                self.found.rest = text[self.at :].strip()
                return self.found
            elif char == "#" and self.word is None:
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif placeholder := _PLACEHOLDER.match(text, self.at):
                self.put(placeholder[0])
                self.at = placeholder.end()
            elif (arrow := _REDIRECTION.match(text, self.at)) and not text.startswith(("<(", ">("), self.at):
                self.redirect(arrow)
            elif char in "|&;<>()":
                if text.startswith(("<(", ">("), self.at):
                    raise Unreadable(f"a substitution ({char}(…))")
                self.end_word()
                self.found.rest = text[self.at :]
                self.at = text.find("\n", self.at) if "\n" in self.found.rest else len(text)
                self.read_heredoc()
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
        """Read up to the closing double quote."""
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
            elif cat := _CAT.match(text, self.at):
                body, end = self.lines_up_to(cat, cat.end())
                closed = _CLOSED.match(text, end)
                if closed is None:
                    raise Unreadable("a heredoc ($(cat <<EOF …))")
                self.put(body.rstrip("\n"))
                self.at = closed.end()
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
        self.found.variables[name] += 1
        if not name.isidentifier() or name == "TWILIO_ACCOUNT_SID":
            return found[0]
        # The quote that ends before the next letter is gone in what is read.
        return f"${name}" if _NAME_ENDS.match(text, self.at) else f"${{{name}}}"

    def redirect(self, arrow: re.Match[str]) -> None:
        """Skip a redirection, with the number before it and the target after it."""
        begin, text = self.at, self.text
        if self.word is not None and len(self.word) == 1 and self.word[0].isdigit() and self.text[begin - 1].isdigit():
            begin -= len(self.word[0])
            self.word = None
        self.end_word()
        if arrow[0] in ("<<", "<<-"):
            self.heredoc = _DELIMITER.match(text, self.at)
            if self.heredoc is None:
                raise Unreadable(f"text from elsewhere ({arrow[0]})")
            self.at = self.heredoc.end()
            return
        self.at = arrow.end()
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1
        while self.at < len(text) and text[self.at] not in _BLANK + "\n|&;<>()":
            if (continued := _CONTINUED.match(text, self.at)) and continued[0] != "\\\n":
                break
            self.part(self.text[self.at])
        target, self.word = "".join(self.word or ()), None
        if arrow[0] == "<<<":
            self.found.stdin = f"{target}\n"
        elif arrow[0] == "<" and begin == arrow.start():
            self.found.stdin_file = target
        else:
            self.found.redirections.append(" ".join(text[begin : self.at].split()))

    def read_heredoc(self) -> None:
        """The here-document that begins behind this line's end, up to its delimiter or the end of the text."""
        if self.heredoc is not None:
            body, self.at = self.lines_up_to(self.heredoc, self.at + 1)
            self.found.stdin = body

    def lines_up_to(self, begun: re.Match[str], at: int) -> tuple[str, int]:
        """The text of a here-document, and where what follows it begins."""
        tabs = "\t*" if begun["tabs"] else ""
        word = next(begun[name] for name in ("single", "double", "plain") if begun[name] is not None)
        end = re.compile(rf"^{tabs}{re.escape(word)}[ \t]*$", re.MULTILINE).search(self.text, at)
        body = self.text[at : end.start() if end else len(self.text)]
        if tabs:
            body = re.sub(r"^\t+", "", body, flags=re.MULTILINE)
        if begun["plain"] is not None and not begun["escaped"]:
            inner = _Reader(body, self.values)
            inner.here_text()
            self.found.variables.update(inner.found.variables)
            body = "".join(inner.word or ())
        return body, end.end() if end else len(self.text)

    def here_text(self) -> None:
        """Read all of a here-document, in which variables stand for their values."""
        text = self.text
        self.put("")
        while self.at < len(text):
            char = text[self.at]
            if char == "\\":
                following = text[self.at + 1 : self.at + 2]
                self.put(
                    "" if following == "\n" else following if following and following in "$`\\" else char + following
                )
                self.at += 2
            elif char in "$`":
                self.put(self.variable())
            else:
                plain = _PLAIN_HERE.match(text, self.at)
                self.at = plain.end() if plain else self.at + 1
                self.put(plain[0] if plain else char)


def _ansi(text: str) -> str:
    """Decode $'…': \\x and octal numbers are bytes, \\u and \\U characters, and NUL ends it."""
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
