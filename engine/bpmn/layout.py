"""Shapes and edges for a diagram that has none, or not all: columns from left to right, in the order of the flows."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.sketch import Sketch, SketchNode, SketchPlace, read_sketch

DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"

_COLUMN, _ROW, _MARGIN = 60.0, 40.0, 40.0
_POOL_HEAD = 30.0


@dataclass(frozen=True)
class Box:
    """Where a shape stands, in the drawing's units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> tuple[float, float]:
        """The middle of the right side, where flows leave."""
        return self.x + self.width, self.y + self.height / 2

    @property
    def left(self) -> tuple[float, float]:
        """The middle of the left side, where flows come in."""
        return self.x, self.y + self.height / 2


@dataclass
class _Drawing:
    """The boxes of one plane by element id, and the ends of its flows."""

    boxes: dict[str, Box] = field(default_factory=dict)
    expanded: set[str] = field(default_factory=set)
    edges: dict[str, tuple[str, str]] = field(default_factory=dict)


def drawable(data: bytes, file: str) -> bytes:
    """The diagram with a shape for each node and an edge for each flow; ``data`` itself where nothing is missing.

    What is drawn already stays where it is. A file that cannot be shown at all comes back unchanged.
    """
    sketch = read_sketch(data, file)
    if sketch.root is None or not sketch.places or not _add_missing(sketch, sketch.root):
        return data
    etree.cleanup_namespaces(sketch.root, top_nsmap={"bpmndi": dialect.BPMNDI, "dc": DC, "di": DI})
    return etree.tostring(sketch.root, encoding="UTF-8", xml_declaration=True)


def _add_missing(sketch: Sketch, root: etree._Element) -> bool:
    drawn = _drawn(root)
    edges = {name for edge in root.iter(f"{{{dialect.BPMNDI}}}BPMNEdge") for name in _names(edge)}
    pools = {
        pool.get("processRef", "").rpartition(":")[2]: pool.get("id")
        for pool in root.iter(f"{{{dialect.BPMN}}}participant")
        if pool.get("id")
    }
    added = False
    below = max((box.y + box.height for box in drawn.values()), default=0.0)
    for place in sketch.places.values():
        drawing = _Drawing()
        known = {node_id: drawn[node_id] for node_id in _ids(place) if node_id in drawn}
        pool = pools.get(place.id)
        origin = (_MARGIN + (_POOL_HEAD if pool else 0), below + _MARGIN)
        width, height = _lay_out(place, origin, drawing)
        missing = {key: box for key, box in drawing.boxes.items() if key not in known}
        boxes = drawing.boxes | known
        lines = {key: ends for key, ends in drawing.edges.items() if key not in edges}
        lines = {key: ends for key, ends in lines.items() if ends[0] in boxes and ends[1] in boxes}
        if not missing and not lines:
            continue
        added = True
        plane = _plane_of(root, place, known, bool(pool))
        if pool and pool not in drawn and not known:
            band = Box(_MARGIN, origin[1] - _ROW / 2, width + _POOL_HEAD + _ROW, height + _ROW)
            _shape(plane, pool, band, horizontal=True)
        for key, box in missing.items():
            _shape(plane, key, box, expanded=key in drawing.expanded)
        for key, (source, target) in lines.items():
            _edge(plane, key, boxes[source], boxes[target])
        below = max(below, origin[1] + height + _ROW) if pool else below
    return added


def _drawn(root: etree._Element) -> dict[str, Box]:
    """The boxes of the shapes a file has already; one that cannot be read counts as none."""
    found: dict[str, Box] = {}
    for shape in root.iter(f"{{{dialect.BPMNDI}}}BPMNShape"):
        bounds = shape.find(f"{{{DC}}}Bounds")
        if bounds is None:
            continue
        try:
            box = Box(*(float(bounds.get(name, "")) for name in ("x", "y", "width", "height")))
        except ValueError:
            continue
        found |= dict.fromkeys(_names(shape), box)
    return found


def _names(drawn: etree._Element) -> tuple[str, ...]:
    """The ids that a shape, edge or plane may mean: a qualified name is one id or the part after the prefix."""
    element = drawn.get("bpmnElement", "")
    return (element, element.rpartition(":")[2])


def _ids(place: SketchPlace) -> Iterator[str]:
    for node in place.nodes.values():
        yield node.id
        if node.inside:
            yield from _ids(node.inside)


def _lay_out(place: SketchPlace, origin: tuple[float, float], drawing: _Drawing) -> tuple[float, float]:
    """Boxes for what is in ``place``, from ``origin`` on; returns the width and height it takes."""
    columns: dict[int, list[SketchNode]] = defaultdict(list)
    for node_id, column in _columns(place).items():
        columns[column].append(place.nodes[node_id])
    x, most = origin[0], origin[1]
    for column in sorted(columns):
        y, widest = origin[1], 0.0
        for node in columns[column]:
            width, height = _size(node)
            if node.inside is not None and node.inside.nodes:
                drawing.expanded.add(node.id)
                inner = _lay_out(node.inside, (x + _ROW, y + _ROW), drawing)
                width, height = inner[0] + 2 * _ROW, inner[1] + 2 * _ROW
            drawing.boxes[node.id] = Box(x, y, width, height)
            y += height + _ROW
            widest = max(widest, width)
        most = max(most, y - _ROW)
        x += widest + _COLUMN
    for node in place.nodes.values():
        if node.attached_to in drawing.boxes:
            host = drawing.boxes[node.attached_to]
            turn = [each.id for each in place.boundaries(node.attached_to)].index(node.id)
            drawing.boxes[node.id] = Box(host.x + 10 + 40 * turn, host.y + host.height - 18, 36, 36)
    drawing.edges |= {flow.id: (flow.source, flow.target) for flow in place.flows}
    return max(x - _COLUMN - origin[0], 100.0), max(most - origin[1], 80.0)


def _columns(place: SketchPlace) -> dict[str, int]:
    """The column of each node: one after that of the nearest node that leads to it; boundary events have none."""
    nodes = [node for node in place.nodes.values() if node.tag != "boundaryEvent" or not node.attached_to]
    found: dict[str, int] = {}
    heads = [node for node in nodes if not place.entering(node.id)] + nodes
    for head in heads:
        if head.id in found:
            continue
        found[head.id] = 0
        queue = deque([head.id])
        while queue:
            current = queue.popleft()
            ways = [current, *(each.id for each in place.boundaries(current))]
            for flow in (flow for way in ways for flow in place.leaving(way)):
                target = place.nodes[flow.target]
                if target.id not in found and not (target.tag == "boundaryEvent" and target.attached_to):
                    found[target.id] = found[current] + 1
                    queue.append(target.id)
    return found


def _size(node: SketchNode) -> tuple[float, float]:
    if node.tag.endswith("Event"):
        return 36.0, 36.0
    if node.tag.endswith("Gateway"):
        return 50.0, 50.0
    return 100.0, 80.0


def _plane_of(
    root: etree._Element, place: SketchPlace, known: dict[str, Box], in_pool: bool
) -> etree._Element:
    """The plane on which the place is drawn, or a new one."""
    planes = list(root.iter(f"{{{dialect.BPMNDI}}}BPMNPlane"))
    for plane in planes:
        if any(name in known for shape in plane for name in _names(shape)):
            return plane
    collaboration = root.find(f"{{{dialect.BPMN}}}collaboration")
    element = place.id
    if in_pool and collaboration is not None and collaboration.get("id"):
        element = collaboration.get("id") or ""
    for plane in planes:
        if element in _names(plane) or len(planes) == len(plane) == 0:
            return plane
    diagram = etree.SubElement(root, f"{{{dialect.BPMNDI}}}BPMNDiagram")
    made = etree.SubElement(diagram, f"{{{dialect.BPMNDI}}}BPMNPlane")
    made.set("bpmnElement", element)
    return made


def _shape(
    plane: etree._Element, element: str, box: Box, *, expanded: bool = False, horizontal: bool = False
) -> None:
    shape = etree.SubElement(plane, f"{{{dialect.BPMNDI}}}BPMNShape")
    shape.set("bpmnElement", element)
    if expanded:
        shape.set("isExpanded", "true")
    if horizontal:
        shape.set("isHorizontal", "true")
    bounds = etree.SubElement(shape, f"{{{DC}}}Bounds")
    for name in ("x", "y", "width", "height"):
        bounds.set(name, f"{getattr(box, name):g}")


def _edge(plane: etree._Element, element: str, source: Box, target: Box) -> None:
    """A line from the right side to the left one, bent once in the middle where they differ in height."""
    edge = etree.SubElement(plane, f"{{{dialect.BPMNDI}}}BPMNEdge")
    edge.set("bpmnElement", element)
    (x1, y1), (x2, y2) = source.right, target.left
    middle = (x1 + x2) / 2
    bends = (
        [(x1, y1), (x2, y2)] if y1 == y2 and x1 <= x2 else [(x1, y1), (middle, y1), (middle, y2), (x2, y2)]
    )
    for x, y in bends:
        point = etree.SubElement(edge, f"{{{DI}}}waypoint")
        point.set("x", f"{x:g}")
        point.set("y", f"{y:g}")
