"""Co-signing: colleagues give their opinion before a task can be done, and four eyes hold for them too."""

import pytest
from diagrams import bundle, end, path, process, properties, start, user

from company.audit import AuditEntry
from company.outbox import OutboxMessage
from engine.errors import CommentEmpty, FourEyesBroken, TaskNotHeld
from engine.history import ActivityHistory
from engine.opinions import (
    CosignerAskedAlready,
    CosignerIsHolder,
    CosignerMayNotSee,
    CosignerNotChosen,
    OpinionsOutstanding,
    OpinionUnknown,
    TaskOpinion,
    Verdict,
    asked_of,
)

REVIEW = {
    "review.bpmn": bundle(
        process(
            "review",
            start(),
            user("enter", candidateGroups_="front_desk"),
            user("look", candidateGroups_="reviewer_l1", extensions=properties(fourEyes="review/enter")),
            user(
                "decide",
                candidateGroups_="reviewer_l2",
                extensions=properties(fourEyes="review/enter,review/look"),
            ),
            end(),
            path("s", "enter", "look", "decide", "e"),
        )
    )
}


@pytest.fixture
def task(house):
    house.deploy(REVIEW)
    house.start("review", by="both")
    house.complete("enter", "both")
    task = house.task("look")
    house.do("claim", task.id, house.who("reviewer_l1_east"))
    return task


def ask(house, task, *of, by="reviewer_l1_east", question="收入是否可信？"):
    house.do("ask_opinions", task.id, house.who(by), [house.ids[name] for name in of], question)


def answer(house, by, verdict=Verdict.AGREE, words="同意"):
    opinion = next(each for each in house.rows(TaskOpinion) if each.asked_of_id == house.ids[by])
    house.do("give_opinion", opinion.id, house.who(by), verdict, words)


def test_a_task_cannot_be_done_until_all_who_were_asked_have_said_what_they_think(house, task):
    ask(house, task, "reviewer_l1_2", "reviewer_l2_east")
    answer(house, "reviewer_l1_2")
    with pytest.raises(OpinionsOutstanding) as refused:
        house.complete("look", "reviewer_l1_east")
    assert "名reviewer_l2_east" in refused.value.text("zh")

    answer(house, "reviewer_l2_east", Verdict.AGAINST, "流水不足")
    house.complete("look", "reviewer_l1_east")

    assert [task.element_id for task in house.open_tasks()] == ["decide"]
    told = [
        (row.kind, row.actor_name, row.note) for row in house.rows(ActivityHistory) if row.kind == "opinion"
    ]
    assert told == [
        ("opinion", "名reviewer_l1_2", "同意"),
        ("opinion", "名reviewer_l2_east", "流水不足"),
    ]
    assert [row.action for row in house.rows(AuditEntry)].count("task.opinion") == 2
    templates = [row.payload["template"] for row in house.rows(OutboxMessage)]
    assert templates == ["opinion_asked", "opinion_asked", "opinion_given", "opinion_given"]


def test_what_is_asked_of_a_person_stands_on_his_list_until_he_has_answered(house, task):
    ask(house, task, "reviewer_l1_2")

    def listed():
        with house.database.read() as session:
            return [found.element_id for _opinion, found in asked_of(session, house.ids["reviewer_l1_2"])]

    assert listed() == ["look"]
    answer(house, "reviewer_l1_2")
    assert listed() == []


@pytest.mark.parametrize(
    ("who", "refused"),
    [
        ("reviewer_l1_west", CosignerMayNotSee),
        ("finance_maker_west", CosignerMayNotSee),
        ("reviewer_l1_east", CosignerIsHolder),
        ("both", FourEyesBroken),
    ],
)
def test_nobody_co_signs_a_case_out_of_his_sight_his_own_task_or_against_four_eyes(house, task, who, refused):
    with pytest.raises(refused):
        ask(house, task, who)

    assert house.rows(TaskOpinion) == []
    house.complete("look", "reviewer_l1_east")


def test_who_co_signed_a_step_counts_for_four_eyes_as_one_who_did_it(house, task):
    ask(house, task, "reviewer_l2_east")
    answer(house, "reviewer_l2_east")
    house.complete("look", "reviewer_l1_east")

    with pytest.raises(FourEyesBroken) as refused:
        house.complete("decide", "reviewer_l2_east")

    assert "名reviewer_l2_east" in refused.value.text("zh")
    house.complete("decide", "reviewer_l2_west")


def test_who_gave_an_opinion_on_a_task_does_not_do_it_himself_but_may_be_asked_once_more(house, task):
    ask(house, task, "reviewer_l1_2")
    answer(house, "reviewer_l1_2", Verdict.AGAINST, "流水不足")
    ask(house, task, "reviewer_l1_2", question="已补流水")
    again = house.rows(TaskOpinion)[-1]
    house.do("give_opinion", again.id, house.who("reviewer_l1_2"), Verdict.AGREE, "可以")
    house.do("unclaim", task.id, house.who("reviewer_l1_east"))

    with pytest.raises(FourEyesBroken) as refused:
        house.complete("look", "reviewer_l1_2")

    assert "名reviewer_l1_2" in refused.value.text("zh")
    assert house.inbox("reviewer_l1_2") == []
    house.complete("look", "reviewer_l1_east")


def test_the_holder_calls_an_opinion_off_with_a_reason_and_history_tells(house, task):
    ask(house, task, "reviewer_l1_2")
    (opinion,) = house.rows(TaskOpinion)

    house.do("call_off_opinion", opinion.id, house.who("reviewer_l1_east"), "休假中")

    with pytest.raises(OpinionUnknown):
        answer(house, "reviewer_l1_2")
    (told,) = house.rows(ActivityHistory, kind="called_off")
    assert (told.note, told.results) == ("休假中", {"of": "名reviewer_l1_2"})
    house.complete("look", "reviewer_l1_east")


def test_only_the_holder_asks_once_each_and_only_who_was_asked_answers(house, task):
    with pytest.raises(CosignerNotChosen):
        ask(house, task)
    ask(house, task, "reviewer_l1_2")
    with pytest.raises(CosignerAskedAlready):
        ask(house, task, "reviewer_l1_2")
    (opinion,) = house.rows(TaskOpinion)
    with pytest.raises(OpinionUnknown):
        house.do("give_opinion", opinion.id, house.who("reviewer_l2_east"), Verdict.AGREE, "同意")
    with pytest.raises(CommentEmpty):
        house.do("give_opinion", opinion.id, house.who("reviewer_l1_2"), Verdict.AGREE, " ")
    house.do("unclaim", task.id, house.who("reviewer_l1_east"))

    with pytest.raises(TaskNotHeld):
        ask(house, task, "reviewer_l2_east")
