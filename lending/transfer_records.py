"""The records of changes of debtor: each request, the consents to it, and every debtor that a loan has had.

They stand below the loans, so that a car's other applications can be told from those on the same debt.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CompoundSelect, Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from lending.columns import worded
from lending.labels import Labelled

COMMENT_MAX = 1000


class TransferStatus(Labelled):
    """The life of a change of debtor."""

    ASKED = "asked", "办理中", "Under way"
    REFUSED = "refused", "未办理", "Refused"
    DONE = "done", "已转移", "Done"


class TransferRefusal(Labelled):
    """Why a debt is not transferred."""

    LISTED = "listed", "新债务人或车辆在禁止受理名单内", "The new debtor or the car is on the black list"
    SEALED = "sealed", "车辆被查封，不能过户", "The car is sealed and cannot be passed on"
    SAME_DEBTOR = "same_debtor", "新债务人就是原债务人", "The new debtor is the present one"
    OVERDUE = "overdue", "有逾期未还，且没有调整计划", "Instalments are overdue, and no adjusted plan is kept"
    TOO_SOON = "too_soon", "还款不足六期", "Fewer than six instalments are paid"
    SCREENED = "screened", "新债务人未通过准入与征信规则", "The new debtor does not pass the rules"
    UNKNOWN = "unknown", "征信或身份依据不全，不能判断", "Bureau or identity facts are missing"
    INVESTIGATED = "investigated", "调查未通过", "The investigation did not support it"
    CONSENT = "consent", "未取得书面同意或同意已撤回", "A consent is missing or was withdrawn"
    REVIEW = "review", "审核未同意", "Not approved"
    UNSIGNED = "unsigned", "未签署债务转移协议", "The agreement was not signed"
    VEHICLE = "vehicle", "车辆未能过户", "The car was not passed on"
    WITHDRAWN = "withdrawn", "申请人撤回", "Withdrawn"


class TransferReason(Labelled):
    """Why a debtor is to be changed."""

    SOLD = "sold", "借款人出售车辆", "The borrower sells the car"
    FAMILY = "family", "家庭成员承接", "A member of the family takes over"
    OTHER = "other", "其他", "Other"


class DebtTransfer(Base):
    """One request. ``open_for`` is the loan's number while it is under way.

    ``application_no`` is that of who takes over, ``loan_application_no`` that under which the loan was made.

    ``principal`` in yuan and ``instalments_paid`` are those of the day it was asked for.
    """

    __tablename__ = "debt_transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_no: Mapped[str] = mapped_column(String(24), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), unique=True)
    loan_application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    open_for: Mapped[str | None] = mapped_column(String(24), unique=True)
    status: Mapped[TransferStatus] = mapped_column(worded(TransferStatus))
    reason: Mapped[TransferReason | None] = mapped_column(worded(TransferReason))
    from_customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    to_customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    principal: Mapped[Decimal] = mapped_column(Fen)
    instalments_paid: Mapped[int]
    asked_on: Mapped[date] = mapped_column(Date)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    delivered_on: Mapped[date | None] = mapped_column(Date)
    vehicle_transferred_on: Mapped[date | None] = mapped_column(Date)
    plate_after: Mapped[str | None] = mapped_column(String(12))
    certificate_no: Mapped[str | None] = mapped_column(String(40))
    refused_for: Mapped[TransferRefusal | None] = mapped_column(worded(TransferRefusal))
    comment: Mapped[str | None] = mapped_column(String(COMMENT_MAX))
    ended_on: Mapped[date | None] = mapped_column(Date)


class TransferConsent(Base):
    """Whether a party agreed to the new debtor."""

    __tablename__ = "transfer_consent"

    transfer_id: Mapped[int] = mapped_column(ForeignKey("debt_transfer.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(32))
    given: Mapped[bool]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class LoanDebtor(Base):
    """Who owed a loan from ``since`` to the day before ``until``; None while he owes it."""

    __tablename__ = "loan_debtor"

    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), primary_key=True)
    since: Mapped[date] = mapped_column(Date, primary_key=True)
    until: Mapped[date | None] = mapped_column(Date)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    transfer_no: Mapped[str | None] = mapped_column(ForeignKey("debt_transfer.transfer_no"))


def same_debt(session: Session, application_no: str) -> set[str]:
    """The applications on the debt that ``application_no`` takes over: the loan's own, and of who took it before."""
    mine = select(DebtTransfer.loan_no).where(DebtTransfer.application_no == application_no)
    rows = session.execute(
        select(DebtTransfer.loan_application_no, DebtTransfer.application_no).where(
            DebtTransfer.loan_no.in_(mine)
        )
    )
    return {number for row in rows for number in row}


def passed_on() -> CompoundSelect[str]:
    """The applications of debts that have passed to somebody else: what they asked for is owed on the loan, or gone."""
    done = DebtTransfer.status == TransferStatus.DONE
    return (
        select(DebtTransfer.application_no)
        .where(done)
        .union(select(DebtTransfer.loan_application_no).where(done))
    )
