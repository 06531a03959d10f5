"""The convention of a loan: every choice that decides a fen, named in one frozen value.

A product holds one, a signed loan keeps its own copy: changing the product changes no signed loan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Context, Decimal
from typing import Self

from lending.maths.choices import (
    BusinessDay,
    Compound,
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

__all__ = [
    "BusinessDay",
    "Compound",
    "Convention",
    "Correction",
    "DayCount",
    "EarlyReceipt",
    "FirstPeriod",
    "LevelRate",
    "Method",
    "MissingDay",
    "OddInterest",
    "PayOffInterest",
    "PeriodRate",
    "Prepayment",
    "Residue",
    "Rest",
    "Rounding",
    "RoundingMoment",
    "Unit",
    "to_unit",
]

VERSION = "2"
_RENAMED = {"odd_days": "day_count"}
"""What version 1 called by another name; the choices it lacks are the defaults, which is how it reckoned."""
_CENT = Decimal("0.01")
_SNAP = Decimal("1e-20")
_WIDE = Context(prec=60)
"""A third of a rate has no last digit: half a fen may come out as 0.004999…9 with forty nines. Amounts of fen times
rates of eight decimals over 12, 360, 365 or 366 that are no half lie at least 1e-17 from one; 1e-20 parts them."""


@dataclass(frozen=True)
class Convention:
    """Everything besides amount, rate, term and dates that the figures of a loan depend on.

    ``every`` ``unit`` is the distance of due dates. ``unit_of_account`` is what interest is rounded to, in yuan, and
    ``instalment_unit`` what the equal instalment is. ``day_count`` counts the days that make no full period, and all
    days when ``period_rate`` is by days. After ``rests`` instalments the interest not yet paid joins the balance.
    """

    every: int = 1
    unit: Unit = Unit.MONTH
    missing_day: MissingDay = MissingDay.MONTH_END
    business_day: BusinessDay = BusinessDay.AS_IT_FALLS
    period_rate: PeriodRate = PeriodRate.TWELFTH
    day_count: DayCount = DayCount.ACT_360
    first_period: FirstPeriod = FirstPeriod.MONTH_PLUS_ODD
    odd_interest: OddInterest = OddInterest.ON_TOP
    level_rate: LevelRate = LevelRate.REGULAR
    rounding: Rounding = Rounding.HALF_UP
    unit_of_account: Decimal = _CENT
    rounding_moment: RoundingMoment = RoundingMoment.PERIOD
    instalment_rounding: Rounding = Rounding.HALF_UP
    instalment_unit: Decimal = _CENT
    correction: Correction = Correction.NONE
    residue: Residue = Residue.LAST_INSTALMENT
    rests: int = 1
    rest: Rest = Rest.DAILY
    early_receipt: EarlyReceipt = EarlyReceipt.INTEREST
    prepayment: Prepayment = Prepayment.LOWER_INSTALMENT
    pay_off_interest: PayOffInterest = PayOffInterest.TO_THE_DAY
    compound: Compound = Compound.NONE

    def as_data(self) -> dict[str, str]:
        """The stored form: the version and the value of each choice, all as text."""
        return {"version": VERSION} | {field.name: str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """From the stored form of any version; a choice that it did not know takes its default.

        >>> Convention.from_data(Convention(first_period=FirstPeriod.SHIFT).as_data()).first_period.value
        'shift'
        >>> Convention.from_data({"odd_days": "act_365", "rounding": "half_up"}).day_count.value
        'act_365'

        ValueError for a choice or a value that no version knows.
        """
        given = dict(data)
        version = given.pop("version", "1")
        if version not in ("1", VERSION):
            raise ValueError(f"a convention of version {version} was stored by a later release")
        if version == "1":
            given = {_RENAMED.get(name, name): value for name, value in given.items()}
        unknown = given.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown choices in a stored convention: {sorted(unknown)}")
        stored = {**cls().as_data(), **given}
        return cls(
            every=int(stored["every"]),
            unit=Unit(stored["unit"]),
            missing_day=MissingDay(stored["missing_day"]),
            business_day=BusinessDay(stored["business_day"]),
            period_rate=PeriodRate(stored["period_rate"]),
            day_count=DayCount(stored["day_count"]),
            first_period=FirstPeriod(stored["first_period"]),
            odd_interest=OddInterest(stored["odd_interest"]),
            level_rate=LevelRate(stored["level_rate"]),
            rounding=Rounding(stored["rounding"]),
            unit_of_account=Decimal(stored["unit_of_account"]),
            rounding_moment=RoundingMoment(stored["rounding_moment"]),
            instalment_rounding=Rounding(stored["instalment_rounding"]),
            instalment_unit=Decimal(stored["instalment_unit"]),
            correction=Correction(stored["correction"]),
            residue=Residue(stored["residue"]),
            rests=int(stored["rests"]),
            rest=Rest(stored["rest"]),
            early_receipt=EarlyReceipt(stored["early_receipt"]),
            prepayment=Prepayment(stored["prepayment"]),
            pay_off_interest=PayOffInterest(stored["pay_off_interest"]),
            compound=Compound(stored["compound"]),
        )

    def round(self, amount: Decimal) -> Decimal:
        """An interest or a part of the principal, in yuan, brought to its unit."""
        return to_unit(amount, self.unit_of_account, self.rounding)

    def round_instalment(self, amount: Decimal) -> Decimal:
        """An equal instalment, in yuan, brought to its unit."""
        return to_unit(amount, self.instalment_unit, self.instalment_rounding)


def to_unit(amount: Decimal, unit: Decimal, rounding: Rounding) -> Decimal:
    """``amount`` as a multiple of ``unit``.

    >>> to_unit(Decimal("304.91"), Decimal(5), Rounding.CEILING), to_unit(Decimal("0.125"), _CENT, Rounding.HALF_EVEN)
    (Decimal('305'), Decimal('0.12'))
    >>> to_unit(Decimal("0.0349999999999999999999999999999"), _CENT, Rounding.HALF_UP)
    Decimal('0.04')
    """
    if rounding is Rounding.NONE:
        return amount
    exact = amount.quantize(_SNAP, context=_WIDE)
    if unit == _CENT:
        return exact.quantize(_CENT, rounding=rounding.mode, context=_WIDE)
    return (exact / unit).quantize(Decimal(1), rounding=rounding.mode, context=_WIDE) * unit
