"""Why a key that otherwise asks a question asks none here; what was typed as its answer goes nowhere."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.widgets.dialogs import Dialog


class Say(Dialog[None]):
    """Words, until a key that would have answered is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,y,n,q", "refuse", "Back", show=False)]
