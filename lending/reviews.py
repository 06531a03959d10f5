"""Reviews: the decisions of the first and second level, the votes of the committee and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from company import parameters
from company.database import Base, Fen, Instant, Rate, Tagged
from company.organisation import business_date
from company.people import Employee
from lending import applications
from lending.applications import Application, ApplicationStatus
from lending.columns import worded
from lending.errors import LendingError, StatusRefused
from lending.labels import Labelled

QUORUM_MIN = 2


class ReviewLevel(Labelled):
    """Who reviews."""

    L1 = "l1", "一级审核", "Review, level 1"
    L2 = "l2", "二级审核", "Review, level 2"
    COMMITTEE = "committee", "贷审会", "Committee"


class Decision(Labelled):
    """What a reviewer decides."""

    APPROVE = "approve", "同意", "Approve"
    CONDITIONAL = "conditional", "附条件同意", "Approve with conditions"
    RETURN = "return", "退回录入", "Return"
    SUPPLEMENT = "supplement", "请客户补充资料", "Ask the customer for more papers"
    REJECT = "reject", "拒绝", "Reject"


class Ballot(Labelled):
    """What a member of the committee votes."""

    FOR = "for", "赞成", "For"
    AGAINST = "against", "反对", "Against"
    RECUSED = "recused", "回避", "Recused"


class Outcome(Labelled):
    """What the votes add up to."""

    APPROVED = "approved", "通过", "Approved"
    REJECTED = "rejected", "否决", "Rejected"
    VETOED = "vetoed", "主任委员一票否决", "Vetoed by the chair"
    NO_QUORUM = "no_quorum", "表决未达法定人数", "Without a quorum"


class VotedAlready(LendingError):
    """A member votes once in a round."""

    code = "voted_already"
    zh = "您在本轮已投票，不能重复投票。"
    en = "You have voted in this round already."


class VetoWithoutChair(LendingError):
    """Only the chair has a veto."""

    code = "veto_without_chair"
    zh = "只有主任委员可以行使否决权。"
    en = "Only the chair may veto."


class ConditionsNotNamed(LendingError):
    """An approval with conditions says which."""

    code = "conditions_not_named"
    zh = "附条件同意须从清单中选择条件，或写明清单以外的条件。"
    en = "An approval with conditions chooses them from the list, or writes down another one."


class SameReviewer(LendingError):
    """Who rejected an application does not reconsider it."""

    code = "same_reviewer"
    zh = "您审核过申请 {application_no}，复核须由另一位更高层级的审核人办理。"
    en = "You reviewed {application_no}; another reviewer of a higher level has to reconsider it."


class ReviewDecision(Base):
    """One decision with the terms the reviewer proposes and why he overrode a rule, if he did."""

    __tablename__ = "review_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    level: Mapped[ReviewLevel] = mapped_column(worded(ReviewLevel))
    decision: Mapped[Decision] = mapped_column(worded(Decision))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    amount: Mapped[Decimal | None] = mapped_column(Fen)
    term_months: Mapped[int | None]
    annual_rate: Mapped[Decimal | None] = mapped_column(Rate)
    conditions: Mapped[list[str]] = mapped_column(Tagged)
    reason_codes: Mapped[list[str]] = mapped_column(Tagged)
    override_reason: Mapped[str | None] = mapped_column(String(200))
    comment: Mapped[str] = mapped_column(String(2000))
    decided_at: Mapped[datetime] = mapped_column(Instant)


class Vote(Base):
    """One member's vote in one round."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("application_no", "round_no", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_no: Mapped[str] = mapped_column(ForeignKey("application.application_no"), index=True)
    round_no: Mapped[int]
    member_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    ballot: Mapped[Ballot] = mapped_column(worded(Ballot))
    veto: Mapped[bool]
    comment: Mapped[str] = mapped_column(String(2000))
    voted_at: Mapped[datetime] = mapped_column(Instant)
    member: Mapped[Employee] = relationship()


@dataclass(frozen=True)
class Tally:
    """The votes of a round and their outcome."""

    votes_for: int
    votes_against: int
    outcome: Outcome

    @property
    def approved(self) -> bool:
        """Whether the application may go on."""
        return self.outcome is Outcome.APPROVED


def record_decision(
    session: Session,
    application_no: str,
    *,
    level: ReviewLevel,
    decision: Decision,
    reviewer_id: int | None,
    now: datetime,
    comment: str = "",
    amount: Decimal | None = None,
    term_months: int | None = None,
    annual_rate: Decimal | None = None,
    conditions: Sequence[str] = (),
    reason_codes: Sequence[str] = (),
    override_reason: str | None = None,
) -> ReviewDecision:
    """Keep a reviewer's decision on a submitted application; it decides nothing by itself."""
    _refuse_unless_submitted(session, application_no)
    if decision is Decision.CONDITIONAL and not conditions:
        raise ConditionsNotNamed()
    row = ReviewDecision(
        application_no=application_no,
        level=level,
        decision=decision,
        reviewer_id=reviewer_id,
        amount=amount,
        term_months=term_months,
        annual_rate=annual_rate,
        conditions=list(conditions),
        reason_codes=list(reason_codes),
        override_reason=override_reason,
        comment=comment,
        decided_at=now,
    )
    session.add(row)
    session.flush()
    return row


def refuse_same_person(session: Session, application_no: str, reviewer_id: int | None) -> None:
    """Refuse whoever has decided on or voted on the application before (:class:`SameReviewer`)."""
    decided = select(ReviewDecision.id).where(
        ReviewDecision.application_no == application_no, ReviewDecision.reviewer_id == reviewer_id
    )
    voted = select(Vote.id).where(Vote.application_no == application_no, Vote.member_id == reviewer_id)
    if session.scalar(decided.limit(1)) is not None or session.scalar(voted.limit(1)) is not None:
        raise SameReviewer(application_no=application_no)


def record_vote(
    session: Session,
    application_no: str,
    *,
    member_id: int,
    ballot: Ballot,
    now: datetime,
    is_chair: bool = False,
    veto: bool = False,
    round_no: int = 1,
    comment: str = "",
) -> Vote:
    """Keep a member's vote; one a round (:class:`VotedAlready`), a veto from the chair alone, and only against."""
    _refuse_unless_submitted(session, application_no)
    if veto and not is_chair:
        raise VetoWithoutChair()
    earlier = select(Vote.id).where(
        Vote.application_no == application_no, Vote.round_no == round_no, Vote.member_id == member_id
    )
    if session.scalar(earlier) is not None:
        raise VotedAlready()
    vote = Vote(
        application_no=application_no,
        round_no=round_no,
        member_id=member_id,
        ballot=Ballot.AGAINST if veto else ballot,
        veto=veto,
        comment=comment,
        voted_at=now,
    )
    session.add(vote)
    session.flush()
    return vote


def votes(session: Session, application_no: str, round_no: int = 1) -> list[Vote]:
    """The votes of a round, in the order they were cast."""
    return list(
        session.scalars(
            select(Vote)
            .where(Vote.application_no == application_no, Vote.round_no == round_no)
            .order_by(Vote.id)
        )
    )


def disclosed_votes(session: Session, application: Application) -> list[Vote]:
    """The votes of every round with who cast them, the earliest first; none while the application is under review.

    Not even those of a closed round, so that nobody votes the next time as others did before.
    """
    if application.status is ApplicationStatus.SUBMITTED:
        return []
    cast = select(Vote).where(Vote.application_no == application.application_no)
    return list(session.scalars(cast.options(joinedload(Vote.member)).order_by(Vote.round_no, Vote.id)))


def last_round(session: Session, application_no: str) -> int:
    """The number of the latest round of which votes are kept; 0 before the first."""
    latest = select(func.max(Vote.round_no)).where(Vote.application_no == application_no)
    return session.scalar(latest) or 0


def recused(session: Session, application_no: str) -> set[int]:
    """The members who have declared, in whatever round, that they may not vote on this application."""
    found = select(Vote.member_id).where(Vote.application_no == application_no, Vote.ballot == Ballot.RECUSED)
    return set(session.scalars(found))


def quorum(convened: int) -> int:
    """How many of the members convened have to vote: more than half, and never fewer than two."""
    return max(QUORUM_MIN, convened // 2 + 1)


def votes_that_carry(session: Session, convened: int) -> int:
    """With how many votes in favour nobody still to vote can change that the majority is reached."""
    majority = _majority(session)
    return -(-convened * majority["numerator"] // majority["denominator"])


def tally(session: Session, application_no: str, round_no: int = 1, *, convened: int) -> Tally:
    """What the votes of a round add up to: the majority that is set (two thirds) of those cast, and no veto.

    Who recused himself has not voted. Below the quorum of those ``convened`` nothing is decided; the chair's veto
    alone needs none.
    """
    cast = votes(session, application_no, round_no)
    in_favour = sum(vote.ballot is Ballot.FOR for vote in cast)
    against = sum(vote.ballot is Ballot.AGAINST for vote in cast)
    majority = _majority(session)
    if any(vote.veto for vote in cast):
        outcome = Outcome.VETOED
    elif in_favour + against < quorum(convened):
        outcome = Outcome.NO_QUORUM
    elif in_favour * majority["denominator"] >= (in_favour + against) * majority["numerator"]:
        outcome = Outcome.APPROVED
    else:
        outcome = Outcome.REJECTED
    return Tally(in_favour, against, outcome)


def _majority(session: Session) -> dict[str, int]:
    majority: dict[str, int] = parameters.value(session, "committee_majority", business_date(session))
    return majority


def _refuse_unless_submitted(session: Session, application_no: str) -> None:
    status = applications.get(session, application_no).status
    if status is not ApplicationStatus.SUBMITTED:
        raise StatusRefused(key=application_no, status=status, to=ApplicationStatus.APPROVED)
