"""Collection cases whose loan has ended otherwise than by a day-end's message: told once, by the poll."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cheliu import postponing
from cheliu.wiring import House
from company import postponed
from company.messages import Refusal
from lending.collections import cases

BATCH = 50
ENDING = "collection_end"


class CollectionNotClosed(Refusal):
    """The case of a loan that has ended did not take the message."""

    code = "collection_not_closed"
    zh = "催收案件 {case_no} 的贷款已终结，但案件没有结案，请查看该案流程。"
    en = "The loan of the collection case {case_no} has ended, but the case did not close; look at its process."


def work_off(house: House) -> int:
    """Tell the case of every loan that is repaid no more that it has ended; how many were told."""
    with house.database.read() as session:
        waiting = postponed.waiting(ENDING, house.clock.now())
        gone = cases.orphaned(session, BATCH, without=waiting)
    return sum(_end(house, case_no, loan_no) for case_no, loan_no in gone)


def _end(house: House, case_no: str, loan_no: str) -> int:
    """Deliver the message of one case, which closes it; one that does not close waits like one that fails."""

    def end(session: Session) -> int:
        house.engine.deliver(session, cases.ENDED, loan_no, {}, f"{cases.ENDED}:{case_no}")
        if cases.open_of(session, loan_no) is not None:
            raise CollectionNotClosed(case_no=case_no)
        return 1

    return postponing.do(house, ENDING, case_no, end)
