"""Forms and files: the bytes on the wire, hostile names, and files that change."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.sending import Unanswered, check, prepare, send
from tui.raw_request.transfer import FileChanged, Progress, build
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import type_by_name

Http = Callable[..., bytes]


async def test_a_form_with_fields_and_files_is_these_bytes(serve: Any, http: Http, tmp_path: Path) -> None:
    picture = tmp_path / "a.PNG"
    picture.write_bytes(b"\x89PNG\r\n--")
    notes = tmp_path / "notes"
    notes.write_bytes(b"")
    wire = await serve(http(b"{}"))
    request = RawRequest(
        "POST",
        "/x",
        headers=[("Content-Type", "multipart/form-data; boundary=B")],
        form=[("a", "1"), ("a", "é\n"), ("b", "")],
        files=[
            FilePart("f", picture),
            FilePart("f", str(notes), filename="n.txt", content_type="text/x; charset=utf-8"),
        ],
    )
    async with Client(wire.connection()) as client:
        prepared = prepare(client, request)
        await send(client, request)
    heard = wire.heard[0]
    expected = (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xc3\xa9\n\r\n'
        b'--B\r\nContent-Disposition: form-data; name="b"\r\n\r\n\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a.PNG"\r\n'
        b"Content-Type: image/png\r\n\r\n\x89PNG\r\n--\r\n"
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n'
        b"Content-Type: text/x; charset=utf-8\r\n\r\n\r\n"
        b"--B--\r\n"
    )
    assert heard.body == expected
    assert heard.header("content-length") == str(len(expected)) == str(prepared.body_size)
    assert heard.header("transfer-encoding") is None
    assert heard.header("content-type") == "multipart/form-data; boundary=B" == prepared.content_type


async def test_the_boundary_is_made_here_when_none_is_typed(serve: Any, http: Http) -> None:
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        await send(client, RawRequest("POST", "/x", form=[("a", "1")]))
    heard = wire.heard[0]
    boundary = re.fullmatch(r"multipart/form-data; boundary=(\S{30,70})", heard.header("content-type") or "")
    assert boundary is not None
    assert heard.body.startswith(f"--{boundary[1]}\r\n".encode())


async def test_names_with_quotes_and_line_ends_are_escaped_never_injected(
    serve: Any, http: Http, tmp_path: Path
) -> None:
    file = tmp_path / 'a"\r\nX-Evil: 1\r\n\r\n.txt'
    file.write_bytes(b"x")
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        await send(client, RawRequest("POST", "/x", form=[('k"\r\n', "v")], files=[FilePart("f\n", file)]))
    body = wire.heard[0].body
    assert b'; name="k%22%0D%0A"\r\n' in body
    assert b'; name="f%0A"; filename="a%22%0D%0AX-Evil: 1%0D%0A%0D%0A.txt"\r\n' in body
    assert b"\nX-Evil" not in body


async def test_a_file_name_that_is_no_text_goes_out_as_it_is(serve: Any, http: Http, tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    try:
        file.write_bytes(b"x")
    except OSError:
        pytest.skip("this file system wants names that are text")
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        await send(client, RawRequest("POST", "/x", files=[FilePart("f", file)]))
    assert b'filename="\xff.txt"' in wire.heard[0].body


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=100)
@given(form=st.lists(st.tuples(NAMES, st.text(st.characters(exclude_categories=["Cs"]), max_size=20)), max_size=4))
def test_every_form_has_as_many_parts_as_fields(form: list[tuple[str, str]]) -> None:
    async def whole() -> bytes:
        body = build(form, (), "boundary-that-nothing-holds")
        content = b"".join([piece async for piece in body.pieces()])
        assert len(content) == body.length
        return content

    head = b'Content-Type: multipart/form-data; boundary="boundary-that-nothing-holds"\r\n\r\n'
    content = asyncio.run(whole())
    parts = content.split(b"--boundary-that-nothing-holds")
    assert len(parts) == len(form) + 2
    values = [part.partition(b"\r\n\r\n")[2][:-2].decode() for part in parts[1:-1]]
    assert values == [value for _, value in form]
    if form:
        assert len(message_from_bytes(head + content, policy=HTTP).get_payload()) == len(form)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", "image/jpeg"),
        ("A.JPEG", "image/jpeg"),
        ("x.tar.gz", "application/gzip"),
        ("c.vcf", "text/vcard"),
        ("v.mp4", "video/mp4"),
        ("noend", "application/octet-stream"),
        ("x.unheard", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_name_tells_the_same_type_on_every_machine(name: str, kind: str) -> None:
    assert type_by_name(name) == kind


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (lambda d: FilePart("f", d / "none"), "There is no file"),
        (lambda d: FilePart("f", d), "is a folder"),
        (lambda d: FilePart("f", "/dev/null"), "not an ordinary file"),
        (lambda d: FilePart("f", "a\0b"), "path of “f” cannot be read"),
        (lambda d: FilePart("f", ""), "No file is chosen"),
        (lambda d: FilePart("f", "~nobody-of-that-name/x"), "cannot be read"),
        (lambda d: FilePart("", d / "there"), "has no key"),
        (lambda d: FilePart("f", d / "there", content_type="a/b\r\nX: y"), "content type"),
        (lambda d: FilePart("f", d / "there", content_type="png"), "content type"),
        (lambda d: FilePart("f", d / "there", filename="\udfff\ud800"), "half of a character"),
    ],
)
async def test_a_file_that_cannot_be_sent_is_told_before_anything_is(
    serve: Any, part: Callable[[Path], FilePart], reason: str, tmp_path: Path
) -> None:
    (tmp_path / "there").write_bytes(b"x")
    wire = await serve(b"")
    request = RawRequest("POST", "/x", files=[part(tmp_path)])
    async with Client(wire.connection()) as client:
        (problem,) = check(client, request)
        with pytest.raises(InvalidRequest):
            await send(client, request)
    assert problem.field == "File Data"
    assert reason in problem.reason
    assert wire.connections == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_an_unreadable_file_is_told(serve: Any, tmp_path: Path) -> None:
    file = tmp_path / "locked"
    file.write_bytes(b"x")
    file.chmod(0)
    wire = await serve(b"")
    async with Client(wire.connection()) as client:
        (problem,) = check(client, RawRequest("POST", "/x", files=[FilePart("f", file)]))
    assert "cannot be read" in problem.reason


@pytest.mark.parametrize("change", ["grow", "shrink", "rewrite", "remove"])
async def test_a_file_that_changes_meanwhile_breaks_the_upload_off_and_is_not_tried_again(
    serve: Any, http: Http, tmp_path: Path, change: str
) -> None:
    file = tmp_path / "log"
    file.write_bytes(bytes(3_000_000))
    os.utime(file, (1, 1))
    wire = await serve(http(b"{}"))
    told: list[Progress] = []

    def meddle(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 1:
            match change:
                case "grow":
                    with file.open("ab") as more:
                        more.write(b"x")
                case "shrink":
                    os.truncate(file, 10)
                case "rewrite":
                    file.write_bytes(b"y" * 3_000_000)
                case _:
                    file.rename(tmp_path / "moved")

    request = RawRequest(
        "POST", "/x", files=[FilePart("other", __file__), FilePart("f", file)], max_retries=2, timeout=10
    )
    async with Client(wire.connection()) as client:
        with pytest.raises(Unanswered, match="changed while it was being sent") as raised:
            await send(client, request, on_progress=meddle)
    assert isinstance(raised.value.__cause__, FileChanged)
    assert raised.value.sent
    assert len(raised.value.attempts) == 1
    assert wire.heard == []


@pytest.mark.parametrize("typed", ["", "application/vnd.x+json"])
async def test_a_file_is_the_body_byte_for_byte_at_every_attempt(
    serve: Any, http: Http, tmp_path: Path, typed: str
) -> None:
    file = tmp_path / "a b.json"
    file.write_bytes(b'{"a": 1,}\r\n\x00' * 50_000)
    wire = await serve(http(b"no", status="503 Busy"))
    headers = [("Content-Type", typed)] if typed else []
    request = RawRequest("PUT", "/x", headers=headers, data_file=file, max_retries=1)
    async with Client(wire.connection()) as client:
        assert prepare(client, request).body_size == 600_000
        assert (await send(client, request)).status == 503
    assert [heard.body for heard in wire.heard] == [file.read_bytes()] * 2
    assert wire.heard[0].header("content-type") == (typed or "application/json")
    assert wire.heard[0].header("content-length") == "600000"


@pytest.mark.parametrize(
    ("file", "more", "reason"),
    [
        ("", {}, "No file is chosen for the body"),
        ("none", {}, "There is no file"),
        (".", {}, "a folder"),
        ("there", {"data": "x"}, "two bodies: a file, and data"),
        ("there", {"form": [("a", "b")]}, "two bodies: a file, and a form"),
        (3, {}, "not given by its path"),
    ],
)
async def test_a_body_from_a_file_that_cannot_be_sent_is_refused(
    serve: Any, tmp_path: Path, file: Any, more: dict[str, Any], reason: str
) -> None:
    (tmp_path / "there").write_bytes(b"x")
    named = str(tmp_path / file) if isinstance(file, str) and file else file
    wire = await serve(b"")
    request = RawRequest("POST", "/x", data_file=named, **more)
    async with Client(wire.connection()) as client:
        (problem,) = check(client, request)
        with pytest.raises(InvalidRequest):
            await send(client, request)
    assert problem.field == "Data" and reason in problem.reason
    assert wire.heard == []


async def test_a_body_from_a_file_that_changes_is_broken_off(serve: Any, http: Http, tmp_path: Path) -> None:
    file = tmp_path / "f.bin"
    file.write_bytes(b"x" * 3_000_000)
    wire = await serve(http(b"{}"))
    request = RawRequest("POST", "/x", data_file=file, max_retries=2, timeout=10)

    def meddle(progress: Progress) -> None:
        os.truncate(file, 10)

    async with Client(wire.connection()) as client:
        with pytest.raises(Unanswered, match="changed while it was being sent") as raised:
            await send(client, request, on_progress=meddle)
    assert len(raised.value.attempts) == 1
    assert wire.heard == []


async def test_every_attempt_sends_the_whole_file_again(serve: Any, http: Http, tmp_path: Path) -> None:
    file = tmp_path / "f.bin"
    file.write_bytes(os.urandom(700_000))
    wire = await serve(http(b"no", status="503 Busy"))
    told: list[Progress] = []
    request = RawRequest("POST", "/x", form=[("a", "b")], files=[FilePart("f", file)], max_retries=2)
    async with Client(wire.connection()) as client:
        response = await send(client, request, on_progress=told.append)
    assert response.status == 503
    assert len(wire.heard) == wire.connections == 3
    assert len({heard.body for heard in wire.heard}) == 1
    assert file.read_bytes() in wire.heard[0].body
    assert [p.sent for p in told if p.sent and p.sent == p.to_send] == [len(wire.heard[0].body)] * 3
