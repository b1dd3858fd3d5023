"""Which path of Twilio's is whose route, which product a request is of, and what the sandbox has not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TypeAlias

from tui.sandbox import account_routes, content_routes, routes, sender_routes, service_routes, usage, verify_routes
from tui.sandbox.api_call import Route
from tui.sandbox.errors import NO_MORE_OF_A_SUBACCOUNT, NotInSandbox, Refusal
from tui.sandbox.identity import VERSION
from tui.sandbox.missing import lacking, what_there_is
from tui.sandbox.numbers_for_sale import TYPES
from tui.sandbox.path_tree import PathMatch, PathTree
from tui.twilio.operations import Operation, operations

Methods: TypeAlias = Mapping[str, Route]

_ACCOUNT = f"/{VERSION}/Accounts/{{AccountSid}}"
_MESSAGE = f"{_ACCOUNT}/Messages/{{MessageSid}}"
_POOLS = "/v1/Services/{ServiceSid}"
_CAMPAIGNS = "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p"

# Product → path as Twilio's catalogue writes it → what each method does. A path that stands here with no method keeps
# its last word from being taken for the SID of a path beside it. A request that names no product is of the first
# one that has its path.
TABLE: Mapping[str, Mapping[str, Methods]] = {
    "api": {
        f"/{VERSION}/Accounts.json": {"GET": account_routes.list_accounts, "POST": account_routes.create_account},
        f"/{VERSION}/Accounts/{{Sid}}.json": {"GET": account_routes.fetch_account, "POST": account_routes.edit_account},
        f"{_ACCOUNT}/Balance.json": {"GET": account_routes.fetch_balance},
        f"{_ACCOUNT}/Keys.json": {"GET": account_routes.list_keys, "POST": account_routes.create_key},
        f"{_ACCOUNT}/Keys/{{Sid}}.json": {
            "GET": account_routes.fetch_key,
            "POST": account_routes.edit_key,
            "DELETE": account_routes.delete_key,
        },
        f"{_ACCOUNT}/Messages.json": {"GET": routes.list_messages, "POST": routes.create_message},
        f"{_ACCOUNT}/Messages/{{Sid}}.json": {
            "GET": routes.fetch_message,
            "POST": routes.edit_message,
            "DELETE": routes.delete_message,
        },
        f"{_MESSAGE}/Media.json": {"GET": routes.list_media},
        f"{_MESSAGE}/Media/{{Sid}}.json": {"GET": routes.fetch_media, "DELETE": routes.delete_media},
        # The bytes, of which Twilio's documentation tells and its OpenAPI description does not.
        f"{_MESSAGE}/Media/{{Sid}}": {"GET": routes.fetch_bytes, "DELETE": routes.delete_media},
        f"{_MESSAGE}/Feedback.json": {"POST": routes.create_feedback},
        f"{_ACCOUNT}/AvailablePhoneNumbers.json": {"GET": sender_routes.list_countries},
        f"{_ACCOUNT}/AvailablePhoneNumbers/{{CountryCode}}.json": {"GET": sender_routes.fetch_country},
        **{
            f"{_ACCOUNT}/AvailablePhoneNumbers/{{CountryCode}}/{word}.json": {
                "GET": partial(sender_routes.list_for_sale, word=word)
            }
            for word in TYPES
        },
        f"{_ACCOUNT}/IncomingPhoneNumbers.json": {
            "GET": sender_routes.list_numbers,
            "POST": sender_routes.buy_number,
        },
        f"{_ACCOUNT}/IncomingPhoneNumbers/{{Sid}}.json": {
            "GET": sender_routes.fetch_number,
            "POST": sender_routes.edit_number,
            "DELETE": sender_routes.release_number,
        },
        **{
            f"{_ACCOUNT}/IncomingPhoneNumbers/{word}.json": {
                "GET": partial(sender_routes.list_numbers_of_type, word=word),
                "POST": partial(sender_routes.buy_number, word=word),
            }
            for word in TYPES
        },
        f"{_ACCOUNT}/SMS/ShortCodes.json": {"GET": sender_routes.list_short_codes},
        f"{_ACCOUNT}/SMS/ShortCodes/{{Sid}}.json": {
            "GET": sender_routes.fetch_short_code,
            "POST": sender_routes.edit_short_code,
        },
        f"{_ACCOUNT}/Usage/Records.json": {"GET": routes.list_usage},
        **{
            f"{_ACCOUNT}/Usage/Records/{word}.json": {"GET": partial(routes.list_usage, below=word)}
            for word in usage.SUBRESOURCES
        },
    },
    "messaging": {
        "/v1/Services": {"GET": service_routes.list_services, "POST": service_routes.create_service},
        "/v1/Services/{Sid}": {
            "GET": service_routes.fetch_service,
            "POST": service_routes.edit_service,
            "DELETE": service_routes.delete_service,
        },
        "/v1/Services/Usecases": {},
        "/v1/Services/PreregisteredUsa2p": {},
        f"{_POOLS}/PhoneNumbers": {"GET": service_routes.list_pooled_numbers, "POST": service_routes.add_number},
        f"{_POOLS}/ShortCodes": {"GET": service_routes.list_pooled_short_codes, "POST": service_routes.add_short_code},
        f"{_POOLS}/AlphaSenders": {"GET": service_routes.list_alpha_senders, "POST": service_routes.add_alpha_sender},
        **{
            f"{_POOLS}/{kind}/{{Sid}}": {"GET": service_routes.fetch_member, "DELETE": service_routes.remove_member}
            for kind in ("PhoneNumbers", "ShortCodes", "AlphaSenders")
        },
        _CAMPAIGNS: {"GET": routes.list_campaigns},
        f"{_CAMPAIGNS}/{{Sid}}": {"GET": routes.fetch_campaign},
        f"{_CAMPAIGNS}/Usecases": {},
        "/v1/a2p/BrandRegistrations": {"GET": routes.list_brands},
        "/v1/a2p/BrandRegistrations/{Sid}": {"GET": routes.fetch_brand},
        "/v1/Tollfree/Verifications": {"GET": routes.list_verifications},
        "/v1/Tollfree/Verifications/{Sid}": {"GET": routes.fetch_verification},
    },
    "content": content_routes.PATHS,
    "lookups": {"/v2/PhoneNumbers/{PhoneNumber}": {"GET": routes.look_up}},
    "monitor": {
        "/v1/Alerts": {"GET": routes.list_alerts},
        "/v1/Alerts/{Sid}": {"GET": routes.fetch_alert},
    },
    "pricing": {
        "/v1/Messaging/Countries": {"GET": routes.list_price_countries},
        "/v1/Messaging/Countries/{IsoCountry}": {"GET": routes.fetch_prices},
    },
    "verify": verify_routes.PATHS,
    "accounts": {"/v1/Messaging/GeoPermissions": {"GET": routes.fetch_permissions}},
}

HAS = what_there_is(TABLE)
"""What the sandbox has, in words."""

_TREES: dict[str, PathTree[Methods]] = {product: PathTree(paths) for product, paths in TABLE.items()}
# What the preview products serve has no version.
_NAMED = re.compile(r"/(preview(?:-iam)?|[a-z][a-z-]*(?=/(?:v[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2})/))(/.*)")
_OF_ACCOUNT = re.compile(rf"/{VERSION}/Accounts/([^/.]+)/")


def read_product(host: str, path: str) -> tuple[str, str]:
    """Return the product that a request is of, empty where it does not say, and the path from that product's root.

    It says so by a segment before the version, `/verify/v2/Services`, as a client does that can set a base URL for
    a product; or by its Host header, where Twilio's names are led here (a proxy, `curl --resolve`).
    """
    if (named := _NAMED.fullmatch(path)) is not None:
        return named[1], named[2]
    name = (host.rpartition(":")[0] or host).lower()
    return (name.partition(".")[0] if name.endswith(".twilio.com") else ""), path


class Router:
    """Finds the route of a path for one account."""

    def __init__(self, account_sid: str) -> None:
        self._account_sid = account_sid

    def find(self, method: str, path: str, product: str = "") -> tuple[Route, tuple[str, ...]]:
        """Return the route, and what the placeholders of its path stand for without the account that it begins with.

        HEAD finds what GET would. Without a product it is the first that has the path.

        Raises:
            NotInSandbox: 501 for what Twilio has there and the sandbox has not.
            Refusal: 20004 for a method that the path does not take at Twilio either, 20404 for nobody's path.
        """
        method = "GET" if method == "HEAD" else method
        place = _find(path, product)
        if place is None or method not in place.thing:
            raise lacking(method, path, product, TABLE)
        if (account := _OF_ACCOUNT.match(path)) is None:
            return place.thing[method], place.values
        if account[1] != self._account_sid:
            # It was let in by authentication, so that it is a sub-account where it is a SID.
            is_sid = re.fullmatch(r"AC[0-9a-fA-F]{32}", account[1])
            raise NotInSandbox(NO_MORE_OF_A_SUBACCOUNT) if is_sid else Refusal(20404, path=path)
        return place.thing[method], place.values[1:]


def served_operations() -> tuple[Operation, ...]:
    """The operations of Twilio's that the sandbox has."""
    return tuple(each for each in operations() if each.method in TABLE.get(each.product, {}).get(each.path, {}))


def _find(path: str, product: str) -> PathMatch[Methods] | None:
    trees = _TREES.values() if not product else [_TREES[product]] if product in _TREES else []
    return next((place for tree in trees if (place := tree.find(path)) is not None), None)
