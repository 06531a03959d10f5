"""Laws of every well-nested diagram: it ends, each step is done once, and reloading changes nothing."""

from itertools import count, pairwise

import diagrams as d
from hypothesis import given, settings
from hypothesis import strategies as st
from playing import Clerk, Player, compiled

LEAF = st.sampled_from(["user", "service", "job", "vote"])
BLOCKS = st.recursive(
    LEAF,
    lambda inner: st.tuples(
        st.sampled_from(["then", "parallel", "inclusive", "inside", "guarded"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


class Drawing:
    """Turns nested blocks into nodes and flows; ``expected`` counts what must be done."""

    def __init__(self, block):
        self.ids = count(1)
        self.expected = {}
        first, last, parts = self.draw(block)
        self.data = d.bundle(d.process("p", d.start(), d.end(), parts, d.flow("s", first), d.flow(last, "e")))

    def new(self, kind):
        return f"{kind}{next(self.ids)}"

    def draw(self, block):
        """First id, last id and the XML of a block."""
        if isinstance(block, str):
            return self.leaf(block)
        kind, inner = block
        return getattr(self, kind)([self.draw(each) for each in inner])

    def leaf(self, kind):
        leaf = self.new(kind)
        self.expected[leaf] = 2 if kind == "vote" else 1
        drawn = {
            "user": lambda: d.user(leaf),
            "service": lambda: d.service(leaf),
            "job": lambda: d.service(leaf, asyncBefore_="true"),
            "vote": lambda: d.user(leaf, d.repeated()),
        }[kind]()
        return leaf, leaf, drawn

    def then(self, inner):
        joined = "".join(d.flow(before[1], after[0]) for before, after in pairwise(inner))
        return inner[0][0], inner[-1][1], "".join(parts for _, _, parts in inner) + joined

    def parallel(self, inner):
        return self._split("parallel", inner, None)

    def inclusive(self, inner):
        return self._split("inclusive", inner, "true")

    def _split(self, kind, inner, condition):
        fork, join, around = self.new("fork"), self.new("join"), self.new("default")
        parts = "".join(parts for _, _, parts in inner)
        parts += "".join(d.flow(fork, first, condition) + d.flow(last, join) for first, last, _ in inner)
        if condition:
            # A default that is never taken, as every branching gateway needs one.
            parts += (
                d.node("task", around) + d.flow(fork, around, flow_id=f"f_{around}") + d.flow(around, join)
            )
        return (
            fork,
            join,
            d.gateway(kind, fork, default=f"f_{around}" if condition else None)
            + d.gateway(kind, join)
            + parts,
        )

    def inside(self, inner):
        sub, first_id, last_id = self.new("sub"), self.new("is"), self.new("ie")
        first, last, parts = self.then(inner)
        ends = d.flow(first_id, first) + d.flow(last, last_id)
        return sub, sub, d.inside(sub, d.start(first_id), d.end(last_id), parts, ends)

    def guarded(self, inner):
        """A subprocess with a deadline nobody reaches and a reminder that comes once."""
        sub, _, parts = self.inside(inner)
        late, note, done = self.new("late"), self.new("note"), self.new("done")
        parts += d.boundary(late, sub, d.timer("P9D"), interrupting=False)
        return sub, sub, parts + d.service(note) + d.end(done) + d.path(late, note, done)


def play(definition, reload, picks):
    """Do whatever waits, in the order of ``picks``; the trace of what was waited for."""
    player = Player(definition, {"members": ["ann", "bob"]}, clerk=Clerk(), reload=reload)
    trace = []
    for step in range(200):
        waiting = [waits for waits in player.case.waiting() if waits.kind in ("user", "job")]
        trace.append(
            [(waits.token.id, waits.token.element.id, waits.kind) for waits in player.case.waiting()]
        )
        if not waiting:
            break
        chosen = waiting[picks[step % len(picks)] % len(waiting)]
        if chosen.kind == "user":
            player._step(lambda token_id=chosen.token.id: player.case.complete(token_id, {}))
        else:
            player._step(lambda token_id=chosen.token.id: player.case.grant(token_id))
    return player, trace


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_every_nested_diagram_ends_with_each_step_done_and_reloading_changes_nothing(block, picks):
    drawing = Drawing(block)
    definition = compiled(drawing.data)

    kept, trace = play(definition, reload=False, picks=picks)
    loaded, loaded_trace = play(definition, reload=True, picks=picks)

    assert trace == loaded_trace
    assert kept.clerk.history == loaded.clerk.history
    assert kept.over
    assert {name: kept.clerk.times(name) for name in drawing.expected} == drawing.expected
    entered = sorted(token for what, _, token in kept.clerk.history if what == "entered")
    gone = sorted(token for what, _, token in kept.clerk.history if what in ("left", "cancelled"))
    assert entered == gone, "whatever was entered was left or cancelled, once"
    assert len(entered) == len(set(entered))
