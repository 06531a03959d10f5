"""Identifiers: the published examples pass, every changed character is found, doubts are told apart from refusals."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from lending.identifiers import bank_card, contract_no, mobile, plate, resident_id, uscc, vin
from lending.identifiers.errors import Doubt, IdentifierRefused

VALID = [
    (resident_id, "11010519491231002X"),
    (resident_id, "360426199101010071"),
    (resident_id, "810000199408230021"),
    (uscc, "91110000600037341L"),
    (uscc, "91350100M000100Y43"),
    (vin, "1M8GDM9AXKP042788"),
    (vin, "LGXCE6CB4P0123456"),
    (vin, "LFPH3ACC8N1A00001"),
    (plate, "京A12345"),
    (plate, "沪AD12345"),
    (plate, "粤B12345D"),
    (plate, "粤BF23456"),
    (plate, "粤Z1234港"),
    (mobile, "13812345678"),
    (bank_card, "6222021234567894"),
    (contract_no, "CY2026SH1JK000123-F"),
]
INVALID = [
    (resident_id, "110105194912310021"),
    (resident_id, "11010519491331002X"),
    (resident_id, "1101051949123100"),
    (resident_id, ""),
    (uscc, "91110000600037342L"),
    (uscc, "9111000060003734"),
    (vin, "1M8GDM9AXKP04278"),
    (vin, "1M8GDM9AXKP04278O"),
    (vin, "IM8GDM9AXKP042788"),
    (plate, "京I12345"),
    (plate, "京AO1234"),
    (plate, "X98765"),
    (mobile, "12812345678"),
    (mobile, "1381234567"),
    (bank_card, "622202123456789"),
    (bank_card, "62220212345678941234"),
    (contract_no, "CY2026SH1JK000123-7"),
    (contract_no, "2026SH1JK000123-7"),
]


@pytest.mark.parametrize(("kind", "text"), VALID)
def test_valid_examples_pass_however_they_are_spaced(kind, text):
    assert kind.validate(text) == text
    assert kind.is_valid(f" {text.lower()} ")


@pytest.mark.feature("M-137")
@pytest.mark.parametrize(("kind", "text"), INVALID)
def test_invalid_examples_are_refused_without_repeating_them(kind, text):
    with pytest.raises(IdentifierRefused) as refused:
        kind.validate(text)

    assert not kind.is_valid(text)
    for language in ("zh", "en"):
        assert refused.value.text(language)
        assert not text or text not in refused.value.text(language)


@given(st.integers(0, 16), st.sampled_from(string.digits))
def test_one_wrong_digit_of_an_identity_number_is_found(place, digit):
    right = "360426199101010071"
    wrong = right[:place] + digit + right[place + 1 :]

    assert resident_id.is_valid(wrong) == (wrong == right)


@given(st.integers(1, 999_999), st.integers(0, 16), st.sampled_from(string.digits + string.ascii_uppercase))
def test_one_wrong_character_of_a_contract_number_is_found(sequence, place, character):
    right = contract_no.build(company="CY", year=2026, branch="SH1", kind="JK", sequence=sequence)
    wrong = right[:place] + character + right[place + 1 :]

    assert contract_no.is_valid(wrong) == (wrong == right)


def test_doubtful_numbers_pass_with_a_warning_a_person_can_read():
    unknown_region = "990000199001010010"
    unknown_region = unknown_region[:-1] + ric.calc_check_digit(unknown_region)
    mainland = "000000199001010010"

    assert vin.warnings("1M8GDM9A1KP042788") == (Doubt.VIN_CHECK_DIGIT,)
    assert mobile.warnings("16512345678") == (Doubt.VIRTUAL_OPERATOR,)
    assert bank_card.warnings("6222021234567895") == (Doubt.CARD_CHECK_DIGIT,)
    assert resident_id.warnings("360426199101010071") == ()
    assert resident_id.warnings(unknown_region) == ()
    assert not resident_id.is_valid(mainland)
    assert Doubt.VIN_CHECK_DIGIT.label("zh") != Doubt.VIN_CHECK_DIGIT.label("en")


def test_a_mainland_region_outside_the_table_is_only_a_doubt():
    number = "789999199001010010"
    number = number[:-1] + ric.calc_check_digit(number)

    assert resident_id.validate(number) == number
    assert resident_id.warnings(number) == (Doubt.UNKNOWN_REGION,)
