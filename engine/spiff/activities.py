"""Activities that hold a process: embedded subprocesses and call activities with their mappings (O2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Data, Mapped
from engine.spiff.nodes import Node
from engine.spiff.scope import Scope, copied
from engine.spiff.tree import TokenSubWorkflow, TokenTask


class SubprocessNode(Node):
    """An embedded subprocess: it shares the data of the process around it."""

    container: Any  # what runs inside; engine.spiff.definition.Container

    def _run_hook(self, my_task: TokenTask) -> bool:
        my_task._set_state(TaskState.STARTED)
        inner = TokenSubWorkflow(self.inside(my_task), self.inner_scope(my_task), my_task)
        inner.arrive(inner.container.first)
        return False

    def inside(self, my_task: TokenTask) -> Any:
        """The container to run."""
        return self.container

    def inner_scope(self, my_task: TokenTask) -> Scope:
        """The data the tokens inside see."""
        return my_task.scope

    def returned(self, my_task: TokenTask, inner: TokenSubWorkflow) -> None:
        """Everything inside is done."""
        my_task.complete()


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
        return Scope(self._mapped(my_task, self.element.mapped_in, self.token_of(my_task).data))

    def returned(self, my_task: TokenTask, inner: TokenSubWorkflow) -> None:
        """Everything called is done: take over what the mappings name."""
        self.deposit(my_task, self._mapped(my_task, self.element.mapped_out, inner.scope.view()))
        my_task.complete()

    def _mapped(self, my_task: TokenTask, mappings: tuple[Mapped, ...], data: Data) -> dict[str, Any]:
        passed: dict[str, Any] = {}
        for mapped in mappings:
            if mapped.all:
                passed.update(copied(data))
            elif mapped.expression is not None and mapped.target:
                text = (
                    mapped.expression
                    if mapped.expression.startswith(("=", "${"))
                    else f"={mapped.expression}"
                )
                passed[mapped.target] = copied(self.value(my_task, text, data))
            elif mapped.source is not None and mapped.source in data and mapped.target:
                passed[mapped.target] = copied(data[mapped.source])
        return passed
