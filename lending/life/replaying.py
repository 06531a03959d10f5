"""Working through a loan's events from a place on: each leaves a state, posts what it still has to, and falls due.

Only the events after the place are applied. What an event has posted before is compared with what it posts now; the
difference alone is posted, on the business date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from company.messages import Refusal
from lending import ledger, loans
from lending.accounts import (
    ALLOWANCE,
    INTEREST_INCOME,
    INTEREST_RECEIVABLE,
    OUTPUT_VAT_PENDING,
    PENALTY_INCOME,
    PENALTY_RECEIVABLE,
    UNCOLLECTED_INTEREST,
)
from lending.books import periods
from lending.ledger import JournalEntry, Line
from lending.life import events, positions, settling
from lending.life.applying import apply
from lending.life.errors import LaterEventBroken
from lending.life.events import MONEY, LoanEvent, LoanPosting
from lending.life.happenings import Happening, Net, vat_in
from lending.life.kinds import Allocation, EventKind
from lending.life.positions import LoanPosition
from lending.life.state import Ground, Reading, State
from lending.loans import Loan, LoanStatus, ScheduleVersion
from lending.maths.schedules import Row, Schedule
from lending.money import ZERO


@dataclass
class Work:
    """One command on one loan that is held: who, when, and the business date on which corrections are dated."""

    session: Session
    loan: Loan
    ground: Ground
    position: LoanPosition
    booked_on: date
    now: datetime
    by: int | None
    checked_by: int | None = None
    applied: int = 0


def ground_of(loan: Loan) -> Ground:
    """What a loan's events are read on: its signed terms. ValueError before the pay-out."""
    if loan.value_date is None:
        raise ValueError(f"{loan.loan_no} was not paid out")
    return Ground(
        principal=loan.principal,
        annual_rate=loan.annual_rate,
        term_months=loan.term_months,
        method=loan.method,
        convention=loan.convention,
        agreement=loan.agreement,
        allocation=Allocation.from_data(loan.allocation_data),
        value_date=loan.value_date,
        due_day=loan.due_day or loan.value_date.day,
        penalty_multiplier=loan.penalty_multiplier,
        grace_days=loan.grace_days,
        fee_rate=loan.prepayment_fee_rate,
    )


def replay(work: Work, before: LoanEvent, *, cause: LoanEvent | None, until: date) -> State:
    """Apply every event after ``before``, and the instalments that fall due up to ``until``; the state at the end.

    ``cause`` is the event being recorded: it is refused with its own reason, a later one with
    :class:`LaterEventBroken`.
    """
    state, waiting, last = before.state, events.live_after(work.session, before), before
    while True:
        event = _next(work, state, waiting, until)
        if event is None:
            break
        if event.on > work.position.accrued_to:
            accrue(work, state, event.on)
        state, last = _apply(work, state, event, cause), event
    accrue(work, state, max(work.position.accrued_to, until))
    _conclude(work, state, cause)
    positions.note(
        work.session, work.position, work.ground, state, work.position.accrued_to, event_id=last.id
    )
    return state


def _next(work: Work, state: State, waiting: list[LoanEvent], until: date) -> LoanEvent | None:
    """The event that comes next: one that waits, or the instalment that falls due before it."""
    first = waiting[0] if waiting else None
    due = state.next_due
    at_hand = max(until, work.position.accrued_to) if first is None else first.on
    if (
        due is not None
        and due <= at_hand
        and (first is None or (first.kind, first.on) != (EventKind.DUE, due))
    ):
        return _fall_due(work, due)
    return waiting.pop(0) if waiting else None


def _fall_due(work: Work, due: date) -> LoanEvent:
    """A new event of an instalment falling due."""
    told = Happening(EventKind.DUE, due)
    reference = f"due:{work.loan.loan_no}:{due}"
    event = events.made(work.loan, told, reference, booked_on=work.booked_on, by=work.by, now=work.now)
    work.session.add(event)
    work.session.flush()
    return event


def _apply(work: Work, state: State, event: LoanEvent, cause: LoanEvent | None) -> State:
    try:
        done = apply(work.ground, state, event.happening)
    except Refusal as refusal:
        if cause is None or event is cause:
            raise
        raise LaterEventBroken(
            on=event.on,
            kind=event.kind,
            reference=event.reference,
            why=refusal.text("zh"),
            why_en=refusal.text("en"),
        ) from refusal
    work.applied += 1
    event.state_data = done.state.packed()
    event.used = {component.value: amount for component, amount in done.used.items()}
    for kind in sorted(event.posted.keys() | done.wanted.keys()):
        _post_difference(work, event, kind, done.wanted.get(kind, {}))
    event.posted = done.wanted
    work.session.flush()
    return done.state


def _post_difference(work: Work, event: LoanEvent, kind: str, wanted: Net) -> None:
    """Post what an event now posts, less what it has posted already."""
    posted = event.posted.get(kind, {})
    net = {
        account: wanted.get(account, ZERO) - posted.get(account, ZERO)
        for account in wanted.keys() | posted.keys()
    }
    first = not event.postings
    reference = event.reference if ledger.kind_of(event.reference) == kind else f"{kind}:{event.reference}"
    if ledger.find(work.session, reference) is not None:
        reference = f"{reference}:{len(event.postings) + 1}"
    on = _day_of(work, event) if first else work.booked_on
    description = event.kind.zh if first else f"更正{event.kind.zh}"
    entry = post(work, reference, net, on=on, description=description)
    if entry is not None:
        event.postings.append(LoanPosting(event_id=event.id, entry_reference=entry.reference))


def _day_of(work: Work, event: LoanEvent) -> date:
    """The day of an event's first entry: money keeps its own, and is refused in a closed period."""
    return event.on if event.kind in MONEY else open_day(work, event.on)


def open_day(work: Work, on: date) -> date:
    """A day on which an entry may be dated: ``on``, or the business date if its period is closed."""
    return work.booked_on if periods.is_closed(work.session, on) else on


def _conclude(work: Work, state: State, cause: LoanEvent | None) -> None:
    """The status of the loan, its last due date, and a new version of its schedule if that has changed."""
    loan = work.loan
    reading = Reading(work.ground, state, work.position.accrued_to)
    status = LoanStatus.ACTIVE
    if state.frozen_on is not None:
        status = LoanStatus.TRANSFERRED if state.assigned else LoanStatus.WRITTEN_OFF
    elif reading.is_settled:
        status = LoanStatus.SETTLED
    before = loan.status
    loans.move(loan, status)
    event_id = work.position.last_event_id if cause is None else cause.id
    settling.tell(work.session, loan, before, event_id=event_id, now=work.now)
    loan.maturity_date = state.parts[-1].due_date
    plan = schedule_now(work.ground, state)
    if cause is not None and rows_of(loan.current_schedule) != plan.rows:
        loans.add_schedule(work.session, loan, plan, reason=_words(cause), now=work.now, event_id=cause.id)


def _words(cause: LoanEvent) -> str:
    told = cause.happening
    parts = (cause.kind.zh, told.rule.zh if told.rule else "", cause.reason)
    return "：".join(part for part in parts if part)[:200]


def schedule_now(ground: Ground, state: State) -> Schedule:
    """The schedule as it stands: what each instalment asks for, without waived interest, and what is owed after it."""
    rows, balance = [], sum((part.principal for part in state.parts), ZERO)
    for part in state.parts:
        balance -= part.principal
        interest = part.interest - part.interest_waived
        rows.append(Row(part.number, part.due_date, part.principal, interest, balance))
    return Schedule(ground.value_date, tuple(rows))


def rows_of(version: ScheduleVersion | None) -> tuple[Row, ...]:
    """The rows of a stored version."""
    return tuple(
        Row(row.number, row.due_date, row.principal, row.interest, row.balance)
        for row in (version.instalments if version else ())
    )


def accrue(work: Work, state: State, day: date) -> None:
    """Post what interest and penalty have grown by (or shrunk, after a correction) since they were posted last.

    Beyond 90 days past due the interest that is not collected leaves income and receivables and stands off balance.
    """
    reading = Reading(work.ground, state, day)
    kind = "non_accrual" if reading.is_non_accrual or work.position.uncollected else "accrual"
    earned = Earned(reading.interest_recognised, reading.penalty_recognised, reading.uncollected)
    _bring_to(work, day, earned, kind)


def take_back_accruals(work: Work) -> None:
    """Post the opposite of all interest and penalty posted: the loan was never paid out."""
    _bring_to(work, work.position.accrued_to, Earned(ZERO, ZERO, ZERO), "accrual")


@dataclass(frozen=True)
class Earned:
    """What the books should show of a loan: interest and penalty as income, and interest off balance, in yuan."""

    interest: Decimal
    penalty: Decimal
    uncollected: Decimal


def _bring_to(work: Work, day: date, earned: Earned, kind: str) -> None:
    position = work.position
    net: Net = {}
    for wanted, posted, receivable, income in (
        (earned.interest, position.interest, INTEREST_RECEIVABLE, INTEREST_INCOME),
        (earned.penalty, position.penalty, PENALTY_RECEIVABLE, PENALTY_INCOME),
    ):
        grown, tax = wanted - posted, vat_in(wanted) - vat_in(posted)
        for account, amount in ((receivable, grown), (income, tax - grown), (OUTPUT_VAT_PENDING, -tax)):
            net[account] = net.get(account, ZERO) + amount
    net[UNCOLLECTED_INTEREST] = earned.uncollected - position.uncollected
    forward = day > position.accrued_to
    reference = f"{kind}:{work.loan.loan_no}:{day if forward else work.booked_on}"
    if not forward:
        position.corrections += 1
        reference = f"{reference}:{position.corrections}"
    on = open_day(work, day) if forward else work.booked_on
    post(work, reference, net, on=on, description="计提利息" if forward else "更正计提")
    position.accrued_to = max(position.accrued_to, day)
    position.interest, position.penalty = earned.interest, earned.penalty
    position.uncollected = earned.uncollected
    work.session.flush()


def post(work: Work, reference: str, net: Net, *, on: date, description: str) -> JournalEntry | None:
    """Post net debits as an entry on the loan's sub-ledger; nothing where all are zero."""
    lines = [
        Line(account, max(amount, ZERO), max(-amount, ZERO), work.loan.loan_no)
        for account, amount in sorted(net.items())
        if amount
    ]
    if not lines:
        return None
    work.position.allowance -= net.get(ALLOWANCE, ZERO)
    return ledger.post(
        work.session,
        reference,
        on=on,
        lines=lines,
        description=description,
        now=work.now,
        by=work.by,
        checked_by=work.checked_by,
    )


def provided_by(entry: JournalEntry) -> Decimal:
    """What an entry adds to the allowance of its loan, in yuan."""
    return sum((line.credit - line.debit for line in entry.lines if line.account == ALLOWANCE), ZERO)
