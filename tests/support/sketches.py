"""Random diagrams: a sketch of nodes and flows, drawn as BPMN for the engine and read as it is by the interpreter."""

from dataclasses import dataclass
from itertools import count, pairwise

import diagrams as d
from hypothesis import strategies as st

DEFINITIONS = {"message": d.message("BankResult"), "error": d.error("E1"), "escalation": d.escalation("X")}
VARIABLES = ("c0", "c1", "c2", "c3")


@dataclass(frozen=True)
class Repeat:
    """So many instances, and after how many of them it is enough (0: all)."""

    times: int
    sequential: bool
    enough: int


@dataclass(frozen=True)
class Node:
    id: str
    kind: str  # start end stop fail escalate user task xor and or edge sub event
    place: str | None
    repeat: Repeat | None = None
    attached_to: str | None = None
    interrupting: bool = True
    trigger: str = "message"  # of an edge or event: message error escalation


@dataclass(frozen=True)
class Flow:
    id: str
    source: str
    target: str
    condition: str | None = None
    default: bool = False


class Sketch:
    """Nodes and flows, built block by block; a block is what the strategies below give."""

    def __init__(self, block, event=None):
        self.nodes, self.flows = {}, []
        self._ids = count(1)
        self._enters = {}
        self._process(None, block)
        self._event(None, event)

    def leaving(self, node_id):
        return [flow for flow in self.flows if flow.source == node_id]

    def entering(self, node_id):
        return [flow for flow in self.flows if flow.target == node_id]

    def inside(self, place, *kinds):
        return [node for node in self.nodes.values() if node.place == place and node.kind in kinds]

    def boundaries(self, node_id):
        return [node for node in self.nodes.values() if node.attached_to == node_id]

    # -- building

    def _new(self, kind, place, **facts):
        node = Node(f"{kind}{next(self._ids)}", kind, place, **facts)
        self.nodes[node.id] = node
        return node.id

    def _flow(self, source, target, condition=None, default=False):
        self.flows.append(Flow(f"f{next(self._ids)}", source, target, condition, default))

    def _process(self, place, block):
        start, end = self._new("start", place), self._new("end", place)
        first, last = self._block(block, place)
        self._flow(start, first)
        self._flow(last, end)

    def _block(self, block, place):
        """First and last node of a block."""
        kind, *facts = block
        return getattr(self, f"_{kind}")(place, *facts)

    def _user(self, place, guard=None, repeat=None):
        user = self._new("user", place, repeat=repeat)
        return self._guarded(user, place, guard)

    def _task(self, place):
        task = self._new("task", place)
        return task, task

    def _guarded(self, activity, place, guard):
        """With an event at its edge, whose path comes back after the activity or ends by itself."""
        if guard is None:
            return activity, activity
        trigger, interrupting, rejoins = guard
        interrupting = interrupting or trigger == "error"
        edge = self._new("edge", place, attached_to=activity, interrupting=interrupting, trigger=trigger)
        after = self._new("user", place)
        self._flow(edge, after)
        if not rejoins:
            self._flow(after, self._new("end", place))
            return activity, activity
        merge = self._new("xor", place)
        self._flow(activity, merge)
        self._flow(after, merge)
        return activity, merge

    def _then(self, place, blocks):
        drawn = [self._block(each, place) for each in blocks]
        for (_, last), (first, _) in pairwise(drawn):
            self._flow(last, first)
        return drawn[0][0], drawn[-1][1]

    def _split(self, place, kinds, branches):
        """Branches between two gateways that need not fit together; a way round is the default where one is needed."""
        fork, join = (self._new(kind, place) for kind in kinds)
        for variable, branch in branches:
            first, last = self._block(branch, place)
            self._flow(fork, first, None if kinds[0] == "and" else variable)
            self._flow(last, join)
        if kinds[0] != "and":
            self._flow(fork, join, default=True)
        return fork, join

    def _loop(self, place, variable, body):
        enter = self._new("xor", place)
        self._enters.setdefault(place, []).append(enter)
        first, last = self._block(body, place)
        asked, redo = self._new("user", place), self._new("xor", place)
        self._flow(enter, first)
        self._flow(last, asked)
        self._flow(asked, redo)
        self._flow(redo, enter, variable)
        out = self._new("task", place)
        self._flow(redo, out, default=True)
        return enter, out

    def _jump(self, place, variable, which):
        """Back to some loop's beginning, wherever that is."""
        asked, choice = self._new("user", place), self._new("xor", place)
        self._flow(asked, choice)
        enters = self._enters.get(place, [])
        if enters:
            self._flow(choice, enters[which % len(enters)], variable)
        out = self._new("task", place)
        self._flow(choice, out, default=bool(enters))
        return asked, out

    def _leave(self, place, variable, kind):
        """An end of that kind on the way."""
        choice, end, out = self._new("xor", place), self._new(kind, place), self._new("task", place)
        self._flow(choice, end, variable)
        self._flow(choice, out, default=True)
        return self._asked(choice, place) if kind == "fail" else choice, out

    def _asked(self, node_id, place):
        """With a person before it: what reaches out of its place must not race with steps beside it."""
        asked = self._new("user", place)
        self._flow(asked, node_id)
        return asked

    def _escalate(self, place):
        escalate = self._new("escalate", place)
        return self._asked(escalate, place), escalate

    def _event(self, place, event):
        """An event subprocess."""
        if event is not None:
            trigger, interrupting, handler = event
            interrupting = interrupting or trigger == "error"
            self._process(self._new("event", place, interrupting=interrupting, trigger=trigger), handler)

    def _sub(self, place, body, guard, repeat, event):
        sub = self._new("sub", place, repeat=repeat)
        self._process(sub, body)
        self._event(sub, event)
        return self._guarded(sub, place, guard)

    # -- drawing

    def drawn(self):
        """The .bpmn file."""
        return d.bundle(d.process("p", self._place(None)))

    def _place(self, place):
        nodes = [node for node in self.nodes.values() if node.place == place]
        ids = {node.id for node in nodes}
        flows = (
            d.flow(flow.source, flow.target, flow.condition and f"{flow.condition} = true", flow.id)
            for flow in self.flows
            if flow.source in ids
        )
        return "".join((*map(self._node, nodes), *flows))

    def _node(self, node):
        return {
            "start": self._start,
            "end": lambda each: d.end(each.id),
            "stop": lambda each: d.terminate_end(each.id),
            "fail": lambda each: d.error_end(each.id, "E1"),
            "escalate": lambda each: d.throw(each.id, d.escalation("X")),
            "user": lambda each: d.user(each.id, _repeated(each.repeat)),
            "task": lambda each: d.node("task", each.id),
            "xor": lambda each: self._gateway("exclusive", each),
            "and": lambda each: self._gateway("parallel", each),
            "or": lambda each: self._gateway("inclusive", each),
            "edge": lambda each: d.boundary(
                each.id, each.attached_to, DEFINITIONS[each.trigger], interrupting=each.interrupting
            ),
            "sub": lambda each: d.inside(each.id, self._place(each.id), extra=(_repeated(each.repeat),)),
            "event": lambda each: d.node(
                "subProcess", each.id, self._place(each.id), triggeredByEvent="true"
            ),
        }[node.kind](node)

    def _start(self, node):
        around = self.nodes.get(node.place)
        if around is None or around.kind != "event":
            return d.start(node.id)
        stops = str(around.interrupting).lower()
        return d.node("startEvent", node.id, DEFINITIONS[around.trigger], isInterrupting=stops)

    def _gateway(self, kind, node):
        default = next((flow.id for flow in self.leaving(node.id) if flow.default), None)
        return d.gateway(kind, node.id, default=default)


def _repeated(repeat):
    if repeat is None:
        return ""
    enough = f"<completionCondition>nrOfCompletedInstances &gt;= {repeat.enough}</completionCondition>"
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(repeat.sequential).lower()}">'
        f"<loopCardinality>{repeat.times}</loopCardinality>{enough if repeat.enough else ''}"
        "</multiInstanceLoopCharacteristics>"
    )


_variables = st.sampled_from(VARIABLES)
_gateways = st.sampled_from(["xor", "and", "or"])
_triggers = st.sampled_from(list(DEFINITIONS))
_guards = st.none() | st.tuples(_triggers, st.booleans(), st.booleans())
_repeats = st.none() | st.builds(Repeat, st.integers(0, 3), st.booleans(), st.integers(0, 2))
_leaves = st.one_of(
    st.tuples(st.just("user"), _guards, _repeats),
    st.tuples(st.just("task")),
    st.tuples(st.just("jump"), _variables, st.integers(0, 3)),
    st.tuples(st.just("leave"), _variables, st.sampled_from(["end", "stop", "fail"])),
    st.tuples(st.just("escalate")),
)


def _events(inner):
    return st.none() | st.tuples(_triggers, st.booleans(), inner)


def _around(inner):
    branches = st.lists(st.tuples(_variables, inner), min_size=1, max_size=3)
    return st.one_of(
        st.tuples(st.just("then"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("split"), st.tuples(_gateways, _gateways), branches),
        st.tuples(st.just("loop"), _variables, inner),
        st.tuples(st.just("sub"), inner, _guards, _repeats, _events(inner)),
    )


_blocks = st.recursive(_leaves, _around, max_leaves=8)
sketches = st.tuples(_blocks, _events(_leaves)).map(lambda drawn: Sketch(*drawn))
