"""Topics of the committee round: whom to convene, and what the votes of a closed round mean for the application."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from company.people import Employee, EmployeeRole
from engine.history import ActivityHistory, Happening
from engine.topics import Call
from handlers.register import TOPICS
from lending import applications, reviews
from lending.errors import LendingError
from lending.reviews import Ballot, Decision, Outcome, ReviewDecision

ROUNDS_MAX = 3


class CommitteeTooSmall(LendingError):
    """Too few members may vote: whoever had a hand in the case, owns it or recused himself does not."""

    code = "committee_too_small"
    zh = (
        "可参加表决的贷审会委员只有 {members} 人，至少需要 {quorum} 人（录入、调查、审核、负责本案及已回避的委员"
        "不参加）；请先补充委员。"
    )
    en = (
        "Only {members} member(s) of the committee may vote and {quorum} are needed (who entered, investigated, "
        "reviewed or owns the case, or recused himself, may not); appoint more first."
    )


@TOPICS.topic("convene-committee")
def convene_committee(
    call: Call, application_no: str, committee_round: int = 0, committee_attempt: int = 0
) -> dict[str, Any]:
    """Call every member who may vote; the longest-serving is the chair. CommitteeTooSmall below the least quorum.

    ``committee_round`` goes on through all reviews of the application, so that no vote is ever written over;
    ``committee_attempt`` counts the rounds of this review.
    """
    called = _may_vote(call.session, application_no, call.business_key)
    if len(called) < reviews.QUORUM_MIN:
        raise CommitteeTooSmall(members=len(called), quorum=reviews.QUORUM_MIN)
    return {
        # A context, so that each vote is collected under the name of the member who cast it.
        "committee_members": {username: username for username in called},
        "committee_chair": called[0],
        "committee_quorum": reviews.quorum(len(called)),
        "committee_majority": reviews.votes_that_carry(call.session, len(called)),
        "committee_round": max(committee_round, reviews.last_round(call.session, application_no)) + 1,
        "committee_attempt": committee_attempt + 1,
        "committee_convened_at": call.clock_now,
    }


def _may_vote(session: Session, application_no: str, business_key: str) -> list[str]:
    """The user names of the members who had no hand in the case but their votes, the longest-serving first."""
    acted = select(ActivityHistory.actor_id).where(
        ActivityHistory.business_key == business_key,
        ActivityHistory.kind == Happening.USER.value,
        ActivityHistory.round.is_(
            None
        ),  # a step done in rounds is a vote, and a vote bars nobody from the next
    )
    reviewed = select(ReviewDecision.reviewer_id).where(ReviewDecision.application_no == application_no)
    barred = {*session.scalars(acted), *session.scalars(reviewed), *reviews.recused(session, application_no)}
    barred.add(applications.get(session, application_no).owner_id)
    members = session.scalars(
        select(Employee)
        .join(EmployeeRole, EmployeeRole.employee_id == Employee.id)
        .where(EmployeeRole.role_id == "risk_committee", Employee.active)
        .order_by(Employee.id)
    ).unique()
    return [member.username for member in members if member.id not in barred]


@TOPICS.topic("tally-votes")
def tally_votes(
    call: Call,
    *,
    application_no: str,
    committee_votes: Mapping[str, Mapping[str, Any]],
    committee_members: Mapping[str, str],
    committee_chair: str,
    committee_round: int,
    committee_attempt: int,
    committee_convened_at: datetime,
    review_decision: str,
    review_comment: str,
) -> dict[str, Any]:
    """Keep the votes cast, whether the round ended by itself or by its deadline, and say what follows.

    Two thirds for and no veto carry the reviewers' decision, fewer reject it. Without a quorum the committee is
    convened again, at most ROUNDS_MAX times and while enough members may vote; after that the application is
    returned, for a rejection that no person decided is not allowed (DT-05).
    """
    people = {
        person.username: person.id
        for person in call.session.scalars(select(Employee).where(Employee.username.in_(committee_votes)))
    }
    voted_at = _voted_at(call, committee_convened_at)
    for username, vote in committee_votes.items():
        reviews.record_vote(
            call.session,
            application_no,
            member_id=people[username],
            ballot=Ballot(vote["vote"]),
            is_chair=username == committee_chair,
            veto=bool(vote.get("veto")),
            round_no=int(committee_round),
            comment=vote["comment"],
            now=voted_at.get(people[username], call.clock_now),
        )
    tally = reviews.tally(call.session, application_no, int(committee_round), convened=len(committee_members))
    undecided = tally.outcome is Outcome.NO_QUORUM
    enough = len(_may_vote(call.session, application_no, call.business_key)) >= reviews.QUORUM_MIN
    again = undecided and committee_attempt < ROUNDS_MAX and enough
    counted = {
        "committee_outcome": tally.outcome.value,
        "committee_votes_for": tally.votes_for,
        "committee_votes_against": tally.votes_against,
        "committee_votes_again": again,
    }
    if tally.approved or again:
        return {**counted, "review_decision": review_decision, "review_comment": review_comment}
    decision = Decision.RETURN if undecided else Decision.REJECT
    return {
        **counted,
        "review_decision": decision.value,
        "review_comment": tally.outcome.label("zh"),
        "rejection_reasons": [] if undecided else ["other"],
    }


def _voted_at(call: Call, since: datetime) -> dict[int | None, datetime]:
    """When each member voted in the round convened at ``since``; the vote that closed it is not in history yet."""
    cast = select(ActivityHistory.actor_id, ActivityHistory.at).where(
        ActivityHistory.instance_id == call.instance_id,
        ActivityHistory.kind == Happening.USER.value,
        ActivityHistory.round.is_not(None),
        ActivityHistory.at >= since,
    )
    return {row.actor_id: row.at for row in call.session.execute(cast)}
