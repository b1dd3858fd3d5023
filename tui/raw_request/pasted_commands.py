"""What people really paste: a curl command in a piece of a shell session, a page or a chat, and what is around it.

Prompts, comments, fences, assignments and exports before the command are read; Windows' carets are undone; PowerShell
is refused by name. Nothing is run. Must not know curl's options.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from tui.raw_request.curl_options import COMMAND
from tui.raw_request.shell_words import COMMAND as CURL
from tui.raw_request.shell_words import OpenQuote, Unreadable, Words, split_words
from tui.twilio.errors import InvalidRequest

_LINE_END = re.compile(r"[ \t]*\n")
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
_CARET = re.compile(r"[ \t]\^[ \t]*\n")
_CARETS_FROM_THE_START = re.compile(r"\S*curl(?:\.exe)?(?:[ \t]+-\S+)*[ \t]+\^\"")
_POWERSHELL = re.compile(
    r"[ \t]`[ \t]*\n|\$env:\w+|^[ \t]*(?:PS [^\n>]*>[ \t]*)?(?:(?:Invoke-|iwr\b|irm\b)|\$\w+[ \t]*=[ \t])",
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
_NUMBERED = re.compile(r"[ \t]*([0-9]{1,5})(?:[ \t]*[.:)|│]|(?=[ \t]))[ \t]?")


@dataclass(frozen=True, slots=True)
class Pasted:
    """The command that was found, without its first word.

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
    text = _without_numbers(text.strip("\ufeff\u200b \t\n"))
    notes: dict[str, None] = {}
    begun, values = ("", {}) if (powershell := _POWERSHELL.search(text)) else _find(text, notes)
    if powershell or _POWERSHELLS_OPTIONS.match(begun):
        raise InvalidRequest(
            COMMAND,
            "The command is written for PowerShell.",
            "Copy it for bash, or put it on one line with ' around each value.",
        )
    try:
        carets = _CARET.search(begun) or _CARETS_FROM_THE_START.match(begun)
        command = split_words(_without_carets(begun) if carets else begun, values)
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
        if CURL.match(text, at):
            return _inside(text, at), values
        if assigned := _ASSIGNED.match(text, at):
            _assign(assigned, values, notes)
            at = assigned.end()
        else:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            passed = text[at:end]
            if passed.strip() and not _COMMENT.fullmatch(passed) and not _FENCE.fullmatch(passed):
                notes["What stands before the command was left out."] = None
            at = end
        while at < len(text) and text[at] in " \t\n":
            at += 1
    # Behind a number, an unusual prompt, another command.
    within = _WITHIN.search(text)
    if within is not None:
        notes["What stands before the command was left out."] = None
        return "curl" + _inside(text, within.start())[len(within["command"]) :], values
    raise InvalidRequest(
        COMMAND, "The text does not begin with curl, nor does a line of it.", "Paste one whole curl command."
    )


def _inside(text: str, at: int) -> str:
    """The text from the command on, up to the backtick that closes the one before it."""
    inline = text[:at].rstrip(" \t\n").endswith("`") and not text[:at].rstrip(" \t\n").endswith("``")
    close = text.find("`", at) if inline else -1
    return text[at:close] if close > 0 else text[at:]


def _without_numbers(text: str) -> str:
    """The lines without the numbers before them, where each has one and they count up."""
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


def _without_carets(text: str) -> str:
    """A command of Windows' cmd.exe as a POSIX shell would have it."""
    plain: list[str] = []
    at, quoted = 0, False
    while at < len(text):
        char = text[at]
        if char == "^" and not quoted:
            # It escapes what follows; at the end of a line, the line's end and what begins the next.
            end = _LINE_END.match(text, at + 1)
            at = end.end() if end else at + 1
            plain.append(text[at : at + 1])
        elif char == "\n" and not quoted:
            break
        else:
            quoted ^= char == '"'
            plain.append(char)
        at += 1
    return shlex.join(_windows_words("".join(plain))) + text[at:]


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
