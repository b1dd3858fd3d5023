"""The templates that the account has at the start: of each kind some, in each state of approval one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_CHANGE = {"type": "QUICK_REPLY", "title": "Another day", "id": "change"}
_KEEP = {"type": "QUICK_REPLY", "title": "I will come", "id": "keep"}

_Template = tuple[str, str, Mapping[str, str], Mapping[str, Mapping[str, object]], str, str]

HISTORY: Final[tuple[_Template, ...]] = (
    (
        "order_ready",
        "en",
        {"name": "Maya", "order": "HB499147"},
        {
            "twilio/text": {"body": "Hello {{name}}, your order {{order}} is ready. Harbor Deli, until 18:00."},
            "twilio/quick-reply": {
                "body": "Hello {{name}}, your order {{order}} is ready. When will you come?",
                "actions": [
                    {"type": "QUICK_REPLY", "title": "Today", "id": "today"},
                    {"type": "QUICK_REPLY", "title": "Tomorrow", "id": "tomorrow"},
                ],
            },
        },
        "approved",
        "",
    ),
    (
        "order_ready",
        "fr",
        {"name": "Chloé", "order": "HB499147"},
        {"twilio/text": {"body": "Bonjour {{name}}, votre commande {{order}} est prête. À bientôt !"}},
        "pending",
        "",
    ),
    (
        "appointment_reminder",
        "en",
        {"1": "Maya", "2": "Tuesday, 9:00", "3": "r/8d2f"},
        {
            "twilio/text": {"body": "{{1}}, your appointment is on {{2}}. Change it: https://harbor.example/{{3}}"},
            "twilio/call-to-action": {
                "body": "{{1}}, your appointment is on {{2}}. See you then!",
                "actions": [
                    {"type": "URL", "title": "Change it", "url": "https://harbor.example/{{3}}"},
                    {"type": "PHONE_NUMBER", "title": "Call us", "phone": "+14155550100"},
                ],
            },
        },
        "approved",
        "",
    ),
    (
        "login_code",
        "en",
        {"1": "123456"},
        {
            "whatsapp/authentication": {
                "body": "{{1}} is your verification code.",
                "add_security_recommendation": True,
                "code_expiration_minutes": 10,
                "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy code"}],
            }
        },
        "approved",
        "",
    ),
    (
        "autumn_sale",
        "en",
        {"name": "Maya"},
        {
            "whatsapp/card": {
                "header_text": "Autumn sale",
                "body": "{{name}}, everything in the shop is 20 % off until Sunday.",
                "footer": "Write STOP to hear no more of it",
                "actions": [{"type": "URL", "title": "To the shop", "url": "https://harbor.example/sale"}],
            }
        },
        "rejected",
        "The category is wrong: this is MARKETING, not UTILITY.",
    ),
    (
        "parcel_photo",
        "en",
        {"1": "HB565073", "2": "doorstep.jpg"},
        {
            "twilio/media": {
                "body": "Your parcel {{1}} was left at the door.",
                "media": ["https://files.harbor.example/{{2}}"],
            }
        },
        "paused",
        "",
    ),
    (
        "delivery_day",
        "en",
        {"name": "Maya"},
        {
            "twilio/list-picker": {
                "body": "{{name}}, which day suits you?",
                "button": "Choose a day",
                "items": [
                    {"item": "Monday", "id": "mon", "description": "8:00 to 12:00"},
                    {"item": "Thursday", "id": "thu", "description": "14:00 to 18:00"},
                ],
            }
        },
        "",
        "",
    ),
    (
        "visit_card",
        "en",
        {"name": "Maya", "day": "Tuesday"},
        {
            "twilio/card": {
                "title": "{{name}}, we visit you on {{day}}.",
                "subtitle": "Between 9:00 and 12:00",
                "media": ["https://files.harbor.example/van.png"],
                "actions": [_KEEP, _CHANGE],
            }
        },
        "",
        "",
    ),
    (
        "closed_today",
        "en",
        {},
        {"twilio/text": {"body": "We are closed today, and open again tomorrow from 8:00."}},
        "",
        "",
    ),
)
"""Name, language, samples, types, WhatsApp's status (empty: never asked) and why it was rejected; the newest first."""
