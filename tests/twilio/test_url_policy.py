"""Where requests may go: what is refused, what is shortened, and that nothing else ever comes out."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.twilio.errors import InvalidRequest
from tui.twilio.url_policy import Origin, Resolved, UrlPolicy

US = UrlPolicy.for_region(None)
IRELAND = UrlPolicy.for_region("ie1")
LOCAL = UrlPolicy.for_base_url("http://127.0.0.1:8080")
TUNNEL = UrlPolicy.for_base_url("https://gateway.example/twilio/")
POLICIES = (US, IRELAND, LOCAL, TUNNEL)

MESSAGES = "/Accounts/AC1/Messages.json"

CLIMBS = (
    "/Accounts/../../x",
    "/..",
    "/./x",
    "/Accounts/%2e%2e/x",
    "/Accounts/.%2E/x",
    "/Accounts/%252e%252e/x",
    "/Accounts/%25252e%25252e/x",
    "/Accounts/..%2fx",
    "/Accounts%2f..%2f..",
    "/Accounts/..;a=b/x",
    "/a%5c..%5cb",
    "/2010-04-01/../evil",
    "/a%" + "25" * 12 + "2e",
)
ODD = (
    "/Accounts\\evil",
    "/a b",
    "/a\tb",
    "/a\r\nHost: evil",
    "/a\x00",
    "/a\x7f",
    " /a",
    "/a\n",
    "/a\ud800",
    "/a%0d%0aHost:%20evil",
    "/a%00",
    "/a%5cb",
)
FOREIGN = (
    "https://evil.example/x",
    "http://api.twilio.com/2010-04-01/x",
    "http://api.twilio.com:443/2010-04-01/x",
    "https://api.twilio.com:8443/x",
    "https://api.twilio.com.evil.example/x",
    "https://eviltwilio.com/x",
    "https://twilio.com/x",
    "https://api.twilio.com@evil.example/x",
    "https://evil.example%2f.twilio.com/x",
    "https://evil.example%00.twilio.com/x",
    "https://.twilio.com/x",
    "https://a..twilio.com/x",
    "https://evil.example／.twilio.com/x",
    "https://evil.example。twilio.com/x",
    "https://[::1].twilio.com/x",
    "https://[::1/x",
    "https:///x",
    "https:/x",
    "https:x",
    "ftp://api.twilio.com/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//evil.example/x",
    "///evil.example/x",
    "https://api.twilio.com:0/x",
    "https://api.twilio.com:99999/x",
    "https://api.twilio.com:x/x",
    f"https://{'a' * 64}.twilio.com/x",
)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.base)
@pytest.mark.parametrize("path", [*CLIMBS, *ODD, *FOREIGN])
def test_a_path_that_leads_elsewhere_is_refused_and_the_field_named(policy: UrlPolicy, path: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        policy.locate(path)
    assert refusal.value.field == "URL"
    assert refusal.value.reason


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.base)
@pytest.mark.parametrize("link", [*CLIMBS, *ODD[:1], *ODD[2:], *FOREIGN, "", "Page=2", "?Page=2", "#", "Accounts/x"])
def test_a_link_that_leads_elsewhere_is_refused(policy: UrlPolicy, link: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        policy.follow(link)
    assert refusal.value.field == "next page"


@pytest.mark.parametrize("url", [*FOREIGN, *ODD, "https://u:p@api.twilio.com/x", "", "/x"])
def test_the_last_check_refuses_the_same(url: str) -> None:
    assert not US.allows(url)


@pytest.mark.parametrize("user", ["user", "user:word", ":word", ""])
def test_credentials_in_an_address_are_refused(user: str) -> None:
    for refuse in (US.locate, US.follow):
        with pytest.raises(InvalidRequest, match="user name"):
            refuse(f"https://{user}@api.twilio.com/2010-04-01/x")


@pytest.mark.parametrize(
    "typed",
    [
        MESSAGES,
        MESSAGES.removeprefix("/"),
        f"/2010-04-01{MESSAGES}",
        f"/2010-04-01/2010-04-01{MESSAGES}",
        f"https://api.twilio.com/2010-04-01{MESSAGES}",
        f"https://API.Twilio.com:443/2010-04-01{MESSAGES}",
        f"https://api.twilio.com/2010-04-01/2010-04-01{MESSAGES}",
    ],
)
def test_the_base_is_there_once_however_it_was_typed(typed: str) -> None:
    assert US.locate(typed) == f"https://api.twilio.com/2010-04-01{MESSAGES}"


def test_a_gateway_keeps_its_own_prefix_in_place_of_the_version() -> None:
    wanted = f"https://gateway.example/twilio{MESSAGES}"
    for typed in (MESSAGES, f"/2010-04-01{MESSAGES}", f"/twilio{MESSAGES}", wanted):
        assert TUNNEL.locate(typed) == wanted
    assert TUNNEL.follow(f"/2010-04-01{MESSAGES}?PageToken=PA1") == f"{wanted}?PageToken=PA1"
    assert TUNNEL.follow(f"/twilio{MESSAGES}") == wanted
    assert TUNNEL.follow(wanted) == wanted


def test_a_version_is_a_whole_segment() -> None:
    assert TUNNEL.follow("/2010-04-01x/y") == "https://gateway.example/2010-04-01x/y"
    assert US.locate("/2010-04-01x/y") == "https://api.twilio.com/2010-04-01/2010-04-01x/y"


def test_a_full_address_beside_the_base_on_its_own_host_goes_where_it_says() -> None:
    assert LOCAL.locate("http://127.0.0.1:8080/v1/Services") == "http://127.0.0.1:8080/v1/Services"


def test_twilios_other_hosts_are_reached_by_their_full_address() -> None:
    url = "https://messaging.twilio.com/v1/Services?PageSize=20"
    assert US.locate(url) == url
    assert US.locate(url, [("a", "b")]) == f"{url}&a=b"


def test_the_query_is_joined_in_order_and_keeps_repeats() -> None:
    url = US.locate(f"{MESSAGES}?A=1&B=2", [("MediaUrl", "x y"), ("MediaUrl", "z&"), ("DateSent>", "2026-01-02")])
    assert url.partition("?")[2] == "A=1&B=2&MediaUrl=x%20y&MediaUrl=z%26&DateSent%3E=2026-01-02"


def test_a_comparison_typed_into_the_path_is_encoded_as_well() -> None:
    assert US.locate(f"{MESSAGES}?DateSent>=2026-01-02").endswith("?DateSent%3E=2026-01-02")


def test_half_a_character_in_a_parameter_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="lone surrogate"):
        US.locate(MESSAGES, [("To", "\ud83d")])


def test_what_is_encoded_a_few_times_over_is_left_as_it_is() -> None:
    assert US.locate("/a%25252520b") == "https://api.twilio.com/2010-04-01/a%25252520b"


def test_a_fragment_is_not_sent() -> None:
    assert US.locate(f"{MESSAGES}#top") == US.locate(MESSAGES)


@pytest.mark.parametrize(
    ("base", "shown"),
    [
        ("https://api.twilio.com", "https://api.twilio.com/2010-04-01"),
        ("https://api.twilio.com:443/", "https://api.twilio.com/2010-04-01"),
        ("http://127.0.0.1:8080/2010-04-01/", "http://127.0.0.1:8080/2010-04-01"),
        ("http://127.9.9.9:1", "http://127.9.9.9:1/2010-04-01"),
        ("http://[::1]:8080", "http://[::1]:8080/2010-04-01"),
        ("http://LOCALHOST", "http://localhost/2010-04-01"),
        ("https://gateway.example:8443/a/b", "https://gateway.example:8443/a/b"),
    ],
)
def test_a_base_is_https_or_this_machine(base: str, shown: str) -> None:
    policy = UrlPolicy.for_base_url(base)
    assert policy.base == shown
    assert policy.allows(policy.locate(MESSAGES))


@pytest.mark.parametrize(
    "base",
    [
        "http://api.twilio.com",
        "http://192.168.0.1",
        "http://0.0.0.0:80",
        "http://[::2]",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://user@127.0.0.1",
        "https://u:p@api.twilio.com",
        "https://api.twilio.com?x=1",
        "https://api.twilio.com#x",
        "https://api.twilio.com/../x",
        "https://api.twilio.com/%252e%252e/x",
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "api.twilio.com",
        "https://",
        "https://[::1",
        "https://a b",
        "",
    ],
)
def test_any_other_base_is_refused_and_the_field_named(base: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        UrlPolicy.for_base_url(base)
    assert refusal.value.field == "base_url"
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("region", "host", "messaging"),
    [
        (None, "api.twilio.com", "messaging.twilio.com"),
        ("us1", "api.twilio.com", "messaging.twilio.com"),
        ("ie1", "api.dublin.ie1.twilio.com", "messaging.dublin.ie1.twilio.com"),
        ("au1", "api.sydney.au1.twilio.com", "messaging.sydney.au1.twilio.com"),
        ("jp1", "api.tokyo.jp1.twilio.com", "messaging.tokyo.jp1.twilio.com"),
    ],
)
def test_each_region_has_its_hosts(region: str | None, host: str, messaging: str) -> None:
    policy = UrlPolicy.for_region(region)
    assert policy.base == f"https://{host}/2010-04-01"
    assert policy.product("messaging", "/v1/Services") == f"https://{messaging}/v1/Services"
    assert UrlPolicy.for_base_url(policy.base) == policy


def test_an_unknown_region_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(InvalidRequest, match="us1") as refusal:
        UrlPolicy.for_region("mars1")
    assert refusal.value.field == "region"


def test_the_messaging_api_of_another_base_is_on_that_base() -> None:
    assert LOCAL.product("messaging", "/v1/Services") == "http://127.0.0.1:8080/v1/Services"
    assert (
        UrlPolicy.for_base_url("https://messaging.twilio.com").product("messaging", "/v1/x")
        == "https://messaging.twilio.com/v1/x"
    )


def test_links_stay_in_the_family_of_the_connection() -> None:
    newer = "https://messaging.twilio.com/v1/Services?PageToken=x"
    assert US.follow(newer) == newer
    for stranger in (LOCAL, TUNNEL):
        assert stranger.follow(newer) == f"{stranger.origin}/v1/Services?PageToken=x"
        with pytest.raises(InvalidRequest, match=r"points to https://127\.0\.0\.9"):
            stranger.follow("https://127.0.0.9/v1/Services?PageToken=x")


def test_a_blank_that_a_server_left_in_a_link_is_encoded() -> None:
    link = f"/2010-04-01{MESSAGES}?DateSent>=2026-01-02 10:00&Page=1"
    assert US.follow(link) == f"{US.base}{MESSAGES}?DateSent%3E=2026-01-02%2010:00&Page=1"


TWILIO_HOSTS = (
    "api.twilio.com",
    "API.Twilio.com:443",
    "api.dublin.ie1.twilio.com",
    "api.ie1.twilio.com",
    "api.ashburn.us1.twilio.com",
)


@pytest.mark.parametrize("host", TWILIO_HOSTS)
@pytest.mark.parametrize("policy", [LOCAL, TUNNEL], ids=lambda policy: policy.base)
def test_a_base_of_ones_own_is_asked_in_place_of_twilio(policy: UrlPolicy, host: str) -> None:
    name = host.lower().removesuffix(":443")
    resolved = policy.resolve(f"https://{host}/2010-04-01{MESSAGES}?a=1", [("b", "2")])
    assert resolved == Resolved(f"{policy.base}{MESSAGES}?a=1&b=2", instead_of=name)
    messaging = name.replace("api.", "messaging.")
    resolved = policy.resolve(f"https://{messaging}/v1/Services")
    assert resolved == Resolved(f"{policy.origin}/v1/Services", instead_of=messaging)
    assert not policy.allows(f"https://{name}/2010-04-01{MESSAGES}")


def test_what_is_not_twilios_is_refused_by_a_base_of_ones_own_with_what_it_reaches() -> None:
    with pytest.raises(InvalidRequest, match=r"not http://127\.0\.0\.1:8080, and the credentials go nowhere else"):
        LOCAL.locate("https://example.com/x")


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.base)
@pytest.mark.parametrize("url", ["http://api.twilio.com/x", "https://lookups.twilio.com:8443/x"])
def test_twilio_without_https_is_refused_with_the_address_to_write(policy: UrlPolicy, url: str) -> None:
    with pytest.raises(InvalidRequest, match="over https only") as refusal:
        policy.locate(url)
    assert f"https://{Origin.of(urlsplit(url)).host}/" in refusal.value.remedy


@pytest.mark.parametrize(
    ("policy", "url", "regional"),
    [
        (IRELAND, "https://api.twilio.com/2010-04-01/x", "https://api.dublin.ie1.twilio.com/2010-04-01/x"),
        (IRELAND, "https://lookups.twilio.com/v2/x?a=b", "https://lookups.dublin.ie1.twilio.com/v2/x?a=b"),
        (IRELAND, "https://api.sydney.au1.twilio.com/x", "https://api.dublin.ie1.twilio.com/x"),
        (IRELAND, "https://api.ie1.twilio.com/x", ""),
        (IRELAND, "https://messaging.dublin.ie1.twilio.com/x", ""),
        (IRELAND, "/x", ""),
        (US, "https://api.dublin.ie1.twilio.com/x", "https://api.twilio.com/x"),
        (US, "https://api.ashburn.us1.twilio.com/x", ""),
        (US, "https://api.ashburn.twilio.com/x", ""),
        (US, "https://verify.twilio.com/x", ""),
        (LOCAL, "https://api.dublin.ie1.twilio.com/x", ""),
    ],
)
def test_an_address_of_another_region_comes_with_the_one_of_the_connections_own(
    policy: UrlPolicy, url: str, regional: str
) -> None:
    assert policy.resolve(url).regional == regional


def test_a_link_keeps_its_opaque_token() -> None:
    link = f"/2010-04-01{MESSAGES}?PageSize=50&Page=1&PageToken=PASMa%2Bb%3D%3D&DateSent%3E=2026-01-02"
    assert US.follow(link) == f"https://api.twilio.com{link}"


PIECES = st.sampled_from(
    [
        *("https://api.twilio.com", "https://verify.twilio.com", "https://api.dublin.ie1.twilio.com"),
        *("/", "//", "..", ".", "%2e", "%252e", "%2f", "%5c", "\\", "@", ":", "?", "#", "[", "]", ";", "%", " ", "\n"),
        *("http:", "https:", "https://", "http://127.0.0.1:8080", "evil.example", "api.twilio.com", ".twilio.com"),
        *(
            "/2010-04-01",
            "/twilio",
            "Accounts",
            "x",
            "é",
            "。",
            "／",
            "\ud800",
            ":443",
            "user:word@",
            "DateSent>=1",
            "&",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=9).map("".join)


def lies_inside(policy: UrlPolicy, url: str) -> bool:
    parts = urlsplit(url)
    path = parts.path
    for _ in range(9):
        path = unquote(path)
    return (
        url.isascii()
        and not any(c <= " " or c == "\x7f" for c in url)
        and parts.username is None
        and ".." not in path.replace("\\", "/").split("/")
        and (Origin.of(parts) == policy.origin or (policy in (US, IRELAND) and Origin.of(parts).is_twilio))
    )


@settings(max_examples=400)
@given(st.sampled_from(POLICIES), TEXTS, st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4)), max_size=3))
def test_whatever_is_located_lies_inside(policy: UrlPolicy, path: str, query: list[tuple[str, str]]) -> None:
    try:
        url = policy.locate(path, query)
    except InvalidRequest:
        return
    assert policy.allows(url)
    assert lies_inside(policy, url)
    found = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert not query or found[-len(query) :] == query
    assert policy.locate(url) == url


@settings(max_examples=400)
@example(LOCAL, "http://127.0.0.1:8080?/")
@given(st.sampled_from(POLICIES), TEXTS)
def test_whatever_is_followed_lies_inside_the_connections_own_family(policy: UrlPolicy, link: str) -> None:
    try:
        url = policy.follow(link)
    except InvalidRequest:
        return
    assert policy.allows(url)
    assert lies_inside(policy, url)
    assert policy.region or url.startswith(f"{policy.origin}/") or url == str(policy.origin)


@settings(max_examples=200)
@given(TEXTS)
def test_any_base_is_taken_or_refused_in_words(base: str) -> None:
    try:
        policy = UrlPolicy.for_base_url(base)
    except InvalidRequest as refusal:
        assert refusal.reason
        return
    assert policy.origin.scheme == "https" or policy.origin.is_loopback
    assert policy.locate("/x") == f"{policy.base}/x"


@pytest.mark.parametrize("path", CLIMBS)
def test_a_whole_address_climbs_no_more_than_a_path(path: str) -> None:
    for origin in ("https://api.twilio.com", "https://media.twilio.com"):
        with pytest.raises(InvalidRequest):
            US.locate(origin + path)
