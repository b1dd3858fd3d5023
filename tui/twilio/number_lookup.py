"""Lookup v2: whether a number can be one (free), and what kind of line it is (paid).

Source: https://www.twilio.com/docs/lookup/v2-api, and its page on line type intelligence. Without `Fields` a look-up
costs nothing; each field that is asked for is billed. All texts are remote: sanitise before showing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote

from tui.twilio.addresses import AddressKind, kind_of
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest
from tui.twilio.exchange import OutgoingRequest
from tui.twilio.lenient_json import as_int, as_mapping, as_text

LINE_TYPE: Final = "line_type_intelligence"
"""The paid field."""

LIST_PRICE: Final = (
    "about 0.008 USD (list price of 2025; Twilio's API does not tell it, "
    "see twilio.com/en-us/trusted-activation/pricing/lookup)"
)
"""What the paid field costs, in words: no API of Twilio's has the price. The figure is from memory of Twilio's page."""

_MOST_ERRORS: Final = 5


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What Twilio knows of a number.

    Attributes:
        number: E.164.
        valid: whether its plan has such numbers; None where Twilio did not say.
        errors: why not, like `TOO_SHORT`.
        country: ISO code.
        line_type: `mobile`, `landline`, `fixedVoip`, `nonFixedVoip`, `tollFree` …; empty unless it was paid for.
        carrier: its name; empty where Twilio gave none.
        code: why there is no line type (60601: Canada needs an approval of its own).
    """

    number: str
    valid: bool | None = None
    errors: tuple[str, ...] = ()
    country: str = ""
    line_type: str = ""
    carrier: str = ""
    code: int | None = None


def lookup_url(client: Client, number: str, *, paid: bool = False) -> str:
    """The look-up of a number; with `paid` the one that costs money."""
    path = f"/v2/PhoneNumbers/{quote(number, safe='')}"
    return client.policy.product("lookups", f"{path}?Fields={LINE_TYPE}" if paid else path)


async def look_up(client: Client, number: str) -> LookedUp:
    """Whether a number can be one. Free.

    Raises:
        InvalidRequest: this is no number in E.164; nothing was sent.
        RequestFailed: as of every call of the client.
    """
    return read_lookup(number, await client.get(lookup_url(client, _checked(number))))


async def look_up_line(client: Client, number: str) -> LookedUp:
    """What kind of line a number is. **Costs money**: ask the person first. Sent once, on a connection of its own.

    Raises:
        InvalidRequest: this is no number in E.164; nothing was sent.
        RequestFailed: as of every call of the client; after a NoAnswer that may have been sent it may have been billed.
    """
    outgoing = OutgoingRequest("GET", lookup_url(client, _checked(number), paid=True))
    return read_lookup(number, await client.document(await client.exchange(outgoing, fresh=True)))


def read_lookup(number: str, answer: Mapping[str, object]) -> LookedUp:
    """A look-up from its JSON object; odd and missing values become empty ones."""
    valid, listed = answer.get("valid"), answer.get("validation_errors")
    errors = cast("list[object]", listed) if isinstance(listed, list) else []
    line = as_mapping(answer.get(LINE_TYPE))
    return LookedUp(
        number,
        valid if isinstance(valid, bool) else None,
        tuple(as_text(each)[:40] for each in errors[:_MOST_ERRORS]),
        as_text(answer.get("country_code")),
        as_text(line.get("type"))[:40],
        as_text(line.get("carrier_name"))[:200],
        as_int(line.get("error_code")),
    )


def _checked(number: str) -> str:
    if kind_of(number) is not AddressKind.NUMBER:
        raise InvalidRequest("PhoneNumber", "This is not a phone number.", "Write it as +14155550100.")
    return number
