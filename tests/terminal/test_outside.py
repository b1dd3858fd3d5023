"""The person's own pager and editor have the terminal for a while, and give it back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def program(tmp_path: Path):
    """`program("pager", "cat; …")` is the path of a shell script."""

    def write(name: str, *lines: str) -> str:
        file = tmp_path / name
        file.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
        file.chmod(0o755)
        return str(file)

    return write


WAIT = 'printf "press return"; read answer < /dev/tty'


def test_a_message_is_read_in_the_pager_and_the_screen_is_whole_again(tuilio, program):
    pager = program("pager", "cat", WAIT)
    terminal = tuilio("--sandbox", PAGER=f"{pager} 'with a word'")
    terminal.until("● live")
    terminal.press("/")
    terminal.until("words, a number")
    terminal.type("cleared")
    terminal.press("enter")
    terminal.until("1 of ")
    terminal.quiet()
    terminal.press("v")
    terminal.until("press return")
    # The text of a stranger is harmless there too: what drives a terminal is shown, not passed on.
    assert "␛[2J" in terminal.text
    assert terminal.modes[1049] is False
    # Nothing is drawn over the other program.
    terminal.quiet()
    before = len(terminal.raw)
    terminal.listen(1)
    assert len(terminal.raw) == before
    terminal.press("enter")
    terminal.until(lambda: terminal.modes[1049])
    terminal.until("F1 Help")
    terminal.press("q")
    assert terminal.wait() == 0


@pytest.mark.landing
def test_an_interrupt_ends_the_pager_alone(tuilio, program):
    terminal = tuilio("--sandbox", PAGER=program("pager", "cat > /dev/null", WAIT))
    terminal.until("● live")
    terminal.press("v")
    terminal.until("press return")
    assert terminal.modes[1049] is False
    terminal.press("ctrl+c")
    terminal.until(lambda: terminal.modes[1049])
    terminal.press("q")
    assert terminal.wait() == 0


@pytest.mark.landing
def test_a_draft_is_written_in_the_editor_and_one_key_takes_it_back(tuilio, program, tmp_path):
    editor = program(
        "editor", f'cp "$1" {tmp_path}/seen', 'printf "and more €\\n" >> "$1"', f'echo "$1" > {tmp_path}/place'
    )
    terminal = tuilio("--sandbox", "--screen", "compose", EDITOR=editor)
    terminal.until("chooses among")
    terminal.press("down")
    terminal.until("Front desk")
    terminal.press("1")
    terminal.until(lambda: "Send from" not in terminal.text)
    terminal.press("tab")
    terminal.type("typed here ")
    terminal.until("typed here")
    terminal.press("\x1be")
    terminal.until("typed here and more €")
    assert (tmp_path / "seen").read_text() == "typed here "
    assert not Path((tmp_path / "place").read_text().strip()).exists()
    terminal.press("ctrl+z")
    terminal.until(lambda: "and more" not in terminal.text and "typed here" in terminal.text)


@pytest.mark.landing
@pytest.mark.parametrize(
    ("editor", "words"),
    [("exit 3", "ended with status 3"), ("rm $1", "The text is as it was"), ("printf '\\377' > $1", "not UTF-8")],
)
def test_an_editor_that_fails_leaves_the_text_as_it_was(tuilio, program, editor, words):
    terminal = tuilio("--sandbox", "--screen", "compose", VISUAL=program("editor", editor), size=(120, 30))
    terminal.until("chooses among")
    terminal.press("\x1be")
    terminal.until(words)


def test_a_pager_that_is_not_there_is_named(tuilio):
    terminal = tuilio("--sandbox", PAGER="/no/such/pager")
    terminal.until("● live")
    terminal.press("v")
    terminal.until("$PAGER names a program that is not")
