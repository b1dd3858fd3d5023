"""Commands and key rings: bounded, silent, and plain about what failed."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest

from tui.storage.secret_sources import ask_keyring, run_command
from tui.storage.secrets import Secret, SecretUnavailable

VALUE = "hunter2-hunter2"


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-S", "-c", code, *words]


def told(error: BaseException) -> str:
    """Everything a crash report without locals could show."""
    return "".join(traceback.format_exception(error)) + repr(vars(error))


def test_a_command_gives_its_one_line_without_the_line_end():
    assert Secret.command(python(f"print('{VALUE}')")).reveal() == VALUE


def test_no_shell_reads_the_words_of_a_command():
    assert (
        run_command(python("import sys; print(sys.argv[1])", "$(id) ; `id`"), os.environ, seconds=10) == "$(id) ; `id`"
    )


def test_a_command_sees_the_environment_given_and_an_empty_input():
    code = "import os, sys; print(os.environ['PLACE'] + repr(sys.stdin.read()))"
    assert run_command(python(code), {**os.environ, "PLACE": "here"}, seconds=10) == "here''"


def test_a_command_has_no_terminal_to_ask_on():
    code = "import os\ntry: os.open('/dev/tty', os.O_RDWR)\nexcept OSError: print('none')"
    assert run_command(python(code), os.environ, seconds=10) == "none"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            python(f"import sys; print('{VALUE}'); print('{VALUE}', file=sys.stderr); sys.exit(3)"),
            "exit status 3",
        ),
        (python(f"print('{VALUE}', flush=True); import os; os.kill(os.getpid(), 9)"), "signal 9"),
        (python(f"print('{VALUE}'); print('{VALUE}')"), "more than one line"),
        (python("pass"), "printed nothing"),
        (python(f"import sys; sys.stdout.buffer.write(b'{VALUE}' + bytes([255]))"), "not UTF-8"),
        (["/nonexistent/program", VALUE], "was not found"),
        (["/", VALUE], "may not be executed"),
        (["nul\0", VALUE], "cannot be started"),
        ([], "No command"),
    ],
)
def test_a_failing_command_is_described_without_its_output_or_its_words(argv, words):
    with pytest.raises(SecretUnavailable, match=words) as caught:
        run_command(argv, os.environ, seconds=10)
    report = told(caught.value).replace(repr(argv), "")
    assert "hunter2" not in report
    assert caught.value.__cause__ is None
    assert caught.value.remedy


def test_a_command_that_hangs_is_stopped_with_its_children(tmp_path):
    code = (
        "import subprocess, sys; child = subprocess.Popen(['sleep', '60']);"
        "open(sys.argv[1], 'w').write(str(child.pid)); child.wait()"
    )
    noted = tmp_path / "pid"
    noted.touch()
    # A busy machine may take longer than that to begin with it.
    for seconds in (1, 5, 25):
        started = time.monotonic()
        with pytest.raises(SecretUnavailable, match=f"did not finish within {seconds} seconds"):
            run_command(python(code, str(noted)), os.environ, seconds=seconds)
        assert time.monotonic() - started < seconds + 20, "it was waited for to its end"
        if noted.read_text():
            break
    assert is_ended(int(noted.read_text()))


def is_ended(pid: int) -> bool:
    """Ended, or a zombie waiting for whoever adopted it."""
    for _ in range(500):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def test_a_command_that_never_stops_talking_is_cut_off():
    with pytest.raises(SecretUnavailable, match="far more than a secret"):
        run_command(python("while True: print('x' * 4096)"), os.environ, seconds=10)


def test_a_key_ring_answers_by_name():
    assert Secret.keyring("acme").reveal(keyring={"acme": VALUE}.get) == VALUE


def refuse(name: str) -> str | None:
    raise RuntimeError(VALUE)


def missing(name: str) -> str | None:
    raise ModuleNotFoundError("No module named 'keyring'")


@pytest.mark.parametrize(
    ("keyring", "words"),
    [(refuse, "refused"), (missing, "extra part"), ({}.get, "has no entry acme")],
)
def test_a_key_ring_that_cannot_help_says_why(keyring, words):
    with pytest.raises(SecretUnavailable, match=words) as caught:
        ask_keyring("acme", keyring, seconds=3)
    assert VALUE not in told(caught.value)


def test_a_key_ring_that_hangs_is_left_behind():
    never = threading.Event()
    with pytest.raises(SecretUnavailable, match="did not answer"):
        ask_keyring("acme", lambda name: str(never.wait()), seconds=0.05)
    never.set()


def test_nothing_a_command_complains_about_reaches_the_terminal(capfd):
    assert (
        run_command(python(f"import sys; print('{VALUE}', file=sys.stderr); print('x')"), os.environ, seconds=10) == "x"
    )
    assert capfd.readouterr() == ("", "")


def test_a_command_cannot_take_what_is_typed_here(tmp_path):
    typed = tmp_path / "typed"
    typed.write_text("keys of the program")
    before = os.dup(0)
    with typed.open("rb") as file:
        os.dup2(file.fileno(), 0)
    try:
        assert run_command(python("import sys; print(len(sys.stdin.read()))"), os.environ, seconds=10) == "0"
    finally:
        os.dup2(before, 0)
        os.close(before)
