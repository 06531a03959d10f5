"""What a diagram says, as values: one Element a node, one Problem a broken rule. No XML and no running state here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from company.messages import Language

# Process data: names to whatever company.tagged can store.
Data: TypeAlias = Mapping[str, Any]


class Kind(StrEnum):
    """What a node of a diagram is, by what the engine does with it."""

    START = "start"
    END = "end"
    USER_TASK = "user_task"
    MANUAL_TASK = "manual_task"
    PLAIN_TASK = "plain_task"
    SERVICE_TASK = "service_task"
    RULE_TASK = "rule_task"
    RECEIVE_TASK = "receive_task"
    CALL_ACTIVITY = "call_activity"
    SUBPROCESS = "subprocess"
    EVENT_SUBPROCESS = "event_subprocess"
    TRANSACTION = "transaction"
    SCRIPT_TASK = "script_task"
    SEND_TASK = "send_task"
    EXCLUSIVE_GATEWAY = "exclusive_gateway"
    PARALLEL_GATEWAY = "parallel_gateway"
    INCLUSIVE_GATEWAY = "inclusive_gateway"
    EVENT_GATEWAY = "event_gateway"
    BOUNDARY = "boundary"
    CATCH = "catch"
    THROW = "throw"


class Trigger(StrEnum):
    """What an event waits for or does."""

    NONE = "none"
    TIMER = "timer"
    MESSAGE = "message"
    ERROR = "error"
    TERMINATE = "terminate"
    LINK = "link"
    SIGNAL = "signal"
    ESCALATION = "escalation"
    CONDITIONAL = "conditional"
    COMPENSATION = "compensate"
    CANCEL = "cancel"


# What holds nodes of its own within the process.
CONTAINERS = frozenset({Kind.SUBPROCESS, Kind.EVENT_SUBPROCESS, Kind.TRANSACTION})


class TimerKind(StrEnum):
    """How the text of a timer is to be read."""

    DURATION = "duration"
    DATE = "date"
    CYCLE = "cycle"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One camunda:inputParameter or outputParameter: ``text`` is a literal, ``=FEEL`` or ``${variable}``."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """One camunda:in or camunda:out of a call activity; exactly one of ``source``, ``expression``, ``all`` is set."""

    target: str | None
    source: str | None = None
    expression: str | None = None
    all: bool = False


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """A task repeated for each item of a collection (or ``cardinality`` times).

    ``collection`` names the variable holding the items, ``element_variable`` what one instance calls its item.
    After the last instance ``output_collection`` holds, in the order of the items, what each instance left under
    ``output_element``. ``completion_condition`` is FEEL over the data and nrOfInstances, nrOfCompletedInstances,
    nrOfActiveInstances.
    """

    sequential: bool
    collection: str | None = None
    element_variable: str | None = None
    cardinality: str | None = None
    completion_condition: str | None = None
    output_collection: str | None = None
    output_element: str | None = None


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """An activity done again while ``condition`` (FEEL) holds, at most ``maximum`` times; asked before or after."""

    test_before: bool = False
    maximum: int | None = None
    condition: str | None = None


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Element:
    """One node of a diagram with everything the engine needs of it; texts are literal or begin with ``=`` (FEEL)."""

    id: str
    name: str
    kind: Kind
    process_id: str
    parent_id: str | None = None  # the embedded subprocess that holds it
    topic: str | None = None
    form_key: str | None = None  # camunda:formRef, else camunda:formKey
    decision_ref: str | None = None
    result_variable: str | None = None
    map_decision_result: str | None = None  # singleEntry, singleResult, collectEntries, resultList
    called_process: str | None = None
    candidate_groups: tuple[str, ...] = ()
    candidate_users: tuple[str, ...] = ()
    assignee: str | None = None
    due_date: str | None = None
    follow_up_date: str | None = None
    priority: str | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    async_before: bool = False
    async_after: bool = False
    exclusive: bool = True  # as a job never beside another job of its case
    job_priority: str | None = None  # a number or "=FEEL"; the process's own where the element has none
    retry_cycle: str | None = None
    inputs: tuple[Parameter, ...] = ()
    outputs: tuple[Parameter, ...] = ()
    mapped_in: tuple[Mapped, ...] = ()
    mapped_out: tuple[Mapped, ...] = ()
    multi_instance: MultiInstance | None = None
    loop: StandardLoop | None = None
    trigger: Trigger = Trigger.NONE
    error_code: str | None = None  # None on a boundary with an error trigger catches every code
    message_name: str | None = None
    correlation: str | None = None  # "=FEEL" of the correlation key; None means the business key
    link_name: str | None = None
    signal_name: str | None = None
    escalation_code: str | None = None  # None where it is caught catches every code
    code_variable: str | None = None  # where a caught error or escalation leaves its code
    message_variable: str | None = None  # where a caught error leaves its message
    condition: str | None = None  # FEEL of a conditional event
    compensates: str | None = (
        None  # the activity a compensation throw or end undoes; None means all of its place
    )
    compensated_by: str | None = None  # the activity that a compensation boundary leads to
    for_compensation: bool = False  # the activity runs only to undo another
    script: str | None = None  # FEEL of a script task
    timer_kind: TimerKind | None = None
    timer_text: str | None = None  # ISO 8601 text or "=FEEL"
    attached_to: str | None = None
    interrupting: bool = True
    documentation: str = ""

    @property
    def key(self) -> str:
        """``process/element``: unique in a bundle."""
        return f"{self.process_id}/{self.id}"


@dataclass(frozen=True)
class Flow:
    """A sequence flow; ``condition`` is the text as drawn."""

    id: str
    name: str
    source_id: str
    target_id: str
    process_id: str
    condition: str | None = None
    default: bool = False


@dataclass(frozen=True)
class ProcessModel:
    """One process of a bundle: elements and flows by id, in the order of the file."""

    id: str
    name: str
    file: str
    executable: bool
    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    properties: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    history_time_to_live: str | None = None
    version_tag: str | None = None
    candidate_starter_groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """One rule a file breaks: where, what, and what to do about it, in both languages."""

    file: str
    element_id: str | None
    element_name: str | None
    code: str
    zh: str
    en: str
    warning: bool = False  # a warning is shown and does not stop a deployment

    def text(self, language: Language) -> str:
        """The sentence for a reader of ``language``, with file and element in front."""
        element = " ".join(part for part in (self.element_id, self.element_name) if part)
        place = f"{self.file}: {element}" if element else self.file
        return f"{place}: {self.zh if language == 'zh' else self.en}"


@dataclass(frozen=True)
class Known:
    """The names a bundle may refer to: what the product offers, and the forms and decisions of the bundle itself.

    ``processes`` are those started by other means; a call activity calls processes of its own bundle only.
    ``writes`` tells, where it is known, which variables come from where: "form:<id>", "topic:<name>",
    "decision:<id>", "message:<name>", "start:<process id>". Conditions are checked against it where it is complete.
    """

    topics: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    decisions: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    processes: frozenset[str] = frozenset()
    writes: Mapping[str, frozenset[str]] = field(default_factory=dict)
