"""Variables: put in place once, where a value stands, and nowhere else; what has no value is refused by name."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.raw_request.test_round_trip import REQUESTS, plainly, whole
from tui.raw_request.form_text import NOTATION, RequestText, expand, read, typed_from, write
from tui.raw_request.model import RawRequest, RawResponse
from tui.raw_request.pairs_0_1 import carried_over
from tui.raw_request.variables import (
    Expansion,
    LastAnswer,
    Variables,
    complete_variable,
    escape,
    named_in,
    secret_problem,
    suggest_name,
    variable_name_problem,
)
from tui.twilio.errors import InvalidRequest

TEXT = st.text(alphabet='$$$$ab_{}.[]0"\n é', max_size=24)


def answered(document: object, **more: object) -> RawResponse:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    values: dict[str, object] = {"status": 200, "reason": "OK", "headers": (), "content": content, "attempts": ()}
    values |= {"http_version": "", "elapsed": 0.1, "size": len(content), "url": "", "method": "GET", **more}
    return RawResponse(**values)  # pyright: ignore[reportArgumentType]


MESSAGES = {
    "page": 0,
    "messages": [{"sid": "SM1", "body": "Hej", "price": None, "num": 3, "ok": True}, {"sid": "SM2"}],
    "auth_token": "abc",
    "uri": "/2010-04-01/Accounts/AC1/Messages.json?Page=1",
    "odd key": {"it's": 'a"b'},
}
KNOWN = Variables(
    {"sid": "SM9", "to": "+14155550123", "messages": "x", "text": " two\nlines $sid ", "auth_token": "z"},
    LastAnswer(answered(MESSAGES)),
    "AC1",
    lambda text: text.replace("hush", "•••"),
)


def expanded(text: str, variables: Variables = KNOWN) -> str:
    return Expansion(variables).value(text, "Query", "To")


@given(st.text(), st.dictionaries(st.sampled_from("abc"), st.text()))
def test_a_text_without_a_dollar_sign_stays_and_an_escaped_one_is_what_it_was(text, saved):
    variables = Variables(saved)
    assert expanded(text.replace("$", ""), variables) == text.replace("$", "")
    assert expanded(escape(text), variables) == text


@given(TEXT, TEXT, TEXT)
def test_a_value_is_put_in_place_once_whatever_it_holds(before, value, after):
    before = before.rstrip("$")
    variables = Variables({"x": value, "a": "never", "b": "never"})
    assert expanded(f"{escape(before)}${{x}}{escape(after)}", variables) == f"{before}{value}{after}"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("$sid", "SM9"),
        ("a${sid}b $sid.json $sid-$to", "aSM9b SM9.json SM9-+14155550123"),
        ("$$sid $$$sid $$$$sid", "$sid $SM9 $$sid"),
        ("$5 $ 5$ $$ $$5 $-x ${ ${} ${5} $é", "$5 $ 5$ $$ $$5 $-x ${ ${} ${5} $é"),
        ("$text", " two\nlines $sid "),
        ("$TWILIO_ACCOUNT_SID ${TWILIO_ACCOUNT_SID}", "AC1 AC1"),
        ("$last.messages[0].sid", "SM1"),
        ("${last.messages[1].sid}x", "SM2x"),
        ("$last.messages[0].sid.json", "SM1.json"),
        ("$last.messages[0].body!", "Hej!"),
        ("$last.page, $last.messages[0].num, $last.messages[0].ok.", "0, 3, true."),
        ("""$last["odd key"]["it's"] $last['odd key']['it\\'s']""", 'a"b a"b'),
    ],
)
def test_what_stands_for_what(typed, value):
    assert expanded(typed) == value


@pytest.mark.parametrize(
    ("typed", "reason", "remedy"),
    [
        ("$sdi", "“To”: $sdi is no variable here.", "Did you mean $sid? For the text itself write $$sdi."),
        ("${nothing_like_it}", "no variable here", "For the text itself write $$nothing_like_it."),
        ("${sid", "${sid… is not closed", "Write ${sid}"),
        ("$last", "$last is an object.", "It has page, messages, auth_token, uri, odd key."),
        ("$last.messages", "$last.messages is a list of 2.", "Write $last.messages[0] for its first."),
        ("$last.messages[0]", "$last.messages[0] is an object.", "It has sid, body, price, num, ok."),
        ("$last.messages[2].sid", "$last.messages has no [2]: a list of 2.", ""),
        ("$last.mesages[0].sid", "$last has no “mesages”.", "Did you mean $last.messages?"),
        ("$last.messages[0].xyzw", "has no “xyzw”", "It has sid, body"),
        ("$last.messages.sid", "$last.messages is a list of 2, so it has no .sid.", "Write $last.messages[0]"),
        ("$last[0]", "$last is no list", "It has page"),
        ("$last.messages[0].price", "is null in the last answer", ""),
        ("${last.page.x}", "$last.page is a single value, so it has no .x.", ""),
        ("$last.auth_token", "is a secret", ""),
        ("$auth_token", "“auth_token” is the name of a secret", ""),
        ("$TWILIO_AUTH_TOKEN", "would be a secret", "The connection sends its credentials itself"),
    ],
)
def test_what_has_no_value_is_refused_by_name_with_what_was_meant(typed, reason, remedy):
    with pytest.raises(InvalidRequest) as caught:
        expanded(typed)
    assert caught.value.field == "Query"
    assert reason in caught.value.reason
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "there is no answer yet"),
        (answered(b""), "it has no body"),
        (answered(b"<html>"), "it is not JSON"),
        (answered(b'{"sid": "SM1"}', cut=True), "too large"),
        (answered(b"[" * 100_000), "nested too deeply"),
        (answered(b'{"sid": "' + b"x" * 8_000_000 + b'"}'), "too large"),
        (answered({"sid": "x" * 4097}), "at most 4,096 characters"),
        (answered({"sid": "hush hush"}), "holds a secret, and secrets are never variables"),
    ],
)
def test_an_answer_that_cannot_be_read_is_refused_with_the_reason(answer, words):
    last = None if answer is None else LastAnswer(answer)
    with pytest.raises(InvalidRequest, match=words):
        expanded("$last.sid", Variables(last=last, hide=KNOWN.hide))


def test_numbers_of_the_last_answer_stay_as_they_stood():
    last = LastAnswer(answered(b'{"a": 1.10, "b": 1e400, "c": 123456789012345678901234567890, "d": -0}'))
    assert expanded("$last.a $last.b $last.c $last.d", Variables(last=last)) == (
        "1.10 1e400 123456789012345678901234567890 -0"
    )


def test_a_file_of_variables_that_cannot_be_read_is_the_reason_given():
    with pytest.raises(InvalidRequest, match=r"variables\.toml cannot be read"):
        expanded("$sid", Variables(problem="variables.toml cannot be read."))


def test_a_path_takes_a_whole_uri_at_its_beginning_and_one_part_elsewhere():
    def path(text: str, **more: str) -> str:
        return Expansion(Variables({"odd": "a/b?c=d#e $sid", **more}, KNOWN.last)).path(text)

    assert path("$last.uri") == "/2010-04-01/Accounts/AC1/Messages.json?Page=1"
    assert path("/x/$odd.json") == "/x/a%2Fb%3Fc%3Dd%23e%20%24sid.json"
    assert path("$odd") == "a/b?c=d#e %24sid"
    assert path("/x?To=$to", to="+1") == "/x?To=%2B1"
    assert path("/Accounts/$TWILIO_ACCOUNT_SID/${TWILIO_ACCOUNT_SID}/$$x") == (
        "/Accounts/$TWILIO_ACCOUNT_SID/$TWILIO_ACCOUNT_SID/%24x"
    )


def test_values_are_put_into_pairs_and_not_into_lines_so_that_nothing_in_them_is_a_line():
    value = ' "quoted"\n#two\n@three '
    known = Variables({"v": value})
    lines = "a=$v\n# b=$nobody\n$v=c"
    reading = read(RequestText("POST", "/x", lines, "X-A: $v", "multipart", "f=$v\ng=@/tmp/$v"), known)
    assert reading.request is not None
    assert reading.request.query == (("a", value), ("$v", "c"))
    assert reading.request.headers == (("X-A", value),)
    assert reading.request.form == (("f", value),)
    assert [str(part.path) for part in reading.request.files] == ["/tmp/$v"]
    assert reading.values == {"v": value}
    form = read(RequestText("POST", "/x", body_kind="form", body="a=$v"), Variables({"v": "b&c=é"})).request
    assert form is not None
    assert form.data == "a=b%26c%3D%C3%A9"


@pytest.mark.parametrize(
    "typed",
    [
        {"path": "/x?ApiKey=$sid"},
        {"path": "/x?a=b&auth%5Ftoken=a${sid}"},
        {"query": "AuthToken=$sid"},
        {"headers": "X-Token: $sid"},
        {"body_kind": "form", "body": "password=x$sid"},
        {"body_kind": "multipart", "body": "Client Secret=$sid"},
    ],
)
def test_what_is_a_secret_by_its_name_takes_no_variable_since_those_are_kept(typed):
    typed = RequestText("POST", **{"path": "/x", **typed})
    assert "is the name of a secret, which is kept nowhere" in read(typed, KNOWN).problems[0].reason
    plain = RequestText(**{each: str(getattr(typed, each)).replace("$", "$$") for each in ("method", "path", "query")})
    assert not read(plain, KNOWN).problems


def test_a_raw_body_goes_out_as_typed():
    typed = RequestText("POST", "/x", body_kind="raw", body='{"a": "$sid"}')
    reading = read(typed, KNOWN)
    assert reading.request is not None
    assert reading.request.data == typed.body
    assert named_in(typed.body, KNOWN.saved) == "$sid"
    assert named_in("$$sid $5 $other", KNOWN.saved) == ""


def test_every_input_whose_variable_has_no_value_is_named():
    typed = RequestText("POST", "/$a", "q=$a", "H: $a", "form", "b=$a")
    assert [each.field for each in read(typed).problems] == ["URL", "Query", "Headers", "Data"]


@given(st.dictionaries(st.sampled_from(["a", "b"]), TEXT, min_size=2), TEXT, TEXT)
def test_a_form_with_its_values_put_in_reads_as_the_same_request(saved, value, end):
    saved |= {"a": saved["a"] or "-"}
    typed = write(RawRequest("POST", "/x", [("q", value)], [("H", "x")], form=[("f", end), ("$a", "@b")]))
    more = "# off=$nobody\nx=$a${b}$$a\ny=$$$TWILIO_ACCOUNT_SID$a\nz=$a${TWILIO_ACCOUNT_SID}x$$TWILIO_ACCOUNT_SID"
    typed = replace(typed, query=f"{typed.query}\n{more}", headers="H: $b", path=" /x/$a?y=$b")
    once = expand(typed, Variables(saved))
    for account in ("", "AC1"):
        sent = read(typed, Variables(saved, account_sid=account)).request
        assert read(once, Variables(account_sid=account)).request == sent
    assert "# off=$nobody" in once.query
    assert expand(once, Variables()) == once


def test_the_account_stays_a_variable_where_values_are_put_in():
    typed = RequestText(path=" $uri", query="a=$TWILIO_ACCOUNT_SID\nb=$b/$TWILIO_ACCOUNT_SID")
    once = expand(typed, Variables({"uri": "/x", "b": "1"}))
    assert once == RequestText(path="/x", query="a=$TWILIO_ACCOUNT_SID\nb=1/$TWILIO_ACCOUNT_SID")


OLD = {"path": "/x?y=$sid&z=$TWILIO_ACCOUNT_SID", "headers": "H: $sid", "query": "a=$sid\n#b=${sid}\nc=$5\nd=$$sid"}


@pytest.mark.parametrize("told", [{}, {"notation": 1}, {"notation": 2}])
@pytest.mark.parametrize("kind", ["form", "multipart"])
def test_in_requests_of_before_there_were_variables_a_name_is_the_text_it_was(told, kind):
    old = typed_from({"method": "POST", **OLD, "body_kind": kind, "body": 'f=$sid\ng="$sid\\n"\nh=@/tmp/$sid', **told})
    now = carried_over(old)
    assert (now.notation, now.query) == (NOTATION, "a=$$sid\n#b=$${sid}\nc=$5\nd=$$$$sid")
    request, before = read(now, KNOWN).request, read(old, KNOWN).request
    assert request is not None
    assert before is not None
    assert request.path == "/x?y=%24sid&z=$TWILIO_ACCOUNT_SID"
    assert request.query == (("a", "$sid"), ("c", "$5"), ("d", "$$sid"))
    assert (request.query, request.headers, request.data) == (before.query, before.headers, before.data)
    if kind == "multipart":
        assert request.form == (("f", "$sid"), ("g", "$sid\n"))
        assert str(request.files[0].path) == "/tmp/$sid"
    assert typed_from(now.texts()) == now
    assert carried_over(now) == now


@given(REQUESTS)
def test_no_text_of_a_request_that_is_written_as_a_form_becomes_a_variable(request):
    try:
        typed = write(request)
    except InvalidRequest:
        return
    reading = read(typed, KNOWN)
    if reading.request is not None and whole(str(request.data)):
        assert plainly(reading.request) == plainly(request)
        assert not reading.values


def test_names_that_a_command_left_to_its_shell_are_variables():
    from tui.raw_request.curl_import import read_curl

    reading = read_curl("""curl https://api.twilio.com/2010-04-01/$SERVICE -d "To=$TO" -d 'Body=$not'""")
    typed = write(reading.request, reading.variables)
    assert typed.path.endswith("/$SERVICE")
    assert typed.body == "To=$TO\nBody=$$not"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("$", "sid"),
        ("To=$s", "id"),
        ("To=${s", "id}"),
        ("/x/$last.m", "essages[0].sid"),
        ("$sid", ""),
        ("$$s", ""),
        ("$$$s", "id"),
        ("$5", ""),
        ("$x", ""),
        ("sid", ""),
        ("$T", "WILIO_ACCOUNT_SID"),
    ],
)
def test_a_name_that_is_begun_is_completed(text, rest):
    known = Variables({"sid": "1"}, KNOWN.last)
    assert complete_variable(text, known.names()) == rest


def test_a_long_run_of_dollar_signs_is_passed_over_once():
    begun = time.thread_time()
    for text in ("$" * 200_000, "$" * 200_000 + "!", "$a" * 50_000 + "!"):
        assert expanded(escape(text)) == text
        assert not complete_variable(f"{text} ", ("sid",))
    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        (["sid"], "sid"),
        (["messages", 3, "sid"], "message_sid"),
        (["services", 0, "links", "media"], "media"),
        (["services", 0, "friendly name"], "service_friendly_name"),
        (["countries", 0], "country"),
        (["addresses", 1], "address"),
        (["last"], "last_value"),
        ([0], "value"),
        ([0, "sid"], "sid"),
        ([], "value"),
        (["2fa"], "_2fa"),
        (["***"], "value"),
    ],
)
def test_a_name_is_made_of_where_a_value_stands(steps, name):
    assert suggest_name(steps) == name
    assert not variable_name_problem(name)


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "é", "last", "TWILIO_ACCOUNT_SID", "x" * 61])
def test_a_name_that_cannot_be_one_is_refused_in_words(name):
    assert variable_name_problem(name).endswith(".")


@pytest.mark.parametrize("name", ["auth_token", "AUTH_TOKEN", "api_key", "client_secret", "password", "bearer"])
def test_the_name_of_a_secret_is_refused(name):
    assert "never variables" in secret_problem(name, "x", str)


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
@pytest.mark.parametrize("typed", [RequestText(path="/$x"), RequestText(path="/a", query="a=$last.x")])
def test_half_of_a_character_is_refused_in_words(typed: RequestText, half: str) -> None:
    known = Variables({"x": half}, LastAnswer(answered({"x": half})))
    (problem,) = read(typed, known).problems
    assert "half of a character" in problem.reason


def test_an_empty_value_makes_no_other_path() -> None:
    known = Variables({"sid": ""})
    (problem,) = read(RequestText("DELETE", "/Messages/$sid"), known).problems
    assert problem.reason == "$sid is empty, so the path would be another."
    assert read(RequestText(path="/Messages?To=$sid", query="From=$sid"), known).problems == ()
