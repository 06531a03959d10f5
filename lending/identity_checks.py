"""Identity checks: what the checking party or two colleagues found about name, number and face of a party.

No picture and no biometric measure is kept, only the result (domain rule 8.4).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.labels import Labelled


class CheckMethod(Labelled):
    """By what the identity was checked."""

    FACE = "face", "人脸、姓名与号码", "Face, name and number"
    TWO_ELEMENTS = "two_elements", "姓名与号码", "Name and number"
    TWO_PEOPLE = "two_people", "双人人工核验", "Two colleagues by eye"


class IdentityResult(Labelled):
    """What a check found."""

    VERIFIED = "verified", "一致", "Agrees"
    FAILED = "failed", "不一致", "Does not agree"
    UNDECIDED = "undecided", "无法判断", "Cannot be told"


class IdentityCheck(Base):
    """One check of who applies, or of the party ``customer_id``; ``request_id`` is None for a check by eye."""

    __tablename__ = "identity_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    method: Mapped[CheckMethod] = mapped_column(worded(CheckMethod))
    result: Mapped[IdentityResult] = mapped_column(worded(IdentityResult))
    request_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    court_listed: Mapped[bool | None]
    first_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    second_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    note: Mapped[str | None] = mapped_column(String(500))
    checked_at: Mapped[datetime] = mapped_column(Instant)


def record(
    session: Session,
    application_no: str,
    *,
    method: CheckMethod,
    result: IdentityResult,
    now: datetime,
    customer_id: int | None = None,
    request_id: str | None = None,
    court_listed: bool | None = None,
    first_by: int | None = None,
    second_by: int | None = None,
    note: str | None = None,
) -> IdentityCheck:
    """Keep one check, once a request id; without ``customer_id`` it is of who applies."""
    known = select(IdentityCheck).where(IdentityCheck.request_id == request_id)
    if request_id is not None and (found := session.scalar(known)) is not None:
        return found
    check = IdentityCheck(
        application_no=application_no,
        customer_id=customer_id,
        method=method,
        result=result,
        request_id=request_id,
        court_listed=court_listed,
        first_by=first_by,
        second_by=second_by,
        note=note,
        checked_at=now,
    )
    session.add(check)
    session.flush()
    return check


def latest(session: Session, application_no: str, customer_id: int | None = None) -> IdentityCheck | None:
    """The newest check of a party; without ``customer_id`` of who applies."""
    asked = select(IdentityCheck).where(
        IdentityCheck.application_no == application_no, IdentityCheck.customer_id == customer_id
    )
    return session.scalar(asked.order_by(IdentityCheck.id.desc()).limit(1))


def court_listed(session: Session, application_no: str) -> bool | None:
    """Whether the party found the person on a list of the courts, by its newest word; None if it never said."""
    asked = select(IdentityCheck.court_listed).where(
        IdentityCheck.application_no == application_no,
        IdentityCheck.customer_id.is_(None),
        IdentityCheck.court_listed.is_not(None),
    )
    return session.scalar(asked.order_by(IdentityCheck.id.desc()).limit(1))


def failures(session: Session, application_no: str) -> int:
    """How often the party found that name and number do not agree."""
    asked = select(func.count()).where(
        IdentityCheck.application_no == application_no,
        IdentityCheck.customer_id.is_(None),
        IdentityCheck.method != CheckMethod.TWO_PEOPLE,
        IdentityCheck.result == IdentityResult.FAILED,
    )
    return session.scalar(asked) or 0
