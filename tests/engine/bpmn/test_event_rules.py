"""What the checker says of events inside a case: each refusal names the element, the rule and the remedy."""

import diagrams as d
import pytest

from engine.bpmn.checker import check_bundle
from engine.bpmn.model import Known

KNOWN = Known(topics=frozenset({"note"}), groups=frozenset({"clerk"}))
CANCEL = "<cancelEventDefinition/>"


def found(data):
    return {(each.code, each.element_id) for each in check_bundle({"test.bpmn": data}, KNOWN)}


def drawn(*parts, task=None):
    """A start, a user task "a" (or another) and an end, and whatever else is drawn."""
    return d.bundle(d.process("p", d.start(), task or d.user("a"), d.end(), d.path("s", "a", "e"), *parts))


def on_the_way(event):
    return d.bundle(d.process("p", d.start(), event, d.end(), d.path("s", "x", "e")))


def event_subprocess(*starts, more="", **attributes):
    first = "".join(starts)
    return d.node("subProcess", "x", first, d.end("xe"), more, triggeredByEvent="true", **attributes)


def script(language, text="1 + 1"):
    return d.node("scriptTask", "a", f"<script>{text}</script>" if text else "", scriptFormat=language)


def inside_a_transaction(*parts):
    return d.node("transaction", "a", d.start("ts"), d.end("te"), *parts)


BOTH = d.looped("true") + d.repeated()
HANDLER = d.user("h", isForCompensation="true")
UNDONE = HANDLER + d.undoes("h", "a")
ON_TIME = event_subprocess(d.node("startEvent", "xs", d.timer("P1D")), more=d.path("xs", "xe"))
CASES = {
    "an event subprocess that nothing sets going": (
        drawn(event_subprocess(d.start("xs"), more=d.path("xs", "xe"))),
        ("event_subprocess_start", "xs"),
    ),
    "an event subprocess in the flow": (
        drawn(ON_TIME, d.end("e2"), d.flow("x", "e2")),
        ("event_subprocess_flow", "x"),
    ),
    "an event subprocess that repeats": (
        drawn(ON_TIME.replace("<startEvent", d.repeated() + "<startEvent", 1)),
        ("event_subprocess_attached", "x"),
    ),
    "an event subprocess with two starts": (
        drawn(ON_TIME.replace("<endEvent", d.node("startEvent", "xs2", d.timer("P2D")) + "<endEvent", 1)),
        ("several_starts", "x"),
    ),
    "an error that does not interrupt": (
        drawn(d.on_event("x", d.error("E1"), interrupting=False)),
        ("error_not_interrupting", "xs"),
    ),
    "a cycle that interrupts": (
        drawn(d.on_event("x", d.timer("R3/PT1H", "timeCycle"))),
        ("timer_cycle_interrupts", "xs"),
    ),
    "compensation as a start": (drawn(d.on_event("x", d.undo())), ("event_not_supported", "xs")),
    "a signal without a name": (on_the_way(d.catch("x", d.signal("Nobody"))), ("signal_missing", "x")),
    "an escalation without a code": (
        on_the_way(d.throw("x", d.escalation())),
        ("escalation_without_code", "x"),
    ),
    "an escalation that is not declared": (
        drawn(d.boundary("x", "a", d.escalation("Z")), d.flow("x", "e")),
        ("escalation_without_code", "x"),
    ),
    "a condition that is missing": (
        on_the_way(d.catch("x", "<conditionalEventDefinition/>")),
        ("condition_event_missing", "x"),
    ),
    "a condition that is no FEEL": (on_the_way(d.catch("x", d.when("a >"))), ("expression_invalid", "x")),
    "a condition in another language": (
        on_the_way(d.catch("x", d.when("a").replace("<condition ", '<condition language="groovy" '))),
        ("condition_language", "x"),
    ),
    "a condition with a filter": (
        on_the_way(
            d.catch("x", d.when("true").replace("Definition>", 'Definition camunda:variableName="a">', 1))
        ),
        ("word_refused", "x"),
    ),
    "a signal named by an expression": (
        on_the_way(d.catch("x", d.signal("DayClosed"))).replace(b'name="DayClosed"', b'name="${day}"'),
        ("event_name_expression", "x"),
    ),
    "a task that takes two tokens": (drawn(task=d.user("a", startQuantity="2")), ("quantity", "a")),
    "a multi-instance that throws by itself": (
        drawn(task=d.user("a", d.repeated().replace("isSequential", 'behavior="One" isSequential'))),
        ("multi_instance_behavior", "a"),
    ),
    "an event gateway that starts a process": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.node("eventBasedGateway", "x", instantiate="true"),
                d.catch("t", d.timer("P1D")),
                d.end(),
                d.path("s", "x", "t", "e"),
            )
        ),
        ("event_gateway_kind", "x"),
    ),
    "a receive task with a boundary after an event gateway": (
        d.bundle(
            d.process(
                "p",
                d.start(),
                d.gateway("eventBased", "x"),
                d.receive("r", "BankResult"),
                d.boundary("b", "r", d.timer("P1D")),
                d.end(),
                d.path("s", "x", "r", "e"),
                d.path("b", "e"),
            )
        ),
        ("event_gateway_target", "x"),
    ),
    "compensation that leads nowhere": (
        drawn(d.node("boundaryEvent", "x", d.undo(), attachedToRef="a")),
        ("compensation_handler_missing", "x"),
    ),
    "compensation drawn as a flow": (
        drawn(UNDONE, d.end("e2"), d.flow("undo_a", "e2")),
        ("compensation_flow", "undo_a"),
    ),
    "a compensation activity in the flow": (
        drawn(UNDONE, d.end("e2"), d.flow("h", "e2")),
        ("compensation_flow", "h"),
    ),
    "a compensation activity with a boundary": (
        drawn(UNDONE, d.boundary("b", "h", d.timer("P1D")), d.flow("b", "e")),
        ("compensation_flow", "h"),
    ),
    "a compensation activity nobody calls": (drawn(HANDLER), ("compensation_handler_alone", "h")),
    "undoing what cannot be undone": (
        d.bundle(d.process("p", d.start(), d.user("a"), d.end("e", d.undo("a")), d.path("s", "a", "e"))),
        ("compensation_target", "e"),
    ),
    "undoing what lies elsewhere": (
        drawn(UNDONE, d.inside("sub", d.start("is"), d.end("ie", d.undo("a")), d.path("is", "ie"))),
        ("compensation_target", "ie"),
    ),
    "compensation that is not waited for": (
        on_the_way(d.throw("x", '<compensateEventDefinition waitForCompletion="false"/>')),
        ("compensation_not_awaited", "x"),
    ),
    "a cancel end outside a transaction": (
        d.bundle(d.process("p", d.start(), d.end("e", CANCEL), d.path("s", "e"))),
        ("cancel_place", "e"),
    ),
    "a cancel boundary on a task": (
        drawn(d.boundary("x", "a", CANCEL), d.flow("x", "e")),
        ("cancel_place", "x"),
    ),
    "a cancelled transaction without a way out": (
        drawn(task=inside_a_transaction(d.end("tc", CANCEL), d.path("ts", "tc"))),
        ("cancel_not_caught", "tc"),
    ),
    "a script in another language": (drawn(task=script("javascript")), ("script_not_feel", "a")),
    "a script of no language": (drawn(task=script(None)), ("script_not_feel", "a")),
    "a script without text": (drawn(task=script("feel", None)), ("script_missing", "a")),
    "a script that is no FEEL": (drawn(task=script("feel", "1 +")), ("expression_invalid", "a")),
    "a loop without an end": (drawn(task=d.user("a", d.looped())), ("loop_without_end", "a")),
    "a loop of no number": (drawn(task=d.user("a", d.looped(maximum="x"))), ("loop_maximum", "a")),
    "a loop whose condition is no FEEL": (
        drawn(task=d.user("a", d.looped("x >"))),
        ("expression_invalid", "a"),
    ),
    "a loop and a multi-instance": (drawn(task=d.user("a", BOTH)), ("loop_and_multi_instance", "a")),
    "a message nobody named": (
        on_the_way(d.node("sendTask", "x", messageRef="m_None")),
        ("message_missing", "x"),
    ),
    "a topic nobody serves": (
        on_the_way(d.throw("x", '<messageEventDefinition camunda:topic="nobody"/>')),
        ("topic_unknown", "x"),
    ),
    "an ad-hoc subprocess": (
        on_the_way(d.node("adHocSubProcess", "x", d.user("inner"))),
        ("element_refused", "x"),
    ),
    "a complex gateway": (on_the_way(d.gateway("complex", "x")), ("element_refused", "x")),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_found(case):
    data, expected = CASES[case]
    assert expected in found(data)


def test_what_is_drawn_well_has_no_problem():
    assert found(drawn(UNDONE, ON_TIME)) == set()


@pytest.mark.parametrize("tag", ["complexGateway", "adHocSubProcess", "callChoreography"])
def test_what_stays_refused_says_what_to_draw_instead(tag):
    (refused,) = (
        each
        for each in check_bundle({"test.bpmn": on_the_way(d.node(tag, "x"))}, KNOWN)
        if each.code == "element_refused"
    )
    assert refused.text("en").startswith(f"test.bpmn: x 名 x: {tag} is not run here; draw ")
    assert f"不支持 {tag}。请" in refused.text("zh")


def test_a_conditional_event_must_not_wait_for_what_nobody_writes():
    known = Known(groups=frozenset({"clerk"}), writes={"start:p": frozenset({"amount"})})
    problems = check_bundle({"test.bpmn": on_the_way(d.catch("x", d.when("amuont > 1")))}, known)
    assert [(each.code, each.element_id) for each in problems] == [("condition_reads_unwritten", "x")]
