"""What any tool may write differently within the standard: namespaces, qualified references, event definitions."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.foreign.vocabulary import DRAFTS, OTHER_FORMATS

_REFERENCES = frozenset(
    {
        *("sourceRef", "targetRef", "attachedToRef", "messageRef", "errorRef", "signalRef", "escalationRef"),
        *("calledElement", "default", "activityRef", "processRef"),
    }
)
_DECLARATIONS = frozenset(
    {
        "import",
        "itemDefinition",
        "interface",
        "dataStore",
        "resource",
        "partnerRole",
        "partnerEntity",
        "endPoint",
    }
)


def adopt_namespace(root: etree._Element) -> str | None:
    """Move the elements of a draft's namespace into the standard's; returns the draft, None if it was none."""
    space, name = dialect.split(root.tag)
    if name != "definitions" or space not in DRAFTS:
        return None
    prefix = f"{{{space}}}" if space else ""
    for node in root.iter(tag=etree.Element):
        tag = str(node.tag)
        if tag.startswith(prefix) and (space or "{" not in tag):
            node.tag = f"{{{dialect.BPMN}}}{tag[len(prefix) :]}"
    return space or "–"


def other_format(root: etree._Element) -> str | None:
    """What a file is that is not BPMN, as far as its root element tells."""
    return OTHER_FORMATS.get(dialect.split(root.tag)[1])


def follow_references(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Resolve qualified names and eventDefinitionRef in place; yields the node and reference of each of the latter."""
    ids = {identity: node for node in root.iter(tag=etree.Element) if (identity := node.get("id"))}
    yield from _complete_flows(root)
    for node in list(root.iter(tag=etree.Element)):
        if not dialect.local_name(node):
            continue
        for attribute in _REFERENCES & set(node.attrib):
            _unqualify(node, attribute, ids)
        if dialect.local_name(node) == "eventDefinitionRef":
            reference = _plain(dialect.text_of(node) or "", node, ids)
            owner, target = node.getparent(), ids.get(reference)
            if owner is None or target is None or not dialect.local_name(target).endswith("EventDefinition"):
                continue
            # Defined at the top of the file or in another event: what it says is repeated here.
            copied = etree.SubElement(
                owner, target.tag, {k: v for k, v in target.attrib.items() if k != "id"}
            )
            for part in target:
                copied.append(_copy(part))
            owner.remove(node)
            yield owner, reference


def _complete_flows(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Give flows without ends those of the nodes that name them as incoming and outgoing."""
    flows = {
        flow.get("id"): flow
        for flow in root.iter(f"{{{dialect.BPMN}}}sequenceFlow")
        if not (flow.get("sourceRef") and flow.get("targetRef"))
    }
    for tag, attribute in (("outgoing", "sourceRef"), ("incoming", "targetRef")):
        for mention in root.iter(f"{{{dialect.BPMN}}}{tag}") if flows else ():
            flow, node = flows.get(dialect.text_of(mention)), mention.getparent()
            if flow is not None and node is not None and node.get("id") and not flow.get(attribute):
                flow.set(attribute, node.get("id") or "")
                yield flow, f"{tag} {flow.get('id')}"


def _copy(node: etree._Element) -> etree._Element:
    copied = etree.fromstring(etree.tostring(node, with_tail=False))
    copied.attrib.pop("id", None)
    return copied


def _unqualify(node: etree._Element, attribute: str, ids: dict[str, etree._Element]) -> None:
    value = node.get(attribute) or ""
    plain = _plain(value.strip(), node, ids)
    if plain != value:
        node.set(attribute, plain)


def _plain(value: str, node: etree._Element, ids: dict[str, etree._Element]) -> str:
    """The id in a qualified name: what follows a prefix that is declared there, unless the whole is an id."""
    prefix, colon, rest = value.partition(":")
    if colon and value not in ids and (rest in ids or prefix in node.nsmap):
        return rest
    return value


def declarations(root: etree._Element) -> list[str]:
    """The kinds of root elements by which nothing here runs: types, services, and what nothing can refer to.

    Messages, signals, errors and escalations without an id are taken out.
    """
    nameless = [
        node
        for node in root.iterchildren(tag=etree.Element)
        if dialect.local_name(node) in ("message", "signal", "error", "escalation") and not node.get("id")
    ]
    for node in nameless:
        root.remove(node)
    found = {dialect.local_name(node) for node in root.iterchildren(tag=etree.Element)} & _DECLARATIONS
    return sorted(found | {f"{dialect.local_name(node)} (id?)" for node in nameless})


def assigning_associations(node: etree._Element) -> bool:
    """Whether a data association of ``node`` moves data itself and does not only draw a line."""
    return any(
        dialect.child(link, part) is not None
        for tag in ("dataInputAssociation", "dataOutputAssociation")
        for link in dialect.children(node, tag)
        for part in ("assignment", "transformation")
    )
