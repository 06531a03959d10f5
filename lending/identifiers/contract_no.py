"""合同编号: company (2), year (4), branch (3), type (2), sequence (6), hyphen, check character by ISO 7064 MOD 37,36.

The check character covers the seventeen characters before the hyphen and finds every single wrong character and
nearly every exchange of two neighbours.

>>> build(company="CY", year=2026, branch="SH1", kind="JK", sequence=123)
'CY2026SH1JK000123-F'
>>> validate("cy2026sh1jk000123-f")
'CY2026SH1JK000123-F'
>>> is_valid("CY2026SH1JK000124-F")
False
"""

from __future__ import annotations

import re

from stdnum.iso7064 import mod_37_36

from lending.identifiers.errors import IdentifierRefused, accepting, squeeze

_FORM = re.compile(r"[A-Z]{2}\d{4}[A-Z0-9]{3}[A-Z]{2}\d{6}[A-Z0-9]", re.ASCII)


class ContractNoForm(IdentifierRefused):
    """Not built like a contract number."""

    code = "contract_no_form"
    zh = "合同编号格式不正确，应形如 CY2026SH1JK000123-F。"
    en = "The contract number is not well formed; it looks like CY2026SH1JK000123-F."


class ContractNoCheckDigit(IdentifierRefused):
    """The check character does not match."""

    code = "contract_no_check_digit"
    zh = "合同编号校验位不符，请逐位核对。"
    en = "The check character of the contract number does not match; compare character by character."


def build(*, company: str, year: int, branch: str, kind: str, sequence: int) -> str:
    """The number for the ``sequence``-th contract of a kind in a branch and year, check character included."""
    if not 1 <= sequence <= 999_999:
        raise ValueError(f"a contract sequence runs from 1 to 999999, not {sequence}")
    body = f"{company}{year:04d}{branch}{kind}{sequence:06d}"
    return validate(body + str(mod_37_36.calc_check_digit(body)))


def compact(text: str) -> str:
    """The eighteen characters without hyphen and blanks, in capitals."""
    return squeeze(text)


def validate(text: str) -> str:
    """The number as it is stored and read, with its hyphen, or an :class:`IdentifierRefused`."""
    number = compact(text)
    if not _FORM.fullmatch(number):
        raise ContractNoForm()
    if not mod_37_36.is_valid(number):
        raise ContractNoCheckDigit()
    return _written(number)


is_valid = accepting(validate)


def _written(number: str) -> str:
    return f"{number[:-1]}-{number[-1]}"
