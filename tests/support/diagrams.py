"""Drawing small BPMN diagrams in a line or two of Python."""

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="cheliu">'
)


def bundle(
    *parts,
    messages=("CustomerWithdrew", "MaterialsSupplied", "BankResult"),
    errors=("E1", "E2"),
    signals=("RateChanged", "DayClosed"),
    escalations=("X", "Y"),
):
    """A .bpmn file as bytes; ids: m_<message>, e_<error code>, s_<signal>, x_<escalation code>."""
    declared = "".join(f'<message id="m_{name}" name="{name}"/>' for name in messages)
    declared += "".join(f'<error id="e_{code}" name="{code}" errorCode="{code}"/>' for code in errors)
    declared += "".join(f'<signal id="s_{name}" name="{name}"/>' for name in signals)
    declared += "".join(
        f'<escalation id="x_{code}" name="{code}" escalationCode="{code}"/>' for code in escalations
    )
    return f"{HEAD}{declared}{''.join(parts)}<bpmndi:BPMNDiagram/></definitions>".encode()


def process(process_id, *parts, executable="true", name="流程"):
    return f'<process id="{process_id}" name="{name}" isExecutable="{executable}">{"".join(parts)}</process>'


def node(tag, node_id, *parts, extensions="", **attributes):
    """Any element; attributes with an underscore at the end are camunda: ones (topic_="x")."""
    named = {"name": f"名 {node_id}", **attributes}
    written = "".join(
        f" {'camunda:' + key[:-1] if key.endswith('_') else key}={quoteattr(str(value))}"
        for key, value in named.items()
        if value is not None
    )
    inside = f"<extensionElements>{extensions}</extensionElements>" if extensions else ""
    return f'<{tag} id="{node_id}"{written}>{inside}{"".join(parts)}</{tag}>'


def start(node_id="s"):
    return node("startEvent", node_id)


def end(node_id="e", *parts):
    return node("endEvent", node_id, *parts)


def error_end(node_id, code):
    return end(node_id, f'<errorEventDefinition errorRef="e_{code}"/>')


def terminate_end(node_id):
    return end(node_id, "<terminateEventDefinition/>")


def user(node_id, *parts, **attributes):
    return node("userTask", node_id, *parts, **{"candidateGroups_": "clerk", **attributes})


def service(node_id, *parts, topic="note", **attributes):
    return node("serviceTask", node_id, *parts, type_="external", topic_=topic, **attributes)


def rule(node_id, decision="grade", **attributes):
    return node("businessRuleTask", node_id, decisionRef_=decision, **attributes)


def call(node_id, called, *mappings, parts=()):
    return node("callActivity", node_id, *parts, calledElement=called, extensions="".join(mappings))


def passes(**mapping):
    """camunda:in of target=source; a source that begins with = is an expression; all=True passes everything."""
    return _mapped("in", mapping)


def returns(**mapping):
    """camunda:out of target=source."""
    return _mapped("out", mapping)


def _mapped(tag, mapping):
    if mapping.pop("all", False):
        return f'<camunda:{tag} variables="all"/>'
    return "".join(
        f"<camunda:{tag} sourceExpression={quoteattr(source[1:])} target={quoteattr(target)}/>"
        if source.startswith("=")
        else f"<camunda:{tag} source={quoteattr(source)} target={quoteattr(target)}/>"
        for target, source in mapping.items()
    )


def parameters(inputs=None, outputs=None):
    """camunda:inputOutput."""
    written = "".join(
        f'<camunda:{tag} name="{name}">{escape(text)}</camunda:{tag}>'
        for tag, entries in (("inputParameter", inputs or {}), ("outputParameter", outputs or {}))
        for name, text in entries.items()
    )
    return f"<camunda:inputOutput>{written}</camunda:inputOutput>"


def properties(**entries):
    written = "".join(
        f'<camunda:property name="{name}" value={quoteattr(value)}/>' for name, value in entries.items()
    )
    return f"<camunda:properties>{written}</camunda:properties>"


def inside(node_id, *parts, extra=()):
    """An embedded subprocess."""
    return node("subProcess", node_id, *extra, *parts)


def gateway(kind, node_id, default=None):
    return node(f"{kind}Gateway", node_id, default=default)


def timer(text, kind="timeDuration"):
    return f'<timerEventDefinition><{kind} xsi:type="tFormalExpression">{escape(text)}</{kind}></timerEventDefinition>'


def message(name):
    return f'<messageEventDefinition messageRef="m_{name}"/>'


def error(code=None):
    return f'<errorEventDefinition errorRef="e_{code}"/>' if code else "<errorEventDefinition/>"


def signal(name):
    return f'<signalEventDefinition signalRef="s_{name}"/>'


def escalation(code=None):
    return (
        f'<escalationEventDefinition escalationRef="x_{code}"/>' if code else "<escalationEventDefinition/>"
    )


def when(condition):
    """A conditional event's definition."""
    inner = f'<condition xsi:type="tFormalExpression">{escape(condition)}</condition>'
    return f"<conditionalEventDefinition>{inner}</conditionalEventDefinition>"


def undo(activity=None):
    """A compensation's definition: of one activity, or of all."""
    return (
        f'<compensateEventDefinition activityRef="{activity}"/>'
        if activity
        else "<compensateEventDefinition/>"
    )


def undoes(handler, activity):
    """A compensation boundary on the activity, associated with the handler."""
    event = node("boundaryEvent", f"undo_{activity}", undo(), attachedToRef=activity)
    return f'{event}<association id="a_{activity}" sourceRef="undo_{activity}" targetRef="{handler}"/>'


def throw(node_id, definition, **attributes):
    return node("intermediateThrowEvent", node_id, definition, **attributes)


def on_event(node_id, definition, *ids, parts=(), interrupting=True):
    """An event subprocess: its start <node_id>s, the steps of ``parts`` along ``ids``, its end <node_id>e."""
    stops = "true" if interrupting else "false"
    first = node("startEvent", f"{node_id}s", definition, isInterrupting=stops)
    inner = (first, *parts, end(f"{node_id}e"), path(f"{node_id}s", *ids, f"{node_id}e"))
    return node("subProcess", node_id, *inner, triggeredByEvent="true")


def looped(condition=None, *, maximum=None, before=False):
    """standardLoopCharacteristics."""
    inner = f"<loopCondition>{escape(condition)}</loopCondition>" if condition else ""
    most = f' loopMaximum="{maximum}"' if maximum is not None else ""
    asked = f'testBefore="{str(before).lower()}"'
    return f"<standardLoopCharacteristics {asked}{most}>{inner}</standardLoopCharacteristics>"


def boundary(node_id, host, definition, *, interrupting=True):
    stops = "true" if interrupting else "false"
    return node("boundaryEvent", node_id, definition, attachedToRef=host, cancelActivity=stops)


def catch(node_id, definition):
    return node("intermediateCatchEvent", node_id, definition)


def receive(node_id, name):
    return node("receiveTask", node_id, messageRef=f"m_{name}")


def repeated(collection="members", item="member", *, sequential=False, until=None, made=None, collected=None):
    """multiInstanceLoopCharacteristics with the output drawn in the standard's own elements."""
    inner = f"<loopDataOutputRef>{made}</loopDataOutputRef>" if made else ""
    inner += f'<outputDataItem id="item_{collected}" name="{collected}"/>' if collected else ""
    inner += f"<completionCondition>{escape(until)}</completionCondition>" if until else ""
    how = str(sequential).lower()
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{how}" camunda:collection="{collection}" '
        f'camunda:elementVariable="{item}">{inner}</multiInstanceLoopCharacteristics>'
    )


def flow(source, target, condition=None, flow_id=None):
    inner = (
        f'<conditionExpression xsi:type="tFormalExpression">{escape(condition)}</conditionExpression>'
        if condition
        else ""
    )
    flow_id = flow_id or f"f_{source}_{target}"
    return f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'


def path(*ids):
    """Flows along the ids, each to the next."""
    return "".join(flow(source, target) for source, target in pairwise(ids))
