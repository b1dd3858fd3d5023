"""`webhooks.toml`: how the receiver is set up, and what the account's numbers pointed to before they pointed here.

Whether unsigned requests are allowed is never written: that is asked for anew in every run. Keys of others survive
a save, comments do not. Must not know the receiver or the network.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, cast

from tui.storage.atomic import make_folder, resolve, write_atomic
from tui.storage.locks import lock
from tui.twilio.numbers import SmsWebhook
from tui.webhooks.errors import SettingsUnreadable, SettingsUnsaved
from tui.webhooks.settings import Settings

KEPT: Final = ("host", "port", "expose", "inbound_path", "status_path", "public_url", "reply")
"""The settings that are written."""

_WORDS: Final = {"port": "a whole number", "expose": "true or false"}

_Table = dict[str, object]


@dataclass(frozen=True, slots=True)
class Replaced:
    """A number that points to this receiver, and what to give it back.

    Attributes:
        account_sid: whose number it is.
        number_sid: PN….
        phone_number: E.164, for a person.
        before: its webhook as it was.
        ours: the URL it was given.
    """

    account_sid: str
    number_sid: str
    phone_number: str
    before: SmsWebhook
    ours: str


def load(path: Path) -> tuple[Settings, tuple[Replaced, ...]]:
    """What the file says; a missing file says nothing.

    Raises:
        SettingsUnreadable: it is there and cannot be understood.
    """
    document = _read(path)
    values: _Table = {}
    for field in fields(Settings):
        if field.name not in KEPT or field.name not in document:
            continue
        value = document[field.name]
        if type(value) is not type(cast("object", field.default)):
            raise _unreadable(path, f"{field.name} is not {_WORDS.get(field.name, 'a text in quotes')}.")
        values[field.name] = value
    entries = document.get("replaced", {})
    if not isinstance(entries, dict):
        raise _unreadable(path, "replaced is not a table.")
    replaced = tuple(_replaced(path, sid, entry) for sid, entry in cast("_Table", entries).items())
    return Settings(**values), replaced  # pyright: ignore[reportArgumentType] - each was held to its field's type


def save(path: Path, settings: Settings, replaced: Sequence[Replaced]) -> None:
    """Write both, whole or not at all.

    Raises:
        SettingsUnreadable: what is there cannot be understood, so it stays.
        SettingsUnsaved: it cannot be written.
    """
    # Half of the start-up cost of TOML lies in the writer, which a run without a change does not need.
    import tomli_w

    try:
        make_folder(resolve(path).parent)
        with lock(path):
            document = _read(path)
            document.update({name: getattr(settings, name) for name in KEPT})
            document.pop("replaced", None)
            if replaced:
                document["replaced"] = {one.number_sid: _entry(one) for one in replaced}
            write_atomic(path, tomli_w.dumps(document).encode("utf-8", "replace"))
    except OSError as problem:
        raise SettingsUnsaved(
            "settings",
            f"{path.name} cannot be written: {problem.strerror or type(problem).__name__}.",
            f"The settings hold until tuilio ends; check the folder {path.parent}.",
        ) from None


def _read(path: Path) -> _Table:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return cast("_Table", tomllib.loads(text))
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise _unreadable(path, f"{problem.strerror or type(problem).__name__}.") from None
    except UnicodeDecodeError:
        raise _unreadable(path, "It is not UTF-8.") from None
    except tomllib.TOMLDecodeError as problem:
        raise _unreadable(path, f"{problem}.") from None


def _unreadable(path: Path, why: str) -> SettingsUnreadable:
    return SettingsUnreadable("settings", f"{path.name} cannot be read: {why}", f"Mend or remove {path}.")


def _entry(one: Replaced) -> dict[str, str]:
    return {
        "account_sid": one.account_sid,
        "phone_number": one.phone_number,
        "url": one.before.url,
        "method": one.before.method,
        "application_sid": one.before.application_sid,
        "ours": one.ours,
    }


def _replaced(path: Path, sid: str, entry: object) -> Replaced:
    table: Mapping[str, object] = cast("_Table", entry) if isinstance(entry, dict) else {}
    texts = {key: value for key, value in table.items() if isinstance(value, str)}
    try:
        before = SmsWebhook(texts["url"], texts["method"], texts["application_sid"])
        return Replaced(texts["account_sid"], sid, texts["phone_number"], before, texts["ours"])
    except KeyError as missing:
        raise _unreadable(path, f"replaced.{sid} has no text for {missing.args[0]}.") from None
