"""Money: Decimal yuan exact to the fen, rounded half up; and how people write it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from lending.errors import LendingError

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("999999999999.99")

_WRITTEN = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_CHINESE_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_CHINESE_PLACES = ("", "拾", "佰", "仟")
_CHINESE_GROUPS = ("", "万", "亿")


class AmountNotANumber(LendingError):
    """The text is not an amount of yuan written in plain digits."""

    code = "amount_not_a_number"
    zh = "“{text}”不是有效的金额，请只填数字，例如 100000.00。"
    en = "“{text}” is not an amount; write plain digits such as 100000.00."


class AmountFinerThanFen(LendingError):
    """The amount has more than two decimals."""

    code = "amount_finer_than_fen"
    zh = "金额 {text} 的小数超过两位，最小单位为分。"
    en = "The amount {text} has more than two decimals; the smallest unit is the fen."


class AmountTooLarge(LendingError):
    """The amount is beyond what the books can hold."""

    code = "amount_too_large"
    zh = "金额过大，最多为 {limit:,.2f} 元。"
    en = "The amount is too large; the most is {limit:,.2f} yuan."


def to_fen(amount: Decimal) -> Decimal:
    """``amount`` yuan rounded half up (away from zero at exactly half a fen) to the fen.

    >>> to_fen(Decimal("3036.755")), to_fen(Decimal("-0.005"))
    (Decimal('3036.76'), Decimal('-0.01'))
    """
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


def exact(amount: Decimal) -> Decimal:
    """The same amount with two decimals, if the books can hold it without rounding.

    >>> exact(Decimal("1E+5"))
    Decimal('100000.00')

    Raises :class:`AmountNotANumber` (NaN, infinity), :class:`AmountFinerThanFen`, :class:`AmountTooLarge`.
    """
    if not amount.is_finite():
        raise AmountNotANumber(text=amount)
    if abs(amount) > LARGEST:
        raise AmountTooLarge(limit=LARGEST)
    if amount != to_fen(amount):
        raise AmountFinerThanFen(text=amount.normalize())
    return to_fen(amount)


def ungrouped(text: str) -> str:
    """What a person wrote without its thousands commas, if each stands before three digits; else unchanged.

    >>> ungrouped("20,000.50"), ungrouped("1,00")
    ('20000.50', '1,00')
    """
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def parse(written: str | int | Decimal) -> Decimal:
    """An amount of yuan as a person or a program wrote it: plain digits, thousands commas, at most two decimals.

    Nothing is rounded: a third decimal is refused even if it is a zero, and so are exponents, NaN and infinity.
    The sign is kept; whether an amount may be negative is for the rule that reads it.

    >>> parse("100,000.5"), parse(7)
    (Decimal('100000.50'), Decimal('7.00'))

    Raises :class:`AmountNotANumber`, :class:`AmountFinerThanFen`, :class:`AmountTooLarge`.
    """
    if isinstance(written, Decimal):
        return exact(written)
    text = str(written).strip()
    found = _WRITTEN.fullmatch(ungrouped(text))
    if found is None:
        raise AmountNotANumber(text=text[:40])
    sign, whole, fraction = found.groups()
    if fraction is not None and len(fraction) > 2:
        raise AmountFinerThanFen(text=text[:40])
    digits = whole.lstrip("0") or "0"
    if len(digits) > 12:
        raise AmountTooLarge(limit=LARGEST)
    return Decimal(f"{sign}{digits}.{fraction or '00'}").quantize(FEN)


def written(amount: Decimal) -> str:
    """The amount with thousands commas and two decimals: ``3,036.76``; nothing is never negative.

    >>> written(Decimal("3036.76")), written(Decimal("-0.00"))
    ('3,036.76', '0.00')
    """
    return f"{to_fen(amount) + 0:,.2f}"


def written_rate(rate: Decimal) -> str:
    """A fraction as an exact percentage with at least two decimals.

    >>> written_rate(Decimal("0.0588")), written_rate(Decimal("0.05885")), written_rate(Decimal("0.03"))
    ('5.88%', '5.885%', '3.00%')
    """
    percent = (rate * 100).normalize()
    places = max(2, -int(percent.as_tuple().exponent))
    return f"{percent:.{places}f}%"


def in_capitals(amount: Decimal) -> str:
    """The amount in the capital characters of Chinese contracts and cheques (支付结算办法 附一).

    ``amount`` is non-negative yuan, exact to the fen.

    >>> in_capitals(Decimal("100000")), in_capitals(Decimal("3036.76")), in_capitals(Decimal("1000010.05"))
    ('壹拾万元整', '叁仟零叁拾陆元柒角陆分', '壹佰万零壹拾元零伍分')
    """
    if amount < 0 or amount > LARGEST:
        raise ValueError("only amounts from zero to the largest one have a written form")
    fen = int(to_fen(amount) * 100)
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    text = f"{_capital_integer(yuan)}元" if yuan or not fen else ""
    if not jiao and not cents:
        return f"{text}整"
    if jiao:
        text += f"{_CHINESE_DIGITS[jiao]}角"
    elif text:
        text += "零"
    return text + (f"{_CHINESE_DIGITS[cents]}分" if cents else "整")


def _capital_integer(number: int) -> str:
    if number == 0:
        return "零"
    text = ""
    before = 1
    for index in range(2, -1, -1):
        group = number // 10_000**index % 10_000
        if group:
            if text and (before % 10 == 0 or group < 1000):
                text += "零"
            text += _capital_group(group) + _CHINESE_GROUPS[index]
        before = group
    return text


def _capital_group(group: int) -> str:
    text = ""
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += _CHINESE_DIGITS[digit] + _CHINESE_PLACES[place]
        elif text and not text.endswith("零") and group % 10**place:
            text += "零"
    return text
