"""What is said of a verdict and its checks: on the screen, where it is safe to show, and in a ticket. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from tui.keymap import name_keys
from tui.safe_text import glimpse, safe_text
from tui.services.why.checks import Check, CheckState, Subject, WhyVerdict
from tui.theme import TONES, Tone, look_of
from tui.time_format import ago, full
from tui.twilio.signature import without_user
from tui.widgets.error_words import short_error

LONGEST: Final = 1_000
"""Characters of a sentence that are shown; Twilio's own are shorter."""

_LOOKS: Final[dict[CheckState, tuple[str, Tone]]] = {
    CheckState.WAITING: ("…", "busy"),
    CheckState.FINE: ("✓", "good"),
    CheckState.FAULT: ("✗", "bad"),
    CheckState.UNKNOWN: ("?", "warn"),
    CheckState.NOT_ASKED: ("·", "muted"),
}

_WORDS: Final = {
    CheckState.WAITING: "asking",
    CheckState.FINE: "nothing is wrong here",
    CheckState.FAULT: "something is wrong here",
    CheckState.UNKNOWN: "not known",
    CheckState.NOT_ASKED: "not asked",
}


def look_of_check(state: CheckState) -> tuple[str, Tone]:
    """The mark of a state and its tone."""
    return _LOOKS[state]


def unreached(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The checks that nothing answered, where they are several: it is said once then, and not in each row."""
    found = tuple(check for check in checks if check.unreached)
    return found if len(found) > 1 else ()


# -- on the screen -----------------------------------------------------------------------------------


def subject_lines(
    subject: Subject, checks: Sequence[Check], now: datetime, name: Callable[[str], str], width: int = 200
) -> Content:
    """What is asked about, and how much is answered; between whom and when, in a line of so many cells where it can be.

    `name` names addresses, safe to show.
    """
    look = look_of(safe_text(subject.status, limit=30))
    message = subject.message
    error = ""
    if subject.code is not None:
        said = message.error_message if message is not None else ""
        error = f" {short_error(subject.code, said)}"
    sender, other = (name(each) if each else "" for each in (subject.own, subject.other))
    count = len(subject.samples)
    between = f"{sender} → {other}" if sender and other else sender or (f"→ {other}" if other else "")
    looked_at = f"{count} message{'' if count == 1 else 's'} looked at" if count else ""
    when = (full(subject.when, now), ago(now - subject.when)) if subject.when is not None else ("",)
    lines = [" · ".join(piece for piece in (between, looked_at, each) if piece) for each in when]
    words = next((line for line in lines if cell_len(line) <= width), lines[-1])
    waiting = sum(check.state is CheckState.WAITING for check in checks)
    asking = f"  … asking: {len(checks) - waiting} of {len(checks)} answered" if waiting else ""
    return Content.assemble(
        ("Why  ", "bold"),
        (f"{look}{error}", f"bold {TONES[look.tone]}"),
        (asking, TONES["busy"]),
        (f"\n{words}", "$quiet"),
    )


def verdict_lines(verdict: WhyVerdict, checks: Sequence[Check]) -> Content:
    """The verdict, what to do, and why several checks are not known, where that is for one reason."""
    return Content("\n").join(_verdict_lines(verdict, checks))


def _verdict_lines(verdict: WhyVerdict, checks: Sequence[Check]) -> Iterator[Content]:
    decided = next((check for check in checks if check.name == verdict.check), None)
    if decided is None and any(check.state is CheckState.WAITING for check in checks):
        yield Content.styled("… Asking Twilio", f"bold {TONES['busy']}")
    else:
        mark, tone = ("?", "warn") if decided is None else look_of_check(decided.state)
        yield Content.styled(f"{mark} {safe_text(verdict.words, limit=LONGEST)}", f"bold {TONES[tone]}")
        step = verdict.next_step
        if step and decided is None and any(check.state is CheckState.NOT_ASKED for check in checks):
            step += name_keys(" {why.look_up} names the price.")
        if step:
            yield Content.assemble(("What to do: ", "bold"), safe_text(step, limit=LONGEST))
    if silent := unreached(checks):
        words = f"{len(silent)} checks had no answer: {safe_text(silent[0].unreached, limit=LONGEST)}"
        yield Content.styled(f"{words} {name_keys('{why.ask_again} asks again.')}", TONES["warn"])


def check_lines(check: Check, price: str, *, spaced: bool = False) -> Content:
    """One check in full, its parts apart where there is room; `price` is what the look-up costs."""
    return Content("\n").join(_check_lines(check, price, [Content("")] if spaced else []))


def _check_lines(check: Check, price: str, apart: list[Content]) -> Iterator[Content]:
    mark, tone = look_of_check(check.state)
    yield Content.assemble((glimpse(check.title, 60), "bold"), (f"  {mark} {_WORDS[check.state]}", TONES[tone]))
    yield from apart
    for words in (check.fact, check.consequence):
        if words:
            yield Content(safe_text(words, limit=LONGEST))
    if check.next_step:
        yield from apart
        yield Content.assemble(("What to do: ", "bold"), safe_text(check.next_step, limit=LONGEST))
    if check.state is CheckState.NOT_ASKED:
        yield from apart
        how = name_keys("{why.look_up} asks it, after a question.")
        yield Content.styled(safe_text(f"{how} Price: {price}", limit=LONGEST), "$quiet")
    if check.asked is not None:
        yield from apart
        method, url = check.asked
        yield Content.assemble(
            (f"{safe_text(method, limit=10)} ", "bold $quiet"), (safe_text(url, limit=LONGEST), "$quiet")
        )


# -- for a ticket ------------------------------------------------------------------------------------


def ticket(subject: Subject, verdict: WhyVerdict, checks: Sequence[Check], asked_at: datetime, account_sid: str) -> str:
    """WhyVerdict and checks as plain text, with what Twilio's support asks for; times in UTC, no message's text."""
    return "\n".join(_ticket(subject, verdict, checks, asked_at, account_sid)) + "\n"


def _ticket(
    subject: Subject, verdict: WhyVerdict, checks: Sequence[Check], asked_at: datetime, account_sid: str
) -> Iterator[str]:
    error = f", error {subject.code}" if subject.code is not None else ""
    yield f"{subject.status or 'unknown'}{error}".capitalize()
    yield from (f"{label:<9} {text}" for label, text in _facts(subject, account_sid) if text)
    yield ""
    yield f"Verdict: {verdict.words}"
    if verdict.next_step:
        yield f"What to do: {verdict.next_step}"
    yield ""
    yield f"Checks, asked {_utc(asked_at)}:"
    for check in checks:
        mark, _ = look_of_check(check.state)
        said = " ".join(part for part in (check.fact, check.consequence) if part) or _WORDS[check.state]
        yield f"{mark} {check.title}: {said}"
        if check.asked is not None:
            method, url = check.asked
            yield f"    {method} {without_user(url)}"


def _facts(subject: Subject, account_sid: str) -> Iterator[tuple[str, str]]:
    yield "Account", account_sid
    for message in subject.messages:
        when = f", created {_utc(message.date_created)}" if message.date_created else ""
        yield "Message", f"{message.sid}{when}"
    yield "From", subject.own
    yield "To", subject.other
    if subject.message is None:
        yield "Last", _utc(subject.when) if subject.when is not None else ""


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
