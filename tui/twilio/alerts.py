"""Twilio's alerts (Monitor, its debugger): what it noted when a webhook or a message failed. Listed by time, read one
by one.

Source: https://www.twilio.com/docs/usage/monitor-alert. Alerts may come late, or not at all; those older than 30 days
cannot be asked for. The calls raise the `RequestFailed`s of `tui.twilio.errors`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, urlencode

from tui.twilio.bounded_list import BoundedList, read_bounded
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest
from tui.twilio.lenient_json import as_int, as_mapping, as_text, as_time
from tui.twilio.numbers import list_items
from tui.twilio.signature import without_user

KEPT: Final = timedelta(days=30)
"""How far back Twilio can be asked."""

MOST_LISTED: Final = 500
"""Alerts of a period that are looked through."""

MOST_OF_PERIOD: Final = 5_000
"""Alerts of a period that are shown: five requests."""

MOST_READ: Final = 3
"""Alerts of one message that are read whole."""

LONGEST: Final = 16 * 1024
"""Characters of a text that are kept: Twilio reads 64 kB of an answer, a person its beginning."""

_SID: Final = re.compile(r"NO[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. All texts are remote: sanitise before showing.

    Attributes:
        code: of the error; None where it has none that is a number.
        level: error, warning, notice or debug.
        at: when it happened; None where that cannot be read.
        url: what Twilio called.
        resource_sid: what it was about, such as a message.
        text: what Twilio says of it, often pairs as in a query.
        response: the body that Twilio was answered with; empty unless the alert was read whole, as are the next three.
        parameters: what Twilio called with, as in a query.
        request_headers: of that call, in Twilio's form.
        response_headers: of the answer, in Twilio's form.
    """

    sid: str
    code: int | None
    level: str
    at: datetime | None
    method: str
    url: str
    resource_sid: str
    text: str
    response: str = ""
    parameters: str = ""
    request_headers: str = ""
    response_headers: str = ""

    @property
    def bare_url(self) -> str:
        """What Twilio called, without query, user and password."""
        return _bare(self.url)

    @property
    def said(self) -> str:
        """Twilio's sentence: the `Msg` of the text where it has one. A webhook's URL may be in it, password and all."""
        return self._pair("Msg") or self.text

    @property
    def status(self) -> int | None:
        """The HTTP status that Twilio was answered with, where the text has it."""
        return as_int(self._pair("httpResponse"))

    def _pair(self, name: str) -> str:
        return _pair_in(self.text, name) if f"{name}=" in self.text else ""


@lru_cache(maxsize=1024)
def _pair_in(text: str, name: str) -> str:
    """The first value of a name in pairs as in a query. Kept: a row asks each time it is drawn."""
    return next(iter(parse_qs(text).get(name, ())), "")


@dataclass(frozen=True, slots=True)
class FoundAlerts:
    """The alerts of a period, newest first: those about one message, and others about some URLs."""

    message: tuple[Alert, ...] = ()
    urls: tuple[Alert, ...] = ()


def errors_url(client: Client, since: datetime, until: datetime) -> str:
    """The first page of the errors of a period."""
    query = [("LogLevel", "error"), ("StartDate", _instant(since)), ("EndDate", _instant(until)), ("PageSize", "100")]
    return client.policy.product("monitor", f"/v1/Alerts?{urlencode(query)}")


async def list_alerts(client: Client, since: datetime, until: datetime) -> tuple[Alert, ...]:
    """The errors of a period, in Twilio's order, `MOST_LISTED` at most."""
    items = list_items(
        client,
        errors_url(client, since, until),
        "alerts",
        "The answer holds no alerts.",
        "Twilio's Console has them, under Monitor.",
        lambda page: as_mapping(page.get("meta")).get("next_page_url"),
    )
    found: list[Alert] = []
    async for item in items:
        found.append(read_alert(item))
        if len(found) >= MOST_LISTED:
            break
    return tuple(found)


async def read_period(client: Client, since: datetime, until: datetime) -> BoundedList[Alert]:
    """The alerts of every level of a period, newest first, `MOST_OF_PERIOD` at most."""
    query = urlencode([("StartDate", _instant(since)), ("EndDate", _instant(until)), ("PageSize", "1000")])
    url = client.policy.product("monitor", f"/v1/Alerts?{query}")
    return await read_bounded(client, url, "alerts", read_alert, most=MOST_OF_PERIOD)


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts with the same code, level and URL, newest first; at least one."""

    alerts: tuple[Alert, ...]

    @property
    def newest(self) -> Alert:
        """The last one that happened."""
        return self.alerts[0]


def group_alerts(alerts: Iterable[Alert]) -> tuple[AlertGroup, ...]:
    """The same trouble in one group: that with the newest alert first, and in a group the newest first."""
    found: dict[tuple[int | None, str, str], list[Alert]] = {}
    for alert in sorted(alerts, key=_second, reverse=True):
        found.setdefault((alert.code, alert.level, alert.bare_url), []).append(alert)
    return tuple(AlertGroup(tuple(each)) for each in found.values())


def _second(alert: Alert) -> float:
    return alert.at.timestamp() if alert.at is not None else 0.0


async def fetch_alert(client: Client, sid: str) -> Alert:
    """One alert with the body that Twilio was answered with.

    Raises:
        InvalidRequest: this is no alert's SID; nothing was sent.
    """
    if not _SID.fullmatch(sid):
        raise InvalidRequest("AlertSid", "This is not the SID of an alert.", "It is NO and 32 hexadecimal digits.")
    return read_alert(await client.get(client.policy.product("monitor", f"/v1/Alerts/{sid}")))


async def find_alerts(
    client: Client, since: datetime, until: datetime, *, sid: str = "", urls: Collection[str] = ()
) -> FoundAlerts:
    """The alerts of a period about a message, the newest of them read whole, and others about some URLs.

    URLs are compared without their query, user and password. What cannot be read whole stays as it was listed.
    """
    wanted = {_bare(url) for url in urls if url}
    alerts = await list_alerts(client, since, until)
    about = [alert for alert in alerts if sid and alert.resource_sid == sid]
    others = tuple(alert for alert in alerts if _bare(alert.url) in wanted and not (sid and alert.resource_sid == sid))
    newest = [alert for alert in about if _SID.fullmatch(alert.sid)][:MOST_READ]
    whole = await asyncio.gather(*(fetch_alert(client, alert.sid) for alert in newest), return_exceptions=True)
    read = {alert.sid: alert for alert in whole if isinstance(alert, Alert)}
    return FoundAlerts(tuple(read.get(alert.sid, alert) for alert in about), others)


def read_alert(item: Mapping[str, object]) -> Alert:
    """An alert from its JSON object; odd and missing values become empty ones."""
    return Alert(
        sid=as_text(item.get("sid"))[:LONGEST],
        code=as_int(item.get("error_code")),
        level=as_text(item.get("log_level"))[:LONGEST],
        at=as_time(item.get("date_generated")) or as_time(item.get("date_created")),
        method=as_text(item.get("request_method"))[:LONGEST],
        url=as_text(item.get("request_url"))[:LONGEST],
        resource_sid=as_text(item.get("resource_sid"))[:LONGEST],
        text=as_text(item.get("alert_text"))[:LONGEST],
        response=as_text(item.get("response_body"))[:LONGEST],
        parameters=as_text(item.get("request_variables"))[:LONGEST],
        request_headers=as_text(item.get("request_headers"))[:LONGEST],
        response_headers=as_text(item.get("response_headers"))[:LONGEST],
    )


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bare(url: str) -> str:
    return without_user(url.partition("#")[0].partition("?")[0]).rstrip("/")
