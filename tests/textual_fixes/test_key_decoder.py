"""Whatever bytes a terminal sends are keys, pastes, the mouse, answers or nothing, and an escape is never lost.

With Textual's own reader the laws failed at the first byte that is no UTF-8, and every row of the table but the first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser

from tui.textual_fixes.key_decoder import (
    ESCAPE_SECONDS,
    LARGEST_PASTE,
    MOST_COLUMNS,
    MOST_LINES,
    REST_SECONDS,
    Chord,
    Hasty,
    Keyboard,
    PasteTooLong,
)


def read(*packets: bytes, pause: float = 0.0, patience: float = 5.0) -> list[Any]:
    """What is read of packets, with a pause between them, and after a while of silence."""
    keyboard, now, found = Keyboard(), 100.0, list[Any]()
    for packet in packets:
        found += keyboard.feed(packet, now)
        now += pause
        found += keyboard.tick(now)
    return found + list(keyboard.tick(now + patience))


def packets(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """The bytes in pieces, cut at these places where there are so many."""
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    return (data[start:end] for start, end in itertools.pairwise(places))


def names(found: list[Any]) -> list[str]:
    return [one.key if isinstance(one, events.Key) else type(one).__name__ for one in found]


ACTING = {
    b"\r": "enter",
    b"\n": "ctrl+j",
    b" ": "space",
    b"\t": "tab",
    b"\x13": "ctrl+s",
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1bOP": "f1",
    b"\x1b[20~": "f9",
    b"\x1b[3~": "delete",
    b"\x1b[13u": "enter",
    b"\x1b[121u": "y",
}


@pytest.mark.parametrize("key", ACTING)
@pytest.mark.parametrize("pause", [None, 0.0, ESCAPE_SECONDS * 0.9])
def test_escape_and_a_key_that_follows_without_a_look_are_escape_and_a_hasty_key(
    key: bytes, pause: float | None
) -> None:
    found = read(b"\x1b" + key) if pause is None else read(b"\x1b", key, pause=pause)
    if key[:1] == b"\x1b" or key < b"!":
        assert names(found) == ["escape", ACTING[key]]
        assert isinstance(found[1], Hasty)


@pytest.mark.parametrize("key", ACTING)
def test_a_terminal_that_spells_escape_out_is_read_alike(key: bytes) -> None:
    found = read(b"\x1b[27u" + key)
    assert names(found) == ["escape", ACTING[key]]
    assert isinstance(found[1], Hasty)


@pytest.mark.parametrize("key", ACTING)
def test_a_key_that_comes_later_is_a_key_like_any_other(key: bytes) -> None:
    found = read(b"\x1b", key, pause=ESCAPE_SECONDS * 1.1)
    assert names(found) == ["escape", ACTING[key]]
    assert not isinstance(found[1], Hasty)


@given(st.characters(min_codepoint=0x21, exclude_categories=["Cs", "Cc", "Zl", "Zp"]), st.booleans())
@example("y", False)
@example("1", False)
@example("/", False)
@example("?", True)
@example("Y", False)
@example("é", True)
@example("😀", True)
@example("[", False)
@example("O", False)
@example("]", False)
@example("P", True)
def test_no_character_behind_an_escape_acts_or_is_typed_as_itself(character: str, apart: bool) -> None:
    found = read(b"\x1b", character.encode()) if apart else read(b"\x1b" + character.encode())
    assert len(found) == 1
    assert isinstance(found[0], Chord)
    assert found[0].key.startswith("alt+") or character in "bf"
    assert not found[0].is_printable


@pytest.mark.parametrize("sequence", [b"\x1b[121;3u", b"\x1b[121;3;121u", b"\x1b[121;3;89u"])
def test_alt_spelt_out_is_alt_also_with_its_text(sequence: bytes) -> None:
    assert names(read(sequence)) == ["alt+y"]


@pytest.mark.parametrize(
    ("sequence", "key"),
    [(b"\x1b[1;3A", "alt+up"), (b"\x1b[1;3B", "alt+down"), (b"\x1be", "alt+e"), (b"\x1bs", "alt+s")],
)
def test_the_keys_with_alt_that_do_something_still_arrive(sequence: bytes, key: str) -> None:
    assert names(read(sequence)) == [key]


@pytest.mark.parametrize("cut", [[b"\x1b\t\r"], [b"\x1b", b"\t\r"]])
def test_shift_tab_of_a_linux_console_is_that_and_no_way_out(cut: list[bytes]) -> None:
    """Where it was escape after all, what follows at once acts no more than it would have then."""
    keyboard = Keyboard(linux_console=True)
    found = [one for packet in cut for one in keyboard.feed(packet, 100.0)]
    assert [(type(one), one.key) for one in found] == [(Chord, "shift+tab"), (Hasty, "enter")]


KNOWN = [sequence.encode() for sequence in ANSI_SEQUENCES_KEYS if sequence[:2] in ("\x1b[", "\x1bO")]


@pytest.mark.parametrize("cut", [False, True])
def test_every_sequence_that_textual_knows_is_the_key_it_says(cut: bool) -> None:
    for sequence in KNOWN:
        theirs = list(XTermParser()._sequence_to_key_events(sequence.decode()))
        packets = [bytes([byte]) for byte in sequence] if cut else [sequence]
        ours = [key for key in read(*packets) if isinstance(key, events.Key)]
        wanted = [key.key for key in theirs if key.key != "<ignore>"]
        assert [key.key for key in ours] == wanted, sequence


ANY = st.binary(max_size=60) | st.lists(
    st.sampled_from(
        [
            *(b"\x1b", b"[", b"\x1b[", b"\x1bO", b"\x1b[200~", b"\x1b[201~", b"\x1b[M", b"\x1b]", b"\x1bP", b"\x1b\\"),
            *(
                b"\xff",
                b"\xe2\x82",
                b"\xed\xa0\xbd",
                b"\x00",
                b"a",
                b"\r",
                b"\x1b[0n",
                b"\x1b[<0;1;1M",
                b"\x1b[48;0;0;0;0t",
            ),
            *(
                b"\x1b[99999999999u",
                b"\x1b[55296u",
                b"\x1b[97:98;3:1u",
                b"\x1b[?2048;2$y",
                b"\x9b",
                b"$",
                b"99999",
                b";",
            ),
        ]
    ),
    max_size=12,
).map(b"".join)


@given(ANY, st.lists(st.integers(0, 60), max_size=4), st.sampled_from([0.0, 0.05, 0.2, 2.0]))
@example(b"\x1b[48;24;80;0;0t\x1b[<0;5;5M", [], 0.0)
def test_no_bytes_are_an_error_and_none_become_half_a_character(data: bytes, cuts: list[int], pause: float) -> None:
    for one in read(*packets(data, cuts), pause=pause):
        text = one.text if isinstance(one, events.Paste) else getattr(one, "character", None) or ""
        text.encode()
        assert "\x00" not in text or isinstance(one, events.Key)
        if isinstance(one, events.Resize):
            assert 1 <= one.size.width <= MOST_COLUMNS and 1 <= one.size.height <= MOST_LINES


@given(ANY, st.lists(st.integers(0, 60), max_size=4))
def test_where_packets_are_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    whole = read(data)
    cut = read(*packets(data, cuts))
    assert [(type(one), getattr(one, "key", None)) for one in cut] == [
        (type(one), getattr(one, "key", None)) for one in whole
    ]


@given(ANY, st.sampled_from([0.0, 0.05, 0.2, 2.0]))
def test_whatever_came_before_escape_then_a_letter_arrive_after_a_pause(data: bytes, pause: float) -> None:
    keyboard = Keyboard()
    list(keyboard.feed(data, 100.0))
    found, now = list[Any](), 100.0 + pause
    # A paste or a string that never ended takes the first.
    for byte in (b"\x1b", b"\x1b", b"y"):
        found += keyboard.tick(now)
        found += keyboard.feed(byte, now)
        now += REST_SECONDS + 0.1
        found += keyboard.tick(now)
    assert names(found)[-2:] == ["escape", "y"]


@given(st.text(max_size=40), st.integers(1, 5))
def test_text_is_typed_as_it_is_wherever_its_bytes_are_cut(text: str, size: int) -> None:
    data = "".join(each for each in text if each.isprintable()).encode("utf-8", "ignore")
    typed = read(*(data[n : n + size] for n in range(0, len(data), size)))
    assert "".join(key.character for key in typed) == data.decode()


@pytest.mark.parametrize("answer", [b"\x1b[0n", b"\x1b[3n"])
def test_the_answer_to_a_look_is_no_key(answer: bytes) -> None:
    assert names(read(b"a" + answer + b"b")) == ["a", "Answered", "b"]
    assert names(read(*(bytes([byte]) for byte in answer))) == ["Answered"]
    assert names(read(answer[:1], answer[1:] + b"b", pause=0.5)) == ["escape", "Answered", "b"]


@pytest.mark.parametrize(
    "answer",
    [b"\x1b[?1;2c", b"\x1b[>0;276;0c", b"\x1b]11;rgb:0/0/0\x07", b"\x1bP>|xterm\x1b\\", b"\x1b[?13n", b"\x1b[12;1R"],
)
def test_an_answer_that_nobody_asked_for_types_nothing(answer: bytes) -> None:
    assert [name for name in names(read(b"a" + answer + b"b")) if len(name) == 1] == ["a", "b"]


@pytest.mark.parametrize(("answer", "is_screen"), [(b"\x1b[>83;40900;0c", True), (b"\x1b[>84;0;0c", False)])
def test_gnu_screen_says_that_it_is_there(answer: bytes, is_screen: bool) -> None:
    assert names(read(answer)) == ["InGnuScreen"] * is_screen


def test_a_mouse_report_of_the_old_kind_takes_its_three_bytes_with_it() -> None:
    assert names(read(b"\x1b[M\x20\xff\xc3" + b"a", b"\x1b[M\x20", b"\xe9\xe9", b"b")) == ["a", "b"]


def test_a_paste_is_one_text_whatever_it_holds() -> None:
    found = read(b"\x1b[200~a\xff\xfe\x00\x1b[A\r", b"\x1b[20", b"1~b")
    assert [one.text for one in found if isinstance(one, events.Paste)] == ["a\ufffd\ufffd\x1b[A\r"]
    assert names(found) == ["Paste", "b"]


def test_a_paste_without_an_end_can_be_left_by_escape() -> None:
    found = read(b"\x1b[200~lost", b"typed", b"\x1b", b"y", pause=REST_SECONDS + 0.1)
    assert names(found) == ["Paste", "y"]


def test_a_paste_larger_than_any_field_arrives_not_at_all() -> None:
    keyboard, found = Keyboard(), list[Any]()
    found += keyboard.feed(b"\x1b[200~", 0.0)
    for _ in range(LARGEST_PASTE // 4096 + 2):
        found += keyboard.feed(b"x" * 4096, 0.0)
    found += keyboard.feed(b"\x1b[201~a", 0.0)
    assert [type(one) for one in found][:1] == [PasteTooLong]
    assert names(found)[1:] == ["a"]
