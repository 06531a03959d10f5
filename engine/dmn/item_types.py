"""Item definitions to FEEL types (DMN 1.5, 7.3.3)."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from engine.dmn.source import Source
from engine.feel.expressions import UnaryTests
from engine.feel.types import ANY, ConstrainedType, ContextType, FeelType, FunctionType, ListType
from engine.feel.values import Run, Value


def read_types(source: Source) -> None:
    """Add the file's item definitions to `source.types`, and their components to its member names."""
    elements = {
        element.get("name", ""): element for element in source.children(source.root, "itemDefinition")
    }
    source.members |= {
        component.get("name", "") for component in source.root.iter(f"{{{source.namespace}}}itemComponent")
    }
    reader = _Reader(source, elements)
    for name in elements:
        reader.named(name)


class _Reader:
    def __init__(self, source: Source, elements: dict[str, etree._Element]) -> None:
        self.source = source
        self.elements = elements
        self.open: set[str] = set()

    def named(self, name: str) -> FeelType:
        """Return a type by name, a type that contains itself as Any within itself."""
        if name in self.source.types:
            return self.source.types[name]
        if name in self.open:
            return ANY
        self.open.add(name)
        kind = self.definition(self.elements[name])
        self.open.discard(name)
        self.source.types[name] = kind
        return kind

    def definition(self, element: etree._Element) -> FeelType:
        source = self.source
        name = element.get("name", "")
        components = source.children(element, "itemComponent")
        function = source.child(element, "functionItem")
        if components:
            entries = [(part.get("name", ""), self.definition(part)) for part in components]
            kind: FeelType = ContextType(name, tuple(entries))
        elif function is not None:
            kind = self.function(function)
        else:
            kind = self.reference(element)
        values = source.child(element, "allowedValues")
        constraint = self.tests(values)
        allowed = None if constraint is None else or_each(constraint)
        source.orders[name] = source.listed(source.text(values))
        if element.get("isCollection") == "true":
            item = ConstrainedType(name, kind, allowed) if allowed else kind
            kind = ListType(name, item)
        elif allowed:
            kind = ConstrainedType(name, kind, allowed)
        whole = self.tests(source.child(element, "typeConstraint"))
        return ConstrainedType(name, kind, whole) if whole else kind

    def reference(self, element: etree._Element) -> FeelType:
        """Return the type a definition is derived from; definitions may stand in any order."""
        reference = self.source.child(element, "typeRef")
        text = (reference.text or "").strip() if reference is not None else element.get("typeRef", "")
        imported = self.source.imported_type(element, text)
        if imported is not None:
            return imported
        name = text.rpartition(":")[2] if text not in self.elements else text
        return self.named(name) if name in self.elements else self.source.type(element, text)

    def function(self, element: etree._Element) -> FeelType:
        parameters = [self.attribute(part, "typeRef") for part in self.source.children(element, "parameters")]
        return FunctionType("function", tuple(parameters), self.attribute(element, "outputTypeRef"))

    def attribute(self, element: etree._Element, name: str) -> FeelType:
        reference = element.get(name, "")
        return self.named(reference) if reference in self.elements else self.source.type(element, reference)

    def tests(self, element: etree._Element | None) -> Callable[[Value], bool] | None:
        text = self.source.text(element)
        if element is None or not text:
            return None
        tests = self.source.unary_tests(element, text, ())
        return None if tests is None else allows(tests)


def or_each(allowed: Callable[[Value], bool]) -> Callable[[Value], bool]:
    """Return the function that allows a value, or a list whose every item is allowed."""
    return lambda value: allowed(value) or (type(value) is list and all(map(allowed, value)))


def allows(tests: UnaryTests) -> Callable[[Value], bool]:
    """Return the function that says whether a value passes tests that read no names."""
    return lambda value: tests.run(value, {}, Run())
