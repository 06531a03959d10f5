"""Going back: to an earlier handler with a reason, or one's own step before anybody goes on."""

import pytest
from going_back import at_the_end, done, send_back, three_steps
from sqlalchemy import func, select

from company.audit import AuditEntry
from company.outbox import OutboxMessage
from company.people import Employee, deactivate
from engine.errors import CommentEmpty, FourEyesBroken, TaskTakenBy
from engine.history import ActivityHistory
from engine.passing_round import note_opened
from engine.returning import CaseHasEnded, NextIsOpened, NotDoneByYou, ReturnTargetUnknown
from engine.tasks import UserTask


def test_a_case_returns_to_an_earlier_handler_who_finds_his_answers_and_the_reason(house):
    at_the_end(house)

    back = send_back(house, "decide", "reviewer_l2_east", "enter")

    again = house.task("enter")
    assert (back.task_id, back.holder, again.assignee_name) == (
        again.id,
        "名front_desk_east",
        "名front_desk_east",
    )
    assert [task.element_id for task in house.open_tasks()] == ["enter"]
    with house.database.read() as session:
        assert house.engine.form_data(session, again)["name"] == "张三"
    (told,) = house.rows(ActivityHistory, kind="sent_back")
    assert (told.element_id, told.note, told.results["to"]) == ("decide", "收入证明不清", "p/enter")
    assert house.rows(AuditEntry)[-1].action == "task.send_back"
    (message,) = house.rows(OutboxMessage, kind="notify")
    assert message.payload["template"] == "task_sent_back"
    assert message.payload["employee_id"] == house.ids["front_desk_east"]


def test_after_a_return_every_step_is_done_again_and_the_case_ends(house):
    instance_id = at_the_end(house)
    send_back(house, "decide", "reviewer_l2_east", "enter")

    house.complete("enter", "front_desk_east", name="张三丰")
    house.complete("look", "reviewer_l1_2")
    house.complete("decide", "reviewer_l2_east")

    assert house.status(instance_id) == "completed"
    assert [row.element_id for row in house.rows(ActivityHistory, kind="user")] == [
        "enter",
        "look",
        "enter",
        "look",
        "decide",
    ]


def test_four_eyes_hold_after_a_return_for_all_who_did_a_step_in_any_round(house):
    house.deploy(three_steps())
    house.start("p")
    house.complete("enter", "front_desk_east", name="张三")
    house.complete("look", "both")
    send_back(house, "decide", "reviewer_l2_east", "look")
    house.do("unclaim", house.task("look").id, house.who("both"))
    house.complete("look", "reviewer_l1_east")

    with pytest.raises(FourEyesBroken):
        house.complete("decide", "both")


def test_a_step_returned_goes_to_its_group_where_its_handler_has_left(house):
    house.deploy(three_steps())
    house.start("p", by="both")
    house.complete("enter", "both", name="张三")
    house.complete("look", "reviewer_l1_east")
    with house.database.write() as session:
        deactivate(session, session.get_one(Employee, house.ids["both"]))

    back = send_back(house, "decide", "reviewer_l2_east", "enter")

    assert (back.holder, house.task("enter").assignee_id) == (None, None)


def test_who_returns_a_case_must_be_able_to_do_the_task_and_say_why(house):
    at_the_end(house)
    house.do("claim", house.task("decide").id, house.who("reviewer_l2_east"))

    with pytest.raises(CommentEmpty):
        send_back(house, "decide", "reviewer_l2_east", "enter", " ")
    with pytest.raises(TaskTakenBy):
        send_back(house, "decide", "reviewer_l2_west", "enter")
    with pytest.raises(ReturnTargetUnknown):
        house.do("send_back", house.task("decide").id, house.who("reviewer_l2_east"), 999, "重来")
    assert [task.element_id for task in house.open_tasks()] == ["decide"]


def kept_states(house):
    with house.database.read() as session:
        return session.scalar(select(func.count()).where(UserTask.state_before.is_not(None)))


def test_a_case_that_ends_keeps_no_earlier_states(house):
    at_the_end(house)
    assert kept_states(house) == 2

    house.complete("decide", "reviewer_l2_east")

    assert kept_states(house) == 0


def test_who_did_a_step_takes_it_back_before_anybody_goes_on(house):
    at_the_end(house)

    back = house.do("take_back", done(house, "look").id, house.who("reviewer_l1_east"))

    assert [task.element_id for task in house.open_tasks()] == ["look"]
    assert house.task("look").id == back.task_id
    assert house.task("look").assignee_name == "名reviewer_l1_east"
    (told,) = house.rows(ActivityHistory, kind="taken_back")
    assert (told.element_id, told.actor_name) == ("look", "名reviewer_l1_east")
    assert house.rows(AuditEntry)[-1].action == "task.take_back"


@pytest.mark.parametrize("seen", ["opened", "claimed"])
def test_nothing_is_taken_back_once_the_next_task_is_opened_or_claimed(house, seen):
    at_the_end(house)
    next_id, other = house.task("decide").id, house.who("reviewer_l2_east")
    if seen == "claimed":
        house.do("claim", next_id, other)
    else:
        with house.database.write() as session:
            note_opened(session, next_id, other, house.clock.now())

    with pytest.raises(NextIsOpened) as refused:
        house.do("take_back", done(house, "look").id, house.who("reviewer_l1_east"))

    assert "名reviewer_l2_east" in refused.value.text("zh")


def test_nothing_is_taken_back_by_another_or_after_the_end_or_once_the_case_went_on(house):
    at_the_end(house)
    with pytest.raises(NotDoneByYou):
        house.do("take_back", done(house, "look").id, house.who("reviewer_l1_2"))
    with pytest.raises(NextIsOpened):
        house.do("take_back", done(house, "enter").id, house.who("front_desk_east"))
    house.complete("decide", "reviewer_l2_east")

    with pytest.raises(CaseHasEnded):
        house.do("take_back", done(house, "decide").id, house.who("reviewer_l2_east"))


def test_what_one_looked_at_oneself_is_no_hindrance(house):
    at_the_end(house)
    actor = house.who("reviewer_l1_east")
    with house.database.write() as session:
        note_opened(session, house.task("decide").id, actor, house.clock.now())
        note_opened(session, house.task("decide").id, actor, house.clock.now())

    house.do("take_back", done(house, "look").id, actor)

    assert house.task("look").assignee_id == actor.employee_id
