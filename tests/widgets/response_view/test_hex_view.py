"""Types by their first bytes."""

from __future__ import annotations

import gzip
import io
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.response_view.hex_view import file_type


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
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG image"),
        (b"GIF89a\1\0", "GIF image"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP image"),
        (b"%PDF-1.7\n", "PDF document"),
        (a_zip(), "ZIP archive"),
        (gzip.compress(b"a"), "gzip data"),
        (b"\0\0\0\x18ftypmp42\0\0", "MPEG-4 video"),
        (b"\0\0\0\x18ftyp3gp4\0\0", "3GPP video"),
        (b"OggS\0\2", "Ogg audio"),
        (a_wav(), "WAV audio"),
        (b"ID3\4\0\0", "MP3 audio"),
        (b"\xff\xfb\x90\x64\0\0", "MP3 audio"),
        (b"#!AMR\n", "AMR audio"),
        (b"BEGIN:VCARD\r\n", "contact (vCard)"),
        (b"<?xml version='1.0'?>", "XML text"),
        (b"\n<!DOCTYPE html>", "HTML text"),
        (b' {"a": 1}', "text, maybe JSON"),
        ("grüße".encode(), "text (UTF-8)"),
        (b"\xff\xfea\0", "text (UTF-16)"),
        ("é".encode() * 3000, "text (UTF-8)"),
        (b"\xff\xf9\xff", "unknown bytes"),
        (b"a\0b", "unknown bytes"),
        (b"", "nothing"),
    ],
    # Archives hold the present time: their bytes are no name for a test.
    ids=lambda value: value if isinstance(value, str) else "of",
)
def test_a_beginning_tells_the_type(content, words):
    assert file_type(content) == words


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind(content):
    assert file_type(content)
