"""Messaging's geographic permissions: whether an account may text a country. Read only.

Source: accounts.twilio.com's `/v1/Messaging/GeoPermissions` in Twilio's OpenAPI description; the fields of one country
are those of its official libraries. The calls raise the `RequestFailed`s of `tui.twilio.errors`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, InvalidRequest
from tui.twilio.lenient_json import as_items, as_text

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_COUNTRY_TYPE: Final = "country"


def permission_url(client: Client, country: str) -> str:
    """The permission of one country, by its ISO code.

    Raises:
        InvalidRequest: this is no ISO code.
    """
    if not _COUNTRY.fullmatch(country):
        raise InvalidRequest("CountryCode", "This is not the code of a country.", "It is two capitals, like US.")
    return client.policy.product("accounts", f"/v1/Messaging/GeoPermissions?CountryCode={country}")


async def is_enabled(client: Client, country: str) -> bool | None:
    """Whether SMS to a country is switched on; None where the answer does not say.

    Raises:
        InvalidRequest: this is no ISO code; nothing was sent.
        RequestFailed: as of every call of the client.
    """
    return read_permission(country, await client.get(permission_url(client, country)))


def read_permission(country: str, answer: Mapping[str, object]) -> bool | None:
    """See `is_enabled`.

    Raises:
        BadAnswer: there is no list of permissions in it.
    """
    if not isinstance(answer.get("permissions"), list):
        raise BadAnswer(200, "The answer holds no permissions.", "Look at the request in the console.")
    for each in as_items(answer["permissions"]):
        enabled = each.get("enabled")
        same = as_text(each.get("country_code")).strip().upper() == country
        if same and as_text(each.get("type")) in ("", _COUNTRY_TYPE) and isinstance(enabled, bool):
            return enabled
    return None
