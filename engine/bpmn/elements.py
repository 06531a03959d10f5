"""One XML node to one Element: attributes, extensions, event definition, multi-instance."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.events import Definitions, Event, Finding, read_event, read_mappings
from engine.bpmn.model import Element, Kind, MultiInstance, Parameter, StandardLoop


def read_element(
    node: etree._Element,
    kind: Kind,
    process_id: str,
    parent_id: str | None,
    definitions: Definitions,
    *,
    in_event: bool = False,
) -> tuple[Element, list[Finding]]:
    """The Element of ``node`` and what is wrong with it; ``in_event``: an event subprocess holds it."""
    event = read_event(node, kind, definitions, in_event=in_event)
    findings = event.findings
    multi_instance = _multi_instance(node, findings)
    inputs = _parameters(node, "inputParameter", findings)
    outputs = _parameters(node, "outputParameter", findings)
    for attribute in ("startQuantity", "completionQuantity"):
        if node.get(attribute, "1") != "1":
            findings.append(("quantity", {"attribute": attribute}))
    element = Element(
        id=node.get("id") or "",
        name=node.get("name") or "",
        kind=kind,
        process_id=process_id,
        parent_id=parent_id,
        topic=dialect.camunda(node, "topic") if kind in (Kind.SERVICE_TASK, Kind.SEND_TASK) else None,
        form_key=dialect.camunda(node, "formRef") or dialect.camunda(node, "formKey"),
        decision_ref=dialect.camunda(node, "decisionRef"),
        result_variable=dialect.camunda(node, "resultVariable"),
        map_decision_result=dialect.camunda(node, "mapDecisionResult"),
        called_process=node.get("calledElement") if kind is Kind.CALL_ACTIVITY else None,
        candidate_groups=dialect.camunda_list(node, "candidateGroups"),
        candidate_users=dialect.camunda_list(node, "candidateUsers"),
        assignee=dialect.camunda(node, "assignee"),
        due_date=dialect.camunda(node, "dueDate"),
        follow_up_date=dialect.camunda(node, "followUpDate"),
        priority=dialect.camunda(node, "priority") or dialect.camunda(node, "taskPriority"),
        properties=dialect.properties(node),
        async_before=dialect.camunda(node, "asyncBefore") == "true",
        async_after=dialect.camunda(node, "asyncAfter") == "true",
        exclusive=dialect.camunda(node, "exclusive") != "false",
        job_priority=dialect.camunda(node, "jobPriority"),
        retry_cycle=_retry_cycle(node),
        inputs=inputs,
        outputs=outputs,
        mapped_in=read_mappings(node, "in"),
        mapped_out=read_mappings(node, "out"),
        multi_instance=multi_instance,
        loop=_standard_loop(node, findings),
        for_compensation=node.get("isForCompensation") == "true",
        script=_script(node, findings) if kind is Kind.SCRIPT_TASK else None,
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("isInterrupting" if kind is Kind.START else "cancelActivity", "true")
        != "false",
        documentation=dialect.text_of(dialect.child(node, "documentation")) or "",
    )
    return _with_event(element, event), findings


def _with_event(element: Element, event: Event) -> Element:
    """The element with what its event definition says."""
    return replace(
        element,
        topic=element.topic or event.topic,
        mapped_in=element.mapped_in + event.mapped_in,
        trigger=event.trigger,
        error_code=event.error_code,
        message_name=event.message_name,
        correlation=event.correlation,
        link_name=event.link_name,
        signal_name=event.signal_name,
        escalation_code=event.escalation_code,
        code_variable=event.code_variable,
        message_variable=event.message_variable,
        condition=event.condition,
        compensates=event.compensates,
        timer_kind=event.timer_kind,
        timer_text=event.timer_text,
    )


def _retry_cycle(node: etree._Element) -> str | None:
    attribute = dialect.camunda(node, "failedJobRetryTimeCycle")
    if attribute:
        return attribute
    return next(
        (dialect.text_of(entry) for entry in dialect.extension(node, "failedJobRetryTimeCycle")), None
    )


def _parameters(node: etree._Element, name: str, findings: list[Finding]) -> tuple[Parameter, ...]:
    found = []
    for entry in dialect.extension(node, "inputOutput", name):
        if len(entry):
            findings.append(("parameter_not_text", {"parameter": entry.get("name") or ""}))
            continue
        found.append(Parameter(entry.get("name") or "", (entry.text or "").strip()))
    return tuple(found)


def _multi_instance(node: etree._Element, findings: list[Finding]) -> MultiInstance | None:
    loop = dialect.child(node, "multiInstanceLoopCharacteristics")
    if loop is None:
        return None
    if loop.get("behavior", "All") != "All":
        findings.append(("multi_instance_behavior", {"behavior": loop.get("behavior")}))
    named = {**dialect.properties(node), **dialect.properties(loop)}
    output_item = dialect.child(loop, "outputDataItem")
    input_item = dialect.child(loop, "inputDataItem")
    return MultiInstance(
        sequential=loop.get("isSequential") == "true",
        collection=dialect.camunda(loop, "collection")
        or dialect.text_of(dialect.child(loop, "loopDataInputRef")),
        element_variable=dialect.camunda(loop, "elementVariable") or _item_name(input_item),
        cardinality=dialect.text_of(dialect.child(loop, "loopCardinality")),
        completion_condition=dialect.text_of(dialect.child(loop, "completionCondition")),
        output_collection=named.get("outputCollection")
        or dialect.text_of(dialect.child(loop, "loopDataOutputRef")),
        output_element=named.get("outputElement") or _item_name(output_item),
    )


def _item_name(node: etree._Element | None) -> str | None:
    return None if node is None else node.get("name") or node.get("id")


def _standard_loop(node: etree._Element, findings: list[Finding]) -> StandardLoop | None:
    loop = dialect.child(node, "standardLoopCharacteristics")
    if loop is None:
        return None
    condition = dialect.text_of(dialect.child(loop, "loopCondition"))
    maximum = loop.get("loopMaximum") or None
    if maximum is not None and not (maximum.isdecimal() and int(maximum)):
        findings.append(("loop_maximum", {"text": maximum}))
        maximum = None
    elif maximum is None and condition is None:
        findings.append(("loop_without_end", {}))
    return StandardLoop(loop.get("testBefore") == "true", int(maximum) if maximum else None, condition)


def _script(node: etree._Element, findings: list[Finding]) -> str | None:
    """The FEEL of a script task; any other language could run code on the server and is refused."""
    language = node.get("scriptFormat") or ""
    text = dialect.text_of(dialect.child(node, "script"))
    if "feel" not in language.lower():
        findings.append(("script_not_feel", {"language": language or "?"}))
        return None
    if text is None:
        findings.append(("script_missing", {}))
    return text
