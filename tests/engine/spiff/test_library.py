"""What we rely on in SpiffWorkflow; an upgrade that breaks one of these is to be read before it is made."""

import inspect
from importlib.metadata import version

from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow


def test_the_version_is_the_one_that_was_read():
    assert version("SpiffWorkflow") == "3.2.0"


def test_saved_states_mean_what_they_meant():
    names = ("WAITING", "READY", "STARTED", "COMPLETED", "CANCELLED")
    assert [getattr(TaskState, name) for name in names] == [8, 16, 32, 64, 256]


def test_tasks_are_found_by_id_in_their_workflow():
    assert "self.workflow.tasks.get(self._parent)" in inspect.getsource(Task.parent.fget)
    assert "self.workflow.tasks.get(child) for child in self._children" in inspect.getsource(
        Task.children.fget
    )


def test_completing_and_getting_ready_go_through_the_hooks_we_override():
    assert "self.task_spec._on_complete(self)" in inspect.getsource(Task.complete)
    assert "self.task_spec._on_ready(self)" in inspect.getsource(Task._ready)


def test_a_workflow_can_be_made_without_its_prediction():
    assert "if not deserializing:" in inspect.getsource(Workflow.__init__)


def test_the_parser_asks_the_methods_we_override():
    parse = inspect.getsource(TaskParser.parse_node)
    for name in (
        "create_task()",
        "_add_multiinstance_task(",
        "_add_boundary_event(",
        "handles_multiple_outgoing()",
    ):
        assert f"self.{name}" in parse
    assert ".BoundaryEventSplit" in parse
    assert "[child]" in inspect.getsource(TaskParser._copy_task_attrs)
    assert "get_boundary_events" in dir(ProcessParser)
