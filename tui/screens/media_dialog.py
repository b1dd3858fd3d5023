"""The dialog of a message's media: what they are, and to save, open, read, copy the URL of, or remove one.

Nothing is fetched or opened by looking at the list: only by the key that says so. What may do harm when it is opened
asks first, and says why; a program is never opened. A file that was fetched goes with the dialog, one that was opened
with the program.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlsplit

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.safe_text import glimpse, safe_text
from tui.screens.export_dialog import Export, NothingToWrite, ask_to_export
from tui.screens.list_detail import ListDetailScreen
from tui.services.media import FetchedMedia, copy_whole
from tui.services.tunnel import without_secrets
from tui.size_format import say_size
from tui.storage.files import read_regular
from tui.twilio.errors import RequestFailed
from tui.twilio.media import Media
from tui.twilio.media_kinds import say_file, say_type
from tui.widgets.copying import copy_text
from tui.widgets.dialogs import Confirm, Dialog, key_line
from tui.widgets.external_programs import OutsideFailed, no_opener, open_outside
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.services.session import Account

LARGEST_READ: Final = 8 * 1024 * 1024
"""Bytes of a text that are given to a pager."""

_Then = Callable[[FetchedMedia], Awaitable[None]]

_FETCH = "media-fetch"
_LIST = "media-list"
_DO = "media-do"
"""The groups of the screen's workers."""


def open_media_dialog(screen: BaseScreen, message_sid: str, account: Account) -> None:
    """List the media of a message: asked of Twilio, as known from before until it has answered."""
    known = screen.session.media(account).known(message_sid) or ()
    _open(screen, MediaDialog(screen, account, message_sid, known))


def open_webhook_media(screen: BaseScreen, account: Account, files: Sequence[tuple[str, str]]) -> None:
    """List the media that a webhook named, as URL and type. Only what is this account's is asked for as its own."""
    media = screen.session.media(account)
    sid, found = "", list[Media]()
    for url, content_type in files:
        own = media.own(url)
        if own is not None and sid in ("", own[0]):
            sid = own[0]
            known = {each.sid: each for each in media.known(sid) or ()}
            found.append(known.get(own[1]) or Media(own[1], content_type))
        else:
            found.append(Media("", content_type, url=url))
    _open(screen, MediaDialog(screen, account, sid, found, whole=True))


def _open(screen: BaseScreen, dialog: MediaDialog) -> None:
    def closed(_: None) -> None:
        if isinstance(screen, ListDetailScreen):
            # Sizes are known by now.
            screen.show_current()

    screen.app.push_screen(dialog, closed)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: a file, and what was fetched of it."""

    media: Media
    fetched: FetchedMedia | None = None


class MediaList(RowList):
    """The lines."""

    CLICKS_TO_OPEN = 1

    def __init__(self, rows: Sequence[_Row]) -> None:
        super().__init__()
        self.rows = list(rows)

    def on_mount(self) -> None:
        self.show(self.rows)

    def show(self, rows: Sequence[_Row]) -> None:
        """Replace the lines; the cursor stays on its number."""
        self.rows = list(rows)
        self.styles.height = max(1, min(12, len(rows)))
        self.set_row_count(len(rows), cursor=min(self.cursor, max(0, len(rows) - 1)))
        self.refresh()

    @property
    def current(self) -> _Row | None:
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """Number, kind, size, and the name or whose it is."""
        row = self.rows[index]
        media, fetched = row.media, row.fetched
        kind = fetched.kind.words if fetched else say_type(media.content_type)
        size = say_size(media.size) if media.size is not None else "size ?"
        warns = fetched is not None and fetched.kind.opens != "at once"
        name = safe_text(_host_of(media.url), limit=80) or glimpse(media.name, 80) or safe_text(media.sid, limit=34)
        return [
            (f" {index + 1} " if index < 9 else "   ", "accent"),
            (fit(safe_text(kind, limit=40), 20), "warn" if warns else "plain"),
            (f"{size:>10}  ", "muted"),
            ("not Twilio's: " if media.url else "", "warn"),
            (name, "muted"),
        ]


class MediaDialog(Dialog[None]):
    """The media of one message of an account.

    Args:
        screen: beneath, whose workers ask and write.
        account: whose message it is.
        sid: of the message; empty where none of the files is the account's.
        media: what is known of them.
        whole: whether that is all there is: Twilio is asked for no list.
    """

    DEFAULT_CSS = """
    MediaDialog {
        & > Vertical { width: 76; }
        & .said { color: $quiet; height: auto; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save", show=False),
        Binding("v", "read", "Read", show=False),
        Binding("c", "copy_url", "Copy URL", show=False),
        Binding("delete,D", "remove", "Delete", show=False),
        Binding("r", "reread", "Read again", show=False),
        *(Binding(str(n), f"stand({n - 1})", show=False) for n in range(1, 10)),
    ]

    def __init__(
        self, screen: BaseScreen, account: Account, sid: str, media: Sequence[Media], *, whole: bool = False
    ) -> None:
        super().__init__("Media")
        self._below, self._account, self._sid, self._whole = screen, account, sid, whole
        self._files = screen.session.media(account)
        self._rows = [_Row(each) for each in media]
        self._opened: set[Path] = set()
        self._fetching = False

    def parts(self) -> ComposeResult:
        yield MediaList(self._rows)
        yield Static("", classes="said", markup=False)
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        return key_line(
            ("⏎", "Open"), ("s", "Save"), ("v", "Read text"), ("c", "Copy URL"), ("del", "Delete"), ("esc", "Back")
        )

    @property
    def _list(self) -> MediaList:
        return self.query_one(MediaList)

    def on_mount(self) -> None:
        self._list.focus()
        if self._whole:
            self._below.work(self._measure, group=_LIST, exclusive=True)
        else:
            self.action_reread()

    def on_unmount(self) -> None:
        for group in (_FETCH, _LIST):
            self._below.workers.cancel_group(self._below, group)
        self._let_go(self._rows)

    def _let_go(self, rows: list[_Row]) -> None:
        """Remove what was fetched of these; what was opened may be looked at still."""
        for row in rows:
            if row.fetched is not None and row.fetched.path not in self._opened:
                self._below.session.run(self._files.let_go(row.fetched))

    # -- what is shown -------------------------------------------------------------------------------

    def _say(self, words: str = "", *, wrong: str = "") -> None:
        if self.is_mounted:
            self.query_one(".said", Static).update(Content(safe_text(words, limit=300)))
            self.query_one(".wrong", Static).update(Content(safe_text(wrong, limit=500)))

    def _put(self, media: Media, fetched: FetchedMedia | None = None) -> None:
        """Show what is known of a file by now."""
        self._show(
            [
                replace(row, media=media, fetched=fetched or row.fetched) if _is_same(row.media, media) else row
                for row in self._rows
            ]
        )

    def _show(self, rows: list[_Row]) -> None:
        if self.is_mounted:
            left = [row.fetched for row in rows]
            self._let_go([row for row in self._rows if row.fetched not in left])
            self._rows = rows
            self._list.show(rows)

    def action_reread(self) -> None:
        """Ask Twilio for the list."""
        if not self._whole and not self._fetching:
            self._say("Asking Twilio…")
            self._below.work(self._read, group=_LIST, exclusive=True)

    async def _read(self) -> None:
        try:
            listed = await self._files.list(self._sid)
        except RequestFailed as problem:
            self._say(wrong=f"The media could not be listed: {problem} The key r asks again.")
            return
        if not self.is_mounted:
            return
        fetched = {row.media.sid: row.fetched for row in self._rows}
        self._show([_Row(each, fetched.get(each.sid)) for each in listed])
        self._say("" if listed else "Twilio has no media of this message.")
        await self._measure()

    async def _measure(self) -> None:
        """Ask for the sizes, one after the other; whoever does not tell is left in peace."""
        for row in tuple(self._rows):
            self._put(await self._files.measure(self._sid, row.media))

    # -- keys ----------------------------------------------------------------------------------------

    def action_stand(self, index: int) -> None:
        """Put the cursor on one: what is opened is opened by enter alone."""
        if index < len(self._rows):
            self._list.cursor = index

    def action_refuse(self) -> None:
        """Stop what is being fetched; else leave."""
        if self._fetching:
            self._below.workers.cancel_group(self._below, _FETCH)
        else:
            self.dismiss(None)

    @on(RowList.Opened)
    def _row_opened(self) -> None:
        # Said before megabytes are fetched in vain.
        if refusal := no_opener(self._below.session.environ):
            self._say(wrong=refusal)
        else:
            self._begin(self._open_it)

    def action_save(self) -> None:
        self._begin(self._save)

    def action_read(self) -> None:
        self._begin(self._read_text)

    def action_copy_url(self) -> None:
        if (row := self._list.current) is not None:
            copy_text(self, self._files.url(self._sid, row.media), "the URL", "save the file in its place")
            self._say("" if row.media.url else "Whoever opens this URL is asked for the account's user and password.")

    def _begin(self, then: _Then) -> None:
        row = self._list.current
        if row is not None and not self._fetching:
            self._below.work(partial(self._fetch, row, then), group=_FETCH, exclusive=True)

    async def _fetch(self, row: _Row, then: _Then) -> None:
        """Fetch a file unless it is here, and go on with it."""
        if row.fetched is None and row.media.url and not await self._may_ask(row.media.url):
            return
        self._fetching = True
        try:
            fetched = row.fetched or await self._files.fetch(self._sid, row.media, self._show_progress)
        except RequestFailed as problem:
            self._say(wrong=str(problem))
            return
        except BaseException:
            self._say("Stopped. Nothing of it was kept.")
            raise
        finally:
            self._fetching = False
        self._say()
        self._put(fetched.media, fetched)
        if self.app.screen is self:
            await then(fetched)
        else:
            # A question or a program would come over what was opened meanwhile, and take its keys.
            self._say("It is here now: press the key again.")

    def _show_progress(self, done: int, total: int | None) -> None:
        of = f" of {say_size(total)} ({done * 100 // max(1, total)} %)" if total is not None else ""
        self._say(f"Fetching: {say_size(done)}{of}. esc stops.")

    async def _may_ask(self, url: str) -> bool:
        """Ask whether a host that a webhook named may learn that somebody is here."""
        words = Content.assemble(
            (safe_text(url, limit=200), "bold"),
            "\nis no address of this account's media. It is asked without credentials, and learns the address of this "
            "machine.",
        )
        return bool(await self.app.push_screen_wait(Confirm("Fetch it from there?", words, yes="Fetch")))

    # -- with a file that is here --------------------------------------------------------------------

    async def _open_it(self, fetched: FetchedMedia) -> None:
        kind = fetched.kind
        if kind.opens == "never":
            self._say(wrong=f"{kind.why} It is not opened from here. Saved, it is a file that nothing runs.")
            return
        if kind.opens == "asks":
            question = Confirm(
                f"Open this {kind.words}?" if kind.suffix != ".bin" else "Open it?", kind.why, yes="Open"
            )
            if not await self.app.push_screen_wait(question):
                return
        self._opened.add(fetched.path)
        environ = without_secrets(self._below.session.environ, self._account.client.hide)
        try:
            await open_outside(self, fetched.path, environ)
        except OutsideFailed as problem:
            self._say(wrong=str(problem))
        else:
            self._say("Opened. The copy that was opened is removed when you quit; saving keeps one.")

    async def _save(self, fetched: FetchedMedia) -> None:
        def write(path: Path, replace: bool) -> str:
            try:
                copy_whole(fetched, path, replace=replace)
            except FileNotFoundError:
                if not fetched.path.exists():
                    raise NothingToWrite("The file is here no longer. Fetch it again.") from None
                raise
            return f"{fetched.kind.words}, {say_size(fetched.media.size or 0)},"

        words = f"{fetched.kind.words}, {say_size(fetched.media.size or 0)}."
        if fetched.kind.why:
            words += f" {fetched.kind.why}"
        ask_to_export(self._below, Export("Save", words, fetched.path.name, write))

    async def _read_text(self, fetched: FetchedMedia) -> None:
        if not fetched.kind.is_text:
            self._say(wrong=f"It is no text: {fetched.kind.words}.")
            return
        from asyncio import to_thread

        try:
            content = await to_thread(read_regular, fetched.path, limit=LARGEST_READ)
        except OSError as problem:
            self._say(wrong=f"It cannot be read here: {problem.strerror}. Save it in place of that.")
            return
        await self._below.show_in_pager(content.decode("utf-8", "replace"))

    # -- removing ------------------------------------------------------------------------------------

    def action_remove(self) -> None:
        """Remove one from Twilio, after a question."""
        row = self._list.current
        if row is None or self._fetching:
            return
        if row.media.url:
            self._say(wrong="This one is not at Twilio, and cannot be removed from here.")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._below.work(partial(self._remove, row.media), group=_DO)

        what = say_file(row.media.content_type, row.media.size)
        words = f"{what} is removed from Twilio, for good. What was sent stays sent, and the text stays."
        self.app.push_screen(Confirm("Delete this file?", words, yes="Delete"), answered)

    async def _remove(self, media: Media) -> None:
        from tui.twilio.messages import fetch

        try:
            await self._files.delete(self._sid, media)
        except RequestFailed as problem:
            self._say(wrong=f"Delete: {problem}")
            return
        # Where that cannot be asked the message is shown as it was, until the next look.
        with suppress(RequestFailed):
            self._below.session.changes.known(self._account, await fetch(self._account.client, self._sid))
        # A copy that was opened goes as well.
        self._opened -= {row.fetched.path for row in self._rows if row.fetched and _is_same(row.media, media)}
        self._show([row for row in self._rows if not _is_same(row.media, media)])
        self._say("The file is deleted.")


def _host_of(url: str) -> str:
    """The host of a URL; the URL itself where none can be told."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _is_same(one: Media, other: Media) -> bool:
    return (one.sid, one.url) == (other.sid, other.url)
