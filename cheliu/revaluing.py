"""The re-valuation of all mortgaged cars: once a business date when the price table has moved, else once a month."""

from __future__ import annotations

from cheliu.wiring import House
from company.organisation import business_date
from lending import revaluations
from lending.revaluations import Done

_BATCH = 200


def work_off(house: House) -> int:
    """Run it if it is due, in batches; how many cars were valued."""
    with house.database.read() as session:
        day = business_date(session)
        if not revaluations.is_due(session, day):
            return 0
    with house.database.write() as session:
        if not revaluations.claim(session, day, now=house.clock.now()):
            return 0
    done, after, full = Done(0, 0, 0), "", True
    while full:
        with house.database.write() as session:
            found = revaluations.loans_to_value(session, after, _BATCH)
            part = revaluations.value_some(session, found, on=day, now=house.clock.now())
            full = len(found) == _BATCH
            after = found[-1][0].loan_no if found else after
        done = Done(done.valued + part.valued, done.unpriced + part.unpriced, done.above + part.above)
    with house.database.write() as session:
        revaluations.note(session, day, done)
    return done.valued
