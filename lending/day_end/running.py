"""The course of a day-end: begun, done part by part, each in one transaction, and closed when no loan is missing."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Date, bindparam, func, select, text
from sqlalchemy.orm import Session

from company import parameters
from company.calendar import ZONE
from company.organisation import BusinessDayPast, business_date, open_business_day
from lending.books import monthly, vouchers
from lending.day_end import falling_due, rows, telling
from lending.day_end.errors import DayBeforeIncomplete, DayInFuture, DaySkipped, LoansFailed
from lending.day_end.ranges import Range, cut
from lending.day_end.rows import Classifies, Provisions
from lending.day_end.tables import OVER_LOANS, DayEnd, DayEndFailure, DayEndPart, Phase
from lending.life.positions import Category
from lending.locks import held

LOANS_A_PART = 20_000
_WHOLE = Range()


@dataclass(frozen=True)
class Means:
    """What a day-end needs from outside: the decision table, and the messages that some process takes."""

    classifies: Classifies
    taken_messages: Set[str]


def begin(
    session: Session,
    day: date,
    *,
    now: datetime,
    by: int | None = None,
    loans_a_part: int = LOANS_A_PART,
) -> DayEnd:
    """The day-end of a business date, cut into parts when it is begun; one begun or complete before is returned.

    Raises the refusals of :func:`check`.
    """
    known = session.get(DayEnd, day)
    if known is not None:
        return known
    check(session, day, now=now)
    ranges = cut(session, loans_a_part)
    made = DayEnd(
        day=day,
        started_at=now,
        started_by=by,
        loans=sum(size for _loans, size in ranges),
        rates_from=provisions_of(session, day).valid_from,
    )
    session.add(made)
    session.flush()
    for phase in Phase:
        over = ranges if phase in OVER_LOANS else [(_WHOLE, made.loans)]
        session.add_all(
            DayEndPart(
                day=day, phase=phase, number=number, first_no=loans.after, last_no=loans.last, loans=size
            )
            for number, (loans, size) in enumerate(over, start=1)
        )
    session.flush()
    return made


def check(session: Session, day: date, *, now: datetime) -> None:
    """Refuse a day-end that cannot be begun; one that was begun goes on.

    Raises :class:`DayInFuture`, :class:`DaySkipped`, :class:`DayBeforeIncomplete`, and
    :class:`company.organisation.BusinessDayPast` for a day that the books have left without one.
    """
    if session.get(DayEnd, day) is not None:
        return
    stands_at, today = business_date(session), now.astimezone(ZONE).date()
    if day < stands_at:
        raise BusinessDayPast(day=day, business_date=stands_at)
    if day > today:
        raise DayInFuture(day=day, today=today)
    if day > stands_at:
        raise DaySkipped(day=day, business_date=stands_at)
    latest = session.scalar(select(DayEnd).order_by(DayEnd.day.desc()).limit(1))
    if latest is not None and (latest.finished_at is None or latest.day < day - timedelta(days=1)):
        raise DayBeforeIncomplete(day=day, before=day - timedelta(days=1))


def parts_left(session: Session, day: date, phase: Phase) -> list[DayEndPart]:
    """The parts of a phase that are not done, in order."""
    return list(
        session.scalars(
            select(DayEndPart)
            .where(DayEndPart.day == day, DayEndPart.phase == phase, DayEndPart.done_at.is_(None))
            .order_by(DayEndPart.number)
        )
    )


def loans_of(session: Session, day: date, phase: Phase) -> int:
    """How many loans a phase was cut for."""
    counted = select(func.sum(DayEndPart.loans)).where(DayEndPart.day == day, DayEndPart.phase == phase)
    return session.scalar(counted) or 0


def do_part(session: Session, day: date, phase: Phase, number: int, means: Means, *, now: datetime) -> int:
    """Do one part of a phase over loans, unless it is done; returns how many loans it changed."""
    part = hold(session, day, phase, number)
    if part.done_at is not None:
        return 0
    loans = Range(part.first_no, part.last_no)
    if phase is Phase.DUE:
        part.done = falling_due.work_off(session, day, loans, now=now)
    elif phase is Phase.ACCRUE:
        part.done = _make_rows(session, day, loans, number, means, now)
    else:
        part.done = telling.tell(session, day, loans, means.taken_messages, now=now)
    part.done_at = now
    return part.done


def hold(session: Session, day: date, phase: Phase, number: int = 1) -> DayEndPart:
    """A part, held until the transaction ends."""
    return session.scalars(
        held(
            select(DayEndPart).where(
                DayEndPart.day == day, DayEndPart.phase == phase, DayEndPart.number == number
            )
        )
    ).one()


def sweep(session: Session, day: date, means: Means, *, now: datetime) -> int:
    """Carry what the parts have not: loans that failed before, and those paid out meanwhile. How many were made."""
    falling_due.work_off(session, day, _WHOLE, now=now)
    number = 1 + (session.scalar(select(func.max(DayEndPart.number)).where(DayEndPart.day == day)) or 0)
    made = _make_rows(session, day, _WHOLE, number, means, now)
    if made:
        part = DayEndPart(day=day, phase=Phase.ACCRUE, number=number, loans=made, done=made, done_at=now)
        session.add(part)
        session.flush()
    return made


def close(session: Session, day: date, *, now: datetime) -> DayEnd:
    """Complete a day: vouchers numbered, the books opened on the next day. :class:`LoansFailed` while loans lack.

    A day that is complete stays as it is.
    """
    part, made = hold(session, day, Phase.CLOSE), session.get_one(DayEnd, day)
    if part.done_at is not None:
        return made
    failed = failures(session, day)
    if failed:
        raise LoansFailed(day=day, count=len(failed), first=failed[0].loan_no)
    for statement in (_STALE, _OVER):
        session.execute(text(statement).bindparams(bindparam("day", type_=Date)), {"day": day})
    session.expire_all()
    part.done = vouchers.number(session, day, now=now)
    part.done_at = made.finished_at = now
    monthly.at_month_end(session, day, now=now)
    open_business_day(session, day + timedelta(days=1))
    session.flush()
    return made


def failures(session: Session, day: date) -> list[DayEndFailure]:
    """The loans of a day that are not carried yet."""
    return list(
        session.scalars(
            select(DayEndFailure)
            .where(DayEndFailure.day == day, DayEndFailure.mended_at.is_(None))
            .order_by(DayEndFailure.loan_no)
        )
    )


def provisions_of(session: Session, day: date) -> Provisions:
    """The rates of provision in force on a day."""
    key = "provision_rates"
    setting = parameters.value(session, key, day)
    rates: dict[str, Decimal] = setting["rates"]
    return Provisions(
        {category: rates[category.value] for category in Category},
        parameters.in_force(session, key, day).valid_from,
        daily=setting["posted"] == "daily",
    )


def _make_rows(session: Session, day: date, loans: Range, number: int, means: Means, now: datetime) -> int:
    return rows.make(
        session,
        day,
        loans,
        part=number,
        classifies=means.classifies,
        provisions=provisions_of(session, day),
        now=now,
    )


# An event after the row was made, on the same day: the snapshot follows it. What was posted stays as it is.
_STALE = """
    UPDATE loan_day SET
        principal = p.principal, principal_overdue = p.principal_overdue, interest_overdue = p.interest_overdue,
        periods_overdue = p.periods_overdue, noted = p.noted
    FROM loan_position p
    WHERE p.loan_no = loan_day.loan_no AND loan_day.day = :day AND p.noted <> loan_day.noted
"""
# Nothing is owed, provided or kept off balance any more: the position takes over what was posted, for good.
_OVER = """
    UPDATE loan_position SET
        live = FALSE, interest = d.interest, penalty = d.penalty, uncollected = d.uncollected,
        allowance = d.allowance, folded_on = d.day
    FROM loan_day d, loan l
    WHERE d.day = :day AND d.loan_no = loan_position.loan_no AND l.loan_no = loan_position.loan_no
      AND loan_position.live AND d.noted = loan_position.noted AND l.status IN ('settled', 'written_off', 'transferred')
      AND d.allowance = 0 AND d.required = 0 AND d.uncollected = 0 AND loan_position.suspense = 0
      AND (loan_position.folded_on IS NULL OR loan_position.folded_on < d.day)
"""
