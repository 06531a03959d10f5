"""The interest periods of a loan and the part of a year that each of their days counts.

With a rate by twelfths a regular period counts its months / 12 whatever its days (30/360 per period), and a part of it
the actual days of the part / the actual days of the period. By days, every part counts by the day count alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from lending.maths.convention import Convention, DayCount, FirstPeriod, PeriodRate
from lending.maths.daycounts import year_fraction
from lending.maths.due_dates import months_of, periods_after
from lending.maths.terms import RateChange, Terms


@dataclass(frozen=True)
class Span:
    """From the day ``start`` (counted) to ``end`` (not counted); a regular period would end on ``regular_end``."""

    start: date
    end: date
    regular_end: date
    pay_out: date
    last: date
    convention: Convention

    @property
    def is_regular(self) -> bool:
        """Whether the period has the regular length."""
        return self.end == self.regular_end

    @property
    def by_days(self) -> bool:
        """Whether the day count alone decides, as it does when due dates are counted in days or weeks."""
        return self.convention.period_rate is PeriodRate.DAYS or months_of(self.convention) is None

    @property
    def regular_fraction(self) -> Decimal:
        """The part of a year of a regular period."""
        months = months_of(self.convention)
        return self._counted(self.start, self.regular_end) if months is None else Decimal(months) / 12

    def fraction(self, start: date, end: date) -> Decimal:
        """The part of a year from ``start`` to ``end``, both within the period."""
        policy = self.convention.first_period
        if self.by_days:
            return self._counted(start, end)
        if self.is_regular or policy is FirstPeriod.SHIFT:
            return self._part(start, end, self.start, self.end)
        if policy is FirstPeriod.ACTUAL_DAYS:
            return self._counted(start, end)
        cut = min(max(self.regular_end, start), end)
        return self._part(start, cut, self.start, self.regular_end) + self._counted(cut, end)

    def _counted(self, start: date, end: date) -> Decimal:
        count = self.convention.day_count
        if count is not DayCount.PART_OF_PERIOD:
            return year_fraction(count, start, end, pay_out=self.pay_out, last=self.last)
        following = periods_after(self.regular_end, 1, self.convention)
        if end <= self.regular_end:
            return self._part(start, end, self.start, self.regular_end)
        return self._part(start, end, self.regular_end, following)

    def _part(self, start: date, end: date, of_start: date, of_end: date) -> Decimal:
        """Days of a part over the days of the period it is a part of, times the regular fraction."""
        if (start, end) == (of_start, of_end):
            return self.regular_fraction
        return self.regular_fraction * (end - start).days / (of_end - of_start).days


@dataclass(frozen=True)
class Period:
    """One interest period: the factors of its parts (annual rate x part of a year), each under one rate.

    ``rate`` is their sum, ``regular`` the factor of a regular period at the rate in force at the start; ``changes``
    says whether a rate changes within the period or at its start.
    """

    number: int
    span: Span
    factors: tuple[Decimal, ...]
    rate: Decimal
    regular: Decimal
    changes: bool

    @property
    def due_date(self) -> date:
        """The day the instalment falls due."""
        return self.span.end


def spans_of(terms: Terms) -> list[Span]:
    """The interest periods of a loan."""
    spans, start = [], terms.value_date
    for due, regular_end in zip(terms.due_dates, terms.regular_ends or terms.due_dates, strict=True):
        spans.append(Span(start, due, regular_end, terms.value_date, terms.due_dates[-1], terms.convention))
        start = due
    return spans


def periods_of(terms: Terms) -> list[Period]:
    """The periods of a loan with their factors; within an interest-free grace these are zero."""
    changes = sorted(terms.rate_changes, key=lambda change: change.effective_from)
    made: list[Period] = []
    usual: Period | None = None
    for number, span in enumerate(spans_of(terms), start=1):
        if number <= terms.agreement.interest_free:
            made.append(Period(number, span, (Decimal(0),), Decimal(0), Decimal(0), changes=False))
        elif changes or span.by_days or not span.is_regular:
            made.append(_period(number, span, terms.annual_rate, changes))
        else:
            usual = usual or _period(number, span, terms.annual_rate, changes)
            made.append(Period(number, span, usual.factors, usual.rate, usual.regular, changes=False))
    return made


def _period(number: int, span: Span, annual_rate: Decimal, changes: list[RateChange]) -> Period:
    inside = [change for change in changes if span.start < change.effective_from < span.end]
    at_start = number > 1 and any(change.effective_from == span.start for change in changes)
    opening = rate_on(span.start, annual_rate, changes)
    pieces = split_by_rate(span, opening, inside)
    factors = tuple(rate * span.fraction(start, end) for start, end, rate in pieces)
    rate = sum(factors, Decimal(0))
    regular = opening * span.regular_fraction if not span.is_regular or span.by_days else rate
    return Period(number, span, factors, rate, regular, changes=bool(inside) or at_start)


def periods_known(terms: Terms, period: Period) -> list[Period]:
    """The periods of a loan as they look when ``period`` begins: without the changes of rate that come after it."""
    known = tuple(change for change in terms.rate_changes if change.effective_from < period.span.end)
    return periods_of(replace(terms, rate_changes=known))


def rate_on(day: date, opening: Decimal, changes: list[RateChange]) -> Decimal:
    """The annual rate in force on a day."""
    rate = opening
    for change in changes:
        if change.effective_from <= day:
            rate = change.annual_rate
    return rate


def split_by_rate(span: Span, opening: Decimal, inside: list[RateChange]) -> list[tuple[date, date, Decimal]]:
    """The parts of a period that bear one rate each: start, end, annual rate."""
    pieces, at, rate = [], span.start, opening
    for change in inside:
        pieces.append((at, change.effective_from, rate))
        at, rate = change.effective_from, change.annual_rate
    return [*pieces, (at, span.end, rate)]
