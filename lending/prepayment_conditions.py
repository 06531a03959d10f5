"""The conditions of an early repayment: how many instalments are paid, how much, how often, nothing overdue."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from company import parameters
from company.messages import Refusal
from lending.life import changes, progress
from lending.life.events import LoanEvent
from lending.life.kinds import EventKind
from lending.life.state import Reading
from lending.prepayments import PrepaymentRefused, Scope, Wish

_YEAR = timedelta(days=365)
UNBOUND = frozenset({"hardship", "total_loss", "death"})
"""The grounds that need no instalments paid before, and do not count how often."""


class TooFewInstalmentsPaid(PrepaymentRefused):
    """Some instalments are paid before a loan is repaid early."""

    code = "too_few_instalments_paid"
    zh = (
        "{scope}须已按期归还至少 {least} 期，现已还 {paid} 期；{when}。"
        "确有困难、车辆全损或借款人身故的不受此限，请在还款原因中注明。"
    )
    en = (
        "{scope}: at least {least} instalments are paid before, {paid} are; {when}. "
        "Hardship, a total loss and a death are not bound by it: give them as the reason."
    )

    def __init__(self, scope: Scope, least: int, reading: Reading) -> None:
        earliest = progress.day_when_paid(reading, least)
        when = _NeverOnPlan() if earliest is None else _FromDay(number=least, day=earliest)
        paid = progress.instalments_paid(reading)
        super().__init__(scope=scope, least=least, paid=paid, when=when)


class _FromDay(Refusal):
    zh = "按还款计划，{day} 归还第 {number} 期后可以办理"
    en = "by the schedule it is possible once instalment {number} is paid on {day}"


class _NeverOnPlan(Refusal):
    zh = "本贷款的还款计划没有这么多期"
    en = "the schedule has fewer instalments"


class PartTooSmall(PrepaymentRefused):
    """A part repaid early is worth the work."""

    code = "prepaid_part_too_small"
    zh = "部分提前还款不少于 {least:,.2f} 元，本次为 {amount:,.2f} 元，请提高金额。"
    en = "A part repaid early is {least:,.2f} at least, this is {amount:,.2f}; raise the amount."


class TooManyPrepayments(PrepaymentRefused):
    """Parts are repaid early a few times a year."""

    code = "too_many_prepayments"
    zh = "一年内部分提前还款不超过 {most} 次，已办理 {done} 次；可改为全部结清。"
    en = "Parts are repaid early {most} times a year at most, {done} were; all of it may still be repaid."


class LoanIsOverdue(PrepaymentRefused):
    """What is overdue is paid first."""

    code = "prepayment_while_overdue"
    zh = "贷款 {loan_no} 逾期 {days} 天，请先归还逾期款项，再办理提前还款。"
    en = "The loan {loan_no} is {days} days past due; pay what is overdue first."


def check(
    session: Session,
    loan_no: str,
    wish: Wish,
    *,
    ground: str,
    today: date,
    now: datetime,
    by: int | None,
) -> Reading:
    """The loan on the business date, if the conditions of the parameter ``prepayment_conditions`` are met.

    Hardship, a total loss and a death are bound by none but that nothing is overdue. Raises a
    :class:`PrepaymentRefused`.
    """
    reading = changes.accrue_to(session, loan_no, today, now=now, by=by)
    _require(session, loan_no, reading, wish.amount, ground, today)
    return reading


def obstacle(session: Session, loan_no: str, amount: Decimal | None, today: date) -> PrepaymentRefused | None:
    """What :func:`check` would refuse a wish without a special ground for on the business date; nothing is written.

    ``amount``: of a part, in yuan; without one all of the loan is repaid.
    """
    reading = changes.reading_of(session, loan_no, today)
    try:
        if reading is not None:
            _require(session, loan_no, reading, amount, "", today)
    except PrepaymentRefused as refused:
        return refused
    return None


def _require(
    session: Session, loan_no: str, reading: Reading, amount: Decimal | None, ground: str, today: date
) -> None:
    rules = parameters.value(session, "prepayment_conditions", today)
    if reading.days_past_due > 0:
        raise LoanIsOverdue(loan_no=loan_no, days=reading.days_past_due)
    if ground in UNBOUND:
        return
    scope = Scope.FULL if amount is None else Scope.PARTIAL
    least = rules["full_paid_min" if amount is None else "partial_paid_min"]
    if progress.instalments_paid(reading) < least:
        raise TooFewInstalmentsPaid(scope, least, reading)
    if amount is not None:
        _check_part(session, loan_no, reading, amount, rules, today)


def _check_part(
    session: Session,
    loan_no: str,
    reading: Reading,
    amount: Decimal,
    rules: dict[str, Decimal | int],
    today: date,
) -> None:
    part = reading.state.parts[min(reading.state.due, len(reading.state.parts) - 1)]
    smallest = min(Decimal(rules["partial_amount_min"]), part.to_pay)
    if amount < smallest:
        raise PartTooSmall(least=smallest, amount=amount)
    done = session.scalar(
        select(func.count()).where(
            LoanEvent.loan_no == loan_no,
            LoanEvent.kind == EventKind.PREPAYMENT,
            LoanEvent.reversed_by_id.is_(None),
            LoanEvent.on > today - _YEAR,
        )
    )
    if (done or 0) >= rules["per_year_max"]:
        raise TooManyPrepayments(most=rules["per_year_max"], done=done)
