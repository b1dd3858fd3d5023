"""The router: method and path to operation, and which of Twilio's operations on these paths the sandbox has not."""

from __future__ import annotations

import re

from tui.sandbox import routes, usage
from tui.sandbox.errors import NotInSandbox, Refusal
from tui.sandbox.identity import VERSION
from tui.sandbox.routes import Route

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
    (rf"/{VERSION}/Accounts\.json", {"GET": routes.list_accounts, "POST": None}),
    (rf"{_ACCOUNT}\.json", {"GET": routes.fetch_account, "POST": None}),
    (rf"{_ACCOUNT}/Balance\.json", {"GET": routes.fetch_balance}),
    (rf"{_ACCOUNT}/Keys\.json", {"GET": routes.list_keys, "POST": None}),
    (rf"{_ACCOUNT}/Messages\.json", {"GET": routes.list_messages, "POST": routes.create_message}),
    (
        rf"{_MESSAGE}\.json",
        {"GET": routes.fetch_message, "POST": routes.edit_message, "DELETE": routes.delete_message},
    ),
    (rf"{_MESSAGE}/Media\.json", {"GET": routes.list_media}),
    (rf"{_MESSAGE}/Media/{_SID}\.json", {"GET": routes.fetch_media, "DELETE": routes.delete_media}),
    (rf"{_MESSAGE}/Media/{_SID}", {"GET": routes.fetch_bytes, "DELETE": routes.delete_media}),
    (rf"{_MESSAGE}/Feedback\.json", {"POST": routes.create_feedback}),
    (rf"{_NUMBERS}\.json", {"GET": routes.list_numbers, "POST": None}),
    (rf"{_NUMBER}\.json", {"GET": routes.fetch_number, "POST": routes.edit_number, "DELETE": None}),
    (rf"{_RECORDS}\.json", {"GET": routes.list_usage}),
    (r"/v1/Services", {"GET": routes.list_services, "POST": None}),
    (_SERVICE, {"GET": routes.fetch_service, "POST": routes.edit_service, "DELETE": None}),
    (rf"{_SERVICE}/PhoneNumbers", {"GET": routes.list_pool, "POST": None}),
)


class Router:
    """Finds the route of a path for one account."""

    def __init__(self, account_sid: str) -> None:
        self._table = [(re.compile(pattern.replace("{AC}", account_sid)), methods) for pattern, methods in TABLE]

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Return the route and the SIDs in the path. HEAD finds what GET would.

        Raises:
            Lacking: for a path that the sandbox has not, and for a method of Twilio's that it has not.
            Refusal: 20004 for a method that the path does not take at Twilio either.
        """
        for pattern, methods in self._table:
            if (match := pattern.fullmatch(path)) is None:
                continue
            route = methods.get("GET" if method == "HEAD" else method, _refuse)
            if route is None:
                raise NotInSandbox(method, path, code=20004)
            return route, match.groups("")
        if any(pattern.fullmatch(f"{path}.json") for pattern, _ in self._table):
            raise NotInSandbox(
                method, path, hint=f"Twilio answers XML there, the sandbox JSON only: write {path[:200]}.json."
            )
        raise NotInSandbox(method, path)


def _refuse(call: routes.ApiCall) -> routes.ApiReply:
    raise Refusal(20004)
