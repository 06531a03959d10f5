"""Amounts as people write them: exact to the fen or refused, never rounded in silence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending import money

amounts = st.decimals(min_value=Decimal("-999999999999.99"), max_value=money.LARGEST, places=2)


@given(amounts)
def test_what_is_written_is_read_back(amount):
    assert money.parse(money.written(amount)) == amount
    assert money.parse(str(amount)) == amount


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("1.005", money.AmountFinerThanFen),
        ("1.000", money.AmountFinerThanFen),
        ("1e400", money.AmountNotANumber),
        ("1E5", money.AmountNotANumber),
        ("NaN", money.AmountNotANumber),
        ("Infinity", money.AmountNotANumber),
        ("", money.AmountNotANumber),
        ("12,34", money.AmountNotANumber),
        ("十万", money.AmountNotANumber),
        ("１００", money.AmountNotANumber),
        ("1_000", money.AmountNotANumber),
        ("9" * 400, money.AmountTooLarge),
        ("1000000000000", money.AmountTooLarge),
    ],
)
def test_what_is_no_amount_is_refused_in_both_languages(text, refusal):
    with pytest.raises(refusal) as refused:
        money.parse(text)

    assert refused.value.text("zh")
    assert refused.value.text("en").isascii() or "“" in refused.value.text("en")


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        ("1E+400", money.AmountTooLarge),
        ("NaN", money.AmountNotANumber),
        ("sNaN", money.AmountNotANumber),
        ("-Infinity", money.AmountNotANumber),
        ("0.001", money.AmountFinerThanFen),
    ],
)
def test_a_decimal_that_the_books_cannot_hold_is_refused(amount, refusal):
    with pytest.raises(refusal):
        money.parse(Decimal(amount))


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("1.50", "壹元伍角整"),
        ("10.00", "壹拾元整"),
        ("107000.53", "壹拾万零柒仟元伍角叁分"),
        ("100000000.00", "壹亿元整"),
        ("100010001.00", "壹亿零壹万零壹元整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
    ],
)
def test_amounts_in_capitals_follow_the_rules_of_cheques(amount, capitals):
    assert money.in_capitals(Decimal(amount)) == capitals


@given(
    st.decimals(min_value=0, max_value=10**6, places=2), st.decimals(min_value=0, max_value=10**6, places=2)
)
def test_two_amounts_never_share_their_capitals(one, other):
    assert (money.in_capitals(one) == money.in_capitals(other)) == (one == other)
