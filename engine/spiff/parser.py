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
from engine.spiff.events import BoundaryNode, EndNode, GuardNode, WaitingNode
from engine.spiff.gateways import EventGatewayNode, ExclusiveNode, InclusiveNode, ParallelNode
from engine.spiff.nodes import Node, PassNode, RuleNode, ServiceNode, UserNode
from engine.spiff.repeating import RepeatNode

GUARD_SUFFIX = ".BoundaryEventSplit"  # the library looks the guard of a target up under this name
INSTANCE_SUFFIX = " [child]"


class NodeParser(TaskParser):
    """Makes a node of the class given for its tag, wrapped where it repeats or has boundary events."""

    task: Node

    def create_task(self) -> Any:
        """The bare node; what it means is attached after parsing."""
        return self.spec_class(self.spec, self.bpmn_id)

    def handles_multiple_outgoing(self) -> bool:
        """The checker has spoken already."""
        return True

    def _add_multiinstance_task(self, loop_characteristics: Any) -> None:
        original = self.spec.task_specs.pop(self.task.name)
        self.task = RepeatNode(self.spec, original.name)
        self._copy_task_attrs(original, loop_characteristics)

    def _add_boundary_event(self, children: Any) -> Any:
        guard = GuardNode(self.spec, f"{self.bpmn_id}{GUARD_SUFFIX}")
        guard.connect(self.task)
        for event in children:
            guard.connect(self.process_parser.parse_node(event))
        return guard


class StartParser(NodeParser):
    """Connects a start event to the root, so that the library finds it."""

    def create_task(self) -> Any:
        """The start event's node."""
        node = super().create_task()
        self.spec.start.connect(node)
        return node


class EmbeddedParser(NodeParser):
    """Has the library parse what is inside a subprocess as a process of its own."""

    def create_task(self) -> Any:
        """The subprocess's node."""
        SubprocessParser.get_subprocess_spec(self)
        return super().create_task()


class PlainProcessParser(ProcessParser):
    """A process whose flows keep the order of the file."""

    def get_position(self, node_id: str) -> dict[str, float]:
        """The library sorts flows by their height in the drawing; moving a shape must not change a case."""
        return {"x": 0.0, "y": 0.0}

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
        full_tag("startEvent"): (StartParser, PassNode),
        full_tag("endEvent"): (NodeParser, EndNode),
        full_tag("task"): (NodeParser, PassNode),
        full_tag("manualTask"): (NodeParser, PassNode),
        full_tag("userTask"): (NodeParser, UserNode),
        full_tag("serviceTask"): (NodeParser, ServiceNode),
        full_tag("businessRuleTask"): (NodeParser, RuleNode),
        full_tag("receiveTask"): (NodeParser, WaitingNode),
        full_tag("callActivity"): (NodeParser, CallNode),
        full_tag("subProcess"): (EmbeddedParser, SubprocessNode),
        full_tag("exclusiveGateway"): (NodeParser, ExclusiveNode),
        full_tag("parallelGateway"): (NodeParser, ParallelNode),
        full_tag("inclusiveGateway"): (NodeParser, InclusiveNode),
        full_tag("eventBasedGateway"): (NodeParser, EventGatewayNode),
        full_tag("boundaryEvent"): (NodeParser, BoundaryNode),
        full_tag("intermediateCatchEvent"): (NodeParser, WaitingNode),
        full_tag("intermediateThrowEvent"): (NodeParser, PassNode),
    }

    def _add_diagram_indexes(self, bpmn: Any) -> None:
        """Lanes and positions are for the eye."""

    def _add_data_stores(self, bpmn: Any) -> None:
        """Data stores are documentation here."""

    def _add_correlations(self, bpmn: Any) -> None:
        """Correlation is a property of the message, read by engine.bpmn."""
