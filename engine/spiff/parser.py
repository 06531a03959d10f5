"""SpiffWorkflow's parser, told to make our nodes. Attributes, flows and conditions come from engine.bpmn instead."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.spiff.activities import CallNode, SubprocessNode
from engine.spiff.events import BoundaryNode, GuardNode, WaitingNode
from engine.spiff.gateways import EventGatewayNode, ExclusiveNode, InclusiveNode, ParallelNode
from engine.spiff.nodes import Node, PassNode, RuleNode, ScriptNode, SendNode, ServiceNode, UserNode
from engine.spiff.repeating import LoopNode, RepeatNode
from engine.spiff.throwing import EndNode, ThrowNode

GUARD_SUFFIX = ".BoundaryEventSplit"  # the library looks the guard of a target up under this name
INSTANCE_SUFFIX = " [child]"
WATCH_SUFFIX = " [watch]"


class NodeParser(TaskParser):
    """Makes a node of the class given for its tag, wrapped where it repeats or has boundary events."""

    task: Node

    def create_task(self) -> Any:
        """The bare node; what it means is attached after parsing."""
        return self.spec_class(self.spec, self.bpmn_id)

    def parse_extensions(self) -> dict[str, object]:
        """Nothing: engine.bpmn has read them."""
        return {}

    def parse_io_spec(self) -> None:
        """Data inputs and outputs of other tools are documentation here."""

    def handles_multiple_outgoing(self) -> bool:
        """The checker has spoken already."""
        return True

    def _add_multiinstance_task(self, loop_characteristics: object) -> None:
        self._wrap(RepeatNode, loop_characteristics)

    def _add_loop_task(self, loop_characteristics: object) -> None:
        self._wrap(LoopNode, loop_characteristics)

    def _wrap(self, wrapper: type[Node], loop_characteristics: object) -> None:
        original = self.spec.task_specs.pop(self.task.name)
        self.task = wrapper(self.spec, original.name)
        self._copy_task_attrs(original, loop_characteristics)

    def _add_boundary_event(self, children: Any) -> Any:
        guard = GuardNode(self.spec, f"{self.bpmn_id}{GUARD_SUFFIX}")
        guard.connect(self.task)
        for event in children:
            guard.connect(self.process_parser.parse_node(event))
        return guard


class EmbeddedParser(NodeParser):
    """Has the library parse what is inside a subprocess as a process of its own."""

    def create_task(self) -> Any:
        """The subprocess's node."""
        SubprocessParser.get_subprocess_spec(self)
        return super().create_task()


class PlainProcessParser(ProcessParser):
    """Makes the node of every element, event subprocesses and compensation activities among them, and no flows.

    The library would walk along the flows from the start, one call deeper at each step, and mutate what all cases
    share for an event subprocess (O6); flows are attached from the model.
    """

    def _parse(self) -> None:
        """Without data objects and data inputs, which are documentation here."""
        self.spec = self.create_spec()
        self.add_tasks()

    def add_tasks(self) -> None:
        """The nodes of this process or subprocess."""
        for node in self.node.iterchildren(*TokenParser.OVERRIDE_PARSER_CLASSES):
            if node.get("attachedToRef") is None:
                self.parse_node(node)

    def get_outgoing_sequence_flows(self, source_ref: str) -> list[object]:
        """None: they come from the model, in the order of the file."""
        return []

    def create_spec(self) -> BpmnProcessSpec:
        """An empty specification whose own nodes step aside: a diagram may well call an element Start or End."""
        spec = super().create_spec()
        own = list(spec.task_specs.values())
        spec.task_specs.clear()
        for node in own:
            node.name = f" {node.name}"  # no id holds a blank
            node._inputs = [f" {name}" for name in node._inputs]
            node._outputs = [f" {name}" for name in node._outputs]
            spec.task_specs[node.name] = node
        return spec


class TokenParser(BpmnParser):
    """The library's parser with our classes for every tag this engine runs."""

    PROCESS_PARSER_CLASS = PlainProcessParser
    OVERRIDE_PARSER_CLASSES = {
        full_tag("startEvent"): (NodeParser, PassNode),
        full_tag("endEvent"): (NodeParser, EndNode),
        full_tag("task"): (NodeParser, PassNode),
        full_tag("manualTask"): (NodeParser, PassNode),
        full_tag("userTask"): (NodeParser, UserNode),
        full_tag("serviceTask"): (NodeParser, ServiceNode),
        full_tag("businessRuleTask"): (NodeParser, RuleNode),
        full_tag("receiveTask"): (NodeParser, WaitingNode),
        full_tag("callActivity"): (NodeParser, CallNode),
        full_tag("subProcess"): (EmbeddedParser, SubprocessNode),
        full_tag("transaction"): (EmbeddedParser, SubprocessNode),
        full_tag("scriptTask"): (NodeParser, ScriptNode),
        full_tag("sendTask"): (NodeParser, SendNode),
        full_tag("exclusiveGateway"): (NodeParser, ExclusiveNode),
        full_tag("parallelGateway"): (NodeParser, ParallelNode),
        full_tag("inclusiveGateway"): (NodeParser, InclusiveNode),
        full_tag("eventBasedGateway"): (NodeParser, EventGatewayNode),
        full_tag("boundaryEvent"): (NodeParser, BoundaryNode),
        full_tag("intermediateCatchEvent"): (NodeParser, WaitingNode),
        full_tag("intermediateThrowEvent"): (NodeParser, ThrowNode),
    }

    def _add_diagram_indexes(self, bpmn: Any) -> None:
        """Lanes and positions are for the eye."""

    def _add_data_stores(self, bpmn: Any) -> None:
        """Data stores are documentation here."""

    def _add_processes(self, bpmn: Any, filename: str | None = None) -> None:
        """Every process; what a file declares beside them is read by engine.bpmn."""
        for process in bpmn.iterchildren(full_tag("process")):
            self.create_parser(process, filename)

    def _declared(self, bpmn: object) -> None:
        """Messages, signals and codes are read by engine.bpmn, correlation is a property of a message."""

    _add_messages = _add_signals = _add_errors = _add_escalations = _declared
    _add_collaborations = _add_correlations = _declared
