"""Gateways: choosing on FEEL conditions, joining by the flows tokens came over, waiting for the first of several."""

from __future__ import annotations

from collections.abc import Mapping

from SpiffWorkflow.util.task import TaskState

from engine.spiff.errors import NoFlowMatches
from engine.spiff.nodes import Holder, Node, OutFlow
from engine.spiff.tree import TokenTask


class ExclusiveNode(Node):
    """Takes the first flow, in the order of the file, whose condition is true; else the default flow."""

    def outgoing(self, my_task: TokenTask) -> tuple[OutFlow, ...]:
        """Exactly one flow. Raises NoFlowMatches."""
        data = my_task.data
        for flow in self.flows:
            if not flow.default and (flow.condition is None or self.holds(my_task, flow.condition, data)):
                return (flow,)
        for flow in self.flows:
            if flow.default:
                return (flow,)
        raise NoFlowMatches(self.element)


class ParallelNode(Node):
    """Waits for one token on each incoming flow, then sends one over each outgoing flow.

    Tokens are counted by the flow they came over; one too many on a flow waits for the next round. Data needs no
    merge: all branches write to the one scope (O10).
    """

    def _update_hook(self, my_task: TokenTask) -> bool:
        if len(self.incoming) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        here: dict[str, TokenTask] = {}
        for task in sorted(my_task.workflow.tasks.values(), key=lambda task: -task.id):
            if task.task_spec is self and task.state == TaskState.WAITING:
                here[task.internal_data["via"]] = task  # the oldest of each flow stays
        if len(here) < len(self.incoming):
            return False
        # The token that completes the set is the only one of its flow: it goes on for all.
        for task in here.values():
            if task is not my_task:
                task.gone()
        return True


class InclusiveNode(Node):
    """Takes every flow whose condition is true, else the default; joins when no other token can still arrive."""

    # By incoming flow, ids of the elements from which a token could still come over it.
    reached_over: Mapping[str, frozenset[str]] = {}

    def _update_hook(self, my_task: TokenTask) -> bool:
        if len(self.incoming) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def release(self, my_task: TokenTask) -> bool:
        """Called when everything automatic has run: join if nobody need be waited for; whether it did.

        BPMN 2.0, 13.4.3: a token elsewhere is waited for if it can still come over a flow on which none waits, unless
        it could as well come over one on which one does. One token of each flow is taken, the oldest.
        """
        here: dict[str, TokenTask] = {}
        elsewhere: set[str] = set()
        coming: set[str] = set()  # flows whose tokens wait as jobs before the join
        for task in my_task.workflow.tasks.values():
            if task.task_spec is self:
                if task.state == TaskState.WAITING:
                    here.setdefault(task.internal_data["via"], task)
                elif "after" not in task.internal_data:
                    coming.add(task.internal_data["via"])
            elif task.id and task.task_spec.holds_token:
                elsewhere.add(task.task_spec.element.id)
        if coming - here.keys():
            return False
        for element_id in elsewhere:
            over = {flow for flow, reached in self.reached_over.items() if element_id in reached}
            if over and not over & here.keys():
                return False
        if my_task not in here.values():
            return False
        for task in here.values():
            if task is not my_task:
                task.gone()
        my_task._ready()
        return True

    def outgoing(self, my_task: TokenTask) -> tuple[OutFlow, ...]:
        """One flow or several. Raises NoFlowMatches."""
        data = my_task.data
        chosen = tuple(
            flow
            for flow in self.flows
            if not flow.default and (flow.condition is None or self.holds(my_task, flow.condition, data))
        )
        chosen = chosen or tuple(flow for flow in self.flows if flow.default)
        if not chosen:
            raise NoFlowMatches(self.element)
        return chosen


class EventGatewayNode(Holder):
    """Arms every event that follows, each with a due time of its own (O5); the first to happen takes the token."""

    def _run_hook(self, my_task: TokenTask) -> bool:
        my_task._set_state(TaskState.STARTED)
        for flow in self.flows:
            event = TokenTask(my_task.workflow, flow.target, my_task)
            event.internal_data["via"] = flow.id
            flow.target.arm(event)
        return False

    def child_left(self, my_task: TokenTask, child: TokenTask) -> None:
        """The first event happened: the others are off."""
        for other in my_task.children:
            other.cancel()
        host = my_task.workflow.top_workflow.host
        host.left(self.token_of(my_task), {})
        host.flowed(self.element.process_id, child.internal_data["via"])
        my_task.gone()
