"""What people paste around a curl command, and what other shells make of one: read, or refused by name, never cut."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.raw_request.curl_import import read_curl
from tui.raw_request.model import RawRequest
from tui.twilio.errors import InvalidRequest

URL = "https://api.twilio.com/2010-04-01/x"
BODY = RawRequest("POST", "/x", data="Body=Hi")


@pytest.mark.parametrize(
    "text",
    [
        "# send it\ncurl {} -d Body=Hi",
        "$ curl {} -d Body=Hi",
        "% curl {} -d Body=Hi",
        "> curl {} -d Body=Hi",
        "❯ curl {} -d Body=Hi",
        "me@host:~$ curl {} -d Body=Hi",
        "root@host:/srv# curl {} -d Body=Hi",
        "[me@host dir]$ curl {} -d Body=Hi",
        "(venv) ~/src $ curl {} -d Body=Hi",
        "C:\\Users\\me> curl.exe {} -d Body=Hi",
        "~/x $ sudo curl {} -d Body=Hi",
        "time /usr/bin/curl {} -d Body=Hi",
        "```sh\ncurl {} -d Body=Hi\n```",
        "  ~~~\n  curl {} -d Body=Hi\n  ~~~\nand so on",
        "`curl {} -d Body=Hi`",
        "Don't forget: it's this one\n\ncurl {} -d Body=Hi",
        "$ export TWILIO_ACCOUNT_SID=AC1\n$ export TOKEN='s3cret'\n$ curl {} -d Body=Hi -u $TWILIO_ACCOUNT_SID:$TOKEN",
        "B=Hi; curl {} -d Body=$B",
        'B="Hi"\ncurl {} -d "Body=${{B}}"',
        "B=Hi && curl {} -d Body=$B",
        "export A=1 B=Hi\n\ncurl {} -d Body=$B",
        'A=Hi\nB=$A\ncurl {} --data-raw "Body=$B"',
        "RESULT=$(curl -s {} -d Body=Hi)\necho $RESULT",
        'RESULT="$(curl -s {} -d Body=Hi)"',
        "curl {} -d Body=Hi 2>/dev/null",
        "curl {} -d Body=Hi > out.json 2>&1",
        "curl >out.json {} 2>> log -d Body=Hi &> all",
        "curl {} -d Body=Hi | jq .",
        "curl {} -d Body=Hi; echo; curl {}",
        "curl {} -d Body=Hi && echo done",
        "curl {} -d Body=Hi # that's all",
        "curl {} \\\n  -d Body=Hi \\\n",
        "curl {} \\ \n  -d Body=Hi \\",
        "$ curl {} \\\n> -d Body=Hi",
        "$ curl \\\n>   '{}' \\\n>   -d 'Body=Hi'",
        "curl {} \\\n  -d Body=Hi \\\n  > out.json",
        "curl {} -d “Body=Hi”",
        "curl ‘{}’ -d ‘Body=Hi’",
        "curl {} –d Body=Hi",
        "curl {} —data Body=Hi",
        "curl\u00a0{} -d\u00a0Body=Hi",
        "\ufeffcurl {} -d Body=Hi\r\n",
        'curl "{}" ^\r\n  -d "Body=Hi" ^\r\n  -H "Accept: */*"',
        'curl ^"{}^" ^\n  --data-raw ^"Body=Hi^"',
        "C:\\>curl {} ^\n -d Body=Hi",
        "curl {} -d Body=Hi --silen --no-buffer --no-keepalive --styled-output",
        "➜  ~ curl {} -d Body=Hi",
        "➜  src git:(main) ✗ curl {} -d Body=Hi",
        "# curl {} -d Body=Hi",
        "sh-3.2# curl {} -d Body=Hi",
        "  501  curl {} -d Body=Hi",
        "1. `curl {} -d Body=Hi`",
        "- curl {} -d Body=Hi",
        "1  curl {} \\\n2    -d Body=Hi",
        " 9 | B=Hi\n10 | curl {} \\\n11 |   -d Body=$B",
        "sudo -u me curl {} -d Body=Hi",
        "cd /tmp && curl {} -d Body=Hi",
        "set -x; curl {} -d Body=Hi",
        "if true; then curl {} -d Body=Hi; fi",
        "(curl {} -d Body=Hi)",
        'echo "$(curl {} -d Body=Hi)"',
        "RESULT=`curl -s {} -d Body=Hi`",
        "Curl {} -d Body=Hi",
        "curl {} \\\n# what is said\n  -d Body=Hi",
        "curl {} \\ # where to\n  -d Body=Hi",
        "curl {} \\\n\n  -d Body=Hi",
        "curl {} \\\u00a0\n  -d Body=Hi",
        "curl {}\n  -d Body=Hi",
        "curl {}\\\n  -d Body=Hi",
        "curl {} >out.json\\\n  -d Body=Hi 2>x\\",
        "curl {} -d Bo\\\ndy=Hi",
        "curl {} -d @- <<EOF\nBody=Hi\nEOF",
        "curl {} -d @- <<'EOF'\nBody=Hi\nEOF\necho done",
        "curl {} -d @- <<-EOF | jq .\n\tBody=Hi\n\tEOF\n",
        "curl {} -d @- <<< Body=Hi",
        'curl {} -d "$(cat <<EOF\nBody=Hi\nEOF\n)"',
        "curl {} -d \"$( cat <<'EOF'\nBody=Hi\n\nEOF\n )\"",
        "B=Hi\ncurl {} -d @- <<EOF\nBody=$B\nEOF",
        "curl {} `\n  -d Body=Hi",
        "PS C:\\> curl.exe {} `\n  -d 'Body=Hi' `\n",
        'curl.exe "{}" `\r\n  -d "Body=Hi" `\r\n  -u "$env:TWILIO_ACCOUNT_SID:$env:TOKEN"',
        "curl {} ^\n  -d Body=Hi | jq .",
        "1\ncurl {} \\\n2\n  -d Body=Hi",
        "// curl {} \\\n//   -d Body=Hi",
        "  * curl {} \\\n  *   -d Body=Hi",
        "# to send\n# curl {} \\\n#   -d Body=Hi",
        "curl {} -d Body=Hi -u <ACCOUNT SID>:<AUTH_TOKEN>",
        "> curl {}\n> -d Body=Hi",
        "curl {}\u2028-d Body=Hi",
        "curl {} \\\x85-d Body=Hi",
        "\u200bcurl {} -d\u200b Body=Hi\u2060",
    ],
)
def test_what_stands_around_a_command_is_no_part_of_it(text: str) -> None:
    reading = read_curl(text.format(*[URL] * 2))
    request = reading.request
    assert (request.method, request.path, request.data) == (BODY.method, BODY.path, BODY.data)
    assert "s3cret" not in repr(reading)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (f"curl {URL} -d '[\n1\n2\n]'", "[\n1\n2\n]"),
        (f"1\ncurl {URL} \\\n2\n-d '[\n7\n8]'", None),
        (f"curl {URL} ^\n -d Body=%E2%80%99%CE%B1 ^\n", "Body=%E2%80%99%CE%B1"),
        (f"curl {URL} -d @- <<< Hi >out", "Hi"),
        (f"curl {URL} -d 'a<b >c'", "a<b >c"),
        (f"curl {URL} -d @- <<EOF\n# a\n// b\nEOF", "# a// b"),
        (f"curl {URL} -d \"$(cat <<'A'\n1\n2\nA\n)\"", "1\n2"),
        (f"curl {URL} -d @- <<EOF\nEOFX\n EOF\nEOF", "EOFX EOF"),
        (f"curl {URL} -d @- <<EOF\nnever closed", "never closed"),
    ],
)
def test_what_a_body_holds_is_no_part_of_what_stands_around_it(text: str, body: str | None) -> None:
    if body is None:
        with pytest.raises(InvalidRequest):
            read_curl(text)
    else:
        assert read_curl(text).request.data == body


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"curl {URL} 2>/dev/null", "“2>/dev/null” is the shell's"),
        (f"curl {URL} >out.json", "“>out.json” is the shell's"),
        (f"curl {URL} | jq .", "from the “|” on"),
        (f"curl {URL} -H “X:y”", "Curly quotes"),
        (f"curl {URL} –-head", "Typographic dashes"),
        (f"hello there\ncurl {URL}", "before the command"),
        (f"A=$(date)\ncurl {URL}/$A", "The value of A is known to the shell alone"),
        (f"curl {URL} -L -k", "Redirects are shown"),
        (f"curl {URL} -d a -r 0-1", "--range"),
        (f"curl {URL} -d 'a=1'\n  -d b=2", "Lines that begin with an option"),
        (f"cd /tmp && curl {URL}", "before the command"),
        (f'curl {URL} -d "Body=It costs $5"', "$5 stands as it is written"),
        (f"curl {URL} -d Body=$?", "$? stands as it is written"),
    ],
)
def test_what_is_left_out_is_said(text: str, note: str) -> None:
    assert any(note in each for each in read_curl(text).notes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f'curl {URL} -d "$(cat <<EOF\nBody=Hi\nEOF\nmore)"', "a heredoc"),
        (f"curl {URL} -d $(cat <<EOF\nBody=Hi\nEOF\n)", "a heredoc"),
        (f"curl {URL} -d @- <<$X\nBody=Hi\n$X", "text from elsewhere (<<)"),
        (f"curl {URL} -d @- <<EOF\nBody=$(date)\nEOF", "a substitution ($(…)"),
        (f'curl {URL} -d "Body=$(date)"', "a substitution ($(…)"),
        (f"curl {URL} -d Body=`date`", "a substitution (`…)"),
        (f'curl {URL} -d "Body=${{X:-y}}"', "a substitution (${…})"),
        (f"curl {URL} -d <(echo x)", "a substitution (<(…))"),
        (f'curl {URL} `\n  -d "Body=$(Get-Date)"', "a substitution ($(…)"),
        (f"$body = @{{}}\ncurl {URL} -d $body", "PowerShell"),
        ("curl 'https://api.twilio.com/2010-04-01/[1-3]'", "[1-3] in the address stands for several"),
        ("curl 'https://api.twilio.com/2010-04-01/{a,b}'", "{a,b} in the address stands for several"),
        (f"curl {URL} --proto-unknown x", "--proto-unknown"),
        (f"curl {URL} --re x", "--re has no place"),
        (f"curl {URL} -d Body=“Hi there", "Only one address"),
        (f"curl {URL} / -d a", "“/”, which is none of its options"),
        (f"curl {URL} -d a ...", "“...”, which is none of its options"),
        (f"curl -Uri {URL} -Method POST", "PowerShell"),
        (f"curl '{URL}' -Body @{{Body='Hi'}}", "PowerShell"),
        (f"PS C:\\> irm {URL}", "PowerShell"),
    ],
)
def test_what_only_a_shell_could_tell_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_curl(text)
    assert reason in refused.value.reason
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        (f"curl -G '{URL}?a=1#top' -d b=2", "/x", (("a", "1"), ("b", "2"))),
        (f"curl '{URL}?a=1#top' --url-query 'b=c d' --url-query +e=f", "/x", (("a", "1"), ("b", "c d"), ("e", "f"))),
        (f"curl -g '{URL}/[1-3]{{a,b}}'", "/x/[1-3]{a,b}", ()),
        (f"curl '{URL}/\\[1-3\\]'", "/x/[1-3]", ()),
        (f"curl '{URL}/{{Sid}}'", "/x/{Sid}", ()),
        (f"curl '{URL}?a[]=1'", "/x?a[]=1", ()),
        ("curl 127.0.0.1:4010/x", "http://127.0.0.1:4010/x", ()),
        ("curl localhost/x", "http://localhost/x", ()),
        ("curl api.twilio.com/2010-04-01/${TWILIO_ACCOUNT_SID}/x", "/${TWILIO_ACCOUNT_SID}/x", ()),
        (f"TWILIO_ACCOUNT_SID=AC1; curl {URL}/$TWILIO_ACCOUNT_SID", "/x/$TWILIO_ACCOUNT_SID", ()),
    ],
)
def test_an_address_is_read_as_curl_reads_it(text: str, path: str, query: tuple[tuple[str, str], ...]) -> None:
    request = read_curl(text).request
    assert (request.path, tuple(request.query)) == (path, query)


def test_a_type_of_ones_own_wins_over_json_wherever_it_stands() -> None:
    wanted = (("Content-Type", "application/x"), ("Accept", "application/json"))
    assert read_curl(f"curl {URL} --json 1 -H 'Content-Type: application/x'").request.headers == wanted
    assert read_curl(f"curl {URL} -H 'content-type: application/x' --json 1").request.headers[0][1] == "application/x"


def test_of_options_that_are_given_again_the_last_counts_and_cookies_add_up() -> None:
    request = read_curl(f"curl {URL} -A a -A b -e c -b d=1 -b e=2 -H 'Referer: f'").request
    assert dict(request.headers) == {"Referer": "f", "User-Agent": "b", "Cookie": "d=1; e=2"}


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "curl",
                "curl ",
                "$ ",
                "> ",
                "# ",
                "% ",
                "me@host",
                "\\",
                "\n",
                "\\\n",
                " ",
                "'",
                '"',
                "“",
                "”",
                "’",
                "`",
                "^",
            ),
            *(
                "$(",
                "${",
                "$A",
                "A=",
                "export ",
                "<",
                ">",
                "<<",
                "|",
                ";",
                "&",
                "-d",
                "-F ",
                "a=@b",
                "--json",
                URL,
                "[1-3]",
            ),
            *("```", "2>", "\r\n", "\u00a0", "{a,b}", "time ", "sudo ", "–"),
        ]
    )
    | st.text(max_size=3),
    max_size=14,
).map("".join)


@settings(max_examples=60)
@given(PIECES)
def test_whatever_is_pasted_is_read_or_refused_in_words(text: str) -> None:
    for each in (text, f"curl {URL} {text}", f"{text}\ncurl {URL}"):
        try:
            read_curl(each)
        except InvalidRequest as problem:
            assert problem.reason
            assert problem.remedy


@pytest.mark.parametrize(
    "piece",
    [
        *("''", '""', "“", "“”", "‘a", "$ ", "$ > ", "sudo ", "@", "a@b", "/", "A=1 ", "A=1\n", "\\\n", "> ", "# x\n"),
        *("curl ", "curl -", "1 x\n", "\\ #\n", "\n#\n", "\n-d a", "➜ ", "curl -d a -B ", "\u200b"),
        *("<<E\n", '"$(cat <<E\n', "<a>", "// x\n", "* x\n", "1\n", "%AB% ^\n", "`\n", "$env:A ", "<<<a "),
        *("x y\n", "^", '^"', '\\"', "2>x ", "-d a ", "$A", "{", "[", "–", "a=$(b)\n", "`", "<(", "' '"),
    ],
)
def test_the_time_a_paste_takes_grows_with_it_and_no_faster(piece: str) -> None:
    def seconds(count: int) -> float:
        begun = time.thread_time()
        for text in (piece * count, f"curl {URL} {piece * count}"):
            with suppress(InvalidRequest):
                read_curl(text)
        return time.thread_time() - begun

    # Quadratic would be a hundred times as long; the second only keeps a busy machine from failing it.
    assert seconds(8_000) < 30 * seconds(800) + 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"\xc3\xb1\303\261", "ññ"),
        (r"\u00f1\U0001F600", "ñ😀"),
        (r"\ud83d\ude00", "😀"),
        (r"a\q\?\"\'\\", "a\\q?\"'\\"),
        (r"\cA\ca", "\x01\x01"),
        (r"a\0b", "a"),
    ],
)
def test_escapes_between_dollar_quotes_are_what_a_shell_makes_of_them(written: str, meant: str) -> None:
    assert read_curl(f"curl {URL} --data-raw $'{written}'").request.data == meant


def test_bytes_that_are_no_text_are_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="bytes that are no text"):
        read_curl(f"curl {URL} -d $'a\\xff'")
