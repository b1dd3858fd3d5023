"""Naming numbers on the screens: the dialogs, the import, and where a name stands then."""

from __future__ import annotations

import threading

import pytest
from textual.widgets import Input

from tests.screens.messages.listed import loaded, search, table
from tui.screens.help import HelpScreen
from tui.screens.names import names_import
from tui.screens.names.names_dialog import NameNumber, NamesDialog
from tui.screens.names.names_import import AskForFile, ImportNames
from tui.services.contact_import import read_contacts
from tui.storage.contact_files import read_contacts_file


@pytest.mark.landing
async def test_a_number_is_named_found_by_its_name_and_imported_over_only_when_said(
    sandbox, run_app, until, text_of, tmp_path, monkeypatch
):
    (tmp_path / "people.csv").write_text(
        "Name;Phone\nMaya Lindqvist;+1 415 555 0123\nChloé;+14165550175\nJonas;(415) 555-0127\nNobody;1.4E+10\n"
    )
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        contacts = pilot.app.session.contacts
        assert table(pilot).current.other_party == "+14155550123"
        await pilot.press("N")
        await until(pilot, lambda: isinstance(pilot.app.screen, NameNumber))
        assert "+1 415 555 0123" in text_of(pilot)
        await pilot.press(*"12345", "enter")
        await until(pilot, lambda: "a number itself" in text_of(pilot))
        await pilot.press(*["backspace"] * 5, *"Maya", "enter")
        await until(pilot, lambda: "← Maya " in text_of(pilot))
        assert "+1 415 555 0123" in text_of(pilot)

        await pilot.press("N")
        await until(pilot, lambda: isinstance(pilot.app.screen, NameNumber))
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(pilot.app.screen, NamesDialog) and "1 name" in text_of(pilot))
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskForFile))
        pilot.app.screen.query_one(Input).value = str(tmp_path / "people.csv")
        # A file that is slow to be read does not come over what was opened meanwhile.
        slow = threading.Event()
        monkeypatch.setattr(names_import, "read_contacts", lambda path: slow.wait(10) and read_contacts(path))
        await pilot.press("enter", "f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        slow.set()
        await until(pilot, lambda: any("is not imported" in each.message for each in pilot.app._notifications))
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape", "f9")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskForFile))
        pilot.app.screen.query_one(Input).value = str(tmp_path / "people.csv")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ImportNames) and "2 not imported" in text_of(pilot))
        assert "1 number has no country code" in text_of(pilot)
        assert "rounded" in text_of(pilot)
        assert "is Maya" in text_of(pilot)
        pilot.app.screen._country.field.value = "United States"
        await until(pilot, lambda: "2 new" in text_of(pilot) and "1 not imported" in text_of(pilot))
        pilot.app.screen._others.field.focus()
        await pilot.press("right")
        await until(pilot, lambda: "replaced" in text_of(pilot))
        assert contacts.name_of("+14155550123") == "Maya"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, NamesDialog) and "3 names" in text_of(pilot))
        assert contacts.name_of("+14155550123") == "Maya Lindqvist"
        assert contacts.name_of("+14155550127") == "Jonas"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, NameNumber))
        await pilot.press("escape")

        await until(pilot, lambda: "← Maya Lindqvist" in text_of(pilot))
        await search(pilot, until, "with:lindqvist")
        await until(pilot, lambda: set(_others(pilot)) == {"+14155550123"})
        # Nothing of the sandbox is on the disk.
        assert not pilot.app.session.paths.contacts.exists()


def _others(pilot):
    listed = table(pilot)
    return [message.other_party for row in listed.listing.numbers if (message := listed._at_hand.get(row)) is not None]


async def test_a_name_is_removed_by_an_empty_line_and_without_a_message_all_names_are_listed(
    run_app, until, text_of, monkeypatch
):
    async with run_app() as pilot:
        screen = pilot.app.screen
        session = pilot.app.session
        await session.contacts.put("+14155550123", "Maya")
        assert session.paths.contacts.exists()
        pilot.app.push_screen(NameNumber(session, "whatsapp:+14155550123"))
        await until(pilot, lambda: "Empty the line to remove the name" in text_of(pilot))
        assert str(session.paths.contacts.name) in text_of(pilot).replace("\n", "")
        await pilot.press(*["backspace"] * 4, "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert session.contacts.entries() == ()
        session.paths.contacts.write_text("[contacts\n")
        pilot.app.push_screen(NamesDialog(session))
        await until(pilot, lambda: "contacts.toml" in text_of(pilot))

        # Of a large import only what is seen is put into words: all of it would take a while on the loop.
        asked: list[str] = []
        monkeypatch.setattr(names_import, "show_address", lambda address: asked.append(address) or address)
        people = "".join(f"BEGIN:VCARD\nFN:Person {n}\nTEL:+1415{2_000_000 + n}\nEND:VCARD\n" for n in range(2_000))
        pilot.app.push_screen(ImportNames(session.contacts, "a.vcf", read_contacts_file(people.encode())))
        await until(pilot, lambda: "2,000 new" in text_of(pilot) and asked)
        assert len(asked) < 200
