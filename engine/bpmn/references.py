"""Checking what a bundle refers to: topics, forms, decisions, groups, called processes."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.expressions import is_expression
from engine.bpmn.model import Element, Kind, Known, Problem, ProcessModel, Trigger
from engine.bpmn.reader import BundleModel
from engine.bpmn.rules import problem


def check(bundle: BundleModel, known: Known) -> list[Problem]:
    """Every name a bundle uses that nobody offers, and calls that go round in a circle."""
    found: list[Problem] = []
    for model in bundle.processes.values():
        for element in model.elements.values():
            found += _element(model, element, bundle, known)
        for group in model.candidate_starter_groups:
            if group not in known.groups:
                found.append(problem(model.file, None, "group_unknown", group=group))
    return found


def _element(model: ProcessModel, element: Element, bundle: BundleModel, known: Known) -> Iterator[Problem]:
    if element.topic and element.topic not in known.topics:
        yield problem(model.file, element, "topic_unknown", topic=element.topic)
    if element.form_key and element.form_key not in known.forms:
        yield problem(model.file, element, "form_unknown", form=element.form_key)
    if element.decision_ref and element.decision_ref not in known.decisions:
        yield problem(model.file, element, "decision_unknown", decision=element.decision_ref)
    for group in element.candidate_groups:
        if not is_expression(group) and group not in known.groups:
            yield problem(model.file, element, "group_unknown", group=group)


def check_calls(bundle: BundleModel) -> Iterator[Problem]:
    """Tasks that name nothing to do, and calls to processes outside the bundle or back to themselves."""
    for model in bundle.processes.values():
        for element in model.elements.values():
            yield from _missing(model, element)
            called = element.called_process
            if element.kind is not Kind.CALL_ACTIVITY or not called:
                continue
            if called not in bundle.processes:
                yield problem(model.file, element, "called_unknown", process=called)
                continue
            if not _starts_plainly(bundle.processes[called]):
                yield problem(model.file, element, "called_without_start", process=called)
            path = _way_back(bundle, called, model.id)
            if path:
                yield problem(model.file, element, "calls_itself", path=" → ".join([model.id, *path]))


def _starts_plainly(model: ProcessModel) -> bool:
    starts = [each for each in model.elements.values() if each.kind is Kind.START and each.parent_id is None]
    return not starts or any(
        each.trigger is Trigger.NONE for each in starts
    )  # no start at all is told already


def _missing(model: ProcessModel, element: Element) -> Iterator[Problem]:
    if element.kind is Kind.SERVICE_TASK and not element.topic:
        yield problem(model.file, element, "topic_missing")
    if element.kind is Kind.RULE_TASK and not element.decision_ref:
        yield problem(model.file, element, "decision_missing")
    if element.kind is Kind.CALL_ACTIVITY and not element.called_process:
        yield problem(model.file, element, "called_missing")
    if element.kind is Kind.USER_TASK and not (
        element.candidate_groups or element.candidate_users or element.assignee
    ):
        yield problem(model.file, element, "user_task_for_nobody")


def _way_back(bundle: BundleModel, start: str, goal: str) -> list[str] | None:
    """The calls that lead from ``start`` to ``goal``, both included; None when there are none."""
    queue: list[list[str]] = [[start]]
    seen: set[str] = set()
    while queue:
        path = queue.pop()
        if path[-1] == goal:
            return path
        if path[-1] in seen or path[-1] not in bundle.processes:
            continue
        seen.add(path[-1])
        called = (element.called_process for element in bundle.processes[path[-1]].elements.values())
        queue += [[*path, each] for each in called if each]
    return None
