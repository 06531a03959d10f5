"""An employee leaves: sign-in ends, tasks, cases and customers pass to a colleague, in one act of the audit trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from sqlalchemy.orm import Session

from company import audit, people
from company.calendar import ZONE
from company.messages import Refusal
from company.people import Actor, Employee, positions
from engine import assignment
from engine.assignment import PassedOn
from engine.runtime import Engine
from lending import succession

WHY = "{name} 离岗交接"


class SuccessorNeeded(Refusal):
    """The person has work that nobody else would find."""

    code = "successor_needed"
    zh = "{name} 名下还有 {customers} 位客户、{cases} 件案件、{named} 项指名任务。请选择接手人。"
    en = "{name} has {customers} customers, {cases} cases and {named} tasks by name. Choose who takes them over."


class SuccessorUnfit(Refusal):
    """The successor could not see what he is given."""

    code = "successor_unfit"
    zh = "{name} 与离岗人没有共同的角色，看不到交接的业务。请选择同岗位的人。"
    en = "{name} shares no role with who leaves and would not see the work. Choose somebody of the same duty."


class NotOneself(Refusal):
    """Nobody closes the own account."""

    code = "leave_not_oneself"
    zh = "不能停用自己的账号，请由另一位管理员办理。"
    en = "You cannot close your own account; ask another administrator."


def dismiss(
    engine: Engine, session: Session, actor: Actor, person: Employee, successor_id: int | None, on: date
) -> PassedOn:
    """Let ``person`` leave on a day; everything passes to the successor, four eyes kept.

    Raises :class:`NotOneself`, :class:`SuccessorNeeded`, :class:`SuccessorUnfit`, EmployeeUnknown.
    """
    if person.id == actor.employee_id:
        raise NotOneself()
    leaver = people.actor(session, person.id)
    today = engine.context.clock.now().astimezone(ZONE).date()
    successor = None if successor_id is None else people.receiver(session, successor_id, today)
    if successor is None:
        _require_nothing_left(session, person)
    elif successor.employee_id == person.id or not successor.roles & leaver.roles:
        raise SuccessorUnfit(name=successor.name)
    owned = None
    if successor is not None:
        owned = succession.change_owner(session, person.id, successor.employee_id or 0)
    passed = engine.pass_on(session, actor, person.id, successor, WHY.format(name=person.name))
    positions.give_up_all(session, person, on, actor.username)
    people.deactivate(session, person, on)
    audit.record(
        session,
        engine.context.clock.now(),
        actor,
        "employee.leave",
        "employee",
        person.id,
        before={"active": True},
        after={
            "left_on": on,
            "successor": successor.username if successor else None,
            **asdict(passed),
            **(asdict(owned) if owned else {}),
        },
    )
    return passed


def _require_nothing_left(session: Session, person: Employee) -> None:
    owned, work = succession.owned_by(session, person.id), assignment.owned_by(session, person.id)
    if owned.anything or work.cases or work.returned:
        raise SuccessorNeeded(
            name=person.name, customers=owned.customers, cases=work.cases, named=work.returned
        )
