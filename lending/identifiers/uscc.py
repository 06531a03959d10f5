"""统一社会信用代码, GB 32100-2015: eighteen characters without I O Z S V, check character modulo 31 (python-stdnum).

>>> validate("9111 0000 6000 3734 1L")
'91110000600037341L'
>>> is_valid("91110000600037342L")
False
"""

from __future__ import annotations

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from lending.identifiers.errors import IdentifierRefused, accepting, squeeze


class UsccForm(IdentifierRefused):
    """Not eighteen characters of the right kind."""

    code = "uscc_form"
    zh = "统一社会信用代码应为 18 位数字或大写字母（不含 I、O、Z、S、V）。"
    en = "A unified social credit code has 18 digits or capital letters (not I, O, Z, S, V)."


class UsccCheckDigit(IdentifierRefused):
    """The check character does not match."""

    code = "uscc_check_digit"
    zh = "统一社会信用代码校验位不符，请逐位核对。"
    en = "The check character of the social credit code does not match; compare character by character."


def compact(text: str) -> str:
    """The code without blanks and hyphens, in capitals."""
    return squeeze(text)


def validate(text: str) -> str:
    """The compact code, or an :class:`IdentifierRefused`."""
    code = compact(text)
    try:
        return str(uscc.validate(code))
    except InvalidChecksum:
        raise UsccCheckDigit() from None
    except ValidationError:
        raise UsccForm() from None


is_valid = accepting(validate)
