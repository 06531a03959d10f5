"""Do the conditions of a bundle read only what something writes? Asked where all writers are known."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.expressions import ExpressionInvalid, expression
from engine.bpmn.model import Element, Kind, Known, Problem, ProcessModel
from engine.bpmn.reader import BundleModel
from engine.bpmn.rules import problem
from engine.bpmn.texts import names_written


def check(bundle: BundleModel, known: Known) -> Iterator[Problem]:
    """One problem for each condition that reads a name which nothing in its process can have written."""
    names = names_written(bundle)
    available = _available(bundle, known)
    for model in bundle.processes.values():
        written = available.get(model.id)
        if written is None:
            continue
        for described, condition in _conditions(model):
            unwritten = _reads(condition, names) - written
            if unwritten:
                yield problem(
                    model.file,
                    described,
                    "condition_reads_unwritten",
                    text=condition,
                    names=", ".join(sorted(unwritten)),
                )


def _conditions(model: ProcessModel) -> Iterator[tuple[Element, str | None]]:
    """Every condition of a process with what carries it: flows, conditional events."""
    for flow in model.flows.values():
        yield Element(flow.id, flow.name, Kind.PLAIN_TASK, model.id), flow.condition
    for element in model.elements.values():
        yield element, element.condition


def _reads(text: str | None, names: frozenset[str]) -> frozenset[str]:
    if not text:
        return frozenset()
    try:
        return expression(text, names).reads
    except ExpressionInvalid:
        return frozenset()  # reported by the checker of texts


def _available(bundle: BundleModel, known: Known) -> dict[str, frozenset[str]]:
    """By process, every name that may be there; a process with a writer nobody knows is left out.

    Names travel between processes over call activities, so this is repeated until nothing is added.
    """
    available: dict[str, frozenset[str]] = {}
    for _ in range(len(bundle.processes) + 1):
        before = dict(available)
        for model in bundle.processes.values():
            found = _of_process(model, bundle, known, before)
            if found is not None:
                available[model.id] = found
        if available == before:
            break
    return _trusted(available, bundle)


def _trusted(available: dict[str, frozenset[str]], bundle: BundleModel) -> dict[str, frozenset[str]]:
    """Without the processes that take everything from, or give everything to, one of which too little is known."""
    trusted = dict(available)
    calls = [
        (caller.id, element)
        for caller in bundle.processes.values()
        for element in caller.elements.values()
        if element.called_process
    ]
    for _ in range(len(bundle.processes)):
        for caller, element in calls:
            called = element.called_process or ""
            if called not in trusted and any(mapped.all for mapped in element.mapped_out):
                trusted.pop(caller, None)
            if caller not in trusted and any(mapped.all for mapped in element.mapped_in):
                trusted.pop(called, None)
    return trusted


def _of_process(
    model: ProcessModel, bundle: BundleModel, known: Known, available: dict[str, frozenset[str]]
) -> frozenset[str] | None:
    found = _given(model, bundle, known, available)
    if found is None:
        return None
    for element in model.elements.values():
        written = _by_element(element, known, available)
        if written is None:
            return None
        found |= written
    return found


def _given(
    model: ProcessModel, bundle: BundleModel, known: Known, available: dict[str, frozenset[str]]
) -> frozenset[str] | None:
    """What a process starts with: from who starts it, and from every activity that calls it."""
    callers = [
        (caller, element)
        for caller in bundle.processes.values()
        for element in caller.elements.values()
        if element.called_process == model.id
    ]
    found = known.writes.get(f"start:{model.id}")
    if found is None and not callers:
        return None
    found = found or frozenset()
    for caller, element in callers:
        for mapped in element.mapped_in:
            if mapped.target:
                found |= {mapped.target}
            elif mapped.all and caller.id in available:
                found |= available[caller.id]
            elif mapped.all:
                return None
    return found


_SENDING = frozenset({Kind.SEND_TASK, Kind.THROW, Kind.END})
_SOURCE = {
    Kind.SERVICE_TASK: ("topic", "topic"),
    Kind.SEND_TASK: ("topic", "topic"),
    Kind.THROW: ("topic", "topic"),
    Kind.END: ("topic", "topic"),
    Kind.RULE_TASK: ("decision", "decision_ref"),
    Kind.USER_TASK: ("form", "form_key"),
}


def _by_element(
    element: Element, known: Known, available: dict[str, frozenset[str]]
) -> frozenset[str] | None:
    """What an element writes; None when nobody knows."""
    settings = element.multi_instance
    if element.outputs:
        return frozenset(parameter.name for parameter in element.outputs)
    if settings and settings.output_collection:
        return frozenset({settings.output_collection})
    if element.message_name and element.kind in _SENDING:
        return frozenset()
    if element.message_name:
        return known.writes.get(f"message:{element.message_name}")
    if element.kind is Kind.CALL_ACTIVITY:
        return _returned(element, available)
    if element.signal_name and element.kind not in _SENDING:
        return None  # a signal may bring anything
    if element.kind is Kind.SCRIPT_TASK and not element.result_variable:
        return None  # a context whose entries only the script knows
    if element.kind in (Kind.RULE_TASK, Kind.SCRIPT_TASK) and element.result_variable:
        return frozenset({element.result_variable})
    caught = frozenset(name for name in (element.code_variable, element.message_variable) if name)
    if caught:
        return caught
    if element.kind in _SOURCE:
        sort, attribute = _SOURCE[element.kind]
        name = getattr(element, attribute)
        return known.writes.get(f"{sort}:{name}") if name else frozenset()
    return frozenset()


def _returned(element: Element, available: dict[str, frozenset[str]]) -> frozenset[str] | None:
    found = frozenset(mapped.target for mapped in element.mapped_out if mapped.target)
    if any(mapped.all for mapped in element.mapped_out):
        inner = available.get(element.called_process or "")
        # In the first round the called process may not be known yet; it is asked again.
        found |= inner or frozenset()
    return found
