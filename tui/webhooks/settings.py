"""How the receiver is set up, and the states it goes through: plain data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, TypeAlias, cast

from tui.storage.files import make_folder, read_regular, resolve, write_atomic
from tui.storage.locks import lock
from tui.storage.toml_reading import loads
from tui.twilio.numbers import SmsWebhook
from tui.webhooks.addresses import check_listen, check_path, check_public_url
from tui.webhooks.errors import InvalidSetting, SettingsUnreadable, SettingsUnsaved, WebhookError
from tui.webhooks.twiml import check_template


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """What a person decides.

    Attributes:
        host: where to listen; anything but loopback needs `expose`.
        port: 0 takes any free one.
        expose: whether other machines may reach the receiver.
        inbound_path: where messages arrive.
        status_path: where status callbacks arrive.
        public_url: how Twilio reaches this receiver from outside, without the paths above; empty for none.
        allow_unsigned: whether requests are accepted that nobody can verify, for want of an auth token. With a
            token this changes nothing.
        reply: what inbound messages are answered with, see `tui.webhooks.twiml`; empty answers nothing.
    """

    host: str = "127.0.0.1"
    port: int = 0
    expose: bool = False
    inbound_path: str = "/sms"
    status_path: str = "/status"
    public_url: str = ""
    allow_unsigned: bool = False
    reply: str = ""

    def checked(self) -> ReceiverSettings:
        """Return these settings in order.

        Raises:
            ReceiverUnavailable, InvalidSetting, InvalidTemplate: naming the field at fault.
        """
        check_listen(self.host, self.port, expose=self.expose)
        check_path("inbound_path", self.inbound_path)
        check_path("status_path", self.status_path)
        if self.inbound_path == self.status_path:
            raise InvalidSetting(
                "status_path", "Messages and status callbacks have the same path.", "Give each a path of its own."
            )
        check_template(self.reply)
        return replace(self, public_url=check_public_url(self.public_url))


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing listens."""


@dataclass(frozen=True, slots=True)
class Starting:
    """About to listen."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Requests are taken.

    Attributes:
        host: the address it listens on.
        port: the real one, also when any was asked for.
        exposed: whether other machines can reach it.
    """

    host: str
    port: int
    exposed: bool


@dataclass(frozen=True, slots=True)
class Stopping:
    """No longer listening; what has arrived is still being kept."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be started."""

    problem: WebhookError


ReceiverState: TypeAlias = Stopped | Starting | Listening | Stopping | Failed


KEPT: Final = ("host", "port", "expose", "inbound_path", "status_path", "public_url", "reply")
"""The settings that are written."""

LARGEST: Final = 1024 * 1024
"""Bytes of the file; a hundred numbers that were pointed here take a twentieth of that."""

_WORDS: Final = {"port": "a whole number", "expose": "true or false"}

_Table = dict[str, object]


@dataclass(frozen=True, slots=True)
class ReplacedWebhook:
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


def load_settings(path: Path) -> tuple[ReceiverSettings, tuple[ReplacedWebhook, ...]]:
    """What the file says; a missing file says nothing.

    Raises:
        SettingsUnreadable: it is there and cannot be understood.
    """
    document = _read(path)
    values: _Table = {}
    for field in fields(ReceiverSettings):
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
    return ReceiverSettings(**values), replaced  # pyright: ignore[reportArgumentType] - each was held to its field's type


def save_settings(
    path: Path,
    settings: ReceiverSettings,
    replaced: Sequence[ReplacedWebhook],
    *,
    before: ReceiverSettings | None = None,
    put_back: Collection[str] = (),
) -> None:
    """Write both, whole or not at all. What another instance wrote meanwhile stays: it may be all that is left of what
    a number had.

    Args:
        path: where the file is.
        settings: as they are now.
        replaced: the numbers that are known to point here.
        before: the settings as this instance last read or wrote them: what is still the same is left as it stands in
            the file. Without them everything is written.
        put_back: numbers (their SIDs) that have back what they had.

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
            now = {name: getattr(settings, name) for name in KEPT}
            document.update(
                {name: each for name, each in now.items() if before is None or each != getattr(before, name)}
            )
            kept = _merged(document.pop("replaced", None), replaced, put_back)
            if kept:
                document["replaced"] = kept
            write_atomic(path, tomli_w.dumps(document).encode("utf-8", "replace"))
    except OSError as problem:
        raise SettingsUnsaved(
            "settings",
            f"{path.name} cannot be written: {problem.strerror or type(problem).__name__}.",
            f"The settings hold until tuilio ends; check the folder {path.parent}.",
        ) from None


def _merged(present: object, replaced: Sequence[ReplacedWebhook], put_back: Collection[str]) -> _Table:
    """What there is to put back by this instance's doing and by another's."""
    kept = dict(cast("_Table", present)) if isinstance(present, dict) else {}
    for one in replaced:
        entry = _entry(one)
        theirs = kept.get(one.number_sid)
        if isinstance(theirs, dict) and cast("_Table", theirs).get("ours") == one.before.url:
            # It was pointed here twice: what it had before the first time is what it gets back.
            entry = cast("dict[str, str]", theirs) | {"ours": one.ours}
        kept[one.number_sid] = entry
    return {sid: entry for sid, entry in kept.items() if sid not in put_back}


def _read(path: Path) -> _Table:
    try:
        text = read_regular(path, limit=LARGEST).decode("utf-8-sig")
        return loads(text)
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise _unreadable(path, f"{problem.strerror or type(problem).__name__}.") from None
    except UnicodeDecodeError:
        raise _unreadable(path, "It is not UTF-8.") from None
    except RecursionError:
        raise _unreadable(path, "It is nested too deeply.") from None
    except ValueError as problem:
        # Beside its own error, tomllib lets int() refuse thousands of digits.
        raise _unreadable(path, f"{problem}.") from None


def _unreadable(path: Path, why: str) -> SettingsUnreadable:
    return SettingsUnreadable("settings", f"{path.name} cannot be read: {why}", f"Mend or remove {path}.")


def _entry(one: ReplacedWebhook) -> dict[str, str]:
    return {
        "account_sid": one.account_sid,
        "phone_number": one.phone_number,
        "url": one.before.url,
        "method": one.before.method,
        "application_sid": one.before.application_sid,
        "ours": one.ours,
    }


def _replaced(path: Path, sid: str, entry: object) -> ReplacedWebhook:
    table: Mapping[str, object] = cast("_Table", entry) if isinstance(entry, dict) else {}
    texts = {key: value for key, value in table.items() if isinstance(value, str)}
    try:
        before = SmsWebhook(texts["url"], texts["method"], texts["application_sid"])
        return ReplacedWebhook(texts["account_sid"], sid, texts["phone_number"], before, texts["ours"])
    except KeyError as missing:
        raise _unreadable(path, f"replaced.{sid} has no text for {missing.args[0]}.") from None
