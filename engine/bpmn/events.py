"""What an event waits for or does: the definition of an event node, and what a file declares for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.model import Kind, Mapped, TimerKind, Trigger

# What a finding about a node is: the code of a message and the facts it needs.
Finding = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Definitions:
    """What a file declares beside its processes, by id: names of messages and signals, keys, codes."""

    messages: Mapping[str, str]
    correlations: Mapping[str, str]
    errors: Mapping[str, str]
    signals: Mapping[str, str]
    escalations: Mapping[str, str]

    @classmethod
    def of(cls, root: etree._Element) -> Definitions:
        """Read the declarations of a file; a message's key is the camunda property ``correlationKey``."""
        keys = {}
        for node in dialect.children(root, "message"):
            key = dialect.properties(node).get("correlationKey")
            if key:
                keys[node.get("id") or ""] = key
        return cls(
            messages=_declared(root, "message", "name"),
            correlations=keys,
            errors=_declared(root, "error", "errorCode"),
            signals=_declared(root, "signal", "name"),
            escalations=_declared(root, "escalation", "escalationCode"),
        )


def _declared(root: etree._Element, tag: str, attribute: str) -> dict[str, str]:
    return {node.get("id") or "": node.get(attribute) or "" for node in dialect.children(root, tag)}


@dataclass
class Event:
    """The event definition of a node."""

    trigger: Trigger = Trigger.NONE
    message_name: str | None = None
    correlation: str | None = None
    link_name: str | None = None
    error_code: str | None = None
    signal_name: str | None = None
    escalation_code: str | None = None
    code_variable: str | None = None
    message_variable: str | None = None
    condition: str | None = None
    compensates: str | None = None
    topic: str | None = None
    mapped_in: tuple[Mapped, ...] = ()
    timer_kind: TimerKind | None = None
    timer_text: str | None = None
    findings: list[Finding] = field(default_factory=list)


_TIMER_TAGS = {
    "timeDuration": TimerKind.DURATION,
    "timeDate": TimerKind.DATE,
    "timeCycle": TimerKind.CYCLE,
}

_TRIGGERS = {trigger.value: trigger for trigger in Trigger}
_WAITED_FOR = frozenset({Trigger.TIMER, Trigger.MESSAGE, Trigger.SIGNAL, Trigger.CONDITIONAL})
_THROWN = frozenset({Trigger.NONE, Trigger.MESSAGE, Trigger.SIGNAL, Trigger.ESCALATION, Trigger.COMPENSATION})
_RAISED = frozenset({Trigger.ERROR, Trigger.ESCALATION})

# Which triggers run, by kind of event; everything else is refused.
_ALLOWED: dict[Kind, frozenset[Trigger]] = {
    Kind.START: frozenset({Trigger.NONE, Trigger.TIMER, Trigger.MESSAGE, Trigger.SIGNAL}),
    Kind.END: _THROWN | {Trigger.ERROR, Trigger.TERMINATE, Trigger.CANCEL},
    Kind.CATCH: _WAITED_FOR | {Trigger.LINK},
    Kind.THROW: _THROWN | {Trigger.LINK},
    Kind.BOUNDARY: _WAITED_FOR | _RAISED | {Trigger.COMPENSATION, Trigger.CANCEL},
}
_STARTS_EVENT_SUBPROCESS = _WAITED_FOR | _RAISED
_CATCHING = frozenset({Kind.START, Kind.CATCH, Kind.BOUNDARY})


def read_event(node: etree._Element, kind: Kind, definitions: Definitions, *, in_event: bool) -> Event:
    """What ``node`` waits for or does; ``in_event``: it stands directly in an event subprocess."""
    event = Event()
    if kind in (Kind.RECEIVE_TASK, Kind.SEND_TASK):
        event.trigger = Trigger.MESSAGE
        if kind is Kind.RECEIVE_TASK or not dialect.camunda(node, "topic"):
            _message(node, node, event, definitions)
        return event
    if kind not in _ALLOWED:
        return event
    allowed = _STARTS_EVENT_SUBPROCESS if kind is Kind.START and in_event else _ALLOWED[kind]
    found = list(_definitions_in(node))
    if len(found) > 1:
        event.findings.append(("several_event_definitions", {}))
    elif found:
        name = _event_name(found[0])
        event.trigger = _TRIGGERS.get(name, Trigger.NONE)
        if event.trigger in allowed and name in _READERS:
            _READERS[name](found[0], node, event, definitions)
            _caught(found[0], kind, event)
        else:
            event.findings.append(("event_not_supported", {"event": name, "kind": str(kind)}))
            event.trigger = Trigger.NONE
    elif Trigger.NONE not in allowed:
        event.findings.append(
            ("event_subprocess_start" if kind is Kind.START else "event_without_definition", {})
        )
    return event


def _definitions_in(node: etree._Element) -> Iterator[etree._Element]:
    return (
        entry
        for entry in node.iterchildren(tag=etree.Element)
        if dialect.local_name(entry).endswith("EventDefinition")
    )


def _event_name(definition: etree._Element) -> str:
    return dialect.local_name(definition).removesuffix("EventDefinition")


def _caught(node: etree._Element, kind: Kind, event: Event) -> None:
    """Where a catching event leaves what it caught; a throwing one needs a code."""
    if kind in _CATCHING:
        event.code_variable = dialect.camunda(node, "errorCodeVariable") or dialect.camunda(
            node, "escalationCodeVariable"
        )
        event.message_variable = dialect.camunda(node, "errorMessageVariable")
    elif event.trigger is Trigger.ESCALATION and event.escalation_code is None:
        event.findings.append(("escalation_without_code", {"escalation": node.get("escalationRef") or ""}))


def _timer(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    for tag, timer_kind in _TIMER_TAGS.items():
        text = dialect.text_of(dialect.child(node, tag))
        if text:
            # Other tools write a text as an expression's literal: "PT8H" is PT8H.
            quoted = len(text) > 1 and text[0] == text[-1] == '"'
            event.timer_kind, event.timer_text = timer_kind, text[1:-1] if quoted else text
    if not event.timer_text:
        event.findings.append(("timer_without_time", {}))


def _error(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    reference = node.get("errorRef")
    if reference is not None:
        event.error_code = definitions.errors.get(reference) or None
        if event.error_code is None:
            event.findings.append(("error_without_code", {"error": reference}))


def _escalation(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    reference = node.get("escalationRef")
    if reference is not None:
        event.escalation_code = definitions.escalations.get(reference) or None
        if event.escalation_code is None:
            event.findings.append(("escalation_without_code", {"escalation": reference}))
    event.mapped_in = read_mappings(node, "in")


def _signal(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    event.signal_name = definitions.signals.get(node.get("signalRef") or "") or None
    event.mapped_in = read_mappings(node, "in")
    if event.signal_name is None:
        event.findings.append(("signal_missing", {}))
    _literal(event.signal_name, event)


def _condition(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    condition = dialect.child(node, "condition")
    event.condition = dialect.text_of(condition)
    language = condition.get("language") if condition is not None else None
    if event.condition is None:
        event.findings.append(("condition_event_missing", {}))
    elif language and "feel" not in language.lower() and not event.condition.startswith("${"):
        event.findings.append(("condition_language", {"language": language}))


def _compensation(
    node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions
) -> None:
    event.compensates = node.get("activityRef")
    if node.get("waitForCompletion") == "false":
        event.findings.append(("compensation_not_awaited", {}))


def _link(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    event.link_name = node.get("name")


def _plain(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    """Terminate and cancel say everything with their name."""


def _message_event(
    node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions
) -> None:
    event.topic = dialect.camunda(node, "topic") or dialect.camunda(owner, "topic")
    event.mapped_in = read_mappings(node, "in")
    if event.topic is None or dialect.local_name(owner) not in ("endEvent", "intermediateThrowEvent"):
        event.topic = None
        _message(node, owner, event, definitions)


def _message(node: etree._Element, owner: etree._Element, event: Event, definitions: Definitions) -> None:
    reference = node.get("messageRef") or ""
    event.message_name = definitions.messages.get(reference) or None
    key = dialect.properties(owner).get("correlationKey") or definitions.correlations.get(reference)
    event.correlation = f"={key.removeprefix('=')}" if key else None
    if event.message_name is None:
        event.findings.append(("message_missing", {}))
    _literal(event.message_name, event)


def _literal(name: str | None, event: Event) -> None:
    """Who waits is found by name: a name that would have to be evaluated finds nobody."""
    if name and ("${" in name or "#{" in name or name.startswith("=")):
        event.findings.append(("event_name_expression", {"name": name}))


_READERS: dict[str, Callable[[etree._Element, etree._Element, Event, Definitions], None]] = {
    "timer": _timer,
    "message": _message_event,
    "error": _error,
    "escalation": _escalation,
    "signal": _signal,
    "conditional": _condition,
    "compensate": _compensation,
    "link": _link,
    "terminate": _plain,
    "cancel": _plain,
}


def read_mappings(node: etree._Element, name: str) -> tuple[Mapped, ...]:
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
