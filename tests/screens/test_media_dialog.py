"""A message's media wherever it came from: listed, saved, opened, read, removed; nothing happens by looking."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.screens.messages.listed import loaded, stand_on
from tui.sandbox import media as sandbox_media
from tui.sandbox.faults import Fault
from tui.screens.base import OpenMessage
from tui.screens.help import HelpScreen
from tui.screens.media_dialog import MediaDialog, open_media_dialog, open_webhook_media
from tui.widgets.dialogs import Ask, Confirm, ConfirmMore
from tui.widgets.external_programs import has_display, no_opener

MAYA = "+14155550123"
FILES = ("https://f.example/a.png", "https://f.example/b.html", "https://f.example/c.txt", "https://f.example/d.exe")


@pytest.fixture
def opener(tmp_path):
    """A program that writes down what it is called with, and what it may see."""
    program, told = tmp_path / "opener", tmp_path / "told.json"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump([sys.argv[1:], dict(os.environ)], open({str(told) + '.new'!r}, 'w'))\n"
        f"os.rename({str(told) + '.new'!r}, {str(told)!r})\n"
    )
    program.chmod(0o700)
    return program, told


@pytest.fixture
def contents(monkeypatch):
    """What the sandbox's files hold, by their type."""
    real = sandbox_media.media_bytes
    held = {
        "text/html": b"<html><script>1</script>",
        "text/plain": b"Line one \x1b[31m\nline two\n",
        "application/x-msdownload": b"MZ\x90\0\3\0\0\0",
        "application/x-msdos-program": b"MZ\x90\0\3\0\0\0",
    }
    monkeypatch.setattr(sandbox_media, "media_bytes", lambda media: held.get(media.content_type) or real(media))
    return held


async def test_media_are_listed_opened_saved_and_removed_by_their_keys_alone(
    sandbox, run_app, until, text_of, tmp_path, monkeypatch, opener, contents
):
    program, told = opener
    monkeypatch.chdir(tmp_path)
    message = sandbox.receive(MAYA, sandbox.numbers[0], "Four files", media=FILES)
    environ = {"DISPLAY": ":0", "TUILIO_OPENER": str(program), "TWILIO_AUTH_TOKEN": "t", "MY": sandbox.api_key_secret}
    environ |= {"X": f"a{sandbox.auth_token}b", "PATH": "/usr/bin:/bin"}
    async with run_app(sandbox=sandbox, environ=environ) as pilot:
        await loaded(pilot, until)
        screen = pilot.app.screen
        screen.post_message(OpenMessage(message.sid))
        await until(pilot, lambda: "PNG image" in text_of(pilot) and "m: save, open" in text_of(pilot))
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, MediaDialog))
        dialog = pilot.app.screen
        await until(pilot, lambda: "size ?" not in text_of(pilot) and len(dialog._rows) == 4)
        kept = tmp_path / "config" / "state" / "media"
        await pilot.press("down", "down", "1", "up", "home")
        assert not kept.exists(), "a look fetches nothing"

        # Opened at once: a picture.
        await pilot.press("enter")
        await until(pilot, told.exists)
        (argv, seen), opened = json.loads(told.read_text()), dialog._rows[0].fetched.path
        assert argv == [str(opened)] and opened.suffix == ".png" and opened.is_relative_to(kept)
        assert not {"TWILIO_AUTH_TOKEN", "X"} & set(seen) and seen["DISPLAY"] == ":0"
        await until(pilot, lambda: "Opened." in text_of(pilot))
        told.unlink()

        # Asks first: a page. Not at all: a program, whatever it says.
        await pilot.press("2", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "may run scripts" in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is dialog)
        await pilot.press("4", "enter")
        await until(pilot, lambda: "It is a program or a script" in text_of(pilot))
        assert not told.exists()
        refused = dialog._rows[3].fetched.path
        assert refused.suffix == ".bin"

        # Saved: proposed by what it is, and not over another without asking.
        await pilot.press("1", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        place = Path(pilot.app.screen.query_one("Input").value)
        assert place == tmp_path / opened.name
        place.write_text("mine")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert place.read_text() == "mine"
        await pilot.press("y")
        await until(pilot, lambda: place.read_bytes() == opened.read_bytes())
        assert place.stat().st_mode & 0o777 == 0o600
        await until(pilot, lambda: pilot.app.screen is dialog)

        # Removed at Twilio after a question; the list and the pane follow.
        await pilot.press("4", "delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: len(dialog._rows) == 3 and len(sandbox._account.find(message.sid).media) == 3)
        await until(pilot, lambda: not refused.exists())
        fetched = [row.fetched.path for row in dialog._rows if row.fetched is not None]
        await pilot.press("escape")
        await until(pilot, lambda: [path for path in fetched if path.exists()] == [opened])
        assert f"PNG image · {opened.stat().st_size} B" in text_of(pilot)
    assert not kept.exists(), "what was opened goes with the program"


@pytest.mark.landing
async def test_what_fails_says_so_escape_stops_and_strangers_are_asked_for_after_a_question(
    sandbox, run_app, until, text_of, tmp_path, contents
):
    message = sandbox.receive(MAYA, sandbox.numbers[0], "Files", media=FILES[:3])
    async with run_app(sandbox=sandbox, environ={"PATH": "/usr/bin:/bin"}) as pilot:
        await loaded(pilot, until)
        screen, account = pilot.app.screen, pilot.app.session.account
        sandbox.faults.add(Fault("html", path=r"/Media.json", times=1))
        open_media_dialog(screen, message.sid, account)
        await until(pilot, lambda: "could not be listed" in text_of(pilot))
        await pilot.press("r")
        dialog = pilot.app.screen
        await until(pilot, lambda: len(dialog._rows) == 3 and all(row.media.size for row in dialog._rows))
        # No display, no program of one's own: said before anything is fetched.
        await pilot.press("enter")
        await until(pilot, lambda: "There is no display here" in text_of(pilot))
        assert dialog._rows[0].fetched is None
        sandbox.faults.add(Fault("drip", path="/media/", seconds=0.05, times=1))
        await pilot.press("s")
        await until(pilot, lambda: "Fetching:" in text_of(pilot) and "%" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped. Nothing of it was kept." in text_of(pilot))
        state = tmp_path / "config" / "state" / "media"
        assert not [each for each in state.rglob("*") if each.is_file()]
        sandbox.faults.add(Fault("500-before", path="/media/", times=1))
        await pilot.press("s")
        await until(pilot, lambda: "answered 500" in text_of(pilot))
        # What is here only after something else was opened asks nothing over that.
        sandbox.faults.add(Fault("drip", path="/media/", seconds=0.02, times=1))
        await pilot.press("s", "f1")
        await until(pilot, lambda: dialog._rows[0].fetched is not None and not dialog._fetching)
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        await until(pilot, lambda: "It is here now: press the key again." in text_of(pilot))
        await pilot.press("v")
        await until(pilot, lambda: "It is no text: PNG image." in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)

        # From a webhook: its own by SIDs, whatever else it names only after a yes, and without credentials.
        media = account.media
        own = media.url(message.sid, dialog._rows[0].media)
        foreign = f"{sandbox.storage_url}/elsewhere"
        open_webhook_media(screen, account, [(own, "image/png"), (foreign, "image/png\x1b]0;x\x07")])
        await until(pilot, lambda: "not Twilio's: 127.0.0.1" in text_of(pilot))
        assert "\x1b" not in text_of(pilot)
        await pilot.press("2", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        before = len(sandbox.requests)
        await pilot.press("escape", "delete")
        await until(pilot, lambda: "is not at Twilio" in text_of(pilot))
        assert len(sandbox.requests) == before
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "has this file no longer" in text_of(pilot))
        assert sandbox.requests[-1].target == "/elsewhere"


async def test_redacting_offers_to_remove_the_media_as_well(sandbox, run_app, until, text_of):
    sids = [
        sandbox.receive(MAYA, sandbox.numbers[0], body, media=FILES[:2]).sid for body in ("Keep them", "Not them", "")
    ]
    stored = sandbox._account.find
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        for sid, key, left in zip(sids, ("y", "b", "y"), (2, 0, 0), strict=True):
            await until(pilot, lambda sid=sid: stand_on(pilot, lambda message: message.sid == sid))
            await pilot.press("x")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
            assert isinstance(pilot.app.screen, ConfirmMore) is (sid != sids[2])
            assert "2 files" in text_of(pilot)
            await pilot.press(key)

            await until(pilot, lambda sid=sid, left=left: (stored(sid).body, len(stored(sid).media)) == ("", left))
            if key == "b":
                await until(pilot, lambda: "emptied, and the media are gone" in text_of(pilot))


@pytest.mark.parametrize(
    ("environ", "platform", "shown"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"SSH_CONNECTION": "1 2 3 4"}, "darwin", False),
        ({}, "darwin", True),
        ({"SSH_TTY": "/dev/ttys1"}, "win32", False),
    ],
)
def test_whether_a_window_would_be_seen(environ, platform, shown):
    assert has_display(environ, platform) is shown
    if platform == "linux":
        assert (no_opener(environ) == "") is shown
        assert no_opener(environ | {"TUILIO_OPENER": "x"}) == ""
