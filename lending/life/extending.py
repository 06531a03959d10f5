"""How far a loan can be extended: by the longest term of its kind of car, loans of up to a year by their own term too.

Sources: 汽车贷款管理办法 第六条 (the term with its extensions), 贷款通则 第十二条 (a short-term loan, up to its term).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from lending.life.errors import ExtensionTooLong
from lending.life.events import LoanEvent
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import Loan
from lending.vehicles import Vehicle


def extendable(session: Session, loan: Loan, told: Happening) -> int:
    """By how many months the loan can still be extended on the day of ``told``, earlier extensions counted."""
    vehicle = session.get_one(Vehicle, loan.vehicle_id)
    longest: int = parameters.of_lender(session, "term_limit", told.on)[vehicle.kind.value]
    extensions = session.scalars(
        select(LoanEvent).where(
            LoanEvent.loan_no == loan.loan_no,
            LoanEvent.kind.in_((EventKind.EXTENSION, EventKind.RESTRUCTURING)),
            LoanEvent.reversed_by_id.is_(None),
        )
    )
    extended = sum(event.happening.months for event in extensions)
    left = longest - loan.term_months - extended
    if loan.term_months <= 12:
        left = min(left, loan.term_months - extended)
    return max(left, 0)


def check_extension(session: Session, loan: Loan, told: Happening) -> None:
    """Refuse an extension of no month or beyond the limit (:class:`ExtensionTooLong`)."""
    limit = extendable(session, loan, told)
    if not 1 <= told.months <= limit:
        raise ExtensionTooLong(months=told.months, limit=limit)
