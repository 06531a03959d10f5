"""Signals as they are received: an outbox message of a throw moves one case, or starts one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from company.people import SYSTEM
from engine import starting, starts
from engine.bpmn.model import Data, Trigger
from engine.deployments import load_definition
from engine.errors import AlreadyRunning, StartedBefore
from engine.locking import locked_instance
from engine.spiff import Case
from engine.tasks import InstanceStatus
from engine.turn import Turn

if TYPE_CHECKING:
    from engine.runtime import Engine

_log = logging.getLogger(__name__)


def receive(engine: Engine, session: Session, told: Mapping[str, object]) -> None:
    """Carry out one outbox message of a throw: move the case, if it still waits for the signal, or start one."""
    name, payload = str(told["name"]), told["payload"]
    if not isinstance(payload, Mapping):
        raise TypeError("the payload of a signal is a mapping")
    instance_id = told.get("instance_id")
    if isinstance(instance_id, int):
        _reach(engine, session, instance_id, name, payload)
    else:
        _begin(engine, session, str(told["process_id"]), name, payload, str(told["signal_id"]))


def _reach(engine: Engine, session: Session, instance_id: int, name: str, payload: Data) -> None:
    instance = locked_instance(session, instance_id, must_run=False)
    if instance.status != InstanceStatus.RUNNING:
        return
    turn = Turn(engine.context, session, instance, load_definition(session, instance.definition_id), SYSTEM)
    case = turn.load()
    tokens = _waiting(case, name)
    if not tokens:
        return

    def act(case: Case) -> None:
        for token_id in tokens:
            if token_id in _waiting(case, name):  # an earlier one may have taken it away
                case.receive_signal(token_id, payload)
                case.advance()

    turn.run(case, act)


def _waiting(case: Case, name: str) -> list[int]:
    return [each.token.id for each in case.waiting() if each.kind == "signal" and each.signal_name == name]


def _begin(
    engine: Engine, session: Session, process_id: str, name: str, payload: Data, signal_id: str
) -> None:
    for start in starts.of_name(session, Trigger.SIGNAL, name):
        if start.process_id != process_id:
            continue
        definition = load_definition(session, start.definition_id)
        element = definition.compiled.model.elements[start.element_id]
        key = starting.key_of_signal(element, payload, signal_id, engine.context.clock.now())
        try:
            with session.begin_nested():
                starting.by_event(engine.context, session, definition, element, key, payload)
        except (AlreadyRunning, StartedBefore) as refused:
            _log.info("signal %s starts no %s: %s", name, process_id, refused.code)
