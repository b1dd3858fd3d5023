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

MISUSE = 2
"""Exit status for a wrong command line or a terminal that cannot be used (the convention of the shells)."""


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns the exit status."""
    if arguments is None:
        # Until somebody listens, an interrupt ends it as any program, without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    words = sys.argv[1:] if arguments is None else arguments
    if "--help" in words or "-h" in words:
        sys.stdout.write(HELP)
        return 0
    if "--version" in words:
        from tui import __version__

        sys.stdout.write(f"tuilio {__version__}\n")
        return 0
    from tui.command_line import BadCommandLine, read_command_line, read_port

    try:
        if words[:1] == ["sandbox"]:
            from tui.sandbox.command import run

            signal.signal(signal.SIGINT, signal.default_int_handler)
            return run(read_port(words[1:]))
        start = read_command_line(words)
    except BadCommandLine as problem:
        sys.stderr.write(f"tuilio: {problem}\n")
        return MISUSE
    from tui.launch import launch

    return launch(start)


if __name__ == "__main__":
    sys.exit(main())
