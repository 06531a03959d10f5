"""One running case: start it or load it, let it run, answer what it waits for, dump it."""

from __future__ import annotations

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Data
from engine.spiff import codec, going_back
from engine.spiff.definition import CompiledProcess
from engine.spiff.errors import StartMissing, StepsWithoutEnd, TokenGone, TokensStuck
from engine.spiff.gateways import InclusiveNode
from engine.spiff.scope import Scope, copied
from engine.spiff.tokens import Host, Status, Waiting
from engine.spiff.tree import TokenTask, TokenWorkflow

WAITS = {"due", "message", "signal", "condition"}  # what a waiting token keeps in its internal data
STEPS_MAX = 50_000  # automatic steps in one command; a loop that needs more wants a job in it


class Case:
    """The tokens of one instance. After any exception out of it, throw it away and load the saved state again."""

    def __init__(self, compiled: CompiledProcess, workflow: TokenWorkflow, status: Status) -> None:
        self._compiled = compiled
        self._workflow = workflow
        self._status: Status = status

    @classmethod
    def start(cls, compiled: CompiledProcess, data: Data, host: Host, *, at: str | None = None) -> Case:
        """A new case with a token at the plain start event, or the one with the id ``at``; call advance() next.

        Raises StartMissing.
        """
        container = compiled.container
        node = container.first if at is None else container.starts.get(at)
        if node is None:
            raise StartMissing(compiled.process_id, at)
        workflow = TokenWorkflow(container, Scope(copied(data)), host)
        workflow.begin(node)
        return cls(compiled, workflow, "running")

    @classmethod
    def load(cls, compiled: CompiledProcess, state: bytes, host: Host) -> Case:
        """The case that dump() saved. Raises StateMismatch."""
        workflow, status = codec.load(state, compiled, host)
        return cls(compiled, workflow, status)

    def dump(self) -> bytes:
        """The state, to be saved in the transaction of the domain change."""
        return codec.dump(self._workflow, self._compiled, self.status)

    @property
    def fingerprint(self) -> str:
        """Of the definition this case runs on."""
        return self._compiled.fingerprint

    @property
    def status(self) -> Status:
        """Where the case stands as a whole."""
        if self._status == "running" and self._workflow.completed:
            self._status = "completed"
        return self._status

    @property
    def data(self) -> Data:
        """Process data of the top process; a new dictionary."""
        return self._workflow.scope.view()

    @property
    def ended_at(self) -> tuple[str, ...]:
        """Ids of the end events reached so far in the top process and its embedded subprocesses, in order."""
        return tuple(self._workflow.ended_at)

    def advance(self) -> None:
        """Run everything automatic, up to the next wait state.

        Raises UncaughtBpmnError, ExpressionFailed, NoFlowMatches, TokensStuck, StepsWithoutEnd, and whatever the
        host raises.
        """
        ready = self._workflow.ready
        steps = 0
        while True:
            while self._meet_conditions() or ready:
                if not ready:
                    continue
                task = ready.popleft()
                if task.state == TaskState.READY:
                    steps += 1
                    if steps > STEPS_MAX:
                        raise StepsWithoutEnd(task.task_spec.element, STEPS_MAX)
                    task.run()
            if not self._release_one_join():
                break
        if self.status == "running":
            self._expect_a_way_on()

    def _expect_a_way_on(self) -> None:
        left = self._workflow.every_task()
        if not any(task.state == TaskState.READY or WAITS & task.internal_data.keys() for task in left):
            raise TokensStuck([task.task_spec.element for task in left if task.task_spec.holds_token])

    def _meet_conditions(self) -> bool:
        """Fire the conditional events that have come true, one after the other; whether any did."""
        met = False
        while self._compiled.has_conditions:
            waiting = [task for task in self._workflow.every_task() if "condition" in task.internal_data]
            true = next((task for task in waiting if task.task_spec.ask(task)), None)
            if true is None:
                break
            true.task_spec.fire(true, {})
            met = True
        return met

    def _release_one_join(self) -> bool:
        return any(
            task.task_spec.release(task)
            for task in self._workflow.every_task()
            if isinstance(task.task_spec, InclusiveNode) and task.state == TaskState.WAITING
        )

    def waiting(self) -> tuple[Waiting, ...]:
        """Everything the case waits for, oldest first."""
        return tuple(waits for waits in map(_waiting, self._workflow.every_task()) if waits is not None)

    def complete(self, token_id: int, answers: Data) -> None:
        """A person is done with a user task; call advance() next. Raises TokenGone."""
        task = self._task(token_id, "user")
        task.task_spec.answer(task, answers)

    def grant(self, token_id: int) -> None:
        """A job may run; call advance() next. Raises TokenGone."""
        task = self._task(token_id, "job")
        task.task_spec.grant(task)

    def fire_timer(self, token_id: int) -> None:
        """A timer's time has come; call advance() next. Raises TokenGone, TimerNotDue."""
        task = self._task(token_id, "timer")
        task.task_spec.fire_timer(task)

    def recount(self, token_id: int) -> None:
        """Reckon anew when a timer in working time is due, after the calendar was changed. Raises TokenGone."""
        task = self._task(token_id, "timer")
        task.task_spec.recount(task)

    def deliver(self, token_id: int, payload: Data) -> None:
        """Hand a message to the one token it is for (O4); call advance() next. Raises TokenGone."""
        task = self._task(token_id, "message")
        task.task_spec.fire(task, payload)

    def receive_signal(self, token_id: int, payload: Data) -> None:
        """A signal thrown elsewhere reaches one token; call advance() next. Raises TokenGone."""
        task = self._task(token_id, "signal")
        task.task_spec.fire(task, payload)

    def check_way_back(self, before: Case, token_id: int, *, standing_at: int | None = None) -> None:
        """Raises CannotGoBack where :meth:`go_back` would; changes nothing."""
        going_back.check(self._workflow, before._workflow, token_id, standing_at=standing_at)

    def go_back(self, before: Case, token_id: int, answers: Data, *, standing_at: int | None = None) -> None:
        """Return to the user task ``token_id`` of an earlier state of this case; call advance() next.

        ``answers`` are what it was answered with, ``standing_at`` is the token of who asks. Raises CannotGoBack.
        """
        going_back.go_back(self._workflow, before._workflow, token_id, answers, standing_at=standing_at)

    def cancel(self) -> None:
        """Take every token away; the case is over."""
        self._workflow.cancel_tokens()
        self._workflow.ready.clear()
        self._workflow.completed = True
        self._status = "cancelled"

    def _task(self, token_id: int, kind: str) -> TokenTask:
        task = self._workflow.find(token_id)
        waits = None if task is None else _waiting(task)
        if task is None or waits is None or waits.kind != kind:
            raise TokenGone(token_id, kind)
        return task


def _waiting(task: TokenTask) -> Waiting | None:
    """What a live task waits for from outside, if anything."""
    about = task.internal_data
    if task.state == TaskState.READY:
        if "job" in about:
            return Waiting(task.token(), "job", after="after" in about)
        return Waiting(task.token(), "user") if task.task_spec.manual else None
    if task.state != TaskState.WAITING:
        return None
    if "due" in about:
        return Waiting(task.token(), "timer", due_at=about["due"], in_working_time="counted" in about)
    if "signal" in about:
        return Waiting(task.token(), "signal", signal_name=about["signal"])
    if "condition" in about:
        return Waiting(task.token(), "condition")
    if "message" in about:
        return Waiting(
            task.token(), "message", message_name=about["message"], correlation_key=about.get("key")
        )
    return None
