"""The sandbox's error answers: Twilio's codes, texts and HTTP statuses, and what the sandbox has not.

Wording follows Twilio's manner where its text is known and is ours where it is not; clients must not depend
on it, and neither does anything here.
"""

from __future__ import annotations

from tui.twilio import error_catalogue as catalogue

# Codes of which the catalogue need not know: they come from requests that the program itself never makes.
_OTHER_STATUSES = {
    20001: 400,
    20003: 401,
    20004: 405,
    20007: 400,
    20404: 404,
    20429: 429,
    20500: 500,
    10001: 403,
    501: 501,
}


_TEXTS = {
    501: "Not implemented",
    10001: "Account is not active: it is {status}",
    20001: "{reason}",
    20003: "Authenticate",
    20004: "Method not allowed",
    20007: "Page size {value} is not a positive integer",
    20009: "Cannot change or delete this resource before it is complete",
    20404: "The requested resource {path} was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "Invalid 'To' Phone Number: {to}",
    21212: "Invalid 'From' Number: {from_} is not a phone number, short code, or alphanumeric sender ID.",
    21265: "'To' number cannot be a Short Code: {to}",
    21266: "'To' and 'From' number cannot be the same: {to}",
    21407: "This Phone Number type does not support SMS: {value}",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}",
    21421: "{value} is not a valid phone number, or the SID of none",
    21422: "PhoneNumber {value} is not available",
    21452: "No phone numbers found in area code {value}",
    21481: "Invalid page token",
    21602: "Message body is required.",
    21603: "A 'From' phone number or a 'MessagingServiceSid' is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number {from_} is not a valid, SMS-capable inbound phone number or short code "
    "for your account.",
    21609: "The 'StatusCallback' URL {value} is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number {from_} has exceeded the maximum number of queued messages",
    21612: "The 'To' number {to} is not currently reachable using the 'From' number {from_} via SMS.",
    21614: "'To' number {to} is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21620: "Invalid media URL: {value}",
    21621: "The 'From' phone number {from_} has not been enabled for MMS.",
    21623: "Number of media files exceeds allowed limit of 10",
    21624: "ValidityPeriod {value} is not an integer from 1 to 36000",
    21631: "Phone Number {value} requires an Address but the 'AddressSid' parameter was empty.",
    21649: "Phone Number {value} requires a Bundle, but the 'BundleSid' parameter was empty.",
    21654: "ContentVariables came without a ContentSid",
    21655: "The ContentSid {value} is invalid",
    21656: "The ContentVariables parameter is invalid: it must be a JSON object",
    21659: "'From' {from_} is not a Twilio phone number or Short Code country mismatch",
    21660: "Mismatch between the 'From' number {from_} and the account {account}",
    21666: "A FallbackFrom goes with a MessagingServiceSid only",
    21667: "The Messaging Service has no RCS sender, so that FallbackFrom cannot be used",
    21701: "The Messaging Service {service} does not exist",
    21703: "The Messaging Service {service} has no phone number that can send this message",
    21704: "The Messaging Service {service} contains no phone numbers",
    21705: "The Messaging Service Sid {service} is invalid",
    21710: "Phone Number or Short Code is already in the Messaging Service.",
    21712: "Phone Number or Short Code is associated with another Messaging Service.",
    21714: "Messaging Service Number Pool size limit reached",
    21715: "Phone Number does not have the capabilities that a Messaging Service needs",
    21910: "Invalid From and To pair. From and To should be of the same channel",
    30400: "A message is updated with either Status=canceled or an empty Body: {reason}",
    30409: "Message {sid} is not scheduled and cannot be canceled",
    35111: "SendAt is required when ScheduleType is fixed",
    35114: "SendAt {value} is not an ISO 8601 timestamp at least 5 minutes ahead",
    35115: "SendAt {value} is more than 35 days ahead",
    35118: "MessagingServiceSid is required to schedule a message",
    35126: "ScheduleType {value!r} is not supported; to send at SendAt it has to be fixed",
    60200: "Invalid parameter: {reason}",
    60202: "Max check attempts reached",
    60203: "Max send attempts reached",
    60204: "Custom code not allowed",
    60205: "SMS is not supported by landline phone number",
    63007: "Twilio could not find a Channel with the specified From address: {from_}",
    63031: "Channel message cannot have the same 'To' and 'From' addresses: {to}",
}


class Refusal(Exception):
    """A request the sandbox does not carry out.

    Attributes:
        status: the HTTP status that goes with `code`.
        retry_after: the seconds of its Retry-After; None without one.
    """

    def __init__(self, code: int, *, retry_after: int | None = None, **values: str) -> None:
        known = catalogue.explain(code)
        self.code = code
        self.retry_after = retry_after
        self.message = _TEXTS[code].format_map(values)
        self.status = (known.status if known else None) or _OTHER_STATUSES.get(code, 400)
        super().__init__(f"{code}: {self.message}")


def describe(code: int | None) -> str | None:
    """Return the sentence that goes with the error code of a message, None where there is none."""
    if code is None:
        return None
    known = catalogue.explain(code)
    return known.meaning if known else "Unknown error"


NOT_IMPLEMENTED = 501
"""The code of it, and its HTTP status: Twilio has no error code for it, whose codes have five digits."""

NO_MORE_OF_A_SUBACCOUNT = "Of a sub-account the sandbox has no more than the account itself."

HEADER = ("X-Tuilio-Sandbox", "not-implemented")


class NotInSandbox(Refusal):
    """A request for something that Twilio has and the sandbox has not.

    Args:
        message: a sentence about it.
        operation: what all such requests have in common, where the sentence is about one of them.
    """

    def __init__(self, message: str, operation: str = "") -> None:
        super().__init__(NOT_IMPLEMENTED)
        self.message = message
        self.operation = operation or message
