"""The checker lists every problem of a bundle at once: element, rule, remedy, in both languages."""

import diagrams as d
import pytest

from engine.bpmn.checker import check_bundle
from engine.bpmn.model import Known
from engine.bpmn.rules import RULES
from engine.spiff import BpmnInvalid, compile_processes

KNOWN = Known(
    topics=frozenset({"note", "register"}),
    forms=frozenset({"application"}),
    decisions=frozenset({"grade"}),
    groups=frozenset({"clerk", "reviewer"}),
    processes=frozenset(),
)


def check(data, known=KNOWN):
    return check_bundle({"test.bpmn": data}, known)


def drawn(*parts):
    """A process whose start leads to a user task "a" and its end "e", and whatever else is drawn."""
    return d.bundle(d.process("p", d.start(), d.user("a"), d.end(), d.path("s", "a", "e"), *parts))


def codes(data, known=KNOWN):
    return {(each.code, each.element_id) for each in check(data, known)}


def test_a_sound_bundle_has_no_problem():
    assert check(drawn()) == []


BRANCHED = d.path("s", "a", "g")

CASES = {
    "not executable": (
        d.bundle(d.process("p", d.start(), d.end(), d.path("s", "e"), executable="false")),
        ("not_executable", None),
    ),
    "no name of the process": (
        d.bundle(d.process("p", d.start(), d.end(), d.path("s", "e"), name="")),
        ("process_name_missing", "p"),
    ),
    "no end": (d.bundle(d.process("p", d.start(), d.user("a"), d.path("s", "a"))), ("no_end", "p")),
    "no start": (d.bundle(d.process("p", d.user("a"), d.end(), d.path("a", "e"))), ("no_start", "p")),
    "two starts": (drawn(d.start("s2"), d.flow("s2", "a")), ("several_starts", "p")),
    "an orphan": (drawn(d.service("lost"), d.flow("lost", "e")), ("orphan", "lost")),
    "a dead end": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("parallel", "g"),
                d.user("a"),
                d.end(),
                d.path("s", "g", "a"),
                d.path("g", "e"),
            )
        ),
        ("dead_end", "a"),
    ),
    "a task without a name": (
        drawn(d.user("b", name=None), d.boundary("t", "a", d.timer("P1D")), d.path("t", "b", "e")),
        ("name_missing", "b"),
    ),
    "an id used twice": (drawn(d.user("a")), ("id_twice", "a")),
    "an id missing": (drawn('<userTask name="x"/>'), ("id_missing", None)),
    "two flows out of a task": (drawn(d.end("e2"), d.flow("a", "e2")), ("several_outgoing", "a")),
    "a condition on a task's flow": (
        d.bundle(
            d.process("p", d.start(), d.user("a"), d.end(), d.path("s", "a"), d.flow("a", "e", "x = 1"))
        ),
        ("condition_on_task", "a"),
    ),
    "a flow to nowhere": (drawn(d.flow("a", "nobody", flow_id="f_bad")), ("flow_end_missing", "f_bad")),
    "a flow into a subprocess": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside("sub", d.start("is"), d.user("inner"), d.end("ie"), d.path("is", "inner", "ie")),
                d.end(),
                d.path("s", "sub", "e"),
                d.flow("s", "inner", flow_id="f_cross"),
            )
        ),
        ("flow_leaves_container", "f_cross"),
    ),
    "a complex gateway": (
        drawn(d.node("complexGateway", "x"), d.boundary("t", "a", d.timer("P1D")), d.path("t", "x", "e")),
        ("element_refused", "x"),
    ),
    "an error start": (
        d.bundle(d.process("p", d.node("startEvent", "s", d.error("E1")), d.end(), d.path("s", "e"))),
        ("event_not_supported", "s"),
    ),
    "a link to nowhere": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.node("intermediateThrowEvent", "x", '<linkEventDefinition name="far"/>'),
                d.end(),
                d.path("s", "x", "e"),
            )
        ),
        ("link_without_target", "x"),
    ),
    "an event that waits for nothing": (
        d.bundle(d.process("p", d.start(), d.catch("x", ""), d.end(), d.path("s", "x", "e"))),
        ("event_without_definition", "x"),
    ),
    "a message without a name": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.catch("x", '<messageEventDefinition messageRef="m_None"/>'),
                d.end(),
                d.path("s", "x", "e"),
            )
        ),
        ("message_missing", "x"),
    ),
    "an error without a code": (
        drawn(
            d.boundary("x", "a", '<errorEventDefinition errorRef="e_none"/>'), d.end("e2"), d.flow("x", "e2")
        ),
        ("error_without_code", "x"),
    ),
    "an error boundary that does not interrupt": (
        drawn(d.boundary("x", "a", d.error("E1"), interrupting=False), d.end("e2"), d.flow("x", "e2")),
        ("error_not_interrupting", "x"),
    ),
    "a boundary on nothing": (
        drawn(d.boundary("x", "nobody", d.timer("P1D")), d.flow("x", "e")),
        ("boundary_unattached", "x"),
    ),
    "a time nobody can read": (
        drawn(d.boundary("x", "a", d.timer("8 hours")), d.flow("x", "e")),
        ("timer_not_readable", "x"),
    ),
    "a timer without a time": (
        drawn(d.boundary("x", "a", "<timerEventDefinition/>"), d.flow("x", "e")),
        ("timer_without_time", "x"),
    ),
    "a cycle that interrupts": (
        drawn(d.boundary("x", "a", d.timer("R3/PT1H", "timeCycle")), d.flow("x", "e")),
        ("timer_cycle_interrupts", "x"),
    ),
    "a business key unique in no known way": (
        d.bundle(
            d.process(
                "p",
                f"<extensionElements>{d.properties(uniqueBusinessKey='ever')}</extensionElements>",
                d.start(),
                d.end(),
                d.path("s", "e"),
            )
        ),
        ("unique_key_unknown", None),
    ),
    "a retry cycle of no sense": (
        drawn(
            d.service("x", failedJobRetryTimeCycle_="three times"),
            d.boundary("t", "a", d.timer("P1D")),
            d.path("t", "x", "e"),
        ),
        ("retry_not_readable", "x"),
    ),
    "a job priority in words": (
        drawn(
            d.service("x", jobPriority_="high"),
            d.boundary("t", "a", d.timer("P1D")),
            d.path("t", "x", "e"),
        ),
        ("job_priority_not_readable", "x"),
    ),
    "a timer start in an embedded subprocess": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.inside("x", d.node("startEvent", "xs", d.timer("P1D")), d.end("xe"), d.path("xs", "xe")),
                d.end(),
                d.path("s", "x", "e"),
            )
        ),
        ("subprocess_start", "xs"),
    ),
    "a call of a process that only a message starts": (
        d.bundle(
            d.process("p", d.start(), d.call("x", "q"), d.end(), d.path("s", "x", "e")),
            d.process(
                "q",
                d.node("startEvent", "qs", d.message("BankResult")),
                d.end("qe"),
                d.path("qs", "qe"),
            ),
        ),
        ("called_without_start", "x"),
    ),
    "a cron line that no cycle means": (
        d.bundle(
            d.process(
                "p",
                d.node("startEvent", "s", d.timer("0 0 9 ? * MON-FRI", "timeCycle")),
                d.end(),
                d.path("s", "e"),
            )
        ),
        ("timer_not_readable", "s"),
    ),
    "a multi-instance over nothing": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.user("a", "<multiInstanceLoopCharacteristics/>"),
                d.end(),
                d.path("s", "a", "e"),
            )
        ),
        ("multi_instance_nothing", "a"),
    ),
    "half an output": (
        d.bundle(
            d.process("p", d.start(), d.user("a", d.repeated(made="votes")), d.end(), d.path("s", "a", "e"))
        ),
        ("multi_instance_output", "a"),
    ),
    "a Java class": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.node("serviceTask", "a", class_="x.Y", topic_="note"),
                d.end(),
                d.path("s", "a", "e"),
            )
        ),
        ("service_not_external", "a"),
    ),
    "no topic": (
        d.bundle(
            d.process(
                "p", d.start(), d.node("serviceTask", "a", type_="external"), d.end(), d.path("s", "a", "e")
            )
        ),
        ("topic_missing", "a"),
    ),
    "an unknown topic": (
        d.bundle(d.process("p", d.start(), d.service("a", topic="nobody"), d.end(), d.path("s", "a", "e"))),
        ("topic_unknown", "a"),
    ),
    "an unknown form": (
        d.bundle(d.process("p", d.start(), d.user("a", formRef_="none"), d.end(), d.path("s", "a", "e"))),
        ("form_unknown", "a"),
    ),
    "an unknown decision": (
        d.bundle(d.process("p", d.start(), d.rule("a", decision="none"), d.end(), d.path("s", "a", "e"))),
        ("decision_unknown", "a"),
    ),
    "an unknown group": (
        d.bundle(
            d.process(
                "p", d.start(), d.user("a", candidateGroups_="clerk, ghost"), d.end(), d.path("s", "a", "e")
            )
        ),
        ("group_unknown", "a"),
    ),
    "a task for nobody": (
        d.bundle(
            d.process("p", d.start(), d.user("a", candidateGroups_=None), d.end(), d.path("s", "a", "e"))
        ),
        ("user_task_for_nobody", "a"),
    ),
    "a call of nobody": (
        d.bundle(d.process("p", d.start(), d.call("a", "none"), d.end(), d.path("s", "a", "e"))),
        ("called_unknown", "a"),
    ),
    "a call of itself": (
        d.bundle(d.process("p", d.start(), d.call("a", "p"), d.end(), d.path("s", "a", "e"))),
        ("calls_itself", "a"),
    ),
    "half a mapping": (
        d.bundle(
            d.process(
                "p", d.start(), d.call("a", "q", '<camunda:in target="x"/>'), d.end(), d.path("s", "a", "e")
            ),
            d.process("q", d.start("qs"), d.end("qe"), d.path("qs", "qe")),
        ),
        ("mapping_incomplete", "a"),
    ),
    "a script in a parameter": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.service(
                    "a",
                    extensions='<camunda:inputOutput><camunda:inputParameter name="x">'
                    "<camunda:script>1</camunda:script>"
                    "</camunda:inputParameter></camunda:inputOutput>",
                ),
                d.end(),
                d.path("s", "a", "e"),
            )
        ),
        ("parameter_not_text", "a"),
    ),
    "an assignee nobody can evaluate": (
        d.bundle(
            d.process(
                "p", d.start(), d.user("a", assignee_="${bean.find(x)}"), d.end(), d.path("s", "a", "e")
            )
        ),
        ("expression_invalid", "a"),
    ),
    "no process": (d.bundle(), ("no_process", None)),
    "a process without an id": (
        d.bundle('<process name="x" isExecutable="true"/>'),
        ("process_id_missing", None),
    ),
    "two definitions in one event": (
        d.bundle(
            d.process("p", d.start(), d.catch("x", d.timer("P1D") * 2), d.end(), d.path("s", "x", "e")),
        ),
        ("several_event_definitions", "x"),
    ),
    "a rule task without a decision": (
        d.bundle(d.process("p", d.start(), d.rule("a", decision=""), d.end(), d.path("s", "a", "e"))),
        ("decision_missing", "a"),
    ),
    "a call without a process": (
        d.bundle(d.process("p", d.start(), d.node("callActivity", "a"), d.end(), d.path("s", "a", "e"))),
        ("called_missing", "a"),
    ),
    "a parameter without a name": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.service("a", extensions=d.parameters({"": "=1"})),
                d.end(),
                d.path("s", "a", "e"),
            )
        ),
        ("parameter_name_missing", "a"),
    ),
    "a flow out of an end": (drawn(d.flow("e", "a")), ("ends_flow_out", "e")),
    "a flow into a start": (drawn(d.flow("a", "s")), ("start_flow_in", "s")),
    "a flow into a boundary": (
        drawn(d.boundary("x", "a", d.timer("P1D")), d.flow("x", "e"), d.flow("a", "x")),
        ("boundary_flow_in", "x"),
    ),
    "a condition after a parallel gateway": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("parallel", "g"),
                d.end(),
                d.end("e2"),
                d.path("s", "g", "e"),
                d.flow("g", "e2", "x = 1"),
            )
        ),
        ("parallel_condition", "g"),
    ),
    "two subprocesses of one id in two processes": (
        d.bundle(
            *(
                d.process(
                    name,
                    d.start(f"{name}s"),
                    d.inside("x", d.start("xs"), d.end("xe"), d.path("xs", "xe")),
                    d.end(f"{name}e"),
                    d.path(f"{name}s", "x", f"{name}e"),
                )
                for name in ("p", "q")
            )
        ),
        ("id_twice", "x"),
    ),
    "an event gateway before a task": (
        d.bundle(
            d.process(
                "p", d.start(), d.gateway("eventBased", "g"), d.user("a"), d.end(), d.path("s", "g", "a", "e")
            )
        ),
        ("event_gateway_target", "g"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_finds(case):
    data, expected = CASES[case]
    assert expected in codes(data)


def question(*flows, default="f_no"):
    return d.bundle(
        d.process(
            "p",
            d.start(),
            d.user("a"),
            d.gateway("exclusive", "g", default=default),
            d.end("yes"),
            d.end("no"),
            d.path("s", "a", "g"),
            *flows,
        )
    )


NO = d.flow("g", "no", flow_id="f_no")


def test_a_question_needs_a_default_and_conditions_that_parse():
    assert codes(question(d.flow("g", "yes", "x > 1"), NO)) == set()
    assert codes(question(d.flow("g", "yes", "x > 1"), NO, default=None)) == {
        ("default_missing", "g"),
        ("condition_missing", "g"),
    }
    assert codes(question(d.flow("g", "yes"), NO)) == {("condition_missing", "g")}
    assert codes(question(d.flow("g", "yes", "x >"), NO)) == {("expression_invalid", "f_g_yes")}
    assert codes(question(d.flow("g", "yes", "x > 1"), d.flow("g", "no", "x = 0", flow_id="f_no"))) == {
        ("condition_on_default", "g")
    }


@pytest.mark.parametrize(
    ("drawn_as", "good"),
    [
        ("${amount >= 1000}", True),
        ("${approved}", True),
        ("${!approved}", True),
        ("${status == 'new'}", True),
        ("${a &gt; b}", False),
        ("${bean.method()}", False),
        ("${a == 1 && b == 2}", True),
        ("#{not empty notes or vip}", True),
        ("__import__('os').system('id')", False),
    ],
)
def test_plain_conditions_of_camunda_are_translated_and_others_refused(drawn_as, good):
    found = codes(question(d.flow("g", "yes", drawn_as), NO))
    assert found == (set() if good else {("expression_invalid", "f_g_yes")})


def test_conditions_in_other_languages_are_refused():
    flow = (
        '<sequenceFlow id="f_js" sourceRef="g" targetRef="yes">'
        '<conditionExpression language="javascript">x</conditionExpression></sequenceFlow>'
    )
    assert ("condition_language", "f_js") in codes(question(flow, NO))


def test_a_condition_must_not_read_what_nobody_writes():
    data = d.bundle(
        d.process(
            "p",
            d.start(),
            d.user("a", formRef_="application"),
            d.gateway("exclusive", "g", default="f_no"),
            d.end("yes"),
            d.end("no"),
            d.path("s", "a", "g"),
            d.flow("g", "yes", "amuont > 1"),
            NO,
        )
    )
    fields = {"start:p": frozenset({"application_no"}), "form:application": frozenset({"amount"})}
    knowing = Known(KNOWN.topics, KNOWN.forms, KNOWN.decisions, KNOWN.groups, KNOWN.processes, fields)
    found = check(data, knowing)
    assert [(each.code, each.element_id) for each in found] == [("condition_reads_unwritten", "f_g_yes")]
    assert "amuont" in found[0].en
    assert check(data.replace(b"amuont", b"amount"), knowing) == []
    assert check(data, KNOWN) == [], "where a writer is unknown nothing is said"


def test_all_problems_are_listed_at_once_with_file_and_remedy_in_both_languages():
    data = d.bundle(
        d.process(
            "p",
            d.start(),
            d.service("a", topic="nobody", name=None),
            d.user("b", formRef_="none"),
            d.path("s", "a", "b"),
        )
    )
    found = check(data)
    assert {each.code for each in found} == {
        "topic_unknown",
        "name_missing",
        "form_unknown",
        "no_end",
        "dead_end",
    }
    wrong = next(each for each in found if each.code == "form_unknown")
    assert wrong.text("en").startswith("test.bpmn: b 名 b: there is no form none; ")
    assert wrong.text("zh").startswith("test.bpmn: b 名 b: 没有表单 none。")


def test_a_diagram_without_a_drawing_is_a_warning_and_compiles():
    data = drawn().replace(b"<bpmndi:BPMNDiagram/>", b"")
    assert [(each.code, each.warning) for each in check(data)] == [("no_diagram", True)]
    assert "p" in compile_processes({"test.bpmn": data})


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><definitions>&b;</definitions>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><definitions>&a;</definitions>'


@pytest.mark.parametrize("data", [BOMB, OUTSIDE, b"", b"not xml", b"<a><b></a>", b"\x00\x01", b"<html/>"])
def test_hostile_or_foreign_files_are_refused_and_the_others_still_checked(data):
    found = check_bundle({"bad.bpmn": data, "ok.bpmn": drawn(d.service("lost"), d.flow("lost", "e"))}, KNOWN)
    assert {each.code for each in found if each.file == "bad.bpmn"} <= {"xml_refused", "not_bpmn"}
    assert {each.code for each in found if each.file == "ok.bpmn"} == {"orphan"}
    with pytest.raises(BpmnInvalid):
        compile_processes({"bad.bpmn": data})


def test_a_process_may_not_be_in_two_files():
    found = check_bundle({"one.bpmn": drawn(), "two.bpmn": drawn()}, KNOWN)
    assert [(each.file, each.code) for each in found] == [("two.bpmn", "process_twice")]


def test_compiling_refuses_with_every_problem():
    with pytest.raises(BpmnInvalid) as refused:
        compile_processes({"test.bpmn": drawn(d.service("lost"), d.node("complexGateway", "x"))})
    assert {"orphan", "dead_end", "element_refused"} <= {each.code for each in refused.value.problems}
    assert "lost" in refused.value.text("zh")


def test_every_rule_names_a_remedy_in_both_languages():
    for code, (zh, en) in RULES.items():
        assert "。" in zh, code
        assert ";" in en, code
        assert any("\u4e00" <= sign <= "\u9fff" for sign in zh), code
