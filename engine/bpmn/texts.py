"""Checking the texts of diagrams: do expressions and times parse, and does something write what conditions read?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from engine.bpmn import cycles, retries, times
from engine.bpmn.expressions import (
    ExpressionInvalid,
    expression,
    feel_of_foreign,
    is_expression,
    is_foreign,
)
from engine.bpmn.model import Element, Kind, Problem, ProcessModel, TimerKind
from engine.bpmn.reader import BundleModel
from engine.bpmn.rules import problem

_COUNTERS = frozenset({"nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"})


def names_written(bundle: BundleModel) -> frozenset[str]:
    """Every variable the diagrams of a bundle name as written, so that FEEL knows names with spaces."""
    found: set[str | None] = set(_COUNTERS)
    for model in bundle.processes.values():
        for element in model.elements.values():
            found.update(parameter.name for parameter in (*element.inputs, *element.outputs))
            found.update(mapped.target for mapped in (*element.mapped_in, *element.mapped_out))
            found.update((element.result_variable, element.code_variable, element.message_variable))
            if element.multi_instance:
                found.update(
                    (element.multi_instance.element_variable, element.multi_instance.output_collection)
                )
    return frozenset(name for name in found if name)


def check(model: ProcessModel, names: frozenset[str]) -> list[Problem]:
    """What does not parse in one process."""
    found = []
    for flow in model.flows.values():
        if flow.condition:
            described = Element(flow.id, flow.name, Kind.PLAIN_TASK, model.id)
            found += _invalid(model, described, flow.condition, names)
    for element in model.elements.values():
        for text in expressions_of(element):
            found += _invalid(model, element, text, names)
        found += _time(model, element)
        found += _job(model, element)
        found += _pairs(model, element)
    return found


def translations(bundle: BundleModel) -> Iterator[Problem]:
    """One note for each ``${…}`` that was put into FEEL, once an element."""
    for model in bundle.processes.values():
        texts: list[tuple[Element, str]] = [
            (Element(flow.id, flow.name, Kind.PLAIN_TASK, model.id), flow.condition)
            for flow in model.flows.values()
            if flow.condition
        ]
        texts += [(element, text) for element in model.elements.values() for text in expressions_of(element)]
        told = set()
        for element, text in texts:
            if (element.id, text) in told or not is_foreign(text):
                continue
            told.add((element.id, text))
            with suppress(ExpressionInvalid):  # those are reported as problems
                feel = feel_of_foreign(text)
                yield problem(model.file, element, "translated_expression", text=text, feel=feel)


def expressions_of(element: Element) -> Iterator[str]:
    """Every text of an element that will be evaluated."""
    attributes = (
        element.assignee,
        element.due_date,
        element.follow_up_date,
        element.priority,
        element.correlation,
        element.timer_text,
        element.job_priority,
        *element.candidate_groups,
        *element.candidate_users,
        *(parameter.text for parameter in (*element.inputs, *element.outputs)),
    )
    yield from (text for text in attributes if text and (is_foreign(text) or is_expression(text)))
    yield from (
        mapped.expression for mapped in (*element.mapped_in, *element.mapped_out) if mapped.expression
    )
    yield from filter(None, (element.condition, element.script, element.loop and element.loop.condition))
    if element.multi_instance:
        settings = element.multi_instance
        yield from filter(None, (settings.collection, settings.cardinality, settings.completion_condition))


def _invalid(model: ProcessModel, element: Element, text: str, names: frozenset[str]) -> list[Problem]:
    try:
        if is_foreign(text) and not is_expression(text):
            raise ExpressionInvalid(text, "text around ${…} is not evaluated")
        expression(text, names)
    except ExpressionInvalid as invalid:
        return [problem(model.file, element, "expression_invalid", text=text, reason=invalid.reason)]
    return []


def _time(model: ProcessModel, element: Element) -> list[Problem]:
    text = element.timer_text
    if not text or is_foreign(text) or is_expression(text):
        return []
    try:
        if element.timer_kind is TimerKind.CYCLE:
            cycles.parse(text)
        elif element.timer_kind is TimerKind.DATE:
            times.instant(text)
        elif not times.is_working_time(text):
            times.parse_duration(text)
    except times.TimeNotReadable as error:
        return [problem(model.file, element, "timer_not_readable", text=text, reason=str(error))]
    return []


def _job(model: ProcessModel, element: Element) -> Iterator[Problem]:
    """What is said of the element as a job can be read."""
    try:
        retries.pauses(element.retry_cycle)
    except (times.TimeNotReadable, OverflowError) as error:
        yield problem(model.file, element, "retry_not_readable", text=element.retry_cycle, reason=str(error))
    priority = element.job_priority
    if priority and not is_expression(priority) and not re.fullmatch(r"-?\d{1,9}", priority):
        yield problem(model.file, element, "job_priority_not_readable", text=priority)


def _pairs(model: ProcessModel, element: Element) -> Iterator[Problem]:
    """Parameters and mappings have both their ends."""
    for parameter in (*element.inputs, *element.outputs):
        if not parameter.name:
            yield problem(model.file, element, "parameter_name_missing")
    for mapped in (*element.mapped_in, *element.mapped_out):
        if not mapped.all and (not mapped.target or not (mapped.source or mapped.expression)):
            yield problem(model.file, element, "mapping_incomplete")
