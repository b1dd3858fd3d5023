"""What can be done with messages: copy, open by SID, export, redact, cancel, delete.

What cannot be undone asks first and says what it will do; what is copied or saved is the original text. Dialogs are
imported when one is shown: the list is there sooner without them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.safe_text import glimpse, safe_text
from tui.screens.base import DraftPrefill, OpenCompose
from tui.twilio.addresses import find_message_sids
from tui.twilio.error_catalogue import page_of
from tui.twilio.errors import RequestFailed
from tui.twilio.message import PROBLEMS, has_trouble

if TYPE_CHECKING:
    from array import array

    from tui.screens.base import BaseScreen
    from tui.services.message_archive import MessageArchive
    from tui.services.session import Account
    from tui.twilio.messages import Message
    from tui.widgets.dialogs import Confirm, TypeToConfirm

ROWS_AT_ONCE: Final = 500
"""Messages that an export holds in memory."""


def called_for(message: Message | None, now: datetime) -> frozenset[str]:
    """The names of the actions that a message calls for besides those that are always offered."""
    if message is None:
        return frozenset()
    wanted = {
        "send_again": message.status in PROBLEMS and not message.inbound,
        "why": has_trouble(message, now),
        "media": bool(message.num_media),
        "cancel_scheduled": message.status == "scheduled",
    }
    return frozenset(name for name, so in wanted.items() if so)


def send_again(screen: BaseScreen, message: Message, *, review: bool = False) -> None:
    """A new draft with the same text, in Compose: nothing is sent yet."""
    sender = message.messaging_service_sid or message.from_
    seed = DraftPrefill(to=message.to, from_=sender, body=message.body, failed_with=message.error_code)
    screen.post_message(OpenCompose(seed, review=review))


def copy_message(screen: BaseScreen, message: Message) -> None:
    """Ask which part of a message to copy."""
    from tui.widgets.copying import offer_copies

    parts = {
        "text": ("the text", message.body),
        "SID": ("the SID", message.sid),
        "other number": ("the other number", message.other_party),
        "own number": ("our number", message.own_party),
        "error": ("Twilio's page on the error", "" if message.error_code is None else page_of(message.error_code)),
        "JSON": ("the message as JSON", json.dumps(dict(message.raw), indent=2, ensure_ascii=False)),
    }
    plain = "\n\n".join(text for key, (_, text) in parts.items() if key != "JSON" and text)
    offer_copies(screen, parts, plainly="show plainly, to select it by hand", plain=plain, again="messages.copy")


# -- opening ---------------------------------------------------------------------------------------------


def ask_for_sid(screen: BaseScreen, entered: Callable[[str], None], *, typed: str = "", words: str = "") -> None:
    """Ask for a message SID, or for a text that holds one; of several, which.

    Args:
        screen: over which the question stands.
        entered: called with the SID.
        typed: what stands in the field.
        words: what was wrong with it.
    """
    from tui.widgets.dialogs import Ask, Choice, Choose

    def answered(text: str | None) -> None:
        sids = find_message_sids(text or "")
        if len(sids) == 1:
            entered(sids[0])
        elif sids:
            choices = [Choice(sid, sid) for sid in sids]
            screen.app.push_screen(Choose("Open which message?", choices), lambda sid: entered(sid) if sid else None)

    ask = Ask("Open a message", safe_text(words), value=typed, placeholder="SM…", check=check_sid, action="Open")
    screen.app.push_screen(ask, answered)


def check_sid(text: str) -> str:
    """What is wrong with a text that should hold a message SID; empty for nothing."""
    return "" if find_message_sids(text) else "No message SID in that text (SM or MM and 32 hex digits)."


# -- exporting -------------------------------------------------------------------------------------------


Find = Callable[[], Awaitable["array[int]"]]
"""Finds the row numbers of messages, oldest first."""


def export_messages(screen: BaseScreen, archive: MessageArchive, find: Find, coverage: str) -> None:
    """Ask for a file, and write to it every message that is found in the archive, newest first.

    Args:
        screen: over which the question stands, and whose workers write.
        archive: what is read, piece by piece; it has to stay open meanwhile.
        find: finds what is written.
        coverage: a sentence about what the archive covers, such as “All since 1 Sep; L loads more.”
    """
    screen.work(partial(_ask_to_export, screen, archive, find, coverage), group="export", asks=True)


async def _ask_to_export(screen: BaseScreen, archive: MessageArchive, find: Find, coverage: str) -> None:
    # Read when first needed: the list is there before anybody exports it.
    from tui.screens.export_dialog import Export, ExportProgress, NothingToWrite, ask_to_export
    from tui.screens.messages.export import ENDINGS, FORMS, write

    rows = await find()
    account = screen.session.account
    if not rows:
        screen.app.notify(safe_text(f"No message matches, so there is nothing to export. {coverage}"), markup=False)
        return
    senders = account.senders.offered if account is not None and account.senders is not None else ()
    names = {sender.address: sender.label for sender in senders}
    name_of = screen.session.contacts.name_of
    loop, progress = asyncio.get_running_loop(), ExportProgress(len(rows))

    def read() -> Iterator[Message]:
        for end in range(len(rows), 0, -ROWS_AT_ONCE):
            # Whoever left before the thread came to it leaves no loop that would answer for certain.
            progress.count(0)
            newest_first = rows[max(0, end - ROWS_AT_ONCE) : end][::-1]
            try:
                found = asyncio.run_coroutine_threadsafe(archive.read(newest_first), loop).result()
            except (CancelledError, RuntimeError):
                found = []
            if not any(found):
                raise NothingToWrite("The archive was closed, so nothing was written. Export it again.")
            yield from (message for message in found if message is not None)
            progress.count(len(newest_first))

    def write_to(path: Path, replace: bool) -> str:
        count = write(read(), path, replace=replace, names=names, name_of=name_of)
        gone = len(rows) - count
        missing = f" ({gone:,} more were changed or removed meanwhile: export again to have them)" if gone else ""
        return f"{_counted(count)}{missing}"

    words = f"{_counted(len(rows))} match. {coverage} {FORMS}"
    name = f"messages-{screen.session.clock().astimezone():%Y%m%d-%H%M}.csv"
    ask_to_export(screen, Export("Export", words, name, write_to, ENDINGS, progress=progress))


def _counted(messages: int) -> str:
    return f"{messages:,} message{'' if messages == 1 else 's'}"


# -- changing it at Twilio -------------------------------------------------------------------------------


def show_media(screen: BaseScreen, message: Message) -> None:
    """List the media of a message; where it has none, say so."""
    from tui.screens.media_dialog import open_media_dialog

    if not message.num_media:
        screen.app.notify("This message has no media.", markup=False)
    elif (account := screen.session.account) is not None:
        open_media_dialog(screen, message.sid, account)


def redact_message(screen: BaseScreen, message: Message) -> None:
    """Empty the text at Twilio, after a question; and remove the media of it, where that is wanted as well."""
    from tui.twilio.messages import redact
    from tui.widgets.dialogs import Confirm, ConfirmMore

    count = message.num_media or 0
    files, stay = ("One file", "stays") if count == 1 else (f"{count} files", "stay")
    if not message.body and not count:
        _explain(screen, "There is no text to redact", "It was emptied before, or there never was any.")
    elif not message.body:
        words = _about(screen, message, f"There is no text to redact. {files} can be removed from Twilio, for good.")
        question = Confirm("Delete the media?", words, yes="Delete them")
        _ask_then_do(
            screen, message, question, partial(_delete_media, screen, message), "Delete", "The media are gone."
        )
    else:
        words = "Its text is emptied at Twilio, for good."
        question = Confirm("Redact this message?", _about(screen, message, words), yes="Redact")
        if count:
            words += f" {files} that came with it {stay} at Twilio, unless removed as well."
            question = ConfirmMore(
                "Redact this message?", _about(screen, message, words), yes="Redact the text", more="Text and media"
            )

        async def change(account: Account) -> Message:
            if isinstance(question, ConfirmMore) and question.wants_more:
                # First: where that fails the text is still there to say of which message it was.
                await _delete_media(screen, message, account)
            return await redact(account.client, message.sid)

        def done() -> str:
            more = isinstance(question, ConfirmMore) and question.wants_more
            return "The text is emptied, and the media are gone." if more else "The text is emptied."

        _ask_then_do(screen, message, question, change, "Redact", done)


async def _delete_media(screen: BaseScreen, message: Message, account: Account) -> Message:
    """Remove all files of a message from Twilio, and return the message as it is then."""
    from tui.twilio.messages import fetch

    media = screen.session.media(account)
    for each in await media.list(message.sid):
        await media.delete(message.sid, each)
    return await fetch(account.client, message.sid)


def cancel_message(screen: BaseScreen, message: Message) -> None:
    """Cancel a scheduled message, after a question."""
    from tui.twilio.messages import cancel
    from tui.widgets.dialogs import Confirm

    if message.status != "scheduled":
        words = f"Only a message that is scheduled for later can be; this one is {message.status or 'of no status'}."
        _explain(screen, "Nothing to cancel", safe_text(words, limit=120))
        return
    words = _about(screen, message, "It will not be sent.")
    question = Confirm("Cancel this scheduled message?", words, yes="Cancel it", no="Keep it")
    _ask_then_do(screen, message, question, lambda account: cancel(account.client, message.sid), "Cancel", "Canceled.")


def delete_message(screen: BaseScreen, message: Message) -> None:
    """Remove a message from Twilio, after a typed word."""
    from tui.twilio.messages import delete
    from tui.widgets.dialogs import TypeToConfirm

    words = _about(screen, message, "It is removed from the account, for good. A text that was sent stays sent.")
    question = TypeToConfirm("Delete this message?", words, word="delete", action="Delete")
    _ask_then_do(
        screen,
        message,
        question,
        lambda account: delete(account.client, message.sid),
        "Delete",
        "The message is deleted.",
    )


def _explain(screen: BaseScreen, title: str, words: str) -> None:
    from tui.widgets.dialogs import Notice

    screen.app.push_screen(Notice(title, words))


def _about(screen: BaseScreen, message: Message, words: str) -> Content:
    from tui.widgets.address_names import name_and_number

    sender = name_and_number(screen.session, message.from_ or message.messaging_service_sid)
    head = Content.styled(f"{sender} → {name_and_number(screen.session, message.to)}", "bold")
    return Content("\n").join([head, Content.styled(glimpse(message.body, 120), "$quiet"), Content(words)])


def _ask_then_do(
    screen: BaseScreen,
    message: Message,
    question: Confirm | TypeToConfirm,
    change: Callable[[Account], Awaitable[Message | None]],
    what: str,
    done: str | Callable[[], str],
) -> None:
    """Ask, change the message with the account that is in use now, and tell every screen; None means it is gone."""
    if (account := screen.account_in_use()) is None:
        return

    async def change_it() -> None:
        try:
            changed = await change(account)
        except RequestFailed as problem:
            screen.app.notify(safe_text(f"{what}: {problem}"), severity="error", timeout=12, markup=False)
            return
        if changed is None:
            await screen.session.changes.deleted(account, message.sid)
        else:
            await screen.session.changes.known(account, changed, redacted=bool(message.body and not changed.body))
        screen.app.notify(done if isinstance(done, str) else done(), markup=False)

    def answered(answer: bool | str | None) -> None:
        if answer:
            screen.work(change_it, group="change")

    screen.app.push_screen(question, answered)
