"""A notice whose time ends while it is put up goes away, and the program goes on."""

from __future__ import annotations

from textual.widgets._toast import Toast

from tui.textual_fixes.patched_app import PatchedApp


async def test_a_notice_that_ends_while_it_is_put_up_goes_and_holds_nothing_up(until):
    app = PatchedApp()
    async with app.run_test(notifications=True) as pilot:
        app.notify("Something was said.", timeout=600)
        await until(pilot, lambda: app.screen.query(Toast))
        (notice,) = app._notifications
        notice.raised_at -= notice.timeout
        assert notice.has_expired
        late = Toast(notice)
        # Where it has none left its timer never lets go of the loop, and the next line would never end.
        assert late._timeout > 0
        await app.screen.mount(late)
        await until(pilot, lambda: not late.is_attached)


class Low(PatchedApp):
    CSS = "ToastRack { max-height: 40%; }"


async def test_a_notice_is_seen_however_many_were_taken_away_before_it(until, text_of):
    app = Low()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        for number in range(12):
            app.notify(f"Number {number}.", timeout=600)
            await until(pilot, lambda number=number: f"Number {number}." in text_of(pilot), 5)
            app.clear_notifications()
            await until(pilot, lambda: not app.screen.query(Toast))
