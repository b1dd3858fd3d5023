"""A secret that is there when a test says so. Only its command waits for it; the test waits for nobody.

Who opens a pipe to write into it waits for a reader, without an end where the command has been given up meanwhile.
"""

from __future__ import annotations

from pathlib import Path

from tui.storage.secrets import Secret

_WAIT = ': > "$0.asked"; for _ in $(seq 3000); do if test -e "$0"; then exec cat "$0"; fi; sleep 0.02; done; exit 1'


class LateSecret:
    """One that waits in a folder to be told."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / "late-secret"

    @property
    def source(self) -> Secret:
        """What the connection has for it."""
        return Secret.command(["sh", "-c", _WAIT, str(self._place)])

    @property
    def asked(self) -> bool:
        """Whether the command has begun to wait."""
        return self._place.with_suffix(".asked").exists()

    def tell(self, text: str) -> None:
        """Let the command print this, whole."""
        written = self._place.with_suffix(".written")
        written.write_text(text)
        written.rename(self._place)
