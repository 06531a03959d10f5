"""The deploy-time checker: every problem of a bundle at once, each with element id, name, rule and remedy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from engine.bpmn import reading, references, texts
from engine.bpmn.dialect import ACTIVITIES, GATEWAYS
from engine.bpmn.event_rules import check_events
from engine.bpmn.model import (
    CONTAINERS,
    Element,
    Flow,
    Kind,
    Known,
    Problem,
    ProcessModel,
    TimerKind,
    Trigger,
)
from engine.bpmn.reader import BundleModel, read_bundle
from engine.bpmn.rules import problem

_EVENTS_AFTER_GATEWAY = frozenset({Kind.CATCH, Kind.RECEIVE_TASK})


def check_bundle(files: Mapping[str, bytes], known: Known) -> list[Problem]:
    """All problems and warnings of the ``.bpmn`` files of a bundle, in the order of the files.

    ``known`` says which topics, forms, decisions, groups and processes exist outside the diagrams; the processes of
    the bundle itself need not be in it.
    """
    return check_read(read_bundle(files), known)


def check_read(bundle: BundleModel, known: Known) -> list[Problem]:
    """As check_bundle, for a bundle that has been read."""
    found = [*bundle.problems, *check_structure(bundle), *references.check(bundle, known)]
    found += reading.check(bundle, known)
    return sorted(found, key=lambda each: (each.file, each.warning))


def check_structure(bundle: BundleModel) -> list[Problem]:
    """What is wrong with the diagrams themselves, whatever the product offers."""
    found: list[Problem] = []
    names = texts.names_written(bundle)
    for model in bundle.processes.values():
        found.extend(_ProcessCheck(model).run())
        found.extend(check_events(model))
        found.extend(texts.check(model, names))
    found.extend(references.check_calls(bundle))
    return found


class _ProcessCheck:
    """The structural rules on one process."""

    def __init__(self, model: ProcessModel) -> None:
        self.model = model
        self.found: list[Problem] = []
        self.leaving: dict[str, list[Flow]] = defaultdict(list)
        self.entering: dict[str, list[Flow]] = defaultdict(list)

    def report(self, element: Element | None, code: str, **facts: object) -> None:
        self.found.append(problem(self.model.file, element, code, **facts))

    def run(self) -> list[Problem]:
        """All findings."""
        if not self.model.executable:
            self.report(None, "not_executable", process=self.model.id)
        unique = self.model.properties.get("uniqueBusinessKey", "running")
        if unique not in ("running", "always"):
            self.report(None, "unique_key_unknown", value=unique)
        if not self.model.name:
            self.report(Element(self.model.id, "", Kind.PLAIN_TASK, self.model.id), "process_name_missing")
        for flow in self.model.flows.values():
            self._flow(flow)
        for place in self._places():
            self._container(place)
        for element in self.model.elements.values():
            self._element(element)
        self._orphans()
        return self.found

    def _places(self) -> Iterator[Element | None]:
        yield None
        yield from (each for each in self.model.elements.values() if each.kind in CONTAINERS)

    def _flow(self, flow: Flow) -> None:
        source, target = self.model.elements.get(flow.source_id), self.model.elements.get(flow.target_id)
        described = Element(flow.id, flow.name, Kind.PLAIN_TASK, self.model.id)
        if source is None or target is None:
            self.report(described, "flow_end_missing")
            return
        if source.parent_id != target.parent_id:
            self.report(described, "flow_leaves_container")
        self.leaving[source.id].append(flow)
        self.entering[target.id].append(flow)

    def _container(self, place: Element | None) -> None:
        inside = [
            each for each in self.model.elements.values() if each.parent_id == (place.id if place else None)
        ]
        shown = place or Element(self.model.id, self.model.name, Kind.PLAIN_TASK, self.model.id)
        starts = [each for each in inside if each.kind is Kind.START]
        plain = [each for each in starts if each.trigger is Trigger.NONE]
        if not starts:
            self.report(shown, "no_start")
        if len(plain if place is None else starts) > 1:
            self.report(shown, "several_starts")
        if place is not None and place.kind is not Kind.EVENT_SUBPROCESS:
            for start in starts:
                if start.trigger is not Trigger.NONE:
                    self.report(start, "subprocess_start")
        if not any(each.kind is Kind.END for each in inside):
            self.report(shown, "no_end")

    def _element(self, element: Element) -> None:
        leaving, entering = self.leaving[element.id], self.entering[element.id]
        if not element.name and element.kind not in GATEWAYS - {Kind.EXCLUSIVE_GATEWAY}:
            self._unnamed(element, leaving)
        if element.kind is Kind.END:
            if leaving:
                self.report(element, "ends_flow_out")
        elif not leaving and not _stands_alone(element):
            self.report(element, "dead_end")
        if element.kind is Kind.START and entering:
            self.report(element, "start_flow_in")
        if element.kind not in GATEWAYS:
            self._plain_flows(element, leaving)
        rule = _RULES.get(element.kind)
        if rule:
            rule(self, element)
        if element.multi_instance:
            self._multi_instance(element)
        if element.timer_kind is TimerKind.CYCLE and not _may_repeat(element):
            self.report(element, "timer_cycle_interrupts")

    def _unnamed(self, element: Element, leaving: list[Flow]) -> None:
        """A gateway that only joins asks nothing and needs no name; nor does the start of a subprocess."""
        joins = element.kind is Kind.EXCLUSIVE_GATEWAY and len(leaving) < 2
        inner = element.parent_id is not None and element.kind in (Kind.START, Kind.END)
        if not joins and not inner:
            self.report(element, "name_missing")

    def _plain_flows(self, element: Element, leaving: list[Flow]) -> None:
        if len(leaving) > 1:
            self.report(element, "several_outgoing")
        if any(flow.condition for flow in leaving):
            self.report(element, "condition_on_task")

    def _multi_instance(self, element: Element) -> None:
        settings = element.multi_instance
        if settings is None:
            return
        if element.loop:
            self.report(element, "loop_and_multi_instance")
        if not settings.collection and not settings.cardinality:
            self.report(element, "multi_instance_nothing")
        if bool(settings.output_collection) != bool(settings.output_element):
            self.report(element, "multi_instance_output")

    def choosing(self, element: Element) -> None:
        """An exclusive or inclusive gateway that branches."""
        leaving = self.leaving[element.id]
        if len(leaving) < 2:
            return
        if not any(flow.default for flow in leaving):
            self.report(element, "default_missing")
        for flow in leaving:
            if flow.default and flow.condition:
                self.report(element, "condition_on_default", flow=flow.id)
            elif not flow.default and not flow.condition:
                self.report(element, "condition_missing", flow=flow.id)

    def parallel(self, element: Element) -> None:
        """A parallel gateway asks no questions."""
        for flow in self.leaving[element.id]:
            if flow.condition:
                self.report(element, "parallel_condition", flow=flow.id)

    def event_gateway(self, element: Element) -> None:
        """Only events that wait, and are reached from nowhere else, follow an event gateway."""
        for flow in self.leaving[element.id]:
            target = self.model.elements[flow.target_id]
            fits = target.kind in _EVENTS_AFTER_GATEWAY and target.trigger is not Trigger.LINK
            guarded = any(each.attached_to == target.id for each in self.model.elements.values())
            if not fits or guarded or len(self.entering[target.id]) > 1:
                self.report(element, "event_gateway_target", target=target.id)

    def boundary(self, element: Element) -> None:
        """A boundary event sits on an activity of the same container."""
        host = self.model.elements.get(element.attached_to or "")
        if host is None or host.kind not in ACTIVITIES or host.parent_id != element.parent_id:
            self.report(element, "boundary_unattached")
        if self.entering[element.id]:
            self.report(element, "boundary_flow_in")

    def _orphans(self) -> None:
        reached: set[str] = set()
        queue = [
            each.id
            for each in self.model.elements.values()
            if each.kind in (Kind.START, Kind.EVENT_SUBPROCESS) or each.for_compensation
        ]
        attached: dict[str, list[str]] = defaultdict(list)
        for each in self.model.elements.values():
            if each.attached_to:
                attached[each.attached_to].append(each.id)
        while queue:
            current = queue.pop()
            if current not in reached:
                reached.add(current)
                queue.extend(flow.target_id for flow in self.leaving[current])
                queue.extend(attached[current])
        for each in self.model.elements.values():
            if each.id not in reached and each.kind not in (Kind.START, Kind.BOUNDARY):
                self.report(each, "orphan")


def _stands_alone(element: Element) -> bool:
    """Whether nothing is drawn to follow the element: it is set going otherwise, and ends where it began."""
    compensates = element.kind is Kind.BOUNDARY and element.trigger is Trigger.COMPENSATION
    return element.kind is Kind.EVENT_SUBPROCESS or element.for_compensation or compensates


def _may_repeat(element: Element) -> bool:
    """Whether a cycle there does anything more than once: it starts cases, or stands beside what goes on."""
    if element.kind is Kind.START and element.parent_id is None:
        return True
    return element.kind in (Kind.BOUNDARY, Kind.START) and not element.interrupting


_RULES: dict[Kind, Callable[[_ProcessCheck, Element], None]] = {
    Kind.EXCLUSIVE_GATEWAY: _ProcessCheck.choosing,
    Kind.INCLUSIVE_GATEWAY: _ProcessCheck.choosing,
    Kind.PARALLEL_GATEWAY: _ProcessCheck.parallel,
    Kind.EVENT_GATEWAY: _ProcessCheck.event_gateway,
    Kind.BOUNDARY: _ProcessCheck.boundary,
}
