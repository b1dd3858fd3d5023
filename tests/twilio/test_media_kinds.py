"""What a file is, by its content before its word; and names that do nothing on any system."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.twilio import media_kinds
from tui.twilio.media_kinds import PROGRAM, UNKNOWN, declared_name, file_name, judge, media_type, say_type

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
SUFFIXES = {kind.suffix for kind in media_kinds._KINDS.values()} | {".bin"}
RUNS = re.compile(
    r"\.(exe|com|bat|cmd|msi|scr|pif|cpl|lnk|url|jse?|vb[se]|ws[fh]|hta|ps1|jar|app|command|sh|desktop|py|pl|rb|php|apk|"
    r"deb|rpm|dmg|pkg|iso|reg|dll|so|docm|xls[mb]|pptm|xlam|chm|inf|scf)"
)


@pytest.mark.parametrize(
    ("declared", "beginning", "words", "suffix", "opens"),
    [
        ("image/png", PNG, "PNG image", ".png", "at once"),
        ("image/jpeg", PNG, "PNG image", ".png", "at once"),
        ("application/x-msdownload", PNG, "PNG image", ".png", "at once"),
        ("image/jpg; name=a.exe", b"\xff\xd8\xff\xe0", "JPEG image", ".jpg", "at once"),
        ("image/png", b"\0\1\2 nothing known", "unknown", ".bin", "asks"),
        ("image/png", b"MZ\x90\0\3\0\0\0", "program", ".bin", "never"),
        ("image/png", b"\x7fELF\2\1\1\0", "program", ".bin", "never"),
        ("text/plain", b"#!/bin/sh\nrm -rf ~\n", "program", ".bin", "never"),
        ("text/plain", b"\xef\xbb\xbf[Desktop Entry]\nExec=x\n", "program", ".bin", "never"),
        ("text/plain", b" \n[InternetShortcut]\nURL=file:///x", "program", ".bin", "never"),
        ("text/plain", b"<!DOCTYPE html><script>", "web page", ".html", "asks"),
        ("text/plain", b"<?xml version='1.0'?><svg onload='x'>", "SVG drawing", ".svg", "asks"),
        ("text/plain", b"<3 you", "text", ".txt", "at once"),
        ("text/javascript", b"alert(1)", "text", ".txt", "at once"),
        ("", b"plain words", "text", ".txt", "at once"),
        ("application/octet-stream", b"", "unknown", ".bin", "asks"),
        ("text/x-vcard", b"BEGIN:VCARD\r\n", "contact (vCard)", ".vcf", "asks"),
        ("text/csv", b"a,b\n=cmd|x,1\n", "CSV table", ".csv", "asks"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04", "Word document",
         ".docx", "asks"),
        ("application/java-archive", b"PK\x03\x04", "ZIP archive", ".zip", "asks"),
        ("application/vnd.android.package-archive", b"PK\x03\x04", "ZIP archive", ".zip", "asks"),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Word document", ".doc", "asks"),
        ("application/x-msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unknown", ".bin", "asks"),
        ("audio/amr", b"#!AMR\n\x0c", "AMR audio", ".amr", "at once"),
        ("audio/ogg; codecs=opus", b"OggS\0\2", "Ogg audio", ".ogg", "at once"),
        ("video/mp4", b"\0\0\0\x18ftypmp42", "MP4 video", ".mp4", "at once"),
        ("image/heic", b"\0\0\0\x18ftypheic", "HEIC image", ".heic", "at once"),
        ("audio/mpeg", b"\xff\xfb\x90\x64", "MP3 audio", ".mp3", "at once"),
        ("image/png", b"\xff\xfb\x90\x64", "unknown", ".bin", "asks"),
        ("image/webp", b"RIFF\0\0\0\0WEBPVP8 ", "WebP image", ".webp", "at once"),
        ("application/pdf", b"%PDF-1.7\n", "PDF document", ".pdf", "at once"),
    ],
)  # fmt: skip
def test_a_file_is_what_it_begins_like(declared, beginning, words, suffix, opens):
    kind = judge(declared, beginning)
    assert (kind.words, kind.suffix, kind.opens) == (words, suffix, opens)
    assert (kind.why == "") == (opens == "at once")


def test_no_ending_of_the_table_is_one_that_a_system_runs():
    assert not any(RUNS.fullmatch(suffix) for suffix in SUFFIXES)
    assert all(re.fullmatch(r"\.[a-z0-9]{2,6}", suffix) for suffix in SUFFIXES)


@given(st.text(max_size=300) | st.sampled_from(["image/png", "text/html", "a/b;" * 3000]), st.binary(max_size=600))
def test_whatever_is_declared_and_sent_something_harmless_comes_of_it(declared, beginning):
    kind = judge(declared, beginning)
    assert kind.suffix in SUFFIXES
    assert kind is PROGRAM or kind is UNKNOWN or kind.suffix != ".bin"
    assert say_type(declared).isprintable() and len(say_type(declared)) <= 60
    assert media_type(declared).isascii()


NAMES = st.text(max_size=500) | st.sampled_from(
    ["../../x", "..", ".", "NUL", "nul.txt", "COM1.pdf", "-rf", ".bashrc", "a\u202egnp.exe", "x" * 10_000, "", "a\0b",
     "C:\\Windows\\x.exe", "/etc/passwd", "photo.jpg.exe", "a/b/../c", "~", "$(x)", "con.", "LPT9 .x", "e\u0301" * 200]
)  # fmt: skip

#: What Windows gives to a device, with any ending ("Naming Files, Paths, and Namespaces", Microsoft).
WINDOWS_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in "123456789¹²³")}


@given(NAMES, st.sampled_from(sorted(SUFFIXES)))
def test_a_name_leads_nowhere_hides_nothing_and_ends_as_its_kind_does(wanted, suffix):
    name = file_name(wanted, "media-1a2b3c4d", suffix)
    assert name.endswith(suffix) and name.count(".") == 1
    assert PurePosixPath(name).name == PureWindowsPath(name).name == name
    assert name[0] not in ".- " and name[-1] not in ". "
    assert name.partition(".")[0].rstrip().upper() not in WINDOWS_DEVICES
    assert len(name.encode()) <= 255
    assert not any(ord(sign) < 32 or sign in '<>:"/\\|?*\u202e\u200f\u2066' for sign in name)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("invoice 12.pdf", "invoice 12.pdf"),
        ("Ärzte-Brief.PDF", "Ärzte-Brief.pdf"),
        ("photo.jpg.exe", "photo_jpg.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\x\\report.docx", "report.pdf"),
        ("NUL.pdf", "media-1.pdf"),
        ("-rf", "rf.pdf"),
        ("", "media-1.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("\u3164.exe", "media-1.pdf"),
        ("a\ufe0f\U000e0100b.exe", "a_b.pdf"),
    ],
)
def test_what_is_left_of_a_name(wanted, name):
    assert file_name(wanted, "media-1", ".pdf") == name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("inline; filename=a.pdf; size=3", "a.pdf"),
        ("attachment; filename=\"x\"; filename*=UTF-8''%C3%A4.pdf", "ä.pdf"),
        ("attachment", ""),
        ("filename*=utf-8''%ff%00", "\ufffd\0"),
    ],
)
def test_a_declared_name_is_read_as_it_was_sent(header, name):
    assert declared_name(header) == name


@given(st.text(max_size=3000))
def test_no_header_is_too_odd_to_be_read(header):
    assert len(declared_name(header)) <= 4000


def test_of_a_name_without_an_end_little_is_read():
    assert len(declared_name('filename="' + "\\" * 1_000_000)) <= 4000
    assert len(file_name("a_" * 1_000_000, "x", ".bin")) <= 64
