"""A parsed file of any tool, brought to the one dialect the reader knows, with a word on everything changed."""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.foreign import family, standard, zeebe
from engine.bpmn.foreign.findings import Findings
from engine.bpmn.foreign.vocabulary import CAMUNDA_FAMILY, ZEEBE_SPACE, Standing, Word

PARTS_MAX = 20_000  # elements of the standard in a file
PROCESSES_MAX = 200  # of a file: who calls whom takes the square of their number
ID_LENGTH_MAX = 100  # as long as the columns that keep it

# No blanks, quotes or slashes; nor the endings under which the engine keeps a node's guard and its repetitions.
_ID = re.compile(rf"(?!.*(?:\.BoundaryEventSplit| \[child\])$)[^\s\"'/<>&]{{1,{ID_LENGTH_MAX}}}")
_OWN_SPACES = frozenset(
    {
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/XML/1998/namespace",
        "http://camunda.org/schema/modeler/1.0",
        "http://camunda.org/schema/execution/1.0",
        *CAMUNDA_FAMILY,
        ZEEBE_SPACE,
        dialect.BPMN,
        dialect.BPMNDI,
        "http://www.omg.org/spec/DD/20100524/DC",
        "http://www.omg.org/spec/DD/20100524/DI",
    }
)
_SCRIPTS = Word(
    Standing.REFUSED, "请把脚本要做的事画成服务任务", "draw what the script does as a service task"
)
_REFUSED_ELSEWHERE = {
    "{http://www.jboss.org/drools}onEntry-script": _SCRIPTS,
    "{http://www.jboss.org/drools}onExit-script": _SCRIPTS,
}


def adopt(root: etree._Element, file: str) -> Findings:
    """Change ``root`` in place; returns what to tell about it. A file that is no BPMN is left with a problem."""
    findings = Findings(file)
    draft = standard.adopt_namespace(root)
    if draft is not None:
        findings.note(None, "translated_namespace", namespace=draft)
    if root.tag != f"{{{dialect.BPMN}}}definitions":
        other = standard.other_format(root)
        if other:
            findings.refuse(None, "other_format", format=other)
        else:
            findings.refuse(None, "not_bpmn")
        return findings
    if sum(1 for _ in root.iter(f"{{{dialect.BPMN}}}*")) > PARTS_MAX:
        findings.refuse(None, "too_many_parts", most=PARTS_MAX)
        return findings
    if sum(1 for _ in dialect.children(root, "process")) > PROCESSES_MAX:
        findings.refuse(None, "too_many_processes", most=PROCESSES_MAX)
        return findings
    for node, reference in standard.follow_references(root):
        findings.note(node, "translated_reference", reference=reference)
    zeebe.adopt(root, findings)
    family.adopt(root, findings)
    declared = standard.declarations(root)
    if declared:
        findings.note(None, "ignored_declarations", words=", ".join(declared))
    _parts(root, findings)
    _other_vocabularies(root, findings)
    return findings


def _parts(root: etree._Element, findings: Findings) -> None:
    """What concerns single nodes of processes in every dialect: ids, and data associations that compute."""
    for process in dialect.children(root, "process"):
        for node in process.iter(f"{{{dialect.BPMN}}}*"):
            name = dialect.local_name(node)
            identity = node.get("id")
            runs = name in dialect.KIND_OF_TAG or name in ("process", "sequenceFlow")
            if runs and identity and not _ID.fullmatch(identity):
                findings.refuse(node, "id_unfit", id=identity, most=ID_LENGTH_MAX)
            if standard.assigning_associations(node):
                findings.refuse(node, "data_assignment")


def _other_vocabularies(root: etree._Element, findings: Findings) -> None:
    """One note for each vocabulary that nothing here reads; the drawing's own is left alone."""
    count: Counter[str] = Counter()
    for part in root.iterchildren(tag=etree.Element):
        if str(part.tag) == f"{{{dialect.BPMNDI}}}BPMNDiagram":
            continue
        for node in part.iter(tag=etree.Element):
            refused = _REFUSED_ELSEWHERE.get(str(node.tag))
            if refused:
                findings.word(node, dialect.split(node.tag)[1], refused)
                continue
            spaces = [dialect.split(key)[0] for key in (*node.attrib, node.tag)]
            count.update(space or "–" for space in spaces[:-1] if space and space not in _OWN_SPACES)
            if (spaces[-1] or "") not in _OWN_SPACES:
                count[spaces[-1] or "–"] += 1
    for space, times in sorted(count.items()):
        findings.note(None, "ignored_vocabulary", namespace=space, count=times)
