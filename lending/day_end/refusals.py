"""A night whose day-end was refused: kept with its reason until that day is complete, and told to finance once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from company import outbox
from company.messages import Refusal
from lending.day_end.tables import DayEnd, DayEndRefusal

TOLD = ("finance_accountant", "finance_checker")
"""The roles that are told."""
TEMPLATE = "day_end_refused"


def note(session: Session, day: date, refusal: Refusal, *, now: datetime) -> DayEndRefusal:
    """Keep that the day-end of a business date did not run through, and why; tell it when it is new."""
    found = session.scalar(
        select(DayEndRefusal).where(DayEndRefusal.day == day, DayEndRefusal.code == refusal.code)
    )
    is_new = found is None
    if found is None:
        found = DayEndRefusal(day=day, code=refusal.code, tries=0, first_at=now)
    found.reason, found.reason_en = refusal.text("zh")[:400], refusal.text("en")[:400]
    found.tries, found.last_at = found.tries + 1, now
    session.add(found)
    session.flush()
    if is_new:
        for role_id in TOLD:
            facts = {"template": TEMPLATE, "role_id": role_id, "day": day}
            outbox.put(session, "notify", f"{TEMPLATE}:{day}:{refusal.code}:{role_id}", facts, now)
    return found


def standing(session: Session) -> list[DayEndRefusal]:
    """The refusals of days that are still not complete, the latest first."""
    complete = exists().where(DayEnd.day == DayEndRefusal.day, DayEnd.finished_at.is_not(None))
    return list(
        session.scalars(select(DayEndRefusal).where(~complete).order_by(DayEndRefusal.last_at.desc()))
    )
