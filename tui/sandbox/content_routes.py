"""The operations of content.twilio.com that the sandbox answers."""

from __future__ import annotations

from collections.abc import Mapping

from tui.sandbox import content_resources as shapes
from tui.sandbox.api_call import ApiCall, ApiReply, Route, list_page_v1
from tui.sandbox.content import StoredTemplate
from tui.sandbox.content_search import search


def list_templates(call: ApiCall) -> ApiReply:
    """GET /v1/Content."""
    return _list(call, call.account.templates.all())


def list_approvals(call: ApiCall) -> ApiReply:
    """GET /v1/ContentAndApprovals."""
    return _list_with_approvals(call, call.account.templates.all())


def search_templates(call: ApiCall) -> ApiReply:
    """GET /v2/Content: see `content_search.py`."""
    return _list(call, _found(call))


def search_approvals(call: ApiCall) -> ApiReply:
    """GET /v2/ContentAndApprovals: see `content_search.py`."""
    return _list_with_approvals(call, _found(call))


def list_legacy(call: ApiCall) -> ApiReply:
    """GET /v1/LegacyContent: none, since this account never had templates of WhatsApp's own from before 2022."""
    return list_page_v1(call, "contents", [])


def create_template(call: ApiCall) -> ApiReply:
    """POST /v1/Content, in JSON."""
    account = call.account
    template = account.templates.create(call.json_object(), account.sids.sid("HX"), account.clock())
    return _show(call, template, 201)


def fetch_template(call: ApiCall) -> ApiReply:
    """GET /v1/Content/{HX}."""
    return _show(call, call.template())


def update_template(call: ApiCall) -> ApiReply:
    """PUT /v1/Content/{HX}, in JSON."""
    return _show(call, call.account.templates.update(call.template(), call.json_object(), call.account.clock()))


def delete_template(call: ApiCall) -> ApiReply:
    """DELETE /v1/Content/{HX}."""
    call.account.templates.delete(call.template())
    return ApiReply(204)


def fetch_approval(call: ApiCall) -> ApiReply:
    """GET /v1/Content/{HX}/ApprovalRequests."""
    return ApiReply(200, shapes.approvals(call.account_sid, call.template(), call.base_url, call.account.clock()))


def submit_template(call: ApiCall) -> ApiReply:
    """POST /v1/Content/{HX}/ApprovalRequests/whatsapp, in JSON."""
    now = call.account.clock()
    return ApiReply(201, shapes.approval(call.account.templates.submit(call.template(), call.json_object(), now), now))


def _found(call: ApiCall) -> list[StoredTemplate]:
    return search(call.account.templates.all(), call.query, call.account.clock())


def _list(call: ApiCall, templates: list[StoredTemplate]) -> ApiReply:
    return list_page_v1(
        call, "contents", [shapes.template(call.account_sid, each, call.base_url) for each in templates]
    )


def _list_with_approvals(call: ApiCall, templates: list[StoredTemplate]) -> ApiReply:
    now = call.account.clock()
    return list_page_v1(
        call, "contents", [shapes.template_and_approval(call.account_sid, each, now) for each in templates]
    )


def _show(call: ApiCall, template: StoredTemplate, status: int = 200) -> ApiReply:
    return ApiReply(status, shapes.template(call.account_sid, template, call.base_url))


PATHS: Mapping[str, Mapping[str, Route]] = {
    "/v1/Content": {"GET": list_templates, "POST": create_template},
    "/v1/Content/{Sid}": {"GET": fetch_template, "PUT": update_template, "DELETE": delete_template},
    "/v1/Content/{Sid}/ApprovalRequests": {"GET": fetch_approval},
    "/v1/Content/{ContentSid}/ApprovalRequests/whatsapp": {"POST": submit_template},
    "/v1/ContentAndApprovals": {"GET": list_approvals},
    "/v1/LegacyContent": {"GET": list_legacy},
    "/v2/Content": {"GET": search_templates},
    "/v2/ContentAndApprovals": {"GET": search_approvals},
}
"""Path as Twilio's catalogue writes it → what each method does."""
