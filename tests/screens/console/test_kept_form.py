"""What stood in the console's form comes back in the next run, without secrets."""

from __future__ import annotations

import stat
import threading

import pytest

from tests.screens.console.test_screen import form, ready, send
from tui.raw_request.form_draft import fields_of
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.screens.base import OpenConsole
from tui.screens.console.kept_form import LARGEST
from tui.storage.drafts import Drafts

TYPED = RequestText(
    "POST", MESSAGES_PATH, "# off=1", body_kind="form", body="To=+1\nBody=half of", retries="2", backoff=True
)


async def test_the_form_comes_back_after_a_restart_without_its_secrets(sandbox, saved, run_app, until, tmp_path):
    kept = tmp_path / "config" / "state" / "form.json"
    secret = sandbox.api_key_secret
    async with run_app(connection="acme", screen="console") as pilot:
        await ready(pilot, until)
        await until(pilot, lambda: pilot.app.screen.kept.is_restored)
        form(pilot).fill(RequestText(path="/x", headers=f"X-Key: {secret}", body_kind="raw", body=secret))
        # By itself, a while after the last key: the program may be killed.
        await until(pilot, kept.exists)
        form(pilot).fill(TYPED)
        await pilot.app.action_leave()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert secret.encode() not in kept.read_bytes()
    async with run_app(connection="acme", screen="console") as pilot:
        await ready(pilot, until)
        await until(pilot, lambda: form(pilot).typed == TYPED)
        # What was sent and did something is in the history: its text goes with the message's.
        await send(pilot, until, RequestText("POST", MESSAGES_PATH, body_kind="form", body="Body=sent"))
        await pilot.app.action_leave()
    assert b"Body" not in kept.read_bytes()


async def test_where_something_is_asked_before_it_can_come_back_it_is_one_step_back(
    sandbox, saved, run_app, until, tmp_path
):
    Drafts(tmp_path / "config" / "state" / "form.json").put("acme", fields_of(TYPED, str))
    async with run_app(connection="acme") as pilot:
        await until(pilot, lambda: pilot.app.session.account)
        pilot.app.screen.post_message(OpenConsole("/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"))
        await ready(pilot, until)
        screen = pilot.app.screen
        await until(pilot, lambda: screen.kept.is_restored and screen.answer.ended and screen.runner.task is None)
        screen.runner.go(-1)
        assert form(pilot).typed == TYPED
        # What is there already is not put aside once more.
        await screen.kept.save()
        await screen.kept.restore(pilot.app.session.account)
        assert [step.typed for step in screen.runner.trail.steps].count(TYPED) == 1
        # What another place only fills in stands there as a person would type it, and is not sent.
        account, served = pilot.app.session.account, len(sandbox.requests)
        url = account.client.policy.product("monitor", "/v1/Alerts?PageSize=5")
        screen.post_message(OpenConsole(url, send=False))
        await until(pilot, lambda: form(pilot).typed == RequestText(path=url.partition("?")[0], query="PageSize=5"))
        url = f"{account.client.policy.base}/Accounts/{sandbox.account_sid}/Balance.json"
        screen.post_message(OpenConsole(url, method="DELETE", send=False))
        there = RequestText("DELETE", "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json")
        await until(pilot, lambda: form(pilot).typed == there)
        assert screen.runner.task is None and len(sandbox.requests) == served


@pytest.mark.landing
async def test_the_sandbox_keeps_no_form(sandbox, run_app, until, tmp_path):
    async with run_app(sandbox=sandbox, screen="console") as pilot:
        await ready(pilot, until)
        await until(pilot, lambda: pilot.app.screen.kept.is_restored)
        form(pilot).fill(TYPED)
        await pilot.app.action_leave()
    assert not (tmp_path / "config" / "state" / "form.json").exists()


async def test_the_longest_form_is_masked_aside_and_a_longer_one_not_at_all(
    sandbox, saved, run_app, until, monkeypatch
):
    threads = []
    monkeypatch.setattr(
        "tui.screens.console.kept_form.fields_of",
        lambda *given: threads.append(threading.current_thread()) or fields_of(*given),
    )
    async with run_app(connection="acme", screen="console") as pilot:
        await ready(pilot, until)
        kept = pilot.app.screen.kept
        await until(pilot, lambda: kept.is_restored)
        form(pilot).fill(RequestText("POST", "/x", body_kind="raw", body="x" * (LARGEST + 1)))
        await kept.save()
        assert threads == []
        form(pilot).fill(RequestText("POST", "/x", body_kind="raw", body="x" * (LARGEST - 2)))
        await kept.save()
        assert threads and threading.main_thread() not in threads
