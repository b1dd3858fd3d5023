"""Registration of senders, read only: A2P 10DLC campaigns and brands (US), toll-free verifications (US and Canada).

Sources: https://www.twilio.com/docs/messaging/api/usapptoperson-resource (a campaign belongs to a messaging service,
and covers the numbers in its pool), …/brand-registration-resource, …/tollfree-verification-resource. All texts are
remote: sanitise before showing. The calls raise the `RequestFailed`s of `tui.twilio.errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tui.twilio.bounded_list import BoundedList, read_bounded
from tui.twilio.client import Client
from tui.twilio.lenient_json import as_int, as_items, as_text

MOST: Final = 500
"""Items of a list that are read."""

_LONGEST: Final = 500
"""Characters of a reason that are kept."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """An A2P 10DLC campaign of a messaging service.

    Attributes:
        sid: QE….
        brand_sid: BN…, of the brand it stands on.
        status: `PENDING`, `IN_PROGRESS`, `VERIFIED`, `FAILED`, `SUSPENDED`, and whatever else Twilio may say.
        use_case: like `MIXED`.
        error_codes: why it was refused.
    """

    sid: str
    brand_sid: str
    status: str
    use_case: str = ""
    error_codes: tuple[int, ...] = ()

    @property
    def works(self) -> bool:
        """Whether its numbers may text the United States."""
        return self.status == "VERIFIED"


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand at The Campaign Registry.

    Attributes:
        sid: BN….
        status: `APPROVED`, `PENDING`, `IN_REVIEW`, `FAILED`, `SUSPENDED` …
        reason: why it failed; empty where Twilio gave none.
    """

    sid: str
    status: str
    reason: str = ""

    @property
    def works(self) -> bool:
        """Whether campaigns may stand on it."""
        return self.status == "APPROVED"


@dataclass(frozen=True, slots=True)
class TollFreeVerification:
    """The verification of a toll-free number.

    Attributes:
        sid: HH….
        number: E.164.
        status: `PENDING_REVIEW`, `IN_REVIEW`, `TWILIO_APPROVED`, `TWILIO_REJECTED`.
        reason: why it was rejected; empty where Twilio gave none.
        code: of the rejection.
    """

    sid: str
    number: str
    status: str
    reason: str = ""
    code: int | None = None

    @property
    def works(self) -> bool:
        """Whether the number may text the United States and Canada."""
        return self.status == "TWILIO_APPROVED"


@dataclass(frozen=True, slots=True)
class ListedService:
    """A messaging service as a list has it."""

    sid: str
    name: str


def services_url(client: Client) -> str:
    """The first page of the account's messaging services."""
    return client.policy.product("messaging", "/v1/Services?PageSize=100")


def pool_url(client: Client, service: str) -> str:
    """The first page of the phone numbers in a service's pool."""
    return client.policy.product("messaging", f"/v1/Services/{_quoted(service)}/PhoneNumbers?PageSize=400")


def campaigns_url(client: Client, service: str) -> str:
    """The campaigns of a service."""
    return client.policy.product("messaging", f"/v1/Services/{_quoted(service)}/Compliance/Usa2p?PageSize=50")


def brand_url(client: Client, sid: str) -> str:
    """A brand."""
    return client.policy.product("messaging", f"/v1/a2p/BrandRegistrations/{_quoted(sid)}")


def verifications_url(client: Client, number_sid: str) -> str:
    """The verifications of a toll-free number, by the SID of the number."""
    query = f"TollfreePhoneNumberSid={_quoted(number_sid)}&PageSize=50"
    return client.policy.product("messaging", f"/v1/Tollfree/Verifications?{query}")


async def list_services(client: Client) -> BoundedList[ListedService]:
    """The account's messaging services."""
    return await read_bounded(client, services_url(client), "services", read_service, most=MOST)


async def list_pool(client: Client, service: str) -> BoundedList[str]:
    """The phone numbers in a service's pool, E.164."""
    url = pool_url(client, service)
    return await read_bounded(client, url, "phone_numbers", lambda item: as_text(item.get("phone_number")), most=MOST)


async def list_campaigns(client: Client, service: str) -> BoundedList[Campaign]:
    """The campaigns of a service: one, or none."""
    return await read_bounded(client, campaigns_url(client, service), "compliance", read_campaign, most=MOST)


async def fetch_brand(client: Client, sid: str) -> Brand:
    """A brand by its SID."""
    return read_brand(await client.get(brand_url(client, sid)))


async def list_verifications(client: Client, number_sid: str) -> BoundedList[TollFreeVerification]:
    """The verifications of a toll-free number, newest first as Twilio has them."""
    url = verifications_url(client, number_sid)
    return await read_bounded(client, url, "verifications", read_verification, most=MOST)


def read_service(item: Mapping[str, object]) -> ListedService:
    """A service from its JSON object; odd and missing values become empty ones."""
    return ListedService(as_text(item.get("sid")), as_text(item.get("friendly_name")))


def read_campaign(item: Mapping[str, object]) -> Campaign:
    """A campaign from its JSON object; odd and missing values become empty ones."""
    codes = (as_int(each.get("error_code")) for each in as_items(item.get("errors")))
    return Campaign(
        as_text(item.get("sid")),
        as_text(item.get("brand_registration_sid")),
        as_text(item.get("campaign_status")).strip().upper(),
        as_text(item.get("us_app_to_person_usecase")),
        tuple(code for code in codes if code is not None)[:10],
    )


def read_brand(item: Mapping[str, object]) -> Brand:
    """A brand from its JSON object; odd and missing values become empty ones."""
    return Brand(
        as_text(item.get("sid")),
        as_text(item.get("status")).strip().upper(),
        as_text(item.get("failure_reason"))[:_LONGEST],
    )


def read_verification(item: Mapping[str, object]) -> TollFreeVerification:
    """A verification from its JSON object; odd and missing values become empty ones."""
    return TollFreeVerification(
        as_text(item.get("sid")),
        as_text(item.get("tollfree_phone_number")),
        as_text(item.get("status")).strip().upper(),
        as_text(item.get("rejection_reason"))[:_LONGEST],
        as_int(item.get("error_code")),
    )


def _quoted(sid: str) -> str:
    """A SID as Twilio told it, in a path; what is no text (half a character) and longer than any stays none."""
    return quote(sid[:_LONGEST], safe="", errors="replace")
