"""The media types of files by their name and of bodies by their look; the same on every machine.

The tables of systems differ from host to host and those of `mimetypes` from one Python to the next, so none is asked.
Pure functions; must not open a file.
"""

from __future__ import annotations

import json
import re

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TEXT = "text/plain"
OCTETS = "application/octet-stream"

# What Twilio takes as media (https://www.twilio.com/docs/messaging/guides/accepted-mime-types), and what people upload.
_SUFFIXES = {
    "application/gzip": "gz",
    JSON: "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.apple.pkpass": "pkpass",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-bzip2": "bz2",
    "application/x-pem-file": "pem",
    "application/x-tar": "tar",
    "application/xml": "xml",
    "application/yaml": "yaml yml",
    "application/zip": "zip",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg oga opus",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "audio/x-wav": "wav",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg jpeg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif tiff",
    "image/webp": "webp",
    "text/calendar": "ics",
    "text/css": "css",
    "text/csv": "csv",
    "text/html": "html htm",
    "text/javascript": "js",
    "text/markdown": "md",
    TEXT: "txt log",
    "text/rtf": "rtf",
    "text/tab-separated-values": "tsv",
    "text/vcard": "vcf vcard",
    "text/xml": "xml",
    "video/3gpp": "3gp",
    "video/3gpp2": "3g2",
    "video/mp4": "mp4 m4v",
    "video/mpeg": "mpeg mpg",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
}
"""Type → the suffixes of its files, the usual one first. A suffix that stands twice means the first of its types."""
_BY_SUFFIX = {suffix: kind for kind, text in reversed(_SUFFIXES.items()) for suffix in text.split()}

# A key as people type it: no blanks, no quotes, no braces, so that prose and broken JSON are not taken for a form.
_PAIR = re.compile(r"[^\s=&{}\"'<>:]+[<>]?=[^&\x00-\x1f\x7f]*")


def type_by_name(filename: str) -> str:
    """The media type of a file by its name; `application/octet-stream` when that tells none."""
    return _BY_SUFFIX.get(filename.rpartition(".")[2].lower(), OCTETS) if "." in filename else OCTETS


def suffix_of(media_type: str) -> str:
    """The usual suffix, with its dot, of files of a type; empty for an unknown one."""
    suffix = _SUFFIXES.get(media_type, "").partition(" ")[0]
    return f".{suffix}" if suffix else ""


def type_by_look(data: bytes) -> str:
    """The media type of a body by its look: JSON text, `a=b&c=d`, other text, or bytes that are no text."""
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
