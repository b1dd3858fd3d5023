"""The detail pane of the selected connection. Shows where each secret comes from, never the secret."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from textual.content import Content
from textual.widgets import Static

from tui.keymap import name_keys
from tui.safe_text import safe_text
from tui.screens.connections.connection_fields import KINDS_IN_WORDS, LABELS, low_balance_in_words
from tui.screens.connections.connection_test import ASKING, TestResult
from tui.screens.connections.forgetting import describe_kept
from tui.screens.connections.list import Row, SandboxRow, SavedRow, UnreadableRow
from tui.services.kept_messages import KeptMessages
from tui.storage.connection import AUTH_TOKEN
from tui.storage.connections import Connection, Secret
from tui.storage.errors import Problem
from tui.theme import TONES, Tone, connection_tone

LABEL_CELLS = 15
USUAL_WIDTH = 78

Line = tuple[str, str, Tone]
"""Label, words, tone."""


class Detail(Static):
    """The detail pane: wraps its lines again when its width changes, which is known only after the first layout."""

    def __init__(self) -> None:
        super().__init__("", id="detail-text", markup=False)
        self._shown: tuple[Row | None, TestResult | None, KeptMessages | None] = (None, None, None)

    def show(self, row: Row | None, verdict: TestResult | None, kept: KeptMessages | None) -> None:
        """Show this row, the result of its test, and what is kept of its messages."""
        self._shown = (row, verdict, kept)
        self.update(describe(row, verdict, kept, self.size.width or USUAL_WIDTH))

    def on_resize(self) -> None:
        self.show(*self._shown)


def describe(row: Row | None, verdict: TestResult | None, kept: KeptMessages | None, width: int) -> Content:
    """Format everything about a row as labelled lines, wrapped to `width` cells."""
    lines: list[Content] = []
    room = max(16, width - LABEL_CELLS - 2)
    for label, words, tone in _lines(row, verdict, kept):
        for number, piece in enumerate(wrap(words, room) or [""]):
            before = f"{'' if number else label:>{LABEL_CELLS}}  "
            lines.append(Content.assemble((before, "$quiet"), (piece, TONES[tone])))
    return Content("\n").join(lines)


def _lines(row: Row | None, verdict: TestResult | None, kept: KeptMessages | None) -> Iterator[Line]:
    match row:
        case SavedRow():
            yield from _saved(row, verdict, kept)
        case UnreadableRow(name, problems):
            yield _line("Entry", safe_text(name, limit=60))
            yield from _problems(problems)
            yield _line(
                "",
                name_keys(
                    "It stays in the file as it is. Fix it in an editor, or press {connections.remove} to drop it."
                ),
                "muted",
            )
        case SandboxRow(used, _, watched):
            yield _line("Sandbox", "in use" if used else "ready", "warn")
            if watched:
                yield _line("", f"The one that another program started, at {safe_text(watched, limit=60)}.")
                yield _line("", "What is sent to it is followed here, and what is done here is done in it.", "muted")
                return
            yield _line("", "An embedded Twilio with numbers and a history of its own.")
            yield _line("", "It needs no account, nothing leaves this machine, nothing is saved.", "muted")
        case None:
            return


def _saved(row: SavedRow, verdict: TestResult | None, kept: KeptMessages | None) -> Iterator[Line]:
    connection = row.connection
    marks = [mark for mark, so in (("★ default", row.default), ("● in use", row.used)) if so]
    yield _line("Name", "   ".join([safe_text(row.name, limit=80), *marks]), "accent" if marks else "plain")
    yield _line(LABELS["kind"], KINDS_IN_WORDS.get(connection.kind, f"unknown: {safe_text(connection.kind, limit=30)}"))
    yield _line(LABELS["account_sid"], safe_text(connection.account_sid, limit=60) or "missing")
    if connection.kind != AUTH_TOKEN or connection.api_key_sid:
        yield _line(LABELS["api_key_sid"], safe_text(connection.api_key_sid or "missing", limit=60))
        yield _line(LABELS["api_key_secret"], _source(connection.api_key_secret))
    yield _line(LABELS["auth_token"], _source(connection.auth_token) + _use_of_token(connection))
    if connection.webhook_key:
        yield _line(LABELS["webhook_key"], f"{_source(connection.webhook_key)} (verifies webhooks, never sent)")
    if connection.base_url:
        yield _line(LABELS["base_url"], safe_text(connection.base_url, limit=120))
    else:
        yield _line(LABELS["region"], safe_text(connection.region or "us1", limit=20))
    if connection.ca_file:
        yield _line(LABELS["ca_file"], safe_text(connection.ca_file, limit=120))
    if connection.low_balance is not None:
        told = f"told of below {low_balance_in_words(connection)}, in the account's own currency"
        yield _line(LABELS["low_balance"], safe_text(told, limit=120))
    if connection.colour:
        shown = safe_text(connection.colour, limit=40)
        yield _line(LABELS["colour"], shown, connection_tone(connection.colour))
    yield from _problems(row.problems)
    for hint in row.hints:
        yield _line("Look", safe_text(f"{hint.reason} {hint.remedy}", limit=300), "warn")
    if row.own:
        yield _line("Your own", safe_text(f"{', '.join(row.own)}: kept in the file, not used.", limit=200), "muted")
    if verdict is not None:
        yield _line(
            "Test", f"{verdict.mark} {name_keys(verdict.words) if verdict is ASKING else verdict.words}", verdict.tone
        )
    yield _line(LABELS["history"], safe_text(describe_kept(connection, kept), limit=300))


def _use_of_token(connection: Connection) -> str:
    if connection.kind == AUTH_TOKEN:
        return ""
    return " (verifies webhooks, never sent)" if connection.auth_token else " (webhooks cannot be verified)"


def _source(secret: Secret | None) -> str:
    return "none" if secret is None else safe_text(secret.source, limit=80)


def _problems(problems: tuple[Problem, ...]) -> Iterator[Line]:
    for problem in problems:
        yield _line("Problem", safe_text(f"{problem.reason} {problem.remedy}", limit=300), "bad")


def _line(label: str, words: str, tone: Tone = "plain") -> Line:
    return (label, words, tone)
