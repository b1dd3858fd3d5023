"""What is typed is kept while it is typed; the last of it counts, whichever thread writes it."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from tui.screens.sending.draft import DraftAutosave, DraftFields, SavedDrafts
from tui.storage.drafts import Drafts


class SlowDisk(Drafts):
    """Takes its time over what it is given first."""

    def __init__(self):
        super().__init__(None)
        self.asked, self.free = threading.Event(), threading.Event()

    def put(self, connection, fields):
        if not self.asked.is_set():
            self.asked.set()
            self.free.wait(30)
        super().put(connection, fields)


def test_what_was_typed_last_is_kept_though_an_earlier_save_takes_long():
    disk = SlowDisk()
    keeper = DraftAutosave(SimpleNamespace(name="acme", drafts=disk), trouble=lambda _: None)
    keeper.note(SavedDrafts(DraftFields(body="first")))
    earlier, later = threading.Thread(target=keeper.save), threading.Thread(target=keeper.save)
    earlier.start()
    assert disk.asked.wait(30)
    keeper.note(SavedDrafts(DraftFields(body="first and last")))
    later.start()
    later.join(0.1)
    disk.free.set()
    earlier.join()
    later.join()
    assert disk.get("acme") == {"body": "first and last"}
