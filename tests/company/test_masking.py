"""Masks hide all but what they promise to show."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company import masking


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (masking.mask_name, "张三", "张*"),
        (masking.mask_name, "欧阳娜娜", "欧***"),
        (masking.mask_identity, "11010519491231002X", "110105********002X"),
        (masking.mask_phone, "13812345678", "138****5678"),
        (masking.mask_card, "6222021234567894", "6222 **** **** 7894"),
        (masking.mask_card, "6222021234567894123", "6222 **** **** *** 4123"),
        (masking.mask_card, "12345678", "********"),
        (masking.mask_plate, "京A12345", "京A***45"),
        (masking.mask_vin, "1M8GDM9AXKP042788", "1M8**********2788"),
        (masking.mask_address, "广西壮族自治区南宁市青秀区民族大道1号", "广西壮族自治区南宁市****"),
        (masking.mask_address, "朝阳区建国路1号", "朝阳区****"),
        (masking.mask_address, "", "****"),
    ],
)
def test_each_kind_shows_its_own_ends(mask: Callable[[str], str], value: str, shown: str) -> None:
    assert mask(value).replace(" ", "") == shown.replace(" ", "")


@given(st.text(alphabet="0123456789X", max_size=30))
def test_a_mask_never_shows_more_than_ten_characters_and_never_the_whole(value: str) -> None:
    for mask in (masking.mask_identity, masking.mask_phone, masking.mask_card, masking.mask_vin):
        shown = [character for character in mask(value) if character not in "* "]
        assert len(shown) <= 10
        assert not value or len(shown) < len(value)
