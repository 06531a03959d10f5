"""The cases of bookings as a person reads them: what was asked for, and those that were refused, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import history
from engine.tasks import Instance, InstanceStatus
from lending import money
from lending.errors import LendingError
from lending.life import events
from lending.life.kinds import Component
from lending.maths.choices import Prepayment
from web.bookings import booked
from web.display import day, yes_no, yuan
from web.language import current
from web.language import translate as _
from web.loan_desk import LABELS, PROCESS
from web.summary import Facts

REFUSED_MAX = 10
LOOKED_AT_MAX = 100
_REGISTERED = f"{PROCESS}/Task_RegisterBooking"
_DECIDED = tuple(
    f"{PROCESS}/{task}" for task in ("Task_CheckBooking", "Task_ApproveChange", "Task_ApproveWriteOff")
)


@dataclass(frozen=True)
class Refused:
    """A booking that was refused: its case and why."""

    case: Instance
    reason: str


def asked_for(session: Session, business_key: str) -> Facts:
    """What the booking of a number asks for, as its form was last handed in; empty for any other case."""
    case = session.scalar(
        select(Instance).where(Instance.process_id == PROCESS, Instance.business_key == business_key)
    )
    if case is None:
        return []
    facts: Facts = [(_("办理事项"), booked(case.subtitle))]
    answers = history.latest_answers(session, _REGISTERED, [case.id]).get(case.id, {})
    for name, label in LABELS.items():
        if answers.get(name) not in (None, "", False):
            facts.append((_(label), _said(name, answers[name])))
    return facts + _reversed(session, answers)


def refused(session: Session, loan_no: str) -> list[Refused]:
    """The latest bookings of a loan that were refused, the newest first."""
    asked = select(Instance).where(
        Instance.process_id == PROCESS,
        Instance.title == loan_no,
        Instance.status == InstanceStatus.COMPLETED.value,
    )
    cases = session.scalars(asked.order_by(Instance.id.desc()).limit(LOOKED_AT_MAX)).all()
    said: dict[int, Mapping[str, object]] = {}
    for step in _DECIDED:
        said |= history.latest_answers(session, step, [case.id for case in cases])
    found = [case for case in cases if said.get(case.id, {}).get("check_decision") == "refuse"]
    return [Refused(case, str(said[case.id].get("check_comment") or "")) for case in found[:REFUSED_MAX]]


def _said(name: str, answer: object) -> str:
    """An answer of the form as it reads on paper."""
    text = str(answer)
    match name:
        case "booking_amount":
            return yuan(_amount(text))
        case "prepayment_rule" if Prepayment.has(text):
            return Prepayment(text).label(current())
        case "booking_component" if Component.has(text):
            return Component(text).label(current())
        case "subsidy_returned":
            return yes_no(answer is True)
    return text


def _amount(text: str) -> Decimal | None:
    try:
        return money.parse(text)
    except LendingError:
        return None


def _reversed(session: Session, answers: Mapping[str, object]) -> Facts:
    """What is to be taken back: what it was, of which day, over how much."""
    event = events.find(session, str(answers.get("reversed_reference") or "").strip())
    if event is None:
        return []
    told = [event.kind.label(current()), day(event.on), *([yuan(event.amount)] if event.amount else [])]
    return [(_("被冲正的业务"), " · ".join(told))]
