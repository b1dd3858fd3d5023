"""Of what was redacted or deleted at Twilio no word stays in any file of this program, wherever it had come from."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.webhooks.test_event_store import EVENT
from tests.words_in_files import files_with
from tui.jobs.model import ItemResult, ItemState, JobKind, JobState, NewItem, NewJob
from tui.raw_request.form_draft import fields_of, typed_of
from tui.raw_request.form_text import MESSAGES_PATH, RequestText, read
from tui.raw_request.history import LARGEST_ANSWER, PastRequest
from tui.raw_request.saved_variables import SavedVariable, SavedVariables
from tui.raw_request.variables import Variables
from tui.sandbox.server import Sandbox
from tui.screens.base import CampaignRows
from tui.screens.campaign.fields import rows_of, write_rows
from tui.screens.sending.template_words import fill_template
from tui.services.account import Account
from tui.services.send_state import SendState
from tui.services.session import EventType, Session, SessionEvent
from tui.storage.connection import Connection
from tui.storage.connections import Connections
from tui.storage.drafts import Drafts
from tui.storage.journal import JournalEntry
from tui.storage.journal_entry import SentTemplate
from tui.storage.paths import find_paths
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.messages import delete, fetch, redact
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import EventKind

TO = "+14155552671"
WORD = "Zwetschgenkuchen"
MEDIA = "https://files.example/Pflaumenmus.png"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
RUNNING = JobState.RUNNING


class Desk:
    """A session with one saved connection, whose files are those of a folder, and what it told."""

    def __init__(self, session: Session, sandbox: Sandbox, folder: Path) -> None:
        self.session, self.sandbox, self.folder = session, sandbox, folder
        self.events: list[SessionEvent] = []
        session.subscribe(self.events.append)

    @property
    def account(self) -> Account:
        assert self.session.account is not None
        return self.session.account

    @property
    def withdrawn(self) -> dict[str, bool]:
        told = [each.withdrawn for each in self.events if each.what is EventType.WITHDRAWN]
        assert len({sid for each in told for sid in each.items()}) == sum(map(len, told)), "told twice"
        return {sid: gone for each in told for sid, gone in each.items()}

    async def send(self, **more: Any) -> JournalEntry:
        draft = Draft(**{"to": TO, "from_": self.sandbox.numbers[0], "body": f"A {WORD} and more", **more})
        # As the review makes it of a draft that names a template.
        templates = await self.account.load_templates() if draft.content_sid else None
        filled = fill_template(templates, draft)
        template = filled.sent if filled is not None else None
        await self.session.send(self.account, SendState(draft, datetime.now(UTC), template=template))
        return self.account.outbox.entries(self.sandbox.account_sid)[0]

    async def send_by_hand(self, values: dict[str, str] | None = None, **more: Any) -> JournalEntry:
        form = urlencode({"To": TO, "From": self.sandbox.numbers[0], "Body": f"{WORD} by hand"})
        typed = replace(RequestText("POST", MESSAGES_PATH, body_kind="raw", body=form), **more)
        values = values or {}
        request = read(typed, Variables(values)).request
        assert request is not None
        await self.session.send_by_hand(
            self.account, request, on_attempt=lambda _: None, on_progress=lambda _: None, spill=Spill()
        )
        self.history.add(PastRequest(NOW, "one", typed, 201, answer='{"sid": "SM"}', values=values))
        return self.account.outbox.entries(self.sandbox.account_sid)[0]

    @property
    def history(self) -> Any:
        return self.session.files.requests(self.account).history

    def holding(self, word: str) -> list[str]:
        """The files that hold a word."""
        return files_with(self.folder, word)


class Spill:
    """Takes no answer to the disk."""

    def __call__(self, *_: object) -> None:
        raise AssertionError("an answer of a few bytes")


@pytest.fixture
async def desk(
    tmp_path: Path, sandbox: Sandbox, connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    # What comes within the rest after the last time is not waited for by people, but it is here.
    monkeypatch.setattr("tui.services.message_changes.WITHDRAW_REST", 0.3)
    session = Session(find_paths(tmp_path), environ={})
    await session.saved.store(Connections({"one": connect(sandbox, name="one")}))
    desk = Desk(session, sandbox, tmp_path)
    await session.use("one")
    yield desk
    await session.close()


async def change(desk: Desk, sid: str, how: str) -> None:
    """Redact or delete it as the list does."""
    if how == "redact":
        message = await redact(desk.account.client, sid)
        await desk.session.changes.known(desk.account, message, redacted=True)
    else:
        await delete(desk.account.client, sid)
        await desk.session.changes.deleted(desk.account, sid)


async def settled(desk: Desk, until: Any, sid: str) -> None:
    # Twilio deletes nothing that is under way.
    async def look() -> bool:
        return (await fetch(desk.account.client, sid)).final

    while not await look():
        await asyncio.sleep(0.02)


async def test_what_was_fetched_of_a_message_or_a_file_that_is_deleted_goes_at_once(desk: Desk) -> None:
    urls = tuple(f"https://files.example/{name}.txt" for name in ("one", "two", "three"))
    message, other = (desk.sandbox.receive(TO, desk.sandbox.numbers[0], "Files", media=urls) for _ in range(2))
    files = desk.session.media(desk.account)
    listed = await files.list(message.sid)
    first, *rest = [await files.fetch(message.sid, each) for each in listed]
    kept = await files.fetch(other.sid, (await files.list(other.sid))[0])
    await files.delete(message.sid, listed[0])
    assert [each.path.exists() for each in (first, *rest, kept)] == [False, True, True, True]
    await desk.session.changes.deleted(desk.account, message.sid)
    assert not any(each.path.parent.exists() for each in (first, *rest))
    assert kept.path.exists() and files.known(message.sid) is None
    await files.let_go(kept)
    assert not kept.path.exists()


@pytest.mark.parametrize("how", ["redact", "delete"])
async def test_of_what_was_sent_from_here_no_word_stays_in_any_file(desk: Desk, until: Any, how: str) -> None:
    kept = await desk.send(body="Something else", to="+14155552672")
    sid = next(each.sid for each in desk.sandbox._account.templates.all() if each.name == "visit_card")
    by_template = await desk.send(body="", content_sid=sid, content_variables=f'{{"name": "{WORD}"}}')
    assert by_template.template is not None
    assert WORD in by_template.template.text
    for entry in (by_template, await desk.send(media_urls=(MEDIA,)), await desk.send_by_hand()):
        assert entry.sid is not None
        await settled(desk, until, entry.sid)
        assert "outbox.sqlite3-wal" in desk.holding(WORD)
        await change(desk, entry.sid, how)
    assert desk.holding(WORD) == []
    assert bool(desk.holding("Pflaumenmus")) == (how == "redact")
    assert desk.history.entries() == ()
    found = desk.account.outbox.entries(desk.sandbox.account_sid)
    assert [(each.body, each.withdrawn) for each in found] == [
        *[("", True)] * 3,
        ("Something else", False),
    ]
    assert found[3].sid == kept.sid
    assert set(desk.withdrawn.values()) == {how == "delete"}


@pytest.mark.parametrize("how", ["redact", "delete"])
async def test_of_an_item_of_a_campaign_neither_its_text_nor_the_row_it_came_from_stays(
    desk: Desk, until: Any, how: str
) -> None:
    sent = [await desk.send(body=f"A {WORD} for {number}", media_urls=(MEDIA,)) for number in range(3)]
    jobs = desk.session.all_jobs.store(sandbox=False)
    new = NewJob(JobKind.CAMPAIGN, "Autumn", "one", desk.sandbox.account_sid, desk.account.client.policy.base)
    items = [
        NewItem(
            1,
            Draft(TO, desk.sandbox.numbers[0], each.body, (MEDIA,), content_variables=f'{{"1": "{WORD}"}}'),
            template=SentTemplate("t", "en", f"A {WORD}"),
            cells=(TO, f"the {WORD}"),
        )
        for each in sent
    ]
    job = jobs.set_state(jobs.create(new, [*items, NewItem(4, Draft(TO, "+1", "Kept"), cells=("Kept",))]).id, RUNNING)
    jobs.claim(job.id, [1, 2, 3])
    jobs.settle(job.id, [ItemResult(number, ItemState.DONE, sid=each.sid) for number, each in enumerate(sent, 1)])
    for each in sent:
        await settled(desk, until, each.sid or "")
        assert "jobs.sqlite3-wal" in desk.holding(WORD)
        await change(desk, each.sid or "", how)
    assert desk.holding(WORD) == []
    assert bool(desk.holding("Pflaumenmus")) == (how == "redact")
    found = jobs.items(job.id)
    assert [(each.cells, each.withdrawn, each.damaged) for each in found] == [((), True, ())] * 3 + [
        (("Kept",), False, ())
    ]
    assert found[0].draft is not None
    assert (found[0].draft.to, found[0].draft.body) == (TO, "")


async def test_what_was_to_be_sent_again_to_many_goes_with_its_messages(desk: Desk) -> None:
    first, second = (desk.sandbox.receive(TO, desk.sandbox.numbers[0], f"{each} {WORD}").sid for each in "AB")
    rows = CampaignRows("2", ("number", "text", "message"), ((TO, f"A {WORD}", first), (TO, f"B {WORD}", second)))
    forms = desk.session.files.campaign_forms(desk.account)
    forms.put("one", {"name": "Again", "rows": write_rows(rows)})
    forms.put("another", {"rows": "[]", "body": "mine"})
    await change(desk, first, "redact")
    kept = forms.get("one")
    assert kept["name"] == "Again"
    assert rows_of(kept["rows"]) == replace(rows, rows=rows.rows[1:])
    await change(desk, second, "delete")
    assert desk.holding(WORD) == []
    assert forms.get("another") == {"rows": "[]", "body": "mine"}


async def test_of_what_arrived_no_webhook_stays_but_the_reports_of_its_status_do(desk: Desk) -> None:
    sid = desk.sandbox.receive(TO, desk.sandbox.numbers[0], f"Is there {WORD}?").sid
    store = EventStore(desk.session.paths.webhooks)
    form = f"MessageSid={sid}&Body={WORD}&From=x".encode()
    store.add_all(
        [
            replace(EVENT, body=form, parameters=(("MessageSid", sid), ("Body", WORD))),
            replace(EVENT, body=form, accepted=False, parameters=()),
            replace(EVENT, body=f'{{"Payload": "{sid} {WORD}"}}'.encode(), kind=EventKind.OTHER, parameters=()),
            replace(EVENT, body=f"MessageSid={sid}&MessageStatus=read".encode(), kind=EventKind.STATUS, parameters=()),
            replace(EVENT, body=b"MessageSid=SM9&Body=another"),
        ]
    )
    store.close()
    desk.history.add(PastRequest(NOW, "one", RequestText(path="/x"), 200, answer=f'{{"sid": "{sid}", "b": "{WORD}"}}'))
    assert {"webhooks.sqlite3", "requests.jsonl"} <= set(desk.holding(WORD))
    await change(desk, sid, "redact")
    assert desk.holding(WORD) == []
    with closing(EventStore(desk.session.paths.webhooks)) as store:
        assert [event.body[:12] for event in store.latest()] == [b"MessageSid=S", b"MessageSid=S"]
        assert sorted(event.kind is EventKind.STATUS for event in store.latest()) == [False, True]
    # The request itself said nothing of it.
    assert [(past.request.path, past.answer) for past in desk.history.entries()] == [("/x", None)]


async def test_an_answer_that_was_cut_within_a_message_goes_with_any(desk: Desk) -> None:
    sid = desk.sandbox.receive(TO, desk.sandbox.numbers[0], "Plum cake").sid
    # Twilio names the SID behind the text.
    within, behind = f'"sid": "SM1"}}, {{"body": "{WORD} and', '"body": "other", "sid": "SM1"}, {'
    for answer in (within, *(kept.rjust(LARGEST_ANSWER) + "more" for kept in (within, behind))):
        desk.history.add(PastRequest(NOW, "one", RequestText(path="/x"), 200, answer=answer))
    await change(desk, sid, "redact")
    assert [past.answer is None for past in reversed(desk.history.entries())] == [False, True, False]


async def test_what_somebody_else_redacts_or_deletes_goes_as_soon_as_it_is_noticed(desk: Desk, until: Any) -> None:
    first, second = await desk.send(), await desk.send(to="+14155552672")
    for entry in (first, second):
        await settled(desk, until, entry.sid or "")
    await until(None, lambda: not desk.account.sends.busy)
    archive = desk.account.archive
    await archive.put([await fetch(desk.account.client, entry.sid or "") for entry in (first, second)])
    async with Client(desk.account.connection) as other:
        await redact(other, first.sid or "")
        await delete(other, second.sid or "")
    assert desk.withdrawn == {}
    await archive.put([await fetch(desk.account.client, first.sid or "")])
    await archive.remove([second.sid or ""])
    await until(None, lambda: len(desk.withdrawn) == 2)
    assert desk.withdrawn == {first.sid: False, second.sid: True}
    assert desk.holding(WORD) == []


async def test_what_a_run_that_ended_did_not_come_to_the_next_one_does(
    desk: Desk, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = await desk.send(), await desk.send(to="+14155552672"), await desk.send_by_hand()
    sids = [entry.sid or "" for entry in (first, second, third)]
    for sid in sids:
        await settled(desk, until, sid)
    archive = desk.account.archive
    await archive.put([await fetch(desk.account.client, sid) for sid in sids])

    def killed(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("tui.services.withdrawn_words.withdraw_words", killed)
        message = await redact(desk.account.client, sids[0])
        await asyncio.wait([desk.session.changes.known(desk.account, message, redacted=True)])
        await archive.remove(sids[1:])
        assert await archive.withdrawn() == {sids[0]: False, sids[1]: True, sids[2]: True}
        await desk.session.close()
    assert desk.holding(WORD) == ["outbox.sqlite3", "requests.jsonl"]
    next_run = Session(find_paths(desk.folder), environ={})
    next_run.saved.read()
    await next_run.use("one")
    assert next_run.archive is not None
    archive = next_run.archive
    await until(None, lambda: not desk.holding(WORD))
    async with asyncio.timeout(10):
        while await archive.withdrawn():
            await asyncio.sleep(0)
    await next_run.close()


async def test_what_is_noticed_meanwhile_is_done_at_once(
    desk: Desk, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[set[str]] = []
    go_on = threading.Event()

    def withdraw(sids: dict[str, bool], *_: object, **__: object) -> None:
        done.append(set(sids))
        assert go_on.wait(10)

    monkeypatch.setattr("tui.services.withdrawn_words.withdraw_words", withdraw)
    archive = desk.account.archive
    messages = [desk.sandbox.receive(TO, desk.sandbox.numbers[0], "Plum cake") for _ in range(4)]
    sids = [message.sid for message in messages]
    await archive.put([await fetch(desk.account.client, sid) for sid in sids])
    await archive.remove(sids[:1])
    await until(None, lambda: bool(done))
    for sid in sids[1:]:
        await archive.remove([sid])
    go_on.set()
    await until(None, lambda: len(desk.withdrawn) == 4)
    assert done == [{sids[0]}, set(sids[1:])]


async def test_where_a_place_cannot_be_written_that_is_told_and_the_others_are_done(desk: Desk, until: Any) -> None:
    entry = await desk.send()
    sid = entry.sid or ""
    await settled(desk, until, sid)
    desk.session.paths.webhooks.mkdir()
    await change(desk, sid, "delete")
    assert desk.holding(WORD) == []
    (words,) = [each.words for each in desk.events if each.what is EventType.NOTICE and "kept here still" in each.words]
    assert "Webhook events cannot be kept" in words


@pytest.mark.parametrize("kind", ["raw", "form", "multipart", "no capitals", "variables"])
async def test_however_a_request_by_hand_was_written_it_goes(desk: Desk, until: Any, kind: str) -> None:
    lines = f"To={TO}\nFrom={desk.sandbox.numbers[0]}\nBody={WORD} by hand"
    body = urlencode(dict(line.split("=", 1) for line in lines.split("\n")))
    values: dict[str, str] = {}
    if kind == "variables":
        values = {"text": f"{WORD} by hand", "last.to": TO}
        lines, kind = f"To=$last.to\nFrom={desk.sandbox.numbers[0]}\nBody=$text", "form"
        # What somebody saved, be it of another connection, is the text all the same.
        variables = desk.session.files.variables(desk.account)
        variables.put("other", "text", SavedVariable(f"{WORD} by hand, twice"))
        variables.put("one", "mine", SavedVariable("another"))
    entry = await desk.send_by_hand(
        values,
        body_kind=kind if kind in ("form", "multipart") else "raw",
        body=lines if kind in ("form", "multipart") else body,
        method="post" if kind == "no capitals" else "POST",
    )
    desk.history.add(PastRequest(NOW, "one", RequestText("POST", "/x", body_kind="form", body=f"To={TO}"), 400))
    await settled(desk, until, entry.sid or "")
    await change(desk, entry.sid or "", "redact")
    assert desk.holding(WORD) == []
    assert [past.request.path for past in desk.history.entries()] == ["/x"]
    assert not values or list(desk.session.files.variables(desk.account).read("one")) == ["mine"]


@pytest.mark.parametrize("how", ["redact", "delete"])
async def test_what_a_variable_has_of_a_message_goes_with_it(desk: Desk, how: str) -> None:
    sid = desk.sandbox.receive(TO, desk.sandbox.numbers[0], f"Is there {WORD}?").sid
    variables = desk.session.files.variables(desk.account)
    for name, value in (("text", f"Is there {WORD}?"), ("sid", sid)):
        variables.put("one", name, SavedVariable(value, sid))
    variables.put("one", "other", SavedVariable("SM1", "SM1"))
    assert desk.holding(WORD) == ["variables.toml"]
    await change(desk, sid, how)
    assert desk.holding(WORD) == []
    assert list(variables.read("one")) == (["sid", "other"] if how == "redact" else ["other"])


async def test_a_short_text_takes_no_variable_along_that_only_has_its_letters(desk: Desk, until: Any) -> None:
    variables = desk.session.files.variables(desk.account)
    for name, value in (("service", "MG1"), ("answer", "OK")):
        variables.put("one", name, SavedVariable(value))
    for body in ("1", "OK"):
        entry = await desk.send(body=body)
        await settled(desk, until, entry.sid or "")
        await change(desk, entry.sid or "", "redact")
    assert list(variables.read("one")) == ["service"]


async def test_a_request_of_which_a_part_is_kept_masked_goes_as_well(desk: Desk, until: Any) -> None:
    lines = f"To={TO}\nFrom={desk.sandbox.numbers[0]}\nBody={WORD} at https://me:secret@cake.example/ and"
    for end in ("", " more", f" https://you:secret@{WORD}.example/"):
        await desk.send_by_hand(body_kind="form", body=lines + end)
    kept, *_, first = desk.account.outbox.entries(desk.sandbox.account_sid)
    for entry in (first, kept):
        await settled(desk, until, entry.sid or "")
        await change(desk, entry.sid or "", "redact")
    assert [past.request.body[-10:] for past in desk.history.entries()] == ["/ and more"]


@pytest.mark.parametrize("file", ["state/requests.jsonl", "state/form.json", "variables.toml"])
async def test_what_a_file_could_not_be_rid_of_goes_another_time(desk: Desk, until: Any, file: str) -> None:
    typed = RequestText("POST", MESSAGES_PATH, body_kind="form", body=f"To={TO}\nBody={WORD} by hand")
    # Written by another run: this one remembers nothing of them.
    SavedVariables(desk.session.paths.variables).put("one", "text", SavedVariable(f"{WORD} by hand"))
    Drafts(desk.session.paths.console_form).put("one", fields_of(typed, str))
    entry = await desk.send_by_hand()
    place = desk.folder / file
    elsewhere = place.with_name("elsewhere")
    place.replace(elsewhere)
    place.mkdir()
    sid = entry.sid or ""
    await settled(desk, until, sid)
    await change(desk, sid, "redact")
    assert [each.words for each in desk.events if each.what is EventType.NOTICE and "kept here still" in each.words]
    place.rmdir()
    elsewhere.replace(place)
    message = await fetch(desk.account.client, sid)
    await desk.session.changes.known(desk.account, message, redacted=True)
    assert desk.holding(WORD) == []


async def test_nothing_is_withdrawn_by_a_message_that_never_had_a_text(desk: Desk, until: Any) -> None:
    entry = await desk.send(body="", media_urls=(MEDIA,))
    message = await fetch(desk.account.client, entry.sid or "")
    await desk.session.changes.known(desk.account, message)
    assert desk.account.outbox.entries(desk.sandbox.account_sid)[0].media == (MEDIA,)
    assert desk.withdrawn == {}


@pytest.mark.parametrize("values", [{}, {"how": "by hand"}])
async def test_a_form_in_which_what_was_sent_was_opened_again_goes(desk: Desk, until: Any, values: Any) -> None:
    forms = desk.session.files.console_form(desk.account)
    sent = RequestText(
        "POST",
        MESSAGES_PATH,
        body_kind="form",
        body=f"To={TO}\nFrom={desk.sandbox.numbers[0]}\nBody={WORD} {'$how' if values else 'by hand'}",
    )
    entry = await desk.send_by_hand(values, body_kind="form", body=sent.body)
    for name, value in values.items():
        desk.session.files.variables(desk.account).put("one", name, SavedVariable(value))
    forms.put("one", fields_of(sent, str))
    forms.put("two", fields_of(replace(sent, body="Body=mine"), str))
    assert "form.json" in desk.holding(WORD)
    await settled(desk, until, entry.sid or "")
    await change(desk, entry.sid or "", "redact")
    assert desk.holding(WORD) == []
    assert typed_of(forms.get("two")) == replace(sent, body="Body=mine")
