"""The door: command line, settings, run the app. Imports nothing heavy for --help and --version."""

from __future__ import annotations

import signal
import sys

HELP = """\
tuilio: a terminal user interface for Twilio SMS

  tuilio                      start with the saved connections
  tuilio --sandbox            everything against an embedded Twilio; saves nothing, needs nothing
  tuilio --connection NAME    start with this connection
  tuilio --screen NAME        start at messages, compose, console, webhooks or connections
  tuilio --frugal             fewer bytes, for a slow line: the terminal's own colours (or set TUILIO_FRUGAL=1)
  tuilio --config DIR         another configuration directory (connections.toml lives there)
  tuilio sandbox [--port N]   the embedded Twilio alone, for other clients
  tuilio --version, --help
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns the exit status."""
    if arguments is None:
        # Until somebody listens, an interrupt ends it as any program, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Not before this: an import takes a moment, in which an interrupt would print its traceback.
    from tui.cli import FAILED, refuse, say

    words = sys.argv[1:] if arguments is None else arguments
    if "--help" in words or "-h" in words:
        return say(HELP)
    if "--version" in words:
        from tui import __version__

        return say(f"tuilio {__version__}\n")
    from tui.cli import BadCommandLine, read_command_line, read_port

    try:
        if words[:1] == ["sandbox"]:
            from tui.sandbox.command import run

            signal.signal(signal.SIGINT, signal.default_int_handler)
            port = read_port(words[1:])
            try:
                return run(port)
            except OSError as problem:
                return refuse(f"what the sandbox says cannot be written: {problem.strerror}", status=FAILED)
        start = read_command_line(words)
    except BadCommandLine as problem:
        return refuse(str(problem))
    from tui.launch import launch

    return launch(start)


if __name__ == "__main__":
    sys.exit(main())
