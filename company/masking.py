"""How personal data are shown to whoever may know that they exist but not what they are."""

from __future__ import annotations

import re

_CITY = re.compile(r"^(?:.{2,8}?(?:省|自治区))?.{2,8}?(?:市|自治州|地区|盟)")


def _masked(text: str, head: int, tail: int) -> str:
    """The first ``head`` and the last ``tail`` characters, the rest as stars; what is too short is all stars."""
    hidden = len(text) - head - tail
    if hidden < 1:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]


def mask_name(name: str) -> str:
    """The first character stays.

    >>> mask_name("张三丰"), mask_name("张")
    ('张**', '*')
    """
    return _masked(name.strip(), 1, 0)


def mask_identity(number: str) -> str:
    """Region and last four stay.

    >>> mask_identity("11010519491231002X")
    '110105********002X'
    """
    return _masked(number.strip(), 6, 4)


def mask_phone(number: str) -> str:
    """The first three and the last four digits stay.

    >>> mask_phone("13812345678")
    '138****5678'
    """
    return _masked(number.strip(), 3, 4)


def mask_card(number: str) -> str:
    """The first four and the last four digits stay, in groups of four.

    >>> mask_card("6222021234567894"), mask_card("6222 0212 3456 7894 123")
    ('6222 **** **** 7894', '6222 **** **** *** 4123')
    """
    digits = re.sub(r"[ -]", "", number)
    masked = _masked(digits, 4, 4)
    hidden = masked[:-4]
    return " ".join([*(hidden[at : at + 4] for at in range(0, len(hidden), 4)), masked[-4:]]).strip()


def mask_plate(plate: str) -> str:
    """Province, letter and the last two characters stay.

    >>> mask_plate("沪AD12345")
    '沪A****45'
    """
    return _masked(plate.strip(), 2, 2)


def mask_vin(vin: str) -> str:
    """The maker and the last four characters stay.

    >>> mask_vin("LGXCE6CB4P0123456")
    'LGX**********3456'
    """
    return _masked(vin.strip(), 3, 4)


def mask_address(address: str) -> str:
    """Down to the city; without one, the first three characters.

    >>> mask_address("浙江省杭州市西湖区文三路1号"), mask_address("上海市浦东新区1号")
    ('浙江省杭州市****', '上海市****')
    """
    city = _CITY.match(address)
    return f"{city.group() if city else address[: min(3, len(address) // 2)]}****"
