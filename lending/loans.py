"""Loans: opened from a contract with a copy of its signed terms, active from the pay-out on; versioned schedules."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from company.database import Base, Fen, Instant, Rate, Tagged
from lending import applications, contracts, funding, ledger
from lending.columns import worded
from lending.contracts import Contract, ContractStatus
from lending.errors import LendingError, NotFound, StatusRefused, step
from lending.labels import Labelled
from lending.locks import held
from lending.maths.convention import Convention, Method
from lending.maths.schedules import Schedule, schedule
from lending.maths.terms import Agreement
from lending.products import Product


class LoanStatus(Labelled):
    """The life of a loan; being overdue is a count of days, not a status."""

    PENDING_SIGN = "pending_sign", "待签约", "Awaiting signature"
    SIGNED = "signed", "已签约", "Signed"
    PENDING_DISBURSEMENT = "pending_disbursement", "待放款", "Awaiting pay-out"
    ACTIVE = "active", "还款中", "Active"
    SETTLED = "settled", "已结清", "Settled"
    WRITTEN_OFF = "written_off", "已核销", "Written off"
    TRANSFERRED = "transferred", "已转让", "Transferred"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class InstalmentStatus(Labelled):
    """The life of an instalment before anything is paid on it."""

    PLANNED = "planned", "未到期", "Planned"
    REPLACED = "replaced", "已被新计划替代", "Replaced"


_S = LoanStatus
TRANSITIONS = {
    _S.PENDING_SIGN: frozenset({_S.SIGNED, _S.CANCELLED}),
    _S.SIGNED: frozenset({_S.PENDING_DISBURSEMENT, _S.CANCELLED}),
    _S.PENDING_DISBURSEMENT: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.ACTIVE: frozenset({_S.CANCELLED, _S.SETTLED, _S.WRITTEN_OFF, _S.TRANSFERRED}),
    _S.SETTLED: frozenset({_S.ACTIVE, _S.WRITTEN_OFF}),
    _S.WRITTEN_OFF: frozenset({_S.ACTIVE, _S.SETTLED}),
    _S.TRANSFERRED: frozenset({_S.ACTIVE}),
}


class NotPaidOut(LendingError):
    """A loan becomes active when its money has been paid and posted."""

    code = "loan_not_paid_out"
    zh = "贷款 {loan_no} 尚未记账放款，不能生效。"
    en = "The pay-out of {loan_no} has not been posted; the loan cannot become active."


class ValueDateDiffers(LendingError):
    """The loan is active from another day."""

    code = "value_date_differs"
    zh = "贷款 {loan_no} 的起息日为 {value_date}，与 {given} 不一致。"
    en = "The loan {loan_no} bears interest from {value_date}, not from {given}."


class Loan(Base):
    """A loan under its contract's number. The terms are the signed ones; a change of the product leaves them."""

    __tablename__ = "loan"

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("contract.contract_no"), unique=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicle.id"), index=True)
    dealer_id: Mapped[int] = mapped_column(ForeignKey("dealer.id"), index=True)
    funding_party_id: Mapped[int] = mapped_column(ForeignKey("funding_party.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    status: Mapped[LoanStatus] = mapped_column(worded(LoanStatus), index=True)
    principal: Mapped[Decimal] = mapped_column(Fen)
    annual_rate: Mapped[Decimal] = mapped_column(Rate)
    term_months: Mapped[int]
    method: Mapped[Method] = mapped_column(worded(Method))
    due_day: Mapped[int | None]
    penalty_multiplier: Mapped[Decimal] = mapped_column(Rate)
    prepayment_fee_rate: Mapped[Decimal] = mapped_column(Rate)
    grace_days: Mapped[int]
    convention_data: Mapped[dict[str, str]] = mapped_column(Tagged)
    agreement_data: Mapped[dict[str, str] | None] = mapped_column(Tagged)
    allocation_data: Mapped[dict[str, str] | None] = mapped_column(Tagged)
    signed_on: Mapped[date | None] = mapped_column(Date)
    value_date: Mapped[date | None] = mapped_column(Date)
    maturity_date: Mapped[date | None] = mapped_column(Date)
    closing_note: Mapped[str | None] = mapped_column(String(200))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    activated_at: Mapped[datetime | None] = mapped_column(Instant)
    schedules: Mapped[list[ScheduleVersion]] = relationship(order_by="ScheduleVersion.version")

    @property
    def convention(self) -> Convention:
        """The convention copied at signing."""
        return Convention.from_data(self.convention_data)

    @property
    def agreement(self) -> Agreement:
        """What was agreed besides amount, rate and dates, copied at signing."""
        return Agreement.from_data(self.agreement_data or {})

    def plan(self, value_date: date) -> Schedule:
        """The schedule that the signed terms give for a pay-out on ``value_date``."""
        return schedule(
            principal=self.principal,
            annual_rate=self.annual_rate,
            term_months=self.term_months,
            method=self.method,
            value_date=value_date,
            due_day=self.due_day or value_date.day,
            convention=self.convention,
            agreement=self.agreement,
        )

    @property
    def current_schedule(self) -> ScheduleVersion | None:
        """The schedule in force: the newest version; None before the pay-out."""
        return self.schedules[-1] if self.schedules else None


class ScheduleVersion(Base):
    """One version of a loan's schedule and why it was made."""

    __tablename__ = "schedule_version"
    __table_args__ = (UniqueConstraint("loan_no", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    version: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Instant)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("loan_event.id"))
    instalments: Mapped[list[Instalment]] = relationship(order_by="Instalment.number")

    @property
    def total_interest(self) -> Decimal:
        """The interest of all instalments, in yuan."""
        return sum((row.interest for row in self.instalments), Decimal("0.00"))


class Instalment(Base):
    """One instalment of a version; amounts in yuan, ``balance`` is the principal owed after it."""

    __tablename__ = "instalment"

    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule_version.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    due_date: Mapped[date] = mapped_column(Date, index=True)
    principal: Mapped[Decimal] = mapped_column(Fen)
    interest: Mapped[Decimal] = mapped_column(Fen)
    balance: Mapped[Decimal] = mapped_column(Fen)
    status: Mapped[InstalmentStatus] = mapped_column(
        worded(InstalmentStatus), default=InstalmentStatus.PLANNED
    )

    @property
    def amount(self) -> Decimal:
        """What is to be paid."""
        return self.principal + self.interest


def open_from_contract(session: Session, contract_no: str, *, now: datetime) -> Loan:
    """The loan of a contract: pending signature while that is open, signed with the contract's terms once it is.

    Called again after the signature it moves the loan on; called twice in the same state it changes nothing.
    """
    contract = contracts.get(session, contract_no)
    if contract.status is ContractStatus.VOIDED:
        raise StatusRefused(key=contract_no, status=contract.status, to=LoanStatus.PENDING_SIGN)
    loan = session.scalar(held(select(Loan).where(Loan.loan_no == contract_no)))
    if loan is None:
        loan = _open(session, contract, now)
    if contract.status is ContractStatus.SIGNED and loan.status is _S.PENDING_SIGN:
        loan.status = step(contract_no, loan.status, _S.SIGNED, TRANSITIONS)
        loan.signed_on = contract.signed_on
        _copy_terms(loan, contract)
    session.flush()
    return loan


def _open(session: Session, contract: Contract, now: datetime) -> Loan:
    application = applications.get(session, contract.application_no)
    product = session.get_one(Product, application.product_id)
    loan = Loan(
        loan_no=contract.contract_no,
        application_no=contract.application_no,
        customer_id=application.customer_id,
        vehicle_id=application.vehicle_id,
        dealer_id=application.dealer_id,
        funding_party_id=funding.for_product(session, product.code).id,
        unit_id=application.unit_id,
        owner_id=application.owner_id,
        status=_S.PENDING_SIGN,
        opened_at=now,
    )
    _copy_terms(loan, contract)
    session.add(loan)
    return loan


def _copy_terms(loan: Loan, contract: Contract) -> None:
    loan.principal, loan.annual_rate = contract.amount, contract.annual_rate
    loan.term_months, loan.method, loan.due_day = contract.term_months, contract.method, contract.due_day
    loan.penalty_multiplier = contract.penalty_multiplier
    loan.prepayment_fee_rate = contract.prepayment_fee_rate
    loan.grace_days, loan.convention_data = contract.grace_days, dict(contract.convention_data)
    loan.agreement_data, loan.allocation_data = contract.agreement_data, contract.allocation_data


def get(session: Session, loan_no: str, *, to_change: bool = False) -> Loan:
    """The loan, or :class:`NotFound`; ``to_change`` holds it until the transaction ends."""
    asked = select(Loan).where(Loan.loan_no == loan_no)
    loan = session.scalar(held(asked) if to_change else asked)
    if loan is None:
        raise NotFound(what_zh="贷款", what_en="loan", key=loan_no)
    return loan


def of_application(session: Session, application_no: str) -> Loan | None:
    """The newest loan of an application that is not cancelled, if there is one."""
    return session.scalar(
        select(Loan)
        .where(Loan.application_no == application_no, Loan.status != _S.CANCELLED)
        .order_by(Loan.id.desc())
        .limit(1)
    )


def await_disbursement(session: Session, loan_no: str) -> Loan:
    """A payment is being made for a signed loan; a second time changes nothing."""
    loan = get(session, loan_no, to_change=True)
    if loan.status is not _S.PENDING_DISBURSEMENT:
        loan.status = step(loan_no, loan.status, _S.PENDING_DISBURSEMENT, TRANSITIONS)
        session.flush()
    return loan


def posting_reference(loan_no: str) -> str:
    """The business reference of the entry that recognises the loan."""
    return f"disbursement:{loan_no}"


def activate(session: Session, loan_no: str, *, value_date: date, now: datetime) -> Loan:
    """Make the first schedule, from the day the money was really paid, and the loan active; once.

    Raises :class:`NotPaidOut` before the pay-out is posted, :class:`ValueDateDiffers` for any other day than its.
    """
    loan = get(session, loan_no, to_change=True)
    entry = ledger.find(session, posting_reference(loan_no))
    if entry is None:
        raise NotPaidOut(loan_no=loan_no)
    if entry.on != value_date:
        raise ValueDateDiffers(loan_no=loan_no, value_date=entry.on, given=value_date)
    if loan.status is _S.ACTIVE:
        return loan
    loan.status = step(loan_no, loan.status, _S.ACTIVE, TRANSITIONS)
    plan = loan.plan(value_date)
    loan.due_day = loan.due_day or value_date.day
    loan.value_date, loan.maturity_date = value_date, plan.rows[-1].due_date
    loan.activated_at = now
    add_schedule(session, loan, plan, reason="放款生成", now=now)
    return loan


def add_schedule(
    session: Session,
    loan: Loan,
    plan: Schedule,
    *,
    reason: str,
    now: datetime,
    event_id: int | None = None,
) -> ScheduleVersion:
    """Store a plan as the next version, which is in force from now on; the version before keeps its rows.

    ``event_id`` is the event of the loan's life that made it.
    """
    before = loan.current_schedule
    if before is not None:
        for instalment in before.instalments:
            instalment.status = InstalmentStatus.REPLACED
    version = ScheduleVersion(
        loan_no=loan.loan_no,
        version=before.version + 1 if before else 1,
        reason=reason,
        made_at=now,
        event_id=event_id,
        instalments=[
            Instalment(
                number=row.number,
                due_date=row.due_date,
                principal=row.principal,
                interest=row.interest,
                balance=row.balance,
            )
            for row in plan.rows
        ],
    )
    loan.schedules.append(version)
    session.flush()
    return version


def move(loan: Loan, to: LoanStatus) -> None:
    """Bring a loan into the status that its events have led to; the same status again changes nothing."""
    if loan.status is not to:
        loan.status = step(loan.loan_no, loan.status, to, TRANSITIONS)


def cancel(session: Session, loan_no: str, *, reason: str) -> Loan:
    """Close a loan on which no money is out; a second time changes nothing."""
    loan = get(session, loan_no, to_change=True)
    if loan.status is not _S.CANCELLED:
        loan.status = step(loan_no, loan.status, _S.CANCELLED, TRANSITIONS)
        loan.closing_note = reason
        session.flush()
    return loan
