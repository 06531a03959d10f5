"""Employees as an identity provider knows them: linked by verified e-mail address or staff number, never created."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import CompanyError, audit
from company.database import Base, Instant
from company.people.actors import SYSTEM, Actor, actor
from company.people.employees import Employee


class IdentityRefused(CompanyError):
    """The provider's word leads to no active employee, or was not to be believed: always these same words."""

    code = "identity_refused"
    zh = "统一身份认证没有对应的在岗员工，或认证未完成。请用登录名和密码登录，或联系管理员登记邮箱或工号。"
    en = (
        "The identity provider's account belongs to no active employee, or the sign-in there was not finished. Sign in "
        "with user name and password, or ask the administrator to record your e-mail address or staff number."
    )


@dataclass(frozen=True)
class Told:
    """What the provider says of who signs in; ``email`` only if the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    staff_no: str | None


class IdentityLink(Base):
    """The account of a provider that an employee signs in with, found once and kept by its subject."""

    __tablename__ = "identity_link"

    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(Instant)


def recognise(session: Session, told: Told, now: datetime, remote: str) -> Actor | None:
    """The active employee whom the provider means: the one linked, else the one with this address or staff number.

    An employee who is linked to another account of the provider is not linked to a second one. None leaves an entry
    in the audit log: the caller refuses when it is written.
    """
    person = _linked(session, told) or _found(session, told, now)
    if person is None or not person.active:
        audit.record(session, now, SYSTEM, "sign_in_refused", "employee", "unknown", remote=remote)
        return None
    return actor(session, person.id)


def _linked(session: Session, told: Told) -> Employee | None:
    link = session.get(IdentityLink, (told.issuer[:200], told.subject[:200]))
    return None if link is None else session.get(Employee, link.employee_id)


def _found(session: Session, told: Told, now: datetime) -> Employee | None:
    ways = []
    if told.email:
        ways.append(Employee.email == told.email.strip().lower())
    if told.staff_no:
        ways.append(Employee.staff_no == told.staff_no.strip())
    found = {person.id: person for way in ways for person in session.scalars(select(Employee).where(way))}
    if len(found) != 1 or len(told.issuer) > 200 or len(told.subject) > 200:
        return None  # nobody, or the two lead to two people
    (person,) = found.values()
    another = select(IdentityLink).where(
        IdentityLink.employee_id == person.id, IdentityLink.issuer == told.issuer
    )
    if not person.active or session.scalar(another) is not None:
        return None
    session.add(IdentityLink(issuer=told.issuer, subject=told.subject, employee_id=person.id, linked_at=now))
    session.flush()
    audit.record(session, now, SYSTEM, "employee.identity_linked", "employee", person.id)
    return person


def unlink(session: Session, employee_id: int) -> int:
    """Forget which accounts the employee signs in with; how many those were."""
    links = session.scalars(select(IdentityLink).where(IdentityLink.employee_id == employee_id)).all()
    for link in links:
        session.delete(link)
    session.flush()
    return len(links)


def is_linked(session: Session, employee_id: int) -> bool:
    """Whether the employee signs in with an account of a provider."""
    linked = select(IdentityLink.subject).where(IdentityLink.employee_id == employee_id)
    return session.scalar(linked.limit(1)) is not None
