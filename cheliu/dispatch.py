"""The outbox carried out: cases started, people told; the effect and the tick commit together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from cheliu import document_list
from company import notices, outbox
from company.people import SYSTEM, actor
from engine import broadcasts, signals
from engine.errors import AlreadyRunning
from engine.runtime import Engine
from engine.tasks import CaseFacts
from lending import applications, approvals, collateral, deliveries, document_rules
from lending.approvals import Approval
from lending.deliveries import Told
from lending.insurance import InsurancePolicy
from lending.portal import codes, sessions

BATCH = 50
TRIES_BEFORE_TOLD = len(outbox.BACK_OFF) + 1
_log = structlog.get_logger(__name__)


def _start_process(engine: Engine, session: Session, payload: Mapping[str, Any], _now: datetime) -> None:
    """Start a case by business key on the newest version; one that already runs is the one that was meant."""
    facts = CaseFacts(
        title=payload.get("title", ""),
        subtitle=payload.get("subtitle", ""),
        amount=payload.get("amount"),
        unit_id=payload.get("unit_id"),
        owner_id=payload.get("owner_id"),
    )
    starter = payload.get("actor_id")
    try:
        engine.start(
            session,
            payload["process_id"],
            payload["business_key"],
            data=payload.get("data", {}),
            actor=SYSTEM if starter is None else actor(session, starter),
            facts=facts,
        )
    except AlreadyRunning:
        _log.info("case_already_running", process=payload["process_id"], key=payload["business_key"])


def _notify(_engine: Engine, session: Session, payload: Mapping[str, Any], now: datetime) -> None:
    notices.tell(session, payload, now)


def _tell_insurance(_engine: Engine, session: Session, payload: Mapping[str, Any], now: datetime) -> None:
    """Tell the owner and the post-loan desk that a policy ends, unless it was renewed or the car is free."""
    policy = session.get(InsurancePolicy, payload["policy_id"])
    if policy is None or not collateral.waits_for_renewal(session, policy, payload["valid_until"]):
        return
    application = applications.get(session, policy.application_no)
    facts = {
        "template": "insurance_ends",
        "application_no": policy.application_no,
        "policy_no": policy.policy_no,
        "valid_until": policy.valid_until,
    }
    if application.owner_id is not None:
        notices.tell(session, facts | {"employee_id": application.owner_id}, now)
    notices.tell(session, facts | {"role_id": "postloan_manager", "unit_id": application.unit_id}, now)


def _tell_conditions(_engine: Engine, session: Session, payload: Mapping[str, object], now: datetime) -> None:
    """Tell who sees to them, the contract officers and the risk staff which conditions are open past their day.

    Weekly, until they are met or the application has ended.
    """
    approval = session.get(Approval, payload["approval_id"])
    if approval is None or applications.get(session, approval.application_no).status not in applications.OPEN:
        return
    late = [each for each in approvals.open_conditions(approval) if each.due_on == payload["due_on"]]
    if not late:
        return
    application = applications.get(session, approval.application_no)
    facts = {
        "template": "conditions_late",
        "application_no": application.application_no,
        "due_on": payload["due_on"],
        "conditions": [each.label("zh") for each in late],
        "conditions_en": [each.label("en") for each in late],
        "unit_id": application.unit_id,
    }
    owners = [each.owner_role for each in late if each.owner_role]
    for role_id in dict.fromkeys((*owners, "contract_officer", "reviewer_l2")):
        notices.tell(session, facts | {"role_id": role_id}, now)
    week = int(str(payload.get("week", 0))) + 1
    key = f"conditions_late:{application.application_no}:{approval.id}:{payload['due_on']}:{week}"
    again = {**payload, "week": week}
    outbox.put(session, "conditions_late", key, again, now, due_at=now + timedelta(weeks=1))


def _deliver_to_key(engine: Engine, session: Session, payload: Mapping[str, Any], _now: datetime) -> None:
    """Hand a message of one case to the others of its business key, once."""
    name, key = payload["name"], payload["business_key"]
    engine.deliver(session, name, key, payload["payload"], f"{name}:{key}")


def _signal(engine: Engine, session: Session, payload: Mapping[str, Any], _now: datetime) -> None:
    signals.receive(engine, session, payload)


def _deliver(engine: Engine, session: Session, payload: Mapping[str, Any], _now: datetime) -> None:
    """Deliver a message that a diagram sends."""
    engine.deliver(session, payload["name"], payload["key"], payload["payload"], payload["message_id"])


def _change_document_list(
    engine: Engine, session: Session, payload: Mapping[str, object], _now: datetime
) -> None:
    """Put a change of the document list, which two people made, into force."""
    document_list.change_row(engine, session, {name: str(value) for name, value in payload.items()})


def _send_code(engine: Engine, session: Session, payload: Mapping[str, object], now: datetime) -> None:
    """Let a code of the portal go to whoever has the number that asked; to nobody, where nobody has it."""
    vault, code_id = engine.context.world.vault, int(str(payload["code_id"]))
    number = codes.number_of(session, vault, code_id)
    people = [] if number is None else sessions.people_of(session, vault, number)
    if not people:
        codes.forget(session, code_id)
        return
    what = session.get_one(codes.PortalCode, code_id).purpose.label("zh")
    facts = {"code_id": code_id, "code": codes.SHOWN_AS, "what": what}
    told = Told(codes.TEMPLATE, str(code_id), None, people[0].id, facts)
    deliveries.queue(session, told, now=now)


def _let_codes_go(_engine: Engine, session: Session, payload: Mapping[str, object], now: datetime) -> None:
    """Delete the codes of the portal that are past their time, once a day on which any were asked for."""
    codes.delete_asked_until(session, date.fromisoformat(str(payload["asked_until"])), now)


_CONSUMERS: dict[str, Callable[[Engine, Session, Mapping[str, Any], datetime], None]] = {
    "start_process": _start_process,
    "notify": _notify,
    "insurance_ends": _tell_insurance,
    "conditions_late": _tell_conditions,
    "deliver_message": _deliver_to_key,
    broadcasts.KIND: _signal,
    "message": _deliver,
    document_rules.MESSAGE: _change_document_list,
    codes.MESSAGE: _send_code,
    codes.OVER: _let_codes_go,
}


def carry_out(engine: Engine) -> int:
    """Carry out what is due, each message in a transaction of its own; one that fails is tried again later.

    Returns how many were begun.
    """
    now = engine.context.clock.now()
    with engine.database.read() as session:
        due = [message.id for message in outbox.due(session, now, BATCH)]
    for message_id in due:
        try:
            with engine.database.write() as session:
                _carry_out_one(engine, session, message_id)
        except Exception:
            _log.exception("outbox_failed", message=message_id)
            with engine.database.write() as session:
                if outbox.postpone(session, message_id, now) == TRIES_BEFORE_TOLD:
                    _tell_stuck(session, message_id, now)
    return len(due)


def _tell_stuck(session: Session, message_id: int, now: datetime) -> None:
    """Tell the administrators, once, that a message fails again and again; it goes on being tried."""
    stuck = session.get_one(outbox.OutboxMessage, message_id)
    payload = {"template": "outbox_stuck", "role_id": "admin", "kind": stuck.kind, "key": stuck.key}
    outbox.put(session, "notify", f"outbox_stuck:{message_id}", payload, now)


def _carry_out_one(engine: Engine, session: Session, message_id: int) -> None:
    message = outbox.take(session, message_id)
    if message is None:
        return
    now = engine.context.clock.now()
    _CONSUMERS[message.kind](engine, session, message.payload, now)
    outbox.done(session, message, now)
