"""Twilio's resources as JSON: which fields, in which types, with which dates.

Numbers that Twilio writes as strings are strings here, the 2010-04-01 API dates in RFC 2822, the newer one
in ISO 8601. Sources: Twilio's OpenAPI description and documentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from email.utils import format_datetime
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlencode

from tui.sandbox.accounts import StoredAccount
from tui.sandbox.addresses import price_of
from tui.sandbox.alerts import LEVEL, StoredAlert
from tui.sandbox.errors import NOT_IMPLEMENTED, Refusal, describe
from tui.sandbox.identity import VERSION
from tui.sandbox.keys import ApiKey
from tui.sandbox.messages import StoredMedia, StoredMessage

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


def rfc2822(moment: datetime | None) -> str | None:
    """Write a UTC time as `Thu, 24 Aug 2023 05:01:45 +0000`."""
    return None if moment is None else f"{_day_and_time(moment)} +0000"


def http_date(moment: datetime) -> str:
    """Write a UTC time as a Date header does: `Thu, 24 Aug 2023 05:01:45 GMT`."""
    return f"{_day_and_time(moment)} GMT"


def _day_and_time(moment: datetime) -> str:
    return f"{_day(moment.date())} {moment.hour:02}:{moment.minute:02}:{moment.second:02}"


@lru_cache(maxsize=64)
def _day(day: date) -> str:
    """Write a day as mail does, whatever the locale; most dates of a page are of the same few days."""
    return format_datetime(datetime.combine(day, time())).partition(" 00:")[0]


def iso8601(moment: datetime) -> str:
    """Write a UTC time as `2023-08-24T05:01:45Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def refusal(error: Refusal) -> Json:
    """The body of an error answer."""
    return {
        "code": error.code,
        "message": error.message,
        "more_info": "" if error.code == NOT_IMPLEMENTED else f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }


def account(account: StoredAccount, status: str) -> Json:
    """An account."""
    uri = f"/{VERSION}/Accounts/{account.sid}"
    parts = ("balance", "incoming_phone_numbers", "keys", "messages")
    names = ("Balance", "IncomingPhoneNumbers", "Keys", "Messages")
    return {
        "auth_token": account.auth_token,
        "date_created": rfc2822(account.created),
        "date_updated": rfc2822(account.updated),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.owner,
        "sid": account.sid,
        "status": status,
        "subresource_uris": {part: f"{uri}/{name}.json" for part, name in zip(parts, names, strict=True)},
        "type": "Full",
        "uri": f"{uri}.json",
    }


def balance(account_sid: str, amount: Decimal) -> Json:
    """The account's balance."""
    return {"account_sid": account_sid, "balance": f"{amount:.4f}", "currency": "USD"}


def key(key: ApiKey) -> dict[str, Json]:
    """An API key, without its secret."""
    return {
        "sid": key.sid,
        "friendly_name": key.friendly_name,
        "date_created": rfc2822(key.created),
        "date_updated": rfc2822(key.updated),
    }


# What a template says is put into the message when it leaves: until then its body is empty
# (https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder, as of 2024).
_NOT_FILLED_IN = frozenset({"accepted", "scheduled", "queued"})


def message(account_sid: str, message: StoredMessage, now: datetime) -> Json:
    """A message as it stands at `now`."""
    standing = message.standing(now)
    uri = f"/{VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": VERSION,
        "body": "" if message.by_template and standing.status in _NOT_FILLED_IN else message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(standing.sent),
        "date_updated": rfc2822(standing.updated),
        "direction": message.direction,
        "error_code": standing.code,
        "error_message": describe(standing.code),
        "from": message.sender if standing.assigned and message.sender else None,
        "messaging_service_sid": message.service,
        "num_media": str(len(message.media)),
        "num_segments": str(message.segments) if standing.assigned else "0",
        "price": message_price(message) if standing.sent else None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": standing.status,
        "subresource_uris": {"feedback": f"{uri}/Feedback.json", "media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def message_price(message: StoredMessage) -> str:
    """What a message costs once it is sent, as on a bill: `"-0.00790"`."""
    inbound = message.direction == "inbound"
    other = message.sender if inbound else message.to
    return price_of(other, inbound=inbound, segments=message.segments, mms=message.is_mms)


def media(account_sid: str, message: StoredMessage, media: StoredMedia) -> Json:
    """One file of a message."""
    return {
        "account_sid": account_sid,
        "content_type": media.content_type,
        "date_created": rfc2822(message.created),
        "date_updated": rfc2822(message.created),
        "parent_sid": message.sid,
        "sid": media.sid,
        "uri": f"/{VERSION}/Accounts/{account_sid}/Messages/{message.sid}/Media/{media.sid}.json",
    }


def feedback(account_sid: str, message: StoredMessage, outcome: str, now: datetime) -> Json:
    """What the sender says became of a message."""
    return {
        "account_sid": account_sid,
        "date_created": rfc2822(now),
        "date_updated": rfc2822(now),
        "message_sid": message.sid,
        "outcome": outcome,
        "uri": f"/{VERSION}/Accounts/{account_sid}/Messages/{message.sid}/Feedback.json",
    }


def alert(account_sid: str, alert: StoredAlert, base_url: str, *, whole: bool = False) -> Json:
    """An alert, in the shape of monitor.twilio.com; the `whole` one has the request and its answer."""
    answer, created = alert.answer, iso8601(alert.created)
    exchange = {
        "request_headers": None,
        "request_variables": urlencode(answer.params),
        "response_body": answer.body.decode("utf-8", "replace"),
        "response_headers": urlencode(answer.headers),
    }
    return {
        "account_sid": account_sid,
        "alert_text": alert.text,
        "api_version": VERSION,
        "date_created": created,
        "date_generated": created,
        "date_updated": created,
        "error_code": str(alert.code),
        "log_level": LEVEL,
        "more_info": f"https://www.twilio.com/docs/errors/{alert.code}",
        "request_method": answer.method,
        "request_url": answer.url,
        "resource_sid": alert.resource_sid,
        "service_sid": None,
        "sid": alert.sid,
        "url": f"{base_url}/v1/Alerts/{alert.sid}",
        **(exchange if whole else {}),
    }
