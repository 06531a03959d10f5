"""Collection cases that no message of a day-end begins or ends: those that were missed, those whose loan has ended."""

from __future__ import annotations

from datetime import date

import structlog

from cheliu.wiring import House
from company.messages import Refusal
from company.organisation import business_date
from lending.collections import cases, catching_up
from lending.collections.catching_up import Missed
from lending.day_end.telling import OVERDUE

PROCESS = "collections"
BATCH = 50
_log = structlog.get_logger(__name__)


def work_off(house: House) -> int:
    """End the case of every loan that is repaid no more; once a business date begin those that are missing.

    Returns how many were ended and begun.
    """
    with house.database.read() as session:
        gone = cases.orphaned(session, BATCH)
        day = business_date(session)
        swept = catching_up.has_run(session, day)
    ended = sum(_end(house, case_no, loan_no) for case_no, loan_no in gone)
    return ended + (0 if swept else _catch_up(house, day))


def _end(house: House, case_no: str, loan_no: str) -> int:
    """Deliver the message of one case; 1 if that closed it, so that a case that cannot be closed keeps nobody busy."""
    with house.database.write() as session:
        house.engine.deliver(session, cases.ENDED, loan_no, {}, f"{cases.ENDED}:{case_no}")
        return int(cases.open_of(session, loan_no) is None)


def _catch_up(house: House, day: date) -> int:
    """Begin the case of each overdue loan that has none; one that is refused holds up no other, and waits a day."""
    with house.database.write() as session:
        if not catching_up.claim(session, day, now=house.clock.now()):
            return 0
        found = catching_up.missed(session, day)
    opened = sum(_begin(house, each) for each in found)
    if opened:
        with house.database.write() as session:
            catching_up.note(session, day, opened)
    return opened


def _begin(house: House, each: Missed) -> int:
    try:
        with house.database.write() as session:
            if catching_up.is_told_by_itself(session, each.loan_no):
                return 0
            house.engine.start_of_message(session, PROCESS, OVERDUE, each.loan_no, each.payload)
    except Refusal as refused:
        _log.warning("collection_not_begun", loan=each.loan_no, code=refused.code)
        return 0
    return 1
