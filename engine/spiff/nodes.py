"""The life of a token at a node, and the plain tasks: arrive, begin, be ready, run, leave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.expressions import Expression, ExpressionInvalid, value_of
from engine.bpmn.model import Data, Element, Mapped
from engine.feel import FeelError
from engine.spiff.errors import BpmnError, ExpressionFailed
from engine.spiff.raising import throw
from engine.spiff.scope import Values, copied
from engine.spiff.tokens import Token
from engine.spiff.tree import Record, TokenSubWorkflow, TokenTask


@dataclass(frozen=True)
class OutFlow:
    """A sequence flow as a node sees it: where it leads and when."""

    id: str
    target: Node
    condition: Expression | None
    default: bool


class Node(BpmnSpecMixin):
    """A node of a diagram. Definitions are shared by all cases: nothing here changes after compilation."""

    element: Element
    flows: tuple[OutFlow, ...] = ()
    incoming: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    holds_token = True  # False where a task of the tree only watches over others
    watches = False  # True where a task waits beside the process and does not keep it from ending
    undoable = False  # True where a compensation boundary leads to what undoes it

    def _predict(self, *args: Any, **kwargs: Any) -> None:
        """Children are made when a token leaves; nothing is predicted."""

    def _update(self, my_task: TokenTask) -> None:
        """A token arrives. Where asyncBefore is set it waits as a job until granted (O9)."""
        if self.element.async_before and not my_task.internal_data.get("granted"):
            my_task.internal_data["job"] = True
            my_task._set_state(TaskState.READY)
            self.enter(my_task)
        elif self._update_hook(my_task):
            my_task._ready()

    def grant(self, my_task: TokenTask) -> None:
        """The job of this token may run."""
        del my_task.internal_data["job"]
        if "after" in my_task.internal_data:
            self._depart(my_task)
            return
        my_task.internal_data["granted"] = True
        self._update(my_task)

    def _update_hook(self, my_task: TokenTask) -> bool:
        return True

    def _on_ready(self, my_task: TokenTask) -> None:
        self.enter(my_task)
        if not self.manual:
            my_task.workflow.top_workflow.ready.append(my_task)

    def _run(self, my_task: TokenTask) -> bool:
        return self._run_hook(my_task)

    def _run_hook(self, my_task: TokenTask) -> bool:
        return True

    def _on_complete(self, my_task: TokenTask) -> None:
        self.enter(my_task)
        my_task.workflow.top_workflow.host.left(self.token_of(my_task), my_task.results)
        if self.undoable:
            my_task.workflow.records.append(self.record_of(my_task))
        self.leave(my_task)

    def record_of(self, my_task: TokenTask) -> Record:
        """What undoing this must know: the element and, of a repeated activity, the instance's own data."""
        record = Record(of=self.element.id)
        if my_task.scope is not my_task.workflow.scope:
            record |= Record(own=copied(my_task.scope.own), given=copied(my_task.scope.given))
        return record

    def enter(self, my_task: TokenTask) -> None:
        """Tell history, once."""
        if not my_task.entered:
            my_task.entered = True
            my_task.workflow.top_workflow.host.entered(self.token_of(my_task))

    def leave(self, my_task: TokenTask) -> None:
        """Go on; where asyncAfter is set, as a job that stands behind the element, out of reach of its boundaries.

        An instance of a repeated activity does not: the repeated activity does, when all are done.
        """
        workflow, holder = my_task.workflow, my_task.parent
        is_one_of_several = isinstance(holder.task_spec, Holder) and holder.task_spec.repeats
        if not self.element.async_after or is_one_of_several:
            self._depart(my_task)
            return
        behind = TokenTask(workflow, self, workflow.task_tree, state=TaskState.READY)
        behind.internal_data.update(job=True, after=True)
        self._give_way(my_task, holder)

    def _give_way(self, my_task: TokenTask, holder: TokenTask) -> None:
        my_task.gone()
        if isinstance(holder.task_spec, Holder):
            holder.task_spec.child_left(holder, my_task)

    def _depart(self, my_task: TokenTask) -> None:
        """Go on over the outgoing flows; the last token of a process ends it."""
        taken = self.outgoing(my_task)
        workflow, holder = my_task.workflow, my_task.parent
        self._give_way(my_task, holder)
        for flow in taken:
            workflow.top_workflow.host.flowed(self.element.process_id, flow.id)
            workflow.arrive(flow.target, flow.id)
        if workflow.is_empty() and not workflow.completed:
            workflow.finish()

    def returned(self, my_task: TokenTask, inner: TokenSubWorkflow) -> None:
        """The process that ran inside this activity is done, and with it the activity."""
        my_task.complete()

    def outgoing(self, my_task: TokenTask) -> tuple[OutFlow, ...]:
        """The flows to take."""
        return self.flows

    def token_of(self, my_task: TokenTask) -> Token:
        """What the runtime gets to see of a token here."""
        data = my_task.data
        given = my_task.scope.given
        if my_task.inputs is None and "after" in my_task.internal_data:
            my_task.inputs = {}  # the step they were for is done
        if my_task.inputs is None:
            my_task.inputs = {
                parameter.name: self.value(my_task, parameter.text, data) for parameter in self.element.inputs
            }
        data.update(my_task.inputs)
        variable = self.element.multi_instance.element_variable if self.element.multi_instance else None
        return Token(my_task.id, self.element, data, given.get("loopCounter"), given.get(variable or ""))

    def value(self, my_task: TokenTask, text: str, data: Data) -> Any:
        """The value of an attribute's text over ``data``. Raises ExpressionFailed."""
        try:
            return value_of(text, data, self.names, now=my_task.workflow.top_workflow.host.now())
        except (FeelError, ExpressionInvalid) as error:
            raise ExpressionFailed(self.element, text, str(error)) from error

    def correlation_key(self, my_task: TokenTask) -> str | None:
        """The key of the message that is awaited or sent; None means the business key."""
        if self.element.correlation is None:
            return None
        key = self.value(my_task, self.element.correlation, my_task.data)
        return None if key is None else str(key)

    def holds(self, my_task: TokenTask, condition: Expression, data: Data) -> bool:
        """Whether a condition is true over ``data``; null is not. Raises ExpressionFailed."""
        try:
            return condition.value(data, my_task.workflow.top_workflow.host.now()) is True
        except FeelError as error:
            raise ExpressionFailed(self.element, condition.text, str(error)) from error

    def mapped(self, my_task: TokenTask, mappings: tuple[Mapped, ...], data: Data) -> Values:
        """What camunda:in or camunda:out pass on; a source that is not there is not passed."""
        passed: Values = {}
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

    def payload(self, my_task: TokenTask) -> Values:
        """What an event takes along: its input parameters and its camunda:in mappings, nothing else."""
        token = self.token_of(my_task)
        payload: Values = {
            parameter.name: copied(token.data[parameter.name]) for parameter in self.element.inputs
        }
        return payload | self.mapped(my_task, self.element.mapped_in, token.data)

    def deposit(self, my_task: TokenTask, results: Data) -> None:
        """Write what the token leaves with: its output parameters where it has some, else all results."""
        my_task.results = copied(results)
        if not self.element.outputs:
            my_task.scope.write(results)
            return
        data = {**self.token_of(my_task).data, **results}
        my_task.scope.write(
            {parameter.name: self.value(my_task, parameter.text, data) for parameter in self.element.outputs}
        )


class Holder(Node, ABC):
    """A node whose token holds others below it and learns when one of them leaves."""

    repeats = False  # True for the wrapper around an activity that is done several times

    @abstractmethod
    def child_left(self, my_task: TokenTask, child: TokenTask) -> None:
        """``child`` has left normally and is out of the tree."""


class PassNode(Node):
    """Start events, plain and manual tasks, intermediate none events: a token passes."""


class UserNode(Node):
    """A person's task."""

    def __init__(self, wf_spec: Any, name: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, manual=True, **kwargs)

    def answer(self, my_task: TokenTask, answers: Data) -> None:
        """The person is done."""
        self.deposit(my_task, answers)
        my_task.complete()


class ServiceNode(Node):
    """A service task: its topic is the runtime's business."""

    def _run_hook(self, my_task: TokenTask) -> bool:
        try:
            results = self.work(my_task)
        except BpmnError as error:
            throw(my_task, error)
            return False
        self.deposit(my_task, results)
        return True

    def work(self, my_task: TokenTask) -> Data:
        """What the runtime answers."""
        return my_task.workflow.top_workflow.host.service(self.token_of(my_task))


class SendNode(ServiceNode):
    """A send task: by a topic like a service task, or a message of the diagram to whoever waits for it."""

    def work(self, my_task: TokenTask) -> Data:
        """What the runtime answers; nothing, when a message is sent."""
        host, token = my_task.workflow.top_workflow.host, self.token_of(my_task)
        if self.element.topic:
            return host.service(token)
        key = self.correlation_key(my_task)
        host.send(token, self.element.message_name or "", key, self.payload(my_task))
        return {}


class ScriptNode(ServiceNode):
    """A script task in FEEL: its value goes to the result variable, or is a context whose entries become data."""

    def work(self, my_task: TokenTask) -> Data:
        """The value. Raises ExpressionFailed."""
        text = self.element.script or ""
        value = self.value(my_task, f"={text.removeprefix('=')}", self.token_of(my_task).data)
        if self.element.result_variable:
            return {self.element.result_variable: value}
        if not isinstance(value, dict):
            reason = f"without a result variable a context is needed, not {type(value).__name__}"
            raise ExpressionFailed(self.element, text, reason)
        return value


class RuleNode(ServiceNode):
    """A business rule task: its decision is the runtime's business."""

    def work(self, my_task: TokenTask) -> Data:
        """What the runtime answers."""
        return my_task.workflow.top_workflow.host.decide(self.token_of(my_task))
