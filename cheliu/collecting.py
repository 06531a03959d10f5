"""Collection cases whose loan has ended otherwise than by a day-end's message: told once, by the poll."""

from __future__ import annotations

from cheliu.wiring import House
from lending.collections import cases

BATCH = 50


def work_off(house: House) -> int:
    """Tell the case of every loan that is repaid no more that it has ended; how many were told."""
    with house.database.read() as session:
        gone = cases.orphaned(session, BATCH)
    return sum(_end(house, case_no, loan_no) for case_no, loan_no in gone)


def _end(house: House, case_no: str, loan_no: str) -> int:
    """Deliver the message of one case; 1 if that closed it, so that a case that cannot be closed keeps nobody busy."""
    with house.database.write() as session:
        house.engine.deliver(session, cases.ENDED, loan_no, {}, f"{cases.ENDED}:{case_no}")
        return int(cases.open_of(session, loan_no) is None)
