"""Exceptions of a pay-out: a security that may come later, because the risk committee said so, with its reason.

What the law asks before any money moves has none: the signed contract and the confirmed cost sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Instant
from lending.columns import worded
from lending.errors import LendingError
from lending.labels import Labelled

_WORDS_MIN = 5


class ExceptionSubject(Labelled):
    """What may come after the pay-out by an exception."""

    MORTGAGE = "mortgage", "抵押登记", "Mortgage registration"
    INSURANCE = "insurance", "车辆保险", "Insurance"
    GPS = "gps", "车载定位设备", "GPS device"
    DOWN_PAYMENT = "down_payment", "首付款凭证", "Down-payment proof"
    INVOICE = "invoice", "购车发票", "Purchase invoice"


class ExceptionVerdict(Labelled):
    """What became of a request."""

    ASKED = "asked", "待审批", "To be decided"
    APPROVED = "approved", "已批准", "Approved"
    REFUSED = "refused", "未批准", "Refused"


COVERS = {
    ExceptionSubject.MORTGAGE: ("mortgage_not_registered", "condition:mortgage_registered"),
    ExceptionSubject.INSURANCE: ("insurance_lapsed", "condition:insurance"),
    ExceptionSubject.GPS: ("condition:gps_active",),
    ExceptionSubject.DOWN_PAYMENT: ("condition:down_payment",),
    ExceptionSubject.INVOICE: ("condition:invoice",),
}
"""The codes of :func:`lending.conditions.missing` that an exception covers."""


class ExceptionUnexplained(LendingError):
    """An exception is asked for, and decided, with words."""

    code = "release_exception_unexplained"
    zh = "申请或审批放款例外“{subjects}”须写明不少于 5 个字的理由。"
    en = "Give the reason for the exception “{subjects}” in at least five characters."


class ExceptionNotNeeded(LendingError):
    """An exception is asked for what is missing."""

    code = "release_exception_not_needed"
    zh = "“{subjects}”没有缺失的条件，不需要例外。"
    en = "Nothing of “{subjects}” is missing; no exception is needed."


class ExceptionDecidedByAsker(LendingError):
    """Who asks for an exception does not decide it."""

    code = "release_exception_decided_by_asker"
    zh = "放款例外由您申请，须由贷审会的另一人审批。"
    en = "You asked for this exception; another member of the risk committee decides it."


class ReleaseException(Base):
    """One subject of one application: why it may come later, who asked and who decided."""

    __tablename__ = "release_exception"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    subject: Mapped[ExceptionSubject] = mapped_column(worded(ExceptionSubject))
    verdict: Mapped[ExceptionVerdict] = mapped_column(worded(ExceptionVerdict))
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decision_reason: Mapped[str | None] = mapped_column(String(500))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


def ask(
    session: Session,
    application_no: str,
    subjects: Sequence[str],
    missing: Sequence[str],
    *,
    reason: str,
    by: int | None,
    now: datetime,
) -> list[ReleaseException]:
    """Ask for exceptions; ``missing`` are the codes that are open now. None of it counts before it is approved.

    Raises :class:`ExceptionUnexplained`, :class:`ExceptionNotNeeded`.
    """
    wanted = [ExceptionSubject(subject) for subject in subjects]
    if len(reason.strip()) < _WORDS_MIN:
        raise ExceptionUnexplained(subjects=wanted)
    idle = [subject for subject in wanted if not set(COVERS[subject]) & set(missing)]
    if idle:
        raise ExceptionNotNeeded(subjects=idle)
    rows = [
        ReleaseException(
            application_no=application_no,
            subject=subject,
            verdict=ExceptionVerdict.ASKED,
            reason=reason.strip()[:500],
            asked_by=by,
            asked_at=now,
        )
        for subject in wanted
    ]
    session.add_all(rows)
    session.flush()
    return rows


def decide(
    session: Session, application_no: str, *, approved: bool, reason: str, by: int | None, now: datetime
) -> list[ReleaseException]:
    """Decide everything that was asked for (:class:`ExceptionUnexplained`, :class:`ExceptionDecidedByAsker`)."""
    rows = [one for one in of_application(session, application_no) if one.verdict is ExceptionVerdict.ASKED]
    if len(reason.strip()) < _WORDS_MIN:
        raise ExceptionUnexplained(subjects=[one.subject for one in rows])
    if any(one.asked_by == by for one in rows):
        raise ExceptionDecidedByAsker()
    for one in rows:
        one.verdict = ExceptionVerdict.APPROVED if approved else ExceptionVerdict.REFUSED
        one.decision_reason, one.decided_by, one.decided_at = reason.strip()[:500], by, now
    session.flush()
    return rows


def covered(session: Session, application_no: str) -> frozenset[str]:
    """The codes of missing conditions that an approved exception lets come later."""
    return frozenset(
        code
        for one in of_application(session, application_no)
        if one.verdict is ExceptionVerdict.APPROVED
        for code in COVERS[one.subject]
    )


def of_application(session: Session, application_no: str) -> list[ReleaseException]:
    """Every exception asked for, in order."""
    asked = select(ReleaseException).where(ReleaseException.application_no == application_no)
    return list(session.scalars(asked.order_by(ReleaseException.id)))
