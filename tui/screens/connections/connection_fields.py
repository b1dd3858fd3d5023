"""The fields of the connection form: labels, help lines, checks, and the Connection they make. Knows no widget.

A secret that is already kept is never put into the form: an empty field keeps it. `stored` is the connection
the form began with; its secrets stand in for what was not typed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from tui.safe_text import bare, safe_text
from tui.storage.checks import check
from tui.storage.connection import (
    ALL,
    API_KEY,
    AUTH_TOKEN,
    COLOURS,
    NONE,
    SECRETS,
    USUAL_DAYS,
    read_history,
    read_low_balance,
)
from tui.storage.connections import Connection, Secret

FIELDS: Final = (
    "name",
    "kind",
    "account_sid",
    "api_key_sid",
    "api_key_secret",
    "auth_token",
    "webhook_key",
    "region",
    "base_url",
    "ca_file",
    "history",
    "low_balance",
    "colour",
)
"""Every field, in the order of the form."""

HOME_REGION: Final = "us1"
REMOVE: Final = "-"
"""Typed alone into a secret that is optional, it takes the kept one away."""

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
    "history": "History",
    "low_balance": "Low balance",
    "colour": "Colour",
}

KINDS_IN_WORDS: Final = {API_KEY: "API key", AUTH_TOKEN: "auth token"}

REGIONS_IN_WORDS: Final = {"us1": "us1", "ie1": "ie1", "au1": "au1", "jp1": "jp1"}

COLOURS_IN_WORDS: Final = {"": "none", **{colour: colour for colour in COLOURS}}

_EXPLAINED: Final = {
    "name": "What you call it, for example the customer's name.",
    "account_sid": "AC and 32 digits, from Account Info in the Twilio Console.",
    "api_key_sid": "SK and 32 digits, from API keys & tokens in the Console.",
    "region": "Where this account's data is kept: us1 unless you chose another.",
    "base_url": "Leave empty for Twilio; only for a sandbox or a test server.",
    "ca_file": "A PEM file of your company's own authorities, where its network needs one.",
    "low_balance": "Told once when less than this is left, in the account's own currency; empty asks nothing.",
    "colour": "Of its name, above every screen and in the review: red for production, say.",
}

_VARIABLE: Final = re.compile(r"(?:\$\{?|env:\s*)([A-Za-z_][A-Za-z0-9_]*)\}?")


@dataclass(frozen=True, slots=True)
class ConnectionFields:
    """The text in every field of the connection form, as typed, blanks included."""

    name: str = ""
    kind: str = API_KEY
    account_sid: str = ""
    api_key_sid: str = ""
    api_key_secret: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    webhook_key: str = field(default="", repr=False)
    region: str = HOME_REGION
    base_url: str = ""
    ca_file: str = ""
    history: str = f"{USUAL_DAYS} days"
    low_balance: str = ""
    colour: str = ""


def entry_of(connection: Connection | None) -> ConnectionFields:
    """The field texts that a form for this connection starts with; secrets are left out."""
    if connection is None:
        return ConnectionFields()
    return ConnectionFields(
        name=connection.name,
        kind=connection.kind or API_KEY,
        account_sid=connection.account_sid,
        api_key_sid=connection.api_key_sid or "",
        region=connection.region or HOME_REGION,
        base_url=connection.base_url or "",
        ca_file=connection.ca_file,
        history=history_in_words(connection.history),
        low_balance=low_balance_in_words(connection),
        colour=connection.colour,
    )


def history_in_words(history: int | str | None) -> str:
    """How long messages are kept, as the form and the detail pane say it: `90 days`, `all`, `none`."""
    days = USUAL_DAYS if history is None else history
    return days if isinstance(days, str) else f"{days} day{'' if days == 1 else 's'}"


def low_balance_in_words(connection: Connection) -> str:
    """The amount below which the balance is told of, as the form and the detail pane say it; empty for none."""
    least = connection.least_balance
    return f"{least:f}" if least is not None else str(connection.low_balance or "")


def optional(field: str, kind: str) -> bool:
    """Whether a connection of this kind works without the secret of this field."""
    return field == "webhook_key" or (field == "auth_token" and kind != AUTH_TOKEN)


def read_secret(typed: str, kept: Secret | None) -> Secret | None:
    """Parse a secret's field: empty keeps the old one, `$NAME` or `env:NAME` names an environment variable."""
    meant = bare(typed)
    if not meant:
        return kept
    variable = _VARIABLE.fullmatch(meant)
    return Secret.env(variable[1]) if variable else Secret.literal(meant)


def connection_of(entry: ConnectionFields, stored: Connection | None) -> Connection:
    """Build the Connection from the field texts; blanks, quotes and invisible characters around a value are dropped."""

    def secret(field: str) -> Secret | None:
        typed: str = getattr(entry, field)
        if optional(field, entry.kind) and typed.strip() == REMOVE:
            return None
        return read_secret(typed, getattr(stored, field) if stored else None)

    if entry.kind == AUTH_TOKEN:
        # The key's fields are out of sight now: what the file says about them stays as it is.
        key_sid, key_secret = (stored.api_key_sid, stored.api_key_secret) if stored else (None, None)
    else:
        key_sid, key_secret = bare(entry.api_key_sid), secret("api_key_secret")
    region = entry.region
    if region == HOME_REGION and (stored is None or stored.region is None):
        # Not given means us1; a region that stands in the file is not taken out of it.
        region = ""
    history = read_history(entry.history)
    if history == USUAL_DAYS and (stored is None or stored.history is None):
        # Never asked stays so until another answer is given.
        history = None
    return Connection(
        entry.name.strip(),
        entry.kind,
        bare(entry.account_sid),
        key_sid,
        key_secret,
        secret("auth_token"),
        region,
        bare(entry.base_url),
        webhook_key=secret("webhook_key"),
        ca_file=bare(entry.ca_file),
        history=history,
        low_balance=read_low_balance(entry.low_balance),
        colour=entry.colour,
    )


def problems_of(entry: ConnectionFields, stored: Connection | None, taken: Collection[str]) -> dict[str, str]:
    """Validate the fields: field → error and remedy, one sentence or two; `taken` are other connections' names."""
    found: dict[str, str] = {}
    connection = connection_of(entry, stored)
    for problem in check(connection):
        found.setdefault(problem.field, f"{problem.reason} {problem.remedy}".strip())
    if connection.name in taken:
        found.setdefault("name", "There is already a connection of this name. Choose another name.")
    for name in SECRETS:
        typed = str(getattr(entry, name)).strip()
        if typed.startswith("env:") and not _VARIABLE.fullmatch(typed):
            found[name] = "After env: comes the name of a variable: letters, digits and underscores."
    return found


def variable_of(typed: str) -> str:
    """The environment variable named in a secret's field; empty when the field holds the secret itself."""
    variable = _VARIABLE.fullmatch(typed.strip())
    return variable[1] if variable else ""


def visible_fields(entry: ConnectionFields, problems: Collection[str] = ()) -> tuple[str, ...]:
    """The fields shown for this kind of connection, and any other that has an error."""
    hidden = {"api_key_sid", "api_key_secret"} if entry.kind == AUTH_TOKEN else set[str]()
    return tuple(name for name in FIELDS if name not in hidden or name in problems)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """A connection name that is not taken: `wanted`, or `wanted-2` and so on."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def explain_field(field: str, entry: ConnectionFields, kept: Secret | None, *, saved: bool, place: str) -> str:
    """The help line below the focused field.

    Args:
        field: its name.
        entry: what is typed.
        kept: the secret that the field stands for.
        saved: whether that secret is in the file already.
        place: the folder in which messages are kept.
    """
    match field:
        case "kind":
            if entry.kind == AUTH_TOKEN:
                return "The account's master password. An API key is safer: revoked alone."
            return "Recommended: a key of its own, revoked without touching the rest."
        case "region" if entry.base_url.strip():
            return "Not used while a base URL is given."
        case "history":
            return _explain_history(read_history(entry.history), place)
        case _ if field in SECRETS:
            return _explain_secret(field, entry, kept, saved)
        case _:
            return _EXPLAINED.get(field, "")


def _explain_history(history: int | str | None, place: str) -> str:
    if history == NONE:
        return "No message is kept on this computer; those kept so far are removed when this is next used."
    how_long = "" if history == ALL else f" for {history_in_words(history)}"
    where = safe_text(place, limit=120)
    return f"Messages are kept on this computer{how_long}, in {where}, readable by you only; “{NONE}” keeps nothing."


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
    """The placeholder of an empty field, never a secret. `saved`: whether the kept secret is in the file already."""
    match field:
        case "account_sid":
            return "AC…"
        case "api_key_sid":
            return "SK…"
        case "base_url":
            return "https://…"
        case "ca_file" | "low_balance":
            return "optional"
        case "history":
            return f"{USUAL_DAYS} days"
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
    """A warning that does not prevent saving: blanks that will be dropped, an environment variable that is not set."""
    typed = str(getattr(entry, field))
    if field in ("kind", "region"):
        return ""
    if field == "colour":
        return "" if typed in COLOURS_IN_WORDS else "An unknown colour; it is kept until you choose another."
    meant = typed.strip() if field == "name" else bare(typed)
    if meant and typed != meant:
        return f"{'A blank' if meant == typed.strip() else 'What stands'} before or after it is left out."
    variable = variable_of(typed) if field in SECRETS else ""
    if variable and not environ.get(variable, "").strip():
        return f"{safe_text(variable, limit=40)} is not set in this shell; it is needed once you use this."
    return ""
