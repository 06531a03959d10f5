"""What can be done to a loan that was paid out: one verb, :func:`record`, for every kind of event, and :func:`reverse`.

The loan is held first, so that two commands on it come one after the other. Told again under its reference an event
changes nothing; told otherwise under it, it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lending import fund_journal, ledger, loans, money, turns
from lending.accounts import LOANS, LOANS_NON_ACCRUAL, LOANS_OVERDUE
from lending.books import periods
from lending.collections import promises
from lending.customers import Customer
from lending.debtors import debtor_on
from lending.fund_journal import Direction
from lending.life import errors, events, positions
from lending.life.beginning import RUNNING, begin
from lending.life.events import BANKED, MONEY, LoanEvent, LoanPosting
from lending.life.extending import check_extension
from lending.life.happenings import Happening
from lending.life.kinds import Component, EventKind
from lending.life.positions import LoanPosition
from lending.life.replaying import (
    Work,
    ground_of,
    post,
    provided_by,
    replay,
    take_back_accruals,
)
from lending.life.state import Reading, State
from lending.maths.due_dates import months_after
from lending.maths.terms import check_rate
from lending.money import ZERO

OBSERVATION_MONTHS = 12
"""A restructured loan is observed for a year (商业银行金融资产风险分类办法, 2023)."""
_WITH_REASON = (
    EventKind.EXTENSION,
    EventKind.RATE_CHANGE,
    EventKind.WAIVER,
    EventKind.RESTRUCTURING,
    EventKind.WRITE_OFF,
    EventKind.ASSIGNMENT,
    EventKind.REVERSAL,
)
_WITH_AMOUNT = (*MONEY, EventKind.ASSIGNMENT, EventKind.CHARGE, EventKind.WAIVER, EventKind.SUBSIDY)
_KEPT = (EventKind.DISBURSE, EventKind.OPENING, EventKind.DUE, EventKind.REVERSAL)


@dataclass(frozen=True)
class Recorded:
    """The event, the loan after everything, and how many events had to be worked through for it.

    ``again`` says that it was recorded before and nothing has happened now.
    """

    event: LoanEvent
    reading: Reading
    applied: int
    again: bool = False


def accrue_to(session: Session, loan_no: str, on: date, *, now: datetime, by: int | None = None) -> Reading:
    """Bring a loan to the end of a business date: what falls due, interest and penalty to the day, all posted.

    A day that was reached before changes nothing. The figures of the loan on the day are returned.
    """
    work = _work(session, loan_no, EventKind.DUE, booked_on=on, now=now, by=by)
    last = _last(session, loan_no)
    if on > work.position.accrued_to:
        state = replay(work, last, cause=None, until=on)
    else:
        state = last.state
    return Reading(work.ground, state, on)


def record(
    session: Session,
    loan_no: str,
    told: Happening,
    *,
    reference: str,
    booked_on: date,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
    bank_account: str = fund_journal.MAIN_ACCOUNT,
) -> Recorded:
    """Let something happen to a loan on its day, today or earlier: later events are worked through again.

    ``reference`` is the business's own: of money the bank's. ``booked_on`` is the business date; ``checked_by`` is who
    let ``by`` do it. Money of a closed period is :class:`lending.books.periods.PeriodClosed`; the rest is an
    :class:`lending.life.errors.EventRefused`.
    """
    work = _work(session, loan_no, told.kind, booked_on=booked_on, now=now, by=by, checked_by=checked_by)
    earlier = _told_before(session, told.kind, reference)
    if earlier is not None:
        return _again(work, earlier, told, reference)
    _check(work, told)
    event = events.made(
        work.loan, told, f"{told.kind.value}:{reference}", booked_on=booked_on, by=by, now=now
    )
    event.checked_by = checked_by
    with session.begin_nested():  # a refusal leaves nothing behind, even if the command goes on
        session.add(event)
        session.flush()
        state = replay(work, events.live_before(session, event), cause=event, until=told.on)
        _move_money(work, event, bank_account)
        if told.kind is EventKind.RESTRUCTURING:
            until = months_after(told.on, OBSERVATION_MONTHS, due_day=told.on.day)
            work.position.observed_until = until
        if told.kind in promises.MONEY_IN:
            promises.note_money(session, loan_no, on=booked_on)
    return Recorded(event, Reading(work.ground, state, work.position.accrued_to), work.applied)


def reverse(
    session: Session,
    loan_no: str,
    event_reference: str,
    *,
    booked_on: date,
    reason: str,
    now: datetime,
    by: int | None = None,
    checked_by: int | None = None,
    bank_account: str = fund_journal.MAIN_ACCOUNT,
) -> Recorded:
    """Take an event back: its entries are reversed on the business date, later events worked through without it.

    ``event_reference`` is that of the stored event (``receipt:…``). A second time changes nothing. Who recorded the
    event or asks for this does not approve it (:class:`lending.life.errors.ReversalCheckedByMaker`).
    """
    work = _work(
        session, loan_no, EventKind.REVERSAL, booked_on=booked_on, now=now, by=by, checked_by=checked_by
    )
    event = events.find(session, event_reference)
    if event is None or event.loan_no != loan_no or event.kind in _KEPT:
        kind = event.kind if event else EventKind.REVERSAL
        raise errors.NotReversible(kind=kind, reference=event_reference)
    if event.reversed_by_id is not None:
        done = session.get_one(LoanEvent, event.reversed_by_id)
        reading = Reading(work.ground, _last(session, loan_no).state, work.position.accrued_to)
        return Recorded(done, reading, 0, again=True)
    if checked_by is not None and checked_by in (by, event.recorded_by):
        raise errors.ReversalCheckedByMaker(kind=event.kind, reference=event_reference)
    told = Happening(EventKind.REVERSAL, booked_on, event.amount, reason=reason.strip())
    _check(work, told)
    reversal = events.made(
        work.loan, told, f"reversal:{event_reference}", booked_on=booked_on, by=by, now=now
    )
    reversal.checked_by = checked_by
    with session.begin_nested():
        state = _without(work, event, reversal, bank_account)
        promises.note_money(session, loan_no, on=booked_on)
    return Recorded(reversal, Reading(work.ground, state, work.position.accrued_to), work.applied)


def _without(work: Work, event: LoanEvent, reversal: LoanEvent, bank_account: str) -> State:
    """Reverse what an event posted and work through the events after it as if it had not been."""
    session, before = work.session, events.live_before(work.session, event)
    reversal.reverses_id = event.id
    session.add(reversal)
    session.flush()
    event.reversed_by_id = reversal.id
    for posting in event.postings:
        entry = ledger.reverse(
            session,
            posting.entry_reference,
            on=work.booked_on,
            now=work.now,
            by=work.by,
            checked_by=work.checked_by,
            reason=reversal.reason,
        )
        reversal.postings.append(LoanPosting(event_id=reversal.id, entry_reference=entry.reference))
        work.position.allowance += provided_by(entry)
    event.posted = {}
    session.flush()
    _return_money(work, event, reversal, bank_account)
    return replay(work, before, cause=reversal, until=before.on)


def take_back_pay_out(
    session: Session, loan_no: str, *, booked_on: date, reason: str, now: datetime, by: int | None = None
) -> None:
    """The whole pay-out came back: reverse what the life of the loan has posted beside it. Nothing before its begin.

    :class:`lending.life.errors.LoanHasHistory` while there are receipts or other events.
    """
    first = events.find(session, loans.posting_reference(loan_no))
    if first is None:
        return
    work = _work(session, loan_no, EventKind.REVERSAL, booked_on=booked_on, now=now, by=by)
    later = events.live_after(session, first)
    if any(event.kind is not EventKind.DUE for event in later):
        raise errors.LoanHasHistory(loan_no=loan_no)
    posted = [posting for event in (first, *later) for posting in event.postings]
    for posting in posted:
        if posting.entry_reference != first.reference:
            ledger.reverse(session, posting.entry_reference, on=booked_on, now=now, by=by, reason=reason)
    take_back_accruals(work)
    _to_one_account(work)
    work.position.live = False


def _to_one_account(work: Work) -> None:
    """Bring back what day-ends have moved to the sub-accounts of overdue and of non-accrual loans."""
    loan_no = work.loan.loan_no
    trial = ledger.trial_balance(work.session, work.booked_on, loan_no=loan_no)
    net = {account: -trial.balance(account) for account in (LOANS_OVERDUE, LOANS_NON_ACCRUAL)}
    net[LOANS] = -sum(net.values(), ZERO)
    post(work, f"loan_form:{loan_no}:{work.booked_on}", net, on=work.booked_on, description="贷款形态调整")


def reading_of(session: Session, loan_no: str, on: date) -> Reading | None:
    """The figures of a loan at the end of any day, as its events are known by now; None before its pay-out."""
    last = events.latest(session, loan_no, until=on)
    return None if last is None else Reading(ground_of(loans.get(session, loan_no)), last.state, on)


def _work(
    session: Session,
    loan_no: str,
    kind: EventKind,
    *,
    booked_on: date,
    now: datetime,
    by: int | None,
    checked_by: int | None = None,
) -> Work:
    loan = loans.get(session, loan_no, to_change=True)
    if loan.status not in RUNNING:
        raise errors.LoanNotRunning(loan_no=loan_no, status=loan.status, kind=kind)
    begin(session, loan_no, now=now, by=by)
    turns.share(session)
    position = session.get_one(LoanPosition, loan_no, populate_existing=True)
    positions.fold(session, position)
    return Work(session, loan, ground_of(loan), position, booked_on, now, by, checked_by)


def _last(session: Session, loan_no: str) -> LoanEvent:
    last = events.latest(session, loan_no)
    if last is None:
        raise ValueError(f"{loan_no} has no first event")
    return last


def _told_before(session: Session, kind: EventKind, reference: str) -> LoanEvent | None:
    """The event that was told under a reference; of money, the bank's stands for one sum of any kind."""
    kinds = BANKED if kind in BANKED else (kind,)
    return events.find(session, *(f"{other.value}:{reference}" for other in kinds))


def _again(work: Work, earlier: LoanEvent, told: Happening, reference: str) -> Recorded:
    if not events.same_as_told(earlier, work.loan.loan_no, told):
        raise errors.EventReferenceTaken(
            reference=reference, kind=earlier.kind, amount=earlier.amount, on=earlier.on
        )
    state = _last(work.session, work.loan.loan_no).state
    return Recorded(earlier, Reading(work.ground, state, work.position.accrued_to), 0, again=True)


def _check(work: Work, told: Happening) -> None:
    loan, value_date = work.loan, work.ground.value_date
    if told.on < value_date:
        raise errors.EventBeforeLoan(on=told.on, loan_no=loan.loan_no, value_date=value_date)
    if told.on > work.booked_on:
        raise errors.EventInFuture(on=told.on, today=work.booked_on)
    begun = events.first(work.session, loan.loan_no)
    if begun is not None and told.on < begun.on:
        raise errors.EventBeforeTakeOver(on=told.on, loan_no=loan.loan_no, taken_over=begun.on)
    if told.kind in _WITH_AMOUNT:
        if told.amount <= 0 and not _is_out_of_suspense(work, told):
            raise errors.AmountNotPositive(amount=told.amount)
        money.exact(told.amount)
    if told.kind in _WITH_REASON and not 2 <= len(told.reason.strip()) <= 200:
        raise errors.ReasonMissing(kind=told.kind)
    for rate in (told.annual_rate, told.fee_rate):
        if rate is not None:
            check_rate(rate)
    if told.kind in MONEY and periods.is_closed(work.session, told.on):
        raise periods.PeriodClosed(month=periods.month_of(told.on), on=told.on)
    if told.kind is EventKind.EXTENSION or (told.kind is EventKind.RESTRUCTURING and told.months):
        check_extension(work.session, loan, told)


def _is_out_of_suspense(work: Work, told: Happening) -> bool:
    """Whether what lies in suspense repays early by itself: no money comes for it."""
    if told.kind is not EventKind.PREPAYMENT or told.amount != 0:
        return False
    return _last(work.session, work.loan.loan_no).state.suspense > 0


def _moves(event: LoanEvent) -> Direction | None:
    """Which way an event moves money at the bank, if it does."""
    if event.amount == 0:
        return None
    if event.kind in BANKED:
        return Direction.IN
    if event.kind is EventKind.CHARGE and event.facts.get("component") == Component.COST:
        return Direction.OUT
    return None


def _move_money(work: Work, event: LoanEvent, bank_account: str) -> None:
    direction = _moves(event)
    if direction is not None:
        _write_movement(work, event, event, direction, bank_account)


def _return_money(work: Work, event: LoanEvent, reversal: LoanEvent, bank_account: str) -> None:
    direction = _moves(event)
    if direction is not None:
        back = Direction.OUT if direction is Direction.IN else Direction.IN
        _write_movement(work, event, reversal, back, bank_account)


def _write_movement(
    work: Work, event: LoanEvent, written: LoanEvent, direction: Direction, bank_account: str
) -> None:
    customer = work.session.get_one(Customer, debtor_on(work.session, work.loan, event.on))
    entry = ledger.get(work.session, written.postings[0].entry_reference)
    fund_journal.record(
        work.session,
        written.reference,
        direction=direction,
        amount=event.amount,
        value_date=entry.on,
        counterparty=customer.name,
        purpose=written.kind.zh,
        now=work.now,
        bank_account=bank_account,
        bank_reference=event.reference.partition(":")[2],
        journal_reference=entry.reference,
        loan_no=work.loan.loan_no,
    )
