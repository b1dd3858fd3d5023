"""What is said of a draft's content template: in the form, in the review, in the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tui.sandbox.content_history import HISTORY
from tui.screens.sending.draft import DraftFields, unspent
from tui.screens.sending.review import is_alike
from tui.screens.sending.template_words import fill_template, say_template, show_rendered, template_warnings
from tui.screens.sending.templates import describe_template, find_templates, kind_words
from tui.storage.journal_entry import JournalEntry, JournalState, SentTemplate
from tui.twilio.content import ContentForm, ContentTemplate, read_template, render
from tui.twilio.drafts import Draft

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SIDS = {f"{each[0]} {each[1]}": f"HX{number:032d}" for number, each in enumerate(HISTORY)}
TEMPLATES = {
    sid: read_template(
        {
            "sid": sid,
            "friendly_name": name,
            "language": language,
            "variables": variables,
            "types": types,
            "approval_requests": {"status": status or "unsubmitted", "rejection_reason": reason},
        }
    )
    for sid, (name, language, variables, types, status, reason) in zip(SIDS.values(), HISTORY, strict=True)
}
SMS = Draft("+14155550123", "+14155550100")
WHATSAPP = Draft("whatsapp:+14155550123", "whatsapp:+14155550100")


def of(name: str, draft: Draft = SMS, variables: str = "") -> Draft:
    return replace(draft, content_sid=SIDS[name], content_variables=variables or None)


def test_a_draft_is_filled_in_as_it_goes_to_its_recipient() -> None:
    by_sms = fill_template(TEMPLATES, of("order_ready en", SMS, '{"name": "Ana", "order": 7}'))
    assert by_sms is not None
    assert by_sms.sent == SentTemplate(
        "order_ready", "en", "Hello Ana, your order 7 is ready. Harbor Deli, until 18:00."
    )
    by_whatsapp = fill_template(TEMPLATES, of("order_ready en", WHATSAPP, '{"name": "Ana"}'))
    assert by_whatsapp is not None
    shown = show_rendered(by_whatsapp.rendered)
    assert shown.plain == "Hello Ana, your order {{order}} is ready. When will you come?\n[Today]\n[Tomorrow]"
    assert [shown.plain[span.start : span.end] for span in shown.spans if "bold" in str(span.style)] == ["{{order}}"]
    assert fill_template(TEMPLATES, SMS) is fill_template(None, of("order_ready en")) is None


def test_what_no_message_could_say_is_cut() -> None:
    item = {"sid": "HX1", "types": {"twilio/text": {"body": "{{1}}" * 800}}}
    rendered = render(read_template(item), {"1": "long" * 1000})
    assert len(rendered.text) == 3_200_000
    assert len(show_rendered(rendered).plain) <= 10_000


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("order_ready en", "order_ready (en) · approved for WhatsApp"),
        ("order_ready fr", "order_ready (fr) · waits for WhatsApp's approval"),
        ("autumn_sale en", "autumn_sale (en) · rejected by WhatsApp"),
        ("parcel_photo en", "parcel_photo (en) · paused by WhatsApp"),
        ("closed_today en", "closed_today (en) · not submitted to WhatsApp"),
    ],
)
def test_a_template_is_named_with_what_whatsapp_said(name: str, said: str) -> None:
    assert say_template(TEMPLATES[SIDS[name]]) == said


def test_what_whatsapp_says_otherwise_or_not_at_all_is_told_as_it_is() -> None:
    template = read_template({"friendly_name": "a\x1b", "approval_requests": {"status": "in_appeal"}})
    assert say_template(template) == "a␛ · WhatsApp's approval: in_appeal"
    assert say_template(read_template({"friendly_name": "a"})) == "a · WhatsApp's approval: not known"


def test_what_is_not_filled_in_is_named_with_what_twilio_sends_there() -> None:
    assert template_warnings(TEMPLATES, of("order_ready en", SMS, '{"name": "Ana"}')) == (
        "Not filled in: order. Twilio sends the template's sample there: “HB499147”.",
    )
    assert template_warnings(TEMPLATES, of("order_ready en")) == (
        "Not filled in: name, order. Twilio sends the template's sample there: “Maya”, “HB499147”.",
    )
    bare = ContentTemplate("HX", "a", "en", (ContentForm("twilio/text", "{{x}}"),), {"x": ""})
    assert template_warnings({"HX": bare}, Draft("+1", "+2", content_sid="HX")) == ("Not filled in: x.",)


def test_an_approval_that_does_not_fit_is_named_for_whatsapp_alone() -> None:
    values = '{"name": "Ana"}'
    (words,) = template_warnings(TEMPLATES, of("autumn_sale en", WHATSAPP, values))
    assert words == (
        "The template is rejected by WhatsApp (The category is wrong: this is MARKETING, not UTILITY.): "
        "only somebody who wrote to you within 24 hours can get it."
    )
    assert template_warnings(TEMPLATES, of("autumn_sale en", SMS, values)) == ()
    assert template_warnings(TEMPLATES, of("order_ready en", WHATSAPP, '{"name": "A", "order": "7"}')) == ()
    assert "no such template" in template_warnings(TEMPLATES, replace(SMS, content_sid="HX" + "f" * 32))[0]
    assert template_warnings(None, replace(SMS, content_sid="HX" + "f" * 32)) == ()


def test_the_list_is_searched_by_every_word_in_name_language_type_approval_and_text() -> None:
    def found(typed: str) -> list[str]:
        return [f"{each.name} {each.language}" for each in find_templates(list(TEMPLATES.values()), typed)]

    assert found("READY fr") == ["order_ready fr"]
    assert found("rejected card") == ["autumn_sale en"]
    assert found("which day") == ["delivery_day en"]
    assert found(SIDS["login_code en"]) == ["login_code en"]
    assert len(found("")) == len(TEMPLATES)
    assert found("nothing like that") == []


def test_a_template_is_described_with_its_reason_its_buttons_and_its_samples() -> None:
    sale = describe_template(TEMPLATES[SIDS["autumn_sale en"]], sms=False).plain
    for words in ("rejected by WhatsApp", "MARKETING", "20 % off", "[To the shop] https://", "name: Maya"):
        assert words in sale
    assert "By SMS as text." in describe_template(TEMPLATES[SIDS["order_ready en"]], sms=True).plain
    assert kind_words(read_template({"types": {"acme/hologram": {"body": "Hi"}}})) == "acme/hologram"
    assert kind_words(read_template({})) == "empty"


def sent(sid: str, variables: str, **changes: object) -> JournalEntry:
    entry = JournalEntry(
        *(1, "acme", "AC1", SMS.to, SMS.from_, "", (), JournalState.ACCEPTED, "SM1", None, None, NOW, NOW),
        options=(("ContentSid", sid), ("ContentVariables", variables)),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def test_a_template_to_the_same_person_with_other_values_is_no_twin() -> None:
    draft = of("order_ready en", SMS, '{"order": "7", "name": "Ana"}')
    sid = draft.content_sid or ""
    assert is_alike(draft, sent(sid, '{"name": "Ana", "order": "7"}'))
    assert not is_alike(draft, sent(sid, '{"name": "Ana", "order": "8"}'))
    assert not is_alike(draft, sent("HX" + "f" * 32, '{"name": "Ana", "order": "7"}'))
    assert is_alike(draft, sent(sid, "", withdrawn=True, options=(("ContentSid", sid),)))
    assert is_alike(draft, sent(sid, "", options=None))


def test_a_draft_of_another_template_is_not_spent_with_a_send() -> None:
    typed = DraftFields(SMS.to, SMS.from_, content_sid=SIDS["closed_today en"])
    assert unspent(typed, sent(SIDS["order_ready en"], "{}"), NOW) == typed
    assert unspent(typed, sent(SIDS["closed_today en"], ""), NOW) == DraftFields(from_=SMS.from_)
