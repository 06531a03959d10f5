"""Change of debtor: who takes a loan over, who agreed, the car passed on, and every debtor the loan has had.

民法典 第五百五十一条: the lender must agree, silence is a refusal; 第三百九十一条、六百九十七条: who secures the debt
and does not consent in writing is free. 机动车登记规定 第二十五、二十六条: the new owner applies within thirty days of
the delivery; a mortgaged car is transferred by a joint application of both owners and the mortgagee.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from lending import callback_facts, loan_changes, sequences, vehicle_history
from lending.errors import LendingError, NotFound
from lending.life.kinds import EventKind
from lending.loan_changes import Bound, ChangeOfEndedLoan, ChangeOpen, open_of
from lending.loans import Loan, LoanStatus
from lending.locks import held
from lending.maths.due_dates import months_after
from lending.transfer_records import (
    DebtTransfer,
    LoanDebtor,
    TransferConsent,
    TransferRefusal,
    TransferStatus,
)

RIVALS = frozenset(
    {EventKind.PREPAYMENT, EventKind.EXTENSION, EventKind.RATE_CHANGE, EventKind.RESTRUCTURING}
)
"""What changes the plan of a loan: not asked for at the desk while a request of the customer's is under way."""
_YEAR_MONTHS = 12
APPLY_WITHIN_DAYS = 30
"""The new owner applies for the transfer of the car within so many days of its delivery (机动车登记规定 第二十五条)."""


class TransferConsentsMissing(LendingError):
    """Whoever is bound beside the debtor agrees in writing, or the debt stays where it is."""

    code = "transfer_consents_missing"
    zh = "缺少书面同意：{names}。请取得同意，或按“不同意”登记。"
    en = "Written consent is missing: {names}. Obtain it, or record that it was refused."


class DebtAbovePrice(LendingError):
    """What is taken over is not more than the price of the car that goes with it."""

    code = "debt_above_price"
    zh = "“剩余本金” {amount:,.2f} 元高于“转让价” {price:,.2f} 元：请核对转让价；确实不足的，请先提前归还差额再转移。"
    en = (
        "The principal left, {amount:,.2f}, is above the price of the car, {price:,.2f}: check the price; "
        "if it is right, the difference is repaid first."
    )


class TransferDayWrong(LendingError):
    """The car is delivered, then transferred within thirty days, not in the future."""

    code = "transfer_day_wrong"
    zh = "过户日 {transferred_on} 应在交付日 {delivered_on} 之后三十天内，且不晚于今天 {today}。"
    en = "The transfer of {transferred_on} must lie within 30 days of the delivery, {delivered_on}, by {today}."


@dataclass(frozen=True)
class Passed:
    """The car at the registration office: delivered, transferred, its new plate and certificate."""

    delivered_on: date
    transferred_on: date
    plate: str
    certificate_no: str


def begin(
    session: Session,
    loan: Loan,
    application_no: str,
    *,
    principal: Decimal,
    instalments_paid: int,
    on: date,
    by: int | None,
) -> DebtTransfer:
    """Open a request. Raises ChangeOfEndedLoan, and ChangeOpen while the loan is being changed in any way."""
    if loan.status is not LoanStatus.ACTIVE:
        raise ChangeOfEndedLoan(loan_no=loan.loan_no, status=loan.status)
    other = change_under_way(session, loan.loan_no)
    if other is not None:
        raise ChangeOpen(loan_no=loan.loan_no, change_no=other)
    number = sequences.take(session, f"debt_transfer:{on.year}")
    transfer = DebtTransfer(
        transfer_no=f"ZY-{on.year}-{number:06d}",
        loan_no=loan.loan_no,
        application_no=application_no,
        loan_application_no=loan.application_no,
        open_for=loan.loan_no,
        status=TransferStatus.ASKED,
        from_customer_id=loan.customer_id,
        principal=principal,
        instalments_paid=instalments_paid,
        asked_on=on,
        asked_by=by,
    )
    session.add(transfer)
    session.flush()
    return transfer


def get(session: Session, transfer_no: str, *, to_change: bool = False) -> DebtTransfer:
    """The request, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    asked = select(DebtTransfer).where(DebtTransfer.transfer_no == transfer_no)
    transfer = session.scalar(held(asked) if to_change else asked)
    if transfer is None:
        raise NotFound(what_zh="债务转移", what_en="change of debtor", key=transfer_no)
    return transfer


def under_way(session: Session, loan_no: str) -> DebtTransfer | None:
    """The request on a loan that is under way."""
    return session.scalar(select(DebtTransfer).where(DebtTransfer.open_for == loan_no))


def facts_of(session: Session, loan: Loan, on: date) -> dict[str, object]:
    """What the table of eligibility asks of the loan and its car: a seal, arrears, a plan kept within twelve months."""
    since = months_after(on, -_YEAR_MONTHS, due_day=on.day)
    return {
        "sealed": vehicle_history.sealed_since(session, loan.vehicle_id) is not None,
        "days_past_due": callback_facts.interval_facts(session, loan, on)["days_past_due"],
        "plan_kept": loan_changes.adjusted_since(session, loan.loan_no, since),
    }


def change_under_way(session: Session, loan_no: str) -> str | None:
    """The number of what is changing the loan at its customer's wish: a change of debtor or of its plan."""
    transfer, change = under_way(session, loan_no), open_of(session, loan_no)
    if transfer is not None:
        return transfer.transfer_no
    return change.change_no if change is not None else None


def require_unchanging(session: Session, loan_no: str, kind: EventKind) -> None:
    """Refuse to ask beside an open change for what would change the plan it is about (:class:`ChangeOpen`)."""
    other = change_under_way(session, loan_no) if kind in RIVALS else None
    if other is not None:
        raise ChangeOpen(loan_no=loan_no, change_no=other)


def of_loan(session: Session, loan_no: str) -> list[DebtTransfer]:
    """The requests of a loan, the newest first."""
    asked = select(DebtTransfer).where(DebtTransfer.loan_no == loan_no)
    return list(session.scalars(asked.order_by(DebtTransfer.id.desc())))


def record_consents(
    session: Session,
    transfer: DebtTransfer,
    asked: Sequence[Bound],
    given: Collection[str],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Write down who agreed; ``given`` are places. A second time corrects the first: so a consent is withdrawn."""
    for each in asked:
        row = session.get(TransferConsent, (transfer.id, each.customer.id))
        if row is None:
            row = TransferConsent(transfer_id=transfer.id, customer_id=each.customer.id)
            session.add(row)
        row.place, row.given = each.place, each.place in given
        row.recorded_by, row.recorded_at = by, now
    session.flush()


def require_consents(session: Session, transfer: DebtTransfer, asked: Sequence[Bound]) -> None:
    """Refuse while anybody who stays bound has not agreed (:class:`TransferConsentsMissing`)."""
    given = select(TransferConsent.customer_id).where(
        TransferConsent.transfer_id == transfer.id, TransferConsent.given.is_(True)
    )
    agreed = set(session.scalars(given))
    missing = [each.label() for each in asked if each.customer.id not in agreed]
    if missing:
        raise TransferConsentsMissing(names=missing)


def pass_vehicle(transfer: DebtTransfer, passed: Passed, *, on: date) -> None:
    """The office has transferred the car and registered the mortgage anew. Raises :class:`TransferDayWrong`."""
    last = passed.delivered_on + timedelta(days=APPLY_WITHIN_DAYS)
    if not passed.delivered_on <= passed.transferred_on <= min(last, on):
        raise TransferDayWrong(
            transferred_on=passed.transferred_on, delivered_on=passed.delivered_on, today=on
        )
    transfer.delivered_on, transfer.vehicle_transferred_on = passed.delivered_on, passed.transferred_on
    transfer.plate_after, transfer.certificate_no = passed.plate, passed.certificate_no


def refuse(
    session: Session, transfer_no: str, why: TransferRefusal, *, comment: str | None, on: date
) -> DebtTransfer:
    """End a request without a new debtor; one that is ended stays as it is."""
    transfer = get(session, transfer_no, to_change=True)
    if transfer.open_for is None:
        return transfer
    transfer.status, transfer.refused_for, transfer.comment = TransferStatus.REFUSED, why, comment
    transfer.open_for, transfer.ended_on = None, on
    session.flush()
    return transfer


def switch(session: Session, transfer_no: str, *, on: date) -> Loan:
    """From ``on`` the new debtor owes the loan; who owed it before stays in its history. Once."""
    transfer = get(session, transfer_no, to_change=True)
    loan = session.scalars(held(select(Loan).where(Loan.loan_no == transfer.loan_no))).one()
    if transfer.status is TransferStatus.DONE or transfer.to_customer_id is None:
        return loan
    before = session.scalar(
        select(LoanDebtor).where(LoanDebtor.loan_no == loan.loan_no, LoanDebtor.until.is_(None))
    )
    if before is None:
        before = LoanDebtor(
            loan_no=loan.loan_no, since=loan.value_date or loan.opened_at.date(), customer_id=loan.customer_id
        )
        session.add(before)
    before.until = on
    loan.customer_id = transfer.to_customer_id
    session.add(
        LoanDebtor(
            loan_no=loan.loan_no, since=on, customer_id=transfer.to_customer_id, transfer_no=transfer_no
        )
    )
    transfer.status, transfer.open_for, transfer.ended_on = TransferStatus.DONE, None, on
    session.flush()
    return loan


def debtors(session: Session, loan: Loan) -> list[LoanDebtor]:
    """Everybody who owed a loan, the first first; nobody is listed of one that never changed hands."""
    asked = select(LoanDebtor).where(LoanDebtor.loan_no == loan.loan_no)
    return list(session.scalars(asked.order_by(LoanDebtor.since)))
