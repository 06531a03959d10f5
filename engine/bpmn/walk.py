"""A walk through a sketched diagram: every task by hand, every choice by lot, the same for the same seed.

It knows nothing of data. What it shows is where the drawing leads, where it gets stuck, and what it leaves open.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from company.messages import Language
from engine.bpmn.sketch import CONTAINERS, SketchFlow, SketchNode, SketchPlace

STEPS_MAX = 200
TOKENS_MAX = 10_000  # on their way at once
_NAMED_MAX = 12  # flows named in one line
CALLS_MAX = 20  # calls within calls; a drawing may call itself
_BOUNDARY_ODDS = 4  # one activity in so many is disturbed by one of its boundary events
_CALLS = frozenset({"callActivity", "callChoreography"})
_LAZY_JOINS = frozenset({"inclusiveGateway", "complexGateway"})

_SENTENCES: dict[str, tuple[str, str]] = {
    "start": ("开始：{name}", "starts at {name}"),
    "manual": ("人工步骤：{name}", "by hand: {name}"),
    "event": ("事件：{name}（{event}）", "event: {name} ({event})"),
    "pass": ("经过：{name}", "passes {name}"),
    "choice": ("{name} 选择“{chosen}”（可选：{others}）", "{name}: chooses “{chosen}” of {others}"),
    "fork": ("{name} 分为 {others}", "{name}: forks into {others}"),
    "join": ("{name} 汇合", "{name}: joins"),
    "boundary": ("{host} 被 {name} 中断", "{host} is interrupted by {name}"),
    "alarm": ("{host} 进行中发生 {name}", "{name} happens during {host}"),
    "enter": ("进入子流程 {name}", "enters {name}"),
    "leave": ("离开子流程 {name}", "leaves {name}"),
    "standby": ("事件子流程 {name} 待命，未进入", "the event subprocess {name} stands by and is not entered"),
    "call": ("调用流程 {called}：{name}", "{name}: calls {called}"),
    "call_missing": (
        "{name} 调用的流程 {called} 不在文件中，按人工步骤通过",
        "{name}: {called} is not here; done by hand",
    ),
    "end": ("结束：{name}", "ends at {name}"),
    "end_open": ("{name} 之后没有连线，到此结束", "nothing follows {name}; it ends there"),
    "thrown": ("{name} 抛出 {event}，由 {catcher} 捕获", "{name}: {event} is caught by {catcher}"),
    "terminated": ("{name} 终止全部分支", "{name}: terminates all branches"),
    "link_missing": ("链接 {name} 没有同名的捕获事件，到此结束", "no link catches {name}; it ends there"),
    "nothing": ("{name} 中没有元素", "{name} holds nothing"),
    "stuck": ("停在 {name}：还在等待 {others}", "stopped at {name}: it still waits for {others}"),
    "too_long": (
        "走了 {count} 步后停止，可能是无尽的循环",
        "stopped after {count} steps: a loop may have no end",
    ),
    "done": ("全部分支已结束，共 {count} 步", "all branches have ended after {count} steps"),
}


@dataclass(frozen=True)
class Step:
    """One line of the path: what happened, at which element."""

    what: str
    element_id: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The line for a reader of ``language``."""
        zh, en = _SENTENCES[self.what]
        return (zh if language == "zh" else en).format(**self.facts)


@dataclass(eq=False)
class _Frame:
    """One time that a process or subprocess is gone through."""

    place: SketchPlace
    host: SketchNode | None = None
    above: _Frame | None = None
    moving: int = 0  # tokens on their way, those inside subprocesses counted at their host
    held: dict[str, Counter[str]] = field(default_factory=dict)  # by join, the flows its tokens came by
    over: bool = False

    @property
    def depth(self) -> int:
        frame, depth = self.above, 0
        while frame:
            frame, depth = frame.above, depth + 1
        return depth


def walk(
    place: SketchPlace, others: Mapping[str, SketchPlace], *, seed: int = 0, steps_max: int = STEPS_MAX
) -> list[Step]:
    """The path of one walk through ``place``, which may call ``others``; the last step says how it ended."""
    return _Walk(others, random.Random(seed), steps_max).run(place)


class _Walk:
    def __init__(self, others: Mapping[str, SketchPlace], chance: random.Random, steps_max: int) -> None:
        self.others = others
        self.chance = chance
        self.steps_max = steps_max
        self.steps: list[Step] = []
        self.queue: deque[tuple[_Frame, SketchNode, SketchFlow | None]] = deque()
        self.unsettled: deque[_Frame] = deque()  # frames in which a token has come to an end
        self.moved = 0

    def say(self, what: str, node: SketchNode | SketchPlace, **facts: object) -> None:
        label = node.label if isinstance(node, SketchNode) else node.name or node.id
        self.steps.append(Step(what, node.id, {"name": label, **facts}))

    def run(self, place: SketchPlace) -> list[Step]:
        top = _Frame(place)
        self._open(top)
        while self.queue or self.unsettled:
            if self.unsettled:
                self._settle(self.unsettled.popleft())
                continue
            if self.moved >= self.steps_max or len(self.queue) > TOKENS_MAX:
                self.say("too_long", place, count=self.moved)
                return self.steps
            frame, node, flow = self.queue.popleft()
            if not _is_over(frame):
                self.moved += 1
                self._arrive(frame, node, flow)
        if top.over:
            self.say("done", place, count=self.moved)
        return self.steps

    def _open(self, frame: _Frame) -> None:
        """Put tokens on the starts: one of several start events, else all nodes that nothing leads to."""
        nodes = [each for each in frame.place.nodes.values() if _begins(each)]
        for each in frame.place.nodes.values():
            if each.event_subprocess:
                self.say("standby", each)
        starts = [each for each in nodes if each.tag == "startEvent"]
        if starts:
            starts = [self.chance.choice(starts)]
        else:
            starts = [each for each in nodes if not frame.place.entering(each.id)] or nodes[:1]
        if not starts:
            self.say("nothing", frame.place)
        for start in starts:
            self._send(frame, start, None)
        self.unsettled.append(frame)

    def _send(self, frame: _Frame, node: SketchNode, flow: SketchFlow | None) -> None:
        frame.moving += 1
        self.queue.append((frame, node, flow))

    def _arrive(self, frame: _Frame, node: SketchNode, flow: SketchFlow | None) -> None:
        joins = node.tag == "parallelGateway" or node.tag in _LAZY_JOINS
        if joins and flow is not None and len(frame.place.entering(node.id)) > 1:
            frame.held.setdefault(node.id, Counter())[flow.id] += 1
            frame.moving -= 1
            self._try_join(frame, node)
            self.unsettled.append(frame)
        else:
            self._do(frame, node)

    def _try_join(self, frame: _Frame, node: SketchNode, *, lazily: bool = False) -> bool:
        held = frame.held[node.id]
        wanted = {flow.id for flow in frame.place.entering(node.id)}
        if not lazily and set(held) != wanted:
            return False
        for flow_id in list(held):
            held[flow_id] -= 1
            if not held[flow_id]:
                del held[flow_id]
        if not held:
            del frame.held[node.id]
        self.say("join", node)
        frame.moving += 1
        self._leave(frame, node)
        return True

    def _settle(self, frame: _Frame) -> None:
        """When nothing moves in a frame any more: let waiting joins go, or end it, or say what it waits for."""
        if frame.moving or _is_over(frame):
            return
        nodes = frame.place.nodes
        for node_id in list(frame.held):
            if nodes[node_id].tag in _LAZY_JOINS:
                self._try_join(frame, nodes[node_id], lazily=True)
                return
        for node_id, held in frame.held.items():
            missing = [flow for flow in frame.place.entering(node_id) if flow.id not in held]
            waits = _labels(frame.place, missing, backwards=True)
            self.say("stuck", nodes[node_id], others=waits)
        if frame.held:
            return
        frame.over = True
        if frame.above and frame.host:
            self.say("leave", frame.host)
            self._leave(frame.above, frame.host)

    def _do(self, frame: _Frame, node: SketchNode) -> None:
        """What a node does with a token that has come."""
        if node.tag not in ("startEvent", "endEvent") and self._disturbed(frame, node):
            return
        if node.inside is not None and node.tag in CONTAINERS:
            self.say("enter", node)
            self._open(_Frame(node.inside, node, frame))
        elif node.tag in _CALLS and node.called in self.others and frame.depth < CALLS_MAX:
            self.say("call", node, called=node.called)
            self._open(_Frame(self.others[node.called or ""], node, frame))
        elif node.tag in _CALLS:
            self.say("call_missing", node, called=node.called or "?")
            self._leave(frame, node)
        elif node.tag == "endEvent":
            self._end(frame, node)
        elif node.tag == "intermediateThrowEvent" and "link" in node.events:
            self._jump(frame, node)
        else:
            self._say_passing(node)
            self._leave(frame, node)

    def _say_passing(self, node: SketchNode) -> None:
        if node.tag == "startEvent":
            self.say("start", node)
        elif node.tag.endswith(("Task", "task")):
            self.say("manual", node)
        elif node.tag.endswith("Event") and node.events:
            self.say("event", node, event=", ".join(node.events))
        elif not node.tag.endswith("Gateway"):
            self.say("pass", node)

    def _disturbed(self, frame: _Frame, node: SketchNode) -> bool:
        """Whether a boundary event takes the token; one that does not interrupt adds a token."""
        boundaries = [each for each in frame.place.boundaries(node.id) if "compensate" not in each.events]
        if not boundaries or self.chance.randrange(_BOUNDARY_ODDS):
            return False
        chosen = self.chance.choice(boundaries)
        self.say("boundary" if chosen.interrupting else "alarm", chosen, host=node.label)
        if not chosen.interrupting:
            frame.moving += 1
        self._leave(frame, chosen)
        return chosen.interrupting

    def _jump(self, frame: _Frame, node: SketchNode) -> None:
        target = next(
            (
                each
                for each in frame.place.nodes.values()
                if each.tag == "intermediateCatchEvent" and "link" in each.events and each.link == node.link
            ),
            None,
        )
        if target is None:
            self.say("link_missing", node)
        else:
            self.say("event", node, event="link")
            self._send(frame, target, None)
        frame.moving -= 1
        self.unsettled.append(frame)

    def _end(self, frame: _Frame, node: SketchNode) -> None:
        if "terminate" in node.events:
            self.say("terminated", node)
            self._drop(frame)
            frame.held.clear()
            frame.moving = 0
            self.unsettled.append(frame)
            return
        for kind in ("error", "cancel", "escalation"):
            if kind in node.events and self._thrown(frame, node, kind):
                return
        self.say("end", node)
        frame.moving -= 1
        self.unsettled.append(frame)

    def _thrown(self, frame: _Frame, node: SketchNode, kind: str) -> bool:
        """An error goes up to the first boundary event of its kind around what it happened in."""
        inner = frame
        while inner.above and inner.host:
            outer = inner.above
            for each in outer.place.boundaries(inner.host.id):
                if kind in each.events:
                    self.say("thrown", node, event=kind, catcher=each.label)
                    if each.interrupting:
                        self._drop(inner)
                        inner.over = True
                    else:
                        outer.moving += 1
                        frame.moving -= 1
                    self._leave(outer, each)
                    self.unsettled.append(frame)
                    return True
            inner = outer
        return False

    def _drop(self, frame: _Frame) -> None:
        """Take the tokens of a frame, and of all it has opened, off the drawing."""
        self.queue = deque(entry for entry in self.queue if not _within(entry[0], frame))

    def _leave(self, frame: _Frame, node: SketchNode) -> None:
        """The token goes on over the outgoing flows."""
        flows = frame.place.leaving(node.id)
        if not flows:
            self.say("end_open", node)
        for flow in self._taken(frame.place, node, flows):
            self._send(frame, frame.place.nodes[flow.target], flow)
        frame.moving -= 1
        self.unsettled.append(frame)

    def _taken(self, place: SketchPlace, node: SketchNode, flows: list[SketchFlow]) -> list[SketchFlow]:
        if not flows:
            return []
        if node.tag in ("exclusiveGateway", "eventBasedGateway") or (
            node.tag in _LAZY_JOINS and len(flows) > 1
        ):
            most = 1 if node.tag not in _LAZY_JOINS else self.chance.randint(1, len(flows))
            chosen = sorted(self.chance.sample(range(len(flows)), most))
            taken = [flows[index] for index in chosen]
            if len(flows) > 1:
                self.say(
                    "choice",
                    node,
                    chosen=_labels(place, taken),
                    others=_labels(place, flows),
                )
            return taken
        certain = [flow for flow in flows if not flow.conditional and not flow.default]
        asked = [flow for flow in flows if flow.conditional and self.chance.randrange(2)]
        taken = certain + asked or [flow for flow in flows if flow.default] or flows[:1]
        if len(flows) > 1:
            self.say("fork", node, others=_labels(place, taken))
        return taken


def _begins(node: SketchNode) -> bool:
    """Whether a walk may begin there: not what happens to others or undoes them."""
    return node.tag != "boundaryEvent" and not node.event_subprocess and not node.for_compensation


def _labels(place: SketchPlace, flows: Sequence[SketchFlow], *, backwards: bool = False) -> str:
    """The flows by name, those without one by where they lead, or backwards where they come from."""
    ends = (place.nodes[flow.source if backwards else flow.target].label for flow in flows[:_NAMED_MAX])
    named = [flow.name or end for flow, end in zip(flows, ends, strict=False)]
    return " / ".join([*named, "…"] if len(flows) > _NAMED_MAX else named)


def _ancestors(frame: _Frame) -> Iterator[_Frame]:
    current: _Frame | None = frame
    while current:
        yield current
        current = current.above


def _within(frame: _Frame, outer: _Frame) -> bool:
    return any(each is outer for each in _ancestors(frame))


def _is_over(frame: _Frame) -> bool:
    return any(each.over for each in _ancestors(frame))
