"""What a customer did on his own: noted for the staff who look at him, and in the audit log, with each act."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import audit
from company.database import Base, Instant
from company.messages import Language
from company.people import Actor
from lending.columns import worded
from lending.customers import Customer
from lending.labels import Labelled


class ActKind(Labelled):
    """What was done."""

    SIGN_IN = "sign_in", "登录", "Signed in"
    SIGN_OUT = "sign_out", "退出登录", "Signed out"
    RECEIPT = "receipt", "下载还款凭证", "Took a receipt"
    QUOTE = "quote", "下载提前还款报价", "Took the quote of an early repayment"
    PREPAYMENT = "prepayment", "申请提前还款", "Asked for an early repayment"
    COMPLAINT = "complaint", "提交投诉", "Complained"
    CONSENT = "consent", "撤回同意", "Withdrew a consent"
    DATA_REQUEST = "data_request", "提出个人信息请求", "Made a request about personal data"
    PACKAGE = "package", "下载个人信息", "Took the personal data"


class PortalAct(Base):
    """One act; ``reference`` is the number of what it was about."""

    __tablename__ = "portal_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[ActKind] = mapped_column(worded(ActKind))
    reference: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)
    remote: Mapped[str] = mapped_column(String(64))


def actor_of(customer: Customer, language: Language = "zh") -> Actor:
    """The customer as who acts: nobody of the staff, with no role and no reach."""
    return Actor(
        employee_id=None,
        username=f"customer-{customer.id}",
        name=customer.name,
        name_en=customer.name,
        unit_id=None,
        roles=frozenset(),
        grants=(),
        language=language,
    )


def note(
    session: Session, customer: Customer, kind: ActKind, reference: str, *, now: datetime, remote: str
) -> None:
    """Write an act down, for the customer's page and for the audit log."""
    session.add(
        PortalAct(customer_id=customer.id, kind=kind, reference=reference[:80], at=now, remote=remote[:64])
    )
    audit.record(
        session,
        now,
        actor_of(customer),
        f"portal.{kind.value}",
        "customer",
        customer.id,
        after={"reference": reference} if reference else None,
        remote=remote,
    )


def of(session: Session, customer_id: int, limit: int) -> list[PortalAct]:
    """The acts of a customer, the latest first."""
    asked = select(PortalAct).where(PortalAct.customer_id == customer_id)
    return list(session.scalars(asked.order_by(PortalAct.id.desc()).limit(limit)))
