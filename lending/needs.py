"""The needs of a customer as he told them at the front desk: what for, with which means, what he looks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged


class NeedsAssessment(Base):
    """One questionnaire, the answers by field; the newest stands."""

    __tablename__ = "needs_assessment"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    answers: Mapped[dict[str, object]] = mapped_column(Tagged)
    assessed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    assessed_at: Mapped[datetime] = mapped_column(Instant)


def record(
    session: Session, application_no: str, answers: Mapping[str, object], *, by: int | None, now: datetime
) -> NeedsAssessment:
    """Keep the answers."""
    assessment = NeedsAssessment(
        application_no=application_no, answers=dict(answers), assessed_by=by, assessed_at=now
    )
    session.add(assessment)
    session.flush()
    return assessment


def latest(session: Session, application_no: str) -> NeedsAssessment | None:
    """The newest answers."""
    asked = select(NeedsAssessment).where(NeedsAssessment.application_no == application_no)
    return session.scalar(asked.order_by(NeedsAssessment.id.desc()).limit(1))
