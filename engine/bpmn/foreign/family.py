"""Camunda 7 and its relatives: Operaton, Activiti and Flowable write the same words in namespaces of their own."""

from __future__ import annotations

import re

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.foreign.findings import Findings
from engine.bpmn.foreign.vocabulary import ATTRIBUTES, CAMUNDA_FAMILY, ELEMENTS, SILENT, Standing, Word

_UNKNOWN = Word(Standing.IGNORED, "这里不认识它", "it is not known here")
_FORM_REFERENCE = re.compile(r"camunda-forms:\w+:(?:.*/)?([^/]+?)(?:\.form)?")
_PERFORMERS = re.compile(r"(?:(?P<kind>user|group)\(\s*(?P<inner>[^(),]+?)\s*\)|(?P<bare>[^(),$#{}]+))")
_SERVICE_TYPES = {"external": "external", "external-worker": "external"}
# Values that say what is the case here anyway; "false" of everything else.
_AS_HERE = {
    "exclusive": "true",
    "isStartableInTasklist": "true",
    "formRefBinding": "deployment",
    "decisionRefBinding": "deployment",
    "calledElementBinding": "deployment",
    "sameDeployment": "true",
}
# What Activiti and Flowable call otherwise.
_OTHER_NAMES = {"async": "asyncBefore", "asyncLeave": "asyncAfter", "resultVariableName": "resultVariable"}


def adopt(root: etree._Element, findings: Findings) -> None:
    """Move the words of the family into the camunda: namespace and say what becomes of each."""
    spaces = {space for node in (root, *root) for space in node.nsmap.values()}
    implied = bool(
        spaces & {space for space, name in CAMUNDA_FAMILY.items() if name in ("activiti", "flowable")}
    )
    for node in list(root.iter(tag=etree.Element)):
        name = dialect.local_name(node)
        if not name:
            continue
        moved = [*_attributes(node, findings), *_elements(node, findings)]
        if moved:
            findings.note(node, "translated_words", words=", ".join(dict.fromkeys(moved)))
        _values(node, findings)
        if name == "process" and implied and node.get("isExecutable") is None:
            node.set("isExecutable", "true")
            findings.note(node, "translated_word", word="process", meaning='isExecutable="true"')
        if name == "userTask":
            _performers(node, findings)


def _attributes(node: etree._Element, findings: Findings) -> list[str]:
    moved = []
    for key, value in list(node.attrib.items()):
        space, original = dialect.split(key)
        prefix = CAMUNDA_FAMILY.get(space)
        if prefix is None:
            continue
        local = original
        if local in _OTHER_NAMES or prefix != "camunda":
            del node.attrib[key]
            renamed = f"{{{dialect.CAMUNDA}}}{_OTHER_NAMES.get(local, local)}"
            if renamed not in node.attrib:
                node.set(renamed, value)
            local = _OTHER_NAMES.get(local, local)
        word = ATTRIBUTES.get(local, _UNKNOWN)
        if local == "inheritVariables" and value == "true":
            _pass_all(node)
            moved.append(f"{prefix}:{local}")
        elif word.standing is Standing.RUNS:
            unserved = local == "type" and value not in _SERVICE_TYPES  # _values speaks of it
            if (prefix != "camunda" or original in _OTHER_NAMES) and not unserved:
                moved.append(f"{prefix}:{original}")
        elif local in ("class", "expression", "delegateExpression"):
            findings.refuse(node, "service_not_external", attribute=f"{prefix}:{local}")
        elif value != _AS_HERE.get(local, "false") or word is _UNKNOWN:
            findings.word(node, f"{prefix}:{original}", word)
    return moved


def _pass_all(node: etree._Element) -> None:
    holder = dialect.child(node, "extensionElements")
    if holder is None:
        holder = etree.SubElement(node, f"{{{dialect.BPMN}}}extensionElements")
    etree.SubElement(holder, f"{{{dialect.CAMUNDA}}}in").set("variables", "all")


def _elements(node: etree._Element, findings: Findings) -> list[str]:
    moved = []
    holder = dialect.child(node, "extensionElements")
    for entry in list(holder.iterchildren(tag=etree.Element)) if holder is not None else ():
        space, local = dialect.split(entry.tag)
        prefix = CAMUNDA_FAMILY.get(space)
        if prefix is None:
            continue
        for part in entry.iter(f"{{{space}}}*"):
            part.tag = f"{{{dialect.CAMUNDA}}}{dialect.split(part.tag)[1]}"
        word = SILENT if prefix == "modeler" else ELEMENTS.get(local, _UNKNOWN)
        if word.standing is not Standing.RUNS:
            findings.word(node, f"{prefix}:{local}", word)
        elif prefix != "camunda":
            moved.append(f"{prefix}:{local}")
    return moved


def _values(node: etree._Element, findings: Findings) -> None:
    """Values that the relatives write otherwise."""
    kind = dialect.camunda(node, "type")
    if kind and dialect.local_name(node).endswith("Task"):
        if kind not in _SERVICE_TYPES:
            findings.refuse(node, "service_not_external", attribute=f'type="{kind}"')
        elif kind != _SERVICE_TYPES[kind]:
            node.set(f"{{{dialect.CAMUNDA}}}type", "external")
            findings.note(node, "translated_word", word=f'type="{kind}"', meaning='type="external"')
    for attribute in ("formKey", "formRef"):
        reference = _FORM_REFERENCE.fullmatch(dialect.camunda(node, attribute) or "")
        if reference:
            node.set(f"{{{dialect.CAMUNDA}}}{attribute}", reference[1])
            findings.note(node, "translated_word", word=reference[0], meaning=f'{attribute}="{reference[1]}"')


def _performers(node: etree._Element, findings: Findings) -> None:
    """The standard's own way to say who does a task, where what it says is plain."""
    for tag, bare in (
        ("humanPerformer", "assignee"),
        ("performer", "assignee"),
        ("potentialOwner", "candidateGroups"),
    ):
        for resource in dialect.children(node, tag):
            expression = resource.find(f".//{{{dialect.BPMN}}}formalExpression")
            text = dialect.text_of(expression) or ""
            parts = [_PERFORMERS.fullmatch(part.strip()) for part in text.split(",")]
            if not text or None in parts:
                findings.word(
                    node,
                    tag,
                    Word(Standing.IGNORED, "请用 candidateGroups 填写角色", "name roles in candidateGroups"),
                )
                continue
            for part in parts:
                if part is None:
                    continue
                attribute = bare
                if tag == "potentialOwner" and part["kind"] == "user":
                    attribute = "candidateUsers"
                key = f"{{{dialect.CAMUNDA}}}{attribute}"
                given = part["inner"] or part["bare"].strip()
                node.set(key, f"{node.get(key)}, {given}" if node.get(key) else given)
            findings.note(node, "translated_word", word=f"{tag} {text}", meaning=f"camunda:{bare}")
