"""Role, scope and four eyes: the same condition in the list, at the claim and at the completion."""

import pytest
from diagrams import bundle, call, end, path, process, properties, repeated, start, user

from company.organisation import Unit, move_unit
from engine import inbox
from engine.errors import FourEyesBroken, NotEligible
from engine.history import ActivityHistory

ONE = {
    "one.bpmn": bundle(
        process("one", start(), user("look", candidateGroups_="reviewer_l1"), end(), path("s", "look", "e"))
    )
}


def with_rights(house, username, element_id):
    actor = house.who(username)
    with house.database.read() as session:
        return inbox.task(session, house.task(element_id).id, actor)


def test_a_branch_role_sees_the_tasks_of_its_branch_only(house):
    house.deploy(ONE)
    house.start("one", "APP-east", unit="east")
    house.start("one", "APP-west", unit="west")

    actor = house.who("reviewer_l1_west")
    with house.database.read() as session:
        page = inbox.list_tasks(session, actor, now=house.clock.now())
    assert [task.business_key for task in page.tasks] == ["APP-west"]
    east = next(task for task in house.open_tasks() if task.business_key == "APP-east")
    with pytest.raises(NotEligible):
        house.do("claim", east.id, actor)
    with pytest.raises(NotEligible):
        house.complete_task(east.id, "reviewer_l1_west")


def test_the_tree_of_units_is_asked_anew_each_time(house):
    house.deploy(ONE)
    house.start("one", unit="west")
    assert house.inbox("reviewer_l1_east") == []

    with house.database.write() as session:
        west, east = (session.get_one(Unit, house.units[name]) for name in ("west", "east"))
        move_unit(session, west, parent=east)

    assert house.inbox("reviewer_l1_east") == ["look"]


def test_a_role_of_the_whole_company_sees_all_and_an_own_role_only_what_it_owns(house):
    files = {
        "two.bpmn": bundle(
            process(
                "two",
                start(),
                user("look", candidateGroups_="reviewer_l2,front_desk"),
                end(),
                path("s", "look", "e"),
            )
        )
    }
    house.deploy(files)
    house.start("two", by="front_desk_west", unit="west")

    assert house.inbox("reviewer_l2_east") == ["look"]
    assert house.inbox("front_desk_west") == ["look"]
    assert house.inbox("front_desk_east") == []


def test_the_administrator_has_no_business_rights_even_where_a_diagram_names_him(house):
    files = {
        "one.bpmn": bundle(
            process("one", start(), user("look", candidateGroups_="admin"), end(), path("s", "look", "e"))
        )
    }
    house.deploy(files)
    house.start("one")

    assert house.inbox("admin") == []
    with pytest.raises(NotEligible):
        house.complete("look", "admin")


def test_a_person_named_by_the_diagram_may_do_it_whatever_the_role(house):
    files = {
        "one.bpmn": bundle(
            process(
                "one",
                start(),
                user("look", candidateGroups_=None, assignee_="=boss"),
                end(),
                path("s", "look", "e"),
            )
        )
    }
    house.deploy(files)
    house.start("one", data={"boss": "finance_maker_west"})

    assert house.inbox("finance_maker_west", view="mine") == ["look"]
    house.complete("look", "finance_maker_west")


FOUR_EYES = {
    "outer.bpmn": bundle(
        process(
            "outer",
            start(),
            user("enter", candidateGroups_="front_desk", extensions=properties(caseRole="acceptance")),
            call("review", "inner"),
            end(),
            path("s", "enter", "review", "e"),
        )
    ),
    "inner.bpmn": bundle(
        process(
            "inner",
            start(),
            user("l1", candidateGroups_="reviewer_l1", extensions=properties(fourEyes="outer/enter")),
            user(
                "l2", candidateGroups_="reviewer_l2", extensions=properties(fourEyes="acceptance, inner/l1")
            ),
            end(),
            path("s", "l1", "l2", "e"),
        )
    ),
}


def test_four_eyes_reach_across_called_processes_and_name_the_other_step(house):
    house.deploy(FOUR_EYES)
    house.start("outer", by="both")
    house.complete("enter", "both")

    assert house.inbox("both") == []
    with pytest.raises(FourEyesBroken) as at_claim:
        house.do("claim", house.task("l1").id, house.who("both"))
    with pytest.raises(FourEyesBroken):
        house.complete("l1", "both")
    assert at_claim.value.facts == {"step": "名 enter", "by": "名both"}
    assert isinstance(with_rights(house, "both", "l1").refusal, FourEyesBroken)

    house.complete("l1", "reviewer_l1_east")
    with pytest.raises(FourEyesBroken) as by_case_role:
        house.complete("l2", "both")
    assert by_case_role.value.facts["step"] == "名 enter"
    house.complete("l2", "reviewer_l2_east")


def test_four_eyes_reach_across_all_cases_of_one_business_key(house):
    other = {
        "check.bpmn": bundle(
            process(
                "check",
                start(),
                user("check", candidateGroups_="reviewer_l2", extensions=properties(fourEyes="outer/enter")),
                end(),
                path("s", "check", "e"),
            )
        )
    }
    house.deploy(FOUR_EYES)
    house.deploy(other, name="other")
    house.start("outer", "APP-1", by="both")
    house.complete("enter", "both")
    house.start("check", "APP-1")
    house.start("check", "APP-2")

    mine, others = house.open_tasks("check")
    with pytest.raises(FourEyesBroken):
        house.complete_task(mine.id, "both")
    house.complete_task(others.id, "both")


def test_a_step_whose_name_merely_resembles_the_rule_is_no_hindrance(house):
    files = {
        "p.bpmn": bundle(
            process(
                "p",
                start(),
                user("enter_x", candidateGroups_="front_desk"),
                user(
                    "look",
                    candidateGroups_="reviewer_l1",
                    extensions=properties(fourEyes="p/enter_, p/enterAx"),
                ),
                end(),
                path("s", "enter_x", "look", "e"),
            )
        )
    }
    house.deploy(files)
    house.start("p", by="both")
    house.complete("enter_x", "both")

    house.complete("look", "both")


VOTES = {
    "vote.bpmn": bundle(
        process(
            "vote",
            start(),
            user(
                "vote",
                repeated("seats", "seat", made="voice", collected="voices"),
                candidateGroups_="risk_committee",
                extensions=properties(distinctPeople="true"),
                formRef_="vote",
            ),
            end(),
            path("s", "vote", "e"),
        )
    ),
    "vote.form": b'{"id": "vote", "components": [{"key": "voice"}]}',
}


def test_every_vote_is_a_task_and_nobody_votes_twice(house):
    house.deploy(VOTES)
    instance_id = house.start("vote", data={"seats": [1, 2, 3]})
    first, second, third = house.open_tasks("vote")

    house.complete_task(first.id, "risk_committee_east", voice="for")

    assert house.inbox("risk_committee_east") == []
    assert house.inbox("risk_committee_2") == ["vote", "vote"]
    with pytest.raises(FourEyesBroken):
        house.complete_task(second.id, "risk_committee_east", voice="for")
    house.complete_task(second.id, "risk_committee_2", voice="against")
    house.complete_task(third.id, "risk_committee_3", voice="for")
    assert house.status(instance_id) == "completed"
    votes = house.rows(ActivityHistory, kind="user", element_id="vote")
    assert len({row.actor_id for row in votes}) == 3


def test_the_next_case_is_a_new_round_for_the_same_people(house):
    house.deploy(VOTES)
    house.start("vote", data={"seats": [1, 2]})
    for task, name in zip(house.open_tasks("vote"), ("risk_committee_east", "risk_committee_2"), strict=True):
        house.complete_task(task.id, name, voice="for")

    house.start("vote", data={"seats": [1, 2]})

    assert house.inbox("risk_committee_east") == ["vote", "vote"]
