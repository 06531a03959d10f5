"""One XML node to one Element: attributes, extensions, event definition, multi-instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.model import Element, Kind, Mapped, MultiInstance, Parameter, TimerKind, Trigger

# What a finding about a node is: the code of a message and the facts it needs.
Finding = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Definitions:
    """What a file declares beside its processes, by id: message names, correlation keys, error codes."""

    messages: Mapping[str, str]
    correlations: Mapping[str, str]
    errors: Mapping[str, str]

    @classmethod
    def of(cls, root: etree._Element) -> Definitions:
        """Read the declarations of a file; a message's key is the camunda property ``correlationKey``."""
        messages, keys = {}, {}
        for node in dialect.children(root, "message"):
            messages[node.get("id") or ""] = node.get("name") or ""
            key = dialect.properties(node).get("correlationKey")
            if key:
                keys[node.get("id") or ""] = key
        errors = {
            node.get("id") or "": node.get("errorCode") or "" for node in dialect.children(root, "error")
        }
        return cls(messages, keys, errors)


@dataclass
class _Event:
    """The event definition of a node."""

    trigger: Trigger = Trigger.NONE
    message_name: str | None = None
    correlation: str | None = None
    link_name: str | None = None
    error_code: str | None = None
    timer_kind: TimerKind | None = None
    timer_text: str | None = None
    findings: list[Finding] = field(default_factory=list)


_TIMER_TAGS = {
    "timeDuration": TimerKind.DURATION,
    "timeDate": TimerKind.DATE,
    "timeCycle": TimerKind.CYCLE,
}

_TRIGGERS = {trigger.value: trigger for trigger in Trigger}

# Which triggers run, by kind of event; everything else is refused.
_ALLOWED: dict[Kind, frozenset[Trigger]] = {
    Kind.START: frozenset({Trigger.NONE}),
    Kind.END: frozenset({Trigger.NONE, Trigger.ERROR, Trigger.TERMINATE}),
    Kind.CATCH: frozenset({Trigger.TIMER, Trigger.MESSAGE, Trigger.LINK}),
    Kind.THROW: frozenset({Trigger.NONE, Trigger.LINK}),
    Kind.BOUNDARY: frozenset({Trigger.TIMER, Trigger.MESSAGE, Trigger.ERROR}),
}


def read_element(
    node: etree._Element, kind: Kind, process_id: str, parent_id: str | None, definitions: Definitions
) -> tuple[Element, list[Finding]]:
    """The Element of ``node`` and what is wrong with it."""
    event = _read_event(node, kind, definitions)
    findings = event.findings
    multi_instance = _multi_instance(node, findings)
    inputs = _parameters(node, "inputParameter", findings)
    outputs = _parameters(node, "outputParameter", findings)
    element = Element(
        id=node.get("id") or "",
        name=node.get("name") or "",
        kind=kind,
        process_id=process_id,
        parent_id=parent_id,
        topic=dialect.camunda(node, "topic") if kind is Kind.SERVICE_TASK else None,
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
        retry_cycle=_retry_cycle(node),
        inputs=inputs,
        outputs=outputs,
        mapped_in=_mapped(node, "in"),
        mapped_out=_mapped(node, "out"),
        multi_instance=multi_instance,
        trigger=event.trigger,
        error_code=event.error_code,
        message_name=event.message_name,
        correlation=event.correlation,
        link_name=event.link_name,
        timer_kind=event.timer_kind,
        timer_text=event.timer_text,
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") != "false",
        documentation=dialect.text_of(dialect.child(node, "documentation")) or "",
    )
    if dialect.camunda(node, "asyncAfter") == "true":
        findings.append(("async_after", {}))
    return element, findings


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


def _mapped(node: etree._Element, name: str) -> tuple[Mapped, ...]:
    """camunda:in / camunda:out; the businessKey one is the runtime's habit anyway and is left out."""
    return tuple(
        Mapped(
            target=entry.get("target"),
            source=entry.get("source"),
            expression=entry.get("sourceExpression"),
            all=entry.get("variables") == "all",
        )
        for entry in dialect.extension(node, name)
        if entry.get("businessKey") is None
    )


def _multi_instance(node: etree._Element, findings: list[Finding]) -> MultiInstance | None:
    if dialect.child(node, "standardLoopCharacteristics") is not None:
        findings.append(("standard_loop", {}))
    loop = dialect.child(node, "multiInstanceLoopCharacteristics")
    if loop is None:
        return None
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


def _definitions_in(node: etree._Element) -> Iterator[etree._Element]:
    return (
        entry
        for entry in node.iterchildren(tag=etree.Element)
        if dialect.local_name(entry).endswith("EventDefinition")
    )


def _read_event(node: etree._Element, kind: Kind, definitions: Definitions) -> _Event:
    event = _Event()
    if kind is Kind.RECEIVE_TASK:
        event.trigger = Trigger.MESSAGE
        _read_message(node, node, event, definitions)
        return event
    if kind not in _ALLOWED:
        return event
    found = list(_definitions_in(node))
    if len(found) > 1:
        event.findings.append(("several_event_definitions", {}))
        return event
    if found:
        name = _event_name(found[0])
        _read_definition(found[0], node, event, definitions)
        if _TRIGGERS.get(name) not in _ALLOWED[kind]:
            event.findings.append(("event_not_supported", {"event": name, "kind": str(kind)}))
            event.trigger = Trigger.NONE
    elif Trigger.NONE not in _ALLOWED[kind]:
        event.findings.append(("event_without_definition", {}))
    return event


def _event_name(definition: etree._Element) -> str:
    return dialect.local_name(definition).removesuffix("EventDefinition")


def _read_definition(
    node: etree._Element, owner: etree._Element, event: _Event, definitions: Definitions
) -> None:
    name = _event_name(node)
    if name == "timer":
        event.trigger = Trigger.TIMER
        for tag, timer_kind in _TIMER_TAGS.items():
            text = dialect.text_of(dialect.child(node, tag))
            if text:
                event.timer_kind, event.timer_text = timer_kind, text
        if not event.timer_text:
            event.findings.append(("timer_without_time", {}))
    elif name == "message":
        event.trigger = Trigger.MESSAGE
        _read_message(node, owner, event, definitions)
    elif name == "error":
        event.trigger = Trigger.ERROR
        reference = node.get("errorRef")
        if reference is not None:
            event.error_code = definitions.errors.get(reference) or None
            if event.error_code is None:
                event.findings.append(("error_without_code", {"error": reference}))
    elif name == "terminate":
        event.trigger = Trigger.TERMINATE
    elif name == "link":
        event.trigger = Trigger.LINK
        event.link_name = node.get("name")


def _read_message(
    node: etree._Element, owner: etree._Element, event: _Event, definitions: Definitions
) -> None:
    reference = node.get("messageRef") or ""
    event.message_name = definitions.messages.get(reference) or None
    key = dialect.properties(owner).get("correlationKey") or definitions.correlations.get(reference)
    event.correlation = f"={key.removeprefix('=')}" if key else None
    if event.message_name is None:
        event.findings.append(("message_missing", {}))
