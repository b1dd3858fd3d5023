"""The entry point. Imports nothing heavy for --help and --version."""

from __future__ import annotations

import signal
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns the exit status."""
    if arguments is None:
        # Until somebody listens, an interrupt ends it as any program, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Not before this: an import takes a moment, in which an interrupt would print its traceback.
    from tui import __version__
    from tui.cli import FAILED, BadCommandLine, read_command_line, read_sandbox_options, refuse, say

    words = sys.argv[1:] if arguments is None else arguments
    if words == ["--version"]:
        return say(f"tuilio {__version__}\n")
    try:
        if words[:1] == ["sandbox"]:
            from tui.sandbox.router import HAS

            options = read_sandbox_options(words[1:], has=HAS)
            from tui.sandbox.command import run

            signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                return run(
                    options.port,
                    options.history,
                    fast=options.fast,
                    host=options.host,
                    callbacks_to=options.callbacks_to,
                    open_controls=options.open_controls,
                )
            except OSError as problem:
                return refuse(f"what the sandbox says cannot be written: {problem.strerror}", status=FAILED)
        start = read_command_line(words)
    except BadCommandLine as problem:
        return refuse(str(problem))
    from tui.launch import launch

    return launch(start)


if __name__ == "__main__":
    sys.exit(main())
