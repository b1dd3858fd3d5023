"""`webhooks.toml`: what survives, what is refused, what is never written."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from tui.twilio.numbers import SmsWebhook
from tui.webhooks.errors import SettingsUnreadable, SettingsUnsaved
from tui.webhooks.settings import ReceiverSettings, ReplacedWebhook, load_settings, save_settings

SETTINGS = ReceiverSettings(
    "::1", 8080, True, "/in", "/out", "https://hooks.example.com", True, "Thanks {From} “you” \\ \n<ok>"
)
REPLACED = ReplacedWebhook(
    "AC1", "PN1", "+14155550100", SmsWebhook("https://old.example/x?y=1", "GET", "AP1"), "http://x/sms"
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config" / "webhooks.toml"


def test_a_missing_file_is_the_usual_set_up(file):
    assert load_settings(file) == (ReceiverSettings(), ())


def test_everything_comes_back_but_the_leave_to_be_unsigned(file):
    save_settings(file, SETTINGS, [REPLACED])
    settings, replaced = load_settings(file)
    assert replaced == (REPLACED,)
    assert settings.allow_unsigned is False
    assert [getattr(settings, name) for name in ("host", "port", "expose", "inbound_path", "public_url", "reply")] == [
        getattr(SETTINGS, name) for name in ("host", "port", "expose", "inbound_path", "public_url", "reply")
    ]
    assert "allow_unsigned" not in file.read_text()


def test_what_others_wrote_survives_a_save_and_what_was_put_back_goes(file):
    save_settings(file, SETTINGS, [REPLACED])
    file.write_text('later = "kept"\n' + file.read_text())
    save_settings(file, ReceiverSettings(), [], put_back={"PN1"})
    assert "later" in file.read_text()
    assert load_settings(file) == (ReceiverSettings(), ())


def test_what_another_instance_has_to_put_back_and_has_set_stays(file):
    save_settings(file, SETTINGS, [REPLACED])
    other = replace(REPLACED, number_sid="PN2")
    mine = replace(ReceiverSettings(), reply="mine")
    save_settings(file, mine, [other], before=ReceiverSettings())
    settings, replaced = load_settings(file)
    assert set(replaced) == {REPLACED, other}
    assert settings == replace(SETTINGS, reply="mine", allow_unsigned=False)


def test_a_number_pointed_here_by_two_instances_gets_back_what_it_had_first(file):
    save_settings(file, SETTINGS, [REPLACED])
    second = replace(REPLACED, before=SmsWebhook(REPLACED.ours, "POST", ""), ours="http://y/sms")
    save_settings(file, SETTINGS, [second])
    assert load_settings(file)[1] == (replace(REPLACED, ours="http://y/sms"),)


def test_a_pipe_in_its_place_is_not_waited_for(file):
    file.parent.mkdir()
    os.mkfifo(file)
    with pytest.raises(SettingsUnreadable, match="cannot be read"):
        load_settings(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = true", "port is not a whole number"),
        ("expose = 1", "expose is not true or false"),
        ("host = 1", "host is not a text"),
        ("replaced = 1", "replaced is not a table"),
        ("[replaced.PN1]\nurl = 'x'", "replaced.PN1 has no text for"),
        ("port = x", "line 1"),
        (f"port = {'1' * 5000}", "digits"),
        (f"port = {'[' * 5000}", "nested too deeply"),
    ],
)
def test_what_cannot_be_understood_is_named(file, text, words):
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(SettingsUnreadable) as refused:
        load_settings(file)
    assert words in str(refused.value)


def test_a_broken_file_is_not_written_over(file):
    file.parent.mkdir()
    file.write_text("port = ")
    with pytest.raises(SettingsUnreadable):
        save_settings(file, SETTINGS, [])
    assert file.read_text() == "port = "


def test_bytes_that_are_no_text_are_named(file):
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsUnreadable, match="UTF-8"):
        load_settings(file)


def test_a_folder_that_cannot_be_written_says_what_holds(file):
    file.parent.write_text("in the way")
    with pytest.raises(SettingsUnsaved, match="until tuilio ends"):
        save_settings(file, SETTINGS, [])
