"""The response pane: what is answered, and the attempts, above; the body, the headers or the request below."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from time import monotonic

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widgets import Static

from tui.keymap import key_of, name_keys
from tui.raw_request.model import AttemptOutcome, RawResponse, RequestAttempt, SentRequest
from tui.raw_request.sending import Unanswered
from tui.raw_request.trail import BodyPosition
from tui.raw_request.transfer import Progress
from tui.safe_text import safe_text
from tui.screens.console.answer_words import (
    attempt_words,
    header_lines,
    headline,
    parts_of,
    sent_words,
    share_of,
)
from tui.theme import TONES, Tone
from tui.time_format import duration
from tui.twilio.errors import ApiError
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.hex_view import HexView
from tui.widgets.response_view.json_view import JsonView
from tui.widgets.response_view.text_view import TextView
from tui.widgets.text_pane import TextPane


class EmptyBody(Static, can_focus=True):
    """Has the focus in place of a body, so that keys meant for the response do not go into the form."""

    def __init__(self, words: str = "") -> None:
        super().__init__(Content.styled(words, "$quiet"), markup=False)


class Face(Enum):
    """What of an answer is shown."""

    BODY = "body"
    HEADERS = "headers"
    REQUEST = "request"


LACKING = "X-Tuilio-Sandbox"
"""The header with which the sandbox says that it has no such thing."""

BOTH_FIT = 100
"""Cells of a pane in which headers and request stand beside each other."""

REDRAWN = 1.0
"""Seconds between two pictures of the bytes that move: over a slow line each costs."""


class ResponsePane(Vertical):
    """One response, or the progress of the request for it.

    Attributes:
        face: what of it is shown.
        response: None until there is one.
        reading: how it is read now, "json", "text" or "binary", whatever was asked for.
        ended: whether the request has ended, with a response or without.
        has_heads: whether there are headers, or a request as it was sent, to look at.
        look_at: how to look at the next JSON body, None for from its beginning.
    """

    face: reactive[Face] = reactive(Face.BODY)

    def __init__(self, *, id: str, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(id=id)
        self.response: RawResponse | None = None
        self._shown: RawResponse | None = None
        self.reading = "json"
        self.ended = self.has_heads = False
        self._attempts: dict[int, RequestAttempt] = {}
        self._more = self._page = self._refused = ""
        self._unread = ""
        self._filters: tuple[str, ...] = ()
        self.look_at: BodyPosition | None = None
        self._looked_at: BodyPosition | None = None
        self._answered_by = "Twilio"
        self._said = Content("")
        self._last_words = ""
        self._last_tone: Tone = "muted"
        self._clock = clock
        self._begun_at = self._attempt_at = self._drawn_at = 0.0
        self._again_at: float | None = None
        self._progress = ""
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(name_keys("Nothing sent yet. {console.send} sends what the form says."), id="status", markup=False)
        yield Static(id="filtered", markup=False)
        yield Vertical(id="view")
        with Horizontal(id="heads"):
            yield TextPane(id="response-headers")
            yield TextPane(id="request-sent")
        yield Static(id="about", markup=False)

    @property
    def view(self) -> BodyView | None:
        """The body's view; the newer one while it takes the place of another."""
        return next(iter(reversed(list(self.query(BodyView)))), None)

    @property
    def _room(self) -> int:
        """Cells of a line above the body."""
        return self.query_one("#status").content_size.width or 80

    def enter(self) -> bool:
        """Focus what is shown of the response; returns whether anything is."""
        match self.face:
            case Face.BODY:
                place = self.view
            case Face.HEADERS:
                place = self.query_one("#response-headers", TextPane)
            case Face.REQUEST:
                place = self.query_one("#request-sent", TextPane)
        for each in (place, *self.query(EmptyBody)):
            if each is not None:
                each.focus()
                return True
        return False

    def turn(self) -> None:
        """Show the next of body, headers and request; the latter two together where there is room."""
        match self.face:
            case Face.BODY:
                self.face = Face.HEADERS
            case Face.HEADERS if self.size.width < BOTH_FIT:
                self.face = Face.REQUEST
            case _:
                self.face = Face.BODY

    def watch_face(self) -> None:
        reading = self.has_focus_within
        self._lay_out()
        self._say_about()
        if reading:
            self.enter()

    def _lay_out(self) -> None:
        face, both = self.face, self.size.width >= BOTH_FIT
        self.query("#view").set(display=face is Face.BODY)
        self.query("#heads").set(display=face is not Face.BODY)
        self.query("#response-headers").set(display=both or face is Face.HEADERS)
        self.query("#request-sent").set(display=both or face is Face.REQUEST)

    def on_resize(self) -> None:
        """Say as much in the first line, and show as much beside each other, as there is room for now."""
        self._lay_out()
        if self.response is not None and self.ended:
            self._say_status(self.response)

    @property
    def looked_at(self) -> BodyPosition:
        """How the body is looked at, for when it is shown again."""
        if self.look_at is not None:
            return self.look_at
        view = self.view
        if not isinstance(view, JsonView):
            return BodyPosition()
        line, folded = view.place
        return BodyPosition(view.filters, line, folded)

    def begin(self, *, keep_filter: bool = False) -> None:
        """Show that a request is sent; with `keep_filter` the JSONPath filters stay for its response."""
        view = self.view
        if view is not None or not keep_filter:
            # Where the one before brought no JSON its filter goes on waiting for the next that does.
            self._filters = view.filters if keep_filter and isinstance(view, JsonView) else ()
        self.response = self._shown = None
        self.ended = False
        self.look_at = None
        self._attempts = {}
        self._more = self._page = self._unread = self._refused = self._progress = ""
        self._again_at = None
        place = self.query_one("#view", Vertical)
        before = list(place.children)
        if place.has_focus_within:
            place.mount(waiting := EmptyBody())
            self.screen.set_focus(waiting)
        place.remove_children(before)
        self.query_one("#about", Static).update("")
        self._show_filters((), "")
        self._show_heads(None, None)
        self._begun_at = self._attempt_at = self._clock()
        self._stop_ticking()
        self._ticking = self.set_interval(0.25, self._tick)
        self._say(name_keys("… sending; {console.stop} stops it"), "busy")

    def idle(self, *, sandbox: bool) -> None:
        """Show that nothing was sent yet with this account, the sandbox's or another."""
        self._answered_by = "The sandbox" if sandbox else "Twilio"
        self._stop_ticking()
        self._say_idle()

    def _say_idle(self) -> None:
        self._say(name_keys("Nothing sent yet. {console.send} sends what the form says."), "muted")

    def say(self, words: str) -> None:
        """Show a sentence in place of a response."""
        self.begin()
        self._end()
        self._say(words, "muted")

    def attempt(self, attempt: RequestAttempt) -> None:
        """Show an attempt that began or ended, with a countdown where another follows."""
        self._attempts[attempt.number] = attempt
        if attempt.outcome is AttemptOutcome.STARTED:
            self._attempt_at = self._clock()
        if attempt.outcome is not AttemptOutcome.ANSWERED:
            # How far the one before came says nothing of this one.
            self._progress = ""
            self.query_one("#about", Static).update("")
        self._again_at = self._clock() + attempt.wait_before_next if attempt.wait_before_next else None
        self._tick()

    def _tick(self) -> None:
        """Say what goes on and for how long; draws nothing but when a second is over."""
        now = self._clock()
        if self._again_at is not None:
            left = max(0, math.ceil(self._again_at - now))
            self._say(f"… waiting, {left} s to the next attempt; {key_of('console.stop')} stops it", "busy")
            return
        seconds = int(now - self._begun_at)
        since = f", {seconds} s" if seconds else ""
        self._say(f"… under way{since}; {key_of('console.stop')} stops it", "busy")
        if self._progress and now - self._drawn_at >= REDRAWN:
            self._draw_progress()

    def _stop_ticking(self) -> None:
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def progress(self, progress: Progress) -> None:
        """Show how many bytes were sent or received."""
        if progress.received:
            words = share_of("received", progress.received, progress.to_receive)
        else:
            words = share_of("sent", progress.sent, progress.to_send)
        first, self._progress = not self._progress, words
        if first:
            self._draw_progress()

    def _draw_progress(self) -> None:
        self._drawn_at = self._clock()
        self.query_one("#about", Static).update(Content.styled(self._progress, "$quiet"))

    def fail(self, problem: BaseException) -> None:
        """Show why there is no response."""
        self._end()
        if isinstance(problem, Unanswered):
            self._attempts = {attempt.number: attempt for attempt in problem.attempts}
            self._show_heads(None, problem.request)
        self._end_attempts("broken off")
        self._say(f"✗ {safe_text(str(problem), limit=400)}", "bad")

    def stop(self, *, changes_things: bool) -> None:
        """Show that the request was stopped."""
        self._end()
        self._end_attempts("stopped")
        self._say(
            f"– stopped after {duration(self._clock() - self._begun_at)}"
            + ("; what was sent by then may have been processed" if changes_things else ""),
            "warn",
        )

    def _end_attempts(self, words: str) -> None:
        """Whatever ended the request has ended the attempt that was under way, and the wait for another."""
        took = self._clock() - self._attempt_at
        for number, attempt in self._attempts.items():
            if attempt.outcome is AttemptOutcome.STARTED:
                ended = replace(attempt, outcome=AttemptOutcome.FAILED, error=words, elapsed=took)
                self._attempts[number] = ended

    def accept(self) -> None:
        """Say no longer that a request was not sent, once what was wrong in the form is mended."""
        if not self._refused:
            return
        self._refused = ""
        if self.response is not None:
            self._say_status(self.response)
        elif self.ended:
            self._say(self._last_words, self._last_tone)
        else:
            self._say_idle()

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
        if self.response is not None and self._shown is not None and self.ended and self.reading != response_type:
            if isinstance(self.view, JsonView):
                self._looked_at = self.looked_at
            self.reading = response_type
            if response_type == "json" and self._looked_at is not None:
                self.look_at, self._filters = self._looked_at, self._looked_at.filters
            self._say_status(self.response)
            await self._mount_view(self._shown)

    def say_page(self, number: int) -> None:
        """Say which page of a list the response is, counted from 1."""
        if self.response is not None:
            self._page = f"page {number:,}"
            self._say_status(self.response)

    async def read_otherwise(self) -> None:
        """Show the response as the next of JSON, text and bytes; nothing is asked again."""
        if self.response is None:
            return
        match self.view:
            case None:
                return
            case JsonView():
                following = "text"
            case TextView():
                following = "binary"
            case _:
                following = "text" if self.response.cut or self._unread else "json"
        await self.read_as(following)

    def _end(self) -> None:
        self.ended = True
        self._again_at = None
        self._stop_ticking()

    async def show(self, response: RawResponse, *, more: str = "") -> None:
        """Show a response of any status, and a sentence about it."""
        shown = await asyncio.to_thread(response.shown)
        self._end()
        self._unread = ""
        self._looked_at = None
        if self.look_at is not None:
            self._filters = self.look_at.filters
        self.response, self._shown, self.reading = response, shown, response.response_type
        self._more = more
        self._attempts = {attempt.number: attempt for attempt in response.attempts}
        self.query_one("#about", Static).update("")
        self._say_status(response)
        self._show_heads(shown, shown.sent)
        await self._mount_view(shown)

    def _show_heads(self, response: RawResponse | None, sent: SentRequest | None) -> None:
        self.has_heads = response is not None or sent is not None
        lines = header_lines(response) if response is not None else []
        self.query_one("#response-headers", TextPane).show(Content("\n").join(lines))
        words = Content.styled("What was sent is not known.", "$quiet") if sent is None else sent_words(sent)
        self.query_one("#request-sent", TextPane).show(words)

    def _say_status(self, response: RawResponse) -> None:
        words, tone = headline(response, self._room)
        # What has no room in the first line stands in the second.
        left_out = [part.strip(" ()") for part in parts_of(response) if part not in words]
        reason = safe_text(response.reason, limit=40)
        unread = self._unread if self.reading == "json" else ""
        quiet = (
            reason if f"{response.status} {reason}" not in words else "",
            *left_out,
            self._page,
            safe_text(response.request_id, limit=40),
        )
        self._say(
            words,
            tone,
            " ".join(word for word in (self._more, unread, self._explanation(response)) if word),
            " · ".join(word for word in quiet if word),
        )

    async def _mount_view(self, response: RawResponse, *, as_text: bool = False) -> None:
        place = self.query_one("#view", Vertical)
        before, reading = list(place.children), place.has_focus_within
        view: EmptyBody | BodyView
        with self.app.batch_update():
            if not response.content:
                await place.mount(view := EmptyBody("The answer has no body."))
            elif self.reading == "binary" or (as_text and _is_binary(response)):
                await place.mount(view := HexView())
                view.set_bytes(response.content)
            elif self.reading == "json" and not as_text and not response.cut:
                await place.mount(view := JsonView())
                view.set_document(response.content)
            else:
                await place.mount(view := TextView())
                view.set_text(response.content, response.charset)
            if reading:
                # Before the other goes: the focus, and with it the keys, would fall to the form. `focus` would wait.
                self.screen.set_focus(view)
            await place.remove_children(before)

    @on(JsonView.Refused)
    async def _not_json(self, event: JsonView.Refused) -> None:
        event.stop()
        if self.response is not None and self._shown is not None and event.view is self.view:
            problem = event.view.problem if isinstance(event.view, JsonView) else None
            await self._mount_view(self._shown, as_text=True)
            how = "as bytes" if _is_binary(self.response) else "as text"
            self._unread = f"{problem}, shown {how}."
            self._say_status(self.response)

    @on(JsonView.Loaded)
    @on(JsonView.Filtered)
    def _look_again(self, event: BodyView.Changed) -> None:
        """Apply the filters of the response before, or look at this one as it was looked at the last time."""
        if not isinstance(view := event.view, JsonView):
            return
        waiting, self._filters = self._filters, ()
        if isinstance(event, JsonView.Filtered) and event.problem:
            self.look_at = None
        elif waiting:
            # Each when the one before it has chosen.
            self._filters = waiting[1:]
            view.filter(waiting[0])
        elif (seen := self.look_at) is not None:
            self.look_at = None
            view.go_to(seen.line, seen.folded)

    @on(JsonView.Moved)
    @on(BodyView.Changed)
    def _say_about(self) -> None:
        """The path at the cursor, the search and a note, in the line under the body; the filters above it."""
        view = self.view
        if view is None:
            return
        is_json = isinstance(view, JsonView)
        path = safe_text(view.path_at(view.cursor), limit=160) if is_json else ""
        self._show_filters(view.filters if is_json else (), view.chosen if is_json else "")
        search = f"“{safe_text(view.sought, limit=30)}” {view.search_status}" if view.sought else ""
        words = " · ".join(word for word in (path, search, view.note) if word and self.face is Face.BODY)
        self.query_one("#about", Static).update(Content.styled(words, "$quiet"))

    def _show_filters(self, filters: tuple[str, ...], chosen: str) -> None:
        """`filter $.messages[*].sid  20 found · u whole`; nothing without a filter."""
        line = self.query_one("#filtered", Static)
        shown = Content("")
        if filters:
            back = "u whole" if len(filters) == 1 else "u takes one off"
            expressions = " › ".join(safe_text(each, limit=60) for each in filters)
            pieces = (("filter ", "$quiet"), (expressions, TONES["accent"]), f"  {chosen}", (f" · {back}", "$quiet"))
            shown = Content.assemble(*pieces)
        line.display = bool(filters)
        line.update(shown)

    def _explanation(self, response: RawResponse) -> str:
        if response.status < 400 or response.cut:
            return safe_text(response.note, limit=200)
        problem = response.error
        if isinstance(problem, ApiError) and any(name.lower() == LACKING.lower() for name, _ in response.headers):
            # Nothing is wrong with the request: no remedy, and room for what there is instead.
            return safe_text(problem.message, limit=400)
        words = "" if problem is None else safe_text(str(problem), limit=300)
        if isinstance(problem, ApiError) and problem.again:
            words += f" {problem.again}"
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
            room = self._room - 2
            lines += [Content.styled(f"  {attempt_words(attempt, room)}", "$quiet") for attempt in attempts[-6:]]
        said = Content("\n").join(lines)
        if said != self._said:
            self._said = said
            self.query_one("#status", Static).update(said)


def _is_binary(response: RawResponse) -> bool:
    """Whether a body is not text, by its type and its bytes."""
    if response.content_type.startswith("text/") or not response.content:
        return False
    try:
        return "\0" in response.content[:4096].decode(response.charset)
    except UnicodeDecodeError as problem:
        # What is cut in the middle of a character is no reason.
        return problem.start < min(len(response.content), 4096) - 4
