"""The form's words: labels, one quiet line for each field, what is said about a secret that is kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.safe_text import bare, safe_text
from tui.screens.connections.form_fields import REMOVE, ConnectionFields, optional, variable_of
from tui.storage.connection import API_KEY, AUTH_TOKEN, SECRETS
from tui.storage.connections import Secret

LABELS: Final = {
    "name": "Name",
    "kind": "Kind",
    "account_sid": "Account SID",
    "api_key_sid": "API key SID",
    "api_key_secret": "API key secret",
    "auth_token": "Auth token",
    "webhook_key": "Webhook key",
    "region": "Region",
    "base_url": "Base URL",
    "ca_file": "CA file",
}

KINDS_IN_WORDS: Final = {API_KEY: "API key", AUTH_TOKEN: "auth token"}

REGIONS_IN_WORDS: Final = {"us1": "us1", "ie1": "ie1", "au1": "au1", "jp1": "jp1"}

_EXPLAINED: Final = {
    "name": "What you call it, for example the customer's name.",
    "account_sid": "AC and 32 digits, from Account Info in the Twilio Console.",
    "api_key_sid": "SK and 32 digits, from API keys & tokens in the Console.",
    "region": "Where this account's data is kept: us1 unless you chose another.",
    "base_url": "Leave empty for Twilio; only for a sandbox or a test server.",
    "ca_file": "A PEM file of your company's own authorities, where its network needs one.",
}


def explain_field(field: str, entry: ConnectionFields, kept: Secret | None, *, saved: bool) -> str:
    """One quiet line about the field the person is in; `saved`: whether what is kept is in the file already."""
    match field:
        case "kind":
            if entry.kind == AUTH_TOKEN:
                return "The account's master password. An API key is safer: revoked alone."
            return "Recommended: a key of its own, revoked without touching the rest."
        case "region" if entry.base_url.strip():
            return "Not used while a base URL is given."
        case _ if field in SECRETS:
            return _explain_secret(field, entry, kept, saved)
        case _:
            return _EXPLAINED.get(field, "")


def _explain_secret(field: str, entry: ConnectionFields, kept: Secret | None, saved: bool) -> str:
    typed = str(getattr(entry, field)).strip()
    dispensable = optional(field, entry.kind)
    if dispensable and typed == REMOVE:
        return f"Saving takes the {_lower(field)} out of the file."
    if variable := variable_of(typed):
        return f"Read from the environment variable {safe_text(variable, limit=40)} each time."
    if kept is not None and not typed:
        rest = f"; {REMOVE} removes it" if dispensable else ""
        if saved:
            return f"Leave empty to keep it{rest}."
        taken = "to save it in the file" if kept.origin == "literal" else f"to take it {_source(kept)} each time"
        return f"Leave empty {taken}{rest}."
    if field == "webhook_key":
        return "Only if you gave Twilio a key to sign webhooks with. Or $NAME."
    if dispensable:
        return "Optional: checks webhook signatures, never sent. Or $NAME."
    if field == "api_key_secret":
        return "Twilio shows it once. Or $NAME, to read a variable."
    return "From Account Info in the Twilio Console. Or $NAME."


def _lower(field: str) -> str:
    label = LABELS[field]
    return f"{label[0].lower()}{label[1:]}"


def _source(kept: Secret) -> str:
    return safe_text(kept.source, limit=40)


def placeholder_of(field: str, kind: str, kept: Secret | None, *, saved: bool) -> str:
    """What an empty field says; of a secret only where it is. `saved`: whether what is kept is in the file already."""
    match field:
        case "account_sid":
            return "AC…"
        case "api_key_sid":
            return "SK…"
        case "base_url":
            return "https://…"
        case "ca_file":
            return "optional"
        case _ if field in SECRETS:
            if kept is not None and saved:
                where = "saved in the file" if kept.origin == "literal" else safe_text(kept.source, limit=32)
                return f"unchanged · {where}"
            if kept is not None:
                return "imported, hidden; goes into the file" if kept.origin == "literal" else _source(kept)
            return "optional" if optional(field, kind) else ""
        case _:
            return ""


def warning_of(field: str, entry: ConnectionFields, environ: Mapping[str, str]) -> str:
    """What deserves a word without being wrong: blanks that will be dropped, a variable not set here."""
    typed = str(getattr(entry, field))
    if field in ("kind", "region"):
        return ""
    meant = typed.strip() if field == "name" else bare(typed)
    if meant and typed != meant:
        return f"{'A blank' if meant == typed.strip() else 'What stands'} before or after it is left out."
    variable = variable_of(typed) if field in SECRETS else ""
    if variable and not environ.get(variable, "").strip():
        return f"{safe_text(variable, limit=40)} is not set in this shell; it is needed once you use this."
    return ""
