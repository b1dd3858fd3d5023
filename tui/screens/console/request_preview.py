"""What is said under the form's sections: notes on the request, what leaves, or what is wrong with it."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.raw_request.model import RawRequest
from tui.raw_request.sending import PreparedRequest, wait_before_next
from tui.raw_request.transfer import Measured, Multipart
from tui.safe_text import glimpse, safe_lines, safe_text
from tui.screens.console.request_words import cut_sids
from tui.theme import TONES

FEWEST_ROWS = 2
"""Rows of a preview where nothing else has room: the address and the body."""


_USUAL_HEADERS = frozenset({"host", "connection", "accept-encoding", "user-agent"})

LONGEST_BODY = 1_000
"""Characters of a body that are shown, at most: more than any line holds."""


class RequestPreview(Vertical):
    """Fits what leaves into the rows it has, so that the body is always seen."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = " what leaves "
        self._prepared: PreparedRequest | None = None
        self._notes = tuple[str, ...]()

    def compose(self) -> ComposeResult:
        for name in ("notes", "preview", "wrong"):
            yield Static(id=name, markup=False)

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def show(self, prepared: PreparedRequest | None, notes: tuple[str, ...]) -> None:
        """Show a request that could be sent; None without a connection."""
        self._prepared, self._notes = prepared, notes
        say(self.query_one("#wrong", Static), Content(""))
        self._draw()

    def refuse(self, lines: list[str], notes: tuple[str, ...]) -> None:
        """Show what is wrong in place of the request (lines already safe to show)."""
        self.show(None, notes)
        say(self.query_one("#wrong", Static), Content("\n").join(Content.styled(line, TONES["bad"]) for line in lines))

    def _draw(self) -> None:
        width, line = self.content_size.width, self.query_one("#notes", Static)
        most = line.styles.max_height
        notes = show_notes(self._notes, width, int(most.value) if most is not None else len(self._notes))
        say(line, Content("\n").join(notes))
        words = Content("")
        if self._prepared is not None and width > 0:
            # Among stacked sections it has the rest of the rows, else what it needs.
            left = self.content_size.height - len(notes)
            rows = left if self.styles.is_relative_height else FEWEST_ROWS + (len(notes) < 2)
            words = show_request(self._prepared, width, max(rows, FEWEST_ROWS))
        say(self.query_one("#preview", Static), words)


def say(line: Static, words: Content) -> None:
    """Show a text in a line that takes no room while it is empty."""
    line.display = bool(words)
    line.update(words)


def show_request(prepared: PreparedRequest, width: int, rows: int) -> Content:
    """What will leave: method and address, headers, how often it is tried, and last the body, in so many rows.

    Before the headers stands what variables stood for.

    Where there is room each header has its own, and address and body are shown whole; else each has one row, and the
    headers have the rest of it. Of an address that is too long for its row SIDs are cut before its end is.
    """
    method = safe_text(prepared.method, limit=12)
    room = max(1, width - len(method) - 1)
    planned = _attempts(prepared.request)
    address = _fold(glimpse(prepared.url, LONGEST_BODY), room, 4)
    meant = [f"${name} is {glimpse(value, 40)}" for name, value in prepared.values.items()]
    middle = [glimpse(each, width) for each in (*meant, *(f"{name}: {value}" for name, value in prepared.headers))]
    middle += [planned] if planned else []
    body = _words_about_body(prepared)
    if len(address) + len(middle) + bool(body) > rows:
        if len(address) > 1 and rows <= 5:
            address = [glimpse(cut_sids(prepared.url), room)]
        else:
            address = _fold(glimpse(prepared.url, LONGEST_BODY), room, max(1, min(4, rows - 4)))
        # What every request has is what may be cut off.
        typed = {name.strip().lower() for name, _ in prepared.request.headers}
        found = sorted(prepared.headers, key=lambda each: each[0].lower() in _USUAL_HEADERS - typed)
        words = " · ".join(filter(None, (*meant, planned, ", ".join(f"{name}: {value}" for name, value in found))))
        middle = [glimpse(words, width)] if rows > 1 + bool(body) else []
    lines = [Content.assemble((f"{method} ", "bold"), address[0])]
    lines += [Content(f"{' ' * (len(method) + 1)}{line}") for line in address[1:]]
    lines += [Content.styled(line, "$quiet") for line in middle]
    lines += [Content(line) for line in _fold(body, width, max(1, rows - len(lines)))]
    return Content("\n").join(lines)


def _fold(text: str, width: int, most: int) -> list[str]:
    """A text broken into rows; all of it on one where there is but one, and what does not fit is cut visibly."""
    if not text or most == 1:
        return [glimpse(text, width)] if text else []
    rows = [row.plain for line in text.split("\n") for row in Content(line).fold(max(width, 1))]
    return rows if len(rows) <= most else [*rows[: most - 1], "…"]


def _attempts(request: RawRequest) -> str:
    """`at most 3 attempts: 0.2 s, 0.4 s`; empty for one attempt."""
    if not request.max_retries:
        return ""
    waits = [wait_before_next(request, number, None, 0.0) for number in range(1, min(request.max_retries, 3) + 1)]
    more = " …" if request.max_retries > len(waits) else ""
    return f"at most {request.max_retries + 1:,} attempts: {', '.join(f'{wait:g} s' for wait in waits)}{more}"


def _words_about_body(prepared: PreparedRequest) -> str:
    request, content = prepared.request, prepared.outgoing.content
    if content is None:
        return ""
    size = f"body, {prepared.body_size:,} bytes"
    if isinstance(content, bytes):
        beginning = content[:LONGEST_BODY].decode("utf-8", "replace")
        if "\n" in beginning.strip():
            return "\n".join((f"{size}:", *safe_lines(beginning, limit=LONGEST_BODY)))
        return f"{size}: {glimpse(beginning, LONGEST_BODY)}"
    if isinstance(content, Measured):
        return f"{size}: the file {glimpse(str(content.path), LONGEST_BODY)}"
    parts = [f"{name}={value}" for name, value in request.form]
    measured = (
        [each for each in content.sections if isinstance(each, Measured)] if isinstance(content, Multipart) else []
    )
    for part, file in zip(request.files, measured, strict=False):
        parts.append(f"{part.key}=@{part.filename or file.path.name} ({file.size:,} bytes)")
    return f"{size}: {glimpse(' · '.join(glimpse(each, 60) for each in parts), LONGEST_BODY)}"


def show_notes(notes: tuple[str, ...], width: int, rows: int) -> list[Content]:
    """The notes in so many rows: whole where there is room, else a row each, and how many more there are."""
    shown = [Content.styled(f"! {safe_text(note)}", TONES["warn"]) for note in notes]
    if width <= 0:
        return shown
    whole = [row for note in shown for row in note.wrap(width)]
    if len(whole) <= rows:
        return whole
    cut = [Content.styled(glimpse(note.plain, width), TONES["warn"]) for note in shown]
    if len(cut) <= rows:
        return cut
    return [
        *cut[: rows - 1],
        Content.styled(f"… and {len(cut) - rows + 1} more; there is room at 120×30", TONES["warn"]),
    ]
