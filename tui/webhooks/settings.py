"""The receiver's settings and their checks, the numbers that were pointed here, and webhooks.toml, which keeps both."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from tui.http_server.loopback import is_loopback
from tui.storage.errors import ConfigUnreadable
from tui.storage.files import lock, make_folder, read_regular, resolve, sweep, write_atomic
from tui.storage.toml_reading import parse
from tui.twilio.numbers import PhoneNumber, SmsWebhook
from tui.webhooks.errors import InvalidSetting, ReceiverUnavailable, SettingsUnreadable, SettingsUnsaved
from tui.webhooks.forward_target import ForwardTarget, check_way_back, read_target
from tui.webhooks.twiml import check_template

KEPT: Final = (
    *("host", "port", "expose", "inbound_path", "status_path", "public_url", "reply"),
    *("forward_to", "forwards", "forward_signature", "confirmed", "tunnel", "tunnel_server"),
)
"""The settings that are written to the file."""

LARGEST: Final = 1024 * 1024
"""Bytes of the file; a hundred numbers that were pointed here take a twentieth of that."""

_PATH: Final = re.compile(r"/[!-\"$->@-~]*")
_TYPES: Final = {
    "port": "a whole number",
    "expose": "true or false",
    "forwards": "true or false",
    "confirmed": "a list of texts in quotes",
    "tunnel": "a list of texts in quotes, the words of a command",
}

AS_IT_CAME: Final = "as it came"
FOR_MY_URL: Final = "for my URL"
SIGNATURES: Final = (AS_IT_CAME, FOR_MY_URL)
"""What signature a forwarded event has: Twilio's for the public URL, or one made anew for the URL of the program."""

_Table = dict[str, object]


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """How the receiver is set up.

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
        forward_to: the URL of the person's own program, which every verified event is forwarded to; empty for none.
        forwards: whether that is done now.
        forward_signature: one of `SIGNATURES`.
        confirmed: origins on other machines that the person has agreed to forward to.
        tunnel: the words of a command that leads a public address here, see `tui.webhooks.tunnels`; empty for none.
        tunnel_server: the server that ssh led through last, as it was typed.
    """

    host: str = "127.0.0.1"
    port: int = 0
    expose: bool = False
    inbound_path: str = "/sms"
    status_path: str = "/status"
    public_url: str = ""
    allow_unsigned: bool = False
    reply: str = ""
    forward_to: str = ""
    forwards: bool = True
    forward_signature: str = AS_IT_CAME
    confirmed: tuple[str, ...] = ()
    tunnel: tuple[str, ...] = ()
    tunnel_server: str = ""

    @property
    def target(self) -> ForwardTarget | None:
        """Where events are forwarded to; None for nowhere.

        Raises:
            InvalidSetting: nothing can be forwarded there.
        """
        return read_target(self.forward_to) if self.forward_to.strip() else None

    @property
    def unconfirmed(self) -> str:
        """The origin on another machine that has to be confirmed before anything is forwarded there; else empty."""
        try:
            target = self.target
        except InvalidSetting:
            return ""
        return "" if target is None or target.here or str(target.origin) in self.confirmed else str(target.origin)

    def confirm(self) -> ReceiverSettings:
        """These settings, with the origin that is forwarded to confirmed."""
        return replace(self, confirmed=(*self.confirmed, self.unconfirmed)) if self.unconfirmed else self

    def checked(self) -> ReceiverSettings:
        """These settings, checked, the public URL without its last slash, the program's URL written out.

        Raises:
            ReceiverUnavailable: the port is none of TCP, or the host not loopback without `expose`.
            InvalidSetting: a path, the public URL or the reply cannot be used.
        """
        _check_listen(self.host, self.port, expose=self.expose)
        _check_path("inbound_path", self.inbound_path)
        _check_path("status_path", self.status_path)
        if self.inbound_path == self.status_path:
            raise InvalidSetting(
                "status_path", "Messages and status callbacks have the same path.", "Give each a path of its own."
            )
        check_template(self.reply)
        public_url = _check_public_url(self.public_url)
        target = self.target
        if target is not None:
            check_way_back(target, self.host, self.port, public_url)
        if self.forward_signature not in SIGNATURES:
            choices = " nor ".join(f"“{each}”" for each in SIGNATURES)
            raise InvalidSetting("forward_signature", f"The signature is neither {choices}.", "Choose one of them.")
        return replace(self, public_url=public_url, forward_to=str(target or ""))


def _check_listen(host: str, port: int, *, expose: bool) -> None:
    if not 0 <= port <= 65535:
        raise ReceiverUnavailable(
            "port", f"{port} is not a port.", "Choose one from 1 to 65535, or leave it out to get a free one."
        )
    if not is_loopback(host) and not expose:
        raise ReceiverUnavailable(
            "host",
            f"{host or 'An empty host'} is not this machine's own loopback address.",
            "Listen on 127.0.0.1 and bring requests here with a tunnel, or allow other machines explicitly.",
        )


def _check_path(field: str, path: str) -> None:
    if not _PATH.fullmatch(path):
        raise InvalidSetting(
            field, f"“{path}” is not a path.", "Begin with a slash, use letters, digits and signs, no blank, ? or #."
        )


def _check_public_url(text: str) -> str:
    """The public URL without its last slash; empty for none."""
    url = text.strip()
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
        parts = None
    if not good or parts is None or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidSetting(
            "public_url", "The public URL is not an absolute http or https URL.", "Write it as https://example.com."
        )
    if "?" in url or "#" in url:
        raise InvalidSetting(
            "public_url", "The public URL has a query or a fragment.", "Leave out everything from ? or # on."
        )
    if "_" in (parts.hostname or ""):
        raise InvalidSetting(
            "public_url", "The public URL's host holds an underscore.", "Twilio does not call such hosts (21609)."
        )
    return url.rstrip("/")


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


class NumberRouting:
    """The numbers, of every account, that this program pointed here, and the webhook each had before."""

    def __init__(self, remembered: Iterable[ReplacedWebhook] = ()) -> None:
        self._by_sid = {one.number_sid: one for one in remembered}
        self.put_back: set[str] = set()
        """SIDs of numbers whose earlier webhook is to be forgotten, in the file as well."""

    @property
    def all(self) -> tuple[ReplacedWebhook, ...]:
        """The earlier webhooks of all of them."""
        return tuple(self._by_sid.values())

    def of(self, account_sid: str) -> tuple[ReplacedWebhook, ...]:
        """The earlier webhooks of one account's numbers."""
        return tuple(one for one in self._by_sid.values() if one.account_sid == account_sid)

    def note(self, account_sid: str, number: PhoneNumber, url: str) -> None:
        """Remember what a number has now, before it is given `url`.

        A number that still has what it was given earlier keeps what it had before that.
        """
        self.put_back.discard(number.sid)
        earlier = self._by_sid.get(number.sid)
        if earlier is not None and number.sms_url == earlier.ours:
            self._by_sid[number.sid] = replace(earlier, ours=url)
        elif number.sms_url != url or number.webhook.application_sid:
            self._by_sid[number.sid] = ReplacedWebhook(
                account_sid, number.sid, number.phone_number, number.webhook, url
            )

    def forget(self, number_sid: str) -> None:
        """Forget a number that has back what it had, or was changed by somebody else."""
        self._by_sid.pop(number_sid, None)
        self.put_back.add(number_sid)


def load_settings(path: Path) -> tuple[ReceiverSettings, tuple[ReplacedWebhook, ...]]:
    """The settings and the pointed numbers of the file; the defaults where there is none.

    Raises:
        SettingsUnreadable: it cannot be read or understood.
    """
    document = _read(path)
    values: _Table = {}
    for field in fields(ReceiverSettings):
        if field.name not in KEPT or field.name not in document:
            continue
        value = _tuple_of_texts(document[field.name])
        if type(value) is not type(cast("object", field.default)):
            raise _unreadable(path, f"{field.name} is not {_TYPES.get(field.name, 'a text in quotes')}.")
        values[field.name] = value
    entries = document.get("replaced", {})
    if not isinstance(entries, dict):
        raise _unreadable(path, "replaced is not a table.")
    replaced = tuple(_replaced(path, sid, entry) for sid, entry in cast("_Table", entries).items())
    return ReceiverSettings(**values), replaced  # pyright: ignore[reportArgumentType] - each was held to its field's type


def _tuple_of_texts(value: object) -> object:
    """A list of texts as a tuple; anything else as it is."""
    if not isinstance(value, list):
        return value
    each = cast("list[object]", value)
    return tuple(each) if all(isinstance(one, str) for one in each) else each


def save_settings(
    path: Path,
    settings: ReceiverSettings,
    replaced: Sequence[ReplacedWebhook],
    *,
    before: ReceiverSettings | None = None,
    put_back: Collection[str] = (),
) -> None:
    """Write both, whole or not at all, over what has changed only: another instance may have written the rest.

    Args:
        path: of the file.
        settings: as they are now.
        replaced: the numbers that are known to point here.
        before: the settings as this instance last read or wrote them: what is still the same is left as it stands in
            the file. None writes everything.
        put_back: the SIDs of numbers that have back what they had.

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
            # An empty list would stand in every file that never needed it.
            now = {name: each for name, each in now.items() if each != () or name in document}
            document.update(
                {name: each for name, each in now.items() if before is None or each != getattr(before, name)}
            )
            kept = _merged(document.pop("replaced", None), replaced, put_back)
            if kept:
                document["replaced"] = kept
            write_atomic(path, tomli_w.dumps(document).encode("utf-8", "replace"))
            sweep(resolve(path).parent)
    except OSError as problem:
        raise SettingsUnsaved(
            "settings",
            f"{path.name} cannot be written: {problem.strerror or type(problem).__name__}.",
            f"The settings hold until tuilio ends; check the folder {path.parent}.",
        ) from None


def _merged(present: object, replaced: Sequence[ReplacedWebhook], put_back: Collection[str]) -> _Table:
    """The table `replaced` of the file, with this instance's numbers in it."""
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
        return parse(read_regular(path, limit=LARGEST), path)
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise _unreadable(path, f"{problem.strerror or type(problem).__name__}.") from None
    except ConfigUnreadable as problem:
        raise SettingsUnreadable("settings", f"{path.name}: {problem.reason}", f"Mend or remove {path}.") from None


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
