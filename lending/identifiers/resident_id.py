"""居民身份证号码, GB 11643-1999, and the numbers of the same form for residents from elsewhere.

Eighteen characters: six of region (first digit 8: residence permits of Hong Kong 81, Macao 82 and Taiwan 83
residents; 9: foreign permanent residents), eight of birth date, three of sequence (odd: male), one check character
by ISO 7064 MOD 11-2. A region that the table of python-stdnum does not know is a doubt, not a refusal.

>>> validate("11010519491231002x")
'11010519491231002X'
>>> validate("810000199408230021"), birth_date("810000199408230021")
('810000199408230021', datetime.date(1994, 8, 23))
>>> is_valid("110105194912310021")
False
"""

from __future__ import annotations

import re
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from lending.identifiers.errors import Doubt, IdentifierRefused, accepting, squeeze

_FORM = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)


class ResidentIdForm(IdentifierRefused):
    """Not eighteen characters of the right kind."""

    code = "resident_id_form"
    zh = "身份证号码应为 18 位：前 17 位为数字，末位为数字或 X。"
    en = "An identity number has 18 characters: 17 digits and a digit or X at the end."


class ResidentIdBirthDate(IdentifierRefused):
    """Digits 7 to 14 are no date."""

    code = "resident_id_birth_date"
    zh = "身份证号码第 7 至 14 位不是有效的出生日期，请核对。"
    en = "Digits 7 to 14 of the identity number are not a date of birth; check them."


class ResidentIdCheckDigit(IdentifierRefused):
    """The check character does not match."""

    code = "resident_id_check_digit"
    zh = "身份证号码校验位不符，请逐位核对。"
    en = "The check character of the identity number does not match; compare digit by digit."


def compact(text: str) -> str:
    """The number without blanks and hyphens, in capitals."""
    return squeeze(text)


def validate(text: str) -> str:
    """The compact number, or an :class:`IdentifierRefused` that never repeats the number."""
    number = compact(text)
    if not _FORM.fullmatch(number):
        raise ResidentIdForm()
    birth_date(number)
    if ric.calc_check_digit(number) != number[-1]:
        raise ResidentIdCheckDigit()
    return number


is_valid = accepting(validate)


def birth_date(text: str) -> date:
    """The date of birth in the number; :class:`ResidentIdBirthDate` if it is none or before 1850."""
    digits = compact(text)[6:14]
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise ResidentIdBirthDate() from None
    if born.year < 1850:
        raise ResidentIdBirthDate()
    return born


def age_on(text: str, day: date) -> int:
    """Full years on ``day``; a person born on 29 February is a year older on 1 March.

    >>> age_on("11010519491231002X", date(2026, 12, 30)), age_on("11010519491231002X", date(2026, 12, 31))
    (76, 77)
    """
    born = birth_date(text)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def warnings(text: str) -> tuple[Doubt, ...]:
    """Doubts about a valid number: a mainland region that is not in the table."""
    number = validate(text)
    if number[0] in "89":
        return ()
    try:
        ric.get_birth_place(number)
    except ValidationError:
        return (Doubt.UNKNOWN_REGION,)
    return ()
