"""Answers whose reading could cost a pattern's square: long runs of one thing, then what spoils the match.

Each is made for a length, so that a proof can be quick with a short one and a measurement true with a long one.
"""

from __future__ import annotations

OK = b"HTTP/1.1 200 OK\r\n"
END = b"Content-Length: 2\r\n\r\n{}"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = CHUNKED + b"2\r\n{}\r\n0\r\n"
SPOILERS = {"NUL": b"\x00", "VT": b"\x0b", "FF": b"\x0c", "CR": b"\r"}


def spoilt(run: bytes) -> dict[str, bytes]:
    """What h11's patterns must not be given; all that is remarkable about each is the run."""
    kinds = {f"header, then {name}": OK + b"X:" + run + spoiler + b"\r\n" + END for name, spoiler in SPOILERS.items()}
    return kinds | {
        "header with a value": OK + b"X:" + run + b"a\x00\r\n" + END,
        "header ended twice": OK + b"X:" + run + b"\r\r\n" + END,
        "interim answer": b"HTTP/1.1 103 Early Hints\r\nX:" + run + b"\x00\r\n\r\n" + OK + END,
        "second interim answer": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX:" + run + b"\x00\r\n\r\n",
        "folded line": OK + b"X:\r\n" + run + b"\r\n" + run + b"\x00\r\n" + END,
        "status line": b"HTTP/1.1 200 " + run + b"\x00\r\n" + END,
        "chunk's size": CHUNKED + b"2" + run + b"\n\r\n{}\r\n0\r\n\r\n",
        "chunk's extension": CHUNKED + b"2;" + run + b"\n\r\n{}\r\n0\r\n\r\n",
        "later chunk's extension": CHUNKED + b"2\r\n[]\r\n2;" + run + b"\n\r\n{}\r\n0\r\n\r\n",
        "trailer": LAST + b"X:" + run + b"\x00\r\n\r\n",
        "trailer's folded line": LAST + b"X:\r\n" + run + b"\x00\r\n\r\n",
    }


def unasked(run: bytes) -> bytes:
    """A good answer, and behind it another that nobody asked for."""
    return OK + END + OK + b"X:" + run + b"\x00\r\n" + END


def headers(size: int) -> dict[str, bytes]:
    """Headers of about so many bytes that somebody reads: h11, httpx, Python's cookie jar, this program."""
    blanks = b" " * size
    return {
        "blanks": b"X:" + blanks,
        "blanks between": b"X: a" + blanks + b"b",
        "words": b"X:" + b"a " * (size // 2),
        "words, then NUL": b"X:" + b"a " * (size // 2) + b"\x00",
        "folded lines": b"X:" + b"\r\n a" * (size // 4),
        "folded lines, then NUL": b"X:" + b"\r\n " * (size // 3) + b"\x00",
        "no colon": b"X" * size,
        "blanks, then a colon": b"X" + blanks + b":",
        "colons": b"X" + b":" * size,
        "many": b"\r\n".join([b"a:b"] * (size // 5)),
        "many lengths": b"\r\n".join([b"Content-Length: 2"] * (size // 19)),
        "length of digits": b"Content-Length: " + b"2" * size,
        "length of commas": b"Content-Length: " + b"2," * (size // 2) + b"2",
        "length of zeros": b"Content-Length: " + b"0" * size + b"2",
        "connection of commas": b"Connection: " + b"a," * (size // 2),
        "transfers of commas": b"Transfer-Encoding: " + b"chunked," * (size // 8),
        "encodings of commas": b"Content-Encoding: " + b"gzip," * (size // 5),
        "encoding of blanks": b"Content-Encoding: gzip" + blanks + b"x",
        "type of semicolons": b"Content-Type: application/json" + b";a=b" * (size // 4),
        "type of quotes": b'Content-Type: application/json;a="' + b'\\"' * (size // 2),
        "seconds to wait": b"Retry-After: " + b"1" * size,
        "blanks to wait": b"Retry-After: 1" + blanks + b"x",
        "cookie that ends in blanks": b"Set-Cookie: a=b; expires=1" + blanks + b"x",
        "cookie of semicolons": b"Set-Cookie: a=b" + b"; " * (size // 2),
        "cookie of the path": b"Set-Cookie: a=b; path=/" + b"%25" * (size // 3),
        "cookies of both kinds": b"Set-Cookie: a=b\r\nSet-Cookie2: " + b"a=b," * (size // 4),
        "cookies without a value": b"Set-Cookie: a=b\r\nSet-Cookie2: " + b"a;" * (size // 2),
        "place of dots": b"Location: /" + b"a/../" * (size // 5),
        "place of percents": b"Location: /" + b"%41" * (size // 3),
        "place of labels": b"Location: http://" + b"xn--a." * (size // 6) + b"/",
        "place of letters": b"Location: http://" + "\u0627\u200d".encode() * (size // 5) + b"/",
        "place of colons": b"Location: http://[" + b":" * size + b"]/",
    }


def answers(size: int) -> dict[str, bytes]:
    """Every kind, `headers` in a good answer and in a redirect, and what beside headers can be long."""
    found = spoilt(b" " * size) | {f"{name} (tabs)": each for name, each in spoilt(b"\t" * size).items()}
    for name, rows in headers(size).items():
        status = b"302 Found" if name.startswith("place") else b"429 Slow" if name.endswith("wait") else b"200 OK"
        found[name] = b"HTTP/1.1 " + status + b"\r\n" + rows + b"\r\n" + END
    return found | {
        "unasked answer": unasked(b" " * size),
        "reason": b"HTTP/1.1 200 " + b"a " * (size // 2) + b"\r\n" + END,
        "version of digits": b"HTTP/1." + b"1" * size + b" 200 OK\r\n" + END,
        "size of digits": CHUNKED + b"2" * size + b"\r\n",
        "extension of semicolons": CHUNKED + b"2" + b";" * size + b"\n\r\n{}\r\n0\r\n\r\n",
        "many trailers": LAST + b"a:b\r\n" * (size // 5) + b"\r\n",
    }
