"""The references: what the database alone, and the bare SpiffWorkflow library on it, can do on this machine now."""

from __future__ import annotations

import json
import time
from pathlib import Path

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.task_spec import BpmnTaskSpecConverter
from SpiffWorkflow.bpmn.specs.defaults import ServiceTask
from SpiffWorkflow.camunda.parser.CamundaParser import CamundaParser
from SpiffWorkflow.camunda.serializer import DEFAULT_CONFIG
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, insert, select, update

from company.database import Database

DIAGRAM = Path(__file__).parent / "diagrams" / "two_tasks.bpmn"
_metadata = MetaData()
_states = Table(
    "bare_state", _metadata, Column("id", BigInteger, primary_key=True), Column("state", Text, nullable=False)
)


def durable_commits_per_second(database: Database, *, count: int) -> float:
    """One-insert transactions by one client."""
    _metadata.create_all(database.engine)
    began = time.perf_counter()
    for number in range(count):
        with database.write() as session:
            session.execute(insert(_states).values(id=-1 - number, state="x" * 200))
    return count / (time.perf_counter() - began)


def run_instances(database: Database, *, count: int) -> tuple[float, float, int]:
    """Run ``count`` instances, state saved as JSON after the start and each completion and loaded before each.

    Returns seconds passed, CPU seconds, and the bytes of the last state saved.
    """
    _metadata.create_all(database.engine)
    parser = CamundaParser()
    parser.add_bpmn_file(str(DIAGRAM))
    spec = parser.get_spec("two_tasks")
    serializer = BpmnWorkflowSerializer(
        BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, ServiceTask: BpmnTaskSpecConverter})
    )
    size = 0
    began, cpu_began = time.perf_counter(), time.process_time()
    for number in range(1, count + 1):
        workflow = BpmnWorkflow(spec)
        _advance(workflow)
        with database.write() as session:
            session.execute(insert(_states).values(id=number, state=serializer.serialize_json(workflow)))
        for answers in (
            {"customer_name": "王建国", "amount": 150000},
            {"decision": "approve", "opinion": "同意"},
        ):
            with database.write() as session:
                stored = session.scalar(select(_states.c.state).where(_states.c.id == number))
                workflow = serializer.deserialize_json(stored or "")
                task = workflow.get_next_task(state=TaskState.READY, manual=True)
                task.set_data(**answers)
                task.run()
                _advance(workflow)
                state = serializer.serialize_json(workflow)
                session.execute(update(_states).where(_states.c.id == number).values(state=state))
                size = len(state)
        if not workflow.is_completed():
            raise AssertionError("the bare library did not finish the instance")
    return time.perf_counter() - began, time.process_time() - cpu_began, size


def _advance(workflow: BpmnWorkflow) -> None:
    """Run to the next wait state; the stock library leaves service tasks started for the caller to complete."""
    workflow.do_engine_steps()
    while (started := workflow.get_next_task(state=TaskState.STARTED)) is not None:
        started.complete()
        workflow.do_engine_steps()


def report(**figures: object) -> None:
    """Print one result as a line of JSON."""
    print(json.dumps(figures, ensure_ascii=False), flush=True)
