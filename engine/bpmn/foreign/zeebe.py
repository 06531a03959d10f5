"""Camunda 8: what its zeebe: elements say, said with the attributes that this engine reads."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from engine.bpmn import dialect
from engine.bpmn.foreign.findings import Findings
from engine.bpmn.foreign.vocabulary import ZEEBE, ZEEBE_SPACE, Standing, Word
from engine.bpmn.retries import TRIES_MAX

_NAME = re.compile(r"[^\W\d]\w*")
_COUNT = re.compile(r"[0-9]{1,3}")
_UNKNOWN = Word(Standing.IGNORED, "这里不认识它", "it is not known here")
_NESTED = Word(Standing.REFUSED, "请写到一个变量中", "write into one variable")
_COMPUTED = Word(Standing.REFUSED, "请写固定的名称", "write a fixed name")
_EXPRESSION = Word(Standing.REFUSED, "请写变量名", "name a variable there")
_UNREADABLE = Word(Standing.REFUSED, "请填写来源和目标", "give it a source and a target")
_COUNTED = Word(Standing.REFUSED, "请填写 1 到 100 之间的整数", "write a whole number from 1 to 100")


def adopt(root: etree._Element, findings: Findings) -> None:
    """Translate every zeebe: element; what has no counterpart is refused with the remedy."""
    prefix = f"{{{ZEEBE_SPACE}}}"
    for holder in list(root.iter(f"{{{dialect.BPMN}}}extensionElements")):
        node = holder.getparent()
        if node is None:
            continue
        translated = []
        for entry in list(holder.iterchildren(f"{prefix}*")):
            name = dialect.split(entry.tag)[1]
            word = ZEEBE.get(name, _UNKNOWN)
            if word.standing is Standing.TRANSLATED:
                translated.append(f"zeebe:{name}")
                _TRANSLATIONS[name](node, entry, findings)
            else:
                findings.word(node, f"zeebe:{name}", word)
        if translated:
            findings.note(node, "translated_words", words=", ".join(translated))


def _set(node: etree._Element, attribute: str, value: str | None) -> None:
    if value:
        node.set(f"{{{dialect.CAMUNDA}}}{attribute}", value)


def _fixed(node: etree._Element, word: str, value: str | None, findings: Findings) -> str | None:
    """A name that must not be computed."""
    if value and value.startswith("="):
        findings.word(node, word, _COMPUTED)
        return None
    return value


def _add(node: etree._Element, *path: str) -> etree._Element:
    """The camunda: element at ``path`` below the node's extensionElements, made where it is missing; the last anew."""
    holder = dialect.child(node, "extensionElements")
    if holder is None:
        holder = etree.SubElement(node, f"{{{dialect.BPMN}}}extensionElements")
    for name in path[:-1]:
        found = holder.find(f"{{{dialect.CAMUNDA}}}{name}")
        holder = etree.SubElement(holder, f"{{{dialect.CAMUNDA}}}{name}") if found is None else found
    return etree.SubElement(holder, f"{{{dialect.CAMUNDA}}}{path[-1]}")


def _property(node: etree._Element, name: str, value: str | None) -> None:
    if value:
        entry = _add(node, "properties", "property")
        entry.set("name", name)
        entry.set("value", value)


def _task_definition(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    _set(node, "type", "external")
    _set(node, "topic", _fixed(node, "zeebe:taskDefinition type", entry.get("type"), findings))
    tries = _fixed(node, "zeebe:taskDefinition retries", entry.get("retries"), findings)
    if tries and not (_COUNT.fullmatch(tries) and 1 <= int(tries) <= TRIES_MAX):
        findings.word(node, f"zeebe:taskDefinition retries {tries}", _COUNTED)
    elif tries:
        # There the number counts every try and nothing is said of pauses; here each further try waits a minute.
        _set(node, "failedJobRetryTimeCycle", f"R{int(tries) - 1}/PT1M")


def _io_mapping(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    calls = dialect.local_name(node) == "callActivity"
    for part in entry.iterchildren(f"{{{ZEEBE_SPACE}}}*"):
        name = dialect.split(part.tag)[1]
        source, target = part.get("source") or "", part.get("target") or ""
        if name not in ("input", "output") or not source or not target:
            findings.word(node, f"zeebe:{name}", _UNREADABLE)
        elif not _NAME.fullmatch(target):
            findings.word(node, f"zeebe:{name} {target}", _NESTED)
        elif calls:
            mapped = _add(node, "in" if name == "input" else "out")
            mapped.set("sourceExpression", source.removeprefix("="))
            mapped.set("target", target)
        else:
            parameter = _add(node, "inputOutput", f"{name}Parameter")
            parameter.set("name", target)
            parameter.text = source


def _assignment(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    for attribute in ("assignee", "candidateGroups", "candidateUsers"):
        _set(node, attribute, entry.get(attribute))


def _schedule(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    _set(node, "dueDate", entry.get("dueDate"))
    _set(node, "followUpDate", entry.get("followUpDate"))


def _priority(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    _set(node, "priority", entry.get("priority"))


def _form(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    key = entry.get("formId") or entry.get("externalReference") or entry.get("formKey")
    _set(node, "formRef", _fixed(node, "zeebe:formDefinition", key, findings))


def _called_element(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    called = _fixed(node, "zeebe:calledElement processId", entry.get("processId"), findings)
    if called:
        node.set("calledElement", called)
    for attribute, tag in (("propagateAllParentVariables", "in"), ("propagateAllChildVariables", "out")):
        if entry.get(attribute, "true") != "false":
            _add(node, tag).set("variables", "all")


def _called_decision(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    _set(
        node,
        "decisionRef",
        _fixed(node, "zeebe:calledDecision decisionId", entry.get("decisionId"), findings),
    )
    _set(node, "resultVariable", entry.get("resultVariable"))


def _script(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    """A script is FEEL there as it is here."""
    node.set("scriptFormat", "feel")
    etree.SubElement(node, f"{{{dialect.BPMN}}}script").text = entry.get("expression")
    _set(node, "resultVariable", entry.get("resultVariable"))


def _loop(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    _set(node, "collection", entry.get("inputCollection"))
    _set(node, "elementVariable", entry.get("inputElement"))
    element = (entry.get("outputElement") or "").removeprefix("=").strip()
    if element and not _NAME.fullmatch(element):
        findings.word(node, "zeebe:loopCharacteristics outputElement", _EXPRESSION)
        return
    _property(node, "outputCollection", entry.get("outputCollection"))
    _property(node, "outputElement", element)


def _subscription(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    _property(node, "correlationKey", entry.get("correlationKey"))


def _properties(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    for part in entry.iterchildren(f"{{{ZEEBE_SPACE}}}property"):
        _property(node, part.get("name") or "", part.get("value"))


def _version_tag(node: etree._Element, entry: etree._Element, findings: Findings) -> None:
    _set(node, "versionTag", entry.get("value"))


_TRANSLATIONS: dict[str, Callable[[etree._Element, etree._Element, Findings], None]] = {
    "taskDefinition": _task_definition,
    "ioMapping": _io_mapping,
    "assignmentDefinition": _assignment,
    "taskSchedule": _schedule,
    "priorityDefinition": _priority,
    "formDefinition": _form,
    "calledElement": _called_element,
    "calledDecision": _called_decision,
    "script": _script,
    "loopCharacteristics": _loop,
    "subscription": _subscription,
    "properties": _properties,
    "versionTag": _version_tag,
}
