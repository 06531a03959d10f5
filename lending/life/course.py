"""How a loan's interest and penalty grow until something happens to it, as lines in whole fen.

Between two events almost every figure of :class:`lending.life.state.Reading` is a straight line in the days, rounded
half up. A day-end evaluates such lines for a whole book in the database. What is no straight line (a 30/360 count,
another rounding, a remainder carried without rounding) is taken from the exact reading of one day and made anew on
the next: ``refresh_on`` is the first day for which the lines do not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import lcm

from lending.life.state import Ground, Part, Reading, State
from lending.maths.choices import Compound, DayCount, FirstPeriod, Rounding
from lending.maths.due_dates import months_of
from lending.maths.periods import Span

_DAYS_OF_YEAR = {DayCount.ACT_360: 360, DayCount.ACT_364: 364, DayCount.ACT_365: 365, DayCount.ACT_366: 366}
_CENT = Decimal("0.01")
_DAYS_MAX = 36_525
_INTEGER_MAX = 2**62
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """On a day, by its ordinal: ``fixed`` + (``start`` + ``step`` x days since ``since``) / ``per`` fen, half up.

    Nothing up to the day ``after``.
    """

    fixed: int
    start: int = 0
    step: int = 0
    per: int = 1
    since: int = 0
    after: int = 0

    def on(self, day: date) -> int:
        """The fen on a day.

        >>> Line(100, step=1, per=2, since=date(2026, 3, 1).toordinal()).on(date(2026, 3, 4))
        102
        """
        ordinal = day.toordinal()
        if ordinal <= self.after:
            return 0
        grown = self.start + self.step * max(ordinal - self.since, 0)
        return self.fixed + (2 * grown + self.per) // (2 * self.per)


@dataclass(frozen=True)
class Course:
    """The interest earned, and penalty and compound interest as a sum of lines, up to the day before ``refresh_on``."""

    interest: Line
    late: tuple[Line, ...]
    refresh_on: date | None

    def penalty_on(self, day: date) -> int:
        """Penalty and compound interest on a day, in fen."""
        return sum(line.on(day) for line in self.late)


def course_of(ground: Ground, state: State, day: date) -> Course:
    """The course of a loan in ``state`` from ``day`` on; nothing grows after a write-off."""
    reading = Reading(ground, state, day)
    exact = Course(
        Line(_fen(reading.interest_earned)), (Line(_fen(reading.penalty_earned)),), _sooner(day, state)
    )
    if state.frozen_on is not None:
        return Course(exact.interest, exact.late, None)
    late = _late(reading)
    if state.due >= len(state.parts):
        interest, until = Line(_fen(reading.interest_earned)), None
    else:
        found = _interest(reading)
        if found is None:
            return exact
        interest, until = found
    return exact if late is None else Course(interest, late, until)


def _sooner(day: date, state: State) -> date:
    due = state.next_due
    return day + _ONE_DAY if due is None else min(day + _ONE_DAY, due)


def _interest(reading: Reading) -> tuple[Line, date] | None:
    """The line of the running instalment, and its refresh day; None where it is no line."""
    state, ground = reading.state, reading.ground
    if not _in_fen(reading) or state.carry:
        return None
    part, fixed = state.parts[state.due], _fen(reading.interest_due)
    if part.due_date <= state.cut:
        return Line(fixed), part.due_date
    whole = reading.base * reading.factor(part, state.cut, part.due_date)
    if state.settled + ground.convention.round(whole) != part.interest:
        days = (part.due_date - state.cut).days
        even = Fraction(_fen(part.interest - state.settled), days)
        line = _line(fixed, Fraction(0), even, since=state.cut, days=days)
        return None if line is None else (line, part.due_date)
    if part.number <= ground.agreement.interest_free:
        return Line(fixed), part.due_date
    piece = _piece(reading, part)
    if piece is None:
        return None
    amount = _fen(reading.base) * Fraction(state.rate)
    line = _line(
        fixed,
        amount * piece.offset,
        amount * piece.slope,
        since=piece.since,
        days=(piece.until - piece.since).days,
    )
    refresh = part.due_date if piece.until >= part.due_date else piece.until + _ONE_DAY
    return None if line is None else (line, refresh)


@dataclass(frozen=True)
class _Piece:
    """Parts of a year: ``offset`` on the day ``since`` and ``slope`` a day, up to ``until``."""

    since: date
    offset: Fraction
    slope: Fraction
    until: date


def _piece(reading: Reading, part: Part) -> _Piece | None:
    """The straight piece of :meth:`lending.maths.periods.Span.fraction` in which the day lies."""
    ground, start = reading.ground, reading.state.cut
    last = reading.state.parts[-1].due_date
    span = Span(part.start, part.due_date, part.regular_end, ground.value_date, last, ground.convention)
    year, months = _DAYS_OF_YEAR.get(ground.convention.day_count), months_of(ground.convention)
    policy = ground.convention.first_period
    if span.by_days or months is None:
        return None if year is None else _Piece(start, Fraction(0), Fraction(1, year), span.end)
    if span.is_regular or policy is FirstPeriod.SHIFT:
        slope = Fraction(months, 12 * (span.end - span.start).days)
        return _Piece(start, Fraction(0), slope, span.end)
    if policy is FirstPeriod.ACTUAL_DAYS:
        return None if year is None else _Piece(start, Fraction(0), Fraction(1, year), span.end)
    slope = Fraction(months, 12 * (span.regular_end - span.start).days)
    turn = min(max(span.regular_end, start), span.end)
    if reading.on <= turn:
        return _Piece(start, Fraction(0), slope, turn)
    return None if year is None else _Piece(turn, slope * (turn - start).days, Fraction(1, year), span.end)


def _late(reading: Reading) -> tuple[Line, ...] | None:
    """The lines of penalty and compound interest; None where one is no line."""
    ground, lines = reading.ground, []
    year = _DAYS_OF_YEAR.get(ground.convention.day_count)
    compounds = ground.convention.compound is not Compound.NONE
    for part in reading.state.parts[: reading.state.due]:
        found = [(part.principal_open, part.penalty_run)]
        if compounds:
            found.append((part.interest_open, part.compound_run))
        after = (part.due_date + timedelta(days=ground.grace_days)).toordinal()
        for owed, run in found:
            if not owed and not run:
                continue
            if not owed:
                lines.append(Line(_fen(ground.convention.round(run)), after=after))
                continue
            if run or year is None or not _in_fen(reading):
                return None
            slope = _fen(owed) * Fraction(reading.penalty_rate) / year
            line = _line(0, Fraction(0), slope, since=part.late_since, days=_DAYS_MAX, after=after)
            if line is None:
                return None
            lines.append(line)
    return tuple(lines)


def _line(
    fixed: int, offset: Fraction, slope: Fraction, *, since: date, days: int, after: int = 0
) -> Line | None:
    """The line in integers that a database of 64 bits can reckon with; None if it cannot."""
    per = lcm(offset.denominator, slope.denominator)
    start, step = int(offset * per), int(slope * per)
    if 2 * (start + step * days) + per >= _INTEGER_MAX:
        return None
    return Line(fixed, start, step, per, since.toordinal(), after)


def _in_fen(reading: Reading) -> bool:
    convention = reading.ground.convention
    return convention.rounding is Rounding.HALF_UP and convention.unit_of_account == _CENT


def _fen(amount: Decimal) -> int:
    """An amount that is exact to the fen, or, where a convention does not round, nearest to it."""
    return int((amount * 100).to_integral_value())
