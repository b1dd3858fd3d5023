"""The sections of the console's form: how much each holds, which one to show, and the parameters that belong there."""

from __future__ import annotations

from functools import lru_cache

from textual.content import Content

from tui.raw_request.form_text import RequestText
from tui.raw_request.pairs import name_of, switched_on
from tui.safe_text import glimpse
from tui.twilio.operations import Parameter

_TAKES = {
    "number": "a number",
    "list": "one value a line, and the name again for the next",
    "object": 'JSON, such as {"1": "value"}',
}
"""Kind of a parameter → what may stand there, where Twilio does not say which values."""

_USUAL = (
    *("To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables", "StatusCallback"),
    *("SendAt", "ScheduleType", "DateSent", "DateSent>", "DateSent<", "PageSize", "Fields", "FriendlyName"),
)
"""The most used parameters, most wanted first; Twilio's description has them anywhere."""


def show_known(known: tuple[Parameter, ...], text: str, room: int, line: str = "") -> Content:
    """The operation's parameters that are not typed yet: the required ones, the usual ones, the rest.

    Args:
        known: all that the operation takes.
        text: the lines that are typed, or the JSON.
        room: cells; those that do not fit are counted.
        line: the one the cursor is in; where its parameter takes only some values, these are shown instead.
    """
    begun = name_of(line.strip(), "=")[0] or line.strip().partition('":')[0].strip('"')
    for each in known:
        if each.name == begun and (taken := " · ".join(each.allowed) or _TAKES.get(each.kind)):
            return Content.styled(f"{each.name} takes {glimpse(taken, room)}", "$quiet")
    # Lines that are switched off count as typed.
    typed = {name_of(line.strip().lstrip("# \t"), "=")[0] for line in text.split("\n")}
    names = [each.name for each in known if each.name not in typed and f'"{each.name}"' not in text]
    required = {each.name for each in known if each.required}
    names.sort(key=lambda name: (name not in required, _USUAL.index(name) if name in _USUAL else len(_USUAL)))
    if not names:
        return Content("")
    shown: list[str] = []
    left = room - len("takes ") + len(" · ")
    if sum(len(name) + len(" · ") for name in names) > left:
        left -= len(" · 999 more …")
    for name in names:
        left -= len(name) + 3
        if left < 0 and shown:
            break
        shown.append(name)
    parts = [Content.styled(name, "bold $quiet" if name in required else "$quiet") for name in shown]
    if len(names) > len(shown):
        parts.append(Content.styled(f"{len(names) - len(shown)} more …", "$quiet"))
    return Content.assemble(("takes ", "$quiet"), Content(" · ").join(parts))


def marks_of(typed: RequestText) -> dict[str, str]:
    """Section → a word for what it holds; sections that are empty are left out."""
    body = {"raw": "raw" if typed.body else "", "none": ""}.get(typed.body_kind)
    if body is None:
        body = f"{typed.body_kind} {_count(typed.body) or ''}".strip()
    options = sum(bool(each.strip()) for each in (typed.timeout, typed.retries, typed.delay))
    options += typed.backoff + typed.all_errors + (typed.response_type != "json")
    found = {"query": _count(typed.query), "headers": _count(typed.headers), "body": body, "options": options}
    return {name: str(mark) for name, mark in found.items() if mark}


def options_words(typed: RequestText) -> Content:
    """How a request is tried and read, in one line: `options 30 s · no retries · json`; what is not typed is quiet."""
    retries, delay = typed.retries.strip(), typed.delay.strip()
    words = [f"{glimpse(typed.timeout.strip() or '30', 12)} s", f"{glimpse(retries, 12)} retries"]
    if retries in ("", "0"):
        words[1] = "no retries"
    else:
        words.append("exponential" if typed.backoff else f"after {glimpse(delay or '0', 12)} ms")
        words += ["on all errors"] if typed.all_errors else []
    style = "$foreground" if "options" in marks_of(typed) else "$quiet"
    return Content.styled(f"options {' · '.join((*words, typed.response_type))}", style)


def section_of(typed: RequestText) -> str:
    """The section to show of a request: its body, else its query, else whatever else is filled."""
    marks = marks_of(typed)
    return next((name for name in ("body", "query", "headers", "options") if name in marks), "query")


@lru_cache(maxsize=8)
def _count(lines: str) -> int:
    # Asked for at every key, also of texts that are long.
    return sum(1 for _ in switched_on(lines))
