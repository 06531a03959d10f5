"""Activities done several times: multi-instance (O12), for each item of a list, and standard loops.

How to draw it: camunda:collection names the variable with the items (a list, or a context whose values are the
items), camunda:elementVariable what an instance calls its own. The camunda properties ``outputCollection`` and
``outputElement`` of the task (or loopDataOutputRef and outputDataItem) name the list made and the variable collected
from each instance, in the order in which they were completed; for a context it is a context with the same keys.
Without them each instance's answers go into process data as they come. ``completionCondition`` is asked after each
instance over process data, the answers of the instance just done, the list made so far, and nrOfInstances,
nrOfCompletedInstances and nrOfActiveInstances. Starting again drops the list of the round before.

A standard loop writes to process data in each round. Its condition sees process data and loopCounter, the number of
rounds done; without a condition it runs loopMaximum times.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.expressions import Expression
from engine.bpmn.model import MultiInstance, StandardLoop
from engine.spiff.errors import ExpressionFailed
from engine.spiff.nodes import Holder, Node
from engine.spiff.scope import Scope, copied
from engine.spiff.tree import TokenTask

INSTANCES_MAX = 1_000


class RepeatNode(Holder):
    """The wrapper around the node that is repeated. Jobs and history belong to the instances, not to it."""

    repeats = True
    repeated: Node
    settings: MultiInstance
    condition: Expression | None = None

    def _update(self, my_task: TokenTask) -> None:
        items, keys = self._items(my_task)
        if len(items) > INSTANCES_MAX:
            raise ExpressionFailed(self.element, "", f"{len(items)} instances, more than {INSTANCES_MAX}")
        my_task.internal_data.update(items=items, keys=keys, next=0, done=0, made={} if keys else [])
        if self.settings.output_collection:
            my_task.workflow.scope.write({self.settings.output_collection: my_task.internal_data["made"]})
        my_task._set_state(TaskState.STARTED)
        if not items:
            my_task._ready()
            return
        self._begin(my_task, 1 if self.settings.sequential else len(items))

    def enter(self, my_task: TokenTask) -> None:
        """History hears of the instances only."""

    def _on_ready(self, my_task: TokenTask) -> None:
        my_task.workflow.top_workflow.ready.append(my_task)

    def _on_complete(self, my_task: TokenTask) -> None:
        self.leave(my_task)

    def _items(self, my_task: TokenTask) -> tuple[list[Any], list[str] | None]:
        data = my_task.data
        if self.settings.cardinality is not None:
            text = self.settings.cardinality.removeprefix("=")
            count = int(self.value(my_task, text if "${" in text else f"={text}", data))
            return list(range(1, min(count, INSTANCES_MAX + 1) + 1)), None
        name = self.settings.collection or ""
        value = self.value(my_task, name if name.startswith(("=", "${")) else f"={name}", data)
        if isinstance(value, dict):
            return copied(list(value.values())), list(value)
        if not isinstance(value, (list, tuple)):
            raise ExpressionFailed(self.element, name, f"a list is needed, not {type(value).__name__}")
        return copied(list(value)), None

    def _begin(self, my_task: TokenTask, count: int) -> None:
        """Start the next ``count`` instances."""
        waits = my_task.internal_data
        first = waits["next"]
        waits["next"] = first + count
        for index in range(first, first + count):
            given = {"loopCounter": index}
            if self.settings.element_variable:
                given[self.settings.element_variable] = copied(waits["items"][index])
            scope = Scope({}, given, my_task.workflow.scope)
            self.repeated._update(TokenTask(my_task.workflow, self.repeated, my_task, scope=scope))

    def child_left(self, my_task: TokenTask, child: TokenTask) -> None:
        """One instance is done: collect, ask the condition, go on or be done."""
        waits = my_task.internal_data
        waits["done"] += 1
        self._collect(my_task, child)
        if self._is_enough(my_task, child) or waits["done"] == len(waits["items"]):
            for other in my_task.children:
                other.cancel()
            my_task.complete()
        elif self.settings.sequential:
            self._begin(my_task, 1)

    def _collect(self, my_task: TokenTask, child: TokenTask) -> None:
        scope, settings, waits = my_task.workflow.scope, self.settings, my_task.internal_data
        if not settings.output_collection:
            scope.write(child.scope.own)
            return
        value = copied(child.scope.view().get(settings.output_element or ""))
        if waits["keys"]:
            waits["made"][waits["keys"][child.scope.given["loopCounter"]]] = value
        else:
            waits["made"].append(value)
        scope.write({settings.output_collection: waits["made"]})

    def _is_enough(self, my_task: TokenTask, child: TokenTask) -> bool:
        if self.condition is None:
            return False
        waits = my_task.internal_data
        counts = {
            "nrOfInstances": len(waits["items"]),
            "nrOfCompletedInstances": waits["done"],
            "nrOfActiveInstances": len(my_task.children),
        }
        return self.holds(
            my_task, self.condition, {**child.scope.view(), **my_task.data, **child.scope.own, **counts}
        )


class LoopNode(Holder):
    """The wrapper around the node of a standard loop; the token counts the rounds done."""

    repeats = True
    repeated: Node
    settings: StandardLoop
    condition: Expression | None = None

    def _update(self, my_task: TokenTask) -> None:
        my_task.internal_data["done"] = 0
        my_task._set_state(TaskState.STARTED)
        if self.settings.test_before and not self._goes_on(my_task):
            my_task._ready()
        else:
            self._begin(my_task)

    def enter(self, my_task: TokenTask) -> None:
        """History hears of the rounds only."""

    def _on_ready(self, my_task: TokenTask) -> None:
        my_task.workflow.top_workflow.ready.append(my_task)

    def _on_complete(self, my_task: TokenTask) -> None:
        self.leave(my_task)

    def _begin(self, my_task: TokenTask) -> None:
        self.repeated._update(TokenTask(my_task.workflow, self.repeated, my_task, scope=my_task.scope))

    def _goes_on(self, my_task: TokenTask) -> bool:
        done = my_task.internal_data["done"]
        if self.settings.maximum is not None and done >= self.settings.maximum:
            return False
        return self.condition is None or self.holds(
            my_task, self.condition, {**my_task.data, "loopCounter": done}
        )

    def child_left(self, my_task: TokenTask, child: TokenTask) -> None:
        """One round is done: ask whether another follows."""
        my_task.internal_data["done"] += 1
        if self._goes_on(my_task):
            self._begin(my_task)
        else:
            my_task.complete()
