"""The options of curl, and what becomes of each when a command is read: taken over, left out, refused.

Source: `curl --help all` of 7.88 and 8.x.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Options by their long name, with a = where a value follows and the letter of the short name before a colon.
_READ = """
d:data= data-ascii= data-raw= data-binary= data-urlencode= json= T:upload-file= F:form= form-string= A:user-agent=
e:referer= b:cookie= X:request= H:header= url= url-query= m:max-time= retry= retry-delay= r:range= G:get I:head
retry-all-errors g:globoff
"""
CREDENTIALS_LEFT_OUT = "The credentials in the command were left out; the connection's own are used."
_LEFT_OUT_WITH_NOTE = {
    CREDENTIALS_LEFT_OUT: """
    u:user= oauth2-bearer= E:cert= key= pass= netrc-file= login-options= sasl-authzid= tlsuser= tlspassword=
    delegation= n:netrc netrc-optional digest ntlm ntlm-wb negotiate anyauth
    """,
    "The answer is saved from its own view, so the output file was left out.": (
        "o:output= output-dir= O:remote-name remote-name-all J:remote-header-name"
    ),
    "What to write out was left out; the answer's own view shows it.": "w:write-out=",
    "The time limit for connecting was left out; it is fixed here.": "connect-timeout=",
    "Redirects are shown here and followed only when asked.": "L:location",
    "Redirects are shown here and followed only when asked, without credentials elsewhere.": "location-trusted",
    "Certificates are always checked here.": "k:insecure",
    "Which certificates are believed is the connection's: its ca_file.": "cacert= capath=",
}
"""Notes, each with its options: a person may count on them."""

_LEFT_OUT = """
s:silent S:show-error v:verbose i:include f:fail fail-with-body fail-early N:no-buffer buffer #:progress-bar
q:disable compressed path-as-is http1.1 0:http1.0 http0.9 http2 http2-prior-knowledge http3 http3-only basic
no-progress-meter progress-meter 4:ipv4 6:ipv6 tcp-nodelay tcp-fastopen mptcp keepalive no-keepalive ssl ssl-reqd
ssl-no-revoke ssl-revoke-best-effort ssl-allow-beast ssl-auto-client-cert 2:sslv2 3:sslv3 1:tlsv1 tlsv1.0 tlsv1.1
tlsv1.2 tlsv1.3 tls-earlydata alpn no-alpn npn no-npn sessionid no-sessionid false-start cert-status doh-insecure
doh-cert-status trace-time trace-ids styled-output raw R:remote-time create-dirs clobber no-clobber remove-on-error
xattr parallel-immediate post301 post302 post303 retry-connrefused j:junk-session-cookies suppress-connect-headers
ignore-content-length disallow-username-in-url form-escape tr-encoding haproxy-protocol ca-native skip-existing
out-null D:dump-header= stderr= trace= trace-ascii= trace-config= libcurl= limit-rate= max-filesize= max-redirs=
retry-max-time= Y:speed-limit= y:speed-time= keepalive-time= keepalive-cnt= happy-eyeballs-timeout-ms=
expect100-timeout= parallel-max= rate= interface= local-port= ciphers= curves= tls13-ciphers= tls-max= cert-type=
key-type= crlfile= pinnedpubkey= engine= random-file= egd-file= c:cookie-jar= hsts= alt-svc= etag-save= proto=
proto-default= proto-redir= noproxy= dns-interface= dns-ipv4-addr= dns-ipv6-addr= dns-servers= doh-url=
create-file-mode= tlsauthtype= sigalgs= ip-tos= vlan-priority= variable=
"""
"""Options of the connection, the output or the terminal: what is sent is the same without them."""

_REFUSED = """
h:help= ::next Z:parallel a:append l:list-only upload-flags B:use-ascii M:manual V:version sasl-ir crlf
compressed-ssh p:proxytunnel preproxy proxy-basic proxy-digest proxy-ntlm proxy-negotiate proxy-anyauth
proxy-insecure K:config= x:proxy= U:proxy-user= proxy-header= proxy1.0= socks4= socks4a= socks5=
socks5-hostname= connect-to= resolve= unix-socket= abstract-unix-socket= request-target= z:time-cond= etag-compare=
aws-sigv4= C:continue-at= Q:quote= t:telnet-option= P:ftp-port= mail-from= mail-rcpt= expand-url= expand-data=
expand-header= expand-form=
"""
"""Options that change what is sent in a way that a request here cannot."""


@dataclass(frozen=True, slots=True)
class CurlOption:
    """An option of curl's. `note` is what to say when it is left out."""

    name: str
    letter: str
    has_value: bool
    refused: bool = False
    left_out: bool = False
    note: str = ""


def _options_in(text: str, *, refused: bool = False, left_out: bool = False, note: str = "") -> Iterator[CurlOption]:
    for word in text.split():
        letter, _, name = word.rpartition(":")
        yield CurlOption(f"--{name.removesuffix('=')}", letter, name.endswith("="), refused, left_out, note)


OPTIONS = {
    option.name: option
    for option in (
        *_options_in(_READ),
        *(each for note, text in _LEFT_OUT_WITH_NOTE.items() for each in _options_in(text, left_out=True, note=note)),
        *_options_in(_LEFT_OUT, left_out=True),
        *_options_in(_REFUSED, refused=True),
    )
}
BY_LETTER = {option.letter: option for option in OPTIONS.values() if option.letter}
