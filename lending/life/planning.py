"""The rest of a schedule made anew: after a prepayment, an extension or a change of rate.

From the day of the change on the rest is a loan of its own: the principal that is not due, at the rate in force,
over the due dates that remain; what interest ran before the day stands on top of its first instalment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext

from lending.life.state import Ground, Part, Reading, State
from lending.maths.choices import Method, Prepayment
from lending.maths.due_dates import months_after, months_of, periods_after
from lending.maths.errors import NeverAmortises
from lending.maths.levels import solved_unit
from lending.maths.schedules import PRECISION, Schedule, schedule_of, terms_of
from lending.money import ZERO

_LEVEL = (Method.EQUAL_INSTALMENT, Method.BALLOON, Method.STEP, Method.FIXED_INSTALMENT)
_AT_THE_END = (Method.INTEREST_FIRST, Method.BULLET)


@dataclass(frozen=True)
class Frame:
    """The days of an instalment: its period, its due date, and where the period would regularly end."""

    number: int
    start: date
    due_date: date
    regular_end: date


def opened(ground: Ground) -> State:
    """The loan on the day of its pay-out: the schedule that the signed terms give."""
    terms = terms_of(
        principal=ground.principal,
        annual_rate=ground.annual_rate,
        term_months=ground.term_months,
        method=ground.method,
        value_date=ground.value_date,
        due_day=ground.due_day,
        convention=ground.convention,
        agreement=ground.agreement,
    )
    plan: Schedule = schedule_of(terms)
    parts, start = [], ground.value_date
    for row, regular_end in zip(plan.rows, terms.regular_ends, strict=False):
        parts.append(
            Part(row.number, start, row.due_date, regular_end, row.principal, row.interest, row.due_date)
        )
        start = row.due_date
    return State(ground.annual_rate, tuple(parts), 0, ground.value_date)


def frames_of(parts: Sequence[Part]) -> list[Frame]:
    """The days of the instalments as they stand."""
    return [Frame(part.number, part.start, part.due_date, part.regular_end) for part in parts]


def longer(ground: Ground, parts: Sequence[Part], months: int) -> list[Frame]:
    """The days of the instalments not due, ``months`` longer; one payment at maturity moves as a whole."""
    frames = frames_of(parts)
    last = frames[-1]
    if ground.method is Method.BULLET:
        end = months_after(last.due_date, months, due_day=ground.value_date.day)
        return [*frames[:-1], replace(last, due_date=end, regular_end=end)]
    every = months_of(ground.convention) or 1
    for step in range(1, months // every + 1):
        due = periods_after(last.due_date, step, ground.convention, due_day=ground.due_day)
        frames.append(Frame(last.number + step, frames[-1].due_date, due, due))
    return frames


def replanned(
    ground: Ground,
    before: State,
    state: State,
    on: date,
    rule: Prepayment,
    *,
    frames: Sequence[Frame] | None = None,
    holiday: int = 0,
) -> State:
    """``state`` with the instalments that are not due made anew from ``on``, which must be its cut.

    ``before`` is the loan as it was before principal was paid early: its instalments are what the rules keep or lower.
    The first ``holiday`` instalments ask for interest alone. Raises :class:`NeverAmortises` when an instalment that is
    kept does not cover its interest.
    """
    with localcontext(PRECISION):
        return _Rest(
            ground, before, state, on, rule, tuple(frames or frames_of(state.parts[state.due :])), holiday
        ).made()


@dataclass(frozen=True)
class _Rest:
    ground: Ground
    before: State
    state: State
    on: date
    rule: Prepayment
    frames: tuple[Frame, ...]
    holiday: int = 0

    def made(self) -> State:
        state, ground = self.state, self.ground
        rows: list[Part] = []
        reading = Reading(ground, state, self.on)
        factors = [self._factor(reading, frame) for frame in self.frames]
        wanted = self._wanted(factors)
        left = state.principal_not_due
        for index, (frame, factor) in enumerate(zip(self.frames, factors, strict=True)):
            base = ground.principal if ground.method is Method.FLAT else left
            interest = ground.convention.round(base * factor + (state.carry if index == 0 else 0))
            last = index == len(self.frames) - 1
            principal = left if last else max(min(left, wanted.of(index, interest)), ZERO)
            left -= principal
            rows.append(
                Part(
                    frame.number,
                    frame.start,
                    frame.due_date,
                    frame.regular_end,
                    principal,
                    interest,
                    frame.due_date,
                )
            )
            if left == 0:
                break
        rows[0] = self._with_paid(rows[0])
        return replace(state, parts=(*state.parts[: state.due], *rows))

    def _with_paid(self, row: Part) -> Part:
        """The running instalment with what was paid of it before its due date."""
        old = self.state.parts[self.state.due]
        return replace(
            row,
            principal=row.principal + old.principal_paid,
            interest=row.interest + self.state.settled,
            principal_paid=old.principal_paid,
            interest_paid=old.interest_paid,
            interest_waived=old.interest_waived,
        )

    def _factor(self, reading: Reading, frame: Frame) -> Decimal:
        part = Part(frame.number, frame.start, frame.due_date, frame.regular_end, ZERO, ZERO, frame.due_date)
        return reading.factor(part, max(frame.start, self.on), frame.due_date)

    def _wanted(self, factors: Sequence[Decimal]) -> _Wanted:
        old = self.before.parts[self.before.due :]
        totals = [part.principal_open + part.interest - part.interest_paid for part in old]
        principals = [part.principal_open for part in old]
        prepaid = self.before.principal_not_due - self.state.principal_not_due
        balance, count = self.state.principal_not_due, len(self.frames)
        method, agreed = self.ground.method, self.ground.agreement
        if method in _AT_THE_END:
            return _Wanted(principals=[ZERO] * count)
        if self.rule is Prepayment.NEXT_INSTALMENTS:
            return _Wanted(principals=_less(principals, prepaid))
        if self.rule is Prepayment.LAST_INSTALMENT:
            return _Wanted(principals=_less(principals[::-1], prepaid)[::-1])
        grace = [
            frame.number <= agreed.grace_principal or index < self.holiday
            for index, frame in enumerate(self.frames)
        ]
        if method in _LEVEL:
            if self.rule is Prepayment.SHORTER_TERM:
                return _Wanted(totals=totals, grace=grace)
            return self._level(factors, grace, totals)
        if self.rule is Prepayment.SHORTER_TERM:
            return _Wanted(principals=principals)
        if method is Method.CUSTOM and count == len(principals):
            share = balance / sum(principals)
            return _Wanted(principals=[self.ground.convention.round(part * share) for part in principals])
        paying = count - sum(grace)
        each = self.ground.convention.round(balance / paying)
        return _Wanted(principals=[ZERO if free else each for free in grace])

    def _level(self, factors: Sequence[Decimal], grace: Sequence[bool], totals: Sequence[Decimal]) -> _Wanted:
        """The equal (or weighted) instalment solved anew over the rest."""
        agreed = self.ground.agreement
        units = [
            agreed.weights[frame.number - 1] if frame.number <= len(agreed.weights) else Decimal(1)
            for frame in self.frames
        ]
        weights = [None if free else unit for free, unit in zip(grace, units, strict=True)]
        final = ZERO
        if self.ground.method is Method.BALLOON:
            tail = totals[-1] - totals[0] if len(totals) > 1 else self.before.principal_not_due
            final = agreed.final_amount if agreed.final_amount is not None else max(tail, ZERO)
        balance = self.state.principal_not_due
        unit = solved_unit(balance, factors, weights, final=min(final, balance))
        rounded = [self.ground.convention.round_instalment(unit * weight) for weight in units]
        return _Wanted(totals=rounded, grace=list(grace))


@dataclass(frozen=True)
class _Wanted:
    """What each instalment repays: principals as they are, or what its total leaves after the interest."""

    principals: Sequence[Decimal] = ()
    totals: Sequence[Decimal] = ()
    grace: Sequence[bool] = ()

    def of(self, index: int, interest: Decimal) -> Decimal:
        if self.principals or not self.totals:
            return self.principals[index] if index < len(self.principals) else ZERO
        if self.grace[index]:
            return ZERO
        total = self.totals[min(index, len(self.totals) - 1)]
        if total < interest:
            raise NeverAmortises(number=index + 1, instalment=total, interest=interest)
        return total - interest


def _less(principals: Sequence[Decimal], amount: Decimal) -> list[Decimal]:
    """The principals with ``amount`` taken from the first ones."""
    rest = []
    for principal in principals:
        taken = min(principal, amount)
        amount -= taken
        rest.append(principal - taken)
    return rest
