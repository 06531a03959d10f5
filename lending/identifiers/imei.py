"""国际移动设备识别码 IMEI, 3GPP TS 23.003 §6: 15 digits, the last of them the Luhn check digit (python-stdnum).

A phone shows it at ``*#06#``; the customer's own tells the same device under several names.

>>> validate("35-209900-176148-1")
'352099001761481'
>>> is_valid("352099001761482")
False
"""

from __future__ import annotations

import re

from stdnum import luhn

from lending.identifiers.errors import IdentifierRefused, accepting, squeeze

_FORM = re.compile(r"\d{15}", re.ASCII)


class ImeiForm(IdentifierRefused):
    """Not 15 digits with the right check digit."""

    code = "imei_form"
    zh = "手机串号（IMEI）应为 15 位数字且校验位正确；在拨号界面输入 *#06# 可查看。"
    en = "An IMEI has 15 digits with the right check digit; the phone shows it at *#06#."


def compact(text: str) -> str:
    """The digits without blanks and hyphens."""
    return squeeze(text)


def validate(text: str) -> str:
    """The compact number, or :class:`ImeiForm`, which never repeats the number."""
    number = compact(text)
    if not _FORM.fullmatch(number) or not luhn.is_valid(number):
        raise ImeiForm()
    return number


is_valid = accepting(validate)
