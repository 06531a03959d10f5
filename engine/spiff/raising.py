"""Errors and escalations look for who catches them from the inside out (O3): the library asks unrelated branches too.

Each activity is asked for its boundary events, then the process or subprocess around it for its event subprocesses,
and so on outwards, through called processes. One that names the code goes before one that catches all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from engine.bpmn.model import Data, Element, Trigger
from engine.spiff.errors import BpmnError, UncaughtBpmnError
from engine.spiff.tree import ROOT_ID, Running, TokenTask

if TYPE_CHECKING:
    from engine.spiff.events import EventStartNode

Catch = Callable[[str, str, Data], None]
Found = TypeVar("Found")


def throw(my_task: TokenTask, error: BpmnError) -> None:
    """Let the nearest fitting event around ``my_task`` catch ``error``. Raises UncaughtBpmnError when there is none."""
    catch = next(_catchers(my_task, Trigger.ERROR, error.code), None)
    if catch is None:
        raise UncaughtBpmnError(my_task.task_spec.element, error) from error
    catch(error.code, error.message, error.data)


def escalate(my_task: TokenTask, code: str, payload: Data) -> None:
    """Let the nearest fitting event around ``my_task`` catch an escalation; one that nobody catches passes."""
    catch = next(_catchers(my_task, Trigger.ESCALATION, code), None)
    if catch is not None:
        catch(code, my_task.task_spec.element.name, payload)


def _catchers(my_task: TokenTask, trigger: Trigger, code: str) -> Iterator[Catch]:
    place: TokenTask | None = my_task
    while place is not None:
        boundary = _fitting(place.parent.children, _at_edge, trigger, code)
        if boundary is not None:
            yield partial(boundary.task_spec.catch, boundary)
        holder = place.parent
        if holder.id != ROOT_ID:
            place = holder  # from an instance of a repeated task to the repeated task itself
            continue
        level = place.workflow
        start = _fitting(_starts(level, place), _of_start, trigger, code)
        if start is not None:
            yield partial(start.catch, level)
        place = level.host_task


def _starts(level: Running, place: TokenTask) -> list[EventStartNode]:
    """The event subprocesses that may begin: none after an interrupting one has, and none for what it did itself."""
    watches = level.container.watches
    running = [task.task_spec for task in level.task_tree.children]
    if any(watch.element.interrupting and watch.handler in running for watch in watches):
        return []
    return [watch for watch in watches if watch.handler is not place.task_spec]


def _at_edge(task: TokenTask) -> Element | None:
    return task.task_spec.element if task.task_spec.element.attached_to else None


def _of_start(watch: EventStartNode) -> Element:
    return watch.element


def _fitting(
    among: Iterable[Found], element_of: Callable[[Found], Element | None], trigger: Trigger, code: str
) -> Found | None:
    """The first that catches the code by name, else the first that catches all."""
    catch_all = None
    for each in among:
        element = element_of(each)
        if element is None or element.trigger is not trigger:
            continue
        wanted = element.error_code if trigger is Trigger.ERROR else element.escalation_code
        if wanted == code:
            return each
        if wanted is None and catch_all is None:
            catch_all = each
    return catch_all
