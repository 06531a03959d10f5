"""A BPMN error looks for its boundary from the inside out (O3): the library would ask unrelated branches too."""

from __future__ import annotations

from engine.bpmn.model import Trigger
from engine.spiff.errors import BpmnError, UncaughtBpmnError
from engine.spiff.tree import ROOT_ID, TokenTask


def throw(my_task: TokenTask, error: BpmnError) -> None:
    """Let the nearest fitting error boundary around ``my_task`` catch ``error``.

    A boundary naming the code goes before one that catches all. Raises UncaughtBpmnError when there is none.
    """
    place: TokenTask | None = my_task
    while place is not None:
        boundary = _fitting(place, error.code)
        if boundary is not None:
            boundary.task_spec.interrupt(boundary, error.data)
            return
        holder = place.parent
        if holder.id != ROOT_ID:
            place = holder  # from an instance of a repeated task to the repeated task itself
        else:
            place = place.workflow.host_task
    raise UncaughtBpmnError(my_task.task_spec.element, error) from error


def _fitting(place: TokenTask, code: str) -> TokenTask | None:
    """The error boundary beside ``place`` that catches ``code``."""
    beside = [
        task
        for task in place.parent.children
        if task.task_spec.element.attached_to and task.task_spec.element.trigger is Trigger.ERROR
    ]
    exact = [task for task in beside if task.task_spec.element.error_code == code]
    catch_all = [task for task in beside if task.task_spec.element.error_code is None]
    return next(iter(exact + catch_all), None)
