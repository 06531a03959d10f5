"""The XML of a decision model: its elements whatever version of DMN, and the problems found in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from engine.dmn.errors import DmnProblem, problem
from engine.feel.errors import FeelError, FeelLimitExceeded, FeelSyntaxError
from engine.feel.expressions import Expression, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.lexer import NameTable
from engine.feel.types import ANY, BOOLEAN, BY_NAME, NUMBER, STRING, FeelType
from engine.feel.values import Value

_VERSIONS = (
    "20151101/dmn.xsd",
    "20180521/MODEL/",
    "20191111/MODEL/",
    "20211108/MODEL/",
    "20230324/MODEL/",
    "20240513/MODEL/",
)
NAMESPACES = frozenset(
    f"{scheme}://www.omg.org/spec/DMN/{version}" for version in _VERSIONS for scheme in ("http", "https")
)
"""DMN 1.1 to 1.5, and 1.6 read as 1.5; some tools write http where the standard has https."""

TYPES: Mapping[str, FeelType] = {
    **BY_NAME, "integer": NUMBER, "long": NUMBER, "double": NUMBER, "String": STRING, "Boolean": BOOLEAN,
}  # fmt: skip
"""FEEL's own types and the names that Camunda's modeler gives them."""


class Source:
    """The root of one file, with its namespace, the types it knows, and the list of problems."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.namespace = etree.QName(root).namespace or ""
        self.problems: list[DmnProblem] = []
        self.types: dict[str, FeelType] = {}
        self.members: set[str] = set()
        self._member_table = NameTable()
        self._seen_members: set[str] = set()
        self.orders: dict[str, tuple[Value, ...]] = {}
        self.import_names: dict[str, str] = {}

    def children(self, element: etree._Element, *names: str) -> list[etree._Element]:
        """Return the child elements of these DMN names, in their order."""
        tags = {f"{{{self.namespace}}}{name}" for name in names}
        return [child for child in element if child.tag in tags]

    def child(self, element: etree._Element, *names: str) -> etree._Element | None:
        """Return the first of `children`."""
        found = self.children(element, *names)
        return found[0] if found else None

    def kind(self, element: etree._Element) -> str:
        """Return the DMN name of an element, empty for one of another namespace."""
        name = etree.QName(element)
        return name.localname if name.namespace == self.namespace else ""

    def text(self, element: etree._Element | None) -> str:
        """Return the content of the element's `text`."""
        text = None if element is None else self.child(element, "text")
        return "" if text is None else (text.text or "").strip()

    def problem(self, element: etree._Element, code: str, **facts: object) -> None:
        """Note a problem at the nearest element that has an id."""
        place: etree._Element | None = element
        while place is not None and not place.get("id"):
            place = place.getparent()
        where = element if place is None else place
        self.problems.append(problem(where.get("id", ""), _name(where), code, **facts))

    def type(self, element: etree._Element, reference: str | None) -> FeelType:
        """Return the type that a typeRef names; an unknown one is a problem."""
        if not reference:
            return ANY
        name = reference.strip()
        imported = self.imported_type(element, name)
        if imported is not None:
            return imported
        for candidate in (name, name.removeprefix("feel:"), name.rpartition(":")[2]):
            found = self.types.get(candidate) or TYPES.get(candidate)
            if found is not None:
                return found
        self.problem(element, "dmn_unknown_type", type=name)
        return ANY

    def imported_type(self, element: etree._Element, name: str) -> FeelType | None:
        """Return the type that `prefix:name` means where the prefix is an imported model's, as DMN 1.1 writes it."""
        prefix, _, local = name.rpartition(":")
        imported = self.import_names.get(element.nsmap.get(prefix, "")) if prefix else None
        return None if imported is None else self.types.get(f"{imported}.{local}" if imported else local)

    def known_members(self) -> NameTable:
        """Return the names of entries found so far, made into tokens once."""
        if len(self._seen_members) < len(self.members):
            for name in self.members - self._seen_members:
                self._member_table.add(name)
            self._seen_members = set(self.members)
        return self._member_table

    def expression(self, element: etree._Element, text: str, names: Iterable[str]) -> Expression | None:
        """Compile a FEEL expression; None after noting why it cannot be."""
        try:
            return compile_expression(text, names, members=self.known_members(), types=self.types)
        except FeelError as error:
            self._expression_problem(element, text, error)
            return None

    def interval(self, text: str, names: Iterable[str]) -> Expression | None:
        """Compile a range that is written without its brackets, `1..3`; None for anything else."""
        if ".." not in text:
            return None
        members = self.known_members()
        try:
            compile_expression(text, names, members=members, types=self.types)
        except FeelError:
            pass
        else:
            return None
        try:
            return compile_expression(f"[{text}\n]", names, members=members, types=self.types)
        except FeelError:
            return None

    def unary_tests(self, element: etree._Element, text: str, names: Iterable[str]) -> UnaryTests | None:
        """Compile unary tests, an empty text as `-`; None after noting why they cannot be."""
        try:
            return compile_unary_tests(text or "-", names, members=self.known_members(), types=self.types)
        except FeelError as error:
            self._expression_problem(element, text, error)
            return None

    def _expression_problem(self, element: etree._Element, text: str, error: FeelError) -> None:
        code = error.code if isinstance(error, FeelSyntaxError) else FeelLimitExceeded.code
        self.problem(element, code, text=text[:80], reason=error, reason_zh=error.text("zh"))

    def listed(self, text: str) -> tuple[Value, ...]:
        """Return the values that allowed values enumerate, in their order; none where they do not."""
        try:
            values = compile_expression(f"[{text}]").evaluate({})
        except FeelError:
            return ()
        return tuple(values)

    def is_feel(self, element: etree._Element) -> bool:
        """Say whether the element's logic is FEEL; another language is a problem."""
        language = element.get("expressionLanguage") or self.root.get("expressionLanguage")
        if language is None or "feel" in language.lower():
            return True
        self.problem(element, "dmn_language", language=language)
        return False


def _name(element: etree._Element) -> str:
    place: etree._Element | None = element
    while place is not None and not (place.get("name") or place.get("label")):
        place = place.getparent()
    return "" if place is None else place.get("name") or place.get("label") or ""
