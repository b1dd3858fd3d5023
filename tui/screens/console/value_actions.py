"""What enter does on a value of an answer: follow a URI or URL, say what a SID or a phone number is and ask for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tui.keymap import name_keys
from tui.raw_request.form_text import RequestText
from tui.raw_request.links import follow, is_link
from tui.raw_request.sids import SidRequest, is_sid, name_of_kind, requests_for
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen, DraftPrefill, OpenCompose, OpenMessage, OpenMessages
from tui.screens.console.request_runner import RequestRunner
from tui.screens.console.request_words import brief_path
from tui.screens.console.response_pane import ResponsePane
from tui.twilio.errors import InvalidRequest
from tui.widgets.dialogs import Choice, Choose
from tui.widgets.response_view.json_view import JsonView

_NUMBER = re.compile(r"(?:[a-z]{2,16}:)?(\+[1-9][0-9]{5,14})")


class ValueActions:
    """What a console screen does with the value under the cursor."""

    def __init__(self, screen: BaseScreen, answer: ResponsePane, runner: RequestRunner) -> None:
        self._screen = screen
        self._answer = answer
        self._runner = runner

    @property
    def value(self) -> str:
        """The value under the cursor; empty for an object, an array, and where there is none."""
        view = self._answer.view
        return view.leaf_at_cursor() if isinstance(view, JsonView) and view.has_focus else ""

    @property
    def can_follow(self) -> bool:
        """Whether it is a URI or URL."""
        return is_link(self.value)

    @property
    def can_explain(self) -> bool:
        """Whether it is a SID or a phone number."""
        value = self.value
        return is_sid(value) or _NUMBER.fullmatch(value) is not None

    def follow(self) -> None:
        """Ask for the URI or URL under the cursor; say why not where it leads elsewhere."""
        account, response, value = self._screen.session.account, self._answer.response, self.value
        if account is None or response is None:
            return
        try:
            request = follow(account.client.policy, account.client.account_sid, response, value)
        except InvalidRequest as problem:
            words = f"{safe_text(problem.reason, limit=300)} {name_keys('{console.copy_value} copies it.')}"
            self._screen.notify(words, severity="warning", timeout=8, markup=False)
        else:
            self._runner.ask(request)

    def explain(self) -> None:
        """Say what the SID or number under the cursor is, and offer what can be asked about it."""
        value, account = self.value, self._screen.session.account
        if account is None:
            return
        if is_sid(value):
            view = self._answer.view
            around = view.texts_around_cursor() if isinstance(view, JsonView) else {}
            found = requests_for(value, around, account.client.account_sid)
            self._choose(value, name_of_kind(value), found, message=value[:2] in ("SM", "MM"))
        elif (match := _NUMBER.fullmatch(value)) is not None:
            self._choose_for_number(match[1])

    def _choose(self, sid: str, kind: str, found: tuple[SidRequest, ...], *, message: bool) -> None:
        choices = [Choice("open", "Open it in Messages")] if message else []
        choices += [
            Choice(str(index), f"Ask for {each.words}", glimpse(f"GET {brief_path(each.request.path)}", 44))
            for index, each in enumerate(found)
        ]
        if not choices:
            what = f"The SID of a {kind}. What else its path needs is not in this answer." if kind else _UNKNOWN
            self._screen.notify(f"{what} {name_keys('{console.copy_value} copies it.')}", timeout=8, markup=False)
            return

        def chosen(key: str | None) -> None:
            if key == "open":
                self._screen.post_message(OpenMessage(sid))
            elif key is not None:
                self._ask(found[int(key)].request)

        self._screen.app.push_screen(Choose(f"{sid[:2]}… is {_with_article(kind)}", choices), chosen)

    def _choose_for_number(self, number: str) -> None:
        requests: Mapping[str, RequestText] = {
            "lookup": RequestText(path=f"https://lookups.twilio.com/v2/PhoneNumbers/{number}"),
            "sent": RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", query=f"To={number}"),
            "received": RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", query=f"From={number}"),
        }
        choices = [
            Choice("messages", "Its messages in Messages"),
            Choice("compose", "Write to it"),
            Choice("lookup", "Look it up", "a request to Lookup; free without Fields"),
            Choice("sent", "Ask for messages to it", "GET …/Messages.json?To="),
            Choice("received", "Ask for messages from it", "GET …/Messages.json?From="),
        ]

        def chosen(key: str | None) -> None:
            if key == "messages":
                self._screen.post_message(OpenMessages(f"with:{number}"))
            elif key == "compose":
                self._screen.post_message(OpenCompose(DraftPrefill(to=number)))
            elif key is not None:
                self._ask(requests[key])

        self._screen.app.push_screen(Choose(f"{number} is a phone number", choices), chosen)

    def _ask(self, typed: RequestText) -> None:
        self._runner.fill(typed)
        self._runner.send(typed)


_UNKNOWN = "A SID of a kind that is not known here."


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiouA" else f"a {kind}"
