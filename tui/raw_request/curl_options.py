"""curl's options: which have a value, and what becomes of each here. From `curl --help all` of 7.88 and 8.x.

Data only. An option in none of these tables is unknown.
"""

from __future__ import annotations

from tui.twilio.errors import InvalidRequest

COMMAND = "curl command"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


DATA = frozenset({"--data", "--data-ascii", "--data-raw", "--data-binary", "--data-urlencode", "--json"})
FORM = frozenset({"--form", "--form-string"})
AS_HEADER = {"--user-agent": "User-Agent", "--referer": "Referer", "--cookie": "Cookie"}
READ_VALUES = (
    DATA
    | FORM
    | frozenset(AS_HEADER)
    | {"--request", "--header", "--url", "--url-query", "--max-time", "--retry", "--retry-delay", "--range"}
)
"""Options with a value that a request here has a place for."""

READ_FLAGS = frozenset({"--get", "--head", "--retry-all-errors", "--globoff"})

_CREDENTIALS = "The credentials in the command were left out; the connection's own are used."
_OUTPUT = "The answer is saved from its own view, so the output file was left out."
NOTED = {
    **dict.fromkeys(
        _names(
            "--user --oauth2-bearer --cert --key --pass --netrc-file --login-options --sasl-authzid --tlsuser "
            "--tlspassword --delegation --netrc --netrc-optional --digest --ntlm --ntlm-wb --negotiate --anyauth"
        ),
        _CREDENTIALS,
    ),
    **dict.fromkeys(_names("--output --output-dir --remote-name --remote-name-all --remote-header-name"), _OUTPUT),
    "--write-out": "What to write out was left out; the answer's own view shows it.",
    "--connect-timeout": "The time limit for connecting was left out; it is fixed here.",
    "--location": "Redirects are shown here and followed only when asked.",
    "--location-trusted": "Redirects are shown here and followed only when asked, without credentials elsewhere.",
    "--insecure": "Certificates are always checked here.",
    "--cacert": "Which certificates are believed is the connection's: its ca_file.",
    "--capath": "Which certificates are believed is the connection's: its ca_file.",
}
"""Options that are left out with a word: a person may count on them."""

LEFT_OUT_FLAGS = _names(
    "--silent --show-error --verbose --include --fail --fail-with-body --fail-early --no-buffer --buffer "
    "--progress-bar "
    "--disable --compressed --path-as-is --http1.1 --http1.0 --http0.9 --http2 --http2-prior-knowledge --http3 "
    "--http3-only --basic --no-progress-meter --progress-meter --ipv4 --ipv6 --tcp-nodelay --tcp-fastopen --mptcp "
    "--keepalive --no-keepalive --ssl --ssl-reqd --ssl-no-revoke --ssl-revoke-best-effort --ssl-allow-beast "
    "--ssl-auto-client-cert --sslv2 --sslv3 --tlsv1 --tlsv1.0 --tlsv1.1 --tlsv1.2 --tlsv1.3 --tls-earlydata --alpn "
    "--no-alpn --npn --no-npn --sessionid --no-sessionid --false-start --cert-status --doh-insecure --doh-cert-status "
    "--trace-time --trace-ids --styled-output --raw --remote-time --create-dirs --clobber --no-clobber "
    "--remove-on-error --xattr --parallel-immediate --post301 --post302 --post303 --retry-connrefused "
    "--junk-session-cookies --suppress-connect-headers --ignore-content-length --disallow-username-in-url "
    "--form-escape --tr-encoding --haproxy-protocol --ca-native --skip-existing --out-null"
)
LEFT_OUT_VALUES = _names(
    "--dump-header --stderr --trace --trace-ascii --trace-config --libcurl --limit-rate --max-filesize --max-redirs "
    "--retry-max-time --speed-limit --speed-time --keepalive-time --keepalive-cnt --happy-eyeballs-timeout-ms "
    "--expect100-timeout --parallel-max --rate --interface --local-port --ciphers --curves --tls13-ciphers --tls-max "
    "--cert-type --key-type --crlfile --pinnedpubkey --engine --random-file --egd-file --cookie-jar --hsts --alt-svc "
    "--etag-save --proto --proto-default --proto-redir --noproxy --dns-interface --dns-ipv4-addr --dns-ipv6-addr "
    "--dns-servers --doh-url --create-file-mode --tlsauthtype --sigalgs --ip-tos --vlan-priority --variable"
)
"""Options of the connection, the output or the terminal: what is sent is the same without them."""

_REFUSED_FLAGS = _names(
    "--next --parallel --append --list-only --upload-flags --use-ascii --manual --version --sasl-ir --crlf "
    "--compressed-ssh --proxytunnel --preproxy --proxy-basic --proxy-digest --proxy-ntlm --proxy-negotiate "
    "--proxy-anyauth --proxy-insecure"
)
_REFUSED_VALUES = _names(
    "--config --upload-file --proxy --proxy-user --proxy-header --proxy1.0 --socks4 --socks4a --socks5 "
    "--socks5-hostname --connect-to --resolve --unix-socket --abstract-unix-socket --request-target --time-cond "
    "--etag-compare --aws-sigv4 --continue-at --quote --telnet-option --ftp-port --mail-from --mail-rcpt --help "
    "--expand-url --expand-data --expand-header --expand-form"
)

_SHORT = dict(
    pair.split("=", 1)
    for pair in _names(
        "a=append E=cert K=config C=continue-at b=cookie c=cookie-jar d=data q=disable D=dump-header f=fail F=form "
        "P=ftp-port G=get g=globoff I=head H=header h=help 0=http1.0 i=include k=insecure 4=ipv4 6=ipv6 "
        "j=junk-session-cookies l=list-only L=location M=manual m=max-time n=netrc :=next N=no-buffer o=output "
        "Z=parallel #=progress-bar x=proxy U=proxy-user p=proxytunnel Q=quote r=range e=referer J=remote-header-name "
        "O=remote-name R=remote-time X=request S=show-error s=silent Y=speed-limit y=speed-time 2=sslv2 3=sslv3 "
        "t=telnet-option z=time-cond 1=tlsv1 T=upload-file B=use-ascii u=user A=user-agent v=verbose V=version "
        "w=write-out"
    )
)
_NOTED_FLAGS = _names(
    "--location --location-trusted --insecure --remote-name --remote-name-all --remote-header-name --netrc "
    "--netrc-optional --digest --ntlm --ntlm-wb --negotiate --anyauth"
)
_VALUES = READ_VALUES | LEFT_OUT_VALUES | _REFUSED_VALUES | (frozenset(NOTED) - _NOTED_FLAGS)
_FLAGS = READ_FLAGS | LEFT_OUT_FLAGS | _REFUSED_FLAGS | _NOTED_FLAGS
_ALL = _VALUES | _FLAGS


def long_name(word: str) -> str:
    """The full name of a long option: curl takes any beginning that only one option has, and `--no-` before flags.

    Raises:
        InvalidRequest: there is no such option, or it has no place in a request here.
    """
    if word in _ALL:
        return _placed(word)
    begun = [name for name in _ALL if name.startswith(word)]
    if len(begun) == 1:
        return _placed(begun[0])
    plain = "--" + word.removeprefix("--no-")
    if word.startswith("--no-") and plain in LEFT_OUT_FLAGS | _NOTED_FLAGS:
        return "--silent"
    raise _no_place(word)


def short_name(letter: str) -> str:
    """The long name of a short option.

    Raises:
        InvalidRequest: there is no such option, or it has no place in a request here.
    """
    name = _SHORT.get(letter)
    if name is None or f"--{name}" in _REFUSED_FLAGS | _REFUSED_VALUES:
        raise _no_place(f"-{letter}")
    return f"--{name}"


def has_value(option: str) -> bool:
    """Whether an option, by its long name, is followed by a value."""
    return option in _VALUES


def _placed(option: str) -> str:
    if option in _REFUSED_FLAGS | _REFUSED_VALUES:
        raise _no_place(option)
    return option


def _no_place(option: str) -> InvalidRequest:
    return InvalidRequest(COMMAND, f"The option {option} has no place in a request here.", "Take it out.")
