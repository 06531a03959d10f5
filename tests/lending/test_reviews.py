"""The committee: two thirds of a quorum carry, each member votes once, the chair's veto only ever stops."""

from datetime import UTC, datetime

import pytest

from company.organisation import unit_of
from company.people import hire
from lending import reviews
from lending.errors import StatusRefused
from lending.reviews import Ballot, Decision, Outcome, ReviewLevel

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CHOICES = {"F": Ballot.FOR, "A": Ballot.AGAINST, "R": Ballot.RECUSED}


@pytest.fixture
def database_url(sqlite_url):
    """Nothing here depends on the kind of database; the pay-out's tests send the same statements to both."""
    return sqlite_url


def members(session, house, count):
    unit = unit_of(session, house.unit_id)
    return [hire(session, f"member_{n}", f"委员{n}", unit, ["risk_committee"], "-").id for n in range(count)]


@pytest.mark.parametrize(
    ("ballots", "outcome"),
    [
        ("FFF", Outcome.APPROVED),
        ("FFA", Outcome.APPROVED),
        ("FAA", Outcome.REJECTED),
        ("FFFAA", Outcome.REJECTED),
        ("FFFFAA", Outcome.APPROVED),
        ("FFR", Outcome.APPROVED),
        ("FAR", Outcome.REJECTED),
        ("FRR", Outcome.NO_QUORUM),
        ("F--", Outcome.NO_QUORUM),
        ("FF-", Outcome.APPROVED),
        ("FF--", Outcome.NO_QUORUM),
        ("--", Outcome.NO_QUORUM),
    ],
)
def test_two_thirds_of_the_votes_carry(house, ballots, outcome):
    with house.database.write() as session:
        number = house.apply(session).application_no
        for member, ballot in zip(members(session, house, len(ballots)), ballots, strict=True):
            if ballot != "-":
                reviews.record_vote(session, number, member_id=member, ballot=CHOICES[ballot], now=NOW)

        assert reviews.tally(session, number, convened=len(ballots)).outcome is outcome


def test_a_quorum_is_more_than_half_of_those_convened_and_at_least_two():
    assert [reviews.quorum(convened) for convened in (2, 3, 4, 5, 7)] == [2, 2, 3, 3, 4]


@pytest.mark.parametrize(("convened", "needed"), [(2, 2), (3, 2), (4, 3), (5, 4), (6, 4)])
def test_so_many_votes_carry_whatever_the_others_vote(house, convened, needed):
    with house.database.write() as session:
        assert reviews.votes_that_carry(session, convened) == needed


def test_votes_are_disclosed_with_their_rounds_when_the_review_is_over(house):
    with house.database.write() as session:
        application = house.apply(session)
        number = application.application_no
        first, second = members(session, house, 2)
        for round_no in (1, 2):
            reviews.record_vote(
                session, number, member_id=first, ballot=Ballot.FOR, round_no=round_no, now=NOW
            )
        reviews.record_vote(session, number, member_id=second, ballot=Ballot.AGAINST, round_no=2, now=NOW)
        assert reviews.disclosed_votes(session, application) == []
        assert reviews.last_round(session, number) == 2

        house.approve(session, number)

        disclosed = [
            (vote.round_no, vote.member.name, vote.ballot)
            for vote in reviews.disclosed_votes(session, application)
        ]
    assert disclosed == [(1, "委员0", Ballot.FOR), (2, "委员0", Ballot.FOR), (2, "委员1", Ballot.AGAINST)]


def test_the_chairs_veto_stops_what_all_others_want(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        chair, *others = members(session, house, 4)
        reviews.record_vote(
            session, number, member_id=chair, ballot=Ballot.FOR, is_chair=True, veto=True, now=NOW
        )
        for member in others:
            reviews.record_vote(session, number, member_id=member, ballot=Ballot.FOR, now=NOW)

        assert reviews.tally(session, number, convened=4).outcome is Outcome.VETOED
        assert not reviews.tally(session, number, convened=4).approved


def test_the_veto_needs_no_quorum(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        chair, *_others = members(session, house, 5)
        reviews.record_vote(
            session, number, member_id=chair, ballot=Ballot.AGAINST, is_chair=True, veto=True, now=NOW
        )

        assert reviews.tally(session, number, convened=5).outcome is Outcome.VETOED


def test_a_member_votes_once_and_only_the_chair_may_veto(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        (member,) = members(session, house, 1)
        with pytest.raises(reviews.VetoWithoutChair):
            reviews.record_vote(session, number, member_id=member, ballot=Ballot.FOR, veto=True, now=NOW)
        reviews.record_vote(session, number, member_id=member, ballot=Ballot.FOR, now=NOW)

        with pytest.raises(reviews.VotedAlready):
            reviews.record_vote(session, number, member_id=member, ballot=Ballot.AGAINST, now=NOW)
        assert reviews.record_vote(
            session, number, member_id=member, ballot=Ballot.AGAINST, round_no=2, now=NOW
        )


def test_only_a_submitted_application_is_reviewed(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        decide = {
            "level": ReviewLevel.L1,
            "decision": Decision.APPROVE,
            "reviewer_id": house.maker_id,
            "now": NOW,
        }
        assert reviews.record_decision(session, number, **decide)
        house.approve(session, number)

        with pytest.raises(StatusRefused):
            reviews.record_decision(session, number, **decide)
