"""The first line of Delivery: what of the reading from Twilio it says, in the words of Messages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from tui.screens.delivery.head import Held, head_line
from tui.services.message_archive import SyncStatus
from tui.twilio.errors import ApiError, RequestFailed

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
REFUSED = ApiError(401, 20003, "Authenticate")
SECRET = "The environment variable HARBOR_TOKEN, which holds the auth token, is not set in this shell."


@pytest.mark.parametrize(
    ("status", "opening", "refusal", "begins", "ends"),
    [
        (SyncStatus(connected=True, looked=True), True, "", "", "● live"),
        (SyncStatus(connected=True, looked=True, watching=False), True, "", "", "◌ not watching"),
        (SyncStatus(), True, "", "", "◌ connecting"),
        (SyncStatus(), False, "", "", "○ not connected"),
        (SyncStatus(), False, SECRET, SECRET[:30], "○ not connected"),
        (SyncStatus(connected=True, error=REFUSED, offline_since=NOW), True, "", REFUSED.reason[:18], "○ refused"),
        (
            SyncStatus(connected=True, error=RequestFailed("No network. " * 9, "Wait."), offline_since=NOW),
            *(True, "", "No network.", "○ offline"),
        ),
    ],
)
@pytest.mark.parametrize("width", [80, 120])
def test_it_says_whether_it_is_live_and_what_is_wrong_where_that_has_room_or_not(
    status, opening, refusal, begins, ends, width
):
    line = head_line(
        "the last 7 days", Held(), status, None, NOW, width, counting=False, opening=opening, refusal=refusal
    ).plain
    assert cell_len(line) == width and line.startswith(
        " Delivery · the last 7 days" + (f" · {begins}" if begins else " ")
    )
    assert line.rstrip().endswith(ends)
