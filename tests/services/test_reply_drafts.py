"""Replies that are being written, one a person, kept until they are sent."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tui.services.reply_drafts import ReplyDraft, ReplyDrafts
from tui.storage.drafts import Drafts
from tui.storage.journal import JournalEntry, JournalState

MAYA, JONAS = "+14155550123", "+14155550127"


def sent(to: str, body: str, number: int = 1) -> JournalEntry:
    at = datetime(2026, 3, 11, tzinfo=UTC)
    return JournalEntry(number, "acme", "AC", to, "+1", body, (), JournalState.ACCEPTED, "SM1", None, None, at, at)


def replies(path: Path | None, *, sandbox: bool = False) -> ReplyDrafts:
    return ReplyDrafts(Drafts(path), "acme", sandbox=sandbox, trouble=lambda _: None)


async def test_what_is_typed_to_each_person_is_there_in_the_next_run_and_goes_with_the_send_that_carried_it(tmp_path):
    path = tmp_path / "replies.json"
    writing = replies(path)
    assert writing.note(MAYA, ReplyDraft("At four?\n", "+14155550101"))
    assert writing.note(JONAS, ReplyDraft("On my way"))
    assert not writing.note(JONAS, ReplyDraft("On my way"))
    assert "2 replies" in writing.unsaved_warning()
    writing.save()
    assert writing.unsaved_warning() == ""

    later = replies(path)
    assert await later.read(MAYA) == ReplyDraft("At four?\n", "+14155550101")
    later.spend(sent(f"whatsapp:{MAYA}", "At four?\n"))
    later.spend(sent(JONAS, "Another text", 2))
    assert await later.read(MAYA) == ReplyDraft()
    assert await replies(path).read(MAYA) == ReplyDraft()
    assert await replies(path).read(JONAS) == ReplyDraft("On my way")


async def test_the_same_text_typed_again_is_another_reply(tmp_path):
    writing = replies(tmp_path / "replies.json")
    writing.note(MAYA, ReplyDraft("ok"))
    writing.spend(sent(MAYA, "ok"))
    writing.note(MAYA, ReplyDraft("ok"))
    writing.spend(sent(MAYA, "ok"))
    assert await writing.read(MAYA) == ReplyDraft("ok")


async def test_what_is_typed_while_the_disk_is_read_is_newer_than_what_is_read(tmp_path):
    path = tmp_path / "replies.json"
    first = replies(path)
    first.note(MAYA, ReplyDraft("old"))
    first.save()
    second = replies(path)
    second.note(MAYA, ReplyDraft("new"))
    assert await second.read(MAYA) == ReplyDraft("new")


@pytest.mark.parametrize(("sandbox", "words"), [(True, "the sandbox saves nothing"), (False, "")])
def test_the_sandbox_says_before_the_program_ends_that_nothing_is_kept(tmp_path, sandbox, words):
    writing = replies(None if sandbox else tmp_path / "replies.json", sandbox=sandbox)
    writing.note(MAYA, ReplyDraft("At four?"))
    writing.save()
    assert words in writing.unsaved_warning() and bool(words) is bool(writing.unsaved_warning())


def test_a_disk_that_takes_nothing_is_told_once_and_the_text_stays(tmp_path):
    told: list[object] = []
    (tmp_path / "state").write_text("a file in place of the folder")
    writing = ReplyDrafts(Drafts(tmp_path / "state" / "replies.json"), "acme", sandbox=False, trouble=told.append)
    for body in ("a", "ab"):
        writing.note(MAYA, ReplyDraft(body))
        writing.save()
    assert len(told) == 1
    assert writing.unsaved_warning().startswith("The reply you were writing is lost then: The draft is not saved")


def test_a_reply_that_is_spent_while_others_are_written_is_not_written_after_that(tmp_path):
    path = tmp_path / "replies.json"
    writing = replies(path)
    writing.note(JONAS, ReplyDraft("On my way"))
    writing.note(MAYA, ReplyDraft("At four?"))
    drafts, spending = writing._kept, list[threading.Thread]()
    put = drafts.put

    def slow(name: str, texts: Mapping[str, str]) -> None:
        if not spending:
            spending.append(threading.Thread(target=writing.spend, args=(sent(MAYA, "At four?"),)))
            spending[0].start()
            spending[0].join(0.3)
        put(name, texts)

    drafts.put = slow  # type: ignore[method-assign]
    writing.save()
    spending[0].join()
    assert dict(Drafts(path).get(f"acme\n{MAYA}")) == {}
    assert dict(Drafts(path).get(f"acme\n{JONAS}")) == {"body": "On my way"}
