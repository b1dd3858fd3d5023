"""Checks of a message itself: its status and code, Twilio's alerts about it, its media, WhatsApp's window."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from tui.archive.layout import row_number
from tui.raw_request.redaction import redact_webhook
from tui.services.why.asking import Asking, around, term
from tui.services.why.checks import Check, CheckState, Subject
from tui.services.why.verdict import MEDIA, OF_NOW, TOLD_BY_CODE, VAGUE, lowered
from tui.time_format import duration, length
from tui.twilio.alerts import KEPT, MOST_LISTED, errors_url, list_alerts
from tui.twilio.error_catalogue import explain, say_unknown
from tui.twilio.message import ARRIVED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.twilio.alerts import Alert

BEFORE: Final = timedelta(minutes=1)
AFTER: Final = timedelta(hours=1)
"""How long before and after a message alerts about it are looked for."""

WINDOW: Final = timedelta(hours=24)
"""How long after a person's last message WhatsApp takes free text to them.
https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window"""

_MOST_SAID: Final = 200
_MOST_READ: Final = 200
"""Messages of one person that are looked at for when they last wrote."""

_USUAL: Final = timedelta(days=7)
_FEWEST: Final = 5
"""Deliveries whose times are known that are enough to call something usual."""


# -- status and code ---------------------------------------------------------------------------------


_WHILE_SO: Final = "While that is so, trying the same again will not help."


async def check_code(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """What Twilio itself says of the end it came to."""
    code, known = subject.code, explain(subject.code)
    if not subject.failed:
        return await _not_failed(asking, subject, check)
    if code is None:
        return replace(check, state=CheckState.UNKNOWN, fact=f"It is {subject.status}, and Twilio gave no error code.")
    if known is None:
        said = subject.messages[0].error_message[:_MOST_SAID] if subject.messages else ""
        return replace(
            check,
            state=CheckState.FAULT if said else CheckState.UNKNOWN,
            fact=f"{code}: {said or 'a code that is not known here.'}",
            next_step=say_unknown(code),
            cause=said,
        )
    return replace(
        check,
        state=CheckState.UNKNOWN if code in VAGUE else CheckState.FAULT,
        fact=f"{code}: {known.meaning}",
        # What is so now may be otherwise later, and the verdict may say that it is.
        consequence=_WHILE_SO if known.retry == "no" and _is_of_now(code) else known.again,
        next_step=known.remedy,
        cause="" if code in VAGUE else known.meaning,
    )


def _is_of_now(code: int) -> bool:
    return any(code in TOLD_BY_CODE[name] for name in OF_NOW)


async def _not_failed(asking: Asking, subject: Subject, check: Check) -> Check:
    check = replace(check, fact=f"Its status is “{subject.status}”.")
    if subject.status in ARRIVED or subject.status in ("scheduled", "canceled"):
        return replace(check, state=CheckState.FINE)
    usual = ""
    if subject.own:
        figures = await asking.figures(term("own", subject.own), _USUAL)
        if figures.median is not None and figures.timed >= _FEWEST:
            usual = (
                f"Half of what {subject.own} sent in the last 7 days was delivered within {duration(figures.median)}."
            )
    return replace(check, state=CheckState.UNKNOWN, consequence=usual)


# -- alerts ------------------------------------------------------------------------------------------


async def check_alerts(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """What Twilio's debugger noted about these messages: failing webhooks above all."""
    period = _period(asking, subject)
    if isinstance(period, str):
        return period
    since, until = period
    if since < asking.now - KEPT:
        return replace(check, state=CheckState.UNKNOWN, fact="Twilio keeps alerts for 30 days, and this is older.")
    alerts, url = await _alerts(asking, since, until)
    check = replace(check, asked=("GET", url))
    about = [each for each in _about(subject, alerts) if not _is_of_media(subject, each)]
    if not about:
        return _no_alert(check, alerts)
    alert = next((each for each in about if _is_webhook(each)), about[0])
    known = explain(alert.code)
    many = f" ({len(about)} alerts about it.)" if len(about) > 1 else ""
    said = known.meaning if known else _said(alert) or "Twilio gave no reason."
    answered = f" Your server answered {alert.status}." if alert.status else ""
    fact = (
        f"{alert.code or 'An alert'}: {said}{answered}{f' {alert.method} {alert.bare_url}' if alert.url else ''}{many}"
    )
    if alert.code is not None and alert.code == subject.code:
        return replace(check, state=CheckState.FINE, fact=fact, consequence="It says the same as the error code.")
    if not _is_webhook(alert):
        return replace(check, state=CheckState.FAULT, fact=fact, next_step=known.remedy if known else "")
    return replace(
        check,
        state=CheckState.FAULT,
        fact=fact,
        consequence="Your program was not told, or its answer did not count; the message itself is another matter.",
        next_step=known.remedy if known else "Look at the alert, and at your server's log.",
        cause=f"Your webhook failed: {alert.code}, {lowered(said)}" if known else "Your webhook failed.",
    )


async def check_media(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether Twilio could fetch the media, by what its alerts say: nothing foreign is fetched here."""
    told = subject.code in MEDIA
    if subject.inbound or (not told and not any(each.num_media for each in subject.messages)):
        return "It has no media."
    known = explain(subject.code)
    period = _period(asking, subject)
    if not isinstance(period, str) and period[0] >= asking.now - KEPT:
        alerts, url = await _alerts(asking, *period)
        check = replace(check, asked=("GET", url))
        alert = next((each for each in _about(subject, alerts) if _is_of_media(subject, each)), None)
        if alert is not None:
            meaning = explain(alert.code)
            said = meaning.meaning if meaning else _said(alert)
            answered = f" It was answered {alert.status}." if alert.status else ""
            return replace(
                check,
                state=CheckState.FAULT,
                fact=f"{alert.code}: {said}{answered}{f' {alert.bare_url}' if alert.url else ''}",
                next_step=meaning.remedy if meaning else "Make the media public.",
                cause=f"Twilio could not use the media: {lowered(said)}" if said else "",
            )
    if told and known is not None:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=f"{subject.code}: {known.meaning} No alert says more.",
            next_step=known.remedy,
            cause=known.meaning,
        )
    if subject.failed:
        return replace(check, state=CheckState.UNKNOWN, fact="No alert says anything of its media.")
    return replace(check, state=CheckState.FINE, fact="No alert says that its media failed.")


def _period(asking: Asking, subject: Subject) -> tuple[datetime, datetime] | str:
    if not any(each.sid for each in subject.messages):
        return "Alerts name a message by its SID, and there is none."
    return around(subject, BEFORE, AFTER, asking.now) or "When it was is not known."


async def _alerts(asking: Asking, since: datetime, until: datetime) -> tuple[tuple[Alert, ...], str]:
    url = errors_url(asking.client, since, until)
    return await asking.read(url, "alerts", lambda: list_alerts(asking.client, since, until)), url


def _about(subject: Subject, alerts: Sequence[Alert]) -> list[Alert]:
    sids = {each.sid for each in subject.messages}
    return [each for each in alerts if each.resource_sid in sids]


def _is_of_media(subject: Subject, alert: Alert) -> bool:
    """Whether an alert is of media: the same codes are those of webhooks, of which a message does not fail."""
    return subject.failed and not subject.inbound and alert.code in MEDIA and alert.code == subject.code


def _no_alert(check: Check, alerts: Sequence[Alert]) -> Check:
    if len(alerts) >= MOST_LISTED:
        fact = f"None about it among the first {len(alerts):,} of that time; there are more."
        return replace(check, state=CheckState.UNKNOWN, fact=fact)
    fact = f"None about it, of {len(alerts):,} in that time. They may come late."
    return replace(check, state=CheckState.FINE, fact=fact)


def _said(alert: Alert) -> str:
    """Twilio's sentence, without what is secret in a URL that it repeats."""
    # Masked before it is cut: half a password is one as well.
    return redact_webhook(alert.said[: 10 * _MOST_SAID])[:_MOST_SAID]


def _is_webhook(alert: Alert) -> bool:
    known = explain(alert.code)
    return known is not None and known.when == "webhook"


# -- WhatsApp ----------------------------------------------------------------------------------------


async def check_window(asking: Asking, subject: Subject, check: Check) -> Check | str:
    """Whether they wrote in the 24 hours before, after which WhatsApp takes free text no more."""
    if subject.channel != "whatsapp" or subject.inbound:
        return "Only WhatsApp has a 24-hour window."
    when, other = subject.when or asking.now, subject.other or next(iter(subject.others), "")
    to = f" {term('own', subject.own)}" if subject.own.startswith("whatsapp:") else ""
    rows = await asking.rows(f"is:in {term('from', other)}{to}")
    until = bisect_right(rows, row_number(int(when.timestamp()) + 1) - 1)
    # A query finds a person in every channel.
    written = [m.when for m in await asking.read_rows(rows[max(0, until - _MOST_READ) : until]) if m.from_ == other]
    last = max((each for each in written if each is not None), default=None)
    told = subject.code in TOLD_BY_CODE["window"]
    if last is not None and when - last < WINDOW and not told:
        return replace(check, state=CheckState.FINE, fact=f"They last wrote {length(when - last)} before it.")
    complete = asking.is_complete(when - WINDOW, when)
    if last is not None:
        fact = f"They last wrote {length(when - last)} before it."
    elif complete:
        fact = "They had not written in the 24 hours before it."
    else:
        fact = "Whether they wrote in the 24 hours before is not known: messages are not complete here."
    check = replace(
        check,
        fact=fact,
        consequence="Outside of 24 hours WhatsApp takes approved templates only (63016).",
        next_step="Send an approved template, or wait until they write.",
    )
    if told or (complete and subject.failed and subject.code is None):
        return replace(
            check,
            state=CheckState.FAULT,
            cause="The 24-hour window of WhatsApp was closed, and it was no approved template.",
        )
    if not complete and last is None:
        return replace(check, state=CheckState.UNKNOWN)
    return replace(check, state=CheckState.FINE, consequence=f"{check.consequence} Another code says another cause.")
