"""Disbursements: registered by a maker, checked by another, paid by the bank once, posted on the day it was paid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from company.database import Base, Fen, Instant
from company.vault import Vault
from lending import (
    applications,
    collateral,
    conditions,
    contracts,
    dealers,
    fund_journal,
    funding_limits,
    ledger,
    loans,
)
from lending.accounts import BANK, LOANS
from lending.columns import worded
from lending.errors import LendingError, NotFound, step
from lending.fund_journal import Direction
from lending.labels import Labelled
from lending.ledger import Line
from lending.life import changes
from lending.loans import Loan
from lending.locks import held


class DisbursementStatus(Labelled):
    """The life of a disbursement."""

    REGISTERED = "registered", "已登记", "Registered"
    CHECKED = "checked", "已复核", "Checked"
    SENT = "sent", "已发送银行", "Sent to the bank"
    SUCCEEDED = "succeeded", "已付款", "Paid"
    FAILED = "failed", "付款失败", "Failed"
    REVERSED = "reversed", "已冲正", "Reversed"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class AttemptStatus(Labelled):
    """The life of one order to the bank."""

    READY = "ready", "待发送", "Ready"
    SENT = "sent", "已发送", "Sent"
    SUCCEEDED = "succeeded", "成功", "Succeeded"
    FAILED = "failed", "失败", "Failed"


_S = DisbursementStatus
TRANSITIONS = {
    _S.REGISTERED: frozenset({_S.REGISTERED, _S.CHECKED, _S.CANCELLED}),
    _S.CHECKED: frozenset({_S.SENT, _S.SUCCEEDED, _S.FAILED}),
    _S.SENT: frozenset({_S.SUCCEEDED, _S.FAILED}),
    _S.FAILED: frozenset({_S.REGISTERED, _S.CANCELLED}),
    _S.SUCCEEDED: frozenset({_S.REVERSED}),
}


class NetDisbursement(LendingError):
    """The full principal is paid; nothing is held back (民法典 第六百七十条)."""

    code = "net_disbursement"
    zh = "放款金额必须等于合同本金 {principal:,.2f} 元，不得预先扣除任何费用（登记为 {amount:,.2f} 元）。"
    en = "The whole principal of {principal:,.2f} is paid out, with nothing deducted; {amount:,.2f} was registered."


class MakerIsChecker(LendingError):
    """Who registered a disbursement may not check it."""

    code = "maker_is_checker"
    zh = "放款登记人与复核人不能是同一人，请由其他复核人员办理。"
    en = "Who registered the disbursement may not check it; ask another checker."


class BankResultContradicts(LendingError):
    """The bank reports the opposite of what it reported before."""

    code = "bank_result_contradicts"
    zh = "银行对付款指令 {request_id} 的回报与此前“{status}”矛盾，请与银行核对后人工处理。"
    en = "For {request_id} the bank now contradicts its earlier result “{status}”; clear it with the bank by hand."


class Disbursement(Base):
    """The payment of one loan to its dealer, in yuan."""

    __tablename__ = "disbursement"

    id: Mapped[int] = mapped_column(primary_key=True)
    disbursement_no: Mapped[str] = mapped_column(String(32), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), unique=True)
    status: Mapped[DisbursementStatus] = mapped_column(worded(DisbursementStatus))
    amount: Mapped[Decimal] = mapped_column(Fen)
    dealer_id: Mapped[int] = mapped_column(ForeignKey("dealer.id"))
    payee_name: Mapped[str] = mapped_column(String(120))
    account_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    account_last4: Mapped[str] = mapped_column(String(4))
    maker_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    registered_at: Mapped[datetime] = mapped_column(Instant)
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    returned_reason: Mapped[str | None] = mapped_column(String(500))
    attempts: Mapped[list[PaymentAttempt]] = relationship(order_by="PaymentAttempt.number")


class PaymentAttempt(Base):
    """One order to the bank. ``request_id`` is what makes the bank pay it once, however often it is sent."""

    __tablename__ = "payment_attempt"
    __table_args__ = (UniqueConstraint("disbursement_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    disbursement_id: Mapped[int] = mapped_column(ForeignKey("disbursement.id"), index=True)
    number: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[AttemptStatus] = mapped_column(worded(AttemptStatus))
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    value_date: Mapped[date | None] = mapped_column(Date)
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    failure: Mapped[str | None] = mapped_column(String(500))


def register(
    session: Session,
    vault: Vault,
    loan_no: str,
    *,
    maker_id: int,
    payee_name: str,
    payee_account: str,
    amount: Decimal,
    on: date,
    now: datetime,
) -> Disbursement:
    """The maker registers the payment, or registers it anew after it was sent back or the bank refused it.

    Refused unless every condition precedent is met, the payee is the dealer as listed, and ``amount`` is the whole
    principal: :class:`lending.conditions.ConditionsMissing`, :class:`NetDisbursement`, the refusals of
    :func:`lending.dealers.check_payee`.
    """
    loan = _hold_case(session, loan_no)
    disbursement = find(session, loan_no, to_change=True)
    if disbursement is not None:
        step(disbursement.disbursement_no, disbursement.status, _S.REGISTERED, TRANSITIONS)
    if amount != loan.principal:
        raise NetDisbursement(principal=loan.principal, amount=amount)
    funding_limits.hold(session, loan)
    conditions.check(session, loan, on)
    dealer = dealers.get(session, loan.dealer_id)
    dealers.check_payee(vault, dealer, payee_name=payee_name, account=payee_account)
    loans.await_disbursement(session, loan_no)
    if disbursement is None:
        disbursement = Disbursement(disbursement_no=f"FK-{loan_no}", loan_no=loan_no)
        session.add(disbursement)
    disbursement.status = _S.REGISTERED
    disbursement.amount, disbursement.dealer_id = amount, dealer.id
    disbursement.payee_name, disbursement.account_last4 = dealer.payee_name, dealer.account_last4
    disbursement.account_sealed = vault.seal(dealers.account_of(vault, dealer))
    disbursement.maker_id, disbursement.registered_at = maker_id, now
    disbursement.checker_id = disbursement.checked_at = disbursement.returned_reason = None
    session.flush()
    return disbursement


def check(session: Session, loan_no: str, *, checker_id: int, on: date, now: datetime) -> PaymentAttempt:
    """Another person releases the payment: from here on the customer cannot withdraw. Returns the order to send.

    The conditions are asked again; maker and checker must differ (:class:`MakerIsChecker`).
    """
    loan = _hold_case(session, loan_no)
    disbursement = get(session, loan_no, to_change=True)
    status = step(disbursement.disbursement_no, disbursement.status, _S.CHECKED, TRANSITIONS)
    if disbursement.maker_id == checker_id:
        raise MakerIsChecker()
    funding_limits.hold(session, loan)
    conditions.check(session, loan, on)
    disbursement.status, disbursement.checker_id, disbursement.checked_at = status, checker_id, now
    applications.get(session, loan.application_no).released_at = now
    number = len(disbursement.attempts) + 1
    attempt = PaymentAttempt(
        number=number,
        request_id=f"{disbursement.disbursement_no}-{number}",
        status=AttemptStatus.READY,
        created_at=now,
    )
    disbursement.attempts.append(attempt)
    session.flush()
    return attempt


def send_back(session: Session, loan_no: str, *, checker_id: int, reason: str) -> Disbursement:
    """The checker gives a registered payment back to the maker, saying why."""
    _hold_case(session, loan_no)
    disbursement = get(session, loan_no, to_change=True)
    step(disbursement.disbursement_no, disbursement.status, _S.REGISTERED, TRANSITIONS)
    if disbursement.maker_id == checker_id:
        raise MakerIsChecker()
    disbursement.returned_reason = reason
    session.flush()
    return disbursement


def get(session: Session, loan_no: str, *, to_change: bool = False) -> Disbursement:
    """The disbursement of a loan, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    disbursement = find(session, loan_no, to_change=to_change)
    if disbursement is None:
        raise NotFound(what_zh="放款", what_en="disbursement of", key=loan_no)
    return disbursement


def find(session: Session, loan_no: str, *, to_change: bool = False) -> Disbursement | None:
    """The disbursement of a loan, if one was registered; ``to_change`` holds it until the transaction ends."""
    asked = select(Disbursement).where(Disbursement.loan_no == loan_no)
    return session.scalar(held(asked) if to_change else asked)


def current_attempt(session: Session, loan_no: str) -> PaymentAttempt:
    """The newest order of a loan's disbursement, or :class:`NotFound` before one was released."""
    attempts = get(session, loan_no).attempts
    if not attempts:
        raise NotFound(what_zh="付款指令", what_en="payment order of", key=loan_no)
    return attempts[-1]


def account_of(vault: Vault, disbursement: Disbursement) -> str:
    """The payee account, opened: for the order to the bank."""
    return vault.open_text(disbursement.account_sealed)


def mark_sent(session: Session, request_id: str, *, now: datetime) -> PaymentAttempt:
    """The bank has accepted the order; after its result is known, or a second time, this changes nothing."""
    disbursement, attempt = _locked(session, request_id)
    if attempt.status is AttemptStatus.READY:
        attempt.status, attempt.sent_at = AttemptStatus.SENT, now
        disbursement.status = step(disbursement.disbursement_no, disbursement.status, _S.SENT, TRANSITIONS)
        session.flush()
    return attempt


def succeed(
    session: Session, request_id: str, *, value_date: date, bank_reference: str | None, now: datetime
) -> PaymentAttempt:
    """The bank has paid: post 1303 to 1002 and the fund journal on ``value_date``; reported again it changes nothing.

    :class:`BankResultContradicts` if the bank had reported a failure.
    """
    disbursement, attempt = _locked(session, request_id)
    if attempt.status is AttemptStatus.FAILED:
        raise BankResultContradicts(request_id=request_id, status=attempt.status)
    if attempt.status is AttemptStatus.SUCCEEDED:
        return attempt
    attempt.status, attempt.ended_at = AttemptStatus.SUCCEEDED, now
    attempt.value_date, attempt.bank_reference = value_date, bank_reference
    disbursement.status = step(disbursement.disbursement_no, disbursement.status, _S.SUCCEEDED, TRANSITIONS)
    _post(session, disbursement, attempt, value_date, now)
    session.flush()
    return attempt


def fail(session: Session, request_id: str, *, reason: str, now: datetime) -> PaymentAttempt:
    """The bank has definitely not paid: the maker may repair and register anew; reported again it changes nothing.

    :class:`BankResultContradicts` if the bank had reported success.
    """
    disbursement, attempt = _locked(session, request_id)
    if attempt.status is AttemptStatus.SUCCEEDED:
        raise BankResultContradicts(request_id=request_id, status=attempt.status)
    if attempt.status is AttemptStatus.FAILED:
        return attempt
    attempt.status, attempt.ended_at, attempt.failure = AttemptStatus.FAILED, now, reason
    disbursement.status = step(disbursement.disbursement_no, disbursement.status, _S.FAILED, TRANSITIONS)
    loan = loans.get(session, disbursement.loan_no)
    applications.get(session, loan.application_no).released_at = None
    session.flush()
    return attempt


def reverse(
    session: Session,
    loan_no: str,
    *,
    on: date,
    bank_reference: str,
    reason: str,
    by: int | None,
    now: datetime,
) -> Disbursement:
    """The whole payment came back: reverse its entry on ``on``, record the money in, and cancel the loan.

    Nothing is signed or paid any more: the contracts are void, the application has lapsed and may be made anew; a
    mortgage that stands is to be released.
    """
    application_no = _hold_case(session, loan_no).application_no
    disbursement = get(session, loan_no, to_change=True)
    disbursement.status = step(disbursement.disbursement_no, disbursement.status, _S.REVERSED, TRANSITIONS)
    changes.take_back_pay_out(session, loan_no, booked_on=on, reason=reason, now=now, by=by)
    entry = ledger.reverse(session, loans.posting_reference(loan_no), on=on, now=now, by=by, reason=reason)
    fund_journal.record(
        session,
        f"return:{disbursement.disbursement_no}",
        direction=Direction.IN,
        amount=disbursement.amount,
        value_date=on,
        counterparty=disbursement.payee_name,
        purpose=reason,
        now=now,
        bank_reference=bank_reference,
        journal_reference=entry.reference,
        loan_no=loan_no,
    )
    loans.cancel(session, loan_no, reason=reason)
    contracts.void_all(session, application_no, reason=reason, by=by, now=now)
    applications.lapse(session, application_no, on=on, note=reason)
    collateral.cancel(session, application_no, on=on, now=now)
    session.flush()
    return disbursement


def cancel(session: Session, loan_no: str, *, reason: str) -> None:
    """Drop a disbursement that is not on its way; nothing happens where there is none or it is dropped already."""
    disbursement = find(session, loan_no, to_change=True)
    if disbursement is not None and disbursement.status is not _S.CANCELLED:
        disbursement.status = step(
            disbursement.disbursement_no, disbursement.status, _S.CANCELLED, TRANSITIONS
        )
        disbursement.returned_reason = reason
        session.flush()


def _hold_case(session: Session, loan_no: str) -> Loan:
    """The loan, its application held: the one row that orders everything that happens to a case at once."""
    loan = loans.get(session, loan_no)
    applications.get(session, loan.application_no, to_change=True)
    return loan


def _locked(session: Session, request_id: str) -> tuple[Disbursement, PaymentAttempt]:
    """The attempt and its disbursement, held and read anew: two results at once are told one after the other."""
    loan_no = session.scalar(
        select(Disbursement.loan_no).join(PaymentAttempt).where(PaymentAttempt.request_id == request_id)
    )
    if loan_no is None:
        raise NotFound(what_zh="付款指令", what_en="payment order", key=request_id)
    _hold_case(session, loan_no)
    disbursement = get(session, loan_no, to_change=True)
    attempt = session.scalars(
        held(select(PaymentAttempt).where(PaymentAttempt.request_id == request_id))
    ).one()
    return disbursement, attempt


def _post(
    session: Session, disbursement: Disbursement, attempt: PaymentAttempt, value_date: date, now: datetime
) -> None:
    loan: Loan = loans.get(session, disbursement.loan_no)
    if disbursement.amount != loan.principal:
        raise NetDisbursement(principal=loan.principal, amount=disbursement.amount)
    entry = ledger.post(
        session,
        loans.posting_reference(loan.loan_no),
        on=value_date,
        lines=[
            Line(LOANS, debit=disbursement.amount, loan_no=loan.loan_no),
            Line(BANK, credit=disbursement.amount, loan_no=loan.loan_no),
        ],
        description="发放贷款",
        now=now,
        by=disbursement.maker_id,
        checked_by=disbursement.checker_id,
    )
    fund_journal.record(
        session,
        attempt.request_id,
        direction=Direction.OUT,
        amount=disbursement.amount,
        value_date=value_date,
        counterparty=disbursement.payee_name,
        purpose="发放贷款",
        now=now,
        bank_reference=attempt.bank_reference,
        journal_reference=entry.reference,
        loan_no=loan.loan_no,
    )
