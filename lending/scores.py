"""Credit scores (DT-02): the sum of the scorecard on its base, the grade, and the inputs that gave them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant, Tagged

BASE_POINTS = 600


class ScoreResult(Base):
    """One score. ``inputs`` are what the scorecard was asked; the rows that gave points are the decision's evidence."""

    __tablename__ = "score_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    score: Mapped[int]
    grade: Mapped[str] = mapped_column(String(1))
    inputs: Mapped[dict[str, object]] = mapped_column(Tagged)
    scored_at: Mapped[datetime] = mapped_column(Instant)


def record(
    session: Session,
    application_no: str,
    *,
    score: int,
    grade: str,
    inputs: Mapping[str, object],
    now: datetime,
) -> ScoreResult:
    """Keep one score."""
    result = ScoreResult(
        application_no=application_no, score=score, grade=grade, inputs=dict(inputs), scored_at=now
    )
    session.add(result)
    session.flush()
    return result


def latest(session: Session, application_no: str) -> ScoreResult | None:
    """The newest score of an application."""
    asked = select(ScoreResult).where(ScoreResult.application_no == application_no)
    return session.scalar(asked.order_by(ScoreResult.id.desc()).limit(1))
