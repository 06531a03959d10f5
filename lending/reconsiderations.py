"""Reconsiderations: a rejected customer asks once, with new facts; a higher level than the one that rejected decides.

个人信息保护法 第二十四条: whoever was rejected by a machine alone may ask that a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Instant, Tagged
from lending import applications, reviews
from lending.applications import Application, ApplicationStatus, RejectionReason
from lending.columns import worded
from lending.errors import LendingError, NotFound, step
from lending.labels import Labelled
from lending.reviews import Decision, Outcome, ReviewDecision

_WORDS_MIN = 10


class RejectedBy(Labelled):
    """Who rejected: the rules alone, or which level of people."""

    RULES = "rules", "系统规则", "The rules"
    L1 = "l1", "初审", "Review, level 1"
    L2 = "l2", "终审", "Review, level 2"
    COMMITTEE = "committee", "贷审会", "The committee"


class NewFact(Labelled):
    """What has changed since the rejection, or was not known then."""

    INCOME = "income", "收入或还款来源", "Income or another source of repayment"
    DEBT = "debt", "债务已结清或减少", "Debt repaid or reduced"
    CREDIT_RECORD = "credit_record", "征信异议已更正", "Credit record corrected"
    VEHICLE = "vehicle", "车辆或车价", "The car or its price"
    IDENTITY = "identity", "身份或资料已更正", "Identity or papers corrected"
    LIST_REMOVED = "list_removed", "已移出名单", "Removed from a list"
    OTHER = "other", "其他新的事实", "Another new fact"


class ReconsiderationStatus(Labelled):
    """How far it is."""

    ASKED = "asked", "复核中", "Being reconsidered"
    UPHELD = "upheld", "维持拒绝", "Rejection upheld"
    REOPENED = "reopened", "重新办理", "Reopened"


class ReconsiderationTooLate(LendingError):
    """The days in which a customer may ask are over."""

    code = "reconsideration_too_late"
    zh = (
        "申请 {application_no} 于 {rejected_on} 被拒绝，复核须在 {until} 前提出；客户可在等待期满后重新申请。"
    )
    en = (
        "{application_no} was rejected on {rejected_on} and could be reconsidered until {until}; the customer may "
        "apply anew when the waiting time is over."
    )


class ReconsideredOnce(LendingError):
    """An application is reconsidered once."""

    code = "reconsidered_once"
    zh = "申请 {application_no} 已复核过一次（{status}），不能再次复核；客户可投诉，或在等待期满后重新申请。"
    en = "{application_no} has been reconsidered once ({status}); the customer may complain, or apply anew later."


class NothingToReconsider(LendingError):
    """Only a rejection is reconsidered."""

    code = "nothing_to_reconsider"
    zh = "申请 {application_no} 当前为“{status}”，没有可复核的拒绝。"
    en = "{application_no} is {status}; there is no rejection to reconsider."


class CommitteeIsFinal(LendingError):
    """Nobody in the house stands above the committee."""

    code = "committee_is_final"
    zh = (
        "申请 {application_no} 由贷审会否决，没有更高的审批层级可以复核；客户可投诉，或在等待期满后重新申请。"
    )
    en = "{application_no} was rejected by the committee, above which nobody stands; the customer may complain."


class NewFactsMissing(LendingError):
    """Without a new fact there is nothing to look at again."""

    code = "new_facts_missing"
    zh = "申请复核须列出新的事实并写明（不少于 10 个字），请补充。"
    en = "Name the new facts and describe them in at least ten characters."


class Reconsideration(Base):
    """The one reconsideration of an application: what was rejected, what is new, what was decided."""

    __tablename__ = "reconsideration"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), unique=True)
    status: Mapped[ReconsiderationStatus] = mapped_column(worded(ReconsiderationStatus))
    rejected_by: Mapped[RejectedBy] = mapped_column(worded(RejectedBy))
    rejected_on: Mapped[date] = mapped_column(Date)
    reason_codes: Mapped[list[str]] = mapped_column(Tagged)
    asked_on: Mapped[date] = mapped_column(Date)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    new_facts: Mapped[list[str]] = mapped_column(Tagged)
    grounds: Mapped[str] = mapped_column(String(1000))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    comment: Mapped[str | None] = mapped_column(String(1000))


def check(session: Session, application_no: str, on: date) -> tuple[Application, RejectedBy, date]:
    """The application, who rejected it and the last day on which it may be asked for; else the refusal that applies.

    Raises NothingToReconsider, ReconsideredOnce, ReconsiderationTooLate, CommitteeIsFinal.
    """
    application = applications.get(session, application_no)
    earlier = find(session, application_no)
    if earlier is not None:
        raise ReconsideredOnce(application_no=application_no, status=earlier.status)
    if application.status is not ApplicationStatus.REJECTED or application.closed_on is None:
        raise NothingToReconsider(application_no=application_no, status=application.status)
    until = application.closed_on + timedelta(days=parameters.value(session, "reconsideration_days", on))
    if on > until:
        raise ReconsiderationTooLate(
            application_no=application_no, rejected_on=application.closed_on, until=until
        )
    rejected_by = who_rejected(session, application_no)
    if rejected_by is RejectedBy.COMMITTEE:
        raise CommitteeIsFinal(application_no=application_no)
    return application, rejected_by, until


def may_ask(session: Session, application: Application, on: date) -> bool:
    """Whether the customer may ask for it now."""
    if application.status is not ApplicationStatus.REJECTED:
        return False
    try:
        check(session, application.application_no, on)
    except LendingError:
        return False
    return True


def who_rejected(session: Session, application_no: str) -> RejectedBy:
    """The level whose word rejected the application: of its last decision, of the votes, else the rules alone."""
    last = session.scalars(
        select(ReviewDecision)
        .where(ReviewDecision.application_no == application_no)
        .order_by(ReviewDecision.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return RejectedBy.RULES
    if last.decision is Decision.REJECT:
        return RejectedBy(last.level.value)
    cast = reviews.votes(session, application_no, reviews.last_round(session, application_no))
    if cast and cast[-1].voted_at >= last.decided_at and _voted_down(session, application_no):
        return RejectedBy.COMMITTEE
    return RejectedBy.RULES


def _voted_down(session: Session, application_no: str) -> bool:
    last_round = reviews.last_round(session, application_no)
    convened = len(reviews.votes(session, application_no, last_round))
    outcome = reviews.tally(session, application_no, last_round, convened=convened).outcome
    return outcome in (Outcome.REJECTED, Outcome.VETOED)


def ask(
    session: Session, application_no: str, *, new_facts: Sequence[str], grounds: str, by: int | None, on: date
) -> Reconsideration:
    """Record what the customer brings forward. Raises NewFactsMissing and the refusals of :func:`check`."""
    application, rejected_by, _until = check(session, application_no, on)
    if not new_facts or len(grounds.strip()) < _WORDS_MIN:
        raise NewFactsMissing()
    row = Reconsideration(
        application_no=application_no,
        status=ReconsiderationStatus.ASKED,
        rejected_by=rejected_by,
        rejected_on=application.closed_on or on,
        reason_codes=list(application.reason_codes or ()),
        asked_on=on,
        asked_by=by,
        new_facts=[NewFact(fact).value for fact in new_facts],
        grounds=grounds.strip()[:1000],
    )
    session.add(row)
    session.flush()
    return row


def decide(
    session: Session, application_no: str, *, reopen: bool, comment: str, by: int | None, now: datetime
) -> Reconsideration:
    """Uphold the rejection, or take the application up again as a draft, for the rules and a higher level to decide."""
    row = get(session, application_no)
    if row.status is not ReconsiderationStatus.ASKED:
        raise ReconsideredOnce(application_no=application_no, status=row.status)
    row.status = ReconsiderationStatus.REOPENED if reopen else ReconsiderationStatus.UPHELD
    row.decided_by, row.decided_at, row.comment = by, now, comment[:1000]
    if reopen:
        _reopen(session, application_no)
    session.flush()
    return row


def _reopen(session: Session, application_no: str) -> None:
    """The application is a draft again; what rejected it stands in its reconsideration."""
    application = applications.get(session, application_no, to_change=True)
    application.status = step(
        application_no, application.status, ApplicationStatus.DRAFT, applications.TRANSITIONS
    )
    application.closed_on = application.closing_note = application.reason_codes = None


def find(session: Session, application_no: str) -> Reconsideration | None:
    """The reconsideration of an application, if there is one."""
    return session.scalar(select(Reconsideration).where(Reconsideration.application_no == application_no))


def get(session: Session, application_no: str) -> Reconsideration:
    """The reconsideration of an application, or :class:`NotFound`."""
    row = find(session, application_no)
    if row is None:
        raise NotFound(what_zh="复核", what_en="reconsideration of", key=application_no)
    return row


def plain_words(reason_codes: Sequence[str] | None) -> str:
    """The reasons of a rejection as the customer is told them."""
    return "；".join(RejectionReason(code).zh for code in reason_codes or ())
