"""Money that came and that the bank takes back (退票、退款): reversed exactly as it came.

It came to a loan by an event, or to suspense by an entry; what was claimed out of suspense goes back there first, by
the reversal of each claim. What cannot be reversed is refused, and the reason stays with the movement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.messages import Refusal
from lending import fund_journal, ledger, loans
from lending.bank import suspense
from lending.bank.receipts import BankReceipt, ReceiptKind, ReceiptStatus
from lending.errors import LendingError
from lending.fund_journal import Direction, FundMovement
from lending.ledger import JournalEntry
from lending.life import changes, errors, events
from lending.life.beginning import RUNNING
from lending.life.changes import Recorded
from lending.life.events import BANKED, LoanEvent
from lending.life.kinds import EventKind
from lending.locks import held
from lending.money import ZERO


class ReturnOfNothing(LendingError):
    """Only money that was posted comes back."""

    code = "return_of_nothing"
    zh = "银行退回的流水 {reference} 没有对应的入账，请与银行核对。"
    en = "The bank returns {reference}, which was never posted; clear it with the bank."


class ReturnedBefore(LendingError):
    """Money comes back once."""

    code = "returned_before"
    zh = "流水 {reference} 此前已冲正，不能再次冲正，请与银行核对。"
    en = "{reference} was reversed before and is not reversed again; clear it with the bank."


class ReturnOfOtherSum(LendingError):
    """A receipt is taken back whole."""

    code = "return_of_other_sum"
    zh = "银行退回 {returned:,.2f} 元，流水 {reference} 入账为 {posted:,.2f} 元，金额不同不能冲正，请与银行核对。"
    en = "The bank returns {returned:,.2f}, but {reference} was posted with {posted:,.2f}; clear it with the bank."


class ReturnTooEarly(LendingError):
    """What came is dealt with before it is taken back."""

    code = "return_too_early"
    zh = "流水 {reference} 的到账尚为“{status}”，请待其入账后再处理退回。"
    en = "What came as {reference} is still “{status}”; deal with the return once it is posted."


class ReturnOfMoneyUsed(LendingError):
    """Suspense never gives back more than it holds."""

    code = "return_of_money_used"
    zh = (
        "未列明贷款的暂收款现有 {held:,.2f} 元，不足以冲正流水 {reference} 的 {amount:,.2f} 元："
        "该款已由手工凭证转出，请先核对凭证。"
    )
    en = (
        "Suspense of nobody holds {held:,.2f}, less than the {amount:,.2f} of {reference}: a voucher made by hand "
        "moved it on; look into that voucher first."
    )


class CheckedByMaker(LendingError):
    """Who brought money in, claimed it or asked for its reversal does not approve the reversal."""

    code = "reversal_checked_by_maker"
    zh = "复核人经办过流水 {reference} 的入账、认领或冲正，请由他人复核。"
    en = "The checker posted, claimed or proposed {reference}; another person has to check it."


@dataclass(frozen=True)
class Origin:
    """How money came: by an event of a loan, or by an entry on suspense of which ``claims`` were made."""

    amount: Decimal
    event: LoanEvent | None = None
    entry: JournalEntry | None = None
    movement: FundMovement | None = None
    claims: tuple[LoanEvent, ...] = ()

    @property
    def reference(self) -> str:
        """The event's, else the entry's."""
        told = self.event or self.entry
        return told.reference if told else ""

    @property
    def on_loans(self) -> tuple[LoanEvent, ...]:
        """The events of loans that go with the money, in the order in which they happened."""
        return (self.event,) if self.event else self.claims


def find(session: Session, found: BankReceipt) -> Origin:
    """How the money came that the bank takes back by ``found``; reads only.

    Raises :class:`ReturnOfNothing`, :class:`ReturnTooEarly`, :class:`ReturnedBefore`, :class:`ReturnOfOtherSum`,
    :class:`ReturnOfMoneyUsed`, and :class:`lending.life.errors.LoanNotRunning` for a loan that has no life any more.
    """
    origin = _on_a_loan(session, found) or _in_suspense(session, found)
    if origin is None:
        raise _why_not(session, found)
    if origin.amount != found.amount:
        raise ReturnOfOtherSum(returned=found.amount, posted=origin.amount, reference=found.bank_reference)
    for event in origin.on_loans:
        loan = loans.get(session, event.loan_no)
        if loan.status not in RUNNING:
            raise errors.LoanNotRunning(loan_no=loan.loan_no, status=loan.status, kind=EventKind.REVERSAL)
    _require_money_left(session, origin)
    return origin


def _require_money_left(session: Session, origin: Origin) -> None:
    """Nobody's suspense holds what goes back out of it, once the claims are reversed."""
    if origin.movement is None or origin.movement.loan_no is not None:
        return
    claimed = sum((event.amount for event in origin.claims), ZERO)
    holds = suspense.unclaimed(session).posted + claimed
    if holds < origin.amount:
        raise ReturnOfMoneyUsed(held=holds, reference=origin.movement.bank_reference, amount=origin.amount)


def _on_a_loan(session: Session, found: BankReceipt) -> Origin | None:
    """The live event by which the money came to a loan."""
    for event in _events(session, found):
        if event.reversed_by_id is None:
            return Origin(event.amount, event=event)
    return None


def _events(session: Session, found: BankReceipt) -> Iterator[LoanEvent]:
    told = (events.find(session, f"{kind.value}:{found.bank_reference}") for kind in BANKED)
    return (event for event in told if event is not None)


def _in_suspense(session: Session, found: BankReceipt) -> Origin | None:
    """The entry that stands on suspense for the money, with the claims out of it that stand."""
    for entry, movement in suspense.entries_of(session, found.bank_reference):
        asked = (
            select(LoanEvent)
            .join(suspense.SuspenseClaim, suspense.SuspenseClaim.event_id == LoanEvent.id)
            .where(
                suspense.SuspenseClaim.entry_reference == entry.reference,
                LoanEvent.reversed_by_id.is_(None),
            )
            .order_by(LoanEvent.id)
        )
        claims = tuple(session.scalars(asked))
        return Origin(movement.amount, entry=entry, movement=movement, claims=claims)
    return None


def _why_not(session: Session, found: BankReceipt) -> Refusal:
    """Why nothing stands that could be reversed."""
    reversed_ = suspense.entries_of(session, found.bank_reference, standing=False)
    if reversed_ or any(True for _ in _events(session, found)):
        return ReturnedBefore(reference=found.bank_reference)
    came = came_as(session, found)
    if came is not None:
        return ReturnTooEarly(reference=found.bank_reference, status=came.status)
    return ReturnOfNothing(reference=found.bank_reference)


def came_as(session: Session, found: BankReceipt) -> BankReceipt | None:
    """The movement by which the bank told of the money when it came; none if a person or a file told of it."""
    asked = select(BankReceipt).where(
        BankReceipt.kind == ReceiptKind.RECEIPT, BankReceipt.bank_reference == found.bank_reference
    )
    return session.scalar(held(asked.order_by(BankReceipt.id).limit(1)))


def take_back(
    session: Session,
    found: BankReceipt,
    *,
    booked_on: date,
    now: datetime,
    by: int | None,
    checked_by: int | None,
) -> list[Recorded]:
    """Reverse the money as it came and return what that did to loans: instalments are open again as if it never came.

    Raises what :func:`find` and :func:`lending.life.changes.reverse` do, and :class:`CheckedByMaker`; nothing is
    to be kept of it then.
    """
    origin = find(session, found)
    _require_other_checker(session, origin, found, by, checked_by)
    if origin.entry is not None:  # nobody claims of it meanwhile
        session.execute(held(select(JournalEntry.id).where(JournalEntry.reference == origin.reference))).all()
        origin = find(session, found)
    reason = f"银行退回 {found.receipt_no}"
    done = [
        changes.reverse(
            session,
            event.loan_no,
            event.reference,
            booked_on=booked_on,
            reason=reason,
            now=now,
            by=by,
            checked_by=checked_by,
        )
        for event in origin.on_loans
    ]
    if origin.entry is not None:
        _out_of_suspense(session, origin, found, reason, booked_on, now, by, checked_by)
    loan_nos = {event.loan_no for event in origin.on_loans}
    found.loan_no = loan_nos.pop() if len(loan_nos) == 1 else None
    found.status, found.reason, found.entry_reference = ReceiptStatus.REVERSED, None, origin.reference
    came = came_as(session, found)
    if came is not None:
        came.status = ReceiptStatus.REVERSED
    session.flush()
    return done


def _require_other_checker(
    session: Session, origin: Origin, found: BankReceipt, by: int | None, checked_by: int | None
) -> None:
    makers = {by, *(event.recorded_by for event in origin.on_loans)}  # before anything is reversed
    if origin.entry is not None:
        makers |= suspense.makers(session, origin.reference)
    if checked_by is not None and checked_by in makers:
        raise CheckedByMaker(reference=found.bank_reference)


def _out_of_suspense(
    session: Session,
    origin: Origin,
    found: BankReceipt,
    reason: str,
    booked_on: date,
    now: datetime,
    by: int | None,
    checked_by: int | None,
) -> None:
    """Reverse the entry that put the money into suspense, and write the bank's movement down."""
    entry, movement = origin.entry, origin.movement
    if entry is None or movement is None:
        raise ValueError(f"{origin.reference} did not come to suspense")
    back = ledger.reverse(
        session, entry.reference, on=booked_on, now=now, by=by, checked_by=checked_by, reason=reason
    )
    fund_journal.record(
        session,
        back.reference,
        direction=Direction.OUT,
        amount=origin.amount,
        value_date=back.on,
        counterparty=movement.counterparty,
        purpose=reason,
        now=now,
        bank_account=movement.bank_account,
        bank_reference=found.bank_reference,
        journal_reference=back.reference,
        loan_no=movement.loan_no,
    )


def note_refusal(session: Session, found: BankReceipt, refused: Refusal) -> None:
    """Keep with the movement why it could not be reversed, in both languages."""
    found.status = ReceiptStatus.REFUSED
    found.reason = {"zh": refused.text("zh"), "en": refused.text("en")}
    session.flush()
