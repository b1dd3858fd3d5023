"""A message that arrives: read from the JSON of `POST /_sandbox/inbound`.

MediaUrl is a text or a list of texts, or MediaUrl0, MediaUrl1 … as in a webhook; NumMedia may say how many. Nothing is
fetched: the type of a file is told by its ending, and its content is one of the sandbox's own (see `media_bytes`). A
`data:` URL has both in itself.
"""

from __future__ import annotations

from typing import cast

from tui.sandbox import resources
from tui.sandbox.addresses import as_listed, channel_of
from tui.sandbox.control_call import ControlCall
from tui.sandbox.messages import StoredMedia
from tui.sandbox.parameters import is_url
from tui.sandbox.resources import Json
from tui.sandbox.validation import MAX_MEDIA

_LONGEST_URL = 2048
# What an inbound message is made of, and the most characters each may have.
_TEXTS = {"From": 256, "To": 256, "Body": 65_536}
# What every sentence about an inbound message shows: it would be taken as it stands.
_EXAMPLE = '{"From": "+14155550123", "To": "+14155550100", "Body": "Hi"}'


def receive(call: ControlCall) -> Json:
    """Let a message arrive, and return it.

    Raises:
        ValueError: with a sentence, for what it cannot be made of.
    """
    value, account = call.document(), call.parts.account
    if not isinstance(value, dict):
        raise ValueError(f"an inbound message is a JSON object, as in {_EXAMPLE}")
    fields = dict(cast("dict[str, object]", value))
    files = _files(fields)
    if strange := sorted(set(fields) - _TEXTS.keys()):
        raise ValueError(f"{strange[0][:60]!r} is not known here; these are: {', '.join(_TEXTS)}, MediaUrl, NumMedia")
    texts = {name: _text(name, fields.get(name, ""), most) for name, most in _TEXTS.items()}
    if not (texts["From"] and texts["To"]):
        raise ValueError(f"From and To are needed, as in {_EXAMPLE}")
    sender, to = as_listed(texts["From"]), as_listed(texts["To"])
    if channel_of(sender) != channel_of(to):
        raise ValueError(f"From {sender[:60]} and To {to[:60]} are not of the same channel, such as whatsapp:")
    message = account.receive(sender, to, texts["Body"], files)
    return resources.message(account.identity.account_sid, message, account.clock())


def _files(fields: dict[str, object]) -> tuple[str, ...]:
    """Take MediaUrl, MediaUrl0 … and NumMedia out of the fields, and return the URLs."""
    given = fields.pop("MediaUrl", [])
    urls = cast("list[object]", given) if isinstance(given, list) else [given]
    while (name := f"MediaUrl{len(urls)}") in fields:
        urls = [*urls, fields.pop(name)]
    count = fields.pop("NumMedia", None)
    if len(urls) > MAX_MEDIA:
        raise ValueError(f"MediaUrl names {len(urls)} files; {MAX_MEDIA} are the most")
    if count is not None and str(count) != str(len(urls)):
        raise ValueError(f"NumMedia is {str(count)[:20]!r}, but there are {len(urls)} of MediaUrl")
    return tuple(map(_file, urls))


def _file(given: object) -> str:
    """Read a URL of a file, or a `data:` URL, which is as long as the request may be."""
    if isinstance(given, str) and given.startswith("data:"):
        try:
            StoredMedia.of(given, "")
        except ValueError as error:
            raise ValueError(f"MediaUrl cannot be read: {error}") from None
        return given
    if not is_url(url := _text("MediaUrl", given, _LONGEST_URL)):
        raise ValueError("MediaUrl must be an absolute http or https URL, or a data: URL")
    return url


def _text(name: str, given: object, most: int) -> str:
    """Return a text as it is."""
    if not isinstance(given, str):
        raise ValueError(f"{name} must be a text in quotation marks, as in {_EXAMPLE}")
    if len(given) > most:
        raise ValueError(f"{name} is {len(given)} characters long; {most} are the most")
    return given
