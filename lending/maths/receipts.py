"""What early, exact, greater, late and missing receipts make of a schedule: interest follows what is really owed.

Up to the day the books are made (``as_of``, the day of the last receipt) the balance is the one that the receipts left;
after it every instalment is taken to be paid on its day. Overdue principal bears interest at the contract rate here;
penalty interest is beside it (:mod:`lending.maths.overdue`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext

from lending.maths.convention import EarlyReceipt, Method, PayOffInterest, Prepayment, Rest
from lending.maths.due_dates import months_of
from lending.maths.errors import DateBeforeLoan, NeverAmortises, ReceiptRefused
from lending.maths.interest import sum_of_parts
from lending.maths.levels import level_rates, solved_unit
from lending.maths.periods import Period, Span, periods_known, periods_of, rate_on, split_by_rate
from lending.maths.schedules import PRECISION, Row, Schedule
from lending.maths.terms import Terms

_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Receipt:
    """An amount of yuan that came in on a day."""

    on: date
    amount: Decimal


@dataclass(frozen=True)
class PayOff:
    """What ends a loan on a day, in yuan."""

    principal: Decimal
    interest: Decimal

    @property
    def total(self) -> Decimal:
        """Everything to be paid."""
        return self.principal + self.interest


def after_receipts(terms: Terms, receipts: Sequence[Receipt], *, as_of: date | None = None) -> Schedule:
    """The schedule as the receipts and the convention's rules on them leave it; a row paid at once shows what was paid.

    Raises :class:`DateBeforeLoan`, or :class:`ReceiptRefused` for a receipt that is no amount or more than is owed.
    """
    for receipt in receipts:
        if receipt.on < terms.value_date:
            raise DateBeforeLoan(
                what_zh="收款日", what_en="receipt", on=receipt.on, value_date=terms.value_date
            )
        if receipt.amount <= 0 or receipt.amount != receipt.amount.quantize(_ZERO):
            raise ReceiptRefused(amount=receipt.amount, owed=terms.principal)
    books_on = as_of or max((receipt.on for receipt in receipts), default=terms.value_date)
    with localcontext(PRECISION):
        return _Books(terms, tuple(receipts), books_on).run()


def pay_off(terms: Terms, rows: Sequence[Row], *, paid: int, on: date) -> PayOff:
    """What ends a loan on a day when the first ``paid`` of its ``rows`` have been paid on theirs."""
    balance = rows[paid - 1].balance if paid else terms.principal
    period = periods_of(terms)[paid]
    if not period.span.start <= on <= period.span.end:
        raise DateBeforeLoan(what_zh="结清日", what_en="pay-off", on=on, value_date=period.span.start)
    to_the_day = terms.convention.pay_off_interest is PayOffInterest.TO_THE_DAY
    with localcontext(PRECISION):
        end = on if to_the_day else period.span.end
        return PayOff(
            balance, terms.convention.round(balance * _factor(terms, period.span, period.span.start, end))
        )


def _factor(terms: Terms, span: Span, start: date, end: date) -> Decimal:
    """Rate x part of a year from ``start`` to ``end`` within a period."""
    changes = sorted(terms.rate_changes, key=lambda change: change.effective_from)
    inside = [change for change in changes if span.start < change.effective_from < span.end]
    pieces = split_by_rate(span, rate_on(span.start, terms.annual_rate, changes), inside)
    return sum(
        (
            rate * span.fraction(max(start, first), min(end, last))
            for first, last, rate in pieces
            if max(start, first) < min(end, last)
        ),
        Decimal(0),
    )


@dataclass
class _Books:
    """The loan as it is worked through, period by period; amounts in yuan."""

    terms: Terms
    receipts: tuple[Receipt, ...]
    as_of: date
    balance: Decimal = _ZERO
    amount: Decimal = _ZERO
    arrears_principal: Decimal = _ZERO
    arrears_interest: Decimal = _ZERO
    advance: Decimal = _ZERO
    carried: list[Decimal] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)

    def run(self) -> Schedule:
        """Work through all periods until nothing is owed."""
        self.balance, self.periods = self.terms.principal, periods_of(self.terms)
        self.amount = self._solved(0)
        rows: list[Row] = []
        for index, period in enumerate(self.periods):
            if index and period.changes:
                self.amount = self._solved(index)
            principal, interest = self._period(index, period)
            rows.append(Row(period.number, period.due_date, principal, interest, self.balance))
            if self.balance == 0 and not self.carried:
                break
        return Schedule(self.terms.value_date, tuple(rows), months_of(self.terms.convention))

    def _solved(self, index: int) -> Decimal:
        """The instalment, or the equal part of the principal, from a period on."""
        if index == len(self.periods):
            return self.amount
        convention = self.terms.convention
        rest = periods_known(self.terms, self.periods[index])[index:]
        if self.terms.method is Method.EQUAL_PRINCIPAL:
            return convention.round(self.balance / len(rest))
        if self.terms.agreement.instalment is not None:
            return self.terms.agreement.instalment
        rates = level_rates(rest, convention, self.periods[0])
        grace = self.terms.agreement.grace_principal
        weights = [None if period.number <= grace else Decimal(1) for period in rest]
        final = self.terms.agreement.final_amount or Decimal(0)
        return convention.round_instalment(solved_unit(self.balance, rates, weights, final=final))

    def _period(self, index: int, period: Period) -> tuple[Decimal, Decimal]:
        """Principal and interest of one instalment; the balance and the arrears follow."""
        parts, early, paid_interest = self._within(period)
        if paid_interest is not None:
            self.carried = parts
            return early, paid_interest
        interest = sum_of_parts([*self.carried, *parts], self.terms.convention)
        self.carried = []
        planned = self._planned(index, period, interest, early)
        last = index == len(self.periods) - 1
        used = _ZERO if last else min(self.advance, planned)
        self.advance -= used
        remaining = planned - used
        excess = self._at_due_date(period, interest, remaining) if period.due_date <= self.as_of else _ZERO
        self.balance -= remaining + excess
        beyond = excess if planned or not early else excess + early
        if beyond:
            self._prepaid(index, beyond)
        return early + remaining + excess, interest

    def _planned(self, index: int, period: Period, interest: Decimal, early: Decimal) -> Decimal:
        """The principal of the instalment that early receipts have not paid yet."""
        if index == len(self.periods) - 1:
            return self.balance
        if period.number <= self.terms.agreement.grace_principal:
            return _ZERO
        if self.terms.method in (Method.INTEREST_FIRST, Method.BULLET):
            return _ZERO
        wanted = self.amount if self.terms.method is Method.EQUAL_PRINCIPAL else self.amount - interest
        if wanted < 0:
            raise NeverAmortises(number=period.number, instalment=self.amount, interest=interest)
        return min(max(wanted - early, _ZERO), self.balance)

    def _within(self, period: Period) -> tuple[list[Decimal], Decimal, Decimal | None]:
        """The interest of a period in parts, the principal paid early, and the interest paid early, if it was."""
        span, convention = period.span, self.terms.convention
        if convention.rest is Rest.DUE_DATE:
            overdue = self.arrears_principal if span.start < self.as_of <= span.end else _ZERO
            return [(self.balance + overdue) * period.rate], _ZERO, None
        inside = {receipt.on for receipt in self.receipts if span.start < receipt.on < span.end}
        cuts = sorted(inside | ({self.as_of} if span.start < self.as_of < span.end else set()))
        parts, early, paid_interest, at = [], _ZERO, None, span.start
        for cut in [*cuts, span.end]:
            overdue = self.arrears_principal if at < self.as_of else _ZERO
            parts.append((self.balance + overdue) * _factor(self.terms, span, at, cut))
            at = cut
            money = self._settle(self._received(cut)) if cut in inside else _ZERO
            if money and convention.early_receipt is EarlyReceipt.INTEREST and paid_interest is None:
                paid_interest = min(sum_of_parts([*self.carried, *parts], convention), money)
                money, parts, self.carried = money - paid_interest, [], []
            self._check(money)
            early += money
            self.balance -= money
        if self.as_of < span.end:
            self.arrears_principal = self.arrears_interest = _ZERO
        return parts, early, paid_interest

    def _received(self, on: date) -> Decimal:
        return sum((receipt.amount for receipt in self.receipts if receipt.on == on), _ZERO)

    def _settle(self, money: Decimal) -> Decimal:
        """Pay the arrears, interest first; what is left."""
        interest = min(money, self.arrears_interest)
        principal = min(money - interest, self.arrears_principal)
        self.arrears_interest -= interest
        self.arrears_principal -= principal
        return money - interest - principal

    def _at_due_date(self, period: Period, interest: Decimal, principal: Decimal) -> Decimal:
        """Take the receipts of a due date; what lacks becomes arrears, what exceeds is returned."""
        span = period.span
        if self.terms.convention.rest is Rest.DUE_DATE:
            money = sum(
                (receipt.amount for receipt in self.receipts if span.start < receipt.on <= span.end), _ZERO
            )
        else:
            money = self._received(span.end)
        money = self._settle(money)
        if money < interest + principal:
            self.arrears_interest += max(interest - money, _ZERO)
            self.arrears_principal += principal - max(money - interest, _ZERO)
            return _ZERO
        excess = money - interest - principal
        self._check(excess, less=principal)
        return excess

    def _check(self, money: Decimal, *, less: Decimal = _ZERO) -> None:
        if money > self.balance - less:
            raise ReceiptRefused(amount=money, owed=self.balance - less)

    def _prepaid(self, index: int, excess: Decimal) -> None:
        """More principal than was due has been paid: what the convention changes for the instalments to come."""
        rule = self.terms.convention.prepayment
        if rule is Prepayment.LOWER_INSTALMENT:
            self.amount = self._solved(index + 1)
        elif rule is Prepayment.NEXT_INSTALMENTS:
            self.advance += excess
