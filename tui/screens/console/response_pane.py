"""The response pane: status and attempts above, the body or the headers below."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from tui.keymap import key_of, name_keys
from tui.raw_request.model import AttemptOutcome, RawResponse, RequestAttempt
from tui.raw_request.sending import Unanswered
from tui.raw_request.trail import BodyPosition
from tui.raw_request.transfer import Progress
from tui.safe_text import glimpse, safe_text
from tui.theme import TONES, Tone
from tui.twilio.errors import ApiError
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.hex_view import HexView
from tui.widgets.response_view.json_view import JsonView
from tui.widgets.response_view.text_view import TextView
from tui.widgets.text_pane import TextPane


class EmptyBody(Static, can_focus=True):
    """Has the focus in place of a body, so that keys meant for the response do not go into the form."""

    def __init__(self) -> None:
        super().__init__(Content.styled("The answer has no body.", "$quiet"), markup=False)


class ResponsePane(Vertical):
    """One response, or the progress of the request for it.

    Attributes:
        headers_shown: the headers in place of the body.
        response: None until there is one.
        ended: whether the request has ended, with a response or without.
        look_at: how to look at the next JSON body, None for from its beginning.
    """

    headers_shown: reactive[bool] = reactive(False)

    def __init__(self, *, id: str, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(id=id)
        self.response: RawResponse | None = None
        self._shown: RawResponse | None = None
        self.ended = False
        self._attempts: dict[int, RequestAttempt] = {}
        self._more = self._refused = ""
        self._filter = ""
        self.look_at: BodyPosition | None = None
        self._answered_by = "Twilio"
        self._said = Content("")
        self._last_words = ""
        self._last_tone: Tone = "muted"
        self._clock = clock
        self._again_at = 0.0
        self._countdown: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(name_keys("Nothing sent yet. {console.send} sends what the form says."), id="status", markup=False)
        yield Vertical(id="view")
        yield TextPane(id="response-headers")
        yield Static(id="about", markup=False)

    @property
    def view(self) -> BodyView | None:
        """The body's view."""
        return next(iter(self.query(BodyView)), None)

    def enter(self) -> None:
        """Focus what is shown of the response."""
        place = self.query_one("#response-headers", TextPane) if self.headers_shown else self.view
        for each in (place, *self.query(EmptyBody)):
            if each is not None:
                each.focus()
                return

    def watch_headers_shown(self, shown: bool) -> None:
        reading = self.has_focus_within
        self.query("#view").set(display=not shown)
        self.query("#response-headers").set(display=shown)
        if reading and (target := self.query_one("#response-headers", TextPane) if shown else self.view) is not None:
            target.focus()

    @property
    def looked_at(self) -> BodyPosition:
        """How the body is looked at, for when it is shown again."""
        view = self.view
        if not isinstance(view, JsonView):
            return BodyPosition()
        line, folded = view.place
        return BodyPosition(view.only_filter, line, folded)

    def begin(self, *, keep_filter: bool = False) -> None:
        """Show that a request is sent; with `keep_filter` the JSONPath filter stays for its response."""
        view = self.view
        if view is not None or not keep_filter:
            # Where the one before brought no JSON its filter goes on waiting for the next that does.
            self._filter = view.only_filter if keep_filter and isinstance(view, JsonView) else ""
        self.response, self.ended = None, False
        self.look_at = None
        self._attempts = {}
        self._more = self._refused = ""
        self._stop_counting()
        self.query_one("#view", Vertical).remove_children()
        self.query_one("#about", Static).update("")
        self.query_one("#response-headers", TextPane).show(Content(""))
        self._say(name_keys("… sending; {console.stop} stops it"), "busy")

    def idle(self, *, sandbox: bool) -> None:
        """Show that nothing was sent yet with this account, the sandbox's or another."""
        self._answered_by = "The sandbox" if sandbox else "Twilio"
        self._say(name_keys("Nothing sent yet. {console.send} sends what the form says."), "muted")

    def say(self, words: str) -> None:
        """Show a sentence in place of a response."""
        self.begin()
        self.ended = True
        self._say(words, "muted")

    def attempt(self, attempt: RequestAttempt) -> None:
        """Show an attempt that began or ended, with a countdown where another follows."""
        self._attempts[attempt.number] = attempt
        self._stop_counting()
        if attempt.outcome is not AttemptOutcome.ANSWERED:
            # How far the one before came says nothing of this one.
            self.query_one("#about", Static).update("")
        if attempt.wait_before_next:
            self._again_at = self._clock() + attempt.wait_before_next
            self._countdown = self.set_interval(0.25, self._count_down)
        self._count_down()

    def _count_down(self) -> None:
        if self._countdown is None:
            self._say(name_keys("… under way; {console.stop} stops it"), "busy")
        else:
            left = max(0, math.ceil(self._again_at - self._clock()))
            self._say(f"… waiting, {left} s to the next attempt; {key_of('console.stop')} stops it", "busy")

    def _stop_counting(self) -> None:
        if self._countdown is not None:
            self._countdown.stop()
            self._countdown = None

    def progress(self, progress: Progress) -> None:
        """Show how many bytes were sent or received."""
        if progress.received:
            words = share_of("received", progress.received, progress.to_receive)
        else:
            words = share_of("sent", progress.sent, progress.to_send)
        self.query_one("#about", Static).update(Content.styled(words, "$quiet"))

    def fail(self, problem: BaseException) -> None:
        """Show why there is no response."""
        self._end()
        if isinstance(problem, Unanswered):
            self._attempts = {attempt.number: attempt for attempt in problem.attempts}
        self._say(f"✗ {safe_text(str(problem), limit=400)}", "bad")

    def stop(self, *, changes_things: bool) -> None:
        """Show that the request was stopped."""
        self._end()
        self._attempts = {
            number: replace(attempt, outcome=AttemptOutcome.FAILED, error="stopped")
            if attempt.outcome is AttemptOutcome.STARTED
            else attempt
            for number, attempt in self._attempts.items()
        }
        self._say("– stopped" + ("; what was sent by then may have been processed" if changes_things else ""), "warn")

    def refuse(self) -> None:
        """Show that another request was not sent: the response is still that to the one before."""
        self._refused = "Not sent: the form says what is wrong."
        if self.response is not None:
            self._refused += " This is still the answer to the request before."
            self._say_status(self.response)
        elif self.ended:
            self._refused += " This is still about the request before."
            self._say(self._last_words, self._last_tone)
        else:
            self._say(self._refused, "warn")

    async def read_as(self, response_type: str) -> None:
        """Show the response as "json", "text" or "binary"."""
        if self.response is not None and self.ended and self.response.response_type != response_type:
            await self.show(replace(self.response, response_type=response_type), more=self._more)

    def add(self, words: str) -> None:
        """Say something more about the response that is shown."""
        if self.response is not None:
            self._more = f"{words} {self._more}".strip()
            self._say_status(self.response)

    def _end(self) -> None:
        self.ended = True
        self._stop_counting()

    async def show(self, response: RawResponse, *, more: str = "") -> None:
        """Show a response of any status, and a sentence about it."""
        shown = await asyncio.to_thread(response.shown)
        self._end()
        self.response, self._shown = response, shown
        self._more = more
        self._attempts = {attempt.number: attempt for attempt in response.attempts}
        self.query_one("#about", Static).update("")
        self._say_status(response)
        lines = [
            Content.assemble((f"{safe_text(name, limit=80)}: ", "bold"), safe_text(value, limit=2000))
            for name, value in shown.headers
        ]
        self.query_one("#response-headers", TextPane).show(Content("\n").join(lines))
        await self._mount_view(shown)

    def _say_status(self, response: RawResponse) -> None:
        mark, tone = _mark_of(response)
        version = f" · {safe_text(response.http_version, limit=10)}" if response.http_version else ""
        request_id = f" · {safe_text(response.request_id, limit=40)}" if response.request_id else ""
        self._say(
            f"{mark} {response.status} {safe_text(response.reason, limit=60)}{version} · "
            f"{response.elapsed * 1000:.0f} ms · {response.size:,} bytes",
            tone,
            f"{self._more} {self._explanation(response)}".strip(),
            f"{safe_text(response.method, limit=12)} {glimpse(_short(response.url), 100)}{request_id}",
        )

    async def _mount_view(self, response: RawResponse, *, as_text: bool = False) -> None:
        place = self.query_one("#view", Vertical)
        reading = place.has_focus_within
        await place.remove_children()
        if not response.content:
            await place.mount(EmptyBody())
        elif response.response_type == "binary" or (as_text and _is_binary(response)):
            view = HexView()
            await place.mount(view)
            view.set_bytes(response.content)
        elif response.response_type == "json" and not as_text and not response.cut:
            json = JsonView()
            await place.mount(json)
            json.set_document(response.content)
        else:
            text = TextView()
            await place.mount(text)
            text.set_text(response.content, response.charset)
        if reading:
            self.enter()

    @on(JsonView.Refused)
    async def _not_json(self, event: JsonView.Refused) -> None:
        event.stop()
        if self.response is not None and self._shown is not None:
            problem = event.view.problem if isinstance(event.view, JsonView) else None
            await self._mount_view(self._shown, as_text=True)
            how = "as bytes" if _is_binary(self.response) else "as text"
            self._more = f"{self._more} {problem}, shown {how}.".strip()
            self._say_status(self.response)

    @on(JsonView.Loaded)
    @on(JsonView.Filtered)
    def _look_again(self, event: BodyView.Changed) -> None:
        """Apply the filter of the response before, or look at this one as it was looked at the last time."""
        if not isinstance(view := event.view, JsonView):
            return
        expression, self._filter = self._filter, ""
        seen = self.look_at
        if isinstance(event, JsonView.Loaded) and (expression or (seen is not None and seen.filter)):
            view.filter(expression or (seen.filter if seen is not None else ""))
        elif seen is not None:
            self.look_at = None
            view.go_to(seen.line, seen.folded)

    @on(JsonView.Moved)
    @on(BodyView.Changed)
    def _say_about(self) -> None:
        """The filter, the path at the cursor, the search and a note, in the line under the body."""
        view = self.view
        if view is None:
            return
        path = safe_text(view.path_at(view.cursor), limit=160) if isinstance(view, JsonView) else ""
        chosen = view.expression if isinstance(view, JsonView) else ""
        kept = f"filter {safe_text(chosen, limit=60)}" if chosen else ""
        search = f"“{safe_text(view.sought, limit=30)}” {view.search_status}" if view.sought else ""
        words = " · ".join(word for word in (kept, path, search, view.note) if word)
        self.query_one("#about", Static).update(Content.styled(words, "$quiet"))

    def _explanation(self, response: RawResponse) -> str:
        if response.status < 400 or response.cut:
            return safe_text(response.note, limit=200)
        problem = response.error
        words = "" if problem is None else safe_text(str(problem), limit=300)
        if isinstance(problem, ApiError) and problem.message:
            words += f" {self._answered_by} says: {safe_text(problem.message, limit=160)}"
        return words

    def _say(self, words: str, tone: Tone, more: str = "", quiet: str = "") -> None:
        self._last_words, self._last_tone = words, tone
        lines = [Content.styled(words, f"bold {TONES[tone]}")]
        if self._refused and words != self._refused:
            lines.insert(0, Content.styled(self._refused, f"bold {TONES['warn']}"))
        if more:
            lines.append(Content(more))
        if quiet:
            lines.append(Content.styled(quiet, "$quiet"))
        attempts = list(self._attempts.values())
        if len(attempts) > 1 or (attempts and attempts[0].wait_before_next is not None):
            lines += [Content.styled(_words_of(attempt), "$quiet") for attempt in attempts[-6:]]
        said = Content("\n").join(lines)
        if said != self._said:
            self._said = said
            self.query_one("#status", Static).update(said)


def _mark_of(response: RawResponse) -> tuple[str, Tone]:
    """The sign and the colour of a status: a redirect is no failure."""
    if 200 <= response.status < 300:
        return ("!", "warn") if response.cut else ("✓", "good")
    return ("→", "warn") if 300 <= response.status < 400 else ("✗", "bad")


def share_of(done: str, moved: int, whole: int | None) -> str:
    """The progress in bytes, with a bar where the whole is known."""
    if not whole:
        return f"{moved:,} bytes {done}"
    tenths = min(10, moved * 10 // whole)
    return f"{'█' * tenths}{'░' * (10 - tenths)} {moved * 100 // whole} % · {moved:,} of {whole:,} bytes {done}"


def _words_of(attempt: RequestAttempt) -> str:
    head = f"  attempt {attempt.number} of {attempt.most}"
    if attempt.outcome is AttemptOutcome.STARTED:
        return f"{head} · under way"
    parts: list[str] = []
    if attempt.status:
        parts.append(f"{attempt.status} {safe_text(attempt.reason, limit=40)}".rstrip())
    if attempt.error:
        # What to do about it is said once, above.
        parts.append(safe_text(attempt.error.partition(". ")[0].rstrip("."), limit=120))
    if attempt.elapsed:
        parts.append(f"{attempt.elapsed * 1000:.0f} ms")
    if attempt.wait_before_next is not None:
        wait = attempt.wait_before_next
        parts.append(f"waits {wait:.1f} s" if wait >= 0.05 else "then at once")
    return " · ".join((head, *parts))


def _short(url: str) -> str:
    """A URL with a … for what every request of an account begins with."""
    return re.sub(r"^.*?/Accounts/(AC[0-9a-fA-F]{32}|\$TWILIO_ACCOUNT_SID)(?=[/.?])", "…", url, count=1)


def _is_binary(response: RawResponse) -> bool:
    """Whether a body is not text, by its type and its bytes."""
    if response.content_type.startswith("text/") or not response.content:
        return False
    try:
        return "\0" in response.content[:4096].decode(response.charset)
    except UnicodeDecodeError as problem:
        # What is cut in the middle of a character is no reason.
        return problem.start < min(len(response.content), 4096) - 4
