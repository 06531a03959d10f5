"""The convention of a loan: every choice that decides a fen, named in one frozen value.

A product holds one, a signed loan keeps its own copy: changing the product changes no signed loan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from lending.labels import Labelled


class Method(Labelled):
    """How principal and interest are spread over the instalments."""

    EQUAL_INSTALMENT = "equal_instalment", "等额本息", "Equal instalments"
    EQUAL_PRINCIPAL = "equal_principal", "等额本金", "Equal principal"


class PeriodRate(Labelled):
    """The rate of a full period."""

    TWELFTH = "twelfth", "年利率除以12", "One twelfth of the annual rate"


class DayCount(Labelled):
    """The day rate for days that make no full period."""

    ACT_360 = "act_360", "实际天数/360", "Actual days / 360"
    ACT_365 = "act_365", "实际天数/365", "Actual days / 365"

    @property
    def year_days(self) -> int:
        """The days by which an annual rate is divided."""
        return 360 if self is DayCount.ACT_360 else 365


class FirstPeriod(Labelled):
    """The interest of a first period that is longer than a month."""

    ACTUAL_DAYS = "actual_days", "按实际天数计息", "Interest for the actual days"
    MONTH_PLUS_ODD = "month_plus_odd", "整月加零头天数计息", "One month and the odd days"
    SHIFT = "shift", "按整月计息，零头天数不计", "One month, odd days free"


class Rounding(Labelled):
    """How each interest and each instalment is brought to the fen."""

    HALF_UP = "half_up", "四舍五入到分", "Half up to the fen"

    @property
    def mode(self) -> str:
        """The rounding mode of :mod:`decimal`."""
        return {Rounding.HALF_UP: ROUND_HALF_UP}[self]


class Residue(Labelled):
    """Which instalment takes the fen that rounding leaves."""

    LAST_INSTALMENT = "last_instalment", "末期补足尾差", "The last instalment takes the rest"


class MissingDay(Labelled):
    """What a due day 29 to 31 becomes in a month without it."""

    MONTH_END = (
        "month_end",
        "无该日的月份取月末，次月恢复",
        "The last day of that month; the next month returns",
    )


@dataclass(frozen=True)
class Convention:
    """Everything besides amount, rate, term and dates that the figures of a loan depend on."""

    period_rate: PeriodRate = PeriodRate.TWELFTH
    odd_days: DayCount = DayCount.ACT_360
    first_period: FirstPeriod = FirstPeriod.MONTH_PLUS_ODD
    rounding: Rounding = Rounding.HALF_UP
    residue: Residue = Residue.LAST_INSTALMENT
    missing_day: MissingDay = MissingDay.MONTH_END

    def as_data(self) -> dict[str, str]:
        """The stored form: the name of each choice."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """From the stored form; a choice that was not known when it was stored takes its default.

        >>> Convention.from_data(Convention(first_period=FirstPeriod.SHIFT).as_data()).first_period.value
        'shift'
        """
        stored = {**cls().as_data(), **data}
        unknown = stored.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown choices in a stored convention: {sorted(unknown)}")
        return cls(
            period_rate=PeriodRate(stored["period_rate"]),
            odd_days=DayCount(stored["odd_days"]),
            first_period=FirstPeriod(stored["first_period"]),
            rounding=Rounding(stored["rounding"]),
            residue=Residue(stored["residue"]),
            missing_day=MissingDay(stored["missing_day"]),
        )

    def round(self, amount: Decimal) -> Decimal:
        """``amount`` yuan brought to the fen."""
        return amount.quantize(Decimal("0.01"), rounding=self.rounding.mode)
