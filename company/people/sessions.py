"""Open sessions: where and since when a person is signed in, and how one of them is ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError
from company.database import Base, Instant
from company.people.employees import Employee

BROWSER_MAX = 200
# How stale the time of the last request may be: each note of it is a write.
SEEN_EVERY = timedelta(minutes=5)


class SessionUnknown(CompanyError):
    """The person has no open session of this id."""

    code = "session_unknown"
    zh = "该登录已结束。"
    en = "This session has already ended."


class SignInSession(Base):
    """One sign-in. It stands while it is not ended, the person's epoch is still ``epoch``, and requests keep coming.

    ``browser`` is what the browser says of itself.
    """

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    epoch: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    remote: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(BROWSER_MAX))


def open_one(
    session: Session, employee_id: int, epoch: int, now: datetime, *, remote: str, browser: str
) -> SignInSession:
    """Note a sign-in."""
    opened = SignInSession(
        employee_id=employee_id,
        epoch=epoch,
        opened_at=now,
        seen_at=now,
        remote=remote[:64],
        browser=browser[:BROWSER_MAX],
    )
    session.add(opened)
    session.flush()
    return opened


def standing(session: Session, session_id: int, employee_id: int) -> SignInSession | None:
    """The session if it is the person's and nobody has ended it."""
    found = session.get(SignInSession, session_id)
    return found if found and found.employee_id == employee_id and found.ended_at is None else None


def seen(session: Session, session_id: int, now: datetime) -> None:
    """Note that a request came."""
    found = session.get(SignInSession, session_id)
    if found is not None:
        found.seen_at = now


def open_of(session: Session, person: Employee, now: datetime, idle: timedelta) -> list[SignInSession]:
    """The person's sessions that still stand, the latest first; one without a request for ``idle`` does not."""
    return list(
        session.scalars(
            select(SignInSession)
            .where(
                SignInSession.employee_id == person.id,
                SignInSession.epoch == person.session_epoch,
                SignInSession.ended_at.is_(None),
                SignInSession.seen_at > now - idle - SEEN_EVERY,
            )
            .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
        )
    )


def end_one(session: Session, employee_id: int, session_id: int, now: datetime) -> SignInSession:
    """End a session of the person; :class:`SessionUnknown`."""
    found = standing(session, session_id, employee_id)
    if found is None:
        raise SessionUnknown()
    found.ended_at = now
    session.flush()
    return found
