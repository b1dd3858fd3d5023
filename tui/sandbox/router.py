"""Which path of Twilio's is whose route, and which of Twilio's operations the sandbox has."""

from __future__ import annotations

import re

from tui.sandbox import account_routes, routes, sender_routes, usage
from tui.sandbox.api_call import ApiCall, ApiReply, Route
from tui.sandbox.errors import NO_MORE_OF_A_SUBACCOUNT, NotInSandbox, Refusal, is_of_product
from tui.sandbox.identity import VERSION
from tui.twilio.operations import Operation, operations

# A SID that is none, or nobody's, is found out by who looks for it: the path is served all the same.
_SID = r"([^/.]+)"
_ACCOUNT = rf"/{VERSION}/Accounts/{{AC}}"
_MESSAGE = rf"{_ACCOUNT}/Messages/{_SID}"
_NUMBERS = rf"{_ACCOUNT}/IncomingPhoneNumbers"
_NUMBER = rf"{_NUMBERS}/(?!(?:Local|Mobile|TollFree)\.){_SID}"
_RECORDS = rf"{_ACCOUNT}/Usage/Records(?:/({'|'.join(usage.SUBRESOURCES)}))?"
_SERVICE = rf"/v1/Services/(?!(?:Usecases|PreregisteredUsa2p)$){_SID}"

# Path → what each method does; None where Twilio does something and the sandbox does not. `{AC}` stands for the
# account's own SID.
TABLE: tuple[tuple[str, dict[str, Route | None]], ...] = (
    (rf"/{VERSION}/Accounts\.json", {"GET": account_routes.list_accounts, "POST": account_routes.create_account}),
    # Which accounts there are is known to authentication.
    (
        rf"/{VERSION}/Accounts/{_SID}\.json",
        {"GET": account_routes.fetch_account, "POST": account_routes.edit_account},
    ),
    (rf"{_ACCOUNT}/Balance\.json", {"GET": account_routes.fetch_balance}),
    (rf"{_ACCOUNT}/Keys\.json", {"GET": account_routes.list_keys, "POST": account_routes.create_key}),
    (
        rf"{_ACCOUNT}/Keys/{_SID}\.json",
        {"GET": account_routes.fetch_key, "POST": account_routes.edit_key, "DELETE": account_routes.delete_key},
    ),
    (rf"{_ACCOUNT}/Messages\.json", {"GET": routes.list_messages, "POST": routes.create_message}),
    (
        rf"{_MESSAGE}\.json",
        {"GET": routes.fetch_message, "POST": routes.edit_message, "DELETE": routes.delete_message},
    ),
    (rf"{_MESSAGE}/Media\.json", {"GET": routes.list_media}),
    (rf"{_MESSAGE}/Media/{_SID}\.json", {"GET": routes.fetch_media, "DELETE": routes.delete_media}),
    (rf"{_MESSAGE}/Media/{_SID}", {"GET": routes.fetch_bytes, "DELETE": routes.delete_media}),
    (rf"{_MESSAGE}/Feedback\.json", {"POST": routes.create_feedback}),
    (rf"{_NUMBERS}\.json", {"GET": sender_routes.list_numbers, "POST": None}),
    (rf"{_NUMBER}\.json", {"GET": sender_routes.fetch_number, "POST": sender_routes.edit_number, "DELETE": None}),
    (rf"{_ACCOUNT}/SMS/ShortCodes\.json", {"GET": sender_routes.list_short_codes}),
    (rf"{_ACCOUNT}/SMS/ShortCodes/{_SID}\.json", {"GET": sender_routes.fetch_short_code, "POST": None}),
    (rf"{_RECORDS}\.json", {"GET": routes.list_usage}),
    (r"/v1/Services", {"GET": sender_routes.list_services, "POST": None}),
    (_SERVICE, {"GET": sender_routes.fetch_service, "POST": sender_routes.edit_service, "DELETE": None}),
    (rf"{_SERVICE}/PhoneNumbers", {"GET": sender_routes.list_pool, "POST": None}),
    (rf"{_SERVICE}/PhoneNumbers/{_SID}", {"GET": sender_routes.fetch_pooled, "DELETE": None}),
    (rf"{_SERVICE}/Compliance/Usa2p", {"GET": routes.list_campaigns, "POST": None}),
    (
        rf"{_SERVICE}/Compliance/Usa2p/(?!Usecases$){_SID}",
        {"GET": routes.fetch_campaign, "POST": None, "DELETE": None},
    ),
    (r"/v1/a2p/BrandRegistrations", {"GET": routes.list_brands, "POST": None}),
    (rf"/v1/a2p/BrandRegistrations/{_SID}", {"GET": routes.fetch_brand, "POST": None}),
    (r"/v1/Tollfree/Verifications", {"GET": routes.list_verifications, "POST": None}),
    (
        rf"/v1/Tollfree/Verifications/{_SID}",
        {"GET": routes.fetch_verification, "POST": None, "DELETE": None},
    ),
    (r"/v1/Messaging/GeoPermissions", {"GET": routes.fetch_permissions, "PATCH": None}),
    (r"/v2/PhoneNumbers/([^/]+)", {"GET": routes.look_up}),
    (r"/v1/Alerts", {"GET": routes.list_alerts}),
    (rf"/v1/Alerts/{_SID}", {"GET": routes.fetch_alert}),
    (r"/v1/Messaging/Countries", {"GET": routes.list_price_countries}),
    (rf"/v1/Messaging/Countries/{_SID}", {"GET": routes.fetch_prices}),
    (r"/v1/ContentAndApprovals", {"GET": routes.list_approvals}),
    (r"/v1/Content", {"GET": routes.list_templates, "POST": routes.create_template}),
    (
        rf"/v1/Content/{_SID}",
        {"GET": routes.fetch_template, "PUT": None, "DELETE": routes.delete_template},
    ),
    (rf"/v1/Content/{_SID}/ApprovalRequests", {"GET": routes.fetch_approval}),
    (rf"/v1/Content/{_SID}/ApprovalRequests/whatsapp", {"POST": routes.submit_template}),
)


class Router:
    """Finds the route of a path for one account."""

    def __init__(self, account_sid: str) -> None:
        self._below_another = re.compile(rf"/{VERSION}/Accounts/(?!{account_sid}/){_SID}/")
        self._table = [(re.compile(pattern.replace("{AC}", account_sid)), methods) for pattern, methods in TABLE]

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the SIDs in the path. HEAD finds what GET would.

        Raises:
            NotInSandbox: for a path that the sandbox has not, and for a method of Twilio's that it has not.
            Refusal: 20004 for a method that the path does not take at Twilio either.
        """
        for pattern, methods in self._table:
            if (match := pattern.fullmatch(path)) is None:
                continue
            route = methods.get("GET" if method == "HEAD" else method, _refuse)
            if route is None:
                raise NotInSandbox(method, path, code=20004)
            return route, match.groups("")
        if self._below_another.match(path):
            raise NotInSandbox(method, path, hint=NO_MORE_OF_A_SUBACCOUNT)
        if any(pattern.fullmatch(f"{path}.json") for pattern, _ in self._table):
            raise NotInSandbox(
                method, path, hint=f"Twilio answers XML there, the sandbox JSON only: write {path[:200]}.json."
            )
        raise NotInSandbox(method, path)

    def serves(self, method: str, path: str) -> bool:
        """Whether the sandbox does what Twilio does there."""
        return any(methods.get(method) and pattern.fullmatch(path) for pattern, methods in self._table)


def served_operations() -> tuple[Operation, ...]:
    """The operations of Twilio's that the sandbox has."""
    router = Router("AC")
    known = [each for each in operations() if is_of_product(each.host, each.path)]
    return tuple(each for each in known if router.serves(each.method, _filled(each.path)))


def _filled(path: str) -> str:
    """A path of an operation with the account's SID, and some SID for each other placeholder."""
    return re.sub(r"\{\w+\}", "XX", re.sub(r"/Accounts/\{\w+\}", "/Accounts/AC", path))


def _refuse(call: ApiCall) -> ApiReply:
    raise Refusal(20004)
