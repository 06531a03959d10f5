"""Who is convened, and what a member may not do with a vote: the real engine on the diagrams of the product."""

import json

import pytest
from sqlalchemy import select

from cheliu.case_house import copy_house, found_template
from cheliu.cases import CaseFailed, play_steps
from cheliu.wiring import PROCESSES
from company.people import Employee, EmployeeRole, actor
from engine.errors import FourEyesBroken, ReceiverNotEligible
from engine.tasks import TaskCandidate, TaskStatus, UserTask
from lending import applications, reviews

STEPS = json.loads((PROCESSES / "loan_review/cases/committee_approves.json").read_text())["steps"]
ENTRY, INVESTIGATION, L1, L2, *VOTES = STEPS


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return found_template(tmp_path_factory.mktemp("committee"))


@pytest.fixture
def table(template, tmp_path):
    house, bank, clock = copy_house(template, tmp_path / "house")
    yield Table(house, bank, clock)
    house.close()


class Table:
    """A house with its committee, and the one case of the test."""

    def __init__(self, house, bank, clock):
        self.house, self.bank, self.clock = house, bank, clock

    def play(self, *steps):
        self.key = play_steps({"steps": list(steps)}, self.house, self.bank, self.clock).application_no

    def appoint(self, username, role="risk_committee"):
        with self.house.database.write() as session:
            person = self.person(session, username)
            session.add(EmployeeRole(employee_id=person.id, role_id=role, unit_id=person.unit_id))

    def person(self, session, username):
        return session.scalars(select(Employee).where(Employee.username == username)).one()

    def convened(self):
        with self.house.database.read() as session:
            holders = select(UserTask.assignee_name).where(
                UserTask.element_id == "Task_VoteInCommittee", UserTask.status == TaskStatus.OPEN.value
            )
            return set(session.scalars(holders))

    def vote_of(self, session, username):
        return session.scalars(
            select(UserTask).where(
                UserTask.element_id == "Task_VoteInCommittee",
                UserTask.status == TaskStatus.OPEN.value,
                UserTask.assignee_id == self.person(session, username).id,
            )
        ).one()


def test_members_who_own_entered_or_reviewed_the_case_are_not_convened(table):
    for username in ("customer_manager", "front_desk", "reviewer_l1", "reviewer_l2", "reviewer_l2_2"):
        table.appoint(username)

    table.play(ENTRY, INVESTIGATION, L1)
    samples = json.loads((PROCESSES / "samples.json").read_text())
    with table.house.database.write() as session:
        # The case goes to another manager after it was entered.
        applications.get(session, table.key).owner_id = table.person(session, "customer_manager").id
        review = session.scalars(select(UserTask).where(UserTask.element_id == "Task_ReviewL2")).one()
        reviewer = actor(session, table.person(session, "reviewer_l2").id)
        answers = samples["l2_approves"] | {"l2_amount": "600000.00"}
        table.house.engine.complete(session, review.id, reviewer, answers)

    assert table.convened() == {"陆川", "秦伟民", "叶蓉", "白启明"}


def test_with_too_few_members_left_level_2_is_told_and_nothing_is_decided(table):
    with table.house.database.write() as session:
        for username in ("risk_committee", "risk_committee_2"):
            table.person(session, username).active = False

    table.play(ENTRY, INVESTIGATION, L1, {**L2, "refused": "committee_too_small"})

    with table.house.database.read() as session:
        assert "Task_ReviewL2" in set(
            session.scalars(select(UserTask.element_id).where(UserTask.status == TaskStatus.OPEN.value))
        )


@pytest.mark.parametrize("receiver", ["risk_committee_2", "risk_committee_3", "reviewer_l2_2"])
def test_a_vote_cannot_be_handed_over(table, receiver):
    table.play(ENTRY, INVESTIGATION, L1, L2, VOTES[0])  # the second member has voted, the third has not yet
    with table.house.database.write() as session:
        chair = actor(session, table.person(session, "risk_committee").id)
        task = table.vote_of(session, "risk_committee")

        with pytest.raises(ReceiverNotEligible):
            table.house.engine.hand_over(
                session, task.id, chair, table.person(session, receiver).id, "出差，请代投"
            )


def test_who_has_voted_does_not_vote_for_another_even_if_the_seat_were_his(table):
    table.play(ENTRY, INVESTIGATION, L1, L2, VOTES[0])
    with table.house.database.write() as session:
        voted = actor(session, table.person(session, "risk_committee_2").id)
        seat = table.vote_of(session, "risk_committee_3")
        session.add(TaskCandidate(task_id=seat.id, employee_id=voted.employee_id))
        seat.assignee_id = voted.employee_id
        session.flush()
        ballot = {"ballot": {"vote": "for", "comment": "代投"}}

        with pytest.raises(FourEyesBroken):
            table.house.engine.complete(session, seat.id, voted, ballot)


def test_votes_of_a_round_without_quorum_are_kept_beside_those_of_the_next(table):
    missed = json.loads((PROCESSES / "loan_review/cases/quorum_missed.json").read_text())

    table.play(*missed["steps"])

    with table.house.database.read() as session:
        kept = [
            (vote.round_no, vote.member.username, vote.voted_at)
            for number in (1, 2)
            for vote in reviews.votes(session, table.key, number)
        ]
    assert [each[:2] for each in kept] == [
        (1, "risk_committee"),
        (2, "risk_committee"),
        (2, "risk_committee_3"),
    ]
    assert (kept[1][2] - kept[0][2]).days == 3  # when it was cast, not when the round was closed


def test_a_vote_after_the_round_is_settled_finds_no_task(table):
    with pytest.raises(CaseFailed, match="no open task Task_VoteInCommittee"):
        table.play(*STEPS, {**VOTES[0], "as": "risk_committee_3"})
