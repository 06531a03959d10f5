"""From the words of a vector to a convention of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from benchmarks.vectors.files import NotOfOurTrade, NotUnderstood, Vector
from lending.maths.convention import (
    Convention,
    Correction,
    DayCount,
    EarlyReceipt,
    FirstPeriod,
    LevelRate,
    Method,
    MissingDay,
    OddInterest,
    PayOffInterest,
    PeriodRate,
    Prepayment,
    Residue,
    Rest,
    Rounding,
    RoundingMoment,
    Unit,
)

_MODES = (
    (r"half[_ -]?even|banker", Rounding.HALF_EVEN),
    (r"half[_ -]?up|commercial|away from zero", Rounding.HALF_UP),
    (r"half[_ -]?down", Rounding.HALF_DOWN),
    (r"ceil|round(ed)?[_ ]?up|\bup\b", Rounding.CEILING),
    (r"floor|trunc|round(ed)?[_ ]?down|\bdown\b", Rounding.DOWN),
    (r"\bnone\b|unrounded|not rounded|no rounding", Rounding.NONE),
)
_DAY_COUNTS = (
    (r"30e\+?/360[ (-]*isda|30/360[ (-]*german", DayCount.ISDA_30E_360),
    (r"30e/360|eurobond|30/360[ (-]*(icma|european)|special german", DayCount.EURO_30E_360),
    (r"30u/360|30us/360|nasd|30/360[ (-]*us", DayCount.US_30U_360),
    (r"bond basis|30a/360|360/360|30/360[ (-]*isda", DayCount.BOND_30_360),
    (r"act/act.*(year of (the )?(disburs|pay))", DayCount.ACT_PAY_OUT_YEAR),
    (r"act/act.*(dec ?31|31 dec|year[ -]?end)", DayCount.ACT_ACT_YEAR_END),
    (r"act/act.*afb|\bafb\b", DayCount.ACT_ACT_AFB),
    (r"act/365[ .]*25", DayCount.ACT_365_25),
    (r"act/365l", DayCount.ACT_365L),
    (r"nl/365|no[ -]?leap|act/365[ (-]*no", DayCount.NO_LEAP_365),
    (r"act/360", DayCount.ACT_360),
    (r"act/364", DayCount.ACT_364),
    (r"act/366", DayCount.ACT_366),
    (r"act/365", DayCount.ACT_365),
    (r"act/act|isda.*(1 jan|split)", DayCount.ACT_ACT_ISDA),
)
_TWELFTH = re.compile(
    r"annual/12|rate/12|nominal/12|yearly/12|30/360|360/360|1/12|unit[ -]period|monthly rate"
)
_METHODS = (
    (r"weight|step", Method.STEP),
    (r"flat", Method.FLAT),
    (r"balloon", Method.BALLOON),
    (r"interest[_ -](only|first)|principal at maturity", Method.INTEREST_FIRST),
    (r"bullet|single|at maturity|one[_ -]off", Method.BULLET),
    (r"fixed[_ ]principal|principal[_ ]plus", Method.FIXED_PRINCIPAL),
    (r"equal[_ ]principal|constant[_ ]principal", Method.EQUAL_PRINCIPAL),
    (r"custom|principal parts", Method.CUSTOM),
    (r"fixed[_ ](instal|amount|payment|emi)", Method.FIXED_INSTALMENT),
    (r"equal|annuity|level|declining|emi|amorti", Method.EQUAL_INSTALMENT),
)
_FREQUENCIES = (
    (r"bi-?weekly|fortnight|every (2|two) weeks|2-weekly", 2, Unit.WEEK),
    (r"semi-?month", 15, Unit.DAY),
    (r"semi-?annual|half-?year", 6, Unit.MONTH),
    (r"bi-?month|every (2|two) months", 2, Unit.MONTH),
    (r"quarter", 3, Unit.MONTH),
    (r"week", 1, Unit.WEEK),
    (r"month", 1, Unit.MONTH),
    (r"year|annual", 1, Unit.YEAR),
    (r"dai?ly|day", 1, Unit.DAY),
)
_EVERY = re.compile(r"every (\d+) (day|week|month|year)")


@dataclass(frozen=True)
class Numbers:
    """How a vector's figures are written: to how many decimals they are to be compared; None, as they are written."""

    places: int | None
    unrounded: bool


def method_of(vector: Vector) -> Method:
    """The method of repayment that the words name."""
    words = vector.text("method", "amortisation", "amortization", "type")
    if re.search(r"tranche|multi[- ]?disb|down[- ]?payment", words + " " + vector.id):
        raise NotOfOurTrade("the loan is paid out in several parts: outside the product")
    for pattern, method in _METHODS:
        if re.search(pattern, words):
            return method
    raise NotUnderstood(f"the method {words!r} is not known")


def day_count_of(text: str) -> DayCount:
    """The day count that a text names, the more particular first."""
    plain = re.sub(r"actual", "act", text.lower()).replace(" /", "/").replace("/ ", "/")
    for pattern, count in _DAY_COUNTS:
        if re.search(pattern, plain):
            return count
    raise NotUnderstood(f"the day count {text!r} is not known")


def convention_of(vector: Vector) -> Convention:
    """The convention that the words of a schedule name; what they leave open is as most publishers have it."""
    every, unit = frequency_of(vector)
    counting = vector.text("day_count", "daycount", "basis")
    by_days, count, first = _counting(vector, counting)
    interest, account, moment = _interest_rounding(vector)
    instalment, instalment_unit = _instalment_rounding(vector, interest, account)
    words = vector.words
    return Convention(
        every=every,
        unit=unit,
        missing_day=MissingDay.NEXT_MONTH if "next_month" in words else MissingDay.MONTH_END,
        period_rate=PeriodRate.DAYS if by_days else PeriodRate.TWELFTH,
        day_count=count,
        first_period=first,
        odd_interest=OddInterest.INSIDE,
        level_rate=_level_rate(vector),
        rounding=interest,
        unit_of_account=account,
        rounding_moment=moment,
        instalment_rounding=instalment,
        instalment_unit=instalment_unit,
        correction=Correction.ONCE
        if re.search(r"emi adjust|adjusted by iteration|try emi", words)
        else Correction.NONE,
        residue=_residue(vector),
        rests=_rests(vector),
        rest=Rest.DUE_DATE if re.search(r"\brest([- ]date| frequency| period)", words) else Rest.DAILY,
        early_receipt=_early_receipt(vector),
        prepayment=_prepayment(vector),
        pay_off_interest=_pay_off_interest(vector),
    )


def frequency_of(vector: Vector) -> tuple[int, Unit]:
    """The distance of due dates."""
    for key, unit in (("period_months", Unit.MONTH), ("period_weeks", Unit.WEEK), ("period_days", Unit.DAY)):
        given = vector.number(key)
        if given is not None:
            return int(given), unit
    words = vector.text("frequency", "repayment_frequency", "payment_frequency", "period", "repayment_every")
    found = _EVERY.search(words)
    if found:
        return int(found.group(1)), Unit(found.group(2))
    for pattern, every, unit in _FREQUENCIES:
        if words and re.search(pattern, words):
            return every * int(vector.number("every", "repayment_interval") or 1), unit
    if words:
        raise NotUnderstood(f"the frequency {words!r} is not known")
    return 1, Unit.MONTH


def numbers_of(vector: Vector) -> Numbers:
    """How the expected figures are written."""
    rows = vector.text("row_rounding", "rows", "display")
    found = re.search(r"(?:compare[d]?|printed|shown) (?:to|at) (\d+) dec", rows)
    unrounded = "none" in rows or "unrounded" in rows
    return Numbers(int(found.group(1)) if found else None, unrounded)


def _counting(vector: Vector, counting: str) -> tuple[bool, DayCount, FirstPeriod]:
    """Whether days alone count, how, and what a longer first period counts."""
    full = counting + " " + vector.text("day_count_text", "day_count_note")
    if not counting:
        raise NotUnderstood("the day count is not given")
    if re.search(r"unit[ -]period", counting):
        return False, _odd_days(counting), FirstPeriod.ACTUAL_DAYS
    if _TWELFTH.search(counting) and not re.search(r"30[eu]|nasd|bond|isda|german", counting):
        odd = vector.text("odd_days", "first_period", "odd_first_period")
        if odd:
            whole = bool(re.search(r"month", odd))
            return False, day_count_of(odd), FirstPeriod.MONTH_PLUS_ODD if whole else FirstPeriod.ACTUAL_DAYS
        return False, DayCount.PART_OF_PERIOD, FirstPeriod.MONTH_PLUS_ODD
    return True, day_count_of(full), FirstPeriod.ACTUAL_DAYS


def _odd_days(counting: str) -> DayCount:
    return DayCount.ACT_365 if "365" in counting else DayCount.ACT_360


def _interest_rounding(vector: Vector) -> tuple[Rounding, Decimal, RoundingMoment]:
    rows = vector.text("row_rounding", "interest_rounding")
    text = rows or vector.text("rounding") or vector.text("algorithm")
    mode = _mode(text.split("instalment")[0]) or _mode(text) or Rounding.HALF_UP
    sub = vector.text("sub_period_rounding") or text
    each = re.search(r"(per|each|every) sub[- ]?period", sub) and "once" not in sub
    return mode, _places(text), RoundingMoment.SUB_PERIOD if each else RoundingMoment.PERIOD


def _mode(text: str) -> Rounding | None:
    return next((mode for pattern, mode in _MODES if re.search(pattern, text)), None)


def _places(text: str) -> Decimal:
    found = re.search(r"(\d+) ?(?:dp\b|dec)", text)
    return Decimal(1).scaleb(-int(found.group(1))) if found else Decimal("0.01")


def _instalment_rounding(vector: Vector, interest: Rounding, account: Decimal) -> tuple[Rounding, Decimal]:
    own = vector.text("instalment_rounding", "emi_rounding", "installment_rounding")
    text = own or vector.text("rounding") + " " + vector.text("algorithm")
    unit = _instalment_unit(text, own)
    mode = _mode(own) or (Rounding.NONE if interest is Rounding.NONE else None)
    if mode is None:
        general = vector.text("rounding")
        mode = _mode(general) if general else None
    return mode or interest, unit or account


def _instalment_unit(text: str, own: str) -> Decimal | None:
    found = re.search(r"multiples? of (\d+(?:\.\d+)?)", text)
    if found:
        return Decimal(found.group(1))
    if re.search(r"nearest (whole )?(currency )?unit|whole (currency )?unit|whole number", text):
        return Decimal(1)
    found = re.search(r"\bto (?:the )?(?:nearest )?(\d+(?:\.\d+)?)\b(?! ?dec| ?dp)", own)
    if found:
        return Decimal(found.group(1))
    return _places(own) if own else None


def _level_rate(vector: Vector) -> LevelRate:
    text = vector.text("emi_rate", "instalment_rate", "level_rate")
    return LevelRate.FIRST_PERIOD if text and "12" not in re.sub(r"12%", "", text) else LevelRate.EACH_PERIOD


def _residue(vector: Vector) -> Residue:
    text = vector.text("residue", "residual", "remainder")
    if re.search(r"left|open|stays|all payments equal", text):
        return Residue.LEFT_OPEN
    if "first" in text:
        return Residue.FIRST_INSTALMENT
    if "last" in text or "final" in text:
        return Residue.LAST_INSTALMENT
    solved_for = vector.first("weights") is not None or _rests(vector) > 1 or "curo" in vector.repository
    return Residue.IMPLIED_RATE if solved_for else Residue.LAST_INSTALMENT


def _rests(vector: Vector) -> int:
    text = vector.text("method") + " " + vector.text("compounding", "capitalisation", "capitalization")
    found = re.search(r"(?:capitalis|capitaliz|compound)\w*(?: each| every|:)? ?(\w+)", text)
    if found is None:
        return 1
    spans = {"quarter": 3, "quarterly": 3, "year": 12, "yearly": 12, "annually": 12, "month": 1, "monthly": 1}
    if found.group(1) not in spans:
        raise NotUnderstood(f"interest capitalised {found.group(1)!r} is not known")
    return spans[found.group(1)]


def _early_receipt(vector: Vector) -> EarlyReceipt:
    progressive = re.search(r"interest stops|progressive|30/360-period", vector.words)
    early = vector.first("early_payment") is not None or progressive
    return EarlyReceipt.INTEREST if early else EarlyReceipt.PRINCIPAL


def _prepayment(vector: Vector) -> Prepayment:
    words = vector.text("rule", "prepayment", "strategy") + " " + vector.title.lower()
    if re.search(r"number[_ ]of[_ ]instal|reduce (the )?(term|number)|short", words):
        return Prepayment.SHORTER_TERM
    if re.search(r"next[_ ](repay|instal)|reschedule", words):
        return Prepayment.NEXT_INSTALMENTS
    if re.search(r"instalment kept|residue to last|last instalment", vector.text("method") + words):
        return Prepayment.LAST_INSTALMENT
    return Prepayment.LOWER_INSTALMENT


def _pay_off_interest(vector: Vector) -> PayOffInterest:
    rule = vector.text("rule", "strategy")
    full = re.search(r"full (month|period)|next due|end of the period|\brest\b", rule)
    return PayOffInterest.TO_THE_DUE_DATE if full else PayOffInterest.TO_THE_DAY
