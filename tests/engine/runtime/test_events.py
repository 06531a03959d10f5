"""Events inside a case, seen from the database: what waits, what is told, what is undone and rolled back."""

import diagrams as d
import pytest

from cheliu.dispatch import carry_out
from company.messages import Refusal
from engine.errors import DeploymentRefused
from engine.history import Happening, positions, timeline
from engine.spiff import BpmnError
from engine.tasks import Instance
from engine.waits import MessageSubscription, SignalSubscription, TimerJob


def task(node_id, **attributes):
    return d.user(node_id, candidateGroups_="front_desk", **attributes)


def files(*parts, process_id="p"):
    return {f"{process_id}.bpmn": d.bundle(d.process(process_id, *parts))}


def told(house, key="APP-1"):
    with house.database.read() as session:
        return [(entry.kind, entry.element_id) for entry in timeline(session, key)]


def current(house, instance_id):
    with house.database.read() as session:
        return positions(session, session.get_one(Instance, instance_id))["p"].current


WITHDRAWAL = files(
    d.start(),
    task("work"),
    d.boundary("late", "work", d.timer("P1D"), interrupting=False),
    d.end("el"),
    d.path("late", "el"),
    d.end(),
    d.path("s", "work", "e"),
    d.on_event("on", d.message("CustomerWithdrew"), "confirm", parts=(task("confirm"),)),
)


def test_a_withdrawal_beside_the_process_takes_tasks_timers_and_subscriptions_away(house):
    house.deploy(WITHDRAWAL)
    instance_id = house.start("p")
    assert current(house, instance_id) == {"work"}, "what waits beside the steps is not where the case stands"

    assert house.do("deliver", "CustomerWithdrew", "APP-1", {"reason": "moved"}, "w-1") == 1

    assert [each.element_id for each in house.open_tasks()] == ["confirm"]
    assert (house.rows(TimerJob), house.rows(MessageSubscription)) == ([], [])
    assert current(house, instance_id) == {"confirm", "on"}
    assert (Happening.EVENT, "ons") in told(house)
    assert (Happening.INTERRUPTED, "work") in told(house)
    house.complete("confirm", "front_desk_east")
    assert house.status(instance_id) == "completed"


def test_where_a_case_stands_at_a_condition_is_told_until_it_comes_true(house):
    house.deploy(
        {
            **files(
                d.start(),
                d.gateway("parallel", "fork"),
                task("rate", formRef_="rating"),
                d.end("e1"),
                d.catch("good", d.when('grade = "A"')),
                task("sign"),
                d.end("e2"),
                d.path("s", "fork", "rate", "e1"),
                d.path("fork", "good", "sign", "e2"),
            ),
            "rating.form": b'{"id": "rating", "components": [{"key": "grade"}]}',
        }
    )
    instance_id = house.start("p")
    assert current(house, instance_id) == {"rate", "good"}
    house.complete("rate", "front_desk_east", grade="A")
    assert current(house, instance_id) == {"sign"}
    assert (Happening.EVENT, "good") in told(house)


class TooRisky(Refusal):
    code = "too_risky"
    zh = "风险过高"
    en = "the risk is too high"


def test_a_rule_that_an_event_subprocess_catches_leaves_nothing_half_done(house, topics):
    @topics.topic("risky")
    def risky(call):
        call.describe(title="half done")
        raise TooRisky()

    drawn = files(
        d.start(),
        task("first"),
        d.service("x", topic="risky"),
        d.end(),
        d.path("s", "first", "x", "e"),
        d.on_event("on", d.error("E1"), "look", parts=(task("look"),)),
    )
    house.deploy(drawn)
    instance_id = house.start("p")
    with pytest.raises(TooRisky):
        house.complete("first", "front_desk_east")
    assert [each.element_id for each in house.open_tasks()] == ["first"]

    house.deploy({"p.bpmn": drawn["p.bpmn"].replace(b'errorCode="E1"', b'errorCode="too_risky"')})
    caught_id = house.start("p", "APP-2")
    (task_id,) = (each.id for each in house.open_tasks("first") if each.business_key == "APP-2")
    house.complete_task(task_id, "front_desk_east")
    assert [each.business_key for each in house.open_tasks("look")] == ["APP-2"]
    assert house.rows(Instance, id=caught_id)[0].title == "客户 APP-2"
    assert house.status(instance_id) == "running"


def test_a_cancelled_transaction_undoes_through_its_handlers_in_one_command(house, topics):
    undone = []

    @topics.topic("undo")
    def undo(call):
        undone.append(call.element.id)

    @topics.topic("refuse")
    def refuse(call):
        raise BpmnError("E1")

    def step(name):
        undoing = d.service(f"un_{name}", topic="undo", isForCompensation="true")
        return task(name) + undoing + d.undoes(f"un_{name}", name)

    house.deploy(
        files(
            d.start(),
            d.node(
                "transaction",
                "pay",
                d.start("ps"),
                step("reserve"),
                step("order"),
                d.service("send", topic="refuse"),
                d.boundary("failed", "send", d.error("E1")),
                d.end("cancel", "<cancelEventDefinition/>"),
                d.end("pe"),
                d.path("ps", "reserve", "order", "send", "pe"),
                d.path("failed", "cancel"),
            ),
            d.boundary("cancelled", "pay", "<cancelEventDefinition/>"),
            task("sorry"),
            d.end("es"),
            d.path("cancelled", "sorry", "es"),
            d.end(),
            d.path("s", "pay", "e"),
        )
    )
    house.start("p")
    house.complete("reserve", "front_desk_east")
    house.complete("order", "front_desk_east")
    assert undone == ["un_order", "un_reserve"]
    assert [each.element_id for each in house.open_tasks()] == ["sorry"]


def test_a_message_that_goes_out_through_a_topic_must_be_a_job(house, topics):
    @topics.topic("tell")
    def tell(call):
        return {"told": call.outcome}

    @tell.outside
    def _(call):
        return "yes"

    def sending(**attributes):
        through = '<messageEventDefinition camunda:type="external" camunda:topic="tell"/>'
        return files(
            d.start(),
            d.throw("send", through, **attributes),
            task("after"),
            d.end(),
            d.path("s", "send", "after", "e"),
        )

    with pytest.raises(DeploymentRefused) as refused:
        house.deploy(sending())
    assert [problem.code for problem in refused.value.problems] == ["outside_needs_async"]
    house.deploy(sending(asyncBefore_="true"))
    house.start("p")
    house.work()
    with house.database.read() as session:
        assert house.engine.form_data(session, house.task("after"))["told"] == "yes"


def test_a_signal_thrown_in_one_case_moves_the_others_that_wait(house):
    house.deploy(
        files(d.start(), task("a"), d.end("e", d.signal("DayClosed")), d.path("s", "a", "e"))
        | files(
            d.start(),
            d.catch("c", d.signal("DayClosed")),
            task("after"),
            d.end(),
            d.path("s", "c", "after", "e"),
            process_id="q",
        )
    )
    waiting_id = house.start("q", "APP-2")
    assert [each.signal_name for each in house.rows(SignalSubscription)] == ["DayClosed"]
    house.start("p", "APP-1")
    house.complete("a", "front_desk_east")
    carry_out(house.engine)
    assert [(each.instance_id, each.element_id) for each in house.open_tasks()] == [(waiting_id, "after")]
    assert house.rows(SignalSubscription) == []


def test_a_message_that_a_case_sends_reaches_whoever_waits_under_its_key(house):
    house.deploy(
        files(
            d.start(),
            d.node("sendTask", "send", messageRef="m_BankResult", extensions=d.parameters({"paid": "=5"})),
            d.end(),
            d.path("s", "send", "e"),
        )
        | files(
            d.start(),
            d.receive("wait", "BankResult"),
            task("after"),
            d.end(),
            d.path("s", "wait", "after", "e"),
            process_id="q",
        )
    )
    house.start("q", "APP-1")
    house.start("q", "APP-2")
    house.start("p", "APP-1")
    carry_out(house.engine)
    (after,) = house.open_tasks("after")
    assert after.business_key == "APP-1"
    with house.database.read() as session:
        assert house.engine.form_data(session, after)["paid"] == 5
