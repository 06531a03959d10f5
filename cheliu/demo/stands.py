"""Where the sixty applications of the demo stand today, and on which day each came in."""

from __future__ import annotations

from datetime import date
from enum import IntEnum


class Stand(IntEnum):
    """How far a case has come, in the order of the road."""

    ENTRY = 0
    INVESTIGATION = 13
    L1 = 1
    L2 = 2
    COMMITTEE = 3
    FORMAT = 4
    DISCLOSURE = 5
    SIGNING = 6
    SEAL = 7
    MAKER = 8
    CHECKER = 9
    BANK = 10
    REPAIR = 11
    PAID = 12
    REJECTED = 20
    RETURNED = 21
    WITHDRAWN = 22
    VOIDED = 23
    BANK_DOWN = 24
    # At the front desk, and one that came to level 1 from there.
    RECEIVED = 30
    SUPPLEMENT = 31
    CHOICE = 32
    NOTICE = 33
    INTAKE_L1 = 34


# Oldest first: the finished ones fill the first days, what stands early on the road came in today.
STANDS: tuple[Stand, ...] = (
    *(Stand.PAID,) * 6,
    Stand.REJECTED,
    *(Stand.PAID,) * 5,
    Stand.WITHDRAWN,
    Stand.REJECTED,
    *(Stand.PAID,) * 5,
    Stand.VOIDED,
    Stand.REJECTED,
    *(Stand.REPAIR,) * 2,
    Stand.BANK_DOWN,
    *(Stand.CHECKER,) * 3,
    *(Stand.MAKER,) * 4,
    *(Stand.SEAL,) * 2,
    *(Stand.SIGNING,) * 2,
    *(Stand.DISCLOSURE,) * 2,
    *(Stand.FORMAT,) * 2,
    *(Stand.COMMITTEE,) * 2,
    *(Stand.L2,) * 3,
    *(Stand.RETURNED,) * 2,
    *(Stand.L1,) * 2,
    *(Stand.INTAKE_L1,) * 2,
    Stand.SUPPLEMENT,
    Stand.CHOICE,
    Stand.NOTICE,
    Stand.RECEIVED,
    *(Stand.INVESTIGATION,) * 2,
    *(Stand.ENTRY,) * 2,
    # Today, or the bank would have been asked for their results by now.
    *(Stand.BANK,) * 2,
)

LAST_DAY_CASES = 9


def day_of(number: int, days: list[date]) -> date:
    """The day on which case ``number`` (from 0) comes in: the last nine on the last day, the others spread evenly."""
    *earlier, last = days
    before_last = len(STANDS) - LAST_DAY_CASES
    return last if number >= before_last else earlier[number * len(earlier) // before_last]
