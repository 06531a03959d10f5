"""Who holds a task: claiming, giving back, handing over, and what is said meanwhile."""

import pytest
from diagrams import bundle, end, path, process, properties, start, user

from engine.errors import (
    CommentEmpty,
    DraftTooLarge,
    ReceiverNotEligible,
    TaskNotHeld,
    TaskTakenBy,
    TaskUnknown,
)
from engine.history import ActivityHistory, timeline

REVIEW = {
    "review.bpmn": bundle(
        process(
            "review",
            start(),
            user("enter", candidateGroups_="front_desk"),
            user("look", candidateGroups_="reviewer_l1", extensions=properties(fourEyes="review/enter")),
            end(),
            path("s", "enter", "look", "e"),
        )
    )
}


@pytest.fixture
def task(house):
    house.deploy(REVIEW)
    house.start("review", by="both")
    house.complete("enter", "both")
    return house.task("look")


def test_a_claimed_task_is_the_holders_alone(house, task):
    house.do("claim", task.id, house.who("reviewer_l1_east"))

    assert house.inbox("reviewer_l1_east", view="mine") == ["look"]
    assert house.inbox("reviewer_l1_2") == []
    with pytest.raises(TaskTakenBy) as refused:
        house.do("claim", task.id, house.who("reviewer_l1_2"))
    assert refused.value.facts["name"] == "名reviewer_l1_east"
    with pytest.raises(TaskTakenBy):
        house.complete("look", "reviewer_l1_2")


def test_claiming_twice_changes_nothing(house, task):
    actor = house.who("reviewer_l1_east")
    first = house.do("claim", task.id, actor)
    second = house.do("claim", task.id, actor)

    assert second.version == first.version
    assert len(house.rows(ActivityHistory, kind="claimed")) == 1


def test_a_task_given_back_is_everybodys_again(house, task):
    actor = house.who("reviewer_l1_east")
    house.do("claim", task.id, actor)

    house.do("unclaim", task.id, actor)

    assert house.inbox("reviewer_l1_2", view="group") == ["look"]
    with pytest.raises(TaskNotHeld):
        house.do("unclaim", task.id, actor)


def test_a_task_is_handed_to_an_eligible_colleague_with_the_reason(house, task):
    actor = house.who("reviewer_l1_east")
    house.do("claim", task.id, actor)

    house.do("hand_over", task.id, actor, house.ids["reviewer_l1_2"], "休假")

    assert house.inbox("reviewer_l1_2", view="mine") == ["look"]
    (row,) = house.rows(ActivityHistory, kind="handed_over")
    assert row.note == "名reviewer_l1_2：休假"


@pytest.mark.parametrize(("receiver", "why"), [("reviewer_l1_west", "范围"), ("both", "双人复核")])
def test_a_task_cannot_be_handed_to_who_may_not_do_it(house, task, receiver, why):
    actor = house.who("reviewer_l1_east")
    house.do("claim", task.id, actor)

    with pytest.raises(ReceiverNotEligible) as refused:
        house.do("hand_over", task.id, actor, house.ids[receiver], "请处理")

    assert why in refused.value.text("zh")
    assert house.inbox("reviewer_l1_east", view="mine") == ["look"]


def test_a_hand_over_without_a_reason_is_refused(house, task):
    actor = house.who("reviewer_l1_east")
    house.do("claim", task.id, actor)

    with pytest.raises(CommentEmpty):
        house.do("hand_over", task.id, actor, house.ids["reviewer_l1_2"], "  ")


def test_comments_stand_in_the_timeline_between_what_happened(house, task):
    actor = house.who("reviewer_l1_east")
    house.later(minutes=1)
    house.do("claim", task.id, actor)
    house.later(minutes=1)
    house.do("comment", task.id, actor, "请补充收入证明")
    house.later(minutes=1)
    house.complete("look", "reviewer_l1_east")

    with house.database.read() as session:
        told = [(entry.kind.value, entry.actor_name, entry.text) for entry in timeline(session, "APP-1")]

    assert told == [
        ("started", "名both", None),
        ("user", "名both", None),
        ("claimed", "名reviewer_l1_east", None),
        ("comment", "名reviewer_l1_east", "请补充收入证明"),
        ("user", "名reviewer_l1_east", None),
        ("completed", "名reviewer_l1_east", None),
    ]


def test_a_draft_above_the_limit_and_a_task_that_never_was_are_refused(house, task):
    actor = house.who("reviewer_l1_east")
    house.do("claim", task.id, actor)

    with pytest.raises(DraftTooLarge):
        house.do("save_draft", task.id, actor, {"x": "长" * 100_000})
    with pytest.raises(TaskUnknown):
        house.do("claim", 999_999, actor)
    with pytest.raises(TaskUnknown):
        house.complete_task(999_999, "reviewer_l1_east")
