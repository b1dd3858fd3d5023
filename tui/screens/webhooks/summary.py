"""Texts of the Webhooks screen: help, the receiver's state, the line of counts, the words for an empty list. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from tui.http_server.loopback import is_loopback, local_origin
from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.webhooks.event_list import EventFilter
from tui.screens.webhooks.tunnel_actions import tunnel_line
from tui.services.session import Session
from tui.services.webhook_service import WebhookService
from tui.theme import TONES
from tui.time_format import zone_name
from tui.webhooks.event_queue import ReceiverCounts
from tui.webhooks.receiver import Failed, Listening, Starting, Stopping
from tui.webhooks.settings import AS_IT_CAME

HELP = (
    "The receiver takes the requests that Twilio sends to your URLs: messages that arrive, and status callbacks. "
    "Each is checked against the account's auth token before anything comes of it: ✓ Twilio signed it; ✗ it was not "
    "signed for this URL, and the event says which URL or token would have fitted; ? nobody can tell, because the "
    "connection has no auth token, or not the shared key (webhook_key) that signed it. ✗ and ? are answered with 403 "
    "and lead to nothing.\n\n"
    "It listens on this machine only, and Twilio needs a public URL that leads here. {webhooks.public_address} gets "
    "one through a tunnel program that is installed: cloudflared, tailscale, ngrok, ssh, or a command of your own in "
    'webhooks.toml, such as tunnel = ["zrok", "share", "public", "{port}"]. The command is shown before it runs; its '
    "address holds until you end it, the receiver stops or tuilio ends, and is not saved.\n\n"
    "A server that you can reach with SSH and that has a name on the internet keeps its URL. With port 8080 set here "
    "({webhooks.set_up}), run beside tuilio:\n\n"
    "  ssh -N -R 8080:127.0.0.1:8080 you@your-server\n\n"
    "and let the web server there pass https://hooks.example.com to its own 127.0.0.1:8080 (with Caddy: "
    "caddy reverse-proxy --from hooks.example.com --to 127.0.0.1:8080). Then set the public URL here to "
    "https://hooks.example.com: signatures are made for it, to the letter. {webhooks.public_address} runs such an ssh "
    "as well.\n\n"
    "{webhooks.media} lists the files of a message. Those of this account are fetched from Twilio; another address "
    "that a webhook names is asked only after a question, and without credentials.\n\n"
    "{webhooks.own_event} sends a signed test event of your own to this receiver or to any local URL, or has the "
    "sandbox make one; where it arrives here it is called a test. {webhooks.alerts} asks Twilio what it noted when "
    "this webhook, or without one the receiver's URL, failed; {webhooks.why} asks why the event's message did.\n\n"
    "Your own program: with its URL under “Forward to” ({webhooks.set_up}), every verified request goes on to it as it "
    "came, and what it answers within 12 seconds goes back to Twilio, whatever its status: on a 500 Twilio calls the "
    "fallback URL, as it would without tuilio. Without an answer the saved reply goes back, and the event says so. "
    "{webhooks.play_again} plays an event again, {webhooks.forwarding} stops and goes on. Its signature check: Twilio "
    "signs for the public URL, which X-Forwarded-Proto and -Host tell (Flask: ProxyFix; Express: trust proxy); or have "
    "requests signed anew for your program's own URL. Another machine gets nothing before you have said yes to it.\n\n"
    "A webhook that does not arrive may ask for a path that is not served: then it is listed as unserved, and "
    "{webhooks.adopt} makes that the path, or the public URL what a rejected one was signed for.\n\n"
    "Events are kept on disk when tuilio ends (the sandbox keeps them in memory). A verified event brings its message "
    "up to date in Messages and Compose."
)


@dataclass(frozen=True, slots=True)
class EventListStatus:
    """What the texts say about the list.

    Attributes:
        loaded: events loaded, of which `shown` pass the filter.
        above: rows above the cursor.
        skipped: events kept but not listed, as they came too fast or would have pushed out the current row.
        more_below: whether the store holds older events than those loaded.
        trouble: why the store could not be read; empty when it could.
        signing: how the sandbox signs wrongly; empty otherwise.
    """

    loaded: int
    shown: int
    above: int
    skipped: int
    more_below: bool
    event_filter: EventFilter
    trouble: str
    signing: str = ""


def state_lines(receiving: WebhookService, session: Session, now: EventListStatus) -> Content:
    """Where the receiver listens, and warnings: no token, exposed, unsigned accepted, other paths asked for, disk."""
    lines = [_state(receiving)]
    if (tunnel := tunnel_line(receiving)) is not None:
        lines.append(tunnel)
    settings, listening = receiving.settings, receiving.listening
    if session.account is None and receiving.used is None and not session.opening:
        lines.append(
            Content.styled(
                name_keys("No connection is in use: {everywhere.switch_connection} chooses one."), TONES["warn"]
            )
        )
    elif receiving.token_trouble is not None:
        lines.append(Content.styled(safe_text(str(receiving.token_trouble), limit=240), TONES["bad"]))
    elif not receiving.verifies and receiving.used is not None and not settings.allow_unsigned:
        key = key_of("everywhere.connections")
        words = f"? {_whose(receiving)} has no auth token: nothing can be verified. {key} adds one."
        lines.append(Content.styled(words, TONES["warn"]))
    loud: list[str] = []
    if listening is not None and listening.exposed:
        loud.append(f"EXPOSED: other machines reach it on {safe_text(listening.host, limit=60)}")
    elif settings.expose and not is_loopback(settings.host):
        loud.append(f"it will be EXPOSED on {safe_text(settings.host, limit=60)}")
    if settings.allow_unsigned and receiving.verifies:
        words = "Unsigned requests stay refused although they are allowed: there is a token to check them with."
        lines.append(Content.styled(words, "$quiet"))
    elif settings.allow_unsigned:
        loud.append("UNSIGNED requests are accepted: anyone may have sent them")
    if now.signing:
        loud.append(f"the sandbox signs WRONGLY: {now.signing}; {key_of('webhooks.signing')} ends that")
    lines += [Content.styled(f" ! {words} ", "bold $background on $warning") for words in loud]
    if settings.forward_to:
        lines.append(_forwarding(receiving))
    if receiving.settings_trouble is not None:
        lines.append(Content.styled(safe_text(str(receiving.settings_trouble), limit=240), TONES["bad"]))
    kept = receiving.receiver.problem
    if kept is not None:
        lines.append(Content.styled(safe_text(str(kept), limit=240), TONES["bad"]))
    return Content("\n").join(lines)


def _forwarding(receiving: WebhookService) -> Content:
    """Where events are forwarded to, or why they are not."""
    settings = receiving.settings
    key, url = (key_of("webhooks.forwarding"), "bold $text-primary"), safe_text(settings.forward_to, limit=120)
    if not settings.forwards:
        return Content.assemble(("→ not forwarded. ", "$quiet"), key, (f" forwards to {url}", "$quiet"))
    if settings.unconfirmed and not receiving.sandbox:
        warning = f"! {url} is another machine, which gets nothing yet: "
        return Content.assemble((warning, TONES["warn"]), key, (" asks", TONES["warn"]))
    if trouble := receiving.forward_trouble:
        return Content.styled(f"! Nothing is forwarded. {safe_text(trouble, limit=240)}", TONES["bad"])
    signed = "" if settings.forward_signature == AS_IT_CAME else ", signed anew"
    return Content.assemble(
        ("→ forwarded to ", "$quiet"),
        (url, "$text-primary"),
        (f"{signed} · ", "$quiet"),
        key,
        (" stops that", "$quiet"),
    )


def _state(receiving: WebhookService) -> Content:
    state, settings = receiving.receiver.state, receiving.settings
    match state:
        case Listening():
            origin = local_origin(state.host, state.port)
            pieces = [
                ("● ", TONES["good"]),
                ("listening on ", "bold"),
                (f"{origin}{settings.inbound_path}", "bold $text-primary"),
                (f" and {settings.status_path}", "$quiet"),
            ]
            if settings.public_url:
                pieces += [(" · public ", "$quiet"), (safe_text(settings.public_url, limit=120), "$text-primary")]
            elif not receiving.reachable:
                pieces += [
                    (name_keys(" · no public URL: Twilio cannot reach it ({webhooks.public_address})"), TONES["warn"])
                ]
            return Content.assemble(*pieces)
        case Failed(problem):
            return Content.assemble(
                ("✗ not listening. ", f"bold {TONES['bad']}"),
                safe_text(str(problem), limit=300),
                (f" {key_of('webhooks.set_up')}", "bold $text-primary"),
                " changes that.",
            )
        case Starting():
            return Content.styled("… starting", TONES["busy"])
        case Stopping():
            return Content.styled("… stopping", TONES["busy"])
        case _:
            port = f"port {settings.port}" if settings.port else "any free port"
            where = f"on {safe_text(settings.host, limit=60)}, {port}"
            return Content.assemble(
                ("○ stopped. ", "bold"), (key_of("webhooks.start"), "bold $text-primary"), f" starts it {where}"
            )


def count_line(counts: ReceiverCounts, now: EventListStatus, session: Session) -> Content:
    """The number of rows and, since the start of the receiver, of requests received and refused."""
    pieces: list[tuple[str, str]] = [(f" {now.shown:,}", "bold")]
    pieces.append((f" of {now.loaded:,} loaded match" if now.event_filter else " listed", "bold"))
    pieces.append((", more below" if now.more_below else "", "$quiet"))
    if now.skipped:
        pieces.append(
            (f" · {now.skipped:,} newer not listed, kept: {key_of('webhooks.refresh')} reads them", TONES["warn"])
        )
    if now.trouble:
        pieces.append((f" · {safe_text(now.trouble, limit=120)}", TONES["bad"]))
    if now.above:
        pieces.append((f" · {now.above:,} newer above: g", TONES["accent"]))
    if now.event_filter:
        pieces.append((f" · {safe_text(now.event_filter.words(), limit=60)}", TONES["accent"]))
    if counts.received or counts.refused or counts.unserved:
        pieces.append((f" · {counts.received:,} received", "$quiet"))
        for number, words in (
            (counts.rejected, "rejected"),
            (counts.unverifiable, "?"),
            (counts.duplicates, "again"),
            (counts.unserved, "unserved"),
            (counts.refused, "not HTTP"),
            (counts.forwarded, "forwarded"),
            (counts.unanswered, "unanswered by your program"),
        ):
            if number:
                pieces.append((f" · {number:,} {words}", "$quiet"))
    pieces.append((f" · {zone_name(session.clock())}", "$quiet"))
    return Content.assemble(*pieces)


def explain_emptiness(receiving: WebhookService, now: EventListStatus) -> Content:
    """Why the list is empty, and what to do."""
    if now.event_filter:
        return _words(
            "Nothing matches.", f"{now.loaded:,} looked at.", "{webhooks.filter} changes the filter, esc drops it."
        )
    if receiving.listening is None:
        return _words(
            "No webhooks yet.",
            "{webhooks.start} starts the receiver; {webhooks.set_up} sets its port, public URL and reply. "
            "{everywhere.help} explains the rest.",
        )
    if receiving.sandbox:
        return _words(
            "Nothing has arrived yet.",
            "{webhooks.text_me} asks the sandbox to text you. A message sent from Compose with {compose.receive} "
            "reports its status here.",
        )
    if not receiving.reachable:
        return _words(
            "Nothing can arrive yet.",
            "Twilio needs a public URL that leads here: {webhooks.public_address} gets one through a tunnel, "
            "{webhooks.set_up} sets one of your own.",
        )
    return _words("Nothing has arrived yet.", "{webhooks.numbers} gives this URL to one of the account's numbers.")


def _whose(receiving: WebhookService) -> str:
    return safe_text(receiving.used.connection.name, limit=30) if receiving.used else "The connection"


def _words(title: str, *lines: str) -> Content:
    rest = [Content.styled(name_keys(line), "$quiet") for line in lines]
    return Content("\n").join([Content.styled(title, "bold"), Content(""), *rest])
