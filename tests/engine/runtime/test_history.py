"""What a case page shows: what happened when by whom, where the case stands, and why a decision came out so."""

import pytest
from diagrams import bundle, call, end, flow, gateway, path, process, rule, start, user

from engine.decisions import DecisionFactMissing, DecisionFailed
from engine.errors import DeploymentRefused, NotAllowed
from engine.history import ActivityHistory, DecisionEvidence, instances, positions
from engine.tasks import CaseFacts, Instance
from engine.topics import Topics

NESTED = {
    "outer.bpmn": bundle(
        process(
            "outer",
            start(),
            user("enter", candidateGroups_="front_desk"),
            gateway("exclusive", "g", default="f_g_review"),
            call("review", "inner"),
            user("other", candidateGroups_="front_desk"),
            end(),
            end("e2"),
            path("s", "enter", "g", "review", "e"),
            flow("g", "other", "odd = true"),
            path("other", "e2"),
        )
    ),
    "inner.bpmn": bundle(
        process("inner", start(), user("l1", candidateGroups_="reviewer_l1"), end(), path("s", "l1", "e"))
    ),
}

TABLE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="cheliu">
<inputData id="i_amount" name="amount"/>
<decision id="grade" name="grade">
  <informationRequirement id="r1"><requiredInput href="#i_amount"/></informationRequirement>
  <decisionTable id="t" hitPolicy="FIRST">
    <input id="in"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>
    <output id="o1" name="level" typeRef="string"/>
    <output id="o2" name="votes" typeRef="number"/>
    <rule id="row_small"><inputEntry id="a1"><text>&lt; 100000</text></inputEntry>
      <outputEntry id="b1"><text>"L1"</text></outputEntry><outputEntry id="c1"><text>0</text></outputEntry></rule>
    <rule id="row_big"><inputEntry id="a2"><text>-</text></inputEntry>
      <outputEntry id="b2"><text>"committee"</text></outputEntry>
      <outputEntry id="c2"><text>3</text></outputEntry></rule>
  </decisionTable>
</decision></definitions>"""


def at(house, instance_id):
    with house.database.read() as session:
        return positions(session, session.get_one(Instance, instance_id))


def test_the_diagrams_are_coloured_also_inside_called_processes(house):
    house.deploy(NESTED)
    instance_id = house.start("outer", data={"odd": False})
    house.complete("enter", "front_desk_east")

    found = at(house, instance_id)

    assert found["outer"].current == {"review"}
    assert found["outer"].done == {"s", "enter", "g"}
    assert found["outer"].flows == {"f_s_enter", "f_enter_g", "f_g_review"}
    assert found["inner"].current == {"l1"}
    assert found["inner"].done == {"s"}


def test_an_ended_case_stands_nowhere(house):
    house.deploy(NESTED)
    instance_id = house.start("outer", data={"odd": False})
    house.complete("enter", "front_desk_east")
    house.complete("l1", "reviewer_l1_east")

    found = at(house, instance_id)

    assert found["outer"].current | found["inner"].current == set()
    assert found["outer"].done == {"s", "enter", "g", "review", "e"}
    assert found["inner"].done == {"s", "l1", "e"}


def test_all_cases_of_a_key_are_listed_oldest_first(house):
    house.deploy(NESTED)
    first = house.start("outer", "A", data={"odd": False})
    second = house.start("inner", "A")
    house.start("inner", "B")

    with house.database.read() as session:
        assert [each.id for each in instances(session, "A")] == [first, second]


def decided(*, facts=None, **attributes):
    extensions = f'<camunda:properties><camunda:property name="facts" value="{facts}"/></camunda:properties>'
    return {
        "p.bpmn": bundle(
            process(
                "p",
                start(),
                rule("decide", extensions=extensions if facts else "", **attributes),
                user("look", candidateGroups_="reviewer_l1"),
                end(),
                path("s", "decide", "look", "e"),
            )
        ),
        "grade.dmn": TABLE,
    }


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, {"level": "committee", "votes": 3}),
        ({"resultVariable_": "grade"}, {"grade": {"level": "committee", "votes": 3}}),
        (
            {"resultVariable_": "grade", "mapDecisionResult_": "resultList"},
            {"grade": [{"level": "committee", "votes": 3}]},
        ),
    ],
)
def test_a_decision_reads_facts_and_leaves_evidence(house, topics: Topics, attributes, expected):
    @topics.facts("review-facts")
    def review_facts(call, *, application_no):
        return {"amount": 250000, "income": 9000}

    house.deploy(decided(facts="review-facts", **attributes))
    house.start("p", data={"application_no": "A-1"})

    (evidence,) = house.rows(DecisionEvidence)
    assert evidence.inputs == {"amount": 250000}
    assert [(hit["row"], hit["rule"]) for table in evidence.matched for hit in table["rules"]] == [
        (2, "row_big")
    ]
    assert evidence.outputs == expected
    assert evidence.deployment_id == 1
    with house.database.read() as session:
        data = house.engine.form_data(session, house.task("look"))
    assert dict(data) == {"application_no": "A-1", **expected}
    (row,) = house.rows(ActivityHistory, kind="rule")
    assert row.results == expected


def test_a_single_entry_of_a_decision_with_two_outputs_is_refused(house):
    house.deploy(decided(resultVariable_="grade", mapDecisionResult_="singleEntry"))

    with pytest.raises(Exception, match="singleEntry"):
        house.start("p", data={"amount": 5})


def test_a_decision_whose_fact_nobody_gives_is_refused_by_name(house):
    house.deploy(decided())

    with pytest.raises(DecisionFactMissing) as refused:
        house.start("p", data={"income": 9000})

    assert refused.value.facts == {"element": "p/decide", "decision": "grade", "fact": "amount"}
    assert house.rows(Instance) == []


def test_a_fact_given_as_unknown_is_no_missing_one(house):
    house.deploy(decided())

    house.start("p", data={"amount": None})

    (evidence,) = house.rows(DecisionEvidence)
    assert (evidence.inputs, evidence.outputs) == ({"amount": None}, {"level": "committee", "votes": 3})


def test_a_fact_of_another_type_is_refused_instead_of_counting_as_unknown(house):
    house.deploy(decided())

    with pytest.raises(DecisionFailed, match="amount") as refused:
        house.start("p", data={"amount": "many"})

    assert "请更正数据或类型" in refused.value.text("zh")
    assert "correct the value" in refused.value.text("en")
    assert house.rows(Instance) == []


def test_facts_that_no_handler_gives_are_refused_at_deployment(house):
    with pytest.raises(DeploymentRefused) as refused:
        house.deploy(decided(facts="nobodys-facts"))

    assert "nobodys-facts" in refused.value.text("en")


def test_a_case_is_cancelled_by_who_may_change_it_with_a_reason(house):
    house.deploy(NESTED)
    instance_id = house.start("outer", data={"odd": False})

    with pytest.raises(NotAllowed):
        house.do("cancel", instance_id, house.who("reviewer_l1_east"), "nein")
    with pytest.raises(NotAllowed):
        house.do("cancel", instance_id, house.who("front_desk_west"), "nein")
    house.do("cancel", instance_id, house.who("front_desk_east"), "重复录入")

    assert house.status(instance_id) == "cancelled"
    assert house.open_tasks() == []
    (row,) = house.rows(ActivityHistory, kind="cancelled")
    assert (row.note, row.actor_name) == ("重复录入", "名front_desk_east")


def test_a_case_described_anew_shows_it_in_its_open_tasks(house):
    house.deploy(NESTED)
    instance_id = house.start("outer", data={"odd": False})

    house.do("describe", instance_id, CaseFacts("新名", "新车", None, house.units["west"], None))

    task = house.task("enter")
    assert (task.title, task.subtitle, task.unit_id, task.owner_id) == (
        "新名",
        "新车",
        house.units["west"],
        None,
    )
