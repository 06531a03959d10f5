"""From the files of a bundle to what cases run on: nodes by name, joined as the diagram says, with a fingerprint."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine.bpmn.checker import check_structure
from engine.bpmn.expressions import expression
from engine.bpmn.model import CONTAINERS, Element, Kind, ProcessModel, Trigger
from engine.bpmn.reader import BundleModel, read_bundle
from engine.bpmn.rules import problem
from engine.bpmn.texts import names_written
from engine.spiff.activities import CallNode, SubprocessNode
from engine.spiff.errors import BpmnInvalid
from engine.spiff.events import EventStartNode, GuardNode, WaitingNode
from engine.spiff.gateways import InclusiveNode
from engine.spiff.nodes import Node, OutFlow
from engine.spiff.parser import GUARD_SUFFIX, INSTANCE_SUFFIX, WATCH_SUFFIX, TokenParser
from engine.spiff.repeating import LoopNode, RepeatNode
from engine.spiff.undoing import UNDO_SUFFIX, UndoInsideNode, UndoNode


@dataclass(frozen=True)
class Container:
    """What one process or embedded subprocess is made of; shared by all cases and never changed."""

    process_id: str
    subprocess_id: str | None
    spec: Any
    nodes: Mapping[str, Any]  # by the library's name: "Task_X", "Task_X [child]", "Task_X.BoundaryEventSplit"
    first: Node | None  # the node of the plain start event; None for a process that only events start
    starts: Mapping[str, Node]  # the node of each start event by its id
    watches: tuple[EventStartNode, ...]  # what sets its event subprocesses going


@dataclass(frozen=True)
class CompiledProcess:
    """A process ready to run, with everything it calls.

    ``elements`` holds the elements of it and of every process it calls, by "process/element". ``fingerprint``
    changes when saved positions could mean something else: elements, their kinds, places and flows; not when a
    name, a condition or a due date changes.
    """

    process_id: str
    name: str
    model: ProcessModel
    containers: Mapping[str | None, Container]  # by the embedded subprocess's id, None for the process itself
    called: Mapping[str, CompiledProcess] = field(repr=False)  # every process of the bundle, by id
    elements: Mapping[str, Element] = field(repr=False)
    fingerprint: str
    names: frozenset[str]  # variables the bundle writes; expressions need them where names hold spaces
    has_conditions: bool  # whether a conditional event is drawn anywhere in it

    @property
    def container(self) -> Container:
        """The process itself."""
        return self.containers[None]

    def find_container(self, process_id: str, subprocess_id: str | None) -> Container | None:
        """The container of that name in this process or one it calls."""
        compiled = self.called.get(process_id)
        return compiled.containers.get(subprocess_id) if compiled else None


def compile_processes(files: Mapping[str, bytes], *, deployed: bool = False) -> Mapping[str, CompiledProcess]:
    """Compile every process of a bundle's ``.bpmn`` files, by process id.

    Raises BpmnInvalid with every problem of the structure; what only the product can know (topics, forms,
    decisions, groups) is left to check_bundle. What has been ``deployed`` kept the rules of its day: rules made since
    do not stop its cases.
    """
    bundle = read_bundle(files)
    found = [] if deployed and bundle.processes else [*bundle.problems, *check_structure(bundle)]
    problems = [each for each in found if not each.warning]
    if problems:
        raise BpmnInvalid(problems)
    names = names_written(bundle)
    compiled: dict[str, CompiledProcess] = {}
    for model in bundle.processes.values():
        containers = _containers(bundle, model)
        _Linker(model, containers, names, compiled).link()
        models = [bundle.processes[process_id] for process_id in _reached(model.id, bundle)]
        elements = {element.key: element for each in models for element in each.elements.values()}
        compiled[model.id] = CompiledProcess(
            process_id=model.id,
            name=model.name,
            model=model,
            containers=containers,
            called=compiled,
            elements=elements,
            fingerprint=_fingerprint(models),
            names=names,
            has_conditions=any(element.condition for element in elements.values()),
        )
    return compiled


def _reached(process_id: str, bundle: BundleModel) -> list[str]:
    """The process and every process it calls, directly or not."""
    found = [process_id]
    for current in found:
        for element in bundle.processes[current].elements.values():
            called = element.called_process
            if called in bundle.processes and called not in found:
                found.append(called)
    return found


def _fingerprint(models: Iterable[ProcessModel]) -> str:
    shape = [
        [
            model.id,
            sorted(
                [
                    element.id,
                    element.kind,
                    element.parent_id,
                    element.attached_to,
                    element.trigger,
                    element.interrupting,
                    element.called_process,
                    None if element.multi_instance is None else element.multi_instance.sequential,
                    # Only where drawn, so that fingerprints of older diagrams stay what they were.
                    *(["loop"] if element.loop else ()),
                    *(["undone by", element.compensated_by] if element.compensated_by else ()),
                ]
                for element in model.elements.values()
            ),
            sorted([flow.id, flow.source_id, flow.target_id] for flow in model.flows.values()),
        ]
        for model in sorted(models, key=lambda model: model.id)
    ]
    return hashlib.sha256(orjson.dumps(shape)).hexdigest()[:32]


def _containers(bundle: BundleModel, model: ProcessModel) -> dict[str | None, Container]:
    """Parse a process with the library: one specification for it and one for each embedded subprocess."""
    parser = TokenParser()
    places: list[str | None] = [None]
    places += [element.id for element in model.elements.values() if element.kind in CONTAINERS]
    containers: dict[str | None, Container] = {}
    try:
        parser.add_bpmn_xml(bundle.roots[model.file], filename=model.file)
        specs = {place: parser.get_spec(place or model.id) for place in places}
    except ValidationException as error:
        raise BpmnInvalid([problem(model.file, None, "structure_not_read", reason=str(error))]) from error
    for place, spec in specs.items():
        watches = tuple(_added(model, place, spec))
        nodes = {name: node for name, node in spec.task_specs.items() if isinstance(node, Node)}
        starts = [
            element
            for element in model.elements.values()
            if element.kind is Kind.START and element.parent_id == place
        ]
        at = {start.id: nodes[start.id] for start in starts}
        waits = place is None  # only a process may wait for its own start
        first = next((at[start.id] for start in starts if not waits or start.trigger is Trigger.NONE), None)
        containers[place] = Container(model.id, place, spec, nodes, first, at, watches)
    return containers


def _added(model: ProcessModel, place: str | None, spec: Any) -> Iterator[EventStartNode]:
    """Give a level the nodes that no element stands for: those that wait for its event subprocesses, and that undo."""
    inside = [element for element in model.elements.values() if element.parent_id == place]
    UndoNode(spec, UNDO_SUFFIX)
    for element in inside:
        if element.kind in CONTAINERS:
            UndoInsideNode(spec, element.id + UNDO_SUFFIX)
    for handler in (element for element in inside if element.kind is Kind.EVENT_SUBPROCESS):
        for start in model.elements.values():
            if start.kind is Kind.START and start.parent_id == handler.id:
                yield EventStartNode(spec, start.id + WATCH_SUFFIX)


class _Linker:
    """Attaches elements, flows and settings to the nodes the library made."""

    def __init__(
        self,
        model: ProcessModel,
        containers: Mapping[str | None, Container],
        names: frozenset[str],
        bundle: Mapping[str, CompiledProcess],
    ) -> None:
        self.model = model
        self.containers = containers
        self.names = names
        self.bundle = bundle
        self.leaving: dict[str, list[str]] = defaultdict(list)
        self.entering: dict[str, list[str]] = defaultdict(list)
        for flow in model.flows.values():
            self.leaving[flow.source_id].append(flow.id)
            self.entering[flow.target_id].append(flow.id)

    def link(self) -> None:
        """Do it for every element."""
        for place, container in self.containers.items():
            holder = self.model.elements.get(place or "")
            shown = holder or Element(self.model.id, self.model.name, Kind.PLAIN_TASK, self.model.id)
            self._describe(container.nodes[UNDO_SUFFIX], shown)
        for element in self.model.elements.values():
            self._link_element(element, self.containers[element.parent_id].nodes)

    def _link_element(self, element: Element, nodes: Mapping[str, Any]) -> None:
        node = nodes[element.id]
        node.flows = tuple(self._out_flow(flow_id, nodes) for flow_id in self.leaving[element.id])
        node.incoming = tuple(self.entering[element.id])
        self._describe(node, element)
        innermost = self._link_repeated(node, element, nodes)
        if isinstance(innermost, CallNode):
            innermost.bundle = self.bundle
        elif isinstance(innermost, SubprocessNode):
            innermost.container = self.containers[element.id]
            self._link_container(innermost, element, nodes)
        if isinstance(node, InclusiveNode):
            node.reached_over = self._reached_over(element)
        guard = nodes.get(element.id + GUARD_SUFFIX)
        if isinstance(guard, GuardNode):
            self._describe(guard, element)
            guard.guarded = node
            attached = [other for other in self.model.elements.values() if other.attached_to == element.id]
            guard.boundaries = tuple(
                nodes[other.id] for other in attached if other.trigger is not Trigger.COMPENSATION
            )
            for other in attached:
                if other.compensated_by:
                    innermost.undoable = True
                    nodes[UNDO_SUFFIX].handlers[element.id] = nodes[other.compensated_by]

    def _link_repeated(self, node: Any, element: Element, nodes: Mapping[str, Any]) -> Any:
        """The node that does the work: of a repeated activity the one inside its wrapper."""
        if not isinstance(node, RepeatNode | LoopNode):
            return node
        node.repeated = nodes[element.id + INSTANCE_SUFFIX]
        self._describe(node.repeated, element)
        condition = None
        if isinstance(node, RepeatNode) and element.multi_instance is not None:
            node.settings, condition = element.multi_instance, element.multi_instance.completion_condition
        elif isinstance(node, LoopNode) and element.loop is not None:
            node.settings, condition = element.loop, element.loop.condition
        node.condition = expression(condition, self.names) if condition else None
        return node.repeated

    def _link_container(self, node: SubprocessNode, element: Element, nodes: Mapping[str, Any]) -> None:
        """What sets an event subprocess going, and what opens a subprocess again to undo it."""
        again = nodes[element.id + UNDO_SUFFIX]
        self._describe(again, element)
        again.container = node.container
        nodes[UNDO_SUFFIX].handlers.setdefault(element.id, again)
        if element.kind is Kind.EVENT_SUBPROCESS:
            watch = nodes[node.container.first.name + WATCH_SUFFIX]
            self._describe(watch, self.model.elements[node.container.first.name])
            watch.handler = node

    def _describe(self, node: Any, element: Element) -> None:
        node.element = element
        node.names = self.names
        if isinstance(node, WaitingNode) and element.condition:
            node.condition = expression(element.condition, self.names)

    def _out_flow(self, flow_id: str, nodes: Mapping[str, Any]) -> OutFlow:
        flow = self.model.flows[flow_id]
        target = nodes.get(flow.target_id + GUARD_SUFFIX) or nodes[flow.target_id]
        condition = expression(flow.condition, self.names) if flow.condition else None
        return OutFlow(flow.id, target, condition, flow.default)

    def _reached_over(self, element: Element) -> dict[str, frozenset[str]]:
        """By incoming flow, ids of the elements from which a token can come over it without passing ``element``."""
        before: dict[str, set[str]] = defaultdict(set)
        for flow in self.model.flows.values():
            before[flow.target_id].add(flow.source_id)
        for other in self.model.elements.values():
            if other.attached_to:
                before[other.id].add(other.attached_to)
        return {
            flow_id: _before(self.model.flows[flow_id].source_id, before, element.id)
            for flow_id in self.entering[element.id]
        }


def _before(last: str, before: Mapping[str, set[str]], without: str) -> frozenset[str]:
    """``last`` and everything from which it can be reached, never by way of ``without``."""
    found: set[str] = set()
    queue = [last]
    while queue:
        current = queue.pop()
        if current not in found and current != without:
            found.add(current)
            queue.extend(before.get(current, ()))
    return frozenset(found)
