"""Events that wait: for a timer, message, signal or condition, at the edge of an activity, beside a process."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import cycles, times
from engine.bpmn.cycles import Cycle
from engine.bpmn.expressions import Expression, is_expression
from engine.bpmn.model import Data, Element, TimerKind, Trigger
from engine.feel import FeelNameMissing, YearsMonths
from engine.spiff.errors import ExpressionFailed, TimerNotDue
from engine.spiff.nodes import Holder, Node
from engine.spiff.scope import Values
from engine.spiff.tree import Running, TokenTask


class WaitingNode(Node):
    """A node that waits for a timer, a message, a signal or a condition.

    The token keeps ``due`` (instant), ``message`` and ``key``, ``signal`` or ``condition`` (whether it held when last
    asked) in its internal data. Of a cycle it keeps the ``interval``, how many ``rounds`` follow (None: without end),
    where its grid began (``anchor``) and ``until`` when it goes. Of working time it keeps what was ``counted`` from
    when, so that it can be counted again.
    """

    condition: Expression | None = None

    def _update_hook(self, my_task: TokenTask) -> bool:
        if self.element.trigger is Trigger.LINK:
            return True
        self.arm(my_task)
        self.enter(my_task)
        return False

    def arm(self, my_task: TokenTask) -> None:
        """Begin to wait, without a word to history."""
        my_task._set_state(TaskState.WAITING)
        if self.element.trigger is Trigger.TIMER:
            self._set_timer(my_task)
        elif self.element.trigger is Trigger.MESSAGE:
            my_task.internal_data["message"] = self.element.message_name
            if self.element.correlation is not None:
                my_task.internal_data["key"] = self.correlation_key(my_task)
        elif self.element.trigger is Trigger.SIGNAL:
            my_task.internal_data["signal"] = self.element.signal_name
        elif self.element.trigger is Trigger.CONDITIONAL:
            my_task.internal_data["condition"] = False

    def ask(self, my_task: TokenTask) -> bool:
        """Whether the condition has become true since it was last asked; one that reads a missing name is not."""
        if self.condition is None:
            return False
        held = my_task.internal_data["condition"]
        try:
            holds = self.holds(my_task, self.condition, my_task.data)
        except ExpressionFailed as failed:
            if not isinstance(failed.__cause__, FeelNameMissing):
                raise
            holds = False
        my_task.internal_data["condition"] = holds
        return holds and not held

    def fire(self, my_task: TokenTask, payload: Data) -> None:
        """What was waited for has happened."""
        self.deposit(my_task, payload)
        my_task.complete()

    def fire_timer(self, my_task: TokenTask) -> None:
        """The time has come. Raises TimerNotDue."""
        due = my_task.internal_data["due"]
        if due > my_task.workflow.top_workflow.host.now():
            raise TimerNotDue(my_task.id, due)
        self.fire(my_task, {})

    def _set_timer(self, my_task: TokenTask) -> None:
        text = self.element.timer_text or ""
        value = self.value(my_task, text, my_task.data) if is_expression(text) else text
        if self.element.timer_kind is TimerKind.CYCLE:
            self._set_cycle(my_task, text, str(value))
            return
        my_task.internal_data["due"] = self.due(my_task, value)

    def _set_cycle(self, my_task: TokenTask, text: str, value: str) -> None:
        """The first time of a cycle; one that ended before it was armed is nothing to wait for."""
        waits, now = my_task.internal_data, my_task.workflow.top_workflow.host.now()
        try:
            cycle = cycles.parse(value)
        except times.TimeNotReadable as error:
            raise ExpressionFailed(self.element, text, str(error)) from error
        due = cycle.first(now, self._adding(my_task))
        if due is None or cycle.rounds == 0:
            my_task.gone()
            return
        rounds = None if cycle.rounds is None else cycle.rounds - 1
        waits.update(interval=cycle.interval, rounds=rounds, anchor=cycle.start or now, due=due)
        if cycle.end is not None:
            waits["until"] = cycle.end

    def _adding(self, my_task: TokenTask) -> cycles.Adding:
        """Adds working time to an instant, and notes what was counted."""
        host = my_task.workflow.top_workflow.host

        def add(since: datetime, text: str) -> datetime:
            my_task.internal_data["counted"] = {"since": since, "time": text}
            return host.due_at(self.token_of(my_task), text, since)

        return add

    def recount(self, my_task: TokenTask) -> None:
        """Count the working time to the timer's instant again, on the calendar of today."""
        counted = my_task.internal_data.get("counted")
        if counted is not None:
            my_task.internal_data["due"] = self._adding(my_task)(counted["since"], counted["time"])

    def due(self, my_task: TokenTask, value: Any) -> datetime:
        """The instant a timer means: FEEL dates and durations are exact, text is the runtime's to read (O13)."""
        host = my_task.workflow.top_workflow.host
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=times.BUSINESS_ZONE)
        if isinstance(value, date):
            return times.midnight(value)
        if isinstance(value, timedelta):
            return host.now() + value
        if isinstance(value, YearsMonths):
            return times.after(host.now(), f"P{value.months}M")
        if value is None:
            raise ExpressionFailed(self.element, self.element.timer_text or "", "it is null, not a time")
        try:
            if times.is_working_time(str(value)):
                return self._adding(my_task)(host.now(), str(value))
            return host.due_at(self.token_of(my_task), str(value))
        except times.TimeNotReadable as error:
            raise ExpressionFailed(self.element, self.element.timer_text or "", str(error)) from error

    def stay(self, my_task: TokenTask) -> None:
        """After firing beside its activity: a cycle goes to its next time beyond now (O11), a timer is done.

        Everything else may come again, a condition once it has been false in between.
        """
        waits = my_task.internal_data
        if self.element.trigger is not Trigger.TIMER:
            return
        rounds = waits.get("rounds")
        if "interval" not in waits or rounds == 0:
            my_task.gone()
            return
        fired, cycle = waits["due"], Cycle(rounds, waits["interval"], end=waits.get("until"))
        now = my_task.workflow.top_workflow.host.now()
        due = cycle.following(waits.get("anchor") or fired, fired, now, self._adding(my_task))
        if due is None:
            my_task.gone()
            return
        waits.update(rounds=None if rounds is None else rounds - 1, due=due)


class BoundaryNode(WaitingNode):
    """An event at the edge of an activity; armed with it, and off when the activity is over."""

    holds_token = False

    def fire(self, my_task: TokenTask, payload: Data) -> None:
        """An interrupting one ends the activity; another sends a token of its own, the activity goes on."""
        if self.element.interrupting:
            self.interrupt(my_task, payload)
            return
        self.stay(my_task)
        path = TokenTask(my_task.workflow, self, my_task.workflow.task_tree)
        self.deposit(path, payload)
        path.complete()

    def catch(self, my_task: TokenTask, code: str, message: str, payload: Data) -> None:
        """An error or escalation has come so far."""
        self.fire(my_task, {**payload, **caught(self.element, code, message)})

    def interrupt(self, my_task: TokenTask, payload: Data) -> None:
        """Cancel the activity and its other boundaries, then go on from here with all data it had written (O7)."""
        guard = my_task.parent
        for beside in guard.children:
            if beside is not my_task:
                beside.cancel()
        self.deposit(my_task, payload)
        my_task.complete()


class GuardNode(Holder):
    """Stands before an activity with boundary events and holds both."""

    holds_token = False
    guarded: Node
    boundaries: tuple[BoundaryNode, ...] = ()

    def _update(self, my_task: TokenTask) -> None:
        my_task._set_state(TaskState.STARTED)
        self.arm_boundaries(my_task)
        self.guarded._update(TokenTask(my_task.workflow, self.guarded, my_task))

    def arm_boundaries(self, my_task: TokenTask) -> None:
        """Begin to wait for the events at the edge of the activity."""
        for boundary in self.boundaries:
            boundary.arm(TokenTask(my_task.workflow, boundary, my_task))

    def child_left(self, my_task: TokenTask, child: TokenTask) -> None:
        """The activity is over, or a boundary ended it: nothing here waits any more."""
        for beside in my_task.children:
            beside.cancel()
        my_task.gone()


class EventStartNode(WaitingNode):
    """What sets an event subprocess going (O6): it waits beside the process it is drawn in, and does not keep it."""

    holds_token = False
    watches = True
    handler: Node  # the event subprocess itself

    @property
    def is_armed(self) -> bool:
        """Whether something is waited for; errors and escalations come from inside and are looked for then."""
        return self.element.trigger not in (Trigger.ERROR, Trigger.ESCALATION)

    def fire(self, my_task: TokenTask, payload: Data) -> None:
        """Begin the event subprocess; an interrupting one first takes every other token of its place away."""
        self.deposit(my_task, payload)
        level = my_task.workflow
        if self.element.interrupting:
            level.cancel_tokens()
        else:
            self.stay(my_task)
        level.arrive(self.handler)

    def catch(self, level: Running, code: str, message: str, payload: Data) -> None:
        """An error or escalation has come so far."""
        watch = TokenTask(level, self, level.task_tree)
        self.fire(watch, {**payload, **caught(self.element, code, message)})
        if watch.alive:
            watch.gone()


def caught(element: Element, code: str, message: str) -> Values:
    """What a catching event keeps of an error or escalation, under the names it gives."""
    kept = {element.code_variable: code, element.message_variable: message}
    return {name: value for name, value in kept.items() if name}
