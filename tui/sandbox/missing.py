"""What the sandbox has not, and says so: a request that Twilio might well answer is not taken for a wrong SID.

Such an answer has the header `X-Tuilio-Sandbox: not-implemented`, code 20404 with status 404 (20004 with 405 where the
path is served and only the method is not), and a message that names the sandbox and what it has. A SID that the
sandbox does not know is answered in Twilio's own words, without the header.
"""

from __future__ import annotations

from tui.sandbox.errors import Refusal

HEADER = ("X-Tuilio-Sandbox", "not-implemented")

HAS = (
    "Accounts, Balance, Keys, Messages with Media and Feedback, IncomingPhoneNumbers, Usage/Records, "
    "and v1/Services with PhoneNumbers"
)
"""What the sandbox has, in words."""

# Twilio's products that are served, by the first word of their host, and what their paths begin with.
_PRODUCTS = {"api": "/2010-04-01/", "messaging": "/v1/Services"}


class Lacking(Refusal):
    """A request for something that the sandbox has not."""

    def __init__(self, method: str, path: str, *, code: int = 20404, hint: str = "") -> None:
        super().__init__(code, path=path)
        self.message = f"The sandbox has no {method[:20]} {path[:200]}. {hint or f'It has: {HAS}.'}"


def check_product(host: str, method: str, path: str) -> None:
    """Hold a path against the host it was asked of, where that is one of Twilio's.

    Several products have a `/v1/Services`. The program asks the sandbox in the place of Twilio's hosts by path alone;
    whoever leads Twilio's names here by other means (a proxy, `curl --resolve`) keeps the name in Host.

    Raises:
        Lacking: the path belongs to a product that the sandbox has not.
    """
    name = host.rpartition(":")[0] or host
    if name.lower().endswith(".twilio.com"):
        prefix = _PRODUCTS.get(name.partition(".")[0].lower())
        if prefix is None or not path.startswith(prefix):
            raise Lacking(method, f"https://{name[:100]}{path}")
