"""What is wrong with a connection as typed, and which names and colours in connections.toml look mistyped.

One sentence per mistake, with the field and the next step. Pure; asks nothing of Twilio, which may still refuse a
connection that passes. A name that is unlike every known one is somebody's own and is not reported.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from tui.safe_text import bare, code_point, flaw_in, is_unseen
from tui.storage.connection import (
    ALL,
    API_KEY,
    AUTH_TOKEN,
    COLOURS,
    KINDS,
    MOST_DAYS,
    MOST_MONEY,
    NONE,
    REGIONS,
    read_colour,
)
from tui.storage.document import FIELDS, SCHEMA, TOP_KEYS, as_table, entries_of
from tui.storage.errors import Problem
from tui.storage.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tui.storage.connection import Connection
    from tui.storage.secrets import Secret

NAME_LIMIT: Final = 64
SID_DIGITS: Final = 32

_SID_KINDS: Final = {
    "AC": "an account SID",
    "SK": "an API key SID",
    "SM": "a message SID",
    "MM": "a message SID",
    "MG": "a messaging service SID",
    "PN": "a phone number SID",
}
_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LINE_BREAKING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check(connection: Connection) -> tuple[Problem, ...]:
    """Everything wrong with a connection, in the order of its fields; empty when it can be used.

    That its name is not another's is for whoever holds the others to say.
    """
    return tuple(_problems(connection))


def _problems(connection: Connection) -> Iterator[Problem]:
    yield from _name_problems(connection.name)
    if connection.kind not in KINDS:
        reason = "The kind is missing." if not connection.kind.strip() else "The kind is not known."
        yield Problem("kind", reason, f"{_meant(connection.kind, KINDS)}Choose {API_KEY} or {AUTH_TOKEN}.")
    yield from _sid_problems("account_sid", "AC", connection.account_sid)
    if connection.kind == API_KEY or connection.api_key_sid is not None:
        yield from _sid_problems("api_key_sid", "SK", connection.api_key_sid or "")
    needs = {API_KEY: "api_key_secret", AUTH_TOKEN: "auth_token"}.get(connection.kind)
    for field, secret in (
        ("api_key_secret", connection.api_key_secret),
        ("auth_token", connection.auth_token),
        ("webhook_key", connection.webhook_key),
    ):
        if secret is not None:
            yield from _secret_problems(field, secret)
        elif field == needs:
            yield Problem(field, f"The {_WORDS[field]} is missing.", _WHERE[field])
    if connection.region is not None and connection.region not in REGIONS:
        remedy = f"{_meant(connection.region, REGIONS)}Choose one of {', '.join(REGIONS)}."
        yield Problem("region", "Twilio has no such region.", remedy)
    if connection.base_url is not None:
        yield from _base_url_problems(connection.base_url)
    if connection.ca_file:
        yield from _ca_file_problems(connection.ca_file)
    if connection.history is not None:
        yield from _history_problems(connection.history)
    if connection.low_balance is not None and connection.least_balance is None:
        yield from _low_balance_problems(connection.low_balance)


def _meant(word: str, known: Collection[str]) -> str:
    meant = nearest(word, known, _ALSO_CALLED)
    return f"Did you mean {meant}? " if meant else ""


# Twilio's edges, and what people call the regions, the kinds, what is kept and the colours, in letters and digits only.
_ALSO_CALLED: Final = {
    **dict.fromkeys(("us", "usa", "eastus", "ashburn", "virginia", "umatilla", "oregon", "roaming"), "us1"),
    **dict.fromkeys(("ie", "eu", "eu1", "ireland", "dublin", "europe"), "ie1"),
    **dict.fromkeys(("au", "australia", "sydney"), "au1"),
    **dict.fromkeys(("jp", "japan", "tokyo"), "jp1"),
    **dict.fromkeys(("key", "apikeysid", "apikeysecret", "standard"), API_KEY),
    **dict.fromkeys(("token", "auth", "password", "master"), AUTH_TOKEN),
    **dict.fromkeys(("always", "everything", "forever", "true", "unlimited", "whole", "yes"), ALL),
    **dict.fromkeys(("false", "never", "no", "nothing", "off"), NONE),
    **dict.fromkeys(("crimson", "danger", "maroon", "ruby", "scarlet"), "red"),
    **dict.fromkeys(("amber", "brown", "coral"), "orange"),
    **dict.fromkeys(("gold",), "yellow"),
    **dict.fromkeys(("lime", "olive"), "green"),
    **dict.fromkeys(("aqua", "cyan", "navy", "teal", "turquoise"), "blue"),
    **dict.fromkeys(("fuchsia", "lilac", "magenta", "pink", "violet"), "purple"),
    **dict.fromkeys(("black", "silver", "white"), "grey"),
}


def _name_problems(name: str) -> Iterator[Problem]:
    if not name.strip():
        yield Problem("name", "The name is empty.", "Give the connection a name you will recognise.")
    elif len(name) > NAME_LIMIT:
        yield Problem(
            "name",
            f"The name has {len(name)} characters; at most {NAME_LIMIT} fit.",
            f"Leave out {len(name) - NAME_LIMIT} of them.",
        )
    elif name != name.strip():
        yield Problem("name", "The name has a blank before or after it.", "Remove the blank.")
    if any(unicodedata.category(each) in _LINE_BREAKING or each in _BIDI for each in name):
        yield Problem("name", "The name holds a character that cannot be shown, such as a line break.", "Type it anew.")


_WORDS: Final = {
    "account_sid": "account SID",
    "api_key_sid": "API key SID",
    "api_key_secret": "API key secret",
    "auth_token": "auth token",
    "webhook_key": "webhook key",
}
_WHERE: Final = {
    "account_sid": "Copy it from Account Info in the Twilio Console.",
    "api_key_sid": "Copy it from API keys & tokens in the Twilio Console.",
    "api_key_secret": "Twilio shows it once, when the key is made; make a new key if it is lost.",
    "auth_token": "Copy it from Account Info in the Twilio Console.",
    "webhook_key": "Give the shared key that Twilio was told to sign webhooks with, or leave it out.",
}


def _whole(where: str) -> str:
    return where.replace("Copy it from", "Copy it whole from", 1)


def _sid_problems(field: str, prefix: str, sid: str) -> Iterator[Problem]:
    words, where = _WORDS[field], _WHERE[field]
    if not bare(sid):
        yield Problem(field, f"The {words} is missing.", where)
    elif sid.strip() != sid:
        yield Problem(field, f"The {words} has a blank before or after it.", "Remove the blank.")
    elif bare(sid) != sid:
        what = "a quote" if not is_unseen(sid[0]) and not is_unseen(sid[-1]) else "something that nobody sees"
        yield Problem(field, f"The {words} has {what} around it.", "Type or copy it anew, by itself.")
    elif (start := sid[:2].upper()) != prefix:
        other = _SID_KINDS.get(start) if len(sid) == SID_DIGITS + 2 else None
        reason = f"This is {other}." if other else f"The {words} does not begin with {prefix}."
        yield Problem(field, reason, f"An {words} begins with {prefix}. {where}")
    elif sid[:2] != prefix:
        yield Problem(field, "The first two letters are not capitals.", f"Write {prefix} in capitals.")
    elif any(each not in "0123456789abcdefABCDEF" for each in sid[2:]):
        at = next(i for i, each in enumerate(sid) if i > 1 and each not in "0123456789abcdefABCDEF")
        what = "neither a digit nor a letter from a to f"
        if is_unseen(sid[at]):
            what = "a blank" if sid[at] == " " else f"one that nobody sees ({code_point(sid[at])})"
        yield Problem(field, f"Character {at + 1} of the {words} is {what}.", _whole(where))
    elif len(sid) != SID_DIGITS + 2:
        short = "short" if len(sid) < SID_DIGITS + 2 else "long"
        yield Problem(
            field,
            f"The {words} is too {short}: {prefix} and {SID_DIGITS} digits make {SID_DIGITS + 2} characters, "
            f"this has {len(sid)}.",
            _whole(where),
        )


def _secret_problems(field: str, secret: Secret) -> Iterator[Problem]:
    words = _WORDS[field]
    written = secret.to_toml()
    if not isinstance(written, str):
        yield from _source_problems(field, secret)
        return
    written = bare(written)
    if _SID.fullmatch(written):
        what = _SID_KINDS.get(written[:2], "a SID")
        yield Problem(field, f"This is {what}, which is no secret.", _WHERE[field])
    elif _VARIABLE.fullmatch(written):
        yield Problem(
            field,
            f"This names an environment variable, it is not the {words} itself.",
            "Choose “environment” as its source and give the name without the dollar sign.",
        )
    elif flaw := flaw_in(written):
        yield Problem(field, f"The {words} {flaw}.", f"Copy it anew, by itself. {_WHERE[field]}")


def _source_problems(field: str, secret: Secret) -> Iterator[Problem]:
    named = secret.detail if isinstance(secret.detail, str) else "".join((secret.detail or ("",))[:1])
    if not named.strip():
        what = {"env": "environment variable", "command": "command"}.get(secret.origin, "key ring entry")
        yield Problem(field, f"No {what} is named.", "Name it, or choose another source.")
    elif secret.origin == "env" and not _VARIABLE_NAME.fullmatch(named):
        yield Problem(
            field,
            "This cannot be the name of an environment variable.",
            "Give its name alone, such as TWILIO_AUTH_TOKEN: letters, digits and _, without the dollar sign.",
        )


def _base_url_problems(url: str) -> Iterator[Problem]:
    example = "Write it like https://api.twilio.com/2010-04-01."
    if any(each.isspace() or unicodedata.category(each) in _LINE_BREAKING or each == "\\" for each in url):
        yield Problem("base_url", "The address holds a blank, a backslash or a control character.", example)
        return
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = None, "", None
    if parts is None or not host or port == 0 or parts.scheme not in ("http", "https"):
        yield Problem("base_url", "The address is not an http or https address with a host.", example)
        return
    if "@" in parts.netloc:
        yield Problem(
            "base_url",
            "The address carries a user name or password.",
            "Take out what stands before the @; credentials have their own fields.",
        )
    if "?" in url or "#" in url:
        yield Problem("base_url", "The address carries a query or a fragment.", "Take out everything from ? or #.")
    if parts.scheme == "http":
        # A start reads connections, but few of them are reached over plain http.
        from tui.http_server.loopback import is_loopback

        if not is_loopback(host):
            yield Problem(
                "base_url",
                "Plain http would show the credentials to everyone on the way.",
                "Use https; http is accepted for this machine only (127.0.0.1, ::1, localhost).",
            )


def _ca_file_problems(path: str) -> Iterator[Problem]:
    if "-----BEGIN" in path:
        yield Problem("ca_file", "This is a certificate, not the path of one.", "Save it as a file and give its path.")
    elif path != path.strip() or any(unicodedata.category(each) in _LINE_BREAKING for each in path):
        reason = "The path of the CA file has a blank at an end, or a control character in it."
        yield Problem("ca_file", reason, "Type it anew.")
    elif not Path(path).is_absolute() and not path.startswith("~"):
        example = "/etc/ssl/certs/company.pem"
        yield Problem(
            "ca_file", "The path of the CA file is not a whole one.", f"Begin at the root or with ~: {example}."
        )


def _history_problems(history: int | str) -> Iterator[Problem]:
    remedy = f"Give a number of days, {ALL} or {NONE}."
    if isinstance(history, str):
        if history not in (ALL, NONE):
            meant = _meant(history, (ALL, NONE))
            yield Problem("history", "The history is no whole number of days.", f"{meant}{remedy}")
    elif history == 0:
        yield Problem("history", "The history is 0 days.", f"Give {NONE} to keep nothing, or days from 1 on.")
    elif history < 0:
        yield Problem("history", "The history is less than a day.", f"Give days from 1 on, or {NONE}.")
    elif history > MOST_DAYS:
        reason = f"The history is longer than {MOST_DAYS:,} days, a hundred years."
        yield Problem("history", reason, f"Give fewer days, or {ALL}.")


def _low_balance_problems(low_balance: float | str) -> Iterator[Problem]:
    if isinstance(low_balance, str):
        remedy = "Give the amount alone, like 20 or 12.5: it is in the account's own currency."
        yield Problem("low_balance", "The low balance is no amount of money.", remedy)
    else:
        reason = f"The low balance is larger than {MOST_MONEY:,}."
        yield Problem("low_balance", reason, "Give a smaller amount, or leave it out.")


def check_names(document: Mapping[str, object]) -> Iterator[Problem]:
    """Every key that looks mistyped and every colour that is none, not in a file of a newer schema; and a default that
    is no connection.
    """
    schema = document.get("schema", SCHEMA)
    default, entries = document.get("default"), entries_of(document)
    if isinstance(schema, int) and schema <= SCHEMA:
        for key, value in document.items():
            if key not in TOP_KEYS:
                listed = cast("list[object]", value) if isinstance(value, list) else [value]
                yield from _at_the_top(key, as_table(listed[0]) if listed else None)
        for name, entry in entries.items():
            for key, value in (as_table(entry) or {}).items():
                meant = None if key in FIELDS else nearest(key, FIELDS, _KEYS_ALSO_CALLED)
                if meant:
                    reason = f"{key} in the connection {name} means nothing."
                    yield Problem(f"connections.{name}.{key}", reason, f"Did you mean {meant}?")
                elif key == "colour" and value != "" and (colour := read_colour(value)) not in COLOURS:
                    remedy = f"{_meant(colour, COLOURS)}Choose one of {', '.join(COLOURS)}, or leave it out."
                    yield Problem(f"connections.{name}.colour", f"The connection {name} has an unknown colour.", remedy)
    if isinstance(default, str) and default not in entries:
        meant = nearest(default, entries, {})
        remedy = f"Did you mean {meant}?" if meant else "Choose another default."
        yield Problem("default", f"There is no connection called {default}.", remedy)


# What other tools and people call the same, in letters and digits only.
_KEYS_ALSO_CALLED: Final = {
    **dict.fromkeys(("account", "sid", "username"), "account_sid"),
    **dict.fromkeys(("apikey", "key", "keysid"), "api_key_sid"),
    **dict.fromkeys(("keysecret", "secret"), "api_key_secret"),
    **dict.fromkeys(("password", "token"), "auth_token"),
    "type": "kind",
    **dict.fromkeys(("url", "baseuri"), "base_url"),
    **dict.fromkeys(("webhooksecret", "sharedkey", "signingkey"), "webhook_key"),
    **dict.fromkeys(("cabundle", "capath", "cacert"), "ca_file"),
    **dict.fromkeys(("days", "keep", "kept", "retention", "historydays", "keephistory"), "history"),
    **dict.fromkeys(("balance", "minbalance", "minimumbalance", "leastbalance", "threshold"), "low_balance"),
    **dict.fromkeys(("color", "hue"), "colour"),
    **dict.fromkeys(("accounts", "profiles"), "connections"),
}


def _at_the_top(key: str, table: Mapping[str, object] | None) -> Iterator[Problem]:
    meant = nearest(key, TOP_KEYS, _KEYS_ALSO_CALLED)
    if table is None:
        if key in FIELDS:
            yield Problem(key, f"{key} stands before any connection.", "It belongs below [connections.NAME].")
        elif meant and meant != "connections":
            yield Problem(key, f"{key} means nothing.", f"Did you mean {meant}?")
        return
    within = next((name for name, each in table.items() if as_table(each) is not None), None)
    if meant == "connections":
        yield Problem(key, f"The table {key} means nothing.", f"Did you mean [connections.{within or 'NAME'}]?")
    elif any(name in FIELDS for name in table):
        reason = f"The table {key} means nothing, though it looks like a connection."
        yield Problem(key, reason, f"Write it as [connections.{key}].")
    elif within and any(name in FIELDS for name in cast("Mapping[str, object]", table[within])):
        yield Problem(key, f"The table {key} means nothing.", f"Did you mean [connections.{within}]?")
