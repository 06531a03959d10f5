"""Copies for information, and reminders of tasks that wait."""

import pytest
from diagrams import bundle, end, path, process, start, user

from company.outbox import OutboxMessage
from engine import passing_round
from engine.errors import TaskAlreadyDone, TaskUnknown
from engine.history import ActivityHistory
from engine.passing_round import (
    ReceiverMayNotSee,
    ReceiverNotChosen,
    RemindedLately,
    RemindedOfOwnTask,
    TaskCopy,
)


@pytest.fixture
def task(house):
    house.deploy(
        {
            "p.bpmn": bundle(
                process(
                    "p", start(), user("look", candidateGroups_="reviewer_l1"), end(), path("s", "look", "e")
                )
            )
        }
    )
    house.start("p")
    return house.task("look")


def send(house, task, *to, by="reviewer_l1_east", note="请知悉"):
    with house.database.write() as session:
        receivers = [house.ids[name] for name in to]
        context = house.engine.context
        return passing_round.send_copies(context, session, task.id, house.who(by), receivers, note)


def copies(house, name):
    with house.database.read() as session:
        return passing_round.copies_to(session, house.who(name), limit=10)


def remind(house, task, by):
    with house.database.write() as session:
        passing_round.remind(house.engine.context, session, task.id, house.who(by))


def test_a_copy_reaches_colleagues_who_may_see_the_case_until_they_mark_it_read(house, task):
    send(house, task, "reviewer_l2_east", "reviewer_l1_2")

    (copy,) = copies(house, "reviewer_l2_east")
    assert (copy.by_name, copy.note, copy.read_at) == ("名reviewer_l1_east", "请知悉", None)
    with house.database.write() as session:
        reader = house.who("reviewer_l2_east")
        assert not passing_round.mark_read(session, copy.id, house.who("reviewer_l1_2"), house.clock.now())
        assert passing_round.mark_read(session, copy.id, reader, house.clock.now())
        assert not passing_round.mark_read(session, copy.id, reader, house.clock.now())
        assert passing_round.unread_copies(session, house.ids["reviewer_l2_east"]) == 0
    assert len(house.rows(ActivityHistory, kind="copied")) == 2


def test_a_copy_goes_to_nobody_twice_unread_nor_to_who_may_not_see_the_case(house, task):
    send(house, task, "reviewer_l2_east")
    send(house, task, "reviewer_l2_east")

    assert len(house.rows(TaskCopy)) == 1
    with pytest.raises(ReceiverMayNotSee):
        send(house, task, "reviewer_l1_west")
    with pytest.raises(ReceiverNotChosen):
        send(house, task)
    with pytest.raises(TaskUnknown):
        send(house, task, "reviewer_l1_east", by="reviewer_l1_west")


def test_a_reminder_reaches_the_holder_or_all_candidates_once_an_hour(house, task):
    remind(house, task, "front_desk_east")
    with pytest.raises(RemindedLately):
        remind(house, task, "front_desk_east")
    remind(house, task, "reviewer_l2_east")
    house.do("claim", task.id, house.who("reviewer_l1_east"))
    house.later(hours=1)
    remind(house, task, "front_desk_east")

    told = [row.payload for row in house.rows(OutboxMessage, kind="notify")]
    assert [each.get("role_id") for each in told] == ["reviewer_l1", "reviewer_l1", None]
    assert told[2]["employee_id"] == house.ids["reviewer_l1_east"]
    assert [row.actor_name for row in house.rows(ActivityHistory, kind="reminded")] == [
        "名front_desk_east",
        "名reviewer_l2_east",
        "名front_desk_east",
    ]


def test_nobody_reminds_himself_of_a_done_task_or_of_a_case_out_of_sight(house, task):
    house.do("claim", task.id, house.who("reviewer_l1_east"))

    with pytest.raises(RemindedOfOwnTask):
        remind(house, task, "reviewer_l1_east")
    with pytest.raises(TaskUnknown):
        remind(house, task, "reviewer_l1_west")
    house.complete("look", "reviewer_l1_east")
    with pytest.raises(TaskAlreadyDone):
        remind(house, task, "front_desk_east")
