"""Going back to an earlier user task: the tokens that came out of it are taken away, and a new one stands at it.

What came of a finished task is told by two states of one case: the one saved just before it was completed, and the
present one. A token id is never used twice and every arrival is a new token, so whatever is live now and was not live
then has come out of the task, provided that everything else that was live then has stayed where it was. Where it has
not, another branch has moved or has been joined, and nobody could say any more what belongs to whom: refused.

Process data stay as they are now, so that the person finds on the form what was answered; a called process that has
ended since is opened again with the data it had. Boundary events of what is entered anew begin anew.
"""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Data
from engine.spiff.errors import CannotGoBack, Obstacle
from engine.spiff.events import GuardNode
from engine.spiff.nodes import Holder
from engine.spiff.scope import Scope, copied
from engine.spiff.tree import Running, TokenSubWorkflow, TokenTask, TokenWorkflow


def check(
    case: TokenWorkflow, before: TokenWorkflow, token_id: int, *, standing_at: int | None = None
) -> tuple[list[TokenTask], dict[int, TokenTask]]:
    """The way to the task ``token_id`` of ``before``, and what has come out of it since, by id.

    ``standing_at`` is the token of who asks and must be among what came out. Raises CannotGoBack.
    """
    target = before.find(token_id)
    if target is None:
        raise CannotGoBack(Obstacle.NOT_THERE)
    way = _way_to(target)
    _refuse_repeated(case, way)
    _refuse_moved(case, before, way)
    _refuse_undoable(case, before)
    since = _come_since(case, before)
    _refuse_what_runs(since, standing_at)
    return way, since


def go_back(
    case: TokenWorkflow,
    before: TokenWorkflow,
    token_id: int,
    answers: Data,
    *,
    standing_at: int | None = None,
) -> None:
    """Take away what came out of the task and put a new token at it. Raises CannotGoBack before anything changes.

    ``answers`` are what the task was answered with: a called process that is opened again has forgotten them.
    """
    way, since = check(case, before, token_id, standing_at=standing_at)
    for task in _outermost(since):
        task.cancel()
    case.ended_at = list(before.ended_at)
    _enter_again(case, before, way, answers)


def _way_to(target: TokenTask) -> list[TokenTask]:
    """The activities around the task, outermost first, and the task itself."""
    way = [target]
    while (host := way[0].workflow.host_task) is not None:
        way.insert(0, host)
    return way


def _guard_of(task: TokenTask) -> TokenTask | None:
    return task.parent if isinstance(task.parent.task_spec, GuardNode) else None


def _is_one_of_several(task: TokenTask) -> bool:
    holder = task.parent.task_spec
    return isinstance(holder, Holder) and holder.repeats


def _refuse_repeated(case: TokenWorkflow, way: list[TokenTask]) -> None:
    for step in way:
        if _is_one_of_several(step) and case.find(step.id) is None:
            raise CannotGoBack(Obstacle.SEVERAL, step.task_spec.element)


def _refuse_moved(case: TokenWorkflow, before: TokenWorkflow, way: list[TokenTask]) -> None:
    own = {step.id for step in way}
    for step in way:
        guard = _guard_of(step)
        if guard is not None:
            own |= {guard.id, *(beside.id for beside in guard.children)}
    for task in before.every_task():
        host = task.workflow.host_task
        over = host is not None and host.id in own and case.find(host.id) is None
        if task.id in own or (over and task.task_spec.watches):
            continue
        still = case.find(task.id)
        if still is None or still.task_spec is not task.task_spec:
            raise CannotGoBack(Obstacle.BRANCH, task.task_spec.element)


def _refuse_undoable(case: TokenWorkflow, before: TokenWorkflow) -> None:
    if case.records != before.records:
        raise CannotGoBack(Obstacle.UNDO)
    for host_id, inner in before.subprocesses.items():
        still = case.subprocesses.get(host_id)
        if still is not None and still.records != inner.records:
            raise CannotGoBack(Obstacle.UNDO, inner.host_task.task_spec.element)


def _come_since(case: TokenWorkflow, before: TokenWorkflow) -> dict[int, TokenTask]:
    known = {task.id for task in before.every_task()}
    return {task.id: task for task in case.every_task() if task.id not in known}


def _refuse_what_runs(since: dict[int, TokenTask], standing_at: int | None) -> None:
    if standing_at is not None:
        if standing_at not in since:
            raise CannotGoBack(Obstacle.NOT_AFTER)
        if _is_one_of_several(since[standing_at]):
            raise CannotGoBack(Obstacle.SEVERAL, since[standing_at].task_spec.element)
    for task in since.values():
        if "job" in task.internal_data:
            raise CannotGoBack(Obstacle.JOB, task.task_spec.element)


def _outermost(since: dict[int, TokenTask]) -> list[TokenTask]:
    """Those that no other of them holds: the rest goes with them."""
    return [
        task
        for task in since.values()
        if task.parent.id not in since
        and (task.workflow.host_task is None or task.workflow.host_task.id not in since)
    ]


def _enter_again(case: TokenWorkflow, before: TokenWorkflow, way: list[TokenTask], answers: Data) -> None:
    level: Running = case
    steps = list(way)
    while steps[0].id in case.subprocesses:
        level = case.subprocesses[steps.pop(0).id]
    while len(steps) > 1:
        level = _open_again(level, before, steps.pop(0))
        if len(steps) == 1:
            level.scope.write(answers)
    guard = _guard_of(steps[0])
    level.arrive(steps[0].task_spec if guard is None else guard.task_spec)


def _open_again(level: Running, before: TokenWorkflow, was: TokenTask) -> TokenSubWorkflow:
    """The subprocess or called process again, with nothing running in it yet."""
    holder, guard = level.task_tree, _guard_of(was)
    if guard is not None:
        holder = TokenTask(level, guard.task_spec, level.task_tree, state=TaskState.STARTED)
        guard.task_spec.arm_boundaries(holder)
    host = TokenTask(level, was.task_spec, holder, state=TaskState.STARTED)
    host.task_spec.enter(host)
    inside = before.subprocesses[was.id]
    shared = inside.scope is was.scope
    scope = host.scope if shared else Scope(copied(inside.scope.own))
    again = TokenSubWorkflow(inside.container, scope, host)
    again.keep_watch()
    return again
