"""Credentials that were changed or removed are not used any further without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest import MonkeyPatch

from tests.screens.connections.test_list import ready, to
from tui.sandbox.server import Sandbox
from tui.storage.connections import Connections, Secret, save


def bar(text: str) -> str:
    return text.splitlines()[0]


async def used(pilot: Any, until: Any, text_of: Any) -> Any:
    await until(pilot, lambda: pilot.app.session.account is not None and "acme" in bar(text_of(pilot)))
    return pilot.app.session.account


async def test_a_connection_changed_into_one_that_cannot_be_opened_is_closed(
    stand: Any, until: Any, text_of: Any, fill: Any, sandbox: Sandbox, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET_ANYWHERE", raising=False)
    async with stand(to(sandbox, "acme"), default="acme") as pilot:
        await ready(pilot, until, 2)
        before = await used(pilot, until, text_of)
        await pilot.press("e")
        await until(pilot, lambda: "Change acme" in text_of(pilot))
        await fill(pilot, auth_token="$NOT_SET_ANYWHERE")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.session.account is None)
        await until(pilot, lambda: "no connection" in bar(text_of(pilot)))
        await until(pilot, lambda: "acme was changed and is closed" in text_of(pilot))
        assert "NOT_SET_ANYWHERE" in text_of(pilot)
        await until(pilot, lambda: before.client.closed)


async def test_a_removed_connection_is_called_removed_and_given_up_with_the_next_choice(
    stand: Any, until: Any, text_of: Any, sandbox: Sandbox
) -> None:
    broken = to(sandbox, "broken", auth_token=Secret.command(["false"]))
    async with stand(to(sandbox, "acme"), broken, default="acme") as pilot:
        await ready(pilot, until, 3)
        await used(pilot, until, text_of)
        await pilot.press("x")
        await until(pilot, lambda: "Delete acme?" in text_of(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "acme (removed)" in bar(text_of(pilot)))
        await until(pilot, lambda: "in use until you choose another" in " ".join(text_of(pilot).split()))
        await pilot.app.session.use("broken")
        await until(pilot, lambda: "no connection" in bar(text_of(pilot)))
        await until(pilot, lambda: "acme was removed and is closed" in text_of(pilot))
        told = " ".join(each.message for each in pilot.app._notifications)
        assert "acme was removed, so no connection is in use" in told


async def test_a_file_that_moved_on_is_told_until_enter_uses_what_it_says(
    stand: Any, until: Any, text_of: Any, config_file: Path, sandbox: Sandbox
) -> None:
    async with stand(to(sandbox, "acme"), default="acme") as pilot:
        await ready(pilot, until, 2)
        before = await used(pilot, until, text_of)
        key = {"api_key_sid": sandbox.api_key_sid, "api_key_secret": sandbox.api_key_secret}
        save(config_file, Connections([to(sandbox, "acme", **key)], default="acme"))
        await pilot.press("r")
        await until(pilot, lambda: "acme (as before)" in bar(text_of(pilot)))
        assert pilot.app.session.account is before
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.session.account not in (None, before))
        await until(pilot, lambda: bar(text_of(pilot)).endswith("acme"))
