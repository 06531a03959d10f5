"""Callbacks on their day: planned once a business date, begun by the poll on working days, given up with their loan.

What is due is told by rows (:mod:`lending.callbacks`) and the business date, never by a clock's timer: a restart, a new
version of the diagram or a clock put forward or back begins none twice and none too early.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from cheliu import postponing
from cheliu.wiring import PROCESSES, House
from company import postponed
from company.calendar import WorkingCalendar
from company.organisation import business_date
from company.people import SYSTEM
from engine import decision_tables
from engine.dmn import DecisionModel, parse_dmn
from engine.runtime import Engine
from engine.tasks import CaseFacts
from lending import callback_plans, callbacks, customers, loans, vehicles
from lending.callback_kinds import CallbackStatus
from lending.callback_plans import Tables

PROCESS = "callback_visit"
INTERVAL, MODIFIERS = "callback_interval", "callback_modifiers"
LOAN_ENDED = "LoanEnded"
BEGINNING, ENDING = "callback_begin", "callback_end"
BATCH = 50
_PLANS = 500


def work_off(house: House) -> int:
    """Plan for the business date if that was not done, begin what is due, end what its loan has ended; how many.

    What failed and is not due any more is struck off.
    """
    now = house.clock.now()
    with house.database.read() as session:
        day = business_date(session)
        planned = callback_plans.has_run(session, day)
        gone = callback_plans.ended(session, BATCH, without=postponed.waiting(ENDING, now))
        due = callbacks.due(session, day, BATCH, without=postponed.waiting(BEGINNING, now))
        moot = [
            *session.scalars(postponed.moot(ENDING, now, callback_plans.numbers_over())),
            *session.scalars(postponed.moot(BEGINNING, now, callbacks.numbers_due(day))),
        ]
        working = bool(due) and WorkingCalendar(session).is_working_day(day)
    done = postponing.strike_off(house, moot)
    done += 0 if planned else _plan(house)
    for callback_no, key, status in gone:
        done += _end(house, callback_no, key, status)
    for callback_no in due if working else ():
        done += _begin(house, callback_no)
    return done


def tables_of(session: Session) -> Tables:
    """The newest deployed tables of the interval, else the product's own."""
    months, steps = _model(session, INTERVAL), _model(session, MODIFIERS)
    return Tables(
        lambda facts: _number(months, INTERVAL, facts), lambda facts: _number(steps, MODIFIERS, facts)
    )


def _model(session: Session, decision_id: str) -> DecisionModel:
    found = decision_tables.newest(session, decision_id)
    return found or parse_dmn((PROCESSES / "decisions" / f"{decision_id}.dmn").read_bytes())


def _number(model: DecisionModel, decision_id: str, facts: Mapping[str, object]) -> Decimal:
    value = model.evaluate(decision_id, facts, strict=True).value
    return Decimal(str(value)) if value is not None else Decimal(0)


def _plan(house: House) -> int:
    """Plan for every loan that lacks a plan, move the plans that no longer fit; once a business date."""
    with house.database.write() as session:
        day = business_date(session)
        if not callback_plans.claim_run(session, day, now=house.clock.now()):
            return 0
    planned, found = 0, _PLANS
    while found == _PLANS:
        with house.database.write() as session:
            found = _plan_some(session, house)
        planned += found
    with house.database.read() as session:
        outdated = callback_plans.outdated(session, tables_of(session), day)
    moved = 0
    for first in range(0, len(outdated), _PLANS):
        with house.database.write() as session:
            tables = tables_of(session)
            for visit_id, loan_no in outdated[first : first + _PLANS]:
                moved += callback_plans.move(session, visit_id, loan_no, tables, on=day)
    with house.database.write() as session:
        callback_plans.note_run(session, day, planned=planned, moved=moved)
    return planned + moved


def _plan_some(session: Session, house: House) -> int:
    loans_found = callback_plans.unplanned(session, _PLANS)
    tables, day = tables_of(session), business_date(session)
    for loan in loans_found:
        callback_plans.plan_next(session, loan, tables, on=day, now=house.clock.now())
    return len(loans_found)


def _begin(house: House, callback_no: str) -> int:
    """Start the case of a callback; one in whose name another still runs waits for it."""
    return postponing.do(
        house, BEGINNING, callback_no, lambda session: begin(house.engine, session, callback_no)
    )


def begin(engine: Engine, session: Session, callback_no: str) -> int:
    """Take a callback up and start its case, in the caller's transaction; 0 when another was quicker."""
    visit = callbacks.begin(session, callback_no, business_date(session))
    if visit is None:
        return 0
    loan = loans.get(session, visit.loan_no)
    facts = CaseFacts(
        title=customers.get(session, loan.customer_id).name,
        subtitle=vehicles.get(session, loan.vehicle_id).model_name,
        unit_id=loan.unit_id,
        owner_id=loan.owner_id,
    )
    data = {"application_no": loan.application_no, "loan_no": loan.loan_no, "callback_no": callback_no}
    engine.start(session, PROCESS, loan.application_no, data=data, actor=SYSTEM, facts=facts)
    return 1


def _end(house: House, callback_no: str, key: str, status: str) -> int:
    """Tell the case of a callback that its loan has ended; one that has not begun is given up at once."""

    def end(session: Session) -> int:
        try:
            visit = callbacks.under_way(session, callback_no)
        except callbacks.CallbackMissing:  # another worker was quicker
            return 0
        if visit.status is not CallbackStatus.PLANNED:
            house.engine.deliver(session, LOAN_ENDED, key, {}, f"{LOAN_ENDED}:{callback_no}")
        callbacks.cancel(session, callback_no, on=business_date(session), note=status)
        return 1

    return postponing.do(house, ENDING, callback_no, end)
