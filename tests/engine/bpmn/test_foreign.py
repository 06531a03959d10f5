"""Files in the manner of other tools: what is translated, ignored and refused, and where a walk through them ends."""

from pathlib import Path

import diagrams as d
import pytest

from engine.bpmn import texts
from engine.bpmn.checker import check_bundle
from engine.bpmn.model import Known, Mapped, Parameter
from engine.bpmn.reader import read_bundle
from engine.bpmn.sketch import read_sketch
from engine.bpmn.walk import walk
from engine.spiff import BpmnInvalid, compile_processes

SAMPLES = Path(__file__).parent / "foreign"
KNOWN = Known(
    topics=frozenset({"record-review"}),
    groups=frozenset({"reviewer_l1", "finance_maker", "branch_manager"}),
)

# By file: what is refused among other things, all that is noted, how the walk through each process ends.
EXPECTED = {
    "activiti.bpmn": (set(), {"translated_word", "translated_words"}, ["done", "done"]),
    "adonis.bpmn": ({("called_unknown", "_obj.3"), ("not_executable", None)}, set(), ["done"]),
    "bizagi.bpmn": (
        {("condition_missing", "Id_4"), ("name_missing", "Id_2")},
        {"ignored_vocabulary"},
        ["done"],
    ),
    "bonita.bpmn": ({("condition_language", "b_3")}, set(), ["done"]),
    "camunda7.bpmn": (
        {
            ("word_refused", "Activity_1"),
            ("word_refused", "Activity_2"),
            ("service_not_external", "Activity_2"),
        },
        {"translated_expression"},
        ["done"],
    ),
    "camunda8.bpmn": ({("word_refused", "Activity_Pay")}, {"translated_words"}, ["done"]),
    "choreography.bpmn": ({("no_process", None)}, set(), ["done"]),
    "conversation.bpmn": ({("no_process", None)}, set(), []),
    "draft.bpmn": (set(), {"translated_namespace"}, ["done"]),
    "draw_io.bpmn": ({("other_format", None)}, set(), []),
    "enterprise_architect.bpmn": (set(), {"ignored_declarations"}, ["done"]),
    "flowable.bpmn20.xml": (
        {("word_refused", "start"), ("word_refused", "approve"), ("service_not_external", "mail")},
        {"translated_expression", "translated_word", "translated_words"},
        ["done"],
    ),
    "ibm.bpmn": ({("user_task_for_nobody", "_6-3")}, {"ignored_word", "translated_reference"}, ["done"]),
    "jbpm.bpmn2": (
        {("word_refused", "_U"), ("condition_language", "_f4")},
        {"ignored_declarations", "ignored_vocabulary", "translated_word"},
        ["done"],
    ),
    "magicdraw.bpmn": ({("element_refused", "_18_0_3"), ("no_start", "_18_0_2")}, set(), ["done"]),
    "operaton.bpmn": (set(), {"translated_expression", "translated_words"}, ["done"]),
    "oracle.bpmn": (
        {("condition_language", "FL3"), ("data_assignment", "ACT1")},
        {"ignored_declarations", "ignored_vocabulary"},
        ["done"],
    ),
    "signavio.bpmn": (
        {("condition_missing", "sid-g"), ("not_executable", None)},
        {"ignored_vocabulary"},
        ["done"],
    ),
    "trisotech.bpmn": (
        {("element_refused", "cg"), ("timer_without_time", "ce2")},
        {"ignored_vocabulary"},
        ["done"] * 2,
    ),
    "visual_paradigm.bpmn": ({("id_missing", None), ("id_twice", ".x1")}, set(), ["too_long"]),
    "yaoqiang.bpmn": (
        {("user_task_for_nobody", "_3")},
        {"ignored_vocabulary", "translated_reference"},
        ["done"],
    ),
}
RUNS = {"activiti.bpmn", "draft.bpmn", "operaton.bpmn"}


def read(name):
    files = {name: (SAMPLES / name).read_bytes()}
    bundle = read_bundle(files)
    refused = {(each.code, each.element_id) for each in check_bundle(files, KNOWN) if not each.warning}
    return bundle, refused


def test_every_sample_has_its_expectations():
    assert {path.name for path in SAMPLES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_tool_is_read_as_expected(name):
    refused, noted, ends = EXPECTED[name]
    bundle, found = read(name)
    sketch = read_sketch((SAMPLES / name).read_bytes(), name)

    assert refused <= found
    assert (found == set()) or name not in RUNS
    assert {note.code for note in (*bundle.notes, *texts.translations(bundle))} == noted
    assert [walk(place, sketch.places)[-1].what for place in sketch.places.values()] == ends


@pytest.mark.parametrize("name", sorted(RUNS))
def test_what_nothing_speaks_against_compiles(name):
    assert compile_processes({name: (SAMPLES / name).read_bytes()})


@pytest.mark.parametrize("prefix", ["operaton", "flowable", "activiti"])
def test_the_relatives_of_camunda_mean_the_same(prefix):
    space = {
        "operaton": b"http://operaton.org/schema/1.0/bpmn",
        "flowable": b"http://flowable.org/bpmn",
        "activiti": b"http://activiti.org/bpmn",
    }[prefix]
    ours = d.bundle(
        d.process(
            "p",
            d.start(),
            d.user("a", d.repeated(), dueDate_="P2D", formKey_="f", extensions=d.properties(slaHours="8")),
            d.call("b", "q", d.passes(x="y", z="=1 + 1"), d.returns(all=True)),
            d.service("c", asyncBefore_="true", extensions=d.parameters({"n": "=1"}, {"m": "=n"})),
            d.end(),
            d.path("s", "a", "b", "c", "e"),
        )
    )
    theirs = ours.replace(b"http://camunda.org/schema/1.0/bpmn", space)

    mine, other = read_bundle({"x.bpmn": ours}), read_bundle({"x.bpmn": theirs})

    assert other.problems == mine.problems == []
    assert other.processes["p"].elements == mine.processes["p"].elements
    assert mine.notes == []
    assert {note.element_id for note in other.notes} == {"a", "b", "c"}


def test_camunda_8_is_put_into_our_words():
    model = read("camunda8.bpmn")[0].processes["payment"]
    check, pay, result, call = (
        model.elements[name] for name in ("Activity_Check", "Activity_Pay", "Event_Result", "Activity_Sub")
    )

    assert (check.candidate_groups, check.due_date) == (("finance_maker",), '=now() + duration("P1D")')
    assert (pay.topic, pay.inputs, pay.outputs) == (
        "record-review",
        (Parameter("amount", "=amount * 2"),),
        (Parameter("paid", "=ok"),),
    )
    assert (result.message_name, result.correlation) == ("BankResult", "=request_id")
    assert (call.called_process, call.mapped_in, call.mapped_out) == (
        "archive",
        (Mapped(None, all=True),),
        (),
    )


def zeebe(tag, inside, *parts):
    """A process of one Camunda 8 step."""
    space = "http://camunda.org/schema/zeebe/1.0"
    step = d.node(tag, "a", *parts, extensions=inside)
    whole = d.bundle(d.process("p", d.start(), step, d.end(), d.path("s", "a", "e")))
    return read_bundle(
        {"x.bpmn": whole.replace(b" targetNamespace", f' xmlns:zeebe="{space}" targetNamespace'.encode())}
    )


@pytest.mark.parametrize(
    ("tag", "inside"),
    [
        ("serviceTask", '<zeebe:taskDefinition type="=kind"/>'),
        ("serviceTask", '<zeebe:taskDefinition type="pay" retries="=tries"/>'),
        ("serviceTask", '<zeebe:taskDefinition type="pay" retries="0"/>'),
        ("serviceTask", '<zeebe:ioMapping><zeebe:input source="=1" target="a.b"/></zeebe:ioMapping>'),
        ("serviceTask", '<zeebe:ioMapping><zeebe:input target="a"/></zeebe:ioMapping>'),
        ("callActivity", '<zeebe:calledElement processId="=which"/>'),
        ("userTask", "<zeebe:userTaskForm id='f'/>"),
        ("userTask", "<zeebe:taskListeners/>"),
    ],
)
def test_what_camunda_8_computes_or_nests_is_refused(tag, inside):
    assert ("word_refused", "a") in {(each.code, each.element_id) for each in zeebe(tag, inside).problems}


def test_camunda_8_counts_the_first_try_too():
    step = zeebe("serviceTask", '<zeebe:taskDefinition type="pay" retries="5"/>').processes["p"].elements["a"]

    assert (step.topic, step.retry_cycle) == ("pay", "R4/PT1M")


def test_camunda_8_tells_decisions_forms_loops_and_priorities():
    rule = zeebe("businessRuleTask", '<zeebe:calledDecision decisionId="grade" resultVariable="risk"/>')
    task = zeebe(
        "userTask",
        '<zeebe:formDefinition formId="application"/><zeebe:priorityDefinition priority="70"/>'
        '<zeebe:properties><zeebe:property name="slaHours" value="4"/></zeebe:properties>',
        "<multiInstanceLoopCharacteristics><extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=members" inputElement="member" outputCollection="votes"'
        ' outputElement="=ballot"/></extensionElements></multiInstanceLoopCharacteristics>',
    )
    ruled, asked = rule.processes["p"].elements["a"], task.processes["p"].elements["a"]
    loop = asked.multi_instance

    assert (ruled.decision_ref, ruled.result_variable) == ("grade", "risk")
    assert (asked.form_key, asked.priority, asked.properties) == ("application", "70", {"slaHours": "4"})
    assert (loop.collection, loop.element_variable, loop.output_collection, loop.output_element) == (
        "=members",
        "member",
        "votes",
        "ballot",
    )


@pytest.mark.parametrize(
    ("space", "attribute", "code"),
    [
        (
            "http://camunda.org/schema/1.0/bpmn",
            'x:formKey="camunda-forms:deployment:loan.form"',
            "translated_word",
        ),
        ("http://flowable.org/bpmn", 'x:skipExpression="${skip}"', "word_refused"),
        ("http://flowable.org/bpmn", 'x:unheardOf="1"', "ignored_word"),
        ("http://operaton.org/schema/1.0/bpmn", 'x:errorMessage="no"', "ignored_word"),
        ("http://example.org/vendor", 'x:anything="1"', "ignored_vocabulary"),
    ],
)
def test_single_words_of_other_tools(space, attribute, code):
    data = d.bundle(d.process("p", f'<task id="a" xmlns:x="{space}" {attribute}/>'))
    bundle = read_bundle({"x.bpmn": data})
    assert code in {each.code for each in (*bundle.problems, *bundle.notes)}


@pytest.mark.parametrize("bad", ["a b", "a'b", "a/b", "x" * 101, "a.BoundaryEventSplit"])
def test_an_id_that_no_column_or_path_can_hold_is_refused(bad):
    data = d.bundle(d.process("p", f'<task id="{bad}"/>'))
    assert ("id_unfit", bad) in {
        (each.code, each.element_id) for each in read_bundle({"x.bpmn": data}).problems
    }


@pytest.mark.parametrize(
    "names", [("Start", "Root", "End"), (".J4", "{1-2}", "中"), ("_obj.1", "sid-2", "EAID_3")]
)
def test_other_odd_ids_compile(names):
    data = d.bundle(d.process("p", d.start(names[0]), d.user(names[1]), d.end(names[2]), d.path(*names)))
    assert compile_processes({"x.bpmn": data})


@pytest.mark.parametrize(
    "language", ["groovy", "javascript", "http://www.mvel.org/2.0", "http://www.java.com/java"]
)
def test_a_condition_of_another_language_is_refused_even_if_it_looks_like_ours(language):
    flow = (
        f'<sequenceFlow id="f" sourceRef="s" targetRef="e"><conditionExpression language="{language}">'
        "${a}</conditionExpression></sequenceFlow>"
    )
    found = read_bundle({"x.bpmn": d.bundle(d.process("p", d.start(), d.end(), flow))}).problems
    assert "condition_language" in {each.code for each in found}


def test_what_nothing_can_refer_to_is_left_out():
    drawn = d.process("p", d.start(), d.end(), d.path("s", "e"))
    files = {"x.bpmn": d.bundle("<message/><signal name='x'/><error/>", drawn)}
    assert [note.code for note in read_bundle(files).notes] == ["ignored_declarations"]
    assert compile_processes(files)


def test_what_the_library_cannot_compile_is_told_and_not_raised():
    drawn = d.process("p", d.start(), d.end(), d.path("s", "e"), executable="false")
    with pytest.raises(BpmnInvalid) as refused:
        compile_processes({"x.bpmn": d.bundle(drawn)}, deployed=True)
    assert [each.code for each in refused.value.problems] == ["structure_not_read"]


def test_xpath_is_only_the_default_that_tools_copy():
    flow = (
        '<sequenceFlow id="f" sourceRef="s" targetRef="e">'
        '<conditionExpression language="http://www.w3.org/1999/XPath">${a}</conditionExpression></sequenceFlow>'
    )
    assert read_bundle({"x.bpmn": d.bundle(d.process("p", d.start(), d.end(), flow))}).problems == []


def test_a_script_of_camunda_8_is_feel_and_runs():
    script = (
        '<zeebe:script xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
        'expression="=amount + 1" resultVariable="total"/>'
    )
    drawn = d.process(
        "p",
        d.start(),
        d.node("scriptTask", "x", extensions=script),
        d.end(),
        d.path("s", "x", "e"),
    )
    (compiled,) = compile_processes({"x.bpmn": d.bundle(drawn)}).values()
    element = compiled.elements["p/x"]
    assert (element.script, element.result_variable) == ("=amount + 1", "total")
