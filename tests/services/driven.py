"""A program that plays cases one after the other in a process of its own, against a sandbox in another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def driven(program: Path, environ: Mapping[str, str], *options: str) -> Generator[Callable[[object], Any]]:
    """Start both; what is yielded gives the program a line of JSON and returns the one it answers.

    The program is told how to connect by its argument; `options` are those of `tuilio sandbox`.
    """
    serve = [sys.executable, "-m", "tui", "sandbox", *options]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, env=environ) as twilio:
        assert twilio.stdout is not None
        lines = [twilio.stdout.readline().decode() for _ in range(5)]
        told = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        with subprocess.Popen(
            [sys.executable, str(program), json.dumps(told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
        ) as driver:
            into, out = driver.stdin, driver.stdout
            assert into is not None
            assert out is not None

            def ask(case: object) -> Any:
                into.write(json.dumps(case).encode() + b"\n")
                into.flush()
                return json.loads(out.readline())

            try:
                yield ask
            finally:
                # Whatever they are at: leaving here waits for both.
                driver.kill()
                twilio.kill()
