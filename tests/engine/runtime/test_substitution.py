"""A substitute: A's tasks in A's days, "B for A" in history and audit, and no way around four eyes."""

from datetime import date, timedelta

import pytest
from diagrams import bundle, end, path, process, properties, start, user
from going_back import done, send_back, three_steps
from sqlalchemy import select

from company.audit import AuditEntry
from company.people import Employee, RolesIncompatible, substitutions, training
from engine import inbox
from engine.errors import FourEyesBroken, NotEligible, TaskTakenBy, TrainingMissing
from engine.history import ActivityHistory
from engine.opinions import TaskOpinion
from engine.returning import NotDoneByYou

REVIEWED_TWICE = {
    "two.bpmn": bundle(
        process(
            "two",
            start(),
            user("l1", candidateGroups_="reviewer_l1"),
            user("l2", candidateGroups_="reviewer_l1", extensions=properties(fourEyes="two/l1")),
            end(),
            path("s", "l1", "l2", "e"),
        )
    )
}
MONDAY = date(2026, 1, 5)


def appoint(house, absent, substitute, first=MONDAY, last=MONDAY + timedelta(days=4)):
    with house.database.write() as session:
        pair = [session.get_one(Employee, house.ids[name]) for name in (absent, substitute)]
        return substitutions.appoint(
            session,
            *pair,
            first,
            last,
            reason="年假",
            entered_by=absent,
            now=house.clock.now(),
            today=house.clock.now().date(),
        ).id


def test_a_substitute_does_the_others_tasks_in_the_days_alone_and_history_and_audit_say_for_whom(house):
    house.deploy(REVIEWED_TWICE)
    house.start("two")
    before = house.inbox("reviewer_l1_west")
    appoint(house, "reviewer_l1_east", "reviewer_l1_west", first=MONDAY + timedelta(days=1))
    day_before = house.inbox("reviewer_l1_west")

    house.later(days=1)
    seen = house.inbox("reviewer_l1_west")
    house.complete("l1", "reviewer_l1_west")

    assert (before, day_before, seen) == ([], [], ["l1"])
    (done,) = house.rows(ActivityHistory, element_id="l1", kind="user")
    east, west = house.ids["reviewer_l1_east"], house.ids["reviewer_l1_west"]
    assert (done.actor_id, done.on_behalf_of_id) == (west, east)
    with house.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "task.complete")).one()
    assert (entry.actor_id, entry.on_behalf_of) == (west, east)


def test_what_a_substitute_takes_lies_on_the_others_desk_and_is_there_when_it_ends_by_itself(house):
    house.deploy(REVIEWED_TWICE)
    house.start("two")
    appoint(house, "reviewer_l1_east", "reviewer_l1_west", last=MONDAY + timedelta(days=1))

    house.do("claim", house.task("l1").id, house.who("reviewer_l1_west"))
    mine = [house.inbox(name, view="mine") for name in ("reviewer_l1_west", "reviewer_l1_east")]
    house.later(days=2)

    assert mine == [["l1"], ["l1"]]
    assert house.inbox("reviewer_l1_west") == []
    assert house.inbox("reviewer_l1_east", view="mine") == ["l1"]
    with pytest.raises(TaskTakenBy):
        house.complete("l1", "reviewer_l1_west")


def test_a_substitute_checks_neither_what_the_other_made_nor_what_he_made_himself(house):
    house.deploy(REVIEWED_TWICE)
    house.start("two", "APP-1")
    house.start("two", "APP-2")
    first, second = house.open_tasks("l1")
    appoint(house, "reviewer_l1_east", "reviewer_l1_west")

    house.complete_task(first.id, "reviewer_l1_east")
    house.complete_task(second.id, "reviewer_l1_west")
    checks = house.open_tasks("l2")

    for check in checks:
        for name in ("reviewer_l1_west", "reviewer_l1_east"):
            with pytest.raises(FourEyesBroken):
                house.complete_task(check.id, name)
    assert house.inbox("reviewer_l1_west") == []
    for check in checks:
        house.complete_task(check.id, "reviewer_l1_2")


def test_what_a_substitute_may_do_himself_is_done_in_his_own_name(house):
    house.deploy(REVIEWED_TWICE)
    house.start("two", unit="west")
    appoint(house, "reviewer_l1_east", "reviewer_l1_west")

    house.complete("l1", "reviewer_l1_west")

    (done,) = house.rows(ActivityHistory, element_id="l1", kind="user")
    assert done.on_behalf_of_id is None


def test_what_a_substitute_sends_back_asks_and_calls_off_is_told_with_for_whom(house):
    house.deploy(three_steps())
    house.start("p", by="front_desk_east")
    house.complete("enter", "front_desk_east", name="张三")
    appoint(house, "reviewer_l1_east", "reviewer_l1_west")
    look, west = house.task("look"), house.who("reviewer_l1_west")
    house.do("claim", look.id, west)

    house.do("ask_opinions", look.id, west, [house.ids["reviewer_l1_2"]], "可信？")
    (opinion,) = house.rows(TaskOpinion)
    house.do("call_off_opinion", opinion.id, west, "休假")
    send_back(house, "look", "reviewer_l1_west", "enter")

    for kind in ("asked", "called_off", "sent_back"):
        (told,) = house.rows(ActivityHistory, kind=kind)
        assert (told.actor_id, told.on_behalf_of_id) == (
            house.ids["reviewer_l1_west"],
            house.ids["reviewer_l1_east"],
        ), kind


@pytest.mark.parametrize(
    ("absent", "substitute", "days", "refusal"),
    [
        ("both", "both", (0, 1), substitutions.SubstitutionOfOneself),
        ("both", "reviewer_l1_2", (3, 1), substitutions.SubstitutionDatesWrong),
        ("both", "reviewer_l1_2", (-9, -2), substitutions.SubstitutionDatesWrong),
        ("both", "reviewer_l1_2", (0, 200), substitutions.SubstitutionDatesWrong),
        ("both", "admin", (0, 1), RolesIncompatible),
        ("reviewer_l1_east", "reviewer_l1_2", (4, 9), substitutions.SubstitutionOverlaps),
        ("both", "reviewer_l1_east", (0, 1), substitutions.SubstitutionOverlaps),
        ("reviewer_l1_west", "both", (0, 1), substitutions.SubstitutionOverlaps),
    ],
)
def test_a_substitution_that_makes_no_sense_is_refused(house, absent, substitute, days, refusal):
    appoint(house, "reviewer_l1_east", "reviewer_l1_west")

    with pytest.raises(refusal):
        appoint(house, absent, substitute, *(MONDAY + timedelta(days=day) for day in days))


@pytest.mark.feature("M-009")
def test_a_role_that_requires_training_has_tasks_while_the_training_is_valid_and_no_longer(house):
    house.deploy(REVIEWED_TWICE)
    house.start("two")
    with house.database.write() as session:
        course = training.offer_course(
            session, name="审核规范", name_en="Review", pass_mark=60, valid_months=1
        )
        training.require_for(session, course, ["reviewer_l1"])
        course_id = course.id

    def sits(score):
        with house.database.write() as session:
            person = session.get_one(Employee, house.ids["reviewer_l1_east"])
            now = house.clock.now()
            course = training.course_of(session, course_id)
            training.attend(
                session,
                course,
                person,
                on=now.date(),
                score=score,
                recorded_by="x",
                now=now,
                today=now.date(),
            )

    untrained = house.inbox("reviewer_l1_east")
    with pytest.raises(TrainingMissing):
        house.do("claim", house.task("l1").id, house.who("reviewer_l1_east"))
    sits(59)
    failed = house.inbox("reviewer_l1_east")
    sits(60)
    trained = house.inbox("reviewer_l1_east")
    house.do("claim", house.task("l1").id, house.who("reviewer_l1_east"))
    house.later(days=40)

    assert (untrained, failed, trained) == ([], [], ["l1"])
    assert house.inbox("reviewer_l1_east") == []
    with pytest.raises(TrainingMissing):
        house.complete("l1", "reviewer_l1_east")
    with house.database.read() as session:
        rights = inbox.task(session, house.task("l1").id, house.who("reviewer_l1_west"))
    assert isinstance(rights.refusal, NotEligible)  # another branch learns nothing of it


def test_what_a_substitute_did_for_the_other_he_takes_back_in_the_others_name(house):
    house.deploy(three_steps())
    house.start("p", by="front_desk_east")
    house.complete("enter", "front_desk_east", name="张三")
    appoint(house, "reviewer_l1_east", "reviewer_l1_west")
    house.complete("look", "reviewer_l1_west")
    west = house.who("reviewer_l1_west")

    house.do("take_back", done(house, "look").id, west)

    mine = [house.inbox(name, view="mine") for name in ("reviewer_l1_west", "reviewer_l1_east")]
    assert [task.element_id for task in house.open_tasks()] == ["look"]
    assert mine == [["look"], ["look"]], "it lies on the desk of who is away, open to both"
    (told,) = house.rows(ActivityHistory, kind="taken_back")
    assert (told.actor_id, told.on_behalf_of_id) == (west.employee_id, house.ids["reviewer_l1_east"])


def test_a_substitute_takes_nothing_back_that_another_did_nor_after_his_days(house):
    house.deploy(three_steps())
    house.start("p", by="front_desk_east")
    house.complete("enter", "front_desk_east", name="张三")
    appoint(house, "reviewer_l1_east", "reviewer_l1_west", last=MONDAY)
    house.complete("look", "reviewer_l1_west")
    look = done(house, "look").id

    with pytest.raises(NotDoneByYou):
        house.do("take_back", look, house.who("reviewer_l1_2"))
    house.later(days=2)
    with pytest.raises(NotEligible):
        house.do("take_back", look, house.who("reviewer_l1_west"))
