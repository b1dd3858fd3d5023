"""One authenticated request to the sandbox, what it is answered with, and pages of short lists.

A route is a function from the one to the other; refusals are raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tui.http_server.http_messages import Headers
from tui.sandbox.account import SandboxAccount
from tui.sandbox.content import StoredTemplate
from tui.sandbox.errors import Refusal
from tui.sandbox.messages import StoredMedia, StoredMessage
from tui.sandbox.paging import PageRequest, classic, modern, paginate_fixed
from tui.sandbox.parameters import Form
from tui.sandbox.resources import Json
from tui.sandbox.senders import SandboxNumber, Service

Found = TypeVar("Found")


def found(resource: Found | None, path: str) -> Found:
    """Return what a path names.

    Raises:
        Refusal: 20404 where there is nothing.
    """
    if resource is None:
        raise Refusal(20404, path=path)
    return resource


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One authenticated request.

    Attributes:
        asked_by: the account whose credentials it has.
        sids: what the path names, in order.
        document: a JSON object in its body.
    """

    account: SandboxAccount
    asked_by: str
    base_url: str
    storage_url: str
    path: str
    query: Form
    form: Form
    sids: tuple[str, ...] = ()
    document: Mapping[str, object] | None = None

    @property
    def account_sid(self) -> str:
        """The account the sandbox is."""
        return self.account.identity.account_sid

    def message(self) -> StoredMessage:
        """Return the message the path names."""
        return found(self.account.find(self.sids[0]), self.path)

    def media(self) -> StoredMedia:
        """Return the file of that message which the path names."""
        for media in self.message().media:
            if media.sid == self.sids[1]:
                return media
        raise Refusal(20404, path=self.path)

    def number(self) -> SandboxNumber:
        """Return the phone number the path names."""
        return found(self.account.senders.number(self.sids[0]), self.path)

    def service(self) -> Service:
        """Return the messaging service the path names."""
        return found(self.account.senders.services.get(self.sids[0]), self.path)

    def template(self) -> StoredTemplate:
        """Return the content template the path names."""
        return found(self.account.templates.find(self.sids[0]), self.path)

    def needed(self, name: str) -> str:
        """Return a parameter that has to be given; 20001 where it is missing."""
        if not (text := self.form.text(name)):
            raise Refusal(20001, reason=f"Missing required parameter {name} in the post body")
        return text

    def json_object(self) -> Mapping[str, object]:
        """Return the JSON object in the body."""
        if self.document is None:
            raise Refusal(20001, reason="The body is no JSON object: send one, as application/json")
        return self.document

    def page_request(self) -> PageRequest:
        """Return which page is asked for."""
        return PageRequest.of(self.path, self.query)


@dataclass(frozen=True, slots=True)
class ApiReply:
    """A status and what goes with it: JSON, or bytes where `body` is not None; neither for 204."""

    status: int
    json: Json = None
    headers: Headers = ()
    body: bytes | None = None


Route = Callable[[ApiCall], ApiReply]


def list_page(call: ApiCall, key: str, rows: Sequence[Json]) -> ApiReply:
    """A page of a short list, as api.twilio.com lists it."""
    asked = call.page_request()
    return ApiReply(200, classic(asked, key, paginate_fixed(rows, asked)))


def list_page_v1(call: ApiCall, key: str, rows: Sequence[Json]) -> ApiReply:
    """A page of a short list, as the newer APIs list it."""
    asked = call.page_request()
    return ApiReply(200, modern(asked, key, paginate_fixed(rows, asked), call.base_url))
