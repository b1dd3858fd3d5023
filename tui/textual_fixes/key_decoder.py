"""Key decoder: bytes from a terminal to keys, pastes, mouse events and answers. Any bytes at all; none is an error.

Textual's own reader decodes strictly, so that one byte that is no UTF-8 ends the program; types sequences that it does
not know letter by letter, each of which may act; and forgets an escape that another key follows within `ESCDELAY`, so
that escape and enter in one packet are enter.
Needed: a sequence is read to its end as ECMA-48 says (5.4, 5.6) and is a key, something else that is known, or nothing.
When it changes: which sequence is which key is Textual's to say; compare the names imported below. Knows no screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from textual import constants, events, messages
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import IS_ITERM, XTermParser
from textual.geometry import Size
from textual.keys import (
    _character_to_key as character_to_key,  # pyright: ignore[reportPrivateUsage] - the one place that names keys
)
from textual.message import Message

ESCAPE_SECONDS: Final = min(constants.ESCAPE_DELAY, 1.0)
"""How long after an escape what follows may belong to it; a key in this time was pressed without a look."""

REST_SECONDS: Final = 1.0
"""How long a sequence or a paste that has begun may pause."""

LONGEST_SEQUENCE: Final = 128
"""Bytes after which what began like a sequence is none."""

LARGEST_PASTE: Final = 1_000_000
"""Bytes taken from one paste, as many as from an editor; fields lay their text out on the loop."""

MOST_COLUMNS: Final = 1000
MOST_LINES: Final = 500
"""No terminal is larger; what says so anyway costs gigabytes to draw."""

_PASTE, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_CONTROL = re.compile(rb"\x1b\[(?:\[[ -~]|[0-?]*\$(?=[^@-~])|(?![M\[])[0-?]*[ -/]*[@-~])")
"""A whole control sequence. The Linux console sends `CSI [ A`, rxvt ends some keys with a dollar."""
_CONTROL_BEGUN = re.compile(rb"\x1b\[(?:\[?|M.{0,2}|[0-?]*[ -/]*)", re.DOTALL)
_PARAMETERS = re.compile(rb"\x1b\[[0-?]*[ -/]*")
_X10_MOUSE = re.compile(rb"\x1b\[M...", re.DOTALL)
_SINGLE_SHIFT = re.compile(rb"\x1bO[0-9]?[!-~]")
_STRING_BEGINS: Final = frozenset(b"PX^_]")
_STRING_ENDS = re.compile(rb"\x07|\x1b\\|[\x18\x1a]|(?=\x1b[^\\])", re.DOTALL)
_ANSWERS: Final = (b"[0n", b"[3n")
_STATUS = re.compile(r"\x1b\[[03]n")
_GNU_SCREEN = re.compile(r"\x1b\[>83;[\d;]*c")
_MODE = re.compile(r"\x1b\[\?(\d{1,5});(\d)\$y")
_SIZE = re.compile(r"\x1b\[48;(\d{1,5})(?::\d*)*;(\d{1,5})(?::\d*)*;(\d{1,6})(?::\d*)*;(\d{1,6})(?::\d*)*t")
_ALT_WITH_TEXT = re.compile(r"\x1b\[(\d{1,7});(\d{1,3});(\d{1,7})u")
_ALT_BIT: Final = 2
_SPELT_OUT = re.compile(r"\x1b\[(?:[\d:;]*[u~]|1?(?:;[\d:;]*)?[ABCDEFHPQS]|1;\d+R)")
"""Keys as kitty's protocol spells them. Textual's pattern takes a cursor report for one."""
_KEPT_ALT: Final = {b"\x7f": "ctrl+w", b"b": "ctrl+left", b"f": "ctrl+right"}
"""What readline and most editors do with these, as Textual has it: delete a word, go a word back and on."""


class Answered(events.Event, bubble=False):
    """The terminal has answered `CSI 5 n`: whatever was written before that it has shown."""


class InGnuScreen(Message, bubble=False):
    """GNU screen has answered `CSI > c`: it is what this terminal is within."""


class PasteTooLong(Message, bubble=False):
    """A paste longer than any field takes; nothing of it arrives."""


class _Like(events.Key):
    """A key that is heard as any other."""


class Hasty(_Like):
    """A key that came with an escape, or so soon after it that nobody can have seen what the escape did."""


class Chord(_Like):
    """A key that came behind an escape byte: pressed with alt, or after the escape key by somebody in a hurry."""


for _kind in (_Like, Hasty, Chord):
    _kind.handler_name = events.Key.handler_name


class Keyboard:
    """Reads what arrives. `feed` it bytes, and `tick` it from time to time: silence has a meaning too.

    Args:
        linux_console: escape and tab in one packet are shift+tab, as its description has it (terminfo(5), `kcbt`).
    """

    def __init__(self, *, linux_console: bool = False) -> None:
        self._linux_console = linux_console
        self._textual = XTermParser()
        self._waiting: bytes = b""
        self._deadline: float | None = None
        self._escaped_at = float("-inf")
        self._pasted: list[bytes] | None = None
        self._pasted_bytes = 0
        self._in_string = False
        self._lone_escape = False

    def feed(self, data: bytes, now: float) -> Iterator[Message]:
        """Read on, at this time (monotonic seconds)."""
        if self._lone_escape and data[:3] in _ANSWERS:
            # The line held its first byte back, which has passed for the escape key.
            data = data[3:]
            yield Answered()
        self._lone_escape = False
        self._waiting += data
        self._deadline = None
        yield from self._read(now)

    def tick(self, now: float) -> Iterator[Message]:
        """Nothing came until now: what has waited long enough for its end will not have one."""
        if self._deadline is None or now < self._deadline:
            return
        self._deadline = None
        begun, self._waiting = self._waiting, b""
        if self._pasted is not None:
            # A lone escape while a paste has stalled is somebody's who wants to get out.
            if begun == b"\x1b":
                yield from self._end_paste()
            else:
                self._waiting = begun
        elif self._in_string:
            self._in_string = False
        elif begun == b"\x1b":
            self._lone_escape = True
            yield events.Key("escape", begun.decode())
        elif begun[:1] != b"\x1b":
            yield from self._typed(begun, now)
        elif len(begun) == 2 or begun[1] >= 0x80:
            yield from self._alt(begun[1:], now)
        elif begun.endswith(b"$"):
            yield from self._sequence(begun, now)

    def _read(self, now: float) -> Iterator[Message]:
        while self._waiting:
            before = self._waiting
            if self._pasted is not None:
                yield from self._paste(now)
            elif self._in_string:
                self._string(now)
            elif before[0] != 0x1B:
                end = before.find(b"\x1b")
                run = before if end < 0 else before[:end]
                # Half a character waits for its other half.
                whole = run if end >= 0 else run[: len(run) - _half(run)]
                self._waiting = before[len(whole) :]
                yield from self._typed(whole, now)
                if self._waiting == before or (end < 0 and self._waiting):
                    self._wait(now, ESCAPE_SECONDS)
                    return
            else:
                yield from self._escaped(now)
            if self._deadline is not None:
                return

    def _wait(self, now: float, seconds: float) -> None:
        self._deadline = now + seconds

    def _escaped(self, now: float) -> Iterator[Message]:
        """What begins with an escape."""
        begun = self._waiting
        if len(begun) == 1:
            self._wait(now, ESCAPE_SECONDS)
            return
        second = begun[1]
        if second == 0x5B:
            yield from self._control(now)
        elif second == 0x4F:
            if found := _SINGLE_SHIFT.match(begun):
                self._waiting = begun[found.end() :]
                yield from self._sequence(found[0], now)
            elif len(begun) == 2 or (len(begun) == 3 and begun[2:].isdigit()):
                self._wait(now, ESCAPE_SECONDS)
            else:
                self._waiting = begun[2:]
                yield from self._alt(b"O", now)
        elif second in _STRING_BEGINS:
            if len(begun) == 2:
                self._wait(now, ESCAPE_SECONDS)
            else:
                self._waiting, self._in_string = begun[2:], True
        elif second >= 0x80:
            length = _length(second)
            if len(begun) <= length and _half(begun[1:]):
                self._wait(now, ESCAPE_SECONDS)
            else:
                self._waiting = begun[1 + length :]
                yield from self._alt(begun[1 : 1 + length], now)
        elif second > 0x20:
            self._waiting = begun[2:]
            yield from self._alt(begun[1:2], now)
        elif second == 0x09 and self._linux_console:
            self._waiting, self._escaped_at = begun[2:], now
            yield Chord("shift+tab", None)
        else:
            # The escape key, and another that was pressed after it.
            self._waiting = begun[1:]
            self._escaped_at = now
            yield events.Key("escape", "\x1b")

    def _control(self, now: float) -> Iterator[Message]:
        begun = self._waiting
        if found := _X10_MOUSE.match(begun):
            # Its coordinates are bytes of any kind.
            self._waiting = begun[found.end() :]
        elif found := _CONTROL.match(begun):
            self._waiting = begun[found.end() :]
            if found[0] == _PASTE:
                self._pasted, self._pasted_bytes = [], 0
            else:
                yield from self._sequence(found[0], now)
        elif _CONTROL_BEGUN.fullmatch(begun) and len(begun) < LONGEST_SEQUENCE:
            self._wait(now, ESCAPE_SECONDS if len(begun) == 2 else REST_SECONDS)
        else:
            # Broken off. Whatever it was to be, what follows it was not pressed with a look at it.
            broken = _PARAMETERS.match(begun)
            self._waiting = begun[broken.end() if broken else 2 :]
            yield from self._alt(b"[", now)

    def _string(self, now: float) -> None:
        """A string of the terminal's (ECMA-48 5.6): nothing of it was asked for."""
        if found := _STRING_ENDS.search(self._waiting):
            self._waiting, self._in_string = self._waiting[found.end() :], False
        else:
            self._waiting = b"\x1b" if self._waiting.endswith(b"\x1b") else b""
            self._wait(now, REST_SECONDS)

    def _paste(self, now: float) -> Iterator[Message]:
        content, end, rest = self._waiting.partition(_PASTE_END)
        if not end:
            # The end may have come in part.
            kept = next((n for n in range(len(_PASTE_END) - 1, 0, -1) if content.endswith(_PASTE_END[:n])), 0)
            content, rest = content[: len(content) - kept], content[len(content) - kept :]
        self._pasted_bytes += len(content)
        if self._pasted is not None and self._pasted_bytes <= LARGEST_PASTE:
            self._pasted.append(content)
        self._waiting = rest
        if end:
            yield from self._end_paste()
        else:
            self._wait(now, REST_SECONDS)

    def _end_paste(self) -> Iterator[Message]:
        content, self._pasted = b"".join(self._pasted or ()), None
        if self._pasted_bytes > LARGEST_PASTE:
            yield PasteTooLong()
        else:
            yield events.Paste(content.decode("utf-8", "replace").replace("\x00", ""))

    # -- what it is ----------------------------------------------------------------------------------

    def _typed(self, run: bytes, now: float) -> Iterator[Message]:
        for character in run.decode("utf-8", "replace"):
            yield from self._keys(character, now)

    def _alt(self, typed: bytes, now: float) -> Iterator[Message]:
        """A character behind an escape: never the character itself."""
        self._escaped_at = now
        if (kept := _KEPT_ALT.get(typed)) is not None:
            yield Chord(kept, None)
            return
        character = typed.decode("utf-8", "replace")[:1]
        name = character if character.isalnum() else character_to_key(character)
        if len(name) == 1 and name.isupper():
            name = f"shift+{name.lower()}"
        # Spelt without its character, which fields would type.
        yield Chord(f"alt+{name}", None)

    def _sequence(self, found: bytes, now: float) -> Iterator[Message]:
        sequence = found.decode("ascii", "replace")
        # Numbers too large, a size of nothing: a sequence that cannot be is as good as none.
        with suppress(Exception):
            yield from list(self._meaning(sequence, now))

    def _meaning(self, sequence: str, now: float) -> Iterator[Message]:
        if sequence == "\x1b[I":
            yield events.AppFocus()
        elif sequence == "\x1b[O":
            yield events.AppBlur()
        elif sequence.startswith("\x1b[<"):
            mouse = self._textual.parse_mouse_code(sequence)
            if isinstance(mouse, events.MouseEvent) and max(mouse.x, mouse.y) < MOST_COLUMNS:
                yield mouse
        elif _STATUS.fullmatch(sequence):
            yield Answered()
        elif _GNU_SCREEN.fullmatch(sequence):
            yield InGnuScreen()
        elif found := _MODE.fullmatch(sequence):
            yield from _mode(found[1], int(found[2]))
        elif found := _SIZE.fullmatch(sequence):
            yield from self._resized(*map(int, found.groups()))
        else:
            yield from self._keys(sequence, now)

    def _resized(self, lines: int, columns: int, pixels_high: int, pixels_wide: int) -> Iterator[Message]:
        size, pixels = bounded(columns, lines), Size(pixels_wide, pixels_high)
        self._textual.terminal_size, self._textual.terminal_pixel_size = size, pixels
        # A terminal that does not know how large its cells are reports the mouse in cells.
        self._textual.mouse_pixels = bool(pixels.area)
        yield events.Resize.from_dimensions((size.width, size.height), (pixels.width, pixels.height))

    def _keys(self, sequence: str, now: float) -> Iterator[Message]:
        if (found := _ALT_WITH_TEXT.fullmatch(sequence)) and int(found[2]) - 1 & _ALT_BIT:
            code, text = int(found[1]), int(found[3])
            if chr(code).lower() == chr(text).lower():
                # Textual would take it for the character alone.
                sequence = f"\x1b[{code};{found[2]}u"
        if len(sequence) > 1 and sequence not in ANSI_SEQUENCES_KEYS and not _SPELT_OUT.fullmatch(sequence):
            return
        for key in self._textual._sequence_to_key_events(sequence):  # pyright: ignore[reportPrivateUsage]
            if key.key == "<ignore>" or (key.character and not _is_whole(key.character)):
                continue
            hasty = now - self._escaped_at < ESCAPE_SECONDS
            if key.key == "escape":
                self._escaped_at = now
            yield Hasty(key.key, key.character) if hasty and key.key != "escape" else key


def _mode(number: str, setting: int) -> Iterator[Message]:
    if number == "2026" and setting > 0:
        yield messages.TerminalSupportsSynchronizedOutput()
    elif number == "2048" and constants.SMOOTH_SCROLL and not IS_ITERM:
        yield messages.InBandWindowResize.from_setting_parameter(setting)


def bounded(columns: int, lines: int) -> Size:
    """A size that can be drawn on: at least one cell, and no more than the largest screens have."""
    return Size(max(1, min(columns, MOST_COLUMNS)), max(1, min(lines, MOST_LINES)))


def _is_whole(character: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in character)


def _length(lead: int) -> int:
    """Bytes of the character that begins with this one (RFC 3629)."""
    return 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2 if lead >= 0xC0 else 1


def _half(run: bytes) -> int:
    """How many bytes at the end are the beginning of a character."""
    for back in range(1, min(4, len(run) + 1)):
        byte = run[-back]
        if byte >= 0xC0:
            return back if _length(byte) > back else 0
        if byte < 0x80:
            break
    return 0
