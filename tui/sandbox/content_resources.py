"""Content templates as JSON. Source: Twilio's OpenAPI description and documentation of content.twilio.com."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from tui.sandbox.content import StoredTemplate
from tui.sandbox.resources import Json, iso8601


def template(account_sid: str, template: StoredTemplate, base_url: str) -> Json:
    """A content template, in the shape of content.twilio.com."""
    url = f"{base_url}/v1/Content/{template.sid}"
    requests = f"{url}/ApprovalRequests"
    return {
        **_template(account_sid, template),
        "links": {"approval_create": f"{requests}/whatsapp", "approval_fetch": requests},
        "url": url,
    }


def template_and_approval(account_sid: str, template: StoredTemplate, now: datetime) -> Json:
    """A content template with what WhatsApp says of it."""
    return {**_template(account_sid, template), "approval_requests": _approval(template, now)}


def _template(account_sid: str, template: StoredTemplate) -> dict[str, Json]:
    return {
        "account_sid": account_sid,
        "date_created": iso8601(template.created),
        "date_updated": iso8601(template.updated),
        "friendly_name": template.name,
        "language": template.language,
        "sid": template.sid,
        "types": cast("Json", template.types),
        "variables": template.variables,
    }


def approval(template: StoredTemplate, now: datetime) -> dict[str, Json]:
    """What WhatsApp says of a template that was just submitted."""
    request = template.request
    return {
        "allow_category_change": True,
        "category": request.category if request else "",
        "content_type": template.kind,
        "name": request.name if request else "",
        "rejection_reason": request.reason if request else "",
        "status": template.approval(now),
    }


def _approval(template: StoredTemplate, now: datetime) -> dict[str, Json]:
    """What WhatsApp says of a template, where a template is read."""
    return {**approval(template, now), "flows": None, "type": "whatsapp"}


def approvals(account_sid: str, template: StoredTemplate, base_url: str, now: datetime) -> Json:
    """What the channels that approve templates say of one."""
    return {
        "account_sid": account_sid,
        "sid": template.sid,
        "url": f"{base_url}/v1/Content/{template.sid}/ApprovalRequests",
        "whatsapp": _approval(template, now),
    }
