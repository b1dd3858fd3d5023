"""The one table of actions: name, key, words. Key bindings, the footer, the palette and F1 all read it.

A plain key stands beside every chord, since terminals do not pass every chord. Keys that tmux, screen or a
terminal takes for itself (ctrl+b, ctrl+a, ctrl+m, ctrl+i, ctrl+h, ctrl+j) are not used.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do.

    Attributes:
        name: the method to run, as Textual names it (`action_` + name), with its namespace where it is not local.
        keys: Textual's key names, the one to show first.
        words: two or three words for the footer; the palette shows them too.
        help: one sentence for F1 and the palette.
        footer: whether the footer offers it where it works.
        priority: whether it works before what has the focus sees the key, so also while somebody types.
        id: what `keys.toml` calls it, with its place; no two have the same.
    """

    name: str
    keys: str
    words: str
    help: str
    footer: bool = True
    priority: bool = False
    id: str = ""

    @property
    def shown_key(self) -> str:
        """The key as the footer prints it."""
        return show_key(self.keys.split(",")[0])


_NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "delete": "del",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}

_SIGNS = {
    "at": "@",
    "slash": "/",
    "backslash": "\\",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}
"""Characters whose names in Textual are not their names in Unicode."""


def character_of(key: str) -> str:
    """The visible character that a key types, of which Textual knows only a name; empty for any other key."""
    if len(key) == 1 or key in _SIGNS:
        return _SIGNS.get(key, key)
    try:
        character = unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return ""
    return character if character.isprintable() and not character.isspace() else ""


def show_key(key: str) -> str:
    """A key in few cells: `ctrl+s` is ^s, `f1` is F1."""
    if key.startswith("ctrl+"):
        return "^" + show_key(key[5:])
    if key.startswith("alt+"):
        return "alt+" + show_key(key[4:])
    if key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _NAMES.get(key) or character_of(key) or key


def key_shown(shown: str) -> str:
    """The key that is printed so, as Textual names it; empty for what is no single key."""
    if shown.startswith("^") and len(shown) > 1:
        return f"ctrl+{shown[1:]}"
    if shown.startswith("alt+"):
        return f"alt+{key_shown(shown[4:])}"
    if shown[:1] == "F" and shown[1:].isdigit():
        return shown.lower()
    named = {name: key for key, name in _NAMES.items()}
    return named.get(shown) or (shown if len(shown) == 1 or shown == "space" else "")


def _of(place: str, *actions: Action) -> tuple[Action, ...]:
    """The actions of a place, each with its id; `app.go('console')` is called `everywhere.console`."""
    named: list[Action] = []
    for action in actions:
        name = action.name.removeprefix("app.").removeprefix("go('").removesuffix("')")
        anywhere = "_anywhere" if action.priority and action.name.startswith("app.go") else ""
        named.append(replace(action, id=f"{place}.{name}{anywhere}"))
    return tuple(named)


PLACES = (
    ("messages", "Messages"),
    ("compose", "Compose"),
    ("delivery", "Delivery"),
    ("console", "Console"),
    ("webhooks", "Webhooks"),
    ("connections", "Connections"),
)
"""The places a person can stand, in the order of their keys 1 to 6."""

_FROM_A_FORM = ("f2", "f3", "f4", "f5", "f6", "alt+o")
"""The keys that lead to them while somebody types a digit. F7 has another meaning in forms."""


def _go_to(place: str, title: str) -> str:
    """What going to a place is for, where its title does not have the words that people look for."""
    about = ": what failed and with which errors, rates and totals, what was spent" if place == "delivery" else ""
    return f"Go to {title}{about}."


EVERYWHERE = _of(
    "everywhere",
    Action("app.help", "f1,question_mark", "Help", "Explain this screen and its keys."),
    *(
        Action(f"app.go('{place}')", str(number), title, _go_to(place, title), footer=False)
        for number, (place, title) in enumerate(PLACES, start=1)
    ),
    *(
        Action(f"app.go('{place}')", key, title, _go_to(place, title), footer=False, priority=True)
        for key, (place, title) in zip(_FROM_A_FORM, PLACES, strict=True)
    ),
    Action("app.jobs", "J", "Jobs", "List the jobs, campaigns and bulk changes: what runs, what waits.", footer=False),
    Action("app.switch_connection", "ctrl+o,at", "Connection", "Use another connection.", footer=False),
    Action("app.command_palette", "ctrl+p,colon", "Commands", "Find any action by its name."),
    Action("app.leave", "ctrl+q,ctrl+c,q", "Quit", "Leave; asks when a draft or a send would be left behind."),
)

MESSAGES = _of(
    "messages",
    Action("compose", "n", "New", "Write a new message."),
    Action("reply", "y", "Reply", "Write to the other side of this message."),
    Action(
        "send_again",
        "s",
        "Send again",
        "Start a new message with this one's text and recipient.",
        footer=False,
    ),
    Action("cancel_scheduled", "u", "Cancel", "Cancel this scheduled message.", footer=False),
    Action("why", "W", "Why", "Ask Twilio why this message did not arrive, or has not yet.", footer=False),
    Action("media", "m", "Media", "List this message's media: save, open, read, copy the URL, delete.", footer=False),
    Action("mark", "space", "Mark", "Mark this message, or unmark it, and go on to the next.", footer=False),
    Action("mark_all", "asterisk", "Mark all", "Mark all that the query finds, or unmark all again.", footer=False),
    Action(
        "change_many",
        "B",
        "Change many",
        "Redact, delete, cancel, send again or export the marked messages, or all that are listed.",
        footer=False,
    ),
    Action("filter", "slash,f", "Search", "Ask for some of the messages: words, numbers, days, status, code."),
    Action("copy", "c", "Copy", "Copy the SID, a number or the text."),
    Action("conversations", "t", "Conversations", "List the people, with the messages of each and a reply to them."),
    Action("figures", "S", "Figures", "How many of these arrived, why others did not, what it cost: in Delivery."),
    Action("name_number", "N", "Name", "Name the other side of this message; from there all names.", footer=False),
    Action("views", "V", "Views", "Choose a saved query, or save the one in force under a name."),
    Action("load_history", "L", "Load history", "Load older messages from Twilio, to search and sum them up."),
    Action("refresh", "r", "Refresh", "Ask Twilio for what is new."),
    Action("watch", "w", "Watch", "Let new messages and status changes appear by themselves, or stop that."),
    Action("view", "v", "Pager", "Read this message's text in your pager ($PAGER).", footer=False),
    Action("open_sid", "o", "Open SID", "Open any message by its SID, also out of a log line or a URL.", footer=False),
    Action("outbox", "ctrl+r", "Outbox", "What was sent from here, and what may have been sent or not.", footer=False),
    Action("show_raw", "b", "Raw", "Show this message as JSON in the console.", footer=False),
    Action("export", "e", "Export", "Write what is listed to a file, as CSV or JSON lines.", footer=False),
    Action("redact", "x", "Redact", "Empty the text of this message at Twilio, for good.", footer=False),
    Action("delete", "delete,D", "Delete", "Remove this message from Twilio, for good.", footer=False),
)

CONVERSATIONS = _of(
    "conversations",
    Action("reply", "y", "Reply", "Write to this person, from the number they wrote to."),
    Action("send_again", "s", "Send again", "Send the text of this message again, after the review.", footer=False),
    Action("why", "W", "Why", "Ask Twilio why this message did not arrive, or has not yet.", footer=False),
    Action("media", "m", "Media", "List this message's media: save, open, read, copy the URL, delete.", footer=False),
    Action("send", "ctrl+s,f9,ctrl+enter", "Review & send", "Check the reply once more, then send it."),
    Action("choose_sender", "f7", "Sender", "Send the reply from another of the account's numbers.", priority=True),
    Action("plain", "f8", "Plain text", "Replace characters that cost more by plain ones."),
    Action(
        "in_compose", "ctrl+t,n", "In Compose", "Write to this person in Compose, with media, a template or a schedule."
    ),
    Action("unread_only", "u", "Unread", "List only who wrote something unread, or all again."),
    Action("filter", "slash,f", "Search", "List those with a message that a query finds: words, numbers, days."),
    Action("copy", "c", "Copy", "Copy the text, the SID or a number."),
    Action("name_number", "N", "Name", "Name this person's number, or change its name.", footer=False),
    Action("mark_all_read", "A", "All read", "Mark every message as read; asks first.", footer=False),
    Action("refresh", "r", "Refresh", "Ask Twilio for what is new.", footer=False),
    Action("outbox", "ctrl+r", "Outbox", "What was sent from here, and what may have been sent or not.", footer=False),
    Action("messages", "t", "Messages", "Back to the list of messages."),
)

COMPOSE = _of(
    "compose",
    Action("send", "ctrl+s,f9,ctrl+enter", "Review & send", "Check everything once more, then send."),
    Action("choose_sender", "f7", "Senders", "Choose among the account's numbers and services.", priority=True),
    Action("back", "escape", "Back", "Leave the field, then this place; what is typed stays."),
    Action("receive", "ctrl+g", "To receiver", "Have Twilio report this message's status to the receiver of webhooks."),
    Action("choose_template", "f11,alt+c", "Templates", "Choose among the account's content templates.", priority=True),
    Action("plain", "f8", "Plain text", "Replace characters that cost more by plain ones."),
    Action("more", "ctrl+t", "More", "Show or hide media, schedule, callback and the rest."),
    Action("swap", "f10", "Other draft", "Change to the draft that was put aside; this one takes its place."),
    Action("outbox", "ctrl+r", "Outbox", "Show what was sent from here, and what may have been sent or not."),
    Action("to_many", "ctrl+n,m", "To many", "Send to many at once: the rows of a CSV file or pasted lines."),
    Action("edit", "f12,alt+e", "Editor", "Write the text in your editor ($VISUAL or $EDITOR).", footer=False),
    Action("clear", "ctrl+l", "Clear", "Start over with an empty draft; asks first.", footer=False),
    Action("resume", "enter", "Write on", "Go back into the form."),
)

CAMPAIGN = _of(
    "campaign",
    Action("plan", "ctrl+s,f9,ctrl+enter", "Check", "Check every row and show what would be sent. Nothing is sent."),
    Action("choose_sender", "f7", "Senders", "Choose a number, several in turn, or a service.", priority=True),
    Action("back", "escape", "Back", "Leave the field, then this form; what is typed stays."),
    Action("choose_template", "f11,alt+c", "Templates", "Choose among the account's content templates.", priority=True),
    Action("plain", "f8", "Plain text", "Replace characters that cost more by plain ones."),
    Action("more", "ctrl+t", "More", "Show or hide media, template, schedule, and when it stops by itself."),
    Action("edit", "f12,alt+e", "Editor", "Write the text in your editor ($VISUAL or $EDITOR).", footer=False),
    Action("clear", "ctrl+l", "Clear", "Start over with an empty form; asks first.", footer=False),
)

CAMPAIGN_PLAN = _of(
    "campaign_plan",
    Action("start", "ctrl+s,f9,ctrl+enter", "Start", "Send what this page shows; the count is to be typed first."),
    Action("trial", "t", "Trial", "Send one row's text to a number of your own, after the ordinary review."),
    Action("include_quiet", "h", "Quiet hours", "Include those where it is night, or leave them out again."),
    Action("find_row", "n,slash", "Row", "Go to a row by its number."),
    Action("export", "e", "Export", "Write these rows to a file, with what becomes of each."),
    Action("plan_again", "r", "Check again", "Check every row anew.", footer=False),
    Action("back", "escape", "Back", "Back to the form; stops the checking."),
)

OUTCOME = _of(
    "outcome",
    Action(
        "send_again", "s", "Send again", "Send the same as a new message: it did not arrive. The review comes first."
    ),
    Action("why", "W", "Why", "Ask Twilio why it did not arrive, or was refused.", footer=False),
    Action("rewrite", "e", "Edit as new", "Put it into the form, to change it and send it as a new message."),
    Action("new_message", "n", "New message", "Write another message from the same sender."),
    Action("open_message", "enter,o", "Open", "Show the message in full in Messages."),
    Action("media", "m", "Media", "List the message's media: save, open, read, copy the URL, delete."),
    Action("watch_on", "r", "Look again", "Ask Twilio for the message's status, and watch it for a while."),
    Action("check_again", "c,r", "Check again", "Look for the message in the account's list."),
    Action("mark_sent", "m", "Mark as sent", "You know that it was sent: settle it so."),
    Action("send_anyway", "s", "Send anyway", "Send it as another message; asks first, since it may arrive twice."),
    Action("write_on", "escape,e", "Back to the draft", "Return to what was typed; nothing is lost."),
    Action("conversation", "t", "Conversation", "Show what was exchanged with this person, and write to them there."),
    Action("done", "escape", "Done", "Return to the form, for another message.", footer=False),
    Action("copy_sid", "c", "Copy SID", "Hand the message's SID to the terminal's clipboard."),
)

OUTBOX = _of(
    "outbox",
    Action("why", "W", "Why", "Ask Twilio why this send did not arrive, or was refused.", footer=False),
    Action("conversation", "t", "Conversation", "Show what was exchanged with this person, and write to them there."),
    Action("filter", "slash,f", "Filter", "Narrow the list: words, numbers, states such as is:unknown or is:failed."),
    Action("export", "e", "Export", "Write what is listed to a file, as CSV."),
    Action("name_number", "N", "Name", "Name the recipient of this send; from there all names.", footer=False),
    Action("refresh", "r", "Read again", "Read the journal again.", footer=False),
    Action("back", "escape", "Back", "From one send to the list, from the list to where you came from."),
)

JOB = _of(
    "job",
    Action("go_on", "space,p", "Go on", "Begin, or go on with what is waiting: what was done is not done again."),
    Action("open_count", "enter", "List", "List the items behind this count."),
    Action("open_item", "enter", "Open", "Show the message of this item; of an unknown one, what can be done."),
    Action("pause", "space,p", "Pause", "Stop once what is under way is done; the same key goes on."),
    Action("stop", "X", "Stop for good", "Give up what is still waiting; asks first. What was sent stays sent."),
    Action("check_again", "u", "Check unknown", "Look for those that are unknown in the account's list. None is sent."),
    Action("why", "W", "Why", "Ask Twilio why this message did not arrive, or was refused.", footer=False),
    Action("to_failed", "f", "To the failed", "A second campaign, to those that failed only; nothing is sent yet."),
    Action("copy", "c", "Copy", "Copy the report as plain text, for a ticket."),
    Action("export", "e", "Export", "Write the report to a file: the columns it was made from, and what became."),
    Action("refresh", "r", "Read again", "Read the job and what is known of its messages again.", footer=False),
    Action("back", "escape", "Back", "From the items to the counts, from there to where you came from."),
)

JOBS = _of(
    "jobs",
    Action("open_job", "enter", "Open", "Show this job: how far it is, and what became of its items."),
    Action("remove", "delete,D", "Remove", "Remove this job from this computer; asks first. Messages stay."),
    Action("refresh", "r", "Read again", "Read the jobs again.", footer=False),
    Action("back", "escape", "Back", "Back to where you came from."),
)

DELIVERY = _of(
    "delivery",
    Action("why", "W", "Why", "Ask Twilio why the messages with this code did not arrive.", footer=False),
    Action(
        "period", "p", "Period", "Choose the period: today, 24 hours, 7 or 30 days, this month, all, your own days."
    ),
    Action("filter", "slash,f", "Search", "Count some of the messages only: words, numbers, days, status, code."),
    Action("copy", "c", "Copy", "Copy the figures as plain text, for a ticket."),
    Action("export", "e", "Export", "Write the figures to a file, as CSV."),
    Action("opt_outs", "o", "Opt-outs", "List who said STOP, or opted out, to which sender, and what was sent since."),
    Action("alerts", "a", "Alerts", "Show what Twilio itself noted in this period: errors, as its debugger has them."),
    Action(
        "money", "b", "Balance", "Show balance, state of the account, and spending: usage and cost as Twilio counts."
    ),
    Action("load_history", "L", "Load history", "Load older messages from Twilio, to count them as well."),
    Action("views", "V", "Views", "Choose a saved query, or save the one in force under a name.", footer=False),
    Action("refresh", "r", "Refresh", "Ask Twilio for what is new, and count again.", footer=False),
    Action("back", "escape", "Back", "Back to where the query came from; else drop the query.", footer=False),
)

OFFERED_EVERYWHERE = (
    *(("delivery", "Delivery", each) for each in DELIVERY if each.name in ("opt_outs", "alerts", "money")),
    *(("compose", "Compose", each) for each in COMPOSE if each.name == "to_many"),
)
"""What a place begins when it is gone to for that, so that the palette leads there from everywhere: the place, its
title, the action."""

ALERTS = _of(
    "alerts",
    Action("open_message", "o", "Open message", "Show the message that this alert is about."),
    Action("events", "w", "Webhook events", "Show the webhook events here that this alert concerns."),
    Action("unfold", "z", "Each", "List each alert of this line, or fold them into one again."),
    Action("ask_again", "r", "Ask again", "Ask Twilio anew: alerts may come minutes late."),
    Action("copy", "c", "Copy", "Copy the alert with its request and answer, its URL, a SID.", footer=False),
    Action("export", "e", "Export", "Write all alerts of the period to a file.", footer=False),
)

CONSOLE = _of(
    "console",
    Action("send", "ctrl+s,f9,ctrl+enter", "Send", "Send what the form says."),
    Action("section", "f7", "Section", "Go to the next part: query, headers, body, options.", priority=True),
    Action("answer", "escape", "Leave form", "Leave the form for the answer."),
    Action("headers", "f8", "Headers", "Go from the body to the answer's headers, to the request as sent, and back."),
    Action("stop", "ctrl+x", "Stop", "Stop the request under way.", priority=True),
    Action("open_link", "enter", "Follow", "Ask for the URI or URL under the cursor.", priority=True),
    Action(
        "explain_value",
        "enter",
        "What is it",
        "Say what the SID or phone number under the cursor is, and ask for it.",
        priority=True,
    ),
    Action("next_page", "ctrl+n,greater_than_sign", "Next page", "Ask for the page after this answer."),
    Action("previous_page", "alt+p,less_than_sign", "Previous page", "Ask for the page before this answer."),
    Action("back", "alt+left,left_square_bracket", "Back", "Show the request before this one; nothing is asked again."),
    Action("forward", "alt+right,right_square_bracket", "Forward", "Show the request after this one again."),
    Action("follow", "ctrl+g", "Redirect", "Go where the answer's redirect points; without credentials elsewhere."),
    Action("open_sid", "o", "Open message", "Show the message under the cursor in Messages."),
    Action("open", "ctrl+r", "Open", "Find a request: any of Twilio's operations, saved ones, earlier ones, examples."),
    Action("menu", "f10", "More", "Save under a name, copy as curl, Python or HTTPie, the history."),
    Action("save_body", "s", "Save body", "Write the answer's body to a file."),
    Action("view", "v", "Pager", "Read the answer's body in your pager ($PAGER).", footer=False),
    Action("read_as", "t", "Read as", "Show the answer as JSON, text or bytes; nothing is asked again.", footer=False),
    Action("copy_value", "c", "Copy", "Copy the value under the cursor.", footer=False),
    Action("copy_path", "C", "Copy path", "Copy the path of the value under the cursor.", footer=False),
    Action("use_value", "dollar_sign", "Use as $…", "Save the value under the cursor as a variable for requests."),
    Action("variables", "alt+v", "Variables", "List the variables of requests, change them, insert one.", footer=False),
    Action(
        "exchange",
        "alt+x",
        "Requests as files",
        "Export saved requests to a directory that can be kept in git, or import them.",
        footer=False,
    ),
    Action("compare", "equals_sign", "Compare", "Compare this answer with another that was asked for.", footer=False),
    Action("asked", "alt+a,a", "Asked so far", "List what was asked, and show one of these again.", footer=False),
    Action("edit", "f12,alt+e", "Editor", "Write the query, headers or body in your editor.", footer=False),
    Action("format", "f11,alt+j", "Format JSON", "Write the body's JSON one value a line, or go to its mistake."),
    Action("name", "alt+s", "Save request", "Save this request under a name.", footer=False),
)

WEBHOOKS = _of(
    "webhooks",
    Action("start", "s", "Start", "Listen for webhooks."),
    Action("adopt", "i", "Adopt", "Take the public URL or the path that this request was meant for into the settings."),
    Action("text_me", "t", "Text me", "Have the sandbox text a number that sends its messages here."),
    Action("reply", "y", "Reply", "Write to whoever sent this message, from the number they wrote to."),
    Action("play_again", "p", "Play again", "Send the same request to your program once more."),
    Action("set_up", "u", "Set up", "Port, public URL, paths, who may reach it, and the reply to messages."),
    Action("filter", "slash,f", "Filter", "Narrow the list by text, kind or verdict."),
    Action("copy", "c", "Copy", "Copy the text, a SID, a number, or the request as a curl command."),
    Action("stop", "s", "Stop", "Stop listening; what has arrived is kept."),
    Action("numbers", "m", "Numbers", "Give this URL to one of the account's numbers, or put back what it had."),
    Action("own_event", "T", "Test event", "Send a signed webhook of your own to any local URL."),
    Action("public_address", "P", "Public address", "Get a public https URL through a tunnel program, or end it."),
    Action("open_message", "o", "Message", "Show the message of this event in Messages."),
    Action("media", "M", "Media", "List the media of this message: save, open, read, copy the URL, delete."),
    Action("conversation", "h", "Conversation", "Show what was exchanged with who sent this, and write to them there."),
    Action("forwarding", "F", "Forward", "Forward what arrives to your own program, or stop that."),
    Action("name_number", "N", "Name", "Name the other side of this event; from there all names.", footer=False),
    Action("why", "W", "Why", "Ask Twilio why the message of this event did not arrive.", footer=False),
    Action(
        "alerts",
        "a",
        "Alerts",
        "Ask Twilio what it noted when this webhook, or the receiver's URL, failed.",
        footer=False,
    ),
    Action("signing", "w", "Signing", "Have the sandbox sign wrongly, to see how that is rejected.", footer=False),
    Action(
        "play_elsewhere",
        "A",
        "Play elsewhere",
        "Send the same request to another URL, which is asked for.",
        footer=False,
    ),
    Action("refresh", "r", "Read again", "Read the list from the store, with events that came too fast.", footer=False),
    Action("export", "e", "Export", "Write the events to a file, as JSON lines.", footer=False),
    Action("clear", "delete,D", "Clear", "Delete every event that is kept; asks first.", footer=False),
)

WHY = _of(
    "why",
    Action("open_request", "enter", "Request", "Put the request behind this check into the console; it is not sent."),
    Action("look_up", "l", "Look up", "Ask what kind of line the number is. It costs money: the price is asked about."),
    Action("copy", "c", "Copy", "Copy the verdict and the checks for a ticket, or the request of this check."),
    Action("ask_again", "r", "Ask again", "Ask everything anew; what was paid for is not asked twice."),
    Action("back", "escape", "Back", "Back to where you came from; what is being asked is stopped."),
)

CONNECTIONS = _of(
    "connections",
    Action("use", "enter", "Use", "Use this connection now."),
    Action("add", "a,n", "Add", "Add a connection."),
    Action("edit", "e", "Edit", "Change this connection."),
    Action("test", "t", "Test", "Ask Twilio one question with it."),
    Action("make_default", "d", "Default", "Start with this connection from now on."),
    Action("remove", "delete,x", "Delete", "Delete this connection; asks first."),
    Action("forget", "f", "Forget", "Remove its messages that are kept on this computer; asks first.", footer=False),
    Action("sandbox", "s", "Sandbox", "Use the embedded Twilio: no account, nothing leaves this machine."),
    Action(
        "import_environment",
        "i",
        "Import",
        "Import this shell's TWILIO_* variables, or a profile of Twilio's CLI.",
        footer=False,
    ),
    Action("mend", "m", "Repair", "Set an unreadable file aside, or close a file that others may read."),
    Action("reread", "r", "Read again", "Read connections.toml again, after you changed it.", footer=False),
    Action("stop_test", "escape", "Stop", "Stop the test under way."),
)

CONNECTION_FORM = _of(
    "connection_form",
    Action("save", "ctrl+s,f9", "Save", "Check everything and write it to connections.toml."),
    Action("test", "f8,ctrl+t", "Test", "Ask Twilio one question with what is typed; saves nothing."),
    Action("close", "escape", "Back", "Back to the list; asks when something was typed."),
)


TABLES: dict[str, tuple[Action, ...]] = {
    "everywhere": EVERYWHERE,
    "messages": MESSAGES,
    "conversations": CONVERSATIONS,
    "compose": COMPOSE,
    "campaign": CAMPAIGN,
    "campaign_plan": CAMPAIGN_PLAN,
    "outcome": OUTCOME,
    "outbox": OUTBOX,
    "job": JOB,
    "jobs": JOBS,
    "delivery": DELIVERY,
    "alerts": ALERTS,
    "console": CONSOLE,
    "webhooks": WEBHOOKS,
    "why": WHY,
    "connections": CONNECTIONS,
    "connection_form": CONNECTION_FORM,
}
"""Every action, by the place it belongs to."""


def bindings(actions: tuple[Action, ...]) -> list[Binding]:
    """Textual's bindings for a part of the table."""
    return [
        Binding(
            action.keys,
            action.name,
            action.words,
            show=action.footer,
            key_display=action.shown_key,
            tooltip=action.help,
            priority=action.priority,
            id=action.id,
        )
        for action in actions
    ]
