"""A loan as its events have left it, and every figure of it on a day. Amounts in yuan, pure values, no store.

The instalments that are due carry what is unpaid of each; the one running carries its interest up to ``cut``. All other
figures follow from these, the signed ground and a day.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Self

from lending.life.kinds import Allocation
from lending.life.stored_texts import amount_of, day_of, text_of
from lending.maths.convention import Compound, Convention, Method
from lending.maths.daycounts import year_fraction
from lending.maths.periods import Span
from lending.maths.schedules import PRECISION
from lending.maths.terms import Agreement
from lending.money import ZERO

NON_ACCRUAL_AFTER_DAYS = 90  # longer past due, interest is no income before it is paid (财金〔2002〕5号)


@dataclass(frozen=True)
class Ground:
    """What was signed and never changes: the ground on which events are read."""

    principal: Decimal
    annual_rate: Decimal
    term_months: int
    method: Method
    convention: Convention
    agreement: Agreement
    allocation: Allocation
    value_date: date
    due_day: int
    penalty_multiplier: Decimal
    grace_days: int
    fee_rate: Decimal


@dataclass(frozen=True)
class Part:
    """An instalment with what was paid and waived of it.

    ``penalty_run`` and ``compound_run`` are what accrued, not rounded, up to ``late_since``; ``_met`` what of them was
    paid or waived.
    """

    number: int
    start: date
    due_date: date
    regular_end: date
    principal: Decimal
    interest: Decimal
    late_since: date
    principal_paid: Decimal = ZERO
    interest_paid: Decimal = ZERO
    interest_waived: Decimal = ZERO
    penalty_run: Decimal = ZERO
    compound_run: Decimal = ZERO
    penalty_met: Decimal = ZERO
    compound_met: Decimal = ZERO

    @property
    def principal_open(self) -> Decimal:
        """The principal not yet paid."""
        return self.principal - self.principal_paid

    @property
    def interest_open(self) -> Decimal:
        """The interest neither paid nor waived."""
        return self.interest - self.interest_paid - self.interest_waived

    @property
    def to_pay(self) -> Decimal:
        """What is still to be paid of it: less than it asked for where part of it was paid early."""
        return self.principal_open + self.interest_open


@dataclass(frozen=True)
class State:
    """The loan after an event. ``due`` instalments have fallen due; ``settled`` interest of the running one is paid.

    ``carry`` is the running instalment's interest up to ``cut``, not rounded. ``claim`` is what was written off and not
    recovered; from ``frozen_on`` on nothing accrues. ``subsidy`` is what is not yet earned of a manufacturer's subsidy,
    ``subsidy_owed`` what is not yet paid of it, ``subsidy_rate`` the lender's own rate, ``subsidy_returned`` whether
    the rest goes back. ``signed_fees`` are those of the contract that are not paid, ``fees_deferred`` what of them is
    not yet earned, ``fees_returnable`` the same of those that go back early; without VAT. ``assigned``: it was sold.
    """

    rate: Decimal
    parts: tuple[Part, ...]
    due: int
    cut: date
    carry: Decimal = ZERO
    settled: Decimal = ZERO
    costs: Decimal = ZERO
    fees: Decimal = ZERO
    suspense: Decimal = ZERO
    written_off: Decimal = ZERO
    claim: Decimal = ZERO
    frozen_on: date | None = None
    subsidy: Decimal = ZERO
    subsidy_owed: Decimal = ZERO
    subsidy_rate: Decimal = ZERO
    subsidy_returned: bool = False
    signed_fees: Decimal = ZERO
    fees_deferred: Decimal = ZERO
    fees_returnable: Decimal = ZERO
    assigned: bool = False

    @cached_property
    def principal(self) -> Decimal:
        """The principal owed on the books."""
        return ZERO if self.frozen_on else sum((part.principal_open for part in self.parts), ZERO)

    @property
    def fees_owed(self) -> Decimal:
        """The fees not paid: those of the contract and those charged since."""
        return self.signed_fees + self.fees

    @cached_property
    def principal_not_due(self) -> Decimal:
        """The principal that has not fallen due."""
        return sum((part.principal_open for part in self.parts[self.due :]), ZERO)

    @cached_property
    def principal_paid(self) -> Decimal:
        """The principal that was repaid."""
        return sum((part.principal_paid for part in self.parts), ZERO)

    @property
    def next_due(self) -> date | None:
        """When the next instalment falls due, None after the last or a write-off."""
        return self.parts[self.due].due_date if self.due < len(self.parts) and not self.frozen_on else None

    def with_part(self, index: int, part: Part) -> State:
        """The state with one instalment changed."""
        return replace(self, parts=(*self.parts[:index], part, *self.parts[index + 1 :]))

    def packed(self) -> bytes:
        """The stored form: lines of plain text, compressed; a loan of 36 instalments takes less than a kilobyte."""
        rows = "\n".join(
            "|".join(text_of(getattr(part, name)) for name in _PART_NAMES) for part in self.parts
        )
        return zlib.compress(f"{self._head}\n{rows}".encode())

    def packed_like(self, before: bytes) -> bytes:
        """:meth:`packed`, where the instalments are those of the stored form ``before``: only the head is new."""
        _head, _, rows = zlib.decompress(before).partition(b"\n")
        return zlib.compress(self._head.encode() + b"\n" + rows)

    @property
    def _head(self) -> str:
        return "|".join(text_of(getattr(self, name)) for name in _HEAD_NAMES)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """From the stored form; one stored when a loan had fewer figures has none of the others."""
        head, *rows = (line.split("|") for line in zlib.decompress(data).decode().split("\n"))
        told = dict(zip((field.name for field in fields(cls) if field.name != "parts"), head, strict=False))

        return cls(
            parts=tuple(_part(row) for row in rows),
            due=int(told["due"]),
            cut=date.fromisoformat(told["cut"]),
            frozen_on=date.fromisoformat(told["frozen_on"]) if told["frozen_on"] else None,
            subsidy_returned=told.get("subsidy_returned") == str(True),
            assigned=told.get("assigned") == str(True),
            **{name: Decimal(told.get(name) or ZERO) for name in _AMOUNT_NAMES},
        )


_PART_NAMES = tuple(field.name for field in fields(Part))
_HEAD_NAMES = tuple(field.name for field in fields(State) if field.name != "parts")
_AMOUNT_NAMES = tuple(field.name for field in fields(State) if field.type == "Decimal")


def _part(row: list[str]) -> Part:
    number, start, due_date, regular_end, principal, interest, late_since, *paid = row
    return Part(
        int(number),
        day_of(start),
        day_of(due_date),
        day_of(regular_end),
        amount_of(principal),
        amount_of(interest),
        day_of(late_since),
        *map(amount_of, paid),
    )


@dataclass(frozen=True)
class Reading:
    """The figures of a state on a day."""

    ground: Ground
    state: State
    on: date

    @property
    def day(self) -> date:
        """The day up to which interest runs: that of the write-off at most."""
        return min(self.on, self.state.frozen_on or self.on)

    @property
    def days_past_due(self) -> int:
        """The days since the oldest due date of which something is unpaid; 0 if nothing is."""
        return 0 if self.state.frozen_on else max((self.on - (self.oldest_due or self.on)).days, 0)

    @property
    def oldest_due(self) -> date | None:
        """The oldest due date of which something is unpaid, None if nothing is."""
        return min((part.due_date for part in self._overdue), default=None)

    @property
    def _overdue(self) -> list[Part]:
        return [part for part in self.state.parts[: self.state.due] if part.to_pay]

    @property
    def periods_overdue(self) -> int:
        """How many instalments due are not paid in full."""
        return len(self._overdue)

    @property
    def penalty_rate(self) -> Decimal:
        """The annual rate of penalty interest."""
        return self.state.rate * self.ground.penalty_multiplier

    def factor(self, part: Part, start: date, end: date) -> Decimal:
        """Rate x part of a year between two days of an instalment's period."""
        if part.number <= self.ground.agreement.interest_free or start >= end:
            return Decimal(0)
        last = self.state.parts[-1].due_date
        span = Span(
            part.start, part.due_date, part.regular_end, self.ground.value_date, last, self.ground.convention
        )
        with localcontext(PRECISION):
            return self.state.rate * span.fraction(start, end)

    @property
    def base(self) -> Decimal:
        """What the running instalment's interest is reckoned on: a flat rate stays on the first principal."""
        flat = self.ground.method is Method.FLAT
        return self.ground.principal if flat else self.state.principal_not_due

    @property
    def run(self) -> Decimal:
        """The interest of the running instalment since the cut, not rounded.

        Principal x rate x part of a year; where the instalment's interest is made otherwise (a grace, a residue), its
        even part by days.
        """
        state = self.state
        part = state.parts[state.due]
        until = min(self.day, part.due_date)
        if until <= state.cut:
            return Decimal(0)
        with localcontext(PRECISION):
            whole = self.base * self.factor(part, state.cut, part.due_date)
            if state.settled + self.ground.convention.round(state.carry + whole) == part.interest:
                return self.base * self.factor(part, state.cut, until)
            rest = part.interest - state.settled - state.carry
            return rest * (until - state.cut).days / (part.due_date - state.cut).days

    @property
    def running(self) -> Decimal:
        """The interest of the running instalment up to the day, what was paid of it included."""
        state = self.state
        if state.due >= len(state.parts):
            return ZERO
        if self.day >= state.parts[state.due].due_date:
            return state.parts[state.due].interest
        return state.settled + self.ground.convention.round(state.carry + self.run)

    @property
    def interest_due(self) -> Decimal:
        """The interest of all instalments due, and what was paid early of the running one."""
        return sum((part.interest for part in self.state.parts[: self.state.due]), ZERO) + self.state.settled

    @property
    def interest_earned(self) -> Decimal:
        """All interest from the pay-out to the day, paid or not."""
        return self.interest_due - self.state.settled + self.running

    @property
    def interest_met(self) -> Decimal:
        """The interest that was paid or waived."""
        return sum((part.interest_paid + part.interest_waived for part in self.state.parts), ZERO)

    @property
    def interest_open(self) -> Decimal:
        """The interest earned and not yet paid or waived."""
        return self.interest_earned - self.interest_met

    @property
    def interest_overdue(self) -> Decimal:
        """The unpaid interest of the instalments due."""
        return sum((part.interest_open for part in self.state.parts[: self.state.due]), ZERO)

    @property
    def principal_overdue(self) -> Decimal:
        """The unpaid principal of the instalments due."""
        return sum((part.principal_open for part in self.state.parts[: self.state.due]), ZERO)

    def late(self, part: Part, open_amount: Decimal) -> Decimal:
        """Interest at the penalty rate on an amount since the instalment was last paid on, not rounded."""
        if self.day <= part.late_since or not open_amount:
            return Decimal(0)
        with localcontext(PRECISION):
            counted = year_fraction(self.ground.convention.day_count, part.late_since, self.day)
            return open_amount * self.penalty_rate * counted

    def penalty(self, part: Part) -> Decimal:
        """The penalty interest on an instalment up to the day, what was paid of it included; none within the grace."""
        if self.day <= part.due_date + timedelta(days=self.ground.grace_days):
            return ZERO
        return self.ground.convention.round(part.penalty_run + self.late(part, part.principal_open))

    def compound(self, part: Part) -> Decimal:
        """The interest on an instalment's unpaid interest up to the day, if the contract compounds."""
        within_grace = self.day <= part.due_date + timedelta(days=self.ground.grace_days)
        if within_grace or self.ground.convention.compound is Compound.NONE:
            return ZERO
        return self.ground.convention.round(part.compound_run + self.late(part, part.interest_open))

    @property
    def penalty_earned(self) -> Decimal:
        """All penalty and compound interest up to the day, paid or not."""
        late = self.state.parts[: self.state.due]
        return sum((self.penalty(part) + self.compound(part) for part in late), ZERO)

    @property
    def penalty_met(self) -> Decimal:
        """What of it was paid or waived."""
        return sum((part.penalty_met + part.compound_met for part in self.state.parts), ZERO)

    @property
    def is_non_accrual(self) -> bool:
        """Whether the loan is so long past due that interest is income only when it is paid."""
        return (oldest := self.oldest_due) is not None and (self.day - oldest).days > NON_ACCRUAL_AFTER_DAYS

    @property
    def interest_recognised(self) -> Decimal:
        """The interest that the books show as earned: all of it, or of a non-accrual loan what was paid or waived."""
        return self.interest_met if self.is_non_accrual else self.interest_earned

    @property
    def penalty_recognised(self) -> Decimal:
        """The same of penalty and compound interest."""
        return self.penalty_met if self.is_non_accrual else self.penalty_earned

    @property
    def interest_taxed(self) -> Decimal:
        """The interest whose VAT is owed: all that fell due up to 90 days after the oldest unpaid due date.

        What fell due later is taxed when it is paid (财税〔2016〕36号 附件3).
        """
        oldest = self.oldest_due
        if oldest is None or not self.is_non_accrual:
            return self.interest_due
        last = oldest + timedelta(days=NON_ACCRUAL_AFTER_DAYS)
        due = [part.interest for part in self.state.parts[: self.state.due] if part.due_date <= last]
        return max(sum(due, ZERO) + self.state.settled, self.interest_met)

    @property
    def uncollected(self) -> Decimal:
        """Interest and penalty earned, not paid and not shown as earned: kept off balance until the write-off."""
        if self.state.frozen_on or not self.is_non_accrual:
            return ZERO
        return self.interest_open + self.penalty_earned - self.penalty_met

    @property
    def owed(self) -> Decimal:
        """All owed on the day: principal, interest and penalty to it, costs and fees; nothing after a write-off."""
        if self.state.frozen_on:
            return ZERO
        late = self.penalty_earned - self.penalty_met
        return self.state.principal + self.interest_open + late + self.state.costs + self.state.fees_owed

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed and nothing more can fall due."""
        return self.state.frozen_on is None and self.owed == 0 and self.state.principal_not_due == 0

    def cut_late(self, part: Part) -> Part:
        """The instalment with its penalty and compound interest brought up to the day."""
        if self.day <= part.late_since:
            return part
        return replace(
            part,
            penalty_run=part.penalty_run + self.late(part, part.principal_open),
            compound_run=part.compound_run + self.late(part, part.interest_open),
            late_since=self.day,
        )
