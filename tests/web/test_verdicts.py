"""Rule hits in words: the forms' own words first, then the list of the house; unknown codes stay."""

from decimal import Decimal

import pytest

from web import verdicts


def of_the_form(key, code):
    return {("review_route", "l1"): "初审"}.get((key, code))


@pytest.mark.parametrize(
    ("outputs", "words", "tone"),
    [
        ({"review_route": "l1"}, "初审", "calm"),
        ({"entry": {"reason": "none", "result": "accept"}}, "准入", "calm"),
        ({"entry": {"reason": "income", "result": "reject"}}, "收入不足以还款 · 拒绝", "late"),
        ({"ltv_limit": Decimal("0.80")}, "80.00%", "calm"),
        ({"exceptions": []}, "无", "calm"),
        ({"exceptions": ["novel"]}, "novel", "soon"),
        ({"payee_result": "name_differs"}, "户名不一致", "soon"),
        ({"grade": "A"}, "A", "calm"),
        ({"manual": True}, "是", "calm"),
    ],
)
def test_an_outcome_reads_in_words_and_shows_how_it_stands(outputs, words, tone):
    assert verdicts.words(outputs, of_the_form) == words
    assert verdicts.tone(outputs) == tone
