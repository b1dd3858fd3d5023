"""Twilio's alerts in words: one as a line, one whole with request and answer, and why they could not be read.

All of an alert is remote text; what is made of it here is safe to show. What is a secret by its name or its place in
a URL is not shown: a webhook's password, its token in a query, the header in which Twilio sends them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from textual.content import Content

from tui.raw_request.redaction import redact_text, redact_webhook
from tui.raw_request.secret_names import MASK, is_secret_header, is_secret_name
from tui.safe_text import glimpse, safe_lines, safe_text
from tui.theme import TONES, Tone
from tui.time_format import full
from tui.twilio.alerts import Alert
from tui.twilio.error_catalogue import explain
from tui.twilio.errors import ApiError, RequestFailed
from tui.widgets.error_words import advice, meaning_of, short_error

MOST_PAIRS: Final = 40
"""Parameters and headers of each kind that are shown; Twilio sends about thirty."""

LONGEST_BODY: Final = 4_000
LONGEST_SAID: Final = 1_000
"""Characters of Twilio's sentence; its own are shorter."""
LONGEST_URL: Final = 2_000
MOST_BODY_LINES: Final = 100


def alert_code(alert: Alert) -> str:
    """Its code, or its level where it has none."""
    return str(alert.code) if alert.code is not None else safe_text(alert.level, limit=20) or "alert"


def short_alert(alert: Alert) -> str:
    """What it is, for a row: `11200 webhook not fetched`."""
    if alert.code is None:
        return f"{alert_code(alert)} {glimpse(alert_said(alert), 40)}".rstrip()
    return short_error(alert.code, "" if explain(alert.code) else alert_said(alert))


def alert_meaning(alert: Alert) -> str:
    """What it means, in a sentence."""
    said = alert_said(alert)
    return glimpse(said, 300) if alert.code is None else meaning_of(alert.code, said)


def alert_tone(alert: Alert) -> Tone:
    """The colour of its level."""
    return {"error": "bad", "warning": "warn"}.get(alert.level, "muted")  # type: ignore[return-value]


def alert_time(alert: Alert, now: datetime) -> str:
    """When it happened."""
    return full(alert.at, now) if alert.at is not None else "at an unknown time"


def alert_url(alert: Alert, limit: int = 300) -> str:
    """What Twilio called, without its secrets."""
    return safe_text(redact_webhook(alert.url[: 2 * LONGEST_URL]), limit=limit)


def alert_said(alert: Alert) -> str:
    """Twilio's sentence, in which a webhook's URL may be repeated, without its secrets; not yet safe to show."""
    # Masked before it is cut: half a password is one as well.
    return redact_webhook(alert.said[: 2 * LONGEST_SAID])[:LONGEST_SAID]


def called_and_answered(alert: Alert) -> Content:
    """`POST https://… · answered 500`."""
    answered = f" · answered {alert.status}" if alert.status else ""
    called = f"{safe_text(alert.method, limit=12)} {alert_url(alert)}".strip()
    return Content.assemble(called, (answered, "$quiet"))


def whole_alert(alert: Alert, now: datetime) -> Iterator[Content]:
    """What is known of an alert without its request and answer in full, a paragraph a line."""
    yield Content.assemble((f"{alert_code(alert)} ", f"bold {TONES[alert_tone(alert)]}"), alert_meaning(alert))
    if alert.code is not None:
        yield Content(advice(alert.code))
    yield Content.assemble((f"{alert_time(alert, now)} · ", "$quiet"), called_and_answered(alert))
    known = explain(alert.code)
    said = alert_said(alert)
    if known is not None and said and said != known.meaning:
        yield Content.assemble(("Twilio says  ", "$quiet"), glimpse(said, 300))


def exchange_lines(alert: Alert) -> Iterator[Content]:
    """The request that Twilio made and the answer it had, of an alert that was read whole."""
    yield _title("Twilio's request")
    yield Content.assemble((safe_text(alert.method, limit=12), "bold"), " ", alert_url(alert, LONGEST_URL))
    yield from _pairs(alert.request_headers, is_secret_header)
    yield from (
        _pairs(alert.parameters, is_secret_name) if alert.parameters else [Content.styled("(no parameters)", "$quiet")]
    )
    yield Content("")
    yield _title(f"Your server's answer{f': {alert.status}' if alert.status else ''}")
    yield from _pairs(alert.response_headers, is_secret_header)
    body = alert.response.strip()
    if not body:
        yield Content.styled("(no body)", "$quiet")
        return
    lines = safe_lines(body, limit=LONGEST_BODY)
    yield from (Content(line) for line in lines[:MOST_BODY_LINES])
    if len(lines) > MOST_BODY_LINES or len(body) > LONGEST_BODY:
        yield Content.styled("… the rest is not shown.", "$quiet")


def _title(words: str) -> Content:
    return Content.styled(words, "bold $text-primary")


def _pairs(text: str, is_secret: Callable[[str], bool]) -> Iterator[Content]:
    """Pairs as in a query; what is not written so stands as it is."""
    if not text:
        return
    pairs = parse_qsl(text, keep_blank_values=True)
    if not pairs:
        yield Content(safe_text(redact_text(text), limit=600))
        return
    for name, value in pairs[:MOST_PAIRS]:
        shown = MASK if value and is_secret(name) else safe_text(redact_text(value), limit=600) or "(blank)"
        yield Content.assemble((f"{safe_text(name, limit=60):<16} ", "$quiet"), shown)
    if len(pairs) > MOST_PAIRS:
        yield Content.styled(f"… and {len(pairs) - MOST_PAIRS} more", "$quiet")


def say_refusal(problem: RequestFailed) -> str:
    """Why Twilio's alerts could not be read, and where they are all the same."""
    if isinstance(problem, ApiError) and problem.status in {401, 403}:
        code = f", error {problem.code}" if problem.code is not None else ""
        return (
            f"Twilio does not let these credentials read its alerts (HTTP {problem.status}{code}). "
            "Its Console shows them, under Monitor."
        )
    return safe_text(f"The alerts could not be read. {problem}", limit=400)
