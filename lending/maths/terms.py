"""The terms of a loan: all that its schedule is made of, checked against the rules every loan keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Self

from lending.maths.convention import Convention, Method
from lending.maths.due_dates import check_instalments
from lending.maths.errors import (
    AgreementIncomplete,
    DateBeforeLoan,
    DueDatesNotRising,
    FinalAmountOutOfRange,
    GraceTooLong,
    PartsDoNotSum,
    PrincipalNotPositive,
    RateOutOfRange,
)

RATE_MAX = Decimal(10)
"""Above 1,000 % a year a rate is a slip: a percentage written where a fraction belongs."""


@dataclass(frozen=True)
class RateChange:
    """The annual rate, a fraction, from a day on; the day itself bears the new rate."""

    effective_from: date
    annual_rate: Decimal


@dataclass(frozen=True)
class Agreement:
    """What a method needs besides amount, rate and dates; amounts in yuan.

    ``instalment``: the amount of each (also of a balloon whose tail is what remains), or the fixed principal.
    ``final_amount``: the balloon. ``weights``: each instalment as a multiple of one unit that is solved for.
    ``parts``: the principal of each instalment. The graces count instalments: without principal, with the interest
    deferred to the first one after, and free of interest.
    """

    instalment: Decimal | None = None
    final_amount: Decimal | None = None
    weights: tuple[Decimal, ...] = ()
    parts: tuple[Decimal, ...] = ()
    grace_principal: int = 0
    grace_interest: int = 0
    interest_free: int = 0

    def as_data(self) -> dict[str, str]:
        """The stored form: what was agreed, as text; nothing for what was not.

        >>> given = Agreement(final_amount=Decimal(30000), weights=(Decimal(2), Decimal(1)), grace_principal=3)
        >>> Agreement.from_data(given.as_data()) == given
        True
        """
        return {
            field.name: _written(value)
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """From the stored form; ValueError for an agreement that a later release stored."""
        unknown = data.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown agreements in a stored loan: {sorted(unknown)}")
        return cls(
            Decimal(data["instalment"]) if "instalment" in data else None,
            Decimal(data["final_amount"]) if "final_amount" in data else None,
            tuple(Decimal(text) for text in data["weights"].split(",")) if "weights" in data else (),
            tuple(Decimal(text) for text in data["parts"].split(",")) if "parts" in data else (),
            int(data.get("grace_principal", 0)),
            int(data.get("grace_interest", 0)),
            int(data.get("interest_free", 0)),
        )


def _written(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


NOTHING_AGREED = Agreement()
_NEEDS = {
    Method.STEP: ("各期还款权数", "a weight for each instalment"),
    Method.CUSTOM: ("各期本金", "the principal of each instalment"),
    Method.FIXED_INSTALMENT: ("每期还款额", "the amount of an instalment"),
    Method.FIXED_PRINCIPAL: ("每期本金", "the principal of an instalment"),
    Method.BALLOON: ("尾款或每期还款额", "the balloon or the amount of an instalment"),
}


@dataclass(frozen=True)
class Terms:
    """A loan of ``principal`` yuan at ``annual_rate`` (a fraction) paid out on ``value_date``.

    ``due_dates`` are the days that interest is counted to; ``regular_ends`` those that each period would end on if it
    had the regular length (all of them do when empty). Raises a :class:`TermsRefused` naming field, rule and limit.
    """

    principal: Decimal
    annual_rate: Decimal
    method: Method
    convention: Convention
    value_date: date
    due_dates: tuple[date, ...]
    regular_ends: tuple[date, ...] = ()
    agreement: Agreement = NOTHING_AGREED
    rate_changes: tuple[RateChange, ...] = ()

    def __post_init__(self) -> None:
        if not self.principal.is_finite() or self.principal <= 0:
            raise PrincipalNotPositive(principal=self.principal)
        if self.principal != self.principal.quantize(Decimal("0.01")):
            raise PrincipalNotPositive(principal=self.principal)
        for rate in (self.annual_rate, *(change.annual_rate for change in self.rate_changes)):
            check_rate(rate)
        check_instalments(len(self.due_dates))
        self._check_dates()
        self._check_agreement()

    def _check_dates(self) -> None:
        if self.due_dates[0] < self.value_date:
            raise DateBeforeLoan(
                what_zh="还款日", what_en="due date", on=self.due_dates[0], value_date=self.value_date
            )
        for before, after in pairwise(self.due_dates):
            if after <= before:
                raise DueDatesNotRising(on=after, before=before)
        for change in self.rate_changes:
            if change.effective_from < self.value_date:
                raise DateBeforeLoan(
                    what_zh="利率调整日",
                    what_en="change of rate",
                    on=change.effective_from,
                    value_date=self.value_date,
                )

    def _check_agreement(self) -> None:
        agreed, count = self.agreement, len(self.due_dates)
        given = {
            Method.STEP: len(agreed.weights) == count,
            Method.CUSTOM: bool(agreed.parts),
            Method.FIXED_INSTALMENT: agreed.instalment is not None,
            Method.FIXED_PRINCIPAL: agreed.instalment is not None,
            Method.BALLOON: agreed.instalment is not None or agreed.final_amount is not None,
        }
        if not given.get(self.method, True):
            zh, en = _NEEDS[self.method]
            raise AgreementIncomplete(method=self.method, needed_zh=zh, needed_en=en)
        for grace in (agreed.grace_principal, agreed.grace_interest, agreed.interest_free):
            if not 0 <= grace < count and grace:
                raise GraceTooLong(grace=grace, high=count - 1)
        if agreed.final_amount is not None and not 0 <= agreed.final_amount <= self.principal:
            raise FinalAmountOutOfRange(amount=agreed.final_amount, principal=self.principal)
        if self.method is Method.CUSTOM and (
            len(agreed.parts) != count or sum(agreed.parts) != self.principal or min(agreed.parts) < 0
        ):
            raise PartsDoNotSum(
                count=len(agreed.parts),
                total=sum(agreed.parts),
                instalments=count,
                principal=self.principal,
            )


def check_rate(annual_rate: Decimal) -> None:
    """Refuse an annual rate that is no fraction from 0 to RATE_MAX."""
    if not annual_rate.is_finite() or not 0 <= annual_rate <= RATE_MAX:
        raise RateOutOfRange(annual_rate=annual_rate, low=Decimal(0), high=RATE_MAX)
