"""Compensation: what was done is undone in reverse order, one after the other, and only then the case goes on.

When an activity with a compensation boundary is done, its level keeps a record; when a subprocess is done, the records
of its inside go into the record of the subprocess. A compensation event takes the records it is to undo and hands
them to one :class:`UndoNode` token of that level, which runs the handlers. Handlers see process data as it is now, and
the item and counter of the instance they undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Kind
from engine.spiff.activities import SubprocessNode
from engine.spiff.nodes import Holder, Node, OutFlow
from engine.spiff.scope import Scope
from engine.spiff.tree import Record, Running, TokenSubWorkflow, TokenTask

if TYPE_CHECKING:
    from engine.spiff.throwing import ThrowNode

# No BPMN id holds a space: these names meet none of the diagram's.
UNDO_SUFFIX = " [undo]"


def undo(my_task: TokenTask, place: Running, activity: str | None) -> bool:
    """Begin to undo one activity of ``place``, or (None) all; whether there is anything to undo."""
    chosen = [record for record in place.records if activity in (None, record["of"])]
    if not chosen:
        return False
    place.records = [record for record in place.records if activity not in (None, record["of"])]
    my_task._set_state(TaskState.STARTED)
    _start(place, chosen, my_task.id)
    return True


def place_of(my_task: TokenTask) -> Running:
    """The level whose activities a compensation event undoes: seen from an event subprocess, the one around it."""
    place = my_task.workflow
    while place.host_task is not None and place.host_task.task_spec.element.kind is Kind.EVENT_SUBPROCESS:
        place = place.host_task.workflow
    return place


def _start(place: Running, records: list[Record], ordered_by: int | None) -> None:
    node = place.container.nodes[UNDO_SUFFIX]
    task = TokenTask(place, node, place.task_tree)
    task.internal_data.update(undo=records, by=ordered_by)
    task._set_state(TaskState.STARTED)
    node.undo_next(task)


class UndoNode(Holder):
    """Runs the handlers of one order to undo, the last done first."""

    holds_token = False

    def __init__(self, wf_spec: object, name: str, **kwargs: object) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.handlers: dict[str, Node] = {}  # by the activity they undo

    def undo_next(self, my_task: TokenTask) -> None:
        """Begin the next handler, or tell who gave the order that all is undone."""
        records: list[Record] = my_task.internal_data["undo"]
        if records:
            record = records.pop()
            node = self.handlers[record["of"]]
            scope = None
            if "own" in record:
                scope = Scope(record["own"], record["given"], my_task.workflow.scope)
            task = TokenTask(my_task.workflow, node, my_task, scope=scope)
            if isinstance(node, UndoInsideNode):
                task.internal_data["inside"] = record["inside"]
            node._update(task)
            return
        ordered_by = my_task.internal_data["by"]
        workflow = my_task.workflow
        my_task.gone()
        orderer = None if ordered_by is None else workflow.top_workflow.find(ordered_by)
        if orderer is not None:
            thrower: ThrowNode = orderer.task_spec
            thrower.undone(orderer)
        elif workflow.is_empty() and not workflow.completed:
            workflow.finish()

    def child_left(self, my_task: TokenTask, child: TokenTask) -> None:
        """One handler is done."""
        self.undo_next(my_task)


class UndoInsideNode(SubprocessNode):
    """Opens a subprocess that was done, to undo what was done inside it."""

    def begin(self, inner: TokenSubWorkflow) -> None:
        """Nothing but the undoing runs inside."""
        _start(inner, inner.host_task.internal_data.pop("inside"), None)

    def outgoing(self, my_task: TokenTask) -> tuple[OutFlow, ...]:
        """The subprocess was left long ago."""
        return ()
