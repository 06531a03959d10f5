"""Playing cases in the tests: a host with a clock and a history, and a player that may reload between all steps."""

from datetime import UTC, datetime, timedelta

from engine.bpmn import times
from engine.spiff import Case, compile_processes

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Clerk:
    """The runtime's side: topics and decisions are functions of a token, history is a list."""

    def __init__(self, topics=None, decisions=None):
        self.clock = MONDAY
        self.topics = {"note": lambda token: {}, **(topics or {})}
        self.decisions = decisions or {}
        self.history = []
        self.flows = []
        self.sent = []
        self.signals = []

    def now(self):
        return self.clock

    def service(self, token):
        return self.topics[token.element.topic](token)

    def decide(self, token):
        return self.decisions[token.element.decision_ref](token)

    def send(self, token, message_name, correlation_key, payload):
        self.sent.append((message_name, correlation_key, payload))

    def signal(self, token, signal_name, payload):
        self.signals.append((signal_name, payload))

    def due_at(self, token, text, since=None):
        return times.due_at(since or self.clock, text)

    def entered(self, token):
        self.history.append(("entered", token.element.id, token.id))

    def left(self, token, results):
        self.history.append(("left", token.element.id, token.id))

    def cancelled(self, token):
        self.history.append(("cancelled", token.element.id, token.id))

    def flowed(self, process_id, flow_id):
        self.flows.append(flow_id)

    def times(self, element_id, what="left"):
        """How often something happened to an element."""
        return sum(1 for happened, at, _ in self.history if (happened, at) == (what, element_id))


class Player:
    """One case. With ``reload`` it is dumped and loaded before and after every step, as other processes would.

    ``recompiled`` is the same definition compiled once more: each load then takes the other of the two, so that
    nothing can live on in the objects of a definition.
    """

    def __init__(self, compiled, data=None, *, clerk=None, reload=True, recompiled=None):
        self.compiled, self.clerk, self.reload = compiled, clerk or Clerk(), reload
        self.recompiled = recompiled or compiled
        self.case = Case.start(compiled, data or {}, self.clerk)
        self._round_trip()
        self.case.advance()
        self._round_trip()

    def _round_trip(self):
        if self.reload:
            self.compiled, self.recompiled = self.recompiled, self.compiled
            self.case = Case.load(self.compiled, self.case.dump(), self.clerk)

    def _step(self, act):
        self._round_trip()
        act()
        self._round_trip()
        self.case.advance()
        self._round_trip()

    def _waiting(self, kind, name=None, which=0):
        found = [
            waits
            for waits in self.case.waiting()
            if waits.kind == kind
            and name in (None, waits.token.element.id, waits.message_name, waits.signal_name)
        ]
        assert len(found) > which, f"nothing waits as {kind} {name}: {self.case.waiting()}"
        return found[which]

    def do(self, name, answers=None, which=0):
        token = self._waiting("user", name, which).token
        self._step(lambda: self.case.complete(token.id, answers or {}))

    def job(self, name):
        token = self._waiting("job", name).token
        self._step(lambda: self.case.grant(token.id))

    def message(self, name, payload=None, which=0):
        token = self._waiting("message", name, which).token
        self._step(lambda: self.case.deliver(token.id, payload or {}))

    def signal(self, name, payload=None, which=0):
        """A signal thrown by another case reaches one token here."""
        token = self._waiting("signal", name, which).token
        self._step(lambda: self.case.receive_signal(token.id, payload or {}))

    def later(self, **units):
        """Move the clock and fire what is due, earliest first, as the scheduler does."""
        self.clerk.clock += timedelta(**units)
        while True:
            due = [w for w in self.case.waiting() if w.kind == "timer" and w.due_at <= self.clerk.clock]
            if not due:
                return
            token = min(due, key=lambda waits: waits.due_at).token
            self._step(lambda token=token: self.case.fire_timer(token.id))

    def names(self, kind):
        return sorted(waits.token.element.id for waits in self.case.waiting() if waits.kind == kind)

    @property
    def users(self):
        return self.names("user")

    @property
    def timers(self):
        return self.names("timer")

    @property
    def messages(self):
        return self.names("message")

    @property
    def signals(self):
        return self.names("signal")

    @property
    def conditions(self):
        return self.names("condition")

    @property
    def jobs(self):
        return self.names("job")

    @property
    def data(self):
        return dict(self.case.data)

    def seen(self, name, which=0):
        """What the person at a user task sees."""
        return dict(self._waiting("user", name, which).token.data)

    @property
    def ended_at(self):
        return self.case.ended_at

    @property
    def over(self):
        return self.case.status == "completed" and not self.case.waiting()


class Twins:
    """Two players on one definition, step by step in turn; whatever is asked must be the same of both."""

    def __init__(self, compiled, data=None, *, make_clerk=Clerk, reload=False):
        self.players = [Player(compiled, data, clerk=make_clerk(), reload=reload) for _ in range(2)]

    def __getattr__(self, name):
        found = [getattr(player, name) for player in self.players]
        if not callable(found[0]):
            assert found[0] == found[1], f"{name}: {found}"
            return found[0]

        def both(*args, **kwargs):
            answers = [each(*args, **kwargs) for each in found]
            assert answers[0] == answers[1]
            return answers[0]

        return both

    @property
    def clerk(self):
        return self.players[1].clerk


def compiled(data, process_id="p"):
    return compile_processes({"test.bpmn": data})[process_id]
