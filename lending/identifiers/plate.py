"""机动车号牌号码, GA 36: standard plates of seven characters, plates of new-energy cars of eight.

Temporary, embassy and military plates are not plates of cars that can be mortgaged and are refused here.

>>> validate("沪a·D12345")
'沪AD12345'
>>> is_valid("粤Z1234港"), is_valid("粤B12345D"), is_valid("京I12345")
(True, True, False)
"""

from __future__ import annotations

import re

from lending.identifiers.errors import IdentifierRefused, accepting, squeeze

_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
_FORM = re.compile(
    rf"{_PROVINCE}[A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJK][A-HJ-NP-Z0-9][0-9]{{4}}"
    r"|[0-9]{5}[A-HJK])"
)


class PlateForm(IdentifierRefused):
    """Not a registration plate of the mainland."""

    code = "plate_form"
    zh = "号牌号码格式不正确，应形如 沪A12345，新能源车形如 沪AD12345。"
    en = "The plate is not well formed; write it like 沪A12345, a new-energy car like 沪AD12345."


def compact(text: str) -> str:
    """The plate without blanks, hyphens and dots, in capitals."""
    return squeeze(text, drop=" -·•.")


def validate(text: str) -> str:
    """The compact plate, or :class:`PlateForm`."""
    plate = compact(text)
    if not _FORM.fullmatch(plate):
        raise PlateForm()
    return plate


is_valid = accepting(validate)
