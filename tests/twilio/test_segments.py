"""The arithmetic of segments, held to a slow and obvious model of the same rules."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.twilio.segments import BASIC, EXTENSION, find_culprits, measure, plain_equivalents, smart_equivalents

GSM7 = st.sampled_from(BASIC + EXTENSION)
EMOJI = "😀"
MARKED = st.sampled_from("naeox\u0303\u0301\u0302\u0308\u030a\u0327\u0338\u200b\ufeff\u2126\u212b\u2001")
ANY = st.one_of(GSM7, st.sampled_from(EXTENSION), st.characters(), st.sampled_from("😀жé—\t`ç\ud83d\ude00"), MARKED)


def packed(body: str, *, single: int, joined: int, ucs2: bool) -> tuple[int, int, int]:
    """Give segments, units and what remains, packing one character after another."""
    if ucs2:
        # UTF-16 has no way to tell two halves side by side from the pair they make.
        body = body.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
        costs = [2 if ord(character) > 0xFFFF else 1 for character in body]
    else:
        costs = [2 if character in EXTENSION else 1 for character in body]
    units = sum(costs)
    if units <= single:
        return (1 if units else 0), units, single - units
    segments, used = 1, 0
    for cost in costs:
        if used + cost > joined:
            segments, used = segments + 1, 0
        used += cost
    return segments, units, joined - used


@settings(deadline=None, max_examples=400)
@given(st.text(GSM7, max_size=500))
@example("a" * 160)
@example("a" * 161)
@example("a" * 152 + "€" + "a" * 10)
@example("€" * 81)
def test_a_gsm7_body_is_packed_character_by_character(body: str) -> None:
    found = measure(body)
    assert found.encoding == "GSM-7"
    assert (found.segments, found.units, found.remaining) == packed(body, single=160, joined=153, ucs2=False)
    assert found.culprits == ()


@settings(deadline=None, max_examples=400)
@given(st.text(ANY, max_size=250).map(lambda text: text + "ж"))
@example(EMOJI * 34)
@example(EMOJI * 36)
@example("ж" * 66 + EMOJI * 3)
@example("ж" * 70)
@example("ж" * 71)
def test_a_body_with_one_foreign_character_is_packed_in_utf16_units(body: str) -> None:
    found = measure(body)
    assert found.encoding == "UCS-2"
    assert (found.segments, found.units, found.remaining) == packed(body, single=70, joined=67, ucs2=True)


@settings(deadline=None, max_examples=300)
@given(st.text(ANY, max_size=200))
def test_the_culprits_are_exactly_the_characters_outside_the_alphabet(body: str) -> None:
    alphabet = set(BASIC + EXTENSION)
    culprits = measure(body).culprits
    assert list(culprits) == [index for index, character in enumerate(body) if character not in alphabet]
    assert tuple(culprit.index for culprit in find_culprits(body)) == culprits


@settings(deadline=None)
@given(st.text(ANY, max_size=300), st.sampled_from(["a", "€", "ж", EMOJI]))
def test_typing_one_more_character_never_lowers_the_bill(body: str, more: str) -> None:
    assert measure(body + more).segments >= measure(body).segments


@settings(deadline=None)
@given(st.text(ANY, max_size=200))
def test_plain_equivalents_leave_only_culprits_without_a_stand_in(body: str) -> None:
    plain = plain_equivalents(body)
    assert plain_equivalents(plain) == plain
    left = [culprit.character for culprit in find_culprits(body) if culprit.replacement is None]
    assert [culprit.character for culprit in find_culprits(plain)] == left


def test_an_escape_pair_is_not_cut_and_wastes_a_septet() -> None:
    straddling = "a" * 152 + "€" + "a" * 152
    assert measure(straddling).units == 306
    assert measure(straddling).segments == 3
    assert measure("a" * 151 + "€" + "a" * 153).segments == 2


def test_a_surrogate_pair_is_not_cut_and_wastes_a_unit() -> None:
    assert measure("ж" * 66 + EMOJI + "ж" * 66).segments == 3
    assert measure("ж" * 65 + EMOJI + "ж" * 67).segments == 2


def test_an_empty_body_costs_nothing_yet() -> None:
    found = measure("")
    assert (found.encoding, found.segments, found.units, found.remaining) == ("GSM-7", 0, 0, 160)


@pytest.mark.parametrize("character", ["`", "\t", "ç", "\x1b", "“", "\xa0"])
def test_characters_people_take_for_plain_are_not(character: str) -> None:
    assert measure(character).encoding == "UCS-2"


@pytest.mark.parametrize("character", ["Ç", "\r", "\n", "\f", "@", "Ω", "~", "€"])
def test_characters_people_take_for_foreign_are_not(character: str) -> None:
    assert measure(character).encoding == "GSM-7"


def test_lone_surrogates_count_one_unit_each() -> None:
    assert measure("\ud83d").units == 1
    assert measure("\ude00\ud83d").units == 2
    assert measure("\ud83d" * 71).segments == 2


def test_the_alphabet_has_the_published_size() -> None:
    assert len(set(BASIC)) == len(BASIC) == 127
    assert len(set(EXTENSION)) == len(EXTENSION) == 10
    assert not set(BASIC) & set(EXTENSION)


def test_every_stand_in_is_gsm7_and_stands_for_something_that_is_not() -> None:
    alphabet = set(BASIC + EXTENSION)
    assert len(smart_equivalents()) == 271
    for character, plain in smart_equivalents().items():
        assert character not in alphabet
        assert set(plain) <= alphabet


def test_each_culprit_says_what_would_replace_it() -> None:
    told = [(culprit.character, culprit.replacement) for culprit in find_culprits("“a…b😀\u200b")]
    assert told == [("“", '"'), ("…", "..."), (EMOJI, None), ("\u200b", "")]
    assert plain_equivalents("“a…b😀\u200b") == '"a...b😀'


@pytest.mark.parametrize("letter", sorted(set(BASIC)))
def test_a_letter_and_its_mark_become_the_letter_they_are_drawn_as(letter: str) -> None:
    apart = unicodedata.normalize("NFD", letter)
    assert plain_equivalents(f"x{apart}y{apart}") == f"x{letter}y{letter}"
    assert plain_equivalents("\ufeff".join(apart)) == letter, "what nobody sees stood between them"


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("man\u0303ana", "mañana"),
        ("An\u0303o ‘nuevo’ a\u0300 la cafe\u0301", "Año 'nuevo' à la café"),
        ("a\u0303", "a\u0303"),  # no ã in GSM-7, and a~ is no letter
        ("ã", "ã"),
        ("a\u200b\u0303", "a\u0303"),
        ("n\u0303\u0301", "n\u0303\u0301"),
        ("x\u0303", "x~"),
        ("\u0303", "~"),
        ("\uff2e\u0303\uff21\u0303", "ÑA\u0303"),
        ("\u200b\u0303n", "~n"),
        ("10\u2126 at 5\u212b, 2\u212a, really\u037e", "10Ω at 5Å, 2K, really;"),
        ("\u2000\u2001", "   "),
        ("ж\u0303", "ж~"),
        ("\uf900", "\uf900"),
    ],
)
def test_texts_are_compared_in_their_normal_form(body: str, plain: str) -> None:
    assert plain_equivalents(body) == plain


def test_what_is_measured_is_what_is_sent() -> None:
    assert (measure("n\u0303").encoding, measure("n\u0303").units, measure("n\u0303").culprits) == ("UCS-2", 2, (1,))
    assert [(each.index, each.replacement) for each in find_culprits("man\u0303a\u0303")] == [(3, ""), (5, None)]


@pytest.mark.parametrize("text", ["n\u0303", "\u0303", "a\u0301", "\u200b", "…", "\u0301\u0327"])
def test_a_flood_of_marks_is_made_plain_in_one_pass(text: str) -> None:
    started = time.process_time()
    plain_equivalents(text * 10_000)
    find_culprits("n" + text * 10_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("character", ["a", "€", EMOJI, "\ud83d"])
def test_a_megabyte_is_measured_in_one_pass(character: str) -> None:
    started = time.perf_counter()
    measure(character * 1_000_000)
    assert time.perf_counter() - started < 5
