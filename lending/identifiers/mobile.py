"""中国大陆手机号码: eleven digits beginning 13 to 19 (工业和信息化部 电信网编号计划).

>>> validate("+86 138-1234-5678")
'13812345678'
>>> [doubt.value for doubt in warnings("17012345678")]
['virtual_operator']
"""

from __future__ import annotations

import re

from lending.identifiers.errors import Doubt, IdentifierRefused, accepting, squeeze

_FORM = re.compile(r"1[3-9]\d{9}", re.ASCII)
_VIRTUAL = ("162", "165", "167", "170", "171")


class MobileForm(IdentifierRefused):
    """Not a mainland mobile number."""

    code = "mobile_form"
    zh = "手机号码应为 11 位数字，以 13 至 19 开头。"
    en = "A mobile number has 11 digits and begins with 13 to 19."


def compact(text: str) -> str:
    """The eleven digits without blanks, hyphens and the country code."""
    number = squeeze(text, drop=" -()")
    for prefix in ("+86", "0086"):
        number = number.removeprefix(prefix)
    return number


def validate(text: str) -> str:
    """The compact number, or :class:`MobileForm`, which never repeats the number."""
    number = compact(text)
    if not _FORM.fullmatch(number):
        raise MobileForm()
    return number


is_valid = accepting(validate)


def warnings(text: str) -> tuple[Doubt, ...]:
    """The doubt about numbers of virtual operators, which fraud favours."""
    return (Doubt.VIRTUAL_OPERATOR,) if validate(text).startswith(_VIRTUAL) else ()
