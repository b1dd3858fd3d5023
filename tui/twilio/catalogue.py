"""Twilio's error codes in plain words: what each means, and what to do next.

A table and one look-up. It explains; it decides nothing: what the program does about an error must not hang
on an entry here. Meanings follow Twilio's public error dictionary. `status` is the HTTP status the code comes
with when a request is refused; the 3xxxx and 63xxx codes have none, since they arrive later, in a message's
`error_code` or in a status callback. (The status of 20009 and of the messaging service's 217xx codes is the
least certain.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code: the HTTP status it comes with (None when it arrives later), its meaning and its remedy."""

    code: int
    status: int | None
    meaning: str
    remedy: str


def explain(code: int | None) -> Explanation | None:
    """Explain `code`, or give None for no code and for one that is not in the table."""
    return None if code is None else CATALOGUE.get(code)


_EXPLANATIONS: Final = (
    # The account and the connection
    Explanation(
        20003,
        401,
        "Twilio refused these credentials.",
        "Check that the SID and the secret belong together, look for stray spaces, and compare the region. "
        "A Standard API key is also refused on /Accounts and /Keys: use the auth token there.",
    ),
    Explanation(20005, 401, "This account is not active.", "Look at the account's standing in the Twilio Console."),
    Explanation(
        20008,
        403,
        "Test credentials cannot use this part of the API.",
        "Use the account's live credentials for it.",
    ),
    Explanation(
        20009,
        409,
        "The message is still on its way, so this cannot be done yet.",
        "Wait a minute, refresh, and try again once its status is final.",
    ),
    Explanation(
        20404,
        404,
        "This account has nothing at that SID or path.",
        "Check the SID, and that it belongs to the account in use.",
    ),
    Explanation(
        20429,
        429,
        "Too many requests at the same time; this one was not processed.",
        "Wait a little and try again: repeating is safe.",
    ),
    Explanation(
        20500,
        500,
        "Something failed inside Twilio.",
        "Reading again is safe. Before sending again, look whether the message is already in the list.",
    ),
    Explanation(
        20503,
        503,
        "Twilio is unavailable for the moment.",
        "Reading again is safe. Before sending again, look whether the message is already in the list.",
    ),
    # What was typed
    Explanation(
        21211,
        400,
        "To is not a valid phone number.",
        "Write it with + and the country code, like +14155550100.",
    ),
    Explanation(
        21212,
        400,
        "From is not a valid phone number, short code or sender name.",
        "Choose one of the account's numbers, written with + and the country code.",
    ),
    Explanation(21266, 400, "To and From are the same number.", "Change one of them."),
    Explanation(
        21408,
        400,
        "This account may not send to that country.",
        "Enable the country under Messaging geo permissions in the Twilio Console.",
    ),
    Explanation(21602, 400, "The message has no body.", "Type a body, or attach media."),
    Explanation(21603, 400, "The message has no sender.", "Fill in From, or choose a messaging service."),
    Explanation(21604, 400, "The message has no recipient.", "Fill in To."),
    Explanation(
        21605,
        400,
        "The body is longer than this sender may send.",
        "Shorten it, or send it in several messages.",
    ),
    Explanation(
        21606,
        400,
        "From cannot send text messages, at least not to this recipient.",
        "Choose one of the account's numbers that can send SMS.",
    ),
    Explanation(
        21608,
        400,
        "A trial account can only text verified numbers, and To is not one.",
        "Verify the number in the Twilio Console, or upgrade the account.",
    ),
    Explanation(
        21609,
        400,
        "The status callback is not a URL Twilio can call.",
        "Give a full http:// or https:// address whose host has no underscore, or leave it empty.",
    ),
    Explanation(
        21610,
        400,
        "The recipient has opted out of messages from this sender.",
        "Do not try again: they have to text START to this sender first.",
    ),
    Explanation(
        21611,
        429,
        "This sender's queue is full.",
        "Wait for it to drain and send more slowly, or spread the load over more senders.",
    ),
    Explanation(
        21612,
        400,
        "Twilio has no route from this sender to this recipient.",
        "Try another kind of sender, or a number of the recipient's country.",
    ),
    Explanation(
        21614,
        400,
        "To is not a mobile number, so it cannot receive texts.",
        "Check the number, or ask for a mobile one.",
    ),
    Explanation(21617, 400, "The body is over 1600 characters.", "Shorten it, or split it."),
    Explanation(
        21618,
        400,
        "This sender may not send that body.",
        "Change the text and take out anything unusual, then try again.",
    ),
    Explanation(21620, 400, "A media URL is not valid.", "Give a public http:// or https:// address of a file."),
    Explanation(21623, 400, "More than 10 media are attached.", "Attach at most 10, or send two messages."),
    Explanation(
        21635,
        400,
        "To is a landline, which cannot receive texts.",
        "Check the number, or ask for a mobile one.",
    ),
    Explanation(
        21659,
        400,
        "From is not a Twilio number for this country.",
        "Choose one of the account's own numbers, short codes or sender names.",
    ),
    Explanation(
        21660,
        400,
        "From belongs to another account.",
        "Choose a number of this account, or switch to the connection that owns it.",
    ),
    Explanation(
        21910,
        400,
        "To and From are on different channels.",
        "Put the same prefix, such as whatsapp:, on both or on neither.",
    ),
    # Messaging services
    Explanation(
        21701,
        400,
        "That messaging service does not exist in this account.",
        "Check the SID that begins with MG, or choose another service.",
    ),
    Explanation(
        21703,
        400,
        "The messaging service has no sender that can reach this recipient.",
        "Add a suitable number to its sender pool.",
    ),
    Explanation(21704, 400, "The messaging service has no senders at all.", "Add a number to its sender pool."),
    Explanation(
        21705,
        400,
        "That is not the SID of a messaging service.",
        "Check it: MG, then 32 hexadecimal digits.",
    ),
    # Scheduling
    Explanation(35111, 400, "The message is scheduled, but no time is given.", "Set a send time, or send it now."),
    Explanation(
        35114,
        400,
        "The send time is too soon, or too far away, to be scheduled.",
        "Choose a time more than 5 minutes and less than 35 days ahead.",
    ),
    Explanation(
        35115,
        400,
        "The send time is too soon, or too far away, to be scheduled.",
        "Choose a time more than 5 minutes and less than 35 days ahead.",
    ),
    Explanation(
        35118,
        400,
        "A message can only be scheduled through a messaging service.",
        "Choose a messaging service as the sender, or send it now.",
    ),
    # What became of the message
    Explanation(
        30001,
        None,
        "The message was dropped because the queue was full.",
        "Send it again, more slowly.",
    ),
    Explanation(
        30002,
        None,
        "The account was suspended before the message went out.",
        "Check the balance and the account's standing, or write to Twilio support.",
    ),
    Explanation(
        30003,
        None,
        "The phone is switched off or cannot be reached.",
        "Try again later; if it keeps failing, check the number.",
    ),
    Explanation(
        30004,
        None,
        "The recipient or their carrier blocks this message.",
        "Ask the recipient whether they block you, and review the text and the sender's registration.",
    ),
    Explanation(
        30005,
        None,
        "The number does not exist, or no longer does.",
        "Check the number, and stop using it if it is right.",
    ),
    Explanation(
        30006,
        None,
        "The number is a landline, or its carrier takes no texts.",
        "Ask for a mobile number, and stop texting this one.",
    ),
    Explanation(
        30007,
        None,
        "A carrier filtered the message as unwanted.",
        "Review the text, links above all, and see that the sender is registered for this use.",
    ),
    Explanation(
        30008,
        None,
        "Delivery failed, and the carrier gave no reason.",
        "Send it once more; if that fails too, try another sender or write to Twilio support.",
    ),
    Explanation(
        30009,
        None,
        "A part of a message that came in was lost on the way.",
        "Ask the sender to send it again.",
    ),
    Explanation(
        30010,
        None,
        "The message costs more than the highest price allowed for it.",
        "Raise the maximum price, or leave it empty.",
    ),
    Explanation(
        30022,
        None,
        "The sender went over the rate its carrier registration allows.",
        "Send more slowly, or add senders.",
    ),
    Explanation(
        30023,
        None,
        "The sender used up what its carrier registration allows in a day.",
        "Continue tomorrow, or register for a higher daily limit.",
    ),
    Explanation(
        30032,
        None,
        "The toll-free sender is not verified.",
        "Submit its toll-free verification in the Twilio Console, or use another sender.",
    ),
    Explanation(
        30034,
        None,
        "The US sender is not registered for business texting (A2P 10DLC).",
        "Register a brand and a campaign and add the number to it, or use a verified toll-free number.",
    ),
    Explanation(
        30035,
        None,
        "The sender is registered, but still being set up.",
        "Wait for the set-up to finish, or use another sender.",
    ),
    Explanation(
        30036,
        None,
        "The message waited longer than its validity period.",
        "Give it a longer validity period, or send more slowly.",
    ),
    Explanation(
        30450,
        None,
        "Twilio held the message back: it looks like fraud by message pumping.",
        "Wait, then look who causes these sends before you try again.",
    ),
    # Channels: WhatsApp, Messenger, RCS
    Explanation(
        63003,
        None,
        "The channel does not know this recipient.",
        "Check the address, and that they use the channel.",
    ),
    Explanation(
        63007,
        None,
        "From is not a sender of this channel in this account.",
        "Choose a sender that is set up for the channel, with its prefix, such as whatsapp:.",
    ),
    Explanation(
        63015,
        None,
        "The WhatsApp sandbox only reaches people who joined it.",
        "Ask the recipient to join the sandbox, or use a sender of your own.",
    ),
    Explanation(
        63016,
        None,
        "The recipient has not written for 24 hours, so free text is not allowed.",
        "Send an approved template, or wait for them to write.",
    ),
    Explanation(63018, None, "The channel's rate limit was reached.", "Send more slowly, then try again."),
    Explanation(
        63024,
        None,
        "The channel does not accept this recipient.",
        "Check the address, and that they use the channel.",
    ),
)

CATALOGUE: Final[Mapping[int, Explanation]] = MappingProxyType({entry.code: entry for entry in _EXPLANATIONS})
"""Every explanation, by its code."""
