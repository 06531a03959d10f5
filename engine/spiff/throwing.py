"""Events that do something: send a message, throw a signal, escalate, undo, raise an error, terminate, cancel."""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Trigger
from engine.spiff import undoing
from engine.spiff.errors import BpmnError
from engine.spiff.nodes import SendNode
from engine.spiff.raising import escalate, throw
from engine.spiff.tree import ROOT_ID, TokenTask


class ThrowNode(SendNode):
    """An intermediate throwing event; one without a definition, and a link, are passed."""

    def _run_hook(self, my_task: TokenTask) -> bool:
        trigger = self.element.trigger
        if trigger is Trigger.MESSAGE:
            return super()._run_hook(my_task)
        if trigger is Trigger.SIGNAL:
            self._signal(my_task)
        elif trigger is Trigger.ESCALATION:
            escalate(my_task, self.element.escalation_code or "", self.payload(my_task))
        elif trigger is Trigger.COMPENSATION:
            return not undoing.undo(my_task, undoing.place_of(my_task), self.element.compensates)
        return my_task.alive

    def undone(self, my_task: TokenTask) -> None:
        """Everything that was to be undone is."""
        my_task.complete()

    def _signal(self, my_task: TokenTask) -> None:
        """Everything in this case that waits for the signal now receives it, then the other cases."""
        top, name, payload = my_task.workflow.top_workflow, self.element.signal_name, self.payload(my_task)
        top.host.signal(self.token_of(my_task), name or "", payload)
        for task in top.every_task():
            if task.alive and task.state == TaskState.WAITING and task.internal_data.get("signal") == name:
                task.task_spec.fire(task, payload)


class EndNode(ThrowNode):
    """An end event."""

    def _run_hook(self, my_task: TokenTask) -> bool:
        top = my_task.workflow.top_workflow
        if self.element.process_id == top.container.process_id:
            if self.element.id in top.ended_at:  # in a loop: named once, where it was reached last
                top.ended_at.remove(self.element.id)
            top.ended_at.append(self.element.id)
        if self.element.trigger is Trigger.ERROR:
            self._left(my_task)
            throw(my_task, BpmnError(self.element.error_code or "", self.element.name))
            return False
        if self.element.trigger is Trigger.TERMINATE:
            self._clear(my_task)
            return True
        if self.element.trigger is Trigger.CANCEL:
            self._clear(my_task)
            if not undoing.undo(my_task, my_task.workflow, None):
                self.undone(my_task)
            return False
        return super()._run_hook(my_task)

    def undone(self, my_task: TokenTask) -> None:
        """A cancelled transaction is left by its cancel boundary; any other end completes."""
        if self.element.trigger is not Trigger.CANCEL:
            super().undone(my_task)
            return
        self._left(my_task)
        place = my_task.workflow.host_task
        while place is not None and place.id != ROOT_ID:
            for beside in place.parent.children:
                if (
                    beside.task_spec.element.trigger is Trigger.CANCEL
                    and beside.task_spec.element.attached_to
                ):
                    beside.task_spec.interrupt(beside, {})
                    return
            place = place.parent

    def _clear(self, my_task: TokenTask) -> None:
        """Take every other token of this place away."""
        for other in my_task.workflow.task_tree.children:
            if other is not my_task:
                other.cancel()

    def _left(self, my_task: TokenTask) -> None:
        """Tell history that the end was reached, before what it sets going takes its token away."""
        my_task.workflow.top_workflow.host.left(self.token_of(my_task), {})
        my_task.entered = False
