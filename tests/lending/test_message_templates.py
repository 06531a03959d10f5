"""Message templates: the product's own until an administrator publishes another, filled by the occasion."""

import re
from datetime import date
from decimal import Decimal

import pytest
from loan_book import FIRST_DUE, at

from lending import message_templates
from lending.errors import NotFound
from lending.message_templates import (
    PlaceholderUnknown,
    SecretElsewhere,
    SecretMissing,
    TextEmptyOrLong,
    WayMissing,
)
from lending.message_texts import FIRST

FACTS = {
    "company": "示例公司",
    "name": "陈晓明",
    "tail": "23-F",
    "amount": Decimal("3036.76"),
    "on": date(2026, 10, 15),
}
GOOD = {"text_zh": "{name}请还{amount}", "text_en": "{name}: {amount}", "channels": ["sms", "in_app"]}
LINKED = {"text_zh": "请打开{link}", "text_en": "Open {link}", "channels": ["sms"]}


def publish(book, key="repayment_due", **changed):
    with book.database.write() as session:
        made = message_templates.publish(session, key, **{**GOOD, **changed}, by=None, now=at(FIRST_DUE))
        return made.version


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_template_of_the_product_says_its_facts_in_both_languages(book, language):
    with book.database.read() as session:
        for text in FIRST:
            template = message_templates.newest(session, text.key)
            facts = dict.fromkeys(message_templates.placeholders(text.key), "§")

            said = message_templates.render(template, facts, language)

            assert "§" in said
            assert "{" not in said


@pytest.mark.parametrize("text", FIRST, ids=lambda text: text.key)
def test_no_fact_of_a_message_runs_into_a_figure_or_another_fact(text):
    for sentence in (text.zh, text.en):
        assert re.search(r"}\s*[\d{]|\d\s*{", sentence) is None, sentence


def test_a_quote_tells_the_last_day_and_hour_apart(book):
    with book.database.read() as session:
        template = message_templates.newest(session, "prepayment_quote")
        said = message_templates.render(template, FACTS, "zh")

    assert "请于2026-10-15当日24时前到账" in said


def test_a_message_that_carries_a_link_may_be_reworded_as_long_as_it_says_the_link(book):
    assert publish(book, "callback_link", **LINKED) == 2


def test_a_new_version_holds_at_once_and_the_older_ones_stay_readable(book):
    assert publish(book) == 2
    assert publish(book, text_zh="{name}第三版") == 3

    with book.database.read() as session:
        found = message_templates.versions(session, "repayment_due")
        assert [each.version for each in found] == [3, 2, 1]
        assert message_templates.render(found[1], FACTS, "zh") == "陈晓明请还3,036.76"
        assert message_templates.render(found[0], FACTS, "zh") == "陈晓明第三版"


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"text_zh": "{salary}"}, PlaceholderUnknown),
        ({"text_zh": "{name.__class__}"}, PlaceholderUnknown),
        ({"text_zh": "{amount:>99}"}, PlaceholderUnknown),
        ({"text_zh": "{name"}, PlaceholderUnknown),
        ({"text_en": " "}, TextEmptyOrLong),
        ({"text_zh": "长" * 401}, TextEmptyOrLong),
        ({"channels": []}, WayMissing),
        ({"key": "loan_alert", "text_zh": "{what}", "text_en": "{what}"}, WayMissing),
        ({"key": "nothing"}, NotFound),
        ({"key": "callback_link", **LINKED, "text_en": "{name}, please answer"}, SecretMissing),
        ({"key": "callback_link", **LINKED, "channels": ["sms", "in_app"]}, SecretElsewhere),
        ({"key": "callback_link", **LINKED, "channels": ["email"]}, SecretElsewhere),
        (
            {"key": "portal_code", "text_zh": "验证码", "text_en": "{code}", "channels": ["sms"]},
            SecretMissing,
        ),
    ],
)
def test_a_template_that_could_not_be_filled_or_sent_is_refused(book, changed, refusal):
    with pytest.raises(refusal):
        publish(book, **changed)
