"""Names of the BPMN 2.0 and camunda: vocabularies, and small questions put to an XML node."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.bpmn.model import Kind

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"

# As modellers and engines name their diagrams.
DIAGRAM_SUFFIXES = (".bpmn", ".bpmn2", ".bpmn.xml", ".bpmn20.xml")

KIND_OF_TAG = {
    "startEvent": Kind.START,
    "endEvent": Kind.END,
    "task": Kind.PLAIN_TASK,
    "manualTask": Kind.MANUAL_TASK,
    "userTask": Kind.USER_TASK,
    "serviceTask": Kind.SERVICE_TASK,
    "businessRuleTask": Kind.RULE_TASK,
    "receiveTask": Kind.RECEIVE_TASK,
    "callActivity": Kind.CALL_ACTIVITY,
    "subProcess": Kind.SUBPROCESS,
    "transaction": Kind.TRANSACTION,
    "scriptTask": Kind.SCRIPT_TASK,
    "sendTask": Kind.SEND_TASK,
    "exclusiveGateway": Kind.EXCLUSIVE_GATEWAY,
    "parallelGateway": Kind.PARALLEL_GATEWAY,
    "inclusiveGateway": Kind.INCLUSIVE_GATEWAY,
    "eventBasedGateway": Kind.EVENT_GATEWAY,
    "boundaryEvent": Kind.BOUNDARY,
    "intermediateCatchEvent": Kind.CATCH,
    "intermediateThrowEvent": Kind.THROW,
}

# Nodes a diagram may hold that this engine does not run, each with what to draw instead, in Chinese and English.
REFUSED_TAGS = {
    "complexGateway": (
        "请改用包容网关；“几个中先到几个”请画成多实例，并在完成条件中计数。",
        "draw an inclusive gateway, or, for so many out of several, a multi-instance whose completion condition counts",
    ),
    "adHocSubProcess": (
        "请改用多实例，或用内嵌子流程里的排他网关回环。",
        "draw a multi-instance, or an embedded subprocess in which an exclusive gateway leads back",
    ),
    "callChoreography": (
        "请改用调用活动或消息事件。",
        "draw a call activity, or message events",
    ),
}

ACTIVITIES = frozenset(
    {
        Kind.USER_TASK,
        Kind.MANUAL_TASK,
        Kind.PLAIN_TASK,
        Kind.SERVICE_TASK,
        Kind.RULE_TASK,
        Kind.RECEIVE_TASK,
        Kind.CALL_ACTIVITY,
        Kind.SUBPROCESS,
        Kind.TRANSACTION,
        Kind.SCRIPT_TASK,
        Kind.SEND_TASK,
    }
)

GATEWAYS = frozenset(
    {Kind.EXCLUSIVE_GATEWAY, Kind.PARALLEL_GATEWAY, Kind.INCLUSIVE_GATEWAY, Kind.EVENT_GATEWAY}
)


def split(name: object) -> tuple[str, str]:
    """The namespace and the local name of a tag or attribute; of one that is no name either, "" and all of it.

    >>> split("{urn:x}task"), split("task")
    (('urn:x', 'task'), ('', 'task'))
    """
    space, brace, local = str(name).rpartition("}")
    return (space[1:], local) if brace and space.startswith("{") else ("", str(name))


def local_name(node: etree._Element) -> str:
    """The tag of a BPMN element without its namespace; "" for an element of another vocabulary."""
    tag = str(node.tag)
    prefix = f"{{{BPMN}}}"
    return tag[len(prefix) :] if tag.startswith(prefix) else ""


def children(node: etree._Element, name: str) -> Iterator[etree._Element]:
    """The direct BPMN children of that name."""
    return node.iterchildren(f"{{{BPMN}}}{name}")


def child(node: etree._Element, name: str) -> etree._Element | None:
    """The first direct BPMN child of that name."""
    return node.find(f"{{{BPMN}}}{name}")


def text_of(node: etree._Element | None) -> str | None:
    """The trimmed text of a node, None when there is none."""
    if node is None or node.text is None:
        return None
    return node.text.strip() or None


def camunda(node: etree._Element, attribute: str) -> str | None:
    """A camunda: attribute, trimmed; None when missing or empty."""
    value = node.get(f"{{{CAMUNDA}}}{attribute}")
    return (value.strip() or None) if value else None


def camunda_list(node: etree._Element, attribute: str) -> tuple[str, ...]:
    """A comma-separated camunda: attribute."""
    value = camunda(node, attribute) or ""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def extension(node: etree._Element, *path: str) -> Iterator[etree._Element]:
    """The camunda: elements at ``path`` below the node's own extensionElements."""
    holder = child(node, "extensionElements")
    if holder is None:
        return iter(())
    return holder.iterfind("/".join(f"{{{CAMUNDA}}}{name}" for name in path))


def properties(node: etree._Element) -> dict[str, str]:
    """The camunda:properties of a node by name."""
    found = extension(node, "properties", "property")
    return {entry.get("name") or "": (entry.get("value") or "").strip() for entry in found}
