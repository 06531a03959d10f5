"""A token interpreter written from the text of BPMN 2.0 chapter 13, small and slow, to hold the engine against.

Tokens lie on sequence flows; an activity that runs is a :class:`Work`; a process or subprocess that runs is a
:class:`Place`. Nothing is shared with the engine: it reads a sketch, walks its flows anew at each question, and keeps
everything in lists.
"""

from itertools import count


class Stuck(Exception):
    """Tokens are left that nothing can move."""


class Uncaught(Exception):
    """An error that nothing around it catches."""


class Place:
    def __init__(self, node_id, host, data):
        self.id, self.host, self.data = node_id, host, data
        self.tokens, self.works = [], []
        self.watched = []


class Work:
    """An activity that runs: ``inner`` is the place of a subprocess, ``instances`` those of a repeated activity."""

    def __init__(self, node, place, number, data, wrapper=None):
        self.node, self.place, self.number, self.data, self.wrapper = node, place, number, data, wrapper
        self.inner = None
        self.instances, self.begun, self.done = [], 0, 0


class Data:
    """Process data, or the layer of one instance of a repeated activity over it."""

    def __init__(self, values, outer=None):
        self.values, self.outer = values, outer

    def get(self, name):
        if name in self.values or self.outer is None:
            return self.values[name]
        return self.outer.get(name)


class Interpreter:
    def __init__(self, sketch, values):
        self.sketch = sketch
        self.numbers = count(1)
        self.over = False
        self.top = Place(None, None, Data(dict(values)))
        self._open(self.top)
        self._settle()

    # -- what may be done from outside

    def waiting(self):
        """(kind, id, number, what) of everything that waits, sorted."""
        found = []
        for place in self._places(self.top):
            for event, number in place.watched:
                start = self.sketch.inside(event.id, "start")[0]
                found.append(("message", start.id, number, (place, event)))
            for work in self._all_works(place):
                if work.wrapper is None:
                    found += [
                        ("message", edge.id, work.number, (work, edge))
                        for edge in self.sketch.boundaries(work.node.id)
                        if edge.trigger == "message"
                    ]
                if work.node.kind == "user" and self._is_single(work):
                    found.append(("user", work.node.id, work.number, work))
        return sorted(found, key=lambda each: each[:3])

    def do(self, work, answers):
        work.data.values.update(answers)
        self._finish(work)
        self._settle()

    def happen(self, what):
        if isinstance(what[0], Work):
            self._at_the_edge(*what)
        else:
            self._beside(*what)
        self._settle()

    def _at_the_edge(self, work, edge):
        if edge.interrupting:
            work.place.works.remove(work)
        self._out(edge.id, work.place)

    def _beside(self, place, event):
        if event.interrupting:
            place.tokens, place.works, place.watched = [], [], []
        self._start(event, place)

    # -- moving

    def _settle(self):
        while not self.over and (self._move_one() or self._join_one()):
            pass
        if not self.over and not self.waiting_for_something():
            raise Stuck

    def waiting_for_something(self):
        return bool(self.waiting())

    def _move_one(self):
        for place in self._places(self.top):
            for flow in place.tokens:
                node = self.sketch.nodes[flow.target]
                entering = self.sketch.entering(node.id)
                if node.kind == "or" and len(entering) > 1:
                    continue
                taken = entering if node.kind == "and" else [flow]
                if all(each in place.tokens for each in taken):
                    for each in taken:
                        place.tokens.remove(each)
                    self._act(node, place)
                    return True
            if not place.tokens and not place.works:
                self._close(place)
                return True
        return False

    def _act(self, node, place):
        if node.kind == "end":
            return
        if node.kind == "stop":
            place.tokens, place.works = [], []
            place.watched = []
        elif node.kind == "fail":
            if not self._raise("error", place):
                raise Uncaught
        elif node.kind == "escalate":
            self._out(node.id, place)  # first, so that an interruption takes the token away
            self._raise("escalation", place)
        elif node.kind in ("user", "sub"):
            self._start(node, place)
        else:
            self._out(node.id, place)

    def _raise(self, trigger, place):
        """Ask the event subprocesses of the place, the edges of what holds it, and so on; whether it was caught."""
        from_handler = None
        while True:
            busy = any(work.node.kind == "event" and work.node.interrupting for work in place.works)
            for event in self.sketch.inside(place.id, "event"):
                if event.trigger == trigger and not busy and event.id != from_handler:
                    self._beside(place, event)
                    return True
            if place.host is None:
                return False
            holder = place.host.wrapper or place.host
            for edge in self.sketch.boundaries(holder.node.id):
                if edge.trigger == trigger:
                    self._at_the_edge(holder, edge)
                    return True
            place, from_handler = holder.place, holder.node.id

    def _out(self, node_id, place):
        leaving = self.sketch.leaving(node_id)
        kind = self.sketch.nodes[node_id].kind
        if kind in ("xor", "or") and len(leaving) > 1:
            true = [flow for flow in leaving if flow.condition and place.data.get(flow.condition)]
            leaving = (true[:1] if kind == "xor" else true) or [flow for flow in leaving if flow.default]
        place.tokens += leaving

    # -- activities

    def _start(self, node, place):
        work = Work(node, place, next(self.numbers), place.data)
        place.works.append(work)
        if node.repeat is None:
            self._begin(work)
        elif node.repeat.times == 0:
            self._finish(work)
        else:
            for _ in range(1 if node.repeat.sequential else node.repeat.times):
                self._instance(work)

    def _instance(self, wrapper):
        wrapper.begun += 1
        layer = Data({}, wrapper.place.data)
        work = Work(wrapper.node, wrapper.place, next(self.numbers), layer, wrapper)
        wrapper.instances.append(work)
        self._begin(work)

    def _begin(self, work):
        if work.node.kind != "user":
            work.inner = Place(work.node.id, work, work.data)
            self._open(work.inner)

    def _open(self, place):
        place.watched = [
            (event, next(self.numbers))
            for event in self.sketch.inside(place.id, "event")
            if event.trigger == "message"
        ]
        self._out(self.sketch.inside(place.id, "start")[0].id, place)

    def _close(self, place):
        if place.host is None:
            self.over = True
            place.watched = []
        else:
            self._finish(place.host)

    def _finish(self, work):
        wrapper = work.wrapper
        if wrapper is None:
            work.place.works.remove(work)
            self._out(work.node.id, work.place)
            return
        wrapper.instances.remove(work)
        wrapper.done += 1
        wrapper.place.data.values.update(work.data.values)
        repeat = wrapper.node.repeat
        if wrapper.done == repeat.times or (repeat.enough and wrapper.done >= repeat.enough):
            self._finish(wrapper)
        elif repeat.sequential:
            self._instance(wrapper)

    # -- inclusive joins, BPMN 2.0, 13.4.3

    def _join_one(self):
        for place in self._places(self.top):
            for flow in place.tokens:
                node = self.sketch.nodes[flow.target]
                entering = self.sketch.entering(node.id)
                if node.kind == "or" and len(entering) > 1 and self._may_join(node, entering, place):
                    for each in entering:
                        if each in place.tokens:
                            place.tokens.remove(each)
                    self._act(node, place)
                    return True
        return False

    def _may_join(self, join, entering, place):
        with_token = [flow for flow in entering if flow in place.tokens]
        empty = [flow for flow in entering if flow not in place.tokens]
        elsewhere = [flow.target for flow in place.tokens if flow.target != join.id]
        elsewhere += [work.node.id for work in place.works]
        for node_id in elsewhere:
            reached = self._flows_from(node_id, join.id)
            if any(flow in reached for flow in empty) and not any(flow in reached for flow in with_token):
                return False
        return True

    def _flows_from(self, node_id, without):
        """Every flow on a path from the node that does not pass through ``without``."""
        found, queue = [], [node_id]
        while queue:
            current = queue.pop()
            if current == without:
                continue
            starts = [current, *(edge.id for edge in self.sketch.boundaries(current))]
            for flow in (each for start in starts for each in self.sketch.leaving(start)):
                if flow not in found:
                    found.append(flow)
                    queue.append(flow.target)
        return found

    # -- looking around

    def _places(self, place):
        yield place
        for work in self._all_works(place):
            if work.inner is not None:
                yield from self._places(work.inner)

    def _all_works(self, place):
        return [each for work in place.works for each in (work, *work.instances)]

    def _is_single(self, work):
        return work.node.repeat is None or work.wrapper is not None
