"""A diagram as far as it can be shown and walked through, whatever is missing or wrong in it.

The strict reader asks what can run. This one asks what a person would see: it makes up missing ids, keeps the first of
two equal ones, leaves out what leads nowhere and says so. Nothing in a file makes it fail.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.foreign import standard
from engine.bpmn.foreign.rules import SKETCH_RULES
from engine.bpmn.foreign.vocabulary import ZEEBE_SPACE
from engine.bpmn.model import Problem
from engine.xml import XmlRefused, read_xml

CONTAINERS = frozenset({"subProcess", "transaction", "adHocSubProcess", "subChoreography"})
PLACES = frozenset({"process", "choreography", "globalChoreographyTask"})
NODES_MAX = 20_000
PLACES_MAX = 200
_NODE_ENDS = ("Task", "task", "Event", "Gateway", "Activity", "callChoreography")
_NO_NODES = frozenset(
    {"globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "compensateEvent"}
)


@dataclass
class SketchNode:
    """A node of the drawing; ``events`` names its event definitions ("timer"), ``inside`` what a subprocess holds."""

    id: str
    name: str
    tag: str
    xml: etree._Element = field(repr=False)
    events: tuple[str, ...] = ()
    link: str = ""
    attached_to: str | None = None
    interrupting: bool = True
    event_subprocess: bool = False
    for_compensation: bool = False
    called: str | None = None
    inside: SketchPlace | None = None

    @property
    def label(self) -> str:
        """How a person would call it."""
        return self.name or self.id


@dataclass
class SketchFlow:
    """A sequence flow between two nodes of one place."""

    id: str
    name: str
    source: str
    target: str
    xml: etree._Element = field(repr=False)
    conditional: bool = False
    default: bool = False


@dataclass
class SketchPlace:
    """A process, a choreography, or what is inside a subprocess."""

    id: str
    name: str
    tag: str
    xml: etree._Element = field(repr=False)
    nodes: dict[str, SketchNode] = field(default_factory=dict)
    flows: list[SketchFlow] = field(default_factory=list)

    def leaving(self, node_id: str) -> list[SketchFlow]:
        """The flows out of a node, in the order of the file."""
        return self._by_source.get(node_id, [])

    def entering(self, node_id: str) -> list[SketchFlow]:
        """The flows into a node."""
        return self._by_target.get(node_id, [])

    def boundaries(self, node_id: str) -> list[SketchNode]:
        """The boundary events on an activity."""
        return self._attached.get(node_id, [])

    def index(self) -> None:
        """Prepare the questions above, once all is read."""
        self._by_source: dict[str, list[SketchFlow]] = defaultdict(list)
        self._by_target: dict[str, list[SketchFlow]] = defaultdict(list)
        self._attached: dict[str, list[SketchNode]] = defaultdict(list)
        for flow in self.flows:
            self._by_source[flow.source].append(flow)
            self._by_target[flow.target].append(flow)
        for node in self.nodes.values():
            if node.attached_to:
                self._attached[node.attached_to].append(node)


@dataclass
class Sketch:
    """One file: its processes by id, and remarks on what had to be made up or left out."""

    file: str
    places: dict[str, SketchPlace] = field(default_factory=dict)
    remarks: list[Problem] = field(default_factory=list)
    root: etree._Element | None = field(default=None, repr=False)

    def remark(self, code: str, **facts: object) -> None:
        """Keep a word on the file as a whole."""
        zh, en = SKETCH_RULES[code]
        self.remarks.append(
            Problem(self.file, None, None, code, zh.format(**facts), en.format(**facts), warning=True)
        )


def read_sketch(data: bytes, file: str) -> Sketch:
    """Whatever can be shown of ``data``; never raises. A file that is no XML at all has no root."""
    sketch = Sketch(file)
    try:
        root = read_xml(data, what=file, lenient=True)
    except XmlRefused as refused:
        sketch.remark("cannot_be_shown", reason=refused.reason)
        return sketch
    standard.adopt_namespace(root)
    sketch.root = root
    places = [node for node in root.iter(tag=etree.Element) if _name(node) in PLACES]
    if not places:
        other = standard.other_format(root) or dialect.split(root.tag)[1]
        code = "nothing_to_walk" if _name(root) == "definitions" else "cannot_be_shown"
        sketch.remark(code, reason=f"{other} ≠ BPMN 2.0")
        return sketch
    _SketchReader(sketch).read(places)
    return sketch


def _name(node: etree._Element) -> str:
    return dialect.split(node.tag)[1]


class _SketchReader:
    """Reads the places of one file and counts what had to be mended."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.ids: set[str] = set()
        self.mended: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()

    def read(self, places: list[etree._Element]) -> None:
        if len(places) > PLACES_MAX:
            self.mended["nodes_left_out"] += len(places) - PLACES_MAX
        for xml in places[:PLACES_MAX]:
            place = self._place(xml)
            self.sketch.places[place.id] = place
        for code, count in sorted(self.mended.items()):
            self.sketch.remark(code, count=count)

    def _place(self, xml: etree._Element) -> SketchPlace:
        place = SketchPlace(self._identity(xml), xml.get("name") or "", _name(xml), xml)
        self._fill(place)
        return place

    def _identity(self, xml: etree._Element) -> str:
        """The id, made up where it is missing or taken; written into the XML so that it can be drawn."""
        given = (xml.get("id") or "").strip()
        if given and given not in self.ids:
            self.ids.add(given)
            return given
        self.mended["ids_twice" if given else "ids_missing"] += 1
        base = given or _name(xml)
        while True:
            self.numbers[base] += 1
            made = f"{base}_{self.numbers[base] + (1 if given else 0)}"
            if made not in self.ids:
                break
        self.ids.add(made)
        xml.set("id", made)
        return made

    def _fill(self, place: SketchPlace) -> None:
        flows: list[etree._Element] = []
        originals: dict[str, str] = {}
        for entry in place.xml.iterchildren(tag=etree.Element):
            name = _name(entry)
            if name == "sequenceFlow":
                flows.append(entry)
            elif (name.endswith(_NODE_ENDS) or name in CONTAINERS) and name not in _NO_NODES:
                if len(self.ids) >= NODES_MAX:
                    self.mended["nodes_left_out"] += 1
                    continue
                original = (entry.get("id") or "").strip()
                node = self._node(entry, name)
                place.nodes[node.id] = node
                originals.setdefault(original, node.id)
        by_mention = _mentions(place)
        for entry in flows:
            self._flow(entry, place, originals, by_mention)
        for node in place.nodes.values():
            if node.attached_to is not None:
                node.attached_to = self._resolve(node.attached_to, originals)
        place.index()

    def _node(self, xml: etree._Element, name: str) -> SketchNode:
        definitions = [_name(part) for part in xml.iterchildren(tag=etree.Element)]
        events = tuple(
            part.removesuffix("EventDefinition") for part in definitions if part.endswith("EventDefinition")
        )
        link = next((part.get("name") or "" for part in xml if _name(part) == "linkEventDefinition"), "")
        node = SketchNode(
            id=self._identity(xml),
            name=" ".join((xml.get("name") or "").split()),
            tag=name,
            xml=xml,
            events=events,
            link=link,
            attached_to=(xml.get("attachedToRef") or "") if name == "boundaryEvent" else None,
            interrupting=xml.get("cancelActivity", "true") != "false",
            event_subprocess=xml.get("triggeredByEvent") == "true",
            for_compensation=xml.get("isForCompensation") == "true",
            called=_called(xml),
        )
        if name in CONTAINERS:
            node.inside = SketchPlace(node.id, node.name, name, xml)
            self._fill(node.inside)
        return node

    def _flow(
        self,
        xml: etree._Element,
        place: SketchPlace,
        originals: dict[str, str],
        by_mention: dict[str, tuple[str, str]],
    ) -> None:
        own = (xml.get("id") or "").strip()
        mentioned = by_mention.get(own, ("", ""))
        source = self._resolve(xml.get("sourceRef") or "", originals) or mentioned[0]
        target = self._resolve(xml.get("targetRef") or "", originals) or mentioned[1]
        if not source or not target:
            self.mended["flows_to_nowhere"] += 1
            return
        conditional = any(_name(part) == "conditionExpression" and (part.text or "").strip() for part in xml)
        place.flows.append(
            SketchFlow(
                id=self._identity(xml),
                name=" ".join((xml.get("name") or "").split()),
                source=source,
                target=target,
                xml=xml,
                conditional=conditional,
                default=bool(own) and place.nodes[source].xml.get("default") == own,
            )
        )

    def _resolve(self, reference: str, originals: dict[str, str]) -> str:
        reference = reference.strip()
        return originals.get(reference) or originals.get(reference.rpartition(":")[2]) or ""


def _called(xml: etree._Element) -> str | None:
    """The process that a call activity names, in the standard's or in Camunda 8's way."""
    name = xml.get("calledElement") or xml.get("calledChoreographyRef")
    if not name:
        found = xml.find(f".//{{{ZEEBE_SPACE}}}calledElement")
        name = found.get("processId") if found is not None else None
    return (name or "").rpartition(":")[2].strip() or None


def _mentions(place: SketchPlace) -> dict[str, tuple[str, str]]:
    """By flow, the nodes that name it as outgoing and incoming; for flows that do not say it themselves."""
    found: dict[str, tuple[str, str]] = {}
    for node in place.nodes.values():
        for part in node.xml.iterchildren(tag=etree.Element):
            text = dialect.text_of(part) or ""
            source, target = found.get(text, ("", ""))
            if _name(part) == "outgoing":
                found[text] = (node.id, target)
            elif _name(part) == "incoming":
                found[text] = (source, node.id)
    return found
