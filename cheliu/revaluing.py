"""The re-valuation of all mortgaged cars: once a business date when the price table has moved, else once a month.

A run is leased batch by batch: one whose worker died is taken over, and goes on behind the last car that was valued.
"""

from __future__ import annotations

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from cheliu import postponing
from cheliu.wiring import House
from company import postponed
from company.organisation import business_date
from lending import revaluations
from lending.revaluations import Hold, RevaluationRun, RunTakenOver

BATCH = 200
RUN, CARS = "revaluation", "mortgaged_cars"


def work_off(house: House) -> int:
    """Run it if it is due, in batches; how many cars were valued.

    A run that failed, and that another worker has ended since, is struck off.
    """
    now = house.clock.now()
    with house.database.read() as session:
        day = business_date(session)
        waits = session.scalar(postponed.waiting(RUN, now).limit(1))
        if waits is not None:
            return 0
        due = revaluations.is_due(session, day, now)
        moot = () if due else session.scalars(postponed.moot(RUN, now, _under_way())).all()
    if not due:
        return postponing.strike_off(house, moot)
    with house.database.write() as session:
        hold = revaluations.claim(session, day, now=now)
    return 0 if hold is None else postponing.do_apart(house, RUN, CARS, lambda: _run(house, hold))


def _under_way() -> Select[str]:
    """The key of the work while a run is not complete."""
    return select(literal(CARS)).where(
        select(RevaluationRun.day).where(revaluations.is_unfinished()).exists()
    )


def _run(house: House, hold: Hold) -> int:
    """Value the cars that are left, each batch with what it notes in one transaction; how many."""
    valued, going_on = 0, True
    while going_on:
        try:
            with house.database.write() as session:
                hold, count, going_on = _some(session, house, hold)
        except RunTakenOver:
            return valued
        valued += count
    return valued


def _some(session: Session, house: House, hold: Hold) -> tuple[Hold, int, bool]:
    now = house.clock.now()
    found = revaluations.loans_to_value(session, hold.after, BATCH)
    part = revaluations.value_some(session, found, on=hold.day, now=now)
    full = len(found) == BATCH
    after = found[-1][0].loan_no if found else hold.after
    return revaluations.note(session, hold, part, after=after, complete=not full, now=now), part.valued, full
