"""Types by their first bytes."""

from __future__ import annotations

import gzip
import io
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.response_view.file_signatures import kind_of


def a_wav():
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setparams((1, 1, 8000, 0, "NONE", ""))
        return file.getvalue()


def a_zip():
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a", "b")
        return file.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a\1\0", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (a_zip(), "application/zip"),
        (gzip.compress(b"a"), "application/gzip"),
        (b"\0\0\0\x18ftypmp42\0\0", "video/mp4"),
        (b"\0\0\0\x18ftyp3gp4\0\0", "video/3gpp"),
        (b"OggS\0\2", "audio/ogg"),
        (a_wav(), "audio/wav"),
        (b"ID3\4\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\0\0", "audio/mpeg"),
        (b"#!AMR\n", "audio/amr"),
        (b"BEGIN:VCARD\r\n", "text/vcard"),
        (b"<?xml version='1.0'?>", "application/xml"),
        (b"\n<!DOCTYPE html>", "text/html"),
        (b' {"a": 1}', "application/json"),
        ("grüße".encode(), "text/plain"),
        (b"\xff\xfea\0", "text/plain"),
        ("é".encode() * 3000, "text/plain"),
        (b"\xff\xf9\xff", "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
    # Archives hold the present time: their bytes are no name for a test.
    ids=lambda value: value if isinstance(value, str) else "of",
)
def test_a_beginning_tells_the_type(content, media_type):
    assert kind_of(content).media_type == media_type


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind(content):
    assert kind_of(content).name
