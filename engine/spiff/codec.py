"""A running case as bytes and back: live tokens and data only, elements by their BPMN ids.

One JSON document, Decimal, date, datetime and timedelta tagged by company.tagged (O14). ``processes`` lists the case
itself and every embedded or called process that runs, outermost first; a token is
[id, node, state, holder, entered, internal data, own data, given data], the last two only for instances of a
repeated activity. What was loaded shares nothing with what was dumped.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from company import tagged
from engine.spiff.definition import CompiledProcess
from engine.spiff.errors import StateMismatch
from engine.spiff.scope import Scope, Values
from engine.spiff.tokens import Host, Status
from engine.spiff.tree import ROOT_ID, Running, TokenSubWorkflow, TokenTask, TokenWorkflow

CODEC_VERSION = 2
# Version 1 knew no records of what can be undone; everything else is as it was.
READABLE = (1, CODEC_VERSION)


def dump(workflow: TokenWorkflow, compiled: CompiledProcess, status: Status) -> bytes:
    """The state of ``workflow``."""
    inner = sorted(workflow.subprocesses.values(), key=lambda sub: sub.host_task.id)
    return tagged.dumps(
        {
            "codec": CODEC_VERSION,
            "fingerprint": compiled.fingerprint,
            "process": compiled.process_id,
            "status": status,
            "last": workflow.last_id,
            "ended": workflow.ended_at,
            "processes": [_process(each) for each in (workflow, *inner)],
        }
    )


def _process(workflow: Running) -> Values:
    container, host_task = workflow.container, workflow.host_task
    described: Values = {
        "tokens": [_token(task) for task in workflow.tasks.values() if task.id != ROOT_ID],
    }
    if host_task is not None:
        described |= {
            "in": host_task.id,
            "process": container.process_id,
            "subprocess": container.subprocess_id,
        }
    if host_task is None or workflow.scope is not host_task.scope:
        described["data"] = workflow.scope.own
    if workflow.records:
        described["records"] = workflow.records
    return described


def _token(task: TokenTask) -> list[Any]:
    described: list[Any] = [
        task.id,
        task.task_spec.name,
        task.state,
        task._parent,
        task.entered,
        task.internal_data,
    ]
    if task.scope is not task.workflow.scope:
        described += [task.scope.own, task.scope.given]
    return described


def load(state: bytes, compiled: CompiledProcess, host: Host) -> tuple[TokenWorkflow, Status]:
    """The workflow and status that :func:`dump` saved.

    Raises StateMismatch when the state is of another process, another fingerprint or an unknown codec.
    """
    saved = tagged.loads(state)
    if saved["codec"] not in READABLE:
        raise StateMismatch(f"codec {saved['codec']}, this program reads {READABLE}")
    for name, expected in (("process", compiled.process_id), ("fingerprint", compiled.fingerprint)):
        if saved[name] != expected:
            raise StateMismatch(f"{name} {saved[name]}, the definition has {expected}")
    outer, *inner = saved["processes"]
    workflow = TokenWorkflow(compiled.container, Scope(outer["data"]), host)
    workflow.last_id = saved["last"]
    workflow.ended_at = saved["ended"]
    workflow.completed = saved["status"] != "running"
    _restore(workflow, outer)
    for each in inner:
        host_task = workflow.find(each["in"])
        container = compiled.find_container(each["process"], each["subprocess"])
        if host_task is None or container is None:
            raise StateMismatch(f"nothing holds process {each['process']}")
        scope = Scope(each["data"]) if "data" in each else host_task.scope
        _restore(TokenSubWorkflow(container, scope, host_task), each)
    return workflow, saved["status"]


def _restore(workflow: Running, saved: Values) -> None:
    workflow.records = saved.get("records", [])
    for token_id, name, state, holder, entered, internal, *own_and_given in saved["tokens"]:
        node = workflow.container.nodes.get(name)
        if node is None:
            raise StateMismatch(f"there is no element {name}")
        scope = Scope(own_and_given[0], own_and_given[1], workflow.scope) if own_and_given else None
        task = TokenTask(workflow, node, workflow.tasks[holder], state, token_id, scope)
        task.entered = entered
        task.internal_data = internal
        if state == TaskState.READY and not node.manual and "job" not in internal:
            workflow.top_workflow.ready.append(task)
