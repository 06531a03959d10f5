"""Tasks and workflows of SpiffWorkflow made small: integer ids, no prediction, no logging, a flat tree.

The tree holds what is alive and nothing else. Finished tasks leave it at once, so a case that loops five thousand
times is as small as one that never did, no walk is deeper than three, and no depth limit can be met (O17, O18).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, NoReturn, TypedDict

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine.spiff.scope import Scope, Values
from engine.spiff.tokens import Host, Token

if TYPE_CHECKING:
    from engine.spiff.definition import Container
    from engine.spiff.nodes import Node

ROOT_ID = 0


class Record(TypedDict, total=False):
    """Something done that can be undone: the activity, the data of its instance, and what was done inside it."""

    of: str
    own: Values
    given: Values
    inside: list[Record]


class NoScripts(PythonScriptEngine):
    """Stands where the library would evaluate Python: nothing in a diagram ever reaches it."""

    def evaluate(self, task: object, expression: object, external_context: object = None) -> NoReturn:
        """Refuse: conditions are FEEL and belong to the nodes."""
        raise AssertionError(f"the library asked for Python evaluation of {expression!r}")

    execute = call_service = evaluate


NO_SCRIPTS = NoScripts()


class TokenTask(Task):
    """One token at one node.

    ``scope`` is the data it sees. ``entered`` tells whether history knows of it. ``results`` is what it leaves
    with. ``inputs`` caches its evaluated input parameters until the end of the command.
    """

    id: int
    workflow: Running
    task_spec: Node
    parent: TokenTask
    children: list[TokenTask]
    state: int

    def __init__(
        self,
        workflow: Running,
        task_spec: Node,
        parent: TokenTask | None = None,
        state: int = TaskState.FUTURE,
        id: int | None = None,
        scope: Scope | None = None,
    ) -> None:
        # The library's own constructor makes a UUID, reads the clock and builds log records: most of its cost.
        self.id = workflow.top_workflow.next_id() if id is None else id
        self.workflow = workflow
        self.task_spec = task_spec
        self.scope: Scope = workflow.scope if scope is None else scope
        self.internal_data: Values = {}
        self.entered = False
        self.results: Values = {}
        self.inputs: Values | None = None
        self.triggered = False
        self.thread_id = 0
        self.last_state_change = 0.0
        self._state = state
        self._children: list[int] = []
        self._parent = None if parent is None else parent.id
        workflow.tasks[self.id] = self
        if parent is not None:
            parent._children.append(self.id)

    @property
    def data(self) -> Values:
        """What the token sees, in a new dictionary."""
        return self.scope.view()

    def _set_state(self, value: int) -> None:
        self._state = value

    def run(self) -> None:
        """Run an automatic node; it completes unless it has to wait, was cancelled, or raised."""
        if self.task_spec._run(self):
            self.complete()

    @property
    def alive(self) -> bool:
        """Whether the token is still in its tree; what it set going may have taken it away."""
        return self.workflow.tasks.get(self.id) is self

    def gone(self) -> None:
        """Leave the tree without a word to history."""
        del self.workflow.tasks[self.id]
        self.parent._children.remove(self.id)

    def cancel(self) -> None:
        """Take the token away; its repeated instances (O15) and the process running inside it go first."""
        for child in self.children:
            child.cancel()
        inner = self.workflow.top_workflow.subprocesses.get(self.id)
        if inner is not None:
            inner.cancel_tokens()
            inner.completed = True
            del self.workflow.top_workflow.subprocesses[self.id]
        self._set_state(TaskState.CANCELLED)
        if self.entered:
            self.workflow.top_workflow.host.cancelled(self.token())
        self.gone()

    def token(self) -> Token:
        """The token as the runtime sees it."""
        return self.task_spec.token_of(self)


class Running(ABC):
    """What a whole case and an embedded or called process have in common."""

    host_task: TokenTask | None = None  # the activity this runs inside; None for the case itself
    tasks: dict[int, TokenTask]
    task_tree: TokenTask
    scope: Scope
    container: Container
    completed: bool
    records: list[Record]  # what was done here and can be undone, in the order in which it was done

    @property
    @abstractmethod
    def top_workflow(self) -> TokenWorkflow:
        """The whole case."""

    def plant(self, container: Container, scope: Scope) -> None:
        """Begin with nothing but a root."""
        self.container = container
        self.scope = scope
        self.records = []
        self.task_tree = TokenTask(self, container.spec.start, state=TaskState.COMPLETED, id=ROOT_ID)

    def begin(self, start: Node | None = None) -> None:
        """Wait for the events of its event subprocesses, then put a token at ``start``, else the plain start event."""
        self.keep_watch()
        first = start or self.container.first
        if first is not None:  # the checker lets nothing call a process that only an event starts
            self.arrive(first)

    def keep_watch(self) -> None:
        """Wait for what begins its event subprocesses."""
        for watch in self.container.watches:
            if watch.is_armed:
                watch.arm(TokenTask(self, watch, self.task_tree))

    def arrive(self, node: Node, via: str | None = None) -> None:
        """A token arrives at ``node`` over the flow ``via``."""
        task = TokenTask(self, node, self.task_tree)
        if via is not None:
            task.internal_data["via"] = via
        node._update(task)

    def is_empty(self) -> bool:
        """Whether no token is left but those that wait to start an event subprocess."""
        return all(task.task_spec.watches for task in self.tasks.values() if task.id != ROOT_ID)

    def finish(self) -> None:
        """The last token is gone."""
        self.cancel_tokens()
        self.completed = True

    def cancel_tokens(self) -> None:
        """Take every token away."""
        for task in self.task_tree.children:
            task.cancel()


class TokenWorkflow(Running, BpmnWorkflow):
    """A whole case: its tokens, those of the processes it called, and the queue of what can run now."""

    subprocesses: dict[int, TokenSubWorkflow]

    def __init__(self, container: Container, scope: Scope, host: Host) -> None:
        super().__init__(container.spec, script_engine=NO_SCRIPTS, deserializing=True)
        self.host = host
        self.ready: deque[TokenTask] = deque()
        self.last_id = 0
        self.ended_at: list[str] = []
        self.plant(container, scope)

    @property
    def top_workflow(self) -> TokenWorkflow:
        """Itself."""
        return self

    def next_id(self) -> int:
        """A token id never used before in this case."""
        self.last_id += 1
        return self.last_id

    def every_task(self) -> list[TokenTask]:
        """All live tasks of all levels but the roots, oldest first."""
        levels: tuple[Running, ...] = (self, *self.subprocesses.values())
        found = [task for level in levels for task in level.tasks.values() if task.id != ROOT_ID]
        return sorted(found, key=lambda task: task.id)

    def find(self, task_id: int) -> TokenTask | None:
        """The live task of that id, at whatever level."""
        if task_id == ROOT_ID:
            return None
        levels: tuple[Running, ...] = (self, *self.subprocesses.values())
        return next((level.tasks[task_id] for level in levels if task_id in level.tasks), None)


class TokenSubWorkflow(Running, BpmnSubWorkflow):
    """An embedded or called process running inside the task ``host_task``."""

    host_task: TokenTask

    def __init__(self, container: Container, scope: Scope, host_task: TokenTask) -> None:
        # Not the library's constructor: it searches the whole case for its own depth.
        self._top = host_task.workflow.top_workflow
        self.parent_task_id = host_task.id
        self.host_task = host_task
        Workflow.__init__(self, container.spec, deserializing=True)
        self.top_workflow.subprocesses[host_task.id] = self
        self.plant(container, scope)

    @property
    def top_workflow(self) -> TokenWorkflow:
        """The case it is part of."""
        return self._top

    def finish(self) -> None:
        """The last token is gone: go on after the activity."""
        super().finish()
        del self.top_workflow.subprocesses[self.host_task.id]
        self.host_task.task_spec.returned(self.host_task, self)
