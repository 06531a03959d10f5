"""Breaches of a loan contract that a callback found: misuse, a second pledge, the car passed on; and what law decided.

民法典 第六百七十三条: money used for another purpose may be called in.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.callback_kinds import CallbackOutcome
from lending.columns import worded
from lending.errors import NotFound
from lending.labels import Labelled

COMMENT_MAX = 1000


class BreachDecision(Labelled):
    """What law decided."""

    NONE = "none", "不构成违约", "No breach"
    CURE = "cure", "限期改正", "Cure within a time"
    ACCELERATE = "accelerate", "宣布提前到期", "Declare all due"
    LITIGATE = "litigate", "起诉或保全", "Litigate or secure"


class LoanBreach(Base):
    """One finding of a callback; ``decision`` None while it is reviewed, ``cured`` None until the cure was checked."""

    __tablename__ = "loan_breach"

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_no: Mapped[str] = mapped_column(ForeignKey("callback_visit.callback_no"), unique=True)
    loan_no: Mapped[str] = mapped_column(ForeignKey("loan.loan_no"), index=True)
    found: Mapped[CallbackOutcome] = mapped_column(worded(CallbackOutcome))
    found_on: Mapped[date] = mapped_column(Date)
    decision: Mapped[BreachDecision | None] = mapped_column(worded(BreachDecision))
    comment: Mapped[str | None] = mapped_column(String(COMMENT_MAX))
    cure_until: Mapped[date | None] = mapped_column(Date)
    cured: Mapped[bool | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


def open_for(
    session: Session, callback_no: str, loan_no: str, found: CallbackOutcome, *, on: date
) -> LoanBreach:
    """Record what a callback found; a second time it is the same finding."""
    known = session.scalar(select(LoanBreach).where(LoanBreach.callback_no == callback_no))
    if known is not None:
        return known
    breach = LoanBreach(callback_no=callback_no, loan_no=loan_no, found=found, found_on=on)
    session.add(breach)
    session.flush()
    return breach


def get(session: Session, callback_no: str) -> LoanBreach:
    """The finding of a callback, or :class:`NotFound`."""
    found = session.scalar(select(LoanBreach).where(LoanBreach.callback_no == callback_no))
    if found is None:
        raise NotFound(what_zh="违约线索", what_en="breach", key=callback_no)
    return found


def decide(
    session: Session,
    callback_no: str,
    decision: BreachDecision,
    *,
    comment: str,
    cure_days: int | None,
    on: date,
    by: int | None,
    now: datetime,
) -> LoanBreach:
    """Keep what was decided; a cure is to be made within ``cure_days`` calendar days."""
    breach = get(session, callback_no)
    breach.decision, breach.comment = decision, comment
    breach.cure_until = on + timedelta(days=cure_days) if cure_days else None
    breach.cured, breach.decided_by, breach.decided_at = None, by, now
    session.flush()
    return breach


def of_loan(session: Session, loan_no: str) -> list[LoanBreach]:
    """The findings of a loan, the newest first."""
    asked = select(LoanBreach).where(LoanBreach.loan_no == loan_no)
    return list(session.scalars(asked.order_by(LoanBreach.id.desc())))
