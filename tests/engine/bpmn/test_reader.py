"""Reading the camunda dialect: every attribute a runtime needs is kept."""

import diagrams as d

from engine.bpmn.model import Kind, Mapped, Parameter, TimerKind, Trigger
from engine.bpmn.reader import read_bundle


def read(*parts):
    bundle = read_bundle({"test.bpmn": d.bundle(d.process("p", *parts))})
    assert bundle.problems == []
    return bundle.processes["p"]


def test_a_user_task_keeps_who_when_and_what():
    task = read(
        d.user(
            "a",
            name="录入申请",
            candidateGroups_="clerk, reviewer",
            candidateUsers_="ann",
            assignee_="=owner",
            dueDate_="P2D",
            followUpDate_="P1D",
            priority_="50",
            formRef_="application",
            extensions=d.properties(fourEyes="p/b", slaHours="8"),
        )
    ).elements["a"]
    assert (task.kind, task.name, task.key) == (Kind.USER_TASK, "录入申请", "p/a")
    assert task.candidate_groups == ("clerk", "reviewer")
    assert task.candidate_users == ("ann",)
    assert (task.assignee, task.due_date, task.follow_up_date, task.priority) == (
        "=owner",
        "P2D",
        "P1D",
        "50",
    )
    assert task.form_key == "application"
    assert task.properties == {"fourEyes": "p/b", "slaHours": "8"}


def test_a_service_task_keeps_topic_parameters_and_retries():
    task = read(
        d.service(
            "a",
            topic="pay",
            asyncBefore_="true",
            extensions=d.parameters({"amount": "=total", "kind": "car"}, {"paid": "=ok"})
            + "<camunda:failedJobRetryTimeCycle>R5/PT1M</camunda:failedJobRetryTimeCycle>",
        )
    ).elements["a"]
    assert (task.topic, task.async_before, task.retry_cycle) == ("pay", True, "R5/PT1M")
    assert task.inputs == (Parameter("amount", "=total"), Parameter("kind", "car"))
    assert task.outputs == (Parameter("paid", "=ok"),)


def test_a_rule_task_keeps_its_decision():
    task = read(
        d.rule("a", decision="grade", resultVariable_="risk", mapDecisionResult_="singleEntry")
    ).elements["a"]
    assert (task.decision_ref, task.result_variable, task.map_decision_result) == (
        "grade",
        "risk",
        "singleEntry",
    )


def test_a_call_keeps_its_mappings_without_the_business_key():
    task = read(
        d.call("a", "q", '<camunda:in businessKey="#{x}"/>', d.passes(b="a", c="=a + 1"), d.returns(all=True))
    ).elements["a"]
    assert task.called_process == "q"
    assert task.mapped_in == (Mapped("b", source="a"), Mapped("c", expression="a + 1"))
    assert task.mapped_out == (Mapped(None, all=True),)


def test_multi_instance_output_may_be_drawn_as_properties():
    task = read(
        d.user(
            "a",
            d.repeated(until="x = 1"),
            extensions=d.properties(outputCollection="votes", outputElement="ballot"),
        )
    ).elements["a"]
    loop = task.multi_instance
    assert (loop.collection, loop.element_variable, loop.sequential) == ("members", "member", False)
    assert (loop.output_collection, loop.output_element, loop.completion_condition) == (
        "votes",
        "ballot",
        "x = 1",
    )


def test_events_keep_what_they_wait_for():
    model = read(
        d.user("a"),
        d.boundary("t", "a", d.timer("R3/PT8H", "timeCycle"), interrupting=False),
        d.boundary("x", "a", d.error("E1")),
        d.boundary("any", "a", d.error()),
        d.receive("r", "BankResult"),
    )
    timer, failed, any_error, receives = (model.elements[name] for name in ("t", "x", "any", "r"))
    assert (timer.trigger, timer.timer_kind, timer.timer_text) == (Trigger.TIMER, TimerKind.CYCLE, "R3/PT8H")
    assert (timer.attached_to, timer.interrupting) == ("a", False)
    assert (failed.trigger, failed.error_code, any_error.error_code) == (Trigger.ERROR, "E1", None)
    assert (receives.trigger, receives.message_name) == (Trigger.MESSAGE, "BankResult")


def test_what_is_inside_a_subprocess_knows_it():
    model = read(d.inside("sub", d.start("is"), d.user("inner"), d.end("ie"), d.path("is", "inner", "ie")))
    assert model.elements["inner"].parent_id == "sub"
    assert model.elements["sub"].parent_id is None
    assert model.flows["f_is_inner"].target_id == "inner"


def test_a_process_keeps_its_own_properties():
    data = d.bundle(
        '<process id="p" name="审批" isExecutable="true" camunda:historyTimeToLive="3650" camunda:versionTag="1.2">'
        f"<extensionElements>{d.properties(title='=applicant')}</extensionElements></process>"
    )
    model = read_bundle({"test.bpmn": data}).processes["p"]
    assert (model.name, model.history_time_to_live, model.version_tag) == ("审批", "3650", "1.2")
    assert model.properties == {"title": "=applicant"}
