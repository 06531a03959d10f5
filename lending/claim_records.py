"""The records of an assignment of claims: packages, the loans in them, the notices to who owes or secures them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from company.database import Base, Fen, Instant, Tagged
from lending.columns import worded
from lending.labels import Labelled

TapeRow = list[str | int | Decimal | date | None]
"""A line of a data tape: what a buyer reckons with, and nothing that names a person."""


class PackageStatus(Labelled):
    """The life of a package."""

    DEFINED = "defined", "组包中", "Being defined"
    REFUSED = "refused", "未转让", "Not sold"
    SETTLED = "settled", "已交割", "Settled"
    COMPLETED = "completed", "已完成", "Completed"


class NoticeWay(Labelled):
    """How a notice of assignment reached its addressee."""

    REGISTERED_MAIL = "registered_mail", "挂号信或特快专递", "Registered mail"
    ELECTRONIC = "electronic", "电子送达", "Electronic delivery"
    IN_PERSON = "in_person", "当面签收", "Signed for in person"
    ANNOUNCEMENT = "announcement", "公告", "Announcement"


class ClaimPackage(Base):
    """Loans that are sold together; ``price`` in yuan, ``buyer_account`` where their debtors pay from then on.

    ``tape`` are the lines of :mod:`lending.claim_tapes` as they were shown to the buyer.
    """

    __tablename__ = "claim_package"

    id: Mapped[int] = mapped_column(primary_key=True)
    package_no: Mapped[str] = mapped_column(String(24), unique=True)
    status: Mapped[PackageStatus] = mapped_column(worded(PackageStatus))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    buyer_name: Mapped[str] = mapped_column(String(120), default="")
    buyer_code: Mapped[str] = mapped_column(String(18), default="")
    buyer_account: Mapped[str] = mapped_column(String(120), default="")
    cut_off: Mapped[date] = mapped_column(Date)
    price: Mapped[Decimal | None] = mapped_column(Fen)
    tape: Mapped[list[TapeRow] | None] = mapped_column(Tagged)
    contract_signed_on: Mapped[date | None] = mapped_column(Date)
    settled_on: Mapped[date | None] = mapped_column(Date)
    bank_reference: Mapped[str | None] = mapped_column(String(80))
    comment: Mapped[str | None] = mapped_column(String(1000))
    ended_on: Mapped[date | None] = mapped_column(Date)


class ClaimItem(Base):
    """A loan in a package: what was owed on the cut-off day and its share of the price, in yuan.

    ``open_for`` is the loan's number until the package is given up: a loan is sold once.
    """

    __tablename__ = "claim_item"

    package_id: Mapped[int] = mapped_column(ForeignKey("claim_package.id"), primary_key=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), primary_key=True)
    open_for: Mapped[str | None] = mapped_column(String(24), unique=True)
    principal: Mapped[Decimal] = mapped_column(Fen)
    other: Mapped[Decimal] = mapped_column(Fen)
    days_past_due: Mapped[int]
    price: Mapped[Decimal | None] = mapped_column(Fen)
    event_reference: Mapped[str | None] = mapped_column(String(100))

    @property
    def claim(self) -> Decimal:
        """All that was owed on the cut-off day, in yuan."""
        return self.principal + self.other


class ClaimNotice(Base):
    """The notice to one debtor or guarantor of a sold loan, and the proof that it arrived."""

    __tablename__ = "claim_notice"
    __table_args__ = (UniqueConstraint("package_id", "loan_no", "customer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_no: Mapped[str] = mapped_column(String(32), unique=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("claim_package.id"), index=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    place: Mapped[str] = mapped_column(String(32))
    written_at: Mapped[datetime] = mapped_column(Instant)
    way: Mapped[NoticeWay | None] = mapped_column(worded(NoticeWay))
    proof_no: Mapped[str | None] = mapped_column(String(80))
    reached_on: Mapped[date | None] = mapped_column(Date)
