"""Reviews: the decisions of the first and second level, the votes of the committee and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import parameters
from company.database import Base, Fen, Instant, Rate, Tagged
from company.organisation import business_date
from lending import applications
from lending.applications import ApplicationStatus
from lending.columns import worded
from lending.errors import LendingError, StatusRefused
from lending.labels import Labelled


class ReviewLevel(Labelled):
    """Who reviews."""

    L1 = "l1", "一级审核", "Review, level 1"
    L2 = "l2", "二级审核", "Review, level 2"
    COMMITTEE = "committee", "贷审会", "Committee"


class Decision(Labelled):
    """What a reviewer decides."""

    APPROVE = "approve", "同意", "Approve"
    CONDITIONAL = "conditional", "附条件同意", "Approve with conditions"
    RETURN = "return", "退回补充", "Return"
    REJECT = "reject", "拒绝", "Reject"


class Ballot(Labelled):
    """What a member of the committee votes."""

    FOR = "for", "赞成", "For"
    AGAINST = "against", "反对", "Against"


class Outcome(Labelled):
    """What the votes add up to."""

    APPROVED = "approved", "通过", "Approved"
    REJECTED = "rejected", "否决", "Rejected"
    VETOED = "vetoed", "主任委员一票否决", "Vetoed by the chair"


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


class NoVotes(LendingError):
    """Nobody has voted in the round."""

    code = "no_votes"
    zh = "申请 {application_no} 第 {round_no} 轮尚无投票。"
    en = "Nobody has voted on {application_no} in round {round_no}."


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


def tally(session: Session, application_no: str, round_no: int = 1) -> Tally:
    """What the votes of a round add up to: the majority that is set (two thirds) in favour, and no veto.

    Raises :class:`NoVotes` if nobody has voted.
    """
    cast = votes(session, application_no, round_no)
    if not cast:
        raise NoVotes(application_no=application_no, round_no=round_no)
    in_favour = sum(vote.ballot is Ballot.FOR for vote in cast)
    majority: dict[str, int] = parameters.value(session, "committee_majority", business_date(session))
    carried = in_favour * majority["denominator"] >= len(cast) * majority["numerator"]
    outcome = Outcome.APPROVED if carried else Outcome.REJECTED
    if any(vote.veto for vote in cast):
        outcome = Outcome.VETOED
    return Tally(in_favour, len(cast) - in_favour, outcome)


def _refuse_unless_submitted(session: Session, application_no: str) -> None:
    status = applications.get(session, application_no).status
    if status is not ApplicationStatus.SUBMITTED:
        raise StatusRefused(key=application_no, status=status, to=ApplicationStatus.APPROVED)
