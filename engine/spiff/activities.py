"""Activities that hold a process: embedded and event subprocesses, call activities with their mappings (O2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.spiff.nodes import Node
from engine.spiff.scope import Scope
from engine.spiff.tree import TokenSubWorkflow, TokenTask


class SubprocessNode(Node):
    """An embedded subprocess: it shares the data of the process around it."""

    container: Any  # what runs inside; engine.spiff.definition.Container

    def _run_hook(self, my_task: TokenTask) -> bool:
        my_task._set_state(TaskState.STARTED)
        inner = TokenSubWorkflow(self.inside(my_task), self.inner_scope(my_task), my_task)
        self.begin(inner)
        return False

    def begin(self, inner: TokenSubWorkflow) -> None:
        """Set going what runs inside."""
        inner.begin()

    def inside(self, my_task: TokenTask) -> Any:
        """The container to run."""
        return self.container

    def inner_scope(self, my_task: TokenTask) -> Scope:
        """The data the tokens inside see."""
        return my_task.scope

    def returned(self, my_task: TokenTask, inner: TokenSubWorkflow) -> None:
        """Everything inside is done; what can be undone of it is kept, unless something undoes it as a whole."""
        if inner.records and not self.undoable:
            record = self.record_of(my_task)
            record["inside"] = inner.records
            my_task.workflow.records.append(record)
        super().returned(my_task, inner)


class CallNode(SubprocessNode):
    """A call activity: the called process has data of its own, in and out by camunda:in and camunda:out.

    A source that is not there is not passed on, so that who reads it is told its name.
    """

    bundle: Mapping[str, Any]  # compiled processes by id

    def inside(self, my_task: TokenTask) -> Any:
        """The called process of the same bundle."""
        return self.bundle[self.element.called_process or ""].container

    def inner_scope(self, my_task: TokenTask) -> Scope:
        """A new scope holding what the mappings pass."""
        return Scope(self.mapped(my_task, self.element.mapped_in, self.token_of(my_task).data))

    def returned(self, my_task: TokenTask, inner: TokenSubWorkflow) -> None:
        """Everything called is done: take over what the mappings name."""
        self.deposit(my_task, self.mapped(my_task, self.element.mapped_out, inner.scope.view()))
        my_task.complete()
