"""Collections on the poll: cases of loans that ended or passed on are ended, cases that were missed are begun."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from cheliu import postponing
from cheliu.wiring import House
from company import postponed
from company.messages import Refusal
from company.organisation import business_date
from lending.collections import cases, catching_up
from lending.collections.catching_up import Missed
from lending.day_end.telling import OVERDUE

PROCESS = "collections"
BATCH = 50
ENDING, BEGINNING = "collection_end", "collection_begin"


class CollectionNotClosed(Refusal):
    """The case of a loan that has ended did not take the message."""

    code = "collection_not_closed"
    zh = "催收案件 {case_no} 的贷款已终结，但案件没有结案，请查看该案流程。"
    en = "The loan of the collection case {case_no} has ended, but the case did not close; look at its process."


def work_off(house: House) -> int:
    """End the case of every loan that is repaid no more, or by somebody else; once a business date begin the missing.

    What failed is tried again when its wait is over, or struck off if it is not due any more. Returns how many were
    ended, struck off and begun.
    """
    now = house.clock.now()
    with house.database.read() as session:
        gone = cases.orphaned(session, BATCH, without=postponed.waiting(ENDING, now))
        moot = session.scalars(postponed.moot(ENDING, now, cases.numbers_orphaned())).all()
        day = business_date(session)
        swept = catching_up.has_run(session, day)
        again = set(session.scalars(postponed.due(BEGINNING, now)))
    ended = postponing.strike_off(house, moot)
    ended += sum(_end(house, case_no, loan_no) for case_no, loan_no in gone)
    return ended + (_try_again(house, day, again) if swept else _catch_up(house, day))


def _end(house: House, case_no: str, loan_no: str) -> int:
    """Deliver the message of one case, which closes it; one that does not close waits like one that fails."""

    def end(session: Session) -> int:
        house.engine.deliver(session, cases.ENDED, loan_no, {}, f"{cases.ENDED}:{case_no}")
        if cases.open_of(session, loan_no) is not None:
            raise CollectionNotClosed(case_no=case_no)
        return 1

    return postponing.do(house, ENDING, case_no, end)


def _catch_up(house: House, day: date) -> int:
    """Begin the case of each overdue loan that has none; one that is refused holds up no other."""
    with house.database.write() as session:
        if not catching_up.claim(session, day, now=house.clock.now()):
            return 0
        found = catching_up.missed(session, day)
    opened = sum(_begin(house, each.loan_no, each) for each in found)
    if opened:
        with house.database.write() as session:
            catching_up.note(session, day, opened)
    return opened


def _try_again(house: House, day: date, loan_nos: set[str]) -> int:
    """Begin what could not be begun before and is missing still; what is not missing any more is struck off."""
    if not loan_nos:
        return 0
    with house.database.read() as session:
        missed = {each.loan_no: each for each in catching_up.missed(session, day)}
    return sum(_begin(house, loan_no, missed.get(loan_no)) for loan_no in sorted(loan_nos))


def _begin(house: House, loan_no: str, missed: Missed | None) -> int:
    def begin(session: Session) -> int:
        if missed is None or catching_up.is_told_by_itself(session, loan_no):
            return 0
        house.engine.start_of_message(session, PROCESS, OVERDUE, loan_no, missed.payload)
        return 1

    return postponing.do(house, BEGINNING, loan_no, begin)
