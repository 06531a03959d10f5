"""Rule hits in words: the forms' own words first, then the list of the house; unknown codes stay."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from engine.dmn.sheets import sheets
from forms.model import read
from web import verdicts

ROOT = Path(__file__).parents[2]
# Marks and names of products are words themselves; the gate's rules are told by the notes of their rows.
THEIR_OWN_WORDS = {"liquidity", "score_grade", "grade", "product_code", "rule"}


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
        ({"pair": True, "visit": False}, "两人调查", "calm"),
        (
            {"action": "visit", "owner": "senior", "script": "visit", "due_days": 3},
            "上门并联系保证人 · 资深催收员 · 3 个工作日内办理",
            "calm",
        ),
        ({"factor": Decimal("1.5"), "fixed_months": None}, "间隔乘以 1.5", "calm"),
    ],
)
def test_an_outcome_reads_in_words_and_shows_how_it_stands(outputs, words, tone):
    assert verdicts.words(outputs, of_the_form) == words
    assert verdicts.tone(outputs) == tone


def test_one_word_reads_as_its_own_table_means_it():
    outputs = {"result": "too_soon"}

    assert verdicts.words(outputs, of_the_form, "transfer_eligibility") == "还款不足六期"
    assert verdicts.words(outputs, of_the_form, "hardship_eligibility") == "十二个月内已调整过"


def test_every_code_that_a_table_of_the_product_gives_has_words():
    fields = [field for path in ROOT.glob("forms/**/*.form") for field in read(path.read_bytes()).fields()]
    offered = {
        (field.key, option.get("value")): option["label"]
        for field in fields
        for option in field.raw.get("values") or ()
    }
    bare = {
        (sheet.decision_id, column.name, code)
        for path in ROOT.glob("processes/**/*.dmn")
        for sheet in sheets(path.read_bytes()).values()
        for row in sheet.rows
        for column, cell in zip(sheet.outputs, row.outputs, strict=True)
        for code in re.findall(r'"([a-z][a-z0-9_]*)"', cell)
        if column.name not in THEIR_OWN_WORDS
        and verdicts.words({column.name: code}, lambda *key: offered.get(key), sheet.decision_id) == code
    }

    assert bare == set()
