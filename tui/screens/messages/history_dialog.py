"""Load history: choose a period, see how far it is, stop it. The service goes on when the dialog is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.widgets.dialogs import Dialog

if TYPE_CHECKING:
    from tui.services.session import Session


class LoadHistoryDialog(Dialog[None]):
    """Starts, shows and stops the loading of history into the archive of the connection in use. Answers nothing."""

    def __init__(self, session: Session) -> None:
        super().__init__("Load history")
        self.session = session
