"""One run of a case in one transaction: tokens move to the next wait state, and what changed is written as a diff."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from company import calendar, organisation, outbox
from company.messages import Refusal
from company.people import Actor
from engine import broadcasts, history, messages, offers, waits
from engine.bpmn.model import Element, Kind, Trigger
from engine.context import Context
from engine.decisions import Evidence, decide, write_evidence
from engine.deployments import LoadedDefinition
from engine.errors import EngineError, FingerprintMismatch, InstanceMoved
from engine.history import Happening
from engine.instants import due_at
from engine.spiff import BpmnError, Case, Token, UncaughtBpmnError
from engine.spiff.errors import ExpressionFailed, NoFlowMatches, StateMismatch
from engine.tasks import CaseFacts, Instance, UserTask, write_versioned
from engine.topics import Call, Handler
from engine.waits import Waits


class ProcessError(EngineError):
    """The diagram throws a business error that no boundary event catches. Facts: ``element``, ``error_code``."""

    code = "process_error"
    zh = "步骤“{element}”发生业务错误 {error_code}，流程图没有处理它。"
    en = "The step “{element}” ended with the business error {error_code}, which the diagram does not handle."


class ProcessStuck(EngineError):
    """An expression of the diagram cannot be evaluated on this case. Facts: ``element``, ``reason``."""

    code = "process_stuck"
    zh = "流程无法越过步骤“{element}”，请联系管理员检查流程图：{reason}"
    en = "The case cannot pass the step “{element}”; ask the administrator to check the diagram: {reason}"


@dataclass(frozen=True)
class Outcome:
    """What the outside step of a job came to: its value, or the refusal with which it ended."""

    value: Any = None
    refusal: Refusal | BpmnError | None = None


# What a kind of element becomes in history; every other kind is part of the path alone.
_TOLD_AS = {
    Kind.USER_TASK: Happening.USER,
    Kind.SERVICE_TASK: Happening.SERVICE,
    Kind.RULE_TASK: Happening.RULE,
    Kind.RECEIVE_TASK: Happening.EVENT,
    Kind.CATCH: Happening.EVENT,
    Kind.BOUNDARY: Happening.EVENT,
    Kind.CALL_ACTIVITY: Happening.CONTAINER,
    Kind.SUBPROCESS: Happening.CONTAINER,
    Kind.EVENT_SUBPROCESS: Happening.CONTAINER,
    Kind.TRANSACTION: Happening.CONTAINER,
    Kind.SCRIPT_TASK: Happening.SERVICE,
    Kind.SEND_TASK: Happening.SERVICE,
}
# These are told where the event says something; a plain start, throw or end is part of the path.
_TOLD_IF_EVENT = {Kind.START: Happening.EVENT, Kind.THROW: Happening.THROWN, Kind.END: Happening.THROWN}
_SILENT = frozenset({Trigger.NONE, Trigger.LINK, Trigger.TERMINATE, Trigger.ERROR, Trigger.CANCEL})


def _waits_for_condition(token: Token) -> bool:
    """Whether the case stands at a condition: no row of any table says so, history must."""
    return token.element.kind is Kind.CATCH and token.element.trigger is Trigger.CONDITIONAL


class Turn:
    """The host of a case's tokens for one command; used once, discarded after."""

    def __init__(
        self,
        context: Context,
        session: Session,
        instance: Instance,
        definition: LoadedDefinition,
        actor: Actor,
        *,
        outcomes: Mapping[int, Outcome] | None = None,
        task: UserTask | None = None,
    ) -> None:
        self.context, self.session, self.instance = context, session, instance
        self.definition, self.actor = definition, actor
        self.at = context.clock.now()
        self.outcomes = outcomes or {}
        self.task = task  # the one a person completes in this command
        self.facts: CaseFacts = instance.facts
        self.rows: list[dict[str, Any]] = []
        self.evidence: list[Evidence] = []
        self.new_task_ids: list[int] = []
        self.reason: str | None = None  # why a person ends the case
        self._passed: list[str] = []
        self._flows: list[str] = []
        self._inputs: dict[int, Any] = {}
        self._business_date: date | None = None

    # -- running -----------------------------------------------------------------------------------------------

    def start(self, data: Mapping[str, Any], *, at: str | None = None) -> Case:
        """Put the first token on the diagram, at the start event ``at``, and run to the first wait state."""
        self.rows.append(
            history.row(self.instance, Happening.STARTED, self.actor, self.at, inputs=dict(data))
        )
        return self._settled(Case.start(self.definition.compiled, data, self, at=at), {}, Case.advance)

    def load(self, state: bytes | None = None) -> Case:
        """The case as it was saved; an earlier ``state`` of it where one is given. Raises FingerprintMismatch."""
        try:
            return Case.load(self.definition.compiled, zlib.decompress(state or self.instance.state), self)
        except StateMismatch as mismatch:
            raise FingerprintMismatch(
                process_id=self.instance.process_id, definition_id=self.definition.id
            ) from mismatch

    def run(self, case: Case, act: Callable[[Case], None]) -> Case:
        """Do something to a loaded case, run to the next wait state and save."""
        before = waits.by_token(case.waiting())

        def act_and_advance(case: Case) -> None:
            act(case)
            case.advance()

        return self._settled(case, before, act_and_advance)

    def _settled(self, case: Case, before: Waits, act: Callable[[Case], None]) -> Case:
        try:
            act(case)
            messages.take_buffered(self, case, known=before)
        except UncaughtBpmnError as uncaught:
            if isinstance(uncaught.error.__cause__, Refusal):
                raise uncaught.error.__cause__ from None
            raise ProcessError(element=uncaught.element.name, error_code=uncaught.error.code) from uncaught
        except (ExpressionFailed, NoFlowMatches) as stuck:
            raise ProcessStuck(element=stuck.element.name, reason=str(stuck)) from stuck
        self._save(case, before)
        return case

    # -- what the tokens ask of their host ---------------------------------------------------------------------

    def now(self) -> datetime:
        """The instant of the command."""
        return self.at

    def service(self, token: Token) -> Mapping[str, Any]:
        """Call the topic's handler; in a savepoint if a boundary event could catch its refusal."""
        handler = self.context.topics.handler(token.element.topic)
        outcome = self.outcomes.get(token.id, Outcome())

        def work() -> Mapping[str, Any]:
            if outcome.refusal is not None:
                raise outcome.refusal
            arguments = handler.arguments(token.element, token.data)
            self._inputs[token.id] = arguments
            return handler(self.call(token, outcome.value), **arguments) or {}

        return self._guarded(token.element, work)

    def decide(self, token: Token) -> Mapping[str, Any]:
        """Gather the facts, ask the decision, keep the evidence."""
        name = token.element.properties.get("facts")
        handler = self.context.topics.facts_handler(name) if name else None

        def work() -> Mapping[str, Any]:
            inputs = self._gathered(handler, token) if handler else dict(token.data)
            evidence = decide(self.definition, token, inputs, self.at)
            self.evidence.append(evidence)
            return evidence.results

        return self._guarded(token.element, work)

    def due_at(self, token: Token, text: str, since: datetime | None = None) -> datetime:
        """Wall-clock or working time, from the company's calendar."""
        return due_at(text, since or self.at, calendar.current(self.session))

    def send(
        self, token: Token, message_name: str, correlation_key: str | None, payload: Mapping[str, Any]
    ) -> None:
        """Put a message of the diagram into the outbox: it is delivered after the commit, and once."""
        key = f"message:{self.instance.id}:{token.id}"
        told = {
            "name": message_name,
            "key": correlation_key or self.instance.business_key,
            "payload": dict(payload),
            "message_id": key,
        }
        outbox.put(self.session, "message", key, told, self.at)

    def signal(self, token: Token, signal_name: str, payload: Mapping[str, Any]) -> None:
        """Let the signal reach the other cases, and the processes it starts, after the commit."""
        signal_id = f"{self.instance.id}:{token.id}"
        broadcasts.broadcast(
            self.session, signal_name, payload, signal_id, self.at, thrower_id=self.instance.id
        )

    def entered(self, token: Token) -> None:
        """Subprocesses and called processes are seen from their beginning; other elements when they are left."""
        if self._told_as(token) is Happening.CONTAINER or _waits_for_condition(token):
            self._tell(Happening.ENTERED, token)

    def left(self, token: Token, results: Mapping[str, Any]) -> None:
        """Keep who did what, with which inputs and results."""
        kind = self._told_as(token)
        if kind is None:
            self._passed.append(token.element.key)
            return
        inputs = self._inputs.pop(token.id, None)
        if inputs is None and token.element.inputs and kind is not Happening.CONTAINER:
            inputs = {each.name: token.data.get(each.name) for each in token.element.inputs}
        kept = None if kind is Happening.CONTAINER else dict(results)
        self._tell(kind, token, inputs=inputs or None, results=kept or None)

    def cancelled(self, token: Token) -> None:
        """Keep that a step was taken away; an event that need not be waited for any more is nothing to tell."""
        if self._told_as(token) not in (None, Happening.EVENT, Happening.THROWN) or _waits_for_condition(
            token
        ):
            self._tell(Happening.INTERRUPTED, token)

    def flowed(self, process_id: str, flow_id: str) -> None:
        """Colour the diagram."""
        self._flows.append(f"{process_id}/{flow_id}")

    # -- handlers ----------------------------------------------------------------------------------------------

    def call(self, token: Token, outcome: Any = None) -> Call:
        """What a handler of this case gets."""
        if self._business_date is None:
            self._business_date = organisation.business_date(self.session)
        return Call(
            session=self.session,
            clock_now=self.at,
            business_date=self._business_date,
            actor=self.actor,
            business_key=self.instance.business_key,
            instance_id=self.instance.id,
            element=token.element,
            data=token.data,
            world=self.context.world,
            reveal=self.reveal,
            describe=self.describe,
            outcome=outcome,
        )

    def reveal(self, reference: str) -> str:
        """The clear text behind a reference that belongs to this case's business key."""
        return self.context.world.vault.reveal(
            self.session, reference, business_key=self.instance.business_key
        )

    def describe(self, **changes: Any) -> None:
        """Change what lists show of the case."""
        self.facts = replace(self.facts, **changes)

    def _gathered(self, handler: Handler, token: Token) -> dict[str, Any]:
        return dict(handler(self.call(token), **handler.arguments(token.element, token.data)))

    def _guarded(self, element: Element, work: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Run ``work``; a refusal that a boundary event catches leaves nothing behind and becomes a BpmnError."""
        if not self.definition.caught_codes(element):
            return work()
        facts, evidence = self.facts, len(self.evidence)
        try:
            with self.session.begin_nested():
                return work()
        except BpmnError:
            self.facts = facts
            del self.evidence[evidence:]
            raise
        except Refusal as refusal:
            self.facts = facts
            del self.evidence[evidence:]
            if not self.definition.catches(element, refusal):
                raise
            raise BpmnError(refusal.code, str(refusal), {"error_code": refusal.code}) from refusal

    # -- history and saving ------------------------------------------------------------------------------------

    def _told_as(self, token: Token) -> Happening | None:
        if token.element.multi_instance is not None and token.index is None:
            return Happening.CONTAINER
        if token.element.kind in _TOLD_IF_EVENT and token.element.trigger not in _SILENT:
            return _TOLD_IF_EVENT[token.element.kind]
        return _TOLD_AS.get(token.element.kind)

    def _tell(self, kind: Happening, token: Token, *, inputs: Any = None, results: Any = None) -> None:
        self.rows.append(
            history.row(
                self.instance,
                kind,
                self.actor,
                self.at,
                element=token.element,
                token_id=token.id,
                case_round=self.task.round if self.task and self.task.token_id == token.id else None,
                inputs=inputs,
                results=results,
            )
        )

    def _save(self, case: Case, before: Waits) -> None:
        after = waits.by_token(case.waiting())
        instance = self.instance
        changes: dict[str, Any] = {"state": zlib.compress(case.dump(), 6)}
        if case.status != "running":
            changes |= {"status": case.status, "ended_at": self.at}
            ended = Happening.COMPLETED if case.status == "completed" else Happening.CANCELLED
            reached = list(case.ended_at) or None
            self.rows.append(
                history.row(instance, ended, self.actor, self.at, results=reached, note=self.reason)
            )
            offers.forget_ways_back(self.session, instance.id)
        described = self.facts != instance.facts
        if described:
            changes |= asdict(self.facts)
        if not write_versioned(self.session, instance, **changes):
            raise InstanceMoved()
        if described and any(kind == "user" and (kind, token) != self._done for kind, token in before):
            offers.redescribe(self.session, instance)
        self._save_waits(before, after)
        if self._passed or self._flows:
            path = {"passed": self._passed, "flows": self._flows}
            self.rows.append(history.row(instance, Happening.PATH, self.actor, self.at, results=path))
        history.write(self.session, self.rows)
        write_evidence(self.session, instance, self.evidence, self.at)

    @property
    def _done(self) -> waits.WaitKey | None:
        """What a person's completion has just ended: its task is written already."""
        return ("user", self.task.token_id) if self.task else None

    def _save_waits(self, before: Waits, after: Waits) -> None:
        session, instance = self.session, self.instance
        gone, new = waits.difference(before, after)
        offers.withdraw(
            session, instance.id, [token for kind, token in gone - {self._done} if kind == "user"]
        )
        waits.drop(session, instance.id, gone, self.actor, self.at)
        counted = any(waiting.in_working_time for waiting in new)
        mark = calendar.current(session).mark if counted else None
        waits.put(session, instance, new, self.at, calendar_mark=mark)
        offered = [waiting.token for waiting in new if waiting.kind == "user"]
        round_before = self.task.round if self.task else None
        self.new_task_ids = offers.offer(session, instance, offered, self.at, round_before=round_before)
