"""What people type besides amounts: percentages, whole numbers, days, and rows of figures written as 12×3000."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from lending import money
from lending.errors import LendingError

PERCENT_MAX = Decimal(1000)
ROWS_MAX = 600
_PERCENT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s*%?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ROWS = re.compile(r"(?:(\d{1,3})\s*[×xX*]\s*)?(\d{1,12}(?:\.\d{1,6})?)", re.ASCII)


class PercentageNotANumber(LendingError):
    """The text is not a percentage in plain digits."""

    code = "percentage_not_a_number"
    zh = "“{text}”不是有效的百分数，请只填不带负号的数字，例如 5.88。"
    en = "“{text}” is not a percentage; write plain digits without a sign, such as 5.88."


class PercentageTooFine(LendingError):
    """A percentage has at most six decimals."""

    code = "percentage_too_fine"
    zh = "百分数 {text} 的小数超过六位，请缩短。"
    en = "The percentage {text} has more than six decimals; shorten it."


class PercentageTooLarge(LendingError):
    """A percentage lies within bounds."""

    code = "percentage_too_large"
    zh = "{text}% 过大：应为 0% 至 {high}%，请以百分数填写，例如 5.88。"
    en = "{text}% is too large: it is 0% to {high}%; write a percentage such as 5.88."


class NotAWholeNumber(LendingError):
    """The text is not a whole number."""

    code = "not_a_whole_number"
    zh = "“{text}”不是整数，请填不带小数和负号的数字，例如 36。"
    en = "“{text}” is not a whole number; write digits without decimals or sign, such as 36."


class NotADay(LendingError):
    """The text is not a day of the calendar."""

    code = "not_a_day"
    zh = "“{text}”不是有效的日期，请按 2026-09-15 的格式填写。"
    en = "“{text}” is not a day of the calendar; write it as 2026-09-15."


class DaysBackwards(LendingError):
    """A time begins on or before the day on which it ends."""

    code = "days_backwards"
    zh = "起始日期 {since} 晚于截止日期 {until}，没有可查询的日子，请更正。"
    en = "The first day, {since}, is after the last, {until}: there are no days to look at; correct one of them."


class RowsNotReadable(LendingError):
    """The text is not a row of figures, each with how often it comes."""

    code = "rows_not_readable"
    zh = "“{text}”无法识别：请写成“期数×数值”，以空格分隔，例如 12×1 12×1.2，合计不超过 {high} 期。"
    en = "“{text}” cannot be read: write number × value, separated by spaces, as 12×1 12×1.2, {high} in all at most."


class FigureMissing(LendingError):
    """What is needed was not filled in."""

    code = "figure_missing"
    zh = "请填写此项。"
    en = "Fill this in."


class TermMissing(LendingError):
    """A product has all its terms."""

    code = "term_missing"
    zh = "请填写“{label}”。"
    en = "Fill in {label}."


class TimesNotANumber(LendingError):
    """A multiplier is a plain number."""

    code = "times_not_a_number"
    zh = "“{text}”不是有效的倍数，请填写如 1.5。"
    en = "“{text}” is not a number of times; write one such as 1.5."


class NotAChoice(LendingError):
    """The value is none of those to choose from."""

    code = "not_a_choice"
    zh = "“{text}”不在可选项内，请重新选择。"
    en = "“{text}” is none of the choices; choose again."


class AmountNotPositive(LendingError):
    """The amount is above zero."""

    code = "amount_not_positive"
    zh = "金额 {amount:,.2f} 元应大于 0，请更正。"
    en = "The amount {amount:,.2f} is not above 0; correct it."


class AmountNegative(LendingError):
    """The amount is not below zero."""

    code = "amount_negative"
    zh = "金额 {amount:,.2f} 元不得为负数，请更正。"
    en = "The amount {amount:,.2f} is below 0; correct it."


def positive_amount(text: str) -> Decimal:
    """Yuan above zero, exact to the fen; :class:`AmountNotPositive` and the refusals of :func:`money.parse`."""
    amount = money.parse(text)
    if amount <= 0:
        raise AmountNotPositive(amount=amount)
    return amount


def amount_from_zero(text: str) -> Decimal:
    """Yuan of zero or more, exact to the fen; :class:`AmountNegative` and the refusals of :func:`money.parse`."""
    amount = money.parse(text)
    if amount < 0:
        raise AmountNegative(amount=amount)
    return amount


def percentage(text: str) -> Decimal:
    """A percentage as a fraction to 1e-8.

    >>> percentage("5.88"), percentage("4.2 %")
    (Decimal('0.0588'), Decimal('0.042'))

    Raises :class:`PercentageNotANumber`, :class:`PercentageTooFine`, :class:`PercentageTooLarge`.
    """
    found = _PERCENT.fullmatch(text)
    if found is None:
        raise PercentageNotANumber(text=text[:40])
    whole, places = found[1].replace(",", "").lstrip("0") or "0", found[2] or ""
    if len(places) > 6:
        raise PercentageTooFine(text=text[:40])
    if len(whole) > 12 or Decimal(f"{whole}.{places or '0'}") > PERCENT_MAX:
        raise PercentageTooLarge(text=text[:40].rstrip("% "), high=f"{PERCENT_MAX:,}")
    return Decimal(f"{whole}.{places or '0'}") / 100


def times(text: str) -> Decimal:
    """A plain number of times, up to four decimals.

    >>> times("1.5")
    Decimal('1.5')
    """
    whole, _dot, rest = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and (not rest or (rest.isascii() and rest.isdigit()))):
        raise TimesNotANumber(text=text[:20])
    if len(whole) > 3 or len(rest) > 4:
        raise TimesNotANumber(text=text[:20])
    return Decimal(text)


def whole_number(text: str) -> int:
    """A whole number of at most nine digits, or :class:`NotAWholeNumber`."""
    if _WHOLE.fullmatch(text) is None:
        raise NotAWholeNumber(text=text[:40])
    return int(text)


def calendar_day(text: str) -> date:
    """A day as 2026-09-15, or :class:`NotADay`."""
    if _DAY.fullmatch(text) is None:
        raise NotADay(text=text[:40])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotADay(text=text) from None


def rows_of_figures(text: str) -> tuple[Decimal, ...]:
    """Figures as many times as it says, in order, or :class:`RowsNotReadable`.

    >>> rows_of_figures("2×1 1×1.2"), rows_of_figures("500 2*250")
    ((Decimal('1'), Decimal('1'), Decimal('1.2')), (Decimal('500'), Decimal('250'), Decimal('250')))
    """
    figures: list[Decimal] = []
    for part in re.split(r"[\s;；，、]+", re.sub(r"\s*[×xX*]\s*", "×", text.strip())):
        found = _ROWS.fullmatch(part)
        if found is None or len(figures) + int(found[1] or 1) > ROWS_MAX:
            raise RowsNotReadable(text=part[:40], high=ROWS_MAX)
        figures += [Decimal(found[2])] * int(found[1] or 1)
    return tuple(figures)
