"""Heads and chunks, held to h11's reading of them, and to what they may cost."""

from __future__ import annotations

import contextlib
import time

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.http_server.framing import MOST_HEAD_LINES, BadChunk, Chunks, answer_head, head_end, head_fault

HEAD = b"POST /x HTTP/1.1\r\nHost: h\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=6)
TAILS = st.sampled_from([b"0\r\n\r\n", b"0\r\nA: b\r\nC:\r\n\r\n", b"00;x=y\r\n\r\nGET", b"0 \r\n\r\n", b"0\r\n", b""])
SCRAPS = st.lists(
    st.sampled_from(
        [b"1", b"a", b";x", b"\r\n", b"\n", b"\r", b"0", b" ", b"zz", b"5\r\nabcde\r\n", b"0\r\n\r\n", b":"]
    ),
    max_size=12,
)

Found = tuple[bytes, bytes] | None
"""The body and what comes after it; None where it is not whole yet."""


def chunked(pieces: list[bytes], extension: bytes = b"") -> bytes:
    return b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)


def read(data: bytes, *, step: int = 1 << 20, most: int = 1 << 20, framing: int = 1 << 16) -> Found:
    chunks, waiting = Chunks(most, framing), bytearray()
    for start in range(0, len(data), step):
        waiting += data[start : start + step]
        if not chunks.done:
            chunks.feed(waiting)
    return (bytes(chunks.body), bytes(waiting)) if chunks.done else None


def read_by_h11(data: bytes) -> Found:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(CHUNKED + data)
    body = b""
    connection.next_event()
    while isinstance(event := connection.next_event(), h11.Data):
        body += event.data
    return (body, connection.trailing_data[0]) if isinstance(event, h11.EndOfMessage) else None


@settings(max_examples=80)
@given(BODIES, TAILS, st.sampled_from([b"", b";a=b", b"; q ", b"  "]), st.integers(1, 30))
def test_however_a_body_is_cut_into_chunks_and_segments_it_comes_out_whole(
    pieces: list[bytes], tail: bytes, extension: bytes, step: int
) -> None:
    data = chunked(pieces, extension) + tail
    found = read(data, step=step)
    assert found == read_by_h11(data) == read(data)
    if found is not None:
        assert found[0] == b"".join(pieces)


@settings(max_examples=120)
@given(SCRAPS)
@example([b"5\r\nabcde\r\n", b"0", b"\r\n", b"a", b"\r\n", b"\r\n"])
@example([b"0", b"\r\n", b"\n"])
@example([b"0", b"\r\n", b"\n", b"0\r\n\r\n"])
def test_what_h11_does_not_take_for_chunks_is_not_taken_here(scraps: list[bytes]) -> None:
    data = b"".join(scraps)
    try:
        ours = read(data)
    except BadChunk:
        ours = None
    try:
        theirs = read_by_h11(data)
    except h11.RemoteProtocolError:
        theirs = None
    if ours is None:
        # What h11 lets pass and we do not: a bare CR in an extension, a bare LF among the trailers.
        bare = data.replace(b"\r\n", b"")
        assert theirs is None or b"\r" in bare or b"\n" in bare
    else:
        # Trailers are thrown away here, so nobody looks whether they have a colon.
        assert ours == theirs or (theirs is None and b"0" in data)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"1\r\na\r\n" * 20_000, 413),
        (b"1;" + b"x" * 900 + b"\r\na\r\n" + b"1;" + b"x" * 200 + b"\r\na\r\n", 413),
        (b"0\r\n" + b"a:\r\n" * 400, 413),
        (b"0\r\n" + b"a" * 2000, 413),
        (b"7fffffff\r\n", 413),
        (b"1;" + b"x" * 2000, 400),
        (b"zz\r\n", 400),
        (b"1\r\nabc", 400),
        (b"-1\r\n", 400),
        (b"\r\n", 400),
    ],
)
@pytest.mark.parametrize("step", [1, 1 << 20])
def test_framing_has_a_bound_of_its_own(data: bytes, status: int, step: int) -> None:
    with pytest.raises(BadChunk) as refused:
        read(data, step=step, most=4096, framing=1024)
    assert refused.value.status == status


def test_a_megabyte_in_chunks_of_a_hundred_bytes_is_taken() -> None:
    body = b"x" * 100
    assert read(chunked([body] * 10_000) + b"0\r\n\r\n") == (body * 10_000, b"")


@pytest.mark.parametrize("pad", [b" ", b"\t"])
@pytest.mark.parametrize("bad", [b"\x00", b"\x0b", b"\x0c", b"\r"])
def test_a_header_that_h11_would_try_for_seconds_never_comes_to_it(pad: bytes, bad: bytes) -> None:
    head = HEAD + b"a:" + pad * 15_000 + bad + b"\r\n\r\n"
    assert head_fault(head) == 400


@settings(max_examples=80)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=4), st.integers(1, 6000)), max_size=4))
def test_no_head_that_passes_costs_h11_more_than_moments(runs: list[tuple[bytes, int]]) -> None:
    filler = b"".join(piece * count for piece, count in runs).replace(b"\n\r\n", b"").replace(b"\n\n", b"")[:15_000]
    head = HEAD + b"a:" + filler.rstrip(b"\r\n") + b"\r\n\r\n"
    if head_fault(head):
        return
    connection = h11.Connection(h11.SERVER)
    begun = time.process_time()
    connection.receive_data(head)
    with contextlib.suppress(h11.RemoteProtocolError):
        connection.next_event()
    assert time.process_time() - begun < 0.2


def test_a_head_has_a_bound_on_its_lines() -> None:
    assert head_fault(HEAD + b"a:\r\n" * (MOST_HEAD_LINES - 3) + b"\r\n") == 0
    assert head_fault(HEAD + b"a:\r\n" * (MOST_HEAD_LINES - 2) + b"\r\n") == 431


@given(st.integers(0, 40), st.sampled_from([b"\r\n\r\n", b"\n\n", b"\n\r\n"]))
def test_the_end_of_a_head_is_found_wherever_the_search_goes_on(cut: int, blank: bytes) -> None:
    data = b"GET / HTTP/1.1\r\nHost: h" + blank + b"body\r\n\r\n"
    end = len(data) - len(b"body\r\n\r\n")
    before = head_end(data[:cut])
    assert before in {0, end}
    assert before or head_end(data, min(cut, len(data))) == end


def test_what_is_taken_as_it_comes_may_be_of_any_length_but_its_framing_is_bounded_still() -> None:
    chunks, waiting = Chunks(100, 200), bytearray()
    for _ in range(50):
        waiting += chunked([b"x" * 10] * 5)
        chunks.feed(waiting)
        assert chunks.take() == b"x" * 50
    waiting += b"0\r\n" + b"a" * 250
    with pytest.raises(BadChunk) as refused:
        chunks.feed(waiting)
    assert refused.value.status == 413


NAMES = st.text(st.sampled_from("AZaz09-_!~"), min_size=1, max_size=12)
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20)


@given(st.integers(200, 599), VALUES, st.lists(st.tuples(NAMES.map("X-{}".format), VALUES), max_size=5))
def test_the_head_of_an_answer_is_read_by_h11_as_it_was_written(
    status: int, reason: str, headers: list[tuple[str, str]]
) -> None:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    client.receive_data(answer_head(status, reason, headers))
    read_back = client.next_event()
    assert isinstance(read_back, h11.Response)
    assert (read_back.status_code, read_back.reason) == (status, reason.encode("latin-1"))
    assert read_back.headers.raw_items() == [(name.encode(), value.encode("latin-1")) for name, value in headers]


@pytest.mark.parametrize(
    "header",
    [("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "\0"), ("X: a\r\nY", "b"), ("", "a"), ("X Y", "a"), ("X", "\u20ac")],
)
def test_what_would_be_another_header_is_none(header: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"header|latin-1"):
        answer_head(200, "OK", [header])
    with pytest.raises(ValueError, match="header"):
        answer_head(200, "OK\r\nX: y", [])
