"""Message resources as Twilio lists them, and as nobody should."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

ACCOUNT = "AC" + "a" * 32
BEGUN = datetime(2026, 7, 1, tzinfo=UTC)


def sid_of(number: int) -> str:
    return f"SM{sha256(str(number).encode()).hexdigest()[:32]}"


def resource(number: int, **others: object) -> dict[str, Any]:
    """A message as Twilio lists it, no two alike: one each 17 seconds from `BEGUN` on. A `_` ends `from_`."""
    sid = sid_of(number)
    uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
    moment = format_datetime(BEGUN + timedelta(seconds=17 * number))
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": f"Message {number}: see you on Monday, will you? Yours, the front desk",
        "date_created": moment,
        "date_sent": moment,
        "date_updated": moment,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+14155550100",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": "-0.00750",
        "price_unit": "USD",
        "sid": sid,
        "status": "delivered",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
        "to": f"+1415{number % 10_000_000:07}",
        "uri": f"{uri}.json",
    } | {name.rstrip("_"): value for name, value in others.items()}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(["", "--5", "\x00", "\ud800", "7", "1e40", "-0.0000001", "-0.00000"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
TIMES = st.sampled_from(
    [
        "Fri, 27 Nov 2026 20:02:39 +0000",
        "Thu, 27 Nov 2026 20:02:39 +0000",
        " Fri, 27 Nov 2026 20:02:39 +0000",
        "Fri, 27 Nov 2026 20:02:39 GMT",
        "27 Nov 2026 20:02:39 -0500",
        "Wed, 31 Dec 1969 23:59:59 +0000",
        "2026-11-27T20:02:39.123456Z",
        "2026-11-27T20:02:39+05:45",
        "0002-01-01T00:00:00Z",
        "9998-12-31T23:59:59Z",
        "soon",
    ]
)
_ODD = {
    **dict.fromkeys(resource(0), JSON),
    **dict.fromkeys(("date_created", "date_sent", "date_updated"), TIMES | JSON),
    "status": st.sampled_from(["sent", "delivered", "failed", "quarantined", ""]) | JSON,
    "direction": st.sampled_from(["inbound", "outbound-api", "outbound-call", "sideways"]) | JSON,
    "price": st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-9, max_value=9).map(str) | JSON,
}
USUAL = st.integers(0, 1000).map(resource)
RESOURCES = st.fixed_dictionaries({}, optional=_ODD) | st.tuples(
    USUAL, st.fixed_dictionaries({}, optional=_ODD), st.dictionaries(st.text(max_size=4), JSON, max_size=2)
).map(lambda parts: parts[0] | parts[1] | parts[2])
"""JSON objects: mostly absurd ones, and usual ones with odd and unknown fields."""
