"""What staff have done to a loan: who may ask for it, who approves it, what would come of it, and doing it.

One command does it: permission, duty, event, entries and the audit trail in the caller's transaction. Two people take
part; who asks is the maker, whoever approves the checker, and neither is both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from company import audit
from company.people import Actor, in_scope, may
from lending.bank import suspense
from lending.errors import NotFound
from lending.labels import Labelled
from lending.ledger import JournalEntry
from lending.life import changes, errors, events, quotes
from lending.life.changes import Recorded
from lending.life.events import LoanEvent
from lending.life.happenings import Happening
from lending.life.kinds import Component, EventKind
from lending.life.state import Reading
from lending.loans import Loan, LoanStatus
from lending.money import ZERO

K = EventKind


class Desk(Labelled):
    """Who approves."""

    FINANCE = "finance", "财务复核", "Finance checker"
    CHANGE = "change", "变更审批", "Approval of changes"
    WRITE_OFF = "write_off", "核销审批", "Approval of write-offs"


DESK_OF = {
    K.RECEIPT: Desk.FINANCE,
    K.PREPAYMENT: Desk.FINANCE,
    K.RECOVERY: Desk.FINANCE,
    K.CLAIM: Desk.FINANCE,
    K.CHARGE: Desk.FINANCE,
    K.SUBSIDY: Desk.FINANCE,
    K.SUBSIDY_RECEIPT: Desk.FINANCE,
    K.REVERSAL: Desk.FINANCE,
    K.WAIVER: Desk.CHANGE,
    K.RATE_CHANGE: Desk.CHANGE,
    K.EXTENSION: Desk.CHANGE,
    K.RESTRUCTURING: Desk.CHANGE,
    K.WRITE_OFF: Desk.WRITE_OFF,
}
"""Every kind that staff can ask for, with its desk; a reversal goes to the desk of what it reverses."""

_RECORD_OF = {Desk.FINANCE: "ledger", Desk.CHANGE: "change", Desk.WRITE_OFF: "legal"}
"""The record of the permission matrix on which C makes somebody a maker, A a checker."""
_NOT_BEYOND = (K.RECEIPT, K.PREPAYMENT, K.CLAIM)


@dataclass(frozen=True)
class Booking:
    """What is asked for; ``reference`` is the bank's for money, the case's else, and of a reversal the event's own.

    ``claimed`` is the entry of the sum in suspense that a claim takes.
    """

    loan_no: str
    told: Happening
    reference: str
    quote_no: str | None = None
    claimed: str | None = None


@dataclass(frozen=True)
class Posting:
    """An entry that would be posted: its reference and day, and account, debit and credit of each line in yuan."""

    reference: str
    on: date
    lines: tuple[tuple[str, Decimal, Decimal], ...]


@dataclass(frozen=True)
class Use:
    """What the money of an event pays, by component, and what of it goes to suspense (negative: comes out), in yuan."""

    paid: dict[Component, Decimal]
    to_suspense: Decimal


@dataclass(frozen=True)
class Reworked:
    """An event after the one booked that is worked through again and comes out otherwise."""

    kind: EventKind
    on: date
    amount: Decimal
    before: Use
    after: Use


@dataclass(frozen=True)
class Foreseen:
    """What would come of a booking; ``again`` says that it is recorded already and nothing happens.

    ``used`` and ``to_suspense`` (negative where suspense is used) are the booking's own and make up its amount; what
    it changes in the events after it stands in ``reworked``, of ``events_reworked`` worked through again.
    """

    again: bool
    used: dict[Component, Decimal]
    to_suspense: Decimal
    postings: tuple[Posting, ...]
    before: Reading
    after: Reading
    status: LoanStatus
    events_reworked: int
    reworked: tuple[Reworked, ...] = ()

    @property
    def instalments(self) -> int:
        """How many instalments are still to fall due after it."""
        return len(self.after.state.parts) - self.after.state.due

    @property
    def next_amount(self) -> Decimal | None:
        """What the next of them still asks for."""
        state = self.after.state
        if not self.instalments:
            return None
        part = state.parts[state.due]
        return part.to_pay


def desk_of(session: Session, booking: Booking) -> Desk:
    """Who approves a booking."""
    if booking.told.kind is not K.REVERSAL:
        return DESK_OF[booking.told.kind]
    found = events.find(session, booking.reference)
    return DESK_OF.get(found.kind, Desk.FINANCE) if found else Desk.FINANCE


def may_ask(session: Session, actor: Actor, loan_no: str, kind: EventKind) -> bool:
    """Whether the person may ask for something of this kind on the loan."""
    desks = tuple(Desk) if kind is K.REVERSAL else (DESK_OF[kind],)
    return any(_has_duty(session, actor, loan_no, desk, "C") for desk in desks)


def require_maker(session: Session, actor: Actor, booking: Booking) -> None:
    """Refuse whoever has no such duty or does not reach the loan (:class:`BookingNotAllowed`)."""
    _require(session, actor, booking, "C", ("登记", "ask for"))


def require_checker(session: Session, actor: Actor, booking: Booking, maker_id: int | None) -> None:
    """Refuse whoever may not approve it: another duty, another reach, the maker, a receiver of what is waived."""
    _require(session, actor, booking, "A", ("审批", "approve"))
    kind = booking.told.kind
    if actor.employee_id is not None and actor.employee_id == maker_id:
        raise errors.CheckedByMaker(kind=kind)
    if kind is K.WAIVER and _received(session, actor, booking.loan_no):
        raise errors.WaiverByReceiver(loan_no=booking.loan_no)


def rehearse(
    session: Session, booking: Booking, *, booked_on: date, now: datetime, by: int | None = None
) -> Foreseen:
    """What would come of a booking, by doing it and taking it back: the same refusals, the same figures to the fen.

    The session must be one that writes; nothing of it remains.
    """
    with _aside(session):
        before = changes.accrue_to(session, booking.loan_no, booked_on, now=now, by=by)
        uses = _uses(session, booking.loan_no)
        done = _do(session, booking, booked_on=booked_on, now=now, by=by, checked_by=None)
        return _foreseen(session, booking, before, uses, done)


def carry_out(
    session: Session,
    booking: Booking,
    *,
    booked_on: date,
    now: datetime,
    maker_id: int | None,
    checker: Actor,
) -> Recorded:
    """Do what the maker asked for and the checker approves; done before, nothing happens again.

    Raises what :func:`require_checker` and :func:`lending.life.changes.record` do.
    """
    require_checker(session, checker, booking, maker_id)
    done = _do(session, booking, booked_on=booked_on, now=now, by=maker_id, checked_by=checker.employee_id)
    if done.again:
        return done
    facts = {
        "kind": booking.told.kind.value,
        "event": done.event.reference,
        "amount": str(done.event.amount),
        "on": str(done.event.on),
        "maker": maker_id,
    }
    audit.record(session, now, checker, "loan.book", "loan", booking.loan_no, after=facts)
    return done


def _do(
    session: Session,
    booking: Booking,
    *,
    booked_on: date,
    now: datetime,
    by: int | None,
    checked_by: int | None,
) -> Recorded:
    told, loan_no = booking.told, booking.loan_no
    if told.kind is K.REVERSAL:
        return changes.reverse(
            session,
            loan_no,
            booking.reference,
            booked_on=booked_on,
            reason=told.reason,
            now=now,
            by=by,
            checked_by=checked_by,
        )
    if booking.quote_no:
        quote = quotes.get(session, booking.quote_no)
        if quote.loan_no != loan_no:
            raise NotFound(what_zh="本笔贷款的报价", what_en="quote of this loan", key=booking.quote_no)
        return quotes.settle(
            session,
            booking.quote_no,
            told.amount,
            on=told.on,
            reference=booking.reference,
            booked_on=booked_on,
            now=now,
            by=by,
            checked_by=checked_by,
        )
    done = _tell(session, booking, booked_on=booked_on, now=now, by=by, checked_by=checked_by)
    _check_not_beyond(told, done)
    return done


def _tell(
    session: Session,
    booking: Booking,
    *,
    booked_on: date,
    now: datetime,
    by: int | None,
    checked_by: int | None,
) -> Recorded:
    """Let it happen as it was told; a claim takes its money out of suspense."""
    told, loan_no, reference = booking.told, booking.loan_no, booking.reference
    if told.kind is K.CLAIM:
        return suspense.claim(
            session,
            loan_no,
            told,
            booking.claimed or "—",
            reference=reference,
            booked_on=booked_on,
            now=now,
            by=by,
            checked_by=checked_by,
        )
    return changes.record(
        session,
        loan_no,
        told,
        reference=reference,
        booked_on=booked_on,
        now=now,
        by=by,
        checked_by=checked_by,
    )


def _check_not_beyond(told: Happening, done: Recorded) -> None:
    """What lies in suspense after a receipt can still be used up by what is owed."""
    reading = done.reading
    beyond = reading.state.suspense - reading.owed
    if told.kind in _NOT_BEYOND and done.applied and beyond > 0:
        raise errors.ReceiptAboveOwed(amount=told.amount, owed=max(told.amount - beyond, ZERO))


def _uses(session: Session, loan_no: str) -> dict[int, Use]:
    """What the events of a loan that stand have paid, by their id."""
    told = events.listed(session, loan_no)
    moved = events.suspense_moved(told)
    return {
        event.id: Use({Component(word): amount for word, amount in event.used.items()}, moved[event.id])
        for event in told
        if event.id in moved
    }


def _foreseen(
    session: Session, booking: Booking, before: Reading, uses: dict[int, Use], done: Recorded
) -> Foreseen:
    loan = session.scalars(select(Loan).where(Loan.loan_no == booking.loan_no)).one()
    now = _uses(session, booking.loan_no)
    own = now.get(done.event.id, Use({}, ZERO))
    others = [
        event for event in events.listed(session, booking.loan_no) if event.id in uses.keys() & now.keys()
    ]
    its_own_turn = 0 if booking.told.kind is K.REVERSAL else 1
    return Foreseen(
        again=done.again,
        used=own.paid,
        to_suspense=own.to_suspense,
        postings=tuple(_posting(session, each.entry_reference) for each in done.event.postings),
        before=before,
        after=done.reading,
        status=loan.status,
        events_reworked=max(done.applied - its_own_turn, 0),
        reworked=tuple(
            Reworked(event.kind, event.on, event.amount, uses[event.id], now[event.id])
            for event in others
            if uses[event.id] != now[event.id]
        ),
    )


def _posting(session: Session, reference: str) -> Posting:
    entry = session.scalars(select(JournalEntry).where(JournalEntry.reference == reference)).one()
    lines = tuple((line.account, line.debit, line.credit) for line in entry.lines)
    return Posting(entry.reference, entry.on, lines)


@contextmanager
def _aside(session: Session) -> Iterator[None]:
    nested = session.begin_nested()
    try:
        yield
    finally:
        nested.rollback()


def _require(session: Session, actor: Actor, booking: Booking, letter: str, words: tuple[str, str]) -> None:
    if not _has_duty(session, actor, booking.loan_no, desk_of(session, booking), letter):
        raise errors.BookingNotAllowed(
            act=words[0], act_en=words[1], loan_no=booking.loan_no, kind=booking.told.kind
        )


def _has_duty(session: Session, actor: Actor, loan_no: str, desk: Desk, letter: str) -> bool:
    grants = may(actor, _RECORD_OF[desk], letter)
    reached = select(Loan.id).where(Loan.loan_no == loan_no, in_scope(grants, Loan.unit_id, Loan.owner_id))
    return bool(grants) and session.scalar(reached) is not None


def _received(session: Session, actor: Actor, loan_no: str) -> bool:
    """Whether the person made or checked a receipt of the loan."""
    mine = or_(LoanEvent.recorded_by == actor.employee_id, LoanEvent.checked_by == actor.employee_id)
    found = select(LoanEvent.id).where(LoanEvent.loan_no == loan_no, LoanEvent.kind.in_(events.MONEY), mine)
    return session.scalar(found.limit(1)) is not None
