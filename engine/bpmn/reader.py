"""From the XML of a bundle to ProcessModels; what cannot be read becomes a Problem, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.elements import read_element
from engine.bpmn.events import Definitions
from engine.bpmn.foreign.adoption import adopt
from engine.bpmn.model import CONTAINERS, Element, Flow, Kind, Problem, ProcessModel, Trigger
from engine.bpmn.rules import problem
from engine.xml import XmlRefused, read_xml

_UNREADABLE = {"not_bpmn", "other_format", "too_many_parts", "too_many_processes"}


@dataclass
class BundleModel:
    """All processes of a bundle by id, the parsed files by name, and what was found wrong on the way.

    ``notes`` tell what was translated from the words of another tool and what has no effect.
    """

    processes: dict[str, ProcessModel] = field(default_factory=dict)
    roots: dict[str, etree._Element] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def read_bundle(files: Mapping[str, bytes]) -> BundleModel:
    """Read every diagram of ``files`` (name: bytes); other files are left to others."""
    bundle = BundleModel()
    for file in sorted(name for name in files if name.endswith((*dialect.DIAGRAM_SUFFIXES, ".xml"))):
        try:
            root = read_xml(files[file], what=file)
        except XmlRefused as refused:
            bundle.problems.append(problem(file, None, "xml_refused", reason=refused.reason))
            continue
        adopted = adopt(root, file)
        bundle.problems += adopted.problems
        bundle.notes += adopted.notes
        if {each.code for each in adopted.problems} & _UNREADABLE:
            continue
        bundle.roots[file] = root
        _FileReader(file, root, bundle).read()
    return bundle


class _FileReader:
    """Reads one file into the bundle."""

    def __init__(self, file: str, root: etree._Element, bundle: BundleModel) -> None:
        self.file = file
        self.root = root
        self.bundle = bundle
        self.definitions = Definitions.of(root)
        self.elements: dict[str, Element] = {}
        self.flows: dict[str, Flow] = {}
        self.job_priority: str | None = None  # of the process being read
        self.places = {process.get("id") for process in dialect.children(root, "process")}

    def report(self, element: Element | None, code: str, **facts: object) -> None:
        self.bundle.problems.append(problem(self.file, element, code, **facts))

    def read(self) -> None:
        found = list(dialect.children(self.root, "process"))
        if not found:
            self.report(None, "no_process")
        elif self.root.find(f"{{{dialect.BPMNDI}}}BPMNDiagram") is None:
            self.report(None, "no_diagram")
        for node in found:
            self._process(node)

    def _process(self, node: etree._Element) -> None:
        process_id = node.get("id") or ""
        if not process_id:
            self.report(None, "process_id_missing")
            return
        if process_id in self.bundle.processes:
            self.report(
                None, "process_twice", process=process_id, other=self.bundle.processes[process_id].file
            )
            return
        self.elements, self.flows = {}, {}
        self.job_priority = dialect.camunda(node, "jobPriority")
        self._container(node, process_id, None)
        self._join_links(node, process_id)
        self._join_compensation(node)
        self.bundle.processes[process_id] = ProcessModel(
            id=process_id,
            name=node.get("name") or "",
            file=self.file,
            executable=node.get("isExecutable") == "true",
            elements=self.elements,
            flows=self.flows,
            properties=dialect.properties(node),
            history_time_to_live=dialect.camunda(node, "historyTimeToLive"),
            version_tag=dialect.camunda(node, "versionTag"),
            candidate_starter_groups=dialect.camunda_list(node, "candidateStarterGroups"),
        )

    def _container(self, node: etree._Element, process_id: str, parent_id: str | None) -> None:
        """Read the nodes and flows of a process or of an embedded subprocess."""
        entries = list(node.iterchildren(tag=etree.Element))
        defaults = {entry.get("default") for entry in entries} - {None}
        for entry in entries:
            name = dialect.local_name(entry)
            if name in dialect.KIND_OF_TAG:
                self._node(entry, dialect.KIND_OF_TAG[name], process_id, parent_id)
            elif name in dialect.REFUSED_TAGS:
                refused = _unknown(entry, process_id, parent_id)
                remedy_zh, remedy_en = dialect.REFUSED_TAGS[name]
                self.report(refused, "element_refused", tag=name, remedy_zh=remedy_zh, remedy_en=remedy_en)
                self._keep(refused)  # its flows are not wrong because of it
            elif name == "sequenceFlow":
                self._flow(entry, process_id, is_default=entry.get("id") in defaults)

    def _node(self, node: etree._Element, kind: Kind, process_id: str, parent_id: str | None) -> None:
        if kind is Kind.SUBPROCESS and node.get("triggeredByEvent") == "true":
            kind = Kind.EVENT_SUBPROCESS
        if (
            kind is not Kind.BOUNDARY
        ):  # nothing else can be attached, and the library leaves out what says it is
            node.attrib.pop("attachedToRef", None)
        holder = self.elements.get(parent_id or "")
        in_event = holder is not None and holder.kind is Kind.EVENT_SUBPROCESS
        element, findings = read_element(
            node, kind, process_id, parent_id, self.definitions, in_event=in_event
        )
        for code, facts in findings:
            self.report(element, code, **facts)
        if element.job_priority is None and self.job_priority is not None:
            element = replace(element, job_priority=self.job_priority)
        self._keep(element)
        if kind is Kind.EVENT_GATEWAY and (
            node.get("instantiate") == "true" or node.get("eventGatewayType") == "Parallel"
        ):
            self.report(element, "event_gateway_kind")
        if element.kind in CONTAINERS:
            self._place(element)
            self._container(node, process_id, element.id)

    def _flow(self, node: etree._Element, process_id: str, *, is_default: bool) -> None:
        condition = dialect.child(node, "conditionExpression")
        text = dialect.text_of(condition)
        language = condition.get("language") if condition is not None else None
        if language and not _is_our_language(language, text or ""):
            self.report(_unknown(node, process_id), "condition_language", language=language)
        flow = Flow(
            id=node.get("id") or "",
            name=node.get("name") or "",
            source_id=node.get("sourceRef") or "",
            target_id=node.get("targetRef") or "",
            process_id=process_id,
            condition=text,
            default=is_default,
        )
        if not flow.id:
            self.report(_unknown(node, process_id), "id_missing")
        elif flow.id in self.flows or flow.id in self.elements:
            self.report(_unknown(node, process_id), "id_twice")
        else:
            self.flows[flow.id] = flow

    def _join_links(self, node: etree._Element, process_id: str) -> None:
        """Turn each pair of link events into the sequence flow it stands for, here and in the XML (O16)."""
        links = [element for element in self.elements.values() if element.trigger is Trigger.LINK]
        targets = {(each.parent_id, each.link_name): each for each in links if each.kind is Kind.CATCH}
        nodes = {entry.get("id"): entry for entry in node.iter(tag=etree.Element)}
        for source in (each for each in links if each.kind is Kind.THROW):
            target = targets.get((source.parent_id, source.link_name))
            if target is None:
                self.report(source, "link_without_target")
                continue
            flow = Flow(f"Link_{source.id}_{target.id}", "", source.id, target.id, process_id)
            self.flows[flow.id] = flow
            drawn = etree.SubElement(nodes[source.parent_id or process_id], f"{{{dialect.BPMN}}}sequenceFlow")
            for attribute, value in (("id", flow.id), ("sourceRef", source.id), ("targetRef", target.id)):
                drawn.set(attribute, value)

    def _join_compensation(self, node: etree._Element) -> None:
        """Tell each compensation boundary the activity that its association leads to."""
        for association in node.iter(f"{{{dialect.BPMN}}}association"):
            boundary = self.elements.get(association.get("sourceRef") or "")
            handler = self.elements.get(association.get("targetRef") or "")
            if boundary is None or handler is None or boundary.trigger is not Trigger.COMPENSATION:
                continue
            if boundary.kind is Kind.BOUNDARY and handler.for_compensation:
                self.elements[boundary.id] = replace(boundary, compensated_by=handler.id)

    def _place(self, element: Element) -> None:
        """A subprocess is found by its id alone, in all processes of a file."""
        if element.id in self.places:
            self.report(element, "id_twice")
        self.places.add(element.id)

    def _keep(self, element: Element) -> None:
        if not element.id:
            self.report(element, "id_missing")
        elif element.id in self.elements or element.id in self.flows:
            self.report(element, "id_twice")
        else:
            self.elements[element.id] = element


def _is_our_language(language: str, text: str) -> bool:
    """FEEL, or ``${…}``; many tools copy XPath, the standard's default, to conditions that are nothing of the kind."""
    named = language.lower()
    if "xpath" in named:
        return text.startswith(("${", "#{"))
    return "feel" in named or named.rsplit("/", 1)[-1] in ("juel", "uel")


def _unknown(node: etree._Element, process_id: str, parent_id: str | None = None) -> Element:
    """A stand-in that carries the id and name of a node which is no Element."""
    return Element(node.get("id") or "", node.get("name") or "", Kind.PLAIN_TASK, process_id, parent_id)
