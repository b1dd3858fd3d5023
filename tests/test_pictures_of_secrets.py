"""Textual's own screenshot of any place, the form with every secret typed among them, holds no secret."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from tui.storage.connections import save


def words_of(picture: str) -> str:
    """The text of a picture without the cuts between its pieces."""
    return re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]*>", "", picture)))


@pytest.mark.landing
async def test_no_picture_of_any_place_holds_a_secret(
    sandbox: Any, connection: Any, run_app: Any, until: Any, tmp_path: Path
) -> None:
    secrets = (sandbox.api_key_secret, sandbox.auth_token, "webhookkey7f3a" * 2)
    save(tmp_path / "config" / "connections.toml", [connection])
    async with run_app(size=(120, 40)) as pilot:
        app = pilot.app
        await until(pilot, lambda: app.session.account is not None)
        pictures: list[str] = []
        for place in ("messages", "compose", "console", "connections"):
            await app.action_go(place)
            await until(pilot, lambda place=place: app.current_mode == place)
            pictures.append(app.export_screenshot())
        await pilot.press("e")
        await until(pilot, lambda: app.screen.query("SecretInput"))
        for field, secret in zip(app.screen.query("SecretInput").results(), secrets, strict=True):
            field.value = secret
        await until(pilot, lambda: "•" * 20 in words_of(app.export_screenshot()))
        pictures.append(app.export_screenshot())
        field.password = False
        await until(pilot, lambda: secret in words_of(app.export_screenshot()))
    for secret in secrets:
        assert [picture for picture in pictures if secret in words_of(picture)] == []
