"""The named checks of the trade that a field asks for with its property ``check``: errors, and doubts to confirm."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from forms.errors import FieldRefused
from lending.identifiers import bank_card, imei, mobile, plate, resident_id, uscc, vin
from lending.identifiers.errors import Doubt

NAME_CHARACTERS_MAX = 50


class Identified(NamedTuple):
    """A text in its stored form and the doubts about it, which refuse nothing by themselves."""

    value: str
    doubts: tuple[Doubt, ...] = ()


class PersonNameRefused(FieldRefused):
    """The text cannot be the name of a person on an identity document."""

    code = "person_name"
    zh = "姓名应与证件一致：2 至 50 个汉字或字母，可含间隔号“·”，不能含数字或其他符号。"
    en = (
        "Write the name as on the identity document: 2 to 50 characters or letters, no digits or other signs."
    )


def person_name(text: str) -> Identified:
    """A name as on the document: letters of any script, a middle dot, single blanks, hyphen and apostrophe."""
    name = " ".join(unicodedata.normalize("NFKC", text).replace("•", "·").split())
    letters = [sign for sign in name if sign not in "· -'"]
    if not 2 <= len(letters) <= NAME_CHARACTERS_MAX or not all(sign.isalpha() for sign in letters):
        raise PersonNameRefused()
    return Identified(name)


CHECKS: dict[str, Callable[[str], Identified]] = {
    "resident_id": lambda text: Identified(resident_id.validate(text), resident_id.warnings(text)),
    "vin": lambda text: Identified(vin.validate(text), vin.warnings(text)),
    "plate": lambda text: Identified(plate.validate(text)),
    "mobile": lambda text: Identified(mobile.validate(text), mobile.warnings(text)),
    "uscc": lambda text: Identified(uscc.validate(text)),
    "bank_card": lambda text: Identified(bank_card.validate(text), bank_card.warnings(text)),
    "imei": lambda text: Identified(imei.validate(text)),
    "person_name": person_name,
}
