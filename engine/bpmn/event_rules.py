"""Rules about event subprocesses, compensation and transactions: what belongs where, and what must be with it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.dialect import ACTIVITIES
from engine.bpmn.model import Element, Kind, Problem, ProcessModel, Trigger
from engine.bpmn.rules import problem

_INTERRUPTS_ALWAYS = frozenset({Trigger.ERROR, Trigger.CANCEL})


def check_events(model: ProcessModel) -> Iterator[Problem]:
    """What is wrong with the events of one process beside the flows."""
    joined = {end for flow in model.flows.values() for end in (flow.source_id, flow.target_id)}
    guarded = {element.attached_to for element in model.elements.values() if element.attached_to}
    undone_by = {element.compensated_by for element in model.elements.values() if element.compensated_by}
    for element in model.elements.values():
        for code in _of_element(model, element, joined, guarded, undone_by):
            yield problem(model.file, element, code, target=element.compensates)


def _of_element(
    model: ProcessModel,
    element: Element,
    joined: set[str],
    guarded: set[str],
    undone_by: set[str],
) -> Iterator[str]:
    if element.trigger in _INTERRUPTS_ALWAYS and not element.interrupting:
        yield "error_not_interrupting"
    if element.kind is Kind.EVENT_SUBPROCESS:
        if element.id in joined:
            yield "event_subprocess_flow"
        if element.id in guarded or element.multi_instance or element.loop:
            yield "event_subprocess_attached"
    if element.for_compensation and element.kind in ACTIVITIES:
        if element.id not in undone_by:
            yield "compensation_handler_alone"
        if element.id in joined or element.id in guarded:
            yield "compensation_flow"
    if element.trigger is Trigger.COMPENSATION:
        yield from _compensation(model, element, joined)
    if element.trigger is Trigger.CANCEL:
        yield from _cancel(model, element)


def _compensation(model: ProcessModel, element: Element, joined: set[str]) -> Iterator[str]:
    if element.kind is Kind.BOUNDARY:
        handler = model.elements.get(element.compensated_by or "")
        if handler is None or handler.parent_id != element.parent_id:
            yield "compensation_handler_missing"
        if element.id in joined:
            yield "compensation_flow"
    elif element.compensates and not _can_be_undone(model, element):
        yield "compensation_target"


def _can_be_undone(model: ProcessModel, element: Element) -> bool:
    """Whether what a throw names lies at its level and has something to undo it, itself or inside."""
    target = model.elements.get(element.compensates or "")
    if target is None or target.parent_id != place_undone(model, element):
        return False
    return any(
        each.trigger is Trigger.COMPENSATION
        and each.attached_to
        and (each.attached_to == target.id or _lies_in(model, each, target))
        for each in model.elements.values()
    )


def _lies_in(model: ProcessModel, element: Element, holder: Element) -> bool:
    while element.parent_id is not None:
        if element.parent_id == holder.id:
            return True
        element = model.elements[element.parent_id]
    return False


def place_undone(model: ProcessModel, element: Element) -> str | None:
    """The subprocess (None: the process) whose activities a compensation throw undoes.

    From inside an event subprocess that is the place around it, from anywhere else the throw's own.
    """
    place = element.parent_id
    while place is not None and model.elements[place].kind is Kind.EVENT_SUBPROCESS:
        place = model.elements[place].parent_id
    return place


def _cancel(model: ProcessModel, element: Element) -> Iterator[str]:
    if element.kind is Kind.BOUNDARY:
        host = model.elements.get(element.attached_to or "")
        if host is None or host.kind is not Kind.TRANSACTION:
            yield "cancel_place"
        return
    holder = model.elements.get(element.parent_id or "")
    if holder is None or holder.kind is not Kind.TRANSACTION:
        yield "cancel_place"
    elif not any(
        each.attached_to == holder.id and each.trigger is Trigger.CANCEL for each in model.elements.values()
    ):
        yield "cancel_not_caught"
