"""车架号 / vehicle identification number, GB 16735-2019 and ISO 3779: seventeen characters without I, O and Q.

A wrong form is refused; a check digit (position 9) that does not match is only a doubt, because makers outside
North America and China need not use it.

>>> validate("1m8gdm9axkp042788"), warnings("1M8GDM9AXKP042788")
('1M8GDM9AXKP042788', ())
>>> [doubt.value for doubt in warnings("1M8GDM9A1KP042788")]
['vin_check_digit']
>>> is_valid("1M8GDM9AXKP04278O")
False
"""

from __future__ import annotations

import re

from lending.identifiers.errors import Doubt, IdentifierRefused, accepting, squeeze

_FORM = re.compile(r"[A-HJ-NPR-Z0-9]{17}", re.ASCII)
_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


class VinForm(IdentifierRefused):
    """Not seventeen characters, or one that a VIN never has."""

    code = "vin_form"
    zh = "车架号应为 17 位数字或大写字母，且不含 I、O、Q。"
    en = "A VIN has 17 digits or capital letters and never I, O or Q."


def compact(text: str) -> str:
    """The VIN without blanks and hyphens, in capitals."""
    return squeeze(text)


def validate(text: str) -> str:
    """The compact VIN, or :class:`VinForm`."""
    vin = compact(text)
    if not _FORM.fullmatch(vin):
        raise VinForm()
    return vin


is_valid = accepting(validate)


def check_digit(text: str) -> str:
    """The character that belongs at position 9 (ISO 3779: weighted sum modulo 11, ten written X)."""
    total = sum(
        _VALUES[character] * weight for character, weight in zip(validate(text), _WEIGHTS, strict=True)
    )
    return "0123456789X"[total % 11]


def warnings(text: str) -> tuple[Doubt, ...]:
    """The doubt about a VIN whose check digit does not match."""
    vin = validate(text)
    return () if vin[8] == check_digit(vin) else (Doubt.VIN_CHECK_DIGIT,)
