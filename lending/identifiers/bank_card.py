"""银行卡号, ISO/IEC 7812: 16 to 19 digits with the Luhn check digit (python-stdnum), whose failure is only a doubt.

>>> validate("6222 0212 3456 7894")
'6222021234567894'
>>> [doubt.value for doubt in warnings("6222021234567895")]
['card_check_digit']
"""

from __future__ import annotations

import re

from stdnum import luhn

from lending.identifiers.errors import Doubt, IdentifierRefused, accepting, squeeze

_FORM = re.compile(r"\d{16,19}", re.ASCII)


class BankCardForm(IdentifierRefused):
    """Not 16 to 19 digits."""

    code = "bank_card_form"
    zh = "银行卡号应为 16 至 19 位数字。"
    en = "A bank card number has 16 to 19 digits."


def compact(text: str) -> str:
    """The digits without blanks and hyphens."""
    return squeeze(text)


def validate(text: str) -> str:
    """The compact number, or :class:`BankCardForm`, which never repeats the number."""
    number = compact(text)
    if not _FORM.fullmatch(number):
        raise BankCardForm()
    return number


is_valid = accepting(validate)


def warnings(text: str) -> tuple[Doubt, ...]:
    """The doubt about a card whose Luhn digit does not match."""
    return () if luhn.is_valid(validate(text)) else (Doubt.CARD_CHECK_DIGIT,)
