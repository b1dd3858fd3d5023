"""Which content type a file or a text has by its looks; the same on every machine.

The system's own tables differ from host to host, so none is asked. Pure functions; must not open a file.
"""

from __future__ import annotations

import json
import re

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TEXT = "text/plain"
OCTETS = "application/octet-stream"

# What Twilio takes as media (https://www.twilio.com/docs/messaging/guides/accepted-mime-types), and what people upload.
_BY_SUFFIX = {
    "3g2": "video/3gpp2",
    "3gp": "video/3gpp",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "bz2": "application/x-bzip2",
    "css": "text/css",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "heif": "image/heif",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": JSON,
    "log": TEXT,
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "md": "text/markdown",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "pem": "application/x-pem-file",
    "pkpass": "application/vnd.apple.pkpass",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "text/rtf",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "tsv": "text/tab-separated-values",
    "txt": TEXT,
    "vcard": "text/vcard",
    "vcf": "text/vcard",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
}
# A key as people type it: no blanks, no quotes, no braces, so that prose and broken JSON are not taken for a form.
_PAIR = re.compile(r"[^\s=&{}\"'<>:]+[<>]?=[^&\x00-\x1f\x7f]*")


def type_by_name(filename: str) -> str:
    """The content type a file name promises; `application/octet-stream` when it promises none."""
    return _BY_SUFFIX.get(filename.rpartition(".")[2].lower(), OCTETS) if "." in filename else OCTETS


def type_by_look(data: bytes) -> str:
    """The content type of a body by its looks: JSON text, `a=b&c=d`, other text, or bytes that are no text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return OCTETS
    if _is_json(text):
        return JSON
    if all(_PAIR.fullmatch(part) for part in text.split("&")):
        return FORM
    return TEXT if text.isascii() else f"{TEXT}; charset=utf-8"


def _is_json(text: str) -> bool:
    try:
        # The digits themselves do not matter here, and Python refuses to convert very many of them.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return False
    return True


def _no_json(word: str) -> object:
    raise ValueError(word)
