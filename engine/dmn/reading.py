"""A DMN file to a decision model: every element compiled, every problem listed."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.dmn.boxed import Place, boxed_child, function_body, parameters_of
from engine.dmn.errors import DmnInvalid, problem
from engine.dmn.evaluation import Decision, DecisionService, InputData, Knowledge, Need, Node
from engine.dmn.item_types import read_types
from engine.dmn.model import DecisionModel
from engine.dmn.source import NAMESPACES, Source
from engine.feel.builtins import BUILTINS
from engine.feel.types import ANY
from engine.xml import XmlRefused, read_xml

_NODES: dict[str, type[Node]] = {
    "inputData": InputData,
    "decision": Decision,
    "businessKnowledgeModel": Knowledge,
    "decisionService": DecisionService,
}
_REQUIRED = ("requiredInput", "requiredDecision", "requiredKnowledge")
_NO_IMPORTS: Mapping[str, DecisionModel] = {}


def parse_dmn(xml: bytes, *, imports: Mapping[str, DecisionModel] = _NO_IMPORTS) -> DecisionModel:
    """Read a DMN 1.1 to 1.5 file, `imports` being the models it may import, by their namespace.

    Raises DmnInvalid with all problems found.
    """
    try:
        root = read_xml(xml, what="the decision model")
    except XmlRefused as refused:
        raise DmnInvalid([problem("", "", refused.code, reason=refused)]) from refused
    source = Source(root)
    if source.kind(root) != "definitions" or source.namespace not in NAMESPACES:
        raise DmnInvalid([problem(root.get("id", ""), root.get("name", ""), "dmn_namespace", root=root.tag)])
    model = _Reader(source, imports).model()
    if source.problems:
        raise DmnInvalid(source.problems, model)
    return model


class _Reader:
    """Reads in two passes: first all elements by id, then their requirements and logic."""

    def __init__(self, source: Source, imports: Mapping[str, DecisionModel]) -> None:
        self.source = source
        self.imports: dict[str, tuple[str, DecisionModel]] = {}
        self.elements: dict[str, etree._Element] = {}
        self.nodes: dict[str, Node] = {}
        self.input_names: frozenset[str] = frozenset()
        for element in source.children(source.root, "import"):
            self._import(element, imports)

    def _import(self, element: etree._Element, imports: Mapping[str, DecisionModel]) -> None:
        namespace, name = element.get("namespace", ""), element.get("name", "")
        if "/DMN/" not in element.get("importType", "") or namespace not in imports:
            self.source.problem(element, "dmn_import", namespace=namespace)
        else:
            model = imports[namespace]
            self.imports[namespace] = (name, model)
            self.source.members |= model.members
            self.source.members |= {node.name for node in model.nodes.values()}
            for type_name, kind in model.types.items():
                self.source.types[f"{name}.{type_name}" if name else type_name] = kind
            self.source.import_names[namespace] = name

    def model(self) -> DecisionModel:
        root = self.source.root
        read_types(self.source)
        self.source.members |= {
            column.get("name") or ""
            for name in ("output", "column", "variable")
            for column in root.iter(f"{{{self.source.namespace}}}{name}")
        }
        for element in self.source.children(root, *_NODES):
            self._register(element)
        inputs = (node for node in self.nodes.values() if isinstance(node, InputData))
        self.input_names = frozenset(node.name for node in inputs)
        for key, element in self.elements.items():
            self._complete(self.nodes[key], element)
        self._refuse_cycles()
        return DecisionModel(
            root.get("name", ""), root.get("namespace", ""), self.nodes, self.source.types,
            frozenset(self.source.members),
        )  # fmt: skip

    def _register(self, element: etree._Element) -> None:
        key, name = element.get("id") or element.get("name") or "", element.get("name") or ""
        if not name:
            self.source.problem(element, "dmn_name", kind=self.source.kind(element), id=key)
        if key in self.nodes:
            self.source.problem(element, "dmn_duplicate_id", id=key)
        variable = self.source.child(element, "variable")
        reference = None if variable is None else variable.get("typeRef")
        variable_name = (variable.get("name") if variable is not None else None) or name
        kind = _NODES[self.source.kind(element)]
        result_type = self.source.type(element, reference)
        self.nodes[key] = kind(
            key, variable_name if kind is not Decision else name, result_type, reference or "Any"
        )
        self.elements[key] = element

    def _complete(self, node: Node, element: etree._Element) -> None:
        node.needs = self._needs(element)
        if isinstance(node, DecisionService):
            self._service(node, element)
            return
        place = Place(
            self.source, node.id, node.name, frozenset(prefix or needed.name for prefix, needed in node.needs),
        )  # fmt: skip
        if isinstance(node, Decision):
            node.body = boxed_child(element, place)
        elif isinstance(node, Knowledge):
            self._knowledge(node, element, place)
        node.open_names = frozenset(place.reads - place.names - self.input_names)

    def _knowledge(self, node: Knowledge, element: etree._Element, place: Place) -> None:
        logic = self.source.child(element, "encapsulatedLogic")
        if logic is None:
            return
        node.parameters = parameters_of(logic, self.source)
        own = () if node.name in BUILTINS else (node.name,)
        node.body = function_body(logic, place.within(*own, *(name for name, _ in node.parameters)))
        if node.type is ANY:
            node.type = self.source.type(logic, logic.get("typeRef"))

    def _service(self, node: DecisionService, element: etree._Element) -> None:
        for kind in ("inputData", "inputDecision"):
            for reference in self.source.children(element, kind):
                found = self._target(reference)
                node.inputs += [found] if found else []
        for reference in self.source.children(element, "outputDecision"):
            found = self._target(reference)
            if found and isinstance(found[1], Decision):
                node.outputs.append(found)
        if not node.outputs:
            self.source.problem(element, "dmn_no_output", name=node.name)

    def _needs(self, element: etree._Element) -> list[Need]:
        needs: list[Need] = []
        for requirement in self.source.children(element, "informationRequirement", "knowledgeRequirement"):
            for reference in self.source.children(requirement, *_REQUIRED):
                found = self._target(reference)
                if found is not None:
                    needs.append(found)
        return needs

    def _target(self, reference: etree._Element) -> Need | None:
        """Return the element a reference leads to, with the name of the import it comes through."""
        namespace, _, key = (reference.get("href") or "").rpartition("#")
        if namespace in ("", self.source.root.get("namespace", "")):
            if key in self.nodes:
                return "", self.nodes[key]
        elif namespace in self.imports:
            prefix, model = self.imports[namespace]
            if key in model.nodes:
                return prefix, model.nodes[key]
        self.source.problem(reference, "dmn_broken_reference", href=reference.get("href"))
        return None

    def _refuse_cycles(self) -> None:
        """A decision must not require itself, through whatever chain. Functions may."""
        finished: set[Node] = set()
        for start in self.nodes.values():
            path: list[Node] = []
            pending: list[tuple[Node, bool]] = [(start, False)]
            while pending:
                node, leaving = pending.pop()
                if leaving:
                    path.pop()
                    finished.add(node)
                elif node in path:
                    names = " → ".join(part.name for part in [*path[path.index(node) :], node])
                    self.source.problem(self.elements[start.id], "dmn_cycle", names=names)
                    return
                elif node not in finished:
                    path.append(node)
                    pending.append((node, True))
                    pending += [(needed, False) for _, needed in node.needs if isinstance(needed, Decision)]
