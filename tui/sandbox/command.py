"""`tuilio sandbox`: the embedded Twilio alone, in the foreground, for curl and other clients.

The first lines are for a shell to read (`export NAME=value`, flushed once the socket listens); every other
line begins with `#`. On a terminal, where the rest would push them off the screen, they are the last ones.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import sys
import textwrap
from collections.abc import Sequence

from tui.sandbox.faults import FaultKind
from tui.sandbox.reach import LOCAL, Reach, read_reach
from tui.sandbox.router import HAS
from tui.sandbox.server import AT_ONCE, NoPortForFiles, Sandbox

_LAST_PORT = 2**16 - 1

_USAGE = """\
# A stand-in for Twilio is listening on {base_url} until Ctrl+C. {reach}
# Paste the five lines of export into another terminal; what is shown here works there.
#
# curl, with the auth token and with the API key:
#   curl -s -u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN \\
#     "$TWILIO_BASE_URL/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json?PageSize=3"
#   curl -s -u $TWILIO_API_KEY:$TWILIO_API_SECRET \\
#     $TWILIO_BASE_URL/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json \\
#     --data-urlencode From={number} --data-urlencode To=+14155550123 --data-urlencode 'Body=Hello there'
#
# The official Python library, unchanged but for the base URL (unset TWILIO_REGION and TWILIO_EDGE):
#   import os
#   from twilio.rest import Client
#   class Sandbox(Client):
#       def get_hostname(self, uri):
#           product, twilio, path = uri.removeprefix("https://").partition(".twilio.com")
#           return f"{{os.environ['TWILIO_BASE_URL']}}/{{product}}{{path}}" if twilio else uri
#   client = Sandbox()
#   print(client.messages.create(from_="{number}", to="+14155550123", body="Hello there").sid)
#
# Numbers to send from: {numbers}
# Verify's service: export TWILIO_VERIFY_SERVICE_SID={verify}
# The last five digits of an ordinary recipient decide what becomes of a message, for example:
#   +14155530003 undelivered, 30003    +14155530005, 30006, 30007 ... the same with those codes
#   +14155530008 failed, 30008         +14155500000 stays sent     +14155560000 a minute in the queue
#   +14155570000 partially delivered   rcs:+14155530046 not reached by RCS, 30046
# Twilio's magic numbers, +15005550001 to +15005550009, do what they do with its test credentials;
# +53 and +98 are countries that are not enabled (21408). +13035550120 is in no campaign (30034), +18445550143 is an
# unverified toll-free number (30032), a MediaUrl at a host in .invalid cannot be fetched (11200).
#
# A create that is refused with 400 stays in the list as a failed message, as at Twilio. A message from one of these
# numbers to another arrives there, and calls its webhook.
#
# It has: {has}.
# What else Twilio has it answers with 501 and the header X-Tuilio-Sandbox: not-implemented, and says so here. Where two
# products have the same path, the base URL can name the one: {base_url}/messaging.
# It speaks JSON alone, so paths end in .json; a PageSize over 1000 is taken as 1000, since the official
# libraries ask for list(limit=2000) that way; DateSent also finds what was never sent, by the day it was created; STOP
# is obeyed and not answered.
#
# Let a message arrive (STOP opts its sender out, START in again; "MediaUrl": ["https://..."] brings files with it).
# These paths take JSON from programs on this machine, so the header is needed:
#   json=Content-Type:application/json
#   curl -s $TWILIO_BASE_URL/_sandbox/inbound -H $json \\
#     -d '{{"From": "+14155550123", "To": "{number}", "Body": "Hi"}}'
#
# A StatusCallback or a number's SmsUrl on this machine (http://127.0.0.1:...) is called, signed with the auth token.
# See what was called and answered, or sign wrongly (token, scheme, body, missing) to try a receiver out:
#   curl -s $TWILIO_BASE_URL/_sandbox/callbacks
#   curl -s $TWILIO_BASE_URL/_sandbox/signing -H $json -d '{{"mode": "token"}}'
#
# Let the next request fail, in one of these ways:
#   {kinds}
#   curl -s $TWILIO_BASE_URL/_sandbox/faults -H $json -d '{{"kind": "429", "path": "Messages", "retry_after": 2}}'
#   curl -s -X DELETE $TWILIO_BASE_URL/_sandbox/faults
#   curl -s $TWILIO_BASE_URL/_sandbox/requests
#
# For tests: wait for a message or a one-time code, put everything back, keep a state of it, move the time:
#   curl -s $TWILIO_BASE_URL/_sandbox/messages?to=+14155550123\\&body=Hello\\&wait=5
#   curl -s $TWILIO_BASE_URL/_sandbox/codes?to=+14155550123
#   curl -s $TWILIO_BASE_URL/_sandbox/clock -H $json -d '{{"advance": 3600}}'
#   curl -s $TWILIO_BASE_URL/_sandbox/snapshot -H $json -d '{{"name": "mine"}}'
#   curl -s $TWILIO_BASE_URL/_sandbox/restore -H $json -d '{{"name": "mine"}}'
#   curl -s -X POST $TWILIO_BASE_URL/_sandbox/reset -H $json
#
# Count what was sent, and what was sent twice:
#   curl -s $TWILIO_BASE_URL/_sandbox/creates
#
# Suspend the account, empty it, fill a sender's queue, close countries, take campaigns and verifications away:
#   curl -s $TWILIO_BASE_URL/_sandbox/state
#   curl -s $TWILIO_BASE_URL/_sandbox/state -H $json -d '{{"status": "suspended", "full_queues": ["{number}"]}}'
#   curl -s -X DELETE $TWILIO_BASE_URL/_sandbox/state
#
# Watch what your program sends, live, in a terminal of its own:
#   tuilio --watch-sandbox {base_url}
#
# Which of Twilio's operations it has:
#   curl -s $TWILIO_BASE_URL/_sandbox/operations
"""


def run(
    port: int,
    history: int,
    *,
    fast: bool = False,
    host: str = LOCAL.host,
    callbacks_to: Sequence[str] = (),
    open_controls: bool = False,
) -> int:
    """Serve until SIGINT (0) or SIGTERM (143); see `tui.cli.SandboxOptions`.

    An address or a port that cannot be had is 2, with a sentence on stderr.
    """
    try:
        reach = read_reach(host, callbacks_to, open_controls=open_controls)
    except ValueError as problem:
        sys.stderr.write(f"tuilio sandbox: {problem}.\n")
        return 2
    return asyncio.run(_serve(port, history, AT_ONCE if fast else 1.0, reach))


async def _serve(port: int, history: int, speed: float, reach: Reach) -> int:
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    for number, status in ((signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)):
        asyncio.get_running_loop().add_signal_handler(number, _settle, ended, status)
    try:
        sandbox = Sandbox(port=port, history=history, speed=speed, on_error=report, on_missing=complain, reach=reach)
        await sandbox.start()
    except OverflowError:
        no_port = f"is not a port; choose one from 1 to {_LAST_PORT}"
        none_left = "leaves no port after it for the files of messages; choose a smaller one"
        sys.stderr.write(f"tuilio sandbox: --port {port} {no_port if port > _LAST_PORT else none_left}.\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"tuilio sandbox: {_cannot_listen(error, reach.host, port)}.\n")
        return 2
    try:
        words = [
            _exports(sandbox),
            usage(sandbox.base_url, sandbox.numbers, reach, verify=sandbox.verify_service),
        ]
        _say("#\n".join(reversed(words)) if sys.stdout.isatty() else "".join(words))
        return await ended
    finally:
        await sandbox.aclose()


def usage(base_url: str, numbers: Sequence[str], reach: Reach = LOCAL, *, verify: str = "VA...") -> str:
    """Return how to use a sandbox that listens there and has these numbers and this service of Verify's.

    Every line begins with `#`.
    """
    return _USAGE.format(
        base_url=base_url,
        reach=_who_reaches(reach),
        number=numbers[0],
        numbers=" ".join(numbers[:-1]),
        verify=verify,
        kinds=" ".join(FaultKind),
        has=textwrap.fill(HAS, 100, subsequent_indent="# "),
    )


def _who_reaches(reach: Reach) -> str:
    if reach.is_local:
        return "Nothing leaves this machine."
    whose = "this machine" if ipaddress.ip_address(reach.host).is_unspecified else reach.host
    controls = ", and /_sandbox/" if reach.open_controls else " (but not /_sandbox/)"
    called = f"this machine and {', '.join(sorted(reach.callbacks_to))}" if reach.callbacks_to else "this machine only"
    return (
        f"It listens on {reach.host}:\n"
        f"# WHOEVER REACHES {whose} CAN USE IT{controls}: its credentials are the same everywhere.\n"
        f"# Webhooks go to {called}. Files of messages are at the next port."
    )


def _exports(sandbox: Sandbox) -> str:
    values = (
        ("TWILIO_ACCOUNT_SID", sandbox.account_sid),
        ("TWILIO_AUTH_TOKEN", sandbox.auth_token),
        ("TWILIO_API_KEY", sandbox.api_key_sid),
        ("TWILIO_API_SECRET", sandbox.api_key_secret),
        ("TWILIO_BASE_URL", sandbox.base_url),
    )
    return "".join(f"export {name}={value}\n" for name, value in values)


def _say(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the first lines has gone; the server goes on, and exit must not flush into the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _cannot_listen(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is no address of this machine; write one of its own, or 0.0.0.0 for all of them"
    which = f"port {error.port}, for the files of messages" if isinstance(error, NoPortForFiles) else f"port {port}"
    remedy = "choose another with --port, or leave --port out to get a free one"
    return f"cannot listen on {host}, {which} ({_reason(error)}); {remedy}"


def _reason(error: OSError) -> str:
    # asyncio wraps the system's words in a sentence of its own; a known number has a plain one.
    return os.strerror(error.errno) if error.errno else str(error)


def _settle(ended: asyncio.Future[int], status: int) -> None:
    if not ended.done():
        ended.set_result(status)


def report(error: Exception) -> None:
    """Tell on standard error what went wrong inside."""
    sys.stderr.write(f"# The sandbox failed on a request: {type(error).__name__}: {error}\n")


def complain(sentence: str) -> None:
    """Tell on standard error what was asked for and is not here."""
    # It names the path as it came: control characters are not for a terminal.
    sys.stderr.write("".join(each if each.isprintable() else "?" for each in f"# {sentence}") + "\n")
