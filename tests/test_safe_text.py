"""The border that other people's text crosses: nothing that commands a terminal, nothing honest lost."""

from __future__ import annotations

import itertools
import re
import sys
import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.safe_text import DEFAULT_LIMIT, glimpse, safe_lines, safe_text

ZWNJ, ZWJ = "\u200c", "\u200d"
NASTY = st.sampled_from(
    "\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\xad\u034f\u061c\u200b\u200c\u200d\u200e\u202e\u2028\u2066\ufe0e\ufe0f\ufeff"
    "\ud83d\ude00\ufffe\U000e0001\U000e0041\U000e007f\U000e0100\u0301\u20e3\U0001f3fd👩❤1#aé字می्कπ\u3164\u1160"
)
ANY = st.text(NASTY | st.characters(), max_size=60)
FLAGS = st.booleans()

HONEST = [
    "Your code is 123456. Reply STOP to end.",
    "[/] [@click=app.quit] {name} \\ ~ ` | <b>",
    "Привет, Άγνωστε! Žluťoučký kůň, Việt Nam, naïve café",
    "cafe\u0301 Vie\u0323\u0302t",
    "您好,订单已发货。「東京都」こんにちは 안녕하세요",
    "葛\U000e0100城",
    "مرحبا بِكُم، كيف الحال؟",
    f"می{ZWNJ}خواهم",
    "שָׁלוֹם עֲלֵיכֶם",
    "हिन्दी में संदेश, क्षत्रिय",
    f"क्{ZWJ}ष क्{ZWNJ}ष",
    f"ශ්{ZWJ}රී ലങ്ക ന്{ZWJ}",
    "สวัสดี ที่นี่ น้ำ",
    "ខ្មែរ မြန်မာ བོད་",
    "👋 🎉😀👍🏽 🇩🇪🇯🇵",
    f"👨{ZWJ}👩{ZWJ}👧{ZWJ}👦",
    f"👩🏽{ZWJ}❤️{ZWJ}💋{ZWJ}👩🏻",
    f"🏳️{ZWJ}🌈 🏴{ZWJ}☠️ 👁️{ZWJ}🗨️ 🧑🏿{ZWJ}🚀 🐻{ZWJ}❄️",
    "1️⃣ #️⃣ ☎︎ ☎️ ©️ ™️ ‼️ ❤️",
    "\U0001fae8 \U0001fae9 \U0001fadf",
    "\xa0\u2003non-breaking\u202fand\u3000wide",
    "\ue0b0 \uf8ff",
]


def is_a_command(character: str) -> bool:
    """Tell what may never be printed, from Unicode's own categories."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


@settings(deadline=None, max_examples=1000)
@given(ANY)
def test_nothing_that_commands_a_terminal_comes_out(text: str) -> None:
    assert not [character for character in safe_text(text) if is_a_command(character) and character not in ZWNJ + ZWJ]


@settings(deadline=None, max_examples=500)
@given(ANY)
def test_only_line_feeds_are_added_when_lines_are_kept(text: str) -> None:
    shown = safe_text(text, keep_newlines=True).replace("\n", "")
    assert not [character for character in shown if is_a_command(character) and character not in ZWNJ + ZWJ]


@settings(deadline=None, max_examples=1000)
@given(ANY, FLAGS, st.none() | st.integers(0, 80))
@example(f"👩{ZWJ}👩", False, 9)
@example("a\u0301\u0301\u0301\u0301\u0301" * 9, False, 30)
def test_doing_it_twice_changes_nothing(text: str, keep: bool, limit: int | None) -> None:
    once = safe_text(text, keep_newlines=keep, limit=limit)
    assert safe_text(once, keep_newlines=keep, limit=limit) == once


@pytest.mark.parametrize("limit", range(14, 40))
def test_a_cut_never_leaves_a_joiner_with_nothing_to_join(limit: int) -> None:
    shown = safe_text(f"👩{ZWJ}👩" * 50, limit=limit)
    assert f"{ZWJ}…" not in shown
    assert safe_text(shown, limit=limit) == shown


@settings(deadline=None, max_examples=500)
@given(ANY)
def test_no_character_carries_more_than_four_marks(text: str) -> None:
    for _, group in itertools.groupby(safe_text(text), key=lambda character: unicodedata.category(character)[0] == "M"):
        marks = [character for character in group if unicodedata.category(character)[0] == "M"]
        assert len([mark for mark in marks if mark not in "\ufe0e\ufe0f" and ord(mark) < 0xE0000]) <= 4


@settings(deadline=None, max_examples=500)
@given(ANY)
def test_nothing_invisible_follows_something_invisible(text: str) -> None:
    invisible = rf"[{ZWNJ}{ZWJ}\ufe0e\U000e0100-\U000e01ef]"
    assert not re.search(rf"{invisible}{invisible}|^{invisible}", safe_text(text))


@settings(deadline=None, max_examples=500)
@given(ANY, st.integers(0, 50))
def test_the_limit_counts_the_ending_too(text: str, limit: int) -> None:
    assert len(safe_text(text, limit=limit)) <= limit


@pytest.mark.parametrize("text", HONEST)
@pytest.mark.parametrize("keep", [False, True])
def test_honest_text_is_left_alone(text: str, keep: bool) -> None:
    assert safe_text(text, keep_newlines=keep) == text


@pytest.mark.parametrize("keep", [False, True])
def test_every_single_character_is_made_safe(keep: bool) -> None:
    for code in itertools.chain(range(0x3500), range(0xD7F0, 0x20010), range(0xDFFF0, 0xE1010), [sys.maxunicode]):
        for shown in safe_text(chr(code), keep_newlines=keep):
            assert not is_a_command(shown) or (keep and shown == "\n"), hex(code)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x1b[2J", "␛[2J"),
        ("\x9b2J", "<U+009B>2J"),
        ("\x00\x7f\x0e", "␀␡␎"),
        ("a\r\nb\tc", "a␍␊b␉c"),
        ("\u202etxt", "<U+202E>txt"),
        ("\u2066x\u2069\u200e", "<U+2066>x<U+2069><U+200E>"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("a\u2028b\x85c", "a<U+2028>b<U+0085>c"),
        ("🏴\U000e0067\U000e007f", "🏴<U+E0067><U+E007F>"),
        ("\ud83dx\ude00", "\ufffdx\ufffd"),
        ("\ufffe\U0001ffff", "<U+FFFE><U+1FFFF>"),
        ("\u3164", "<U+3164>"),
        ("\U000e0002\U000e0fff\ufff0", "<U+E0002><U+E0FFF><U+FFF0>"),
        ("\U00013439\ufdd0", "<U+13439><U+FDD0>"),
        (f"a{ZWJ}b{ZWNJ}c", "a<U+200D>b<U+200C>c"),
        ("a\ufe0f", "a<U+FE0F>"),
        ("❤️\ufe0f", "❤️<U+FE0F>"),
        ("e" + "\u0301" * 9 + "x", "e" + "\u0301" * 4 + "x"),
    ],
)
def test_what_commands_or_hides_is_shown(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@pytest.mark.parametrize("start", ["", "a", "👩", "م", "क", "字", "👩🏽"])
@pytest.mark.parametrize("flood", [ZWJ, ZWNJ, "\u200b", "\ufe0f", "\U000e0100", "\U000e0041", "\u0301", "\u1160"])
def test_a_flood_of_invisible_characters_does_not_pass(start: str, flood: str) -> None:
    shown = safe_text(start + flood * 500, limit=None)
    assert shown.count(flood) <= 4


@pytest.mark.parametrize("person", ["👩", "👩🏽"])
def test_a_family_has_a_size(person: str) -> None:
    shown = safe_text(ZWJ.join([person] * 100))
    assert max(len(part.split(ZWJ)) for part in shown.split("<U+200D>")) == 4


def test_a_text_of_several_lines_keeps_its_breaks() -> None:
    text = "one\r\ntwo\n\n\tthree\rfour\v\u2028five"
    assert safe_lines(text) == ["one", "two", "", "    three␍four␋<U+2028>five"]
    assert safe_lines("") == [""]


def test_a_text_cut_short_says_how_many_characters_are_missing() -> None:
    assert safe_text("a" * 2000, limit=20) == "aaaaaa… [1,994 more]"
    assert safe_text("a" * 20, limit=20) == "a" * 20
    assert safe_text("\x9b" * 9, limit=30) == "<U+009B><U+009B>… [7 more]"


@settings(deadline=None, max_examples=300)
@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), max_size=80), st.integers(12, 60))
def test_what_is_shown_and_what_is_missing_add_up(text: str, limit: int) -> None:
    shown = safe_text(text, limit=limit)
    ending = re.search(r"… \[(\d+) more\]$", shown)
    if ending is None:
        assert shown == text
    else:
        assert shown[: ending.start()] == text[: ending.start()]
        assert ending.start() + int(ending[1]) == len(text)


@pytest.mark.parametrize("character", ["a", "字", "ก", "\x1b", "\u0301", f"👩{ZWJ}", "\ud800"])
def test_a_megabyte_is_bounded_by_default(character: str) -> None:
    started = time.thread_time()
    assert len(safe_text(character * (1_000_000 // len(character)))) <= DEFAULT_LIMIT
    assert time.thread_time() - started < 1


@pytest.mark.parametrize("character", ["a", "\u202e", "\u0301"])
def test_a_long_text_without_a_limit_takes_one_pass(character: str) -> None:
    started = time.thread_time()
    safe_text(character * 200_000, limit=None)
    assert time.thread_time() - started < 10


@given(text=st.text(), length=st.integers(min_value=1, max_value=50))
def test_a_glimpse_is_one_safe_line_of_bounded_length(text: str, length: int) -> None:
    shown = glimpse(text, length)
    assert len(shown) <= length
    assert "\n" not in shown
    assert safe_text(shown, limit=None) == shown


def test_a_joiner_stands_between_two_emoji_or_is_shown():
    assert safe_text("👩\u200d👧") == "👩\u200d👧"
    assert safe_text("👩\u200dx") == "👩<U+200D>x"
    assert safe_text("👩\u200d") == "👩<U+200D>"


def test_a_flood_that_shows_nothing_is_not_read_to_its_end():
    assert re.fullmatch("a\u0301*… \\[999,[0-9]{3} more\\]", safe_text("a" + "\u0301" * 1_000_000, limit=20))


def test_a_glimpse_does_not_look_at_all_of_a_flood():
    class Flood(str):
        def split(self, *_):
            raise AssertionError("all of it was looked at")

    assert glimpse(Flood("word " * 100_000), 12) == "word word w…"
