"""The engine's commands: start a case, work on its tasks, deliver, cancel; each within the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from company.clock import Clock
from company.database import Database
from company.people import SYSTEM, Actor, in_scope, may
from company.vault import is_reference
from engine import (
    assignment,
    broadcasts,
    deployments,
    eligibility,
    incidents,
    messages,
    offers,
    opinions,
    returning,
    starting,
)
from engine.bundles import Bundle
from engine.context import Context, FormGate, World
from engine.deployments import Deployment, load_definition
from engine.errors import (
    FingerprintMismatch,
    ForeignReference,
    FormUnknown,
    InstanceMoved,
    NotAllowed,
    TaskChanged,
)
from engine.locking import AFRESH, locked_instance, locked_instance_of
from engine.spiff import Case
from engine.tasks import (
    CaseFacts,
    Draft,
    Instance,
    InstanceStatus,
    TaskComment,
    TaskStatus,
    UserTask,
    write_versioned,
)
from engine.topics import Topics
from engine.turn import Turn
from engine.waits import Message


@dataclass(frozen=True)
class Completed:
    """What came of a completion: the case, and a task of it that the same person may do next."""

    instance_id: int
    next_task_id: int | None


class Engine:
    """Everything a person, a worker or the outside world may ask of the processes.

    Every command takes the session of one write transaction, which the caller commits: state, inbox, history, audit
    and the handlers' own rows become true together or not at all. After an error the session is to be rolled back.
    """

    def __init__(
        self, *, database: Database, clock: Clock, topics: Topics, forms: FormGate, world: World
    ) -> None:
        self.database = database
        self.context = Context(clock, topics, forms, world)

    def deploy(self, session: Session, bundle: Bundle, actor: Actor, note: str) -> Deployment:
        """Deploy a bundle against the product's own handlers and roles; DeploymentRefused lists every problem."""
        topics = self.context.topics
        known = deployments.known_names(session, topics, bundle)
        now = self.context.clock.now()
        deployment = deployments.deploy(
            session, bundle, actor, note, known, topics=topics, gate=self.context.forms, now=now
        )
        self.context.audited(
            session, actor, "deployment.deploy", "deployment", deployment.id, hash=deployment.content_hash
        )
        return deployment

    def start(
        self,
        session: Session,
        process_id: str,
        business_key: str,
        *,
        data: Mapping[str, Any],
        actor: Actor,
        facts: CaseFacts,
    ) -> Instance:
        """Start a case on the newest definition and run it to its first wait state.

        AlreadyRunning if one of the same process and key runs, StartedBefore if there was one and the process takes
        each key once (property ``uniqueBusinessKey`` = ``always``); NotAllowed if the diagram names starter groups and
        the actor is in none; StartEventMissing if only events start it; a refusal of a handler passes through.
        """
        return starting.by_person(
            self.context, session, process_id, business_key, data=data, actor=actor, facts=facts
        )

    def claim(self, session: Session, task_id: int, actor: Actor) -> UserTask:
        """Take a task; TaskTakenBy or TaskAlreadyDone tell the slower of two who was quicker."""
        return assignment.claim(self.context, session, task_id, actor)

    def unclaim(self, session: Session, task_id: int, actor: Actor) -> UserTask:
        """Give a held task back to its group."""
        return assignment.unclaim(self.context, session, task_id, actor)

    def hand_over(
        self, session: Session, task_id: int, actor: Actor, to_employee_id: int, comment: str
    ) -> UserTask:
        """Give a held task to an eligible colleague; the comment says why."""
        return assignment.hand_over(self.context, session, task_id, actor, to_employee_id, comment)

    def pass_on(
        self, session: Session, actor: Actor, from_employee_id: int, successor: Actor | None, why: str
    ) -> assignment.PassedOn:
        """Take all open tasks and cases from a person; see :func:`engine.assignment.pass_on`."""
        return assignment.pass_on(self.context, session, actor, from_employee_id, successor, why)

    def comment(self, session: Session, task_id: int, actor: Actor, text: str) -> TaskComment:
        """Write a remark at a task."""
        return assignment.add_comment(self.context, session, task_id, actor, text)

    def save_draft(self, session: Session, task_id: int, actor: Actor, values: Mapping[str, Any]) -> None:
        """Keep what the holder has typed, sealed."""
        assignment.save_draft(self.context, session, task_id, actor, values)

    def draft(self, session: Session, task_id: int, actor: Actor) -> dict[str, Any] | None:
        """What the actor has typed so far, or None."""
        return assignment.draft(self.context, session, task_id, actor)

    def form_data(self, session: Session, task: UserTask) -> Mapping[str, Any]:
        """The process data that an open task sees, for its form."""
        instance = session.get_one(Instance, task.instance_id)
        definition = load_definition(session, instance.definition_id)
        case = Turn(self.context, session, instance, definition, SYSTEM).load()
        return _seen_by(case, task)

    def complete(
        self,
        session: Session,
        task_id: int,
        actor: Actor,
        values: Mapping[str, Any],
        *,
        version: int | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> Completed:
        """Check the form, seal what is sensitive, run the case to its next wait state.

        ``version`` is that of the task on the person's page; ``files`` are uploads by field, for the form's gate.
        """
        instance = locked_instance_of(session, task_id)
        task, candidate, other_person, has_draft = _task_with_rights(session, task_id, actor)
        assignment.require_open(task)
        assignment.require_free_or_held(task, actor)
        if not (candidate and other_person):
            raise eligibility.refusal(session, task, actor, candidate)
        if version is not None and version != task.version:
            raise TaskChanged()
        if task.opinions_open:
            raise opinions.outstanding(session, task)
        if actor.stands_in_for:
            actor = eligibility.in_whose_name(session, task, actor)
        definition = load_definition(session, instance.definition_id)
        turn = Turn(self.context, session, instance, definition, actor, task=task)
        case = turn.load()
        answers = self._answers(session, turn, _seen_by(case, task), values, files or {})
        done = {
            "status": TaskStatus.DONE.value,
            "done_by_name": actor.name,
            "done_at": turn.at,
            "alarm_at": None,
            "state_before": instance.state,
        }
        holder = {"assignee_id": actor.employee_id, "assignee_name": actor.name}
        if not write_versioned(session, task, **done, **holder):
            raise TaskChanged()
        turn.run(case, lambda loaded: loaded.complete(task.token_id, answers))
        if has_draft:
            assignment.drop_drafts(session, task.id)
        self.context.audited(
            session, actor, "task.complete", "user_task", task.id, key=task.business_key, step=task.element_id
        )
        return Completed(instance.id, _next_task(session, turn.new_task_ids, actor))

    def send_back(
        self, session: Session, task_id: int, actor: Actor, to_task_id: int, reason: str
    ) -> returning.WentBack:
        """Return the case to a step done before; see :func:`engine.returning.send_back`."""
        return returning.send_back(self.context, session, task_id, actor, to_task_id, reason)

    def take_back(self, session: Session, task_id: int, actor: Actor) -> returning.WentBack:
        """Take one's own done step back before anybody goes on; see :func:`engine.returning.take_back`."""
        return returning.take_back(self.context, session, task_id, actor)

    def ask_opinions(
        self, session: Session, task_id: int, actor: Actor, of: Sequence[int], question: str
    ) -> None:
        """Ask colleagues, by employee id, for their opinion; until it is given the task cannot be done."""
        opinions.ask(self.context, session, task_id, actor, of, question)

    def give_opinion(
        self, session: Session, opinion_id: int, actor: Actor, verdict: opinions.Verdict, words: str
    ) -> None:
        """Say whether one agrees, and why."""
        opinions.give(self.context, session, opinion_id, actor, verdict, words)

    def call_off_opinion(self, session: Session, opinion_id: int, actor: Actor, why: str) -> None:
        """Wait no more for an opinion."""
        opinions.call_off(self.context, session, opinion_id, actor, why)

    def cancel(self, session: Session, instance_id: int, actor: Actor, reason: str) -> None:
        """End a running case: the system, or who may update its kind of record (the process property ``object``)."""
        instance = locked_instance(session, instance_id)
        definition = load_definition(session, instance.definition_id)
        record = definition.compiled.model.properties.get("object", "application")
        if actor is not SYSTEM:
            grants = may(actor, record, "U")
            reach = select(Instance.id).where(
                Instance.id == instance.id,
                in_scope(grants, Instance.unit_id.expression, Instance.owner_id.expression),
            )
            if session.scalar(reach) is None:
                raise NotAllowed(command="cancel")
        turn = Turn(self.context, session, instance, definition, actor)
        turn.reason = assignment.comment_text(reason)
        turn.run(turn.load(), Case.cancel)
        self.context.audited(session, actor, "instance.cancel", "instance", instance.id, reason=reason)

    def deliver(
        self,
        session: Session,
        name: str,
        business_key: str,
        payload: Mapping[str, Any],
        message_id: str,
        *,
        actor: Actor = SYSTEM,
    ) -> int:
        """Hand a message to all cases of the key that wait for it, or start one; returns how many took it.

        Where none waits and a process has a start event for it, that process starts, unless it runs for the key
        already. What nobody takes is kept for the first that will, as long as the parameter ``message_kept_days``
        says. The same message id again does nothing and returns the same.
        """
        now = self.context.clock.now()
        message, is_new = messages.receive(session, name, business_key, payload, message_id, now)
        if is_new:
            self.hand_out(session, message, actor)
            if message.consumed_at is None:
                started = starting.by_message(self.context, session, message, actor)
                if started:
                    message.receivers, message.consumed_at = started, now
            self.context.audited(
                session, actor, "message.deliver", "message", message.id, name=name, key=business_key
            )
        return message.receivers

    def start_of_message(
        self, session: Session, process_id: str, name: str, business_key: str, payload: Mapping[str, object]
    ) -> Instance:
        """Start a case of one process as a message would that came too early for it; nobody else gets anything.

        Raises :class:`StartEventMissing`, :class:`AlreadyRunning` and what a start raises.
        """
        return starting.of_process(self.context, session, process_id, name, payload, business_key, SYSTEM)

    def hand_out(self, session: Session, message: Message, actor: Actor = SYSTEM) -> None:
        """Give a message to whoever waits for it now; a case that cannot be read is an incident, the others get it."""
        for instance_id in messages.waiting_instances(session, message.name, message.correlation_key):
            instance = locked_instance(session, instance_id, must_run=False)
            if instance.status != InstanceStatus.RUNNING:
                continue
            try:
                definition = load_definition(session, instance.definition_id)
                turn = Turn(self.context, session, instance, definition, actor)
                taken = messages.hand_to(turn, message)
            except FingerprintMismatch as mismatch:
                element = messages.element_that_waits(session, instance, message)
                incidents.note_undelivered(session, self.context, message, instance, element, mismatch)
                continue
            if taken:
                message.receivers += 1
                message.consumed_at = self.context.clock.now()
        session.flush()

    def broadcast(
        self, session: Session, name: str, payload: Mapping[str, Any], signal_id: str, actor: Actor = SYSTEM
    ) -> int:
        """Let a signal reach all cases that wait for it now and all processes it starts; returns how many there are.

        Each is moved by the worker, in a transaction of its own. ``signal_id`` names this one throw.
        """
        reached = broadcasts.broadcast(session, name, payload, signal_id, self.context.clock.now())
        self.context.audited(
            session, actor, "signal.broadcast", "signal", reached, name=name, signal=signal_id
        )
        return reached

    def describe(self, session: Session, instance_id: int, facts: CaseFacts) -> None:
        """Change what lists show of a running case."""
        instance = locked_instance(session, instance_id)
        if not write_versioned(session, instance, **asdict(facts)):
            raise InstanceMoved()
        offers.redescribe(session, instance)

    def _answers(
        self,
        session: Session,
        turn: Turn,
        data: Mapping[str, Any],
        values: Mapping[str, Any],
        files: Mapping[str, Any],
    ) -> dict[str, Any]:
        """What the person's values become once the gate has passed them and the vault has taken the sensitive ones."""
        task = turn.task
        if task is None or task.form_key is None:
            if values:
                raise FormUnknown(form_key="")
            return {}
        form = turn.definition.form(task.form_key)
        english = turn.definition.texts("en")
        checked = self.context.forms.check(form, values, data=data, files=files, english=english)
        answers = dict(checked.answers)
        for name, answer in answers.items():
            if _holds_foreign_reference(answer, data.get(name)):
                raise ForeignReference(field=name)
            if name in checked.sensitive and answer not in (None, "") and not is_reference(answer):
                vault = self.context.world.vault
                answers[name] = vault.keep(session, task.business_key, name, str(answer))
        return answers


@lru_cache(maxsize=1024)
def _rights_of(actor: Actor) -> Select[UserTask, bool, bool, bool]:
    """The task and what the one condition says of the actor; kept, since building it costs more than running it."""
    return select(
        UserTask,
        eligibility.is_candidate(actor),
        eligibility.is_other_person(actor),
        exists().where(Draft.task_id == UserTask.id),
    ).where(UserTask.id == bindparam("task_id"))


@lru_cache(maxsize=1024)
def _next_for(actor: Actor) -> Select[int]:
    free = UserTask.assignee_id.is_(None) | UserTask.assignee_id.in_(actor.desks)
    among = UserTask.id.in_(bindparam("task_ids", expanding=True))
    return select(UserTask.id).where(among, free, eligibility.eligible(actor)).order_by(UserTask.id).limit(1)


def _task_with_rights(session: Session, task_id: int, actor: Actor) -> tuple[UserTask, bool, bool, bool]:
    """Read after the instance was locked, so that it sees what a quicker command has done."""
    task, candidate, other_person, has_draft = session.execute(
        _rights_of(actor), {"task_id": task_id}, execution_options=AFRESH
    ).one()
    return task, bool(candidate), bool(other_person), has_draft


def _seen_by(case: Case, task: UserTask) -> Mapping[str, Any]:
    for waiting in case.waiting():
        if waiting.kind == "user" and waiting.token.id == task.token_id:
            return waiting.token.data
    raise TaskChanged()


def _next_task(session: Session, task_ids: list[int], actor: Actor) -> int | None:
    return session.scalar(_next_for(actor), {"task_ids": task_ids}) if task_ids else None


def _holds_foreign_reference(answer: Any, shown: Any) -> bool:
    """Whether a person's answer contains a sealed reference that was not shown to him in this very field."""
    if answer == shown:
        return False
    if isinstance(answer, Mapping):
        return any(_holds_foreign_reference(each, None) for each in answer.values())
    if isinstance(answer, (list, tuple)):
        return any(_holds_foreign_reference(each, None) for each in answer)
    return is_reference(answer)
