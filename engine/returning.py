"""Going back in a case: returning it to an earlier handler, and taking one's own step back before anybody goes on.

Both put a new task at a step that was done, and take away what has come out of it since. They are refused wherever
that would not leave the case as if the later steps had not happened yet: behind a step that acted on the world or
cannot be done twice, behind an event, where another branch has moved or joined, in a round of several people, and
where something is to be undone by compensation. Four eyes need nothing more: history keeps who did a step, also one
that is done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from company import outbox, people
from company.calendar import ZONE
from company.people import Absent, Actor, Employee, EmployeeUnknown
from engine import eligibility, history
from engine.assignment import (
    authorise,
    comment_text,
    give,
    locked_task,
    require_free_or_held,
    require_open,
)
from engine.bpmn.model import Element, Kind
from engine.context import Context
from engine.deployments import load_definition
from engine.errors import EngineError, FingerprintMismatch
from engine.history import ActivityHistory, Happening
from engine.locking import locked_instance_of
from engine.passing_round import TaskOpening
from engine.spiff import CannotGoBack, Case, Obstacle
from engine.tasks import Instance, InstanceStatus, TaskStatus, UserTask
from engine.turn import Turn


class ReturnTargetUnknown(EngineError):
    """The step chosen is no done step of this case."""

    code = "return_target_unknown"
    zh = "所选步骤不是本流程中已办理的步骤，请从列表中选择。"
    en = "The step chosen is no done step of this case; choose one of the list."


class StepNotRepeatable(EngineError):
    """An automatic step lies between that acted on the world or cannot be done twice. Fact: ``step``."""

    code = "step_not_repeatable"
    zh = "其间的自动步骤“{step}”已对外生效或不能重复，不能退回到它之前。"
    en = "The automatic step “{step}” in between has taken effect and cannot be done again; go back less far."


class EventBetween(EngineError):
    """A timer, message or other event has happened since. Fact: ``step``."""

    code = "event_between"
    zh = "其间的事件“{step}”已发生，不能退回到它之前。"
    en = "The event “{step}” has happened in between; go back less far."


class OtherBranchMoved(EngineError):
    """Another branch has moved on since or was joined. Fact: ``step``."""

    code = "other_branch_moved"
    zh = "并行分支“{step}”此后已推进或已汇合，不能退回到该步骤。"
    en = "The parallel branch at “{step}” has moved on or joined since; the case cannot go back to this step."


class DoneBySeveral(EngineError):
    """A step of several people is not gone back into, and none of them returns it for all. Fact: ``step``."""

    code = "done_by_several"
    zh = "步骤“{step}”由多人办理（会签或表决），不能单独退回。"
    en = "Several people do the step “{step}”; one of them cannot send it back, nor can it be returned to."


class JobHandedOut(EngineError):
    """An automatic step is under way. Fact: ``step``."""

    code = "job_handed_out"
    zh = "自动步骤“{step}”正在执行，请等它结束。"
    en = "The automatic step “{step}” is under way; wait for its end."


class StepToUndo(EngineError):
    """A step with a compensation lies between."""

    code = "step_to_undo"
    zh = "其间的步骤须由流程补偿撤销，不能直接退回。"
    en = "A step in between has to be undone by the process itself; the case cannot go back over it."


class NotBehind(EngineError):
    """The step does not lie before the person's own task. Fact: ``step``."""

    code = "not_behind"
    zh = "步骤“{step}”不在您的任务之前。"
    en = "The step “{step}” does not lie before your task."


class WayBackLost(EngineError):
    """The case as it stood then is not kept: an older step, or the process has changed since. Fact: ``step``."""

    code = "way_back_lost"
    zh = "步骤“{step}”办理时的状态未保存，不能退回。"
    en = "The state of the case at “{step}” is not kept; it cannot go back there."


class NotDoneByYou(EngineError):
    """Only who did a step takes it back."""

    code = "not_done_by_you"
    zh = "只有办理人本人可以撤回。"
    en = "Only the person who did the step can take it back."


class NextIsOpened(EngineError):
    """Somebody has opened, taken or done what follows. Facts: ``step``, ``by`` (name or empty)."""

    code = "next_is_opened"
    zh = "后续任务“{step}”已被{by}打开或办理，不能撤回；如需更正，请联系其退回。"
    en = "{by} has opened or done the next task “{step}”; ask for it to be sent back instead."


class CaseHasEnded(EngineError):
    """Nothing goes back in a case that is over."""

    code = "case_has_ended"
    zh = "流程已结束，不能撤回。"
    en = "The case has ended; nothing can be taken back."


@dataclass(frozen=True)
class WayBack:
    """An earlier step of the case with who did it; ``refusal`` says why the case cannot go back to it, if so."""

    task: UserTask
    refusal: EngineError | None


@dataclass(frozen=True)
class WentBack:
    """The new task at the earlier step, and who holds it (None: its group)."""

    task_id: int
    holder: str | None


_OBSTACLES: Mapping[Obstacle, type[EngineError]] = {
    Obstacle.NOT_THERE: WayBackLost,
    Obstacle.BRANCH: OtherBranchMoved,
    Obstacle.NOT_AFTER: NotBehind,
    Obstacle.SEVERAL: DoneBySeveral,
    Obstacle.JOB: JobHandedOut,
    Obstacle.UNDO: StepToUndo,
}


def ways_back(context: Context, session: Session, task: UserTask, actor: Actor) -> list[WayBack]:
    """The steps done before an open task, each once, the latest first; with why one may not be returned to."""
    instance = session.get_one(Instance, task.instance_id)
    done = session.scalars(
        select(UserTask)
        .where(UserTask.instance_id == instance.id, UserTask.status == TaskStatus.DONE.value)
        .order_by(UserTask.token_id.desc())
    )
    latest: dict[tuple[str, str], UserTask] = {}
    for each in done:
        latest.setdefault((each.process_id, each.element_id), each)
    definition = load_definition(session, instance.definition_id)
    found = []
    for each in latest.values():
        turn = Turn(context, session, instance, definition, actor)
        try:
            _refuse_unsafe(turn, each, standing_at=task.token_id)
            found.append(WayBack(each, None))
        except EngineError as refusal:
            found.append(WayBack(each, refusal))
    return found


def send_back(
    context: Context, session: Session, task_id: int, actor: Actor, to_task_id: int, reason: str
) -> WentBack:
    """Return the case from an open task, which the actor may do, to a step done before; the reason is told.

    The step goes to who did it if he may still do it, else to its group. Raises what :func:`ways_back` shows.
    """
    instance = locked_instance_of(session, task_id)
    task = locked_task(session, task_id)
    require_open(task)
    require_free_or_held(task, actor)
    authorise(session, task, actor)
    text = comment_text(reason)
    earlier = session.get(UserTask, to_task_id)
    if earlier is None or earlier.instance_id != instance.id or earlier.status != TaskStatus.DONE:
        raise ReturnTargetUnknown()
    acting = eligibility.in_whose_name(session, task, actor)
    turn = Turn(context, session, instance, load_definition(session, instance.definition_id), acting)
    turn.rows.append(
        _row(turn, Happening.SENT_BACK, task, text, {"to": _key(earlier), "to_name": earlier.name})
    )
    return _go(turn, earlier, "task.send_back", standing_at=task.token_id, reason=text)


def take_back(context: Context, session: Session, task_id: int, actor: Actor) -> WentBack:
    """Take one's own done step back, as long as nobody has opened or done what follows.

    A substitute takes back what he did for a colleague in her name, as long as he stands in for her: it is on her desk.
    """
    instance = locked_instance_of(session, task_id)
    task = locked_task(session, task_id)
    if task.status != TaskStatus.DONE or task.assignee_id != actor.employee_id or actor.employee_id is None:
        raise NotDoneByYou()
    if instance.status != InstanceStatus.RUNNING:
        raise CaseHasEnded()
    authorise(session, task, actor)
    acting = _as_it_was_done(session, task, actor)
    turn = Turn(context, session, instance, load_definition(session, instance.definition_id), acting)
    _refuse_opened(turn, task)
    turn.rows.append(_row(turn, Happening.TAKEN_BACK, task, None, None))
    return _go(turn, task, "task.take_back")


def _as_it_was_done(session: Session, task: UserTask, actor: Actor) -> Actor:
    """The actor on behalf of the colleague for whom he did the step, if he stands in for that one still."""
    for_id = session.scalar(select(ActivityHistory.on_behalf_of_id).where(*_completion_of(task)))
    for absent in actor.stands_in_for:
        if for_id and absent.employee_id == for_id:
            return replace(actor, on_behalf_of=Absent(for_id, absent.name))
    return actor


def _go(
    turn: Turn, earlier: UserTask, action: str, *, standing_at: int | None = None, reason: str | None = None
) -> WentBack:
    session, actor = turn.session, turn.actor
    before = _case_before(turn, earlier)
    _refuse_what_happened(turn, earlier)
    answers = session.scalar(select(ActivityHistory.results).where(*_completion_of(earlier))) or {}

    def back(case: Case) -> None:
        try:
            case.go_back(before, earlier.token_id, answers, standing_at=standing_at)
        except CannotGoBack as found:
            raise _refusal(found, earlier) from found

    turn.run(turn.load(), back)
    again = session.scalars(
        select(UserTask).where(
            UserTask.id.in_(turn.new_task_ids),
            UserTask.element_id == earlier.element_id,
            UserTask.process_id == earlier.process_id,
        )
    ).first()
    if again is None:  # a message that waited for the step has ended it at once
        raise EventBetween(step=earlier.name)
    holder = _former_handler(turn.context, session, again, earlier)
    if holder is not None and again.assignee_id != holder.employee_id:
        give(session, again, holder)
    if reason is not None and earlier.assignee_id is not None:
        told = {
            "template": "task_sent_back",
            "employee_id": earlier.assignee_id,
            "task_id": again.id,
            "task": again.name,
            "business_key": again.business_key,
            "by": actor.name,
            "reason": reason,
        }
        outbox.put(session, "notify", f"task_sent_back:{again.id}", told, turn.at)
    turn.context.audited(
        session, actor, action, "user_task", again.id, key=again.business_key, step=again.element_id
    )
    return WentBack(again.id, again.assignee_name)


def _refuse_unsafe(turn: Turn, earlier: UserTask, *, standing_at: int | None = None) -> None:
    """Everything that :func:`_go` would refuse, with nothing done."""
    before = _case_before(turn, earlier)
    _refuse_what_happened(turn, earlier)
    try:
        turn.load().check_way_back(before, earlier.token_id, standing_at=standing_at)
    except CannotGoBack as found:
        raise _refusal(found, earlier) from found


def _case_before(turn: Turn, earlier: UserTask) -> Case:
    state = turn.session.scalar(select(UserTask.state_before).where(UserTask.id == earlier.id))
    if state is None:
        raise WayBackLost(step=earlier.name)
    try:
        return turn.load(state)
    except FingerprintMismatch as changed:
        raise WayBackLost(step=earlier.name) from changed


def _refusal(found: CannotGoBack, earlier: UserTask) -> EngineError:
    step = found.element.name if found.element is not None else earlier.name
    return _OBSTACLES[found.obstacle](step=step)


def _refuse_what_happened(turn: Turn, earlier: UserTask) -> None:
    """Ask history what lies between: events, and automatic steps that are not for doing twice."""
    if turn.definition.compiled.elements[_key(earlier)].async_before:  # it is a job before it is a task
        raise StepNotRepeatable(step=earlier.name)
    for row in _rows_since(turn, earlier):
        if row.kind in (Happening.EVENT, Happening.THROWN):
            raise EventBetween(step=row.name)
        if row.kind == Happening.SERVICE and not _is_repeatable(turn, row):
            raise StepNotRepeatable(step=row.name)


def _is_repeatable(turn: Turn, row: ActivityHistory) -> bool:
    element = turn.definition.compiled.elements[f"{row.process_id}/{row.element_id}"]
    if element.kind is Kind.SCRIPT_TASK:
        return True
    as_job = element.async_before or element.async_after
    return bool(element.topic) and not as_job and turn.context.topics.handler(element.topic).repeatable


def _rows_since(turn: Turn, earlier: UserTask) -> Iterable[ActivityHistory]:
    of_case = ActivityHistory.instance_id == turn.instance.id
    done = select(ActivityHistory.id).where(*_completion_of(earlier)).scalar_subquery()
    kinds = (Happening.EVENT, Happening.THROWN, Happening.SERVICE)
    return turn.session.scalars(
        select(ActivityHistory)
        .where(of_case, ActivityHistory.id > done, ActivityHistory.kind.in_([kind.value for kind in kinds]))
        .order_by(ActivityHistory.id)
    )


def _completion_of(task: UserTask) -> tuple[ColumnElement[bool], ...]:
    """The one row of history that tells of the task's completion."""
    return (
        ActivityHistory.instance_id == task.instance_id,
        ActivityHistory.token_id == task.token_id,
        ActivityHistory.kind == Happening.USER.value,
    )


def _refuse_opened(turn: Turn, task: UserTask) -> None:
    """Whatever the case has offered since the step: taken, opened or done by anybody else, it is too late."""
    followers = turn.session.scalars(
        select(UserTask).where(
            UserTask.instance_id == turn.instance.id,
            UserTask.token_id > task.token_id,
            UserTask.created_at >= task.done_at,
            UserTask.status != TaskStatus.CANCELLED.value,
        )
    ).all()
    ids = [each.id for each in followers]
    by_others = TaskOpening.task_id.in_(ids) & (TaskOpening.employee_id != turn.actor.employee_id)
    openings = select(TaskOpening.task_id, Employee.name).where(by_others)
    openings = openings.join(Employee, Employee.id == TaskOpening.employee_id)
    opened = {row.task_id: row.name for row in turn.session.execute(openings)}
    for each in followers:
        by = each.done_by_name or each.assignee_name or opened.get(each.id, "")
        if each.status == TaskStatus.DONE or each.version > 1 or each.id in opened:
            raise NextIsOpened(step=each.name, by=by)


def _former_handler(context: Context, session: Session, again: UserTask, earlier: UserTask) -> Actor | None:
    """For whom or else by whom the step was done: the first who is still here and may still do it."""
    for_id = session.scalar(select(ActivityHistory.on_behalf_of_id).where(*_completion_of(earlier)))
    today = context.clock.now().astimezone(ZONE).date()
    for employee_id in filter(None, (for_id, earlier.assignee_id)):
        try:
            handler = people.receiver(session, employee_id, today)
        except EmployeeUnknown:
            continue
        may = select(UserTask.id).where(UserTask.id == again.id, eligibility.eligible(handler))
        if session.scalar(may) is not None:
            return handler
    return None


def _key(task: UserTask) -> str:
    return f"{task.process_id}/{task.element_id}"


def _row(
    turn: Turn, kind: Happening, task: UserTask, note: str | None, results: Mapping[str, str] | None
) -> dict[str, object]:
    element = Element(id=task.element_id, name=task.name, kind=Kind.USER_TASK, process_id=task.process_id)
    return history.row(
        turn.instance,
        kind,
        turn.actor,
        turn.at,
        element=element,
        token_id=task.token_id,
        note=note,
        results=results,
    )
