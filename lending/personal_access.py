"""Who has seen a customer's data, when, what and for what purpose: the log that the customer may ask for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled

REASON_MAX = 200
# A person who goes to and fro between pages has seen them once.
ONE_VISIT = timedelta(minutes=15)


class AccessKind(Labelled):
    """In which way personal data were seen."""

    PAGE = "page", "查看客户页（脱敏）", "Customer's page, masked"
    REVEAL = "reveal", "查看完整信息", "A value in full"
    DOCUMENT = "document", "查看资料", "A document"
    PACKAGE = "package", "导出个人信息", "Export of all data"


class AccessPurpose(Labelled):
    """For what a value is looked at in full."""

    IDENTITY = "identity", "核对身份", "Comparing the identity"
    CONTACT = "contact", "联系客户", "Reaching the customer"
    CONTRACT = "contract", "签约与抵押登记", "Contract and mortgage"
    PAYMENT = "payment", "收付款", "Payment"
    COMPLAINT = "complaint", "处理投诉或客户请求", "Complaint or request of the customer"
    AUDIT = "audit", "监管或审计要求", "Supervision or audit"


class AccessUnexplained(LendingError):
    """Who looks at a whole value says what for."""

    code = "access_unexplained"
    zh = "请选择查看用途并写明原因；查看会被记录。"
    en = "Choose a purpose and give the reason; that the value was looked at is recorded."


class PersonalAccess(Base):
    """One look; ``field`` names the value or the document, ``purpose`` and ``reason`` stand for values seen in full."""

    __tablename__ = "personal_access"
    __table_args__ = (Index("ix_personal_access_customer", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[AccessKind] = mapped_column(worded(AccessKind))
    field: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[AccessPurpose | None] = mapped_column(worded(AccessPurpose))
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    remote: Mapped[str | None] = mapped_column(String(64))


def purpose_of(text: str, reason: str) -> AccessPurpose:
    """The purpose that was chosen, with a reason beside it; :class:`AccessUnexplained`."""
    if not AccessPurpose.has(text) or not reason.strip():
        raise AccessUnexplained()
    return AccessPurpose(text)


def record(
    session: Session,
    customer_id: int,
    kind: AccessKind,
    *,
    by: int,
    now: datetime,
    remote: str | None,
    field: str = "",
    purpose: AccessPurpose | None = None,
    reason: str = "",
) -> None:
    """Write down that somebody has seen something of a customer."""
    session.add(
        PersonalAccess(
            customer_id=customer_id,
            employee_id=by,
            at=now,
            kind=kind,
            field=field[:60],
            purpose=purpose,
            reason=reason.strip()[:REASON_MAX],
            remote=remote,
        )
    )


def was_here(session: Session, customer_id: int, *, by: int, now: datetime) -> bool:
    """Whether the person's visit to the customer's page is written down already."""
    asked = select(PersonalAccess.id).where(
        PersonalAccess.customer_id == customer_id,
        PersonalAccess.employee_id == by,
        PersonalAccess.kind == AccessKind.PAGE,
        PersonalAccess.at > now - ONE_VISIT,
    )
    return session.scalar(asked.limit(1)) is not None


def of(session: Session, customer_id: int, limit: int) -> list[PersonalAccess]:
    """The latest looks at a customer, newest first."""
    asked = select(PersonalAccess).where(PersonalAccess.customer_id == customer_id)
    return list(session.scalars(asked.order_by(PersonalAccess.id.desc()).limit(limit)))
