"""The exact path of a day-end: the loans whose course ends on the day, above all those with an instalment due.

Each is worked out by :func:`lending.life.applying.apply`, the rule of every event, and written for many loans at once.
A loan that fails leaves nothing but its reason.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from company.messages import Refusal
from lending import ledger
from lending.books import periods
from lending.day_end.ranges import Range
from lending.day_end.tables import DayEndFailure
from lending.ledger import JournalEntry, JournalLine
from lending.life import beginning, positions
from lending.life.applying import apply
from lending.life.events import DUE_RANK, LoanEvent, LoanPosting
from lending.life.happenings import Applied, Happening, Net
from lending.life.kinds import Allocation, EventKind
from lending.life.positions import LoanLate, LoanPosition
from lending.life.state import Ground, Reading, State
from lending.loans import Loan, LoanStatus
from lending.maths.convention import Convention, Method
from lending.maths.terms import Agreement
from lending.money import ZERO

BATCH = 500
# What a damaged record or a broken rule of one loan can raise; anything else ends the day-end.
OF_ONE_LOAN = (Refusal, ValueError, ArithmeticError, LookupError, TypeError, zlib.error)


class _Found(NamedTuple):
    """A loan whose course has ended: what its position says, the state its last event left, and its terms."""

    loan_no: str
    oldest_day: int | None
    clean_day: int | None
    late_lines: int
    noted: int
    last_event_id: int
    state_data: bytes
    principal: Decimal
    annual_rate: Decimal
    term_months: int
    method: Method
    convention_data: dict[str, str]
    agreement_data: dict[str, str] | None
    allocation_data: dict[str, str] | None
    value_date: date
    due_day: int | None
    penalty_multiplier: Decimal
    grace_days: int
    fee_rate: Decimal


class _Fallen(NamedTuple):
    """An instalment that fell due, what that made of the loan, and the state as it is stored."""

    due: date
    done: Applied
    packed: bytes


@dataclass(frozen=True)
class _Worked:
    """A loan that was worked out: the instalments that fell due, the columns of its position, its lines."""

    loan_no: str
    events: list[_Fallen]
    columns: dict[str, object]
    late: list[dict[str, object]]
    is_settled: bool
    had_late: int
    event_id: int


def work_off(session: Session, day: date, loans: Range, *, now: datetime) -> int:
    """Bring the loans of a range whose course has ended to ``day``; returns how many. Again, there are none left."""
    done = _begin_new(session, day, loans, now)
    after: str | None = None
    while True:
        rows = _next_rows(session, day, loans, after)
        if not rows:
            return done
        after = rows[-1].loan_no
        worked = []
        for row in rows:
            try:
                worked.append(_worked(row, day))
            except OF_ONE_LOAN as error:
                fail(session, day, row.loan_no, error, now)
        _write(session, day, worked, now)
        mend(session, day, [each.loan_no for each in worked], now)
        done += len(rows)


def fail(session: Session, day: date, loan_no: str, error: Exception, now: datetime) -> None:
    """Note that a loan was not carried, and why, in both languages."""
    found = session.scalar(
        select(DayEndFailure).where(DayEndFailure.day == day, DayEndFailure.loan_no == loan_no)
    )
    if found is None:
        found = DayEndFailure(day=day, loan_no=loan_no, tries=0)
        session.add(found)
    if isinstance(error, Refusal):
        found.code, words = error.code, (error.text("zh"), error.text("en"))
    else:
        found.code, words = "damaged_data", (f"数据异常：{error!r}", f"damaged data: {error!r}")
    found.reason, found.reason_en = words[0][:400], words[1][:400]
    found.tries, found.failed_at, found.mended_at = found.tries + 1, now, None
    session.flush()


def mend(session: Session, day: date, loan_nos: Sequence[str], now: datetime) -> None:
    """The loans were carried: what was noted of them is mended."""
    session.execute(
        update(DayEndFailure)
        .where(
            DayEndFailure.day == day, DayEndFailure.loan_no.in_(loan_nos), DayEndFailure.mended_at.is_(None)
        )
        .values(mended_at=now)
    )


def _begin_new(session: Session, day: date, loans: Range, now: datetime) -> int:
    """Loans whose pay-out was posted and whose life nobody has begun yet."""
    # Not "not in": over a million positions PostgreSQL would read all of them for each loan.
    begun = select(LoanPosition.loan_no).where(LoanPosition.loan_no == Loan.loan_no).exists()
    found = session.scalars(
        select(Loan.loan_no).where(
            *loans.of(Loan.loan_no),
            Loan.status == LoanStatus.ACTIVE,
            Loan.value_date <= day,
            ~begun,
        )
    ).all()
    for loan_no in found:
        try:
            with session.begin_nested():
                beginning.begin(session, loan_no, now=now)
        except OF_ONE_LOAN as error:
            fail(session, day, loan_no, error, now)
    return len(found)


def _next_rows(session: Session, day: date, loans: Range, after: str | None) -> list[_Found]:
    """The next loans whose course has ended, held against events."""
    query = (
        select(
            LoanPosition.loan_no,
            LoanPosition.oldest_day,
            LoanPosition.clean_day,
            LoanPosition.late_lines,
            LoanPosition.noted,
            LoanPosition.last_event_id,
            LoanEvent.state_data,
            Loan.principal,
            Loan.annual_rate,
            Loan.term_months,
            Loan.method,
            Loan.convention_data,
            Loan.agreement_data,
            Loan.allocation_data,
            Loan.value_date,
            Loan.due_day,
            Loan.penalty_multiplier,
            Loan.grace_days,
            Loan.prepayment_fee_rate,
        )
        .join(Loan, Loan.loan_no == LoanPosition.loan_no)
        .join(LoanEvent, LoanEvent.id == LoanPosition.last_event_id)
        .where(*loans.of(LoanPosition.loan_no), LoanPosition.live, LoanPosition.refresh_on <= day)
        .order_by(LoanPosition.loan_no)
        .limit(BATCH)
        .with_for_update(of=Loan)
    )
    if after is not None:
        query = query.where(LoanPosition.loan_no > after)
    return [_Found._make(row) for row in session.execute(query)]


def _worked(row: _Found, day: date) -> _Worked:
    ground = _ground(row)
    state, packed = State.unpacked(row.state_data), row.state_data
    fallen: list[_Fallen] = []
    while state.next_due is not None and state.next_due <= day:
        due = state.next_due
        done = apply(ground, state, Happening(EventKind.DUE, due))
        same_parts = done.state.parts is state.parts
        packed = done.state.packed_like(packed) if same_parts else done.state.packed()
        fallen.append(_Fallen(due, done, packed))
        state = done.state
    columns, course = positions.noted(ground, state, day, oldest_day=row.oldest_day, clean_day=row.clean_day)
    columns["noted"] = row.noted + 1
    return _Worked(
        row.loan_no,
        fallen,
        columns,
        positions.late_rows(row.loan_no, course.late),
        is_settled=bool(fallen) and Reading(ground, state, day).is_settled,
        had_late=row.late_lines,
        event_id=row.last_event_id,
    )


def _ground(row: _Found) -> Ground:
    return Ground(
        principal=row.principal,
        annual_rate=row.annual_rate,
        term_months=row.term_months,
        method=row.method,
        convention=_convention(tuple(sorted(row.convention_data.items()))),
        agreement=Agreement.from_data(row.agreement_data or {}),
        allocation=Allocation.from_data(row.allocation_data),
        value_date=row.value_date,
        due_day=row.due_day or row.value_date.day,
        penalty_multiplier=row.penalty_multiplier,
        grace_days=row.grace_days,
        fee_rate=row.fee_rate,
    )


@lru_cache(maxsize=1000)
def _convention(items: tuple[tuple[str, str], ...]) -> Convention:
    return Convention.from_data(dict(items))


def _write(session: Session, day: date, worked: Sequence[_Worked], now: datetime) -> None:
    """Write what was worked out: events with their entries, positions, lines of penalty, loans now settled."""
    if not worked:
        return
    last_ids = _write_events(session, day, worked, now)
    # All rows of one statement set the same columns: a loan without a new event keeps the one it has.
    session.execute(
        update(LoanPosition),
        [
            {
                "loan_no": each.loan_no,
                "last_event_id": last_ids.get(each.loan_no, each.event_id),
                **each.columns,
            }
            for each in worked
        ],
    )
    had = [each.loan_no for each in worked if each.had_late]
    if had:
        session.execute(delete(LoanLate).where(LoanLate.loan_no.in_(had)))
    late = [line for each in worked for line in each.late]
    if late:
        session.execute(insert(LoanLate), late)
    settled = [each.loan_no for each in worked if each.is_settled]
    if settled:
        session.execute(
            update(Loan)
            .where(Loan.loan_no.in_(settled), Loan.status == LoanStatus.ACTIVE)
            .values(status=LoanStatus.SETTLED)
        )


@dataclass(frozen=True)
class _Posted:
    """An entry to be written: what is told of it, its lines, and the number of its event in the batch."""

    event: int
    reference: str
    on: date
    loan_no: str
    net: Net


def _write_events(session: Session, day: date, worked: Sequence[_Worked], now: datetime) -> dict[str, int]:
    """Insert the events with their entries; the last event's id by loan."""
    told: list[dict[str, object]] = []
    posted: list[_Posted] = []
    for each in worked:
        for fallen in each.events:
            due, done = fallen.due, fallen.done
            reference = f"due:{each.loan_no}:{due}"
            for kind, net in sorted(done.wanted.items()):
                name = reference if kind == EventKind.DUE.value else f"{kind}:{reference}"
                posted.append(_Posted(len(told), name, _open_day(session, due, day), each.loan_no, net))
            told.append(_event_row(each.loan_no, reference, fallen, day, now))
    if not told:
        return {}
    ids = session.scalars(insert(LoanEvent).returning(LoanEvent.id, sort_by_parameter_order=True), told).all()
    _write_entries(session, posted, ids, now)
    return {str(row["loan_no"]): event_id for row, event_id in zip(told, ids, strict=True)}


def _event_row(loan_no: str, reference: str, fallen: _Fallen, day: date, now: datetime) -> dict[str, object]:
    return {
        "loan_no": loan_no,
        "kind": EventKind.DUE,
        "on": fallen.due,
        "rank": DUE_RANK,
        "reference": reference,
        "amount": ZERO,
        "facts": {},
        "reason": "",
        "booked_on": day,
        "posted": fallen.done.wanted,
        "used": {component.value: amount for component, amount in fallen.done.used.items()},
        "state_data": fallen.packed,
        "recorded_by": None,
        "recorded_at": now,
    }


def _open_day(session: Session, due: date, day: date) -> date:
    """The day of an entry: that of the instalment, or, in a closed period, the business date."""
    return due if due == day or not periods.is_closed(session, due) else day


def _write_entries(
    session: Session, posted: Sequence[_Posted], event_ids: Sequence[int], now: datetime
) -> None:
    if not posted:
        return
    ids = session.scalars(
        insert(JournalEntry).returning(JournalEntry.id, sort_by_parameter_order=True),
        [
            {
                "reference": each.reference,
                "kind": ledger.kind_of(each.reference),
                "on": each.on,
                "description": EventKind.DUE.zh,
                "posted_at": now,
            }
            for each in posted
        ],
    ).all()
    lines = []
    for each, entry_id in zip(posted, ids, strict=True):
        for position, (account, amount) in enumerate(sorted(each.net.items()), start=1):
            lines.append(
                {
                    "entry_id": entry_id,
                    "position": position,
                    "account": account,
                    "debit": max(amount, ZERO),
                    "credit": max(-amount, ZERO),
                    "loan_no": each.loan_no,
                }
            )
    session.execute(insert(JournalLine), lines)
    session.execute(
        insert(LoanPosting),
        [{"event_id": event_ids[each.event], "entry_reference": each.reference} for each in posted],
    )
