"""Why an identifier is refused or doubted."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from lending.errors import LendingError
from lending.labels import Labelled


class IdentifierRefused(LendingError):
    """The text cannot be an identifier of this kind."""

    code = "identifier_refused"


class Doubt(Labelled):
    """What a person should look at before an identifier is relied on; none of these refuses it."""

    UNKNOWN_REGION = (
        "unknown_region",
        "行政区划代码不在现行代码表内，请核对证件原件",
        "The region code is not in the current table; compare with the original document",
    )
    VIN_CHECK_DIGIT = (
        "vin_check_digit",
        "车架号校验位不符（部分进口车不使用校验位），请核对车辆铭牌",
        "The VIN check digit does not match (some imports do not use one); compare with the plate on the car",
    )
    VIRTUAL_OPERATOR = (
        "virtual_operator",
        "该号码属于虚拟运营商号段，请人工核实",
        "The number belongs to a virtual operator; verify it by hand",
    )
    CARD_CHECK_DIGIT = (
        "card_check_digit",
        "银行卡号校验位不符（少数旧卡如此），请核对卡面",
        "The card's check digit does not match (a few old cards); compare with the card",
    )


def squeeze(text: str, drop: str = " -") -> str:
    """Upper case, full-width forms made half-width, and the characters of ``drop`` removed."""
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    return "".join(character for character in plain if character not in drop)


def accepting(validate: Callable[[str], str]) -> Callable[[str], bool]:
    """The test whether ``validate`` accepts a text."""

    def is_valid(text: str) -> bool:
        try:
            validate(text)
        except IdentifierRefused:
            return False
        return True

    return is_valid
