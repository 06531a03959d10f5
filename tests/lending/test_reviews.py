"""The committee: two thirds carry, each member votes once, the chair's veto only ever stops."""

from datetime import UTC, datetime

import pytest

from company.organisation import unit_of
from company.people import hire
from lending import reviews
from lending.errors import StatusRefused
from lending.reviews import Ballot, Decision, Outcome, ReviewLevel

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


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
        ("F", Outcome.APPROVED),
    ],
)
def test_two_thirds_of_the_votes_carry(house, ballots, outcome):
    with house.database.write() as session:
        number = house.apply(session).application_no
        for member, ballot in zip(members(session, house, len(ballots)), ballots, strict=True):
            choice = Ballot.FOR if ballot == "F" else Ballot.AGAINST
            reviews.record_vote(session, number, member_id=member, ballot=choice, now=NOW)

        assert reviews.tally(session, number).outcome is outcome


def test_the_chairs_veto_stops_what_all_others_want(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        chair, *others = members(session, house, 4)
        reviews.record_vote(
            session, number, member_id=chair, ballot=Ballot.FOR, is_chair=True, veto=True, now=NOW
        )
        for member in others:
            reviews.record_vote(session, number, member_id=member, ballot=Ballot.FOR, now=NOW)

        assert reviews.tally(session, number).outcome is Outcome.VETOED
        assert not reviews.tally(session, number).approved


def test_a_member_votes_once_and_only_the_chair_may_veto(house):
    with house.database.write() as session:
        number = house.apply(session).application_no
        (member,) = members(session, house, 1)
        with pytest.raises(reviews.NoVotes):
            reviews.tally(session, number)
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
