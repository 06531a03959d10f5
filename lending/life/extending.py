"""How far a loan can be extended: by the longest term of its kind of car, of some by a share of their own term too.

Sources: 汽车贷款管理办法 第六条, the term with its extensions, holds for all. 贷款通则 第十二条 holds for companies and
for loans of up to a year: one of up to a year by its term, of up to five by half of it, a longer one by three years.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from lending.customers import Customer, CustomerKind
from lending.life.errors import ExtensionTooLong
from lending.life.events import LoanEvent
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.loans import Loan
from lending.vehicles import Vehicle

_SHORT_MONTHS, _MEDIUM_MONTHS, _LONG_EXTENSION_MONTHS = 12, 60, 36


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
    is_company = session.get_one(Customer, loan.customer_id).kind is CustomerKind.CORPORATE
    if is_company or loan.term_months <= _SHORT_MONTHS:
        left = min(left, general_limit(loan.term_months) - extended)
    return max(left, 0)


def general_limit(term_months: int) -> int:
    """By how many months 贷款通则 lets a loan of a term be extended in all.

    >>> [general_limit(term) for term in (12, 36, 48, 60, 72)]
    [12, 18, 24, 30, 36]
    """
    if term_months <= _SHORT_MONTHS:
        return term_months
    return term_months // 2 if term_months <= _MEDIUM_MONTHS else _LONG_EXTENSION_MONTHS


def check_extension(session: Session, loan: Loan, told: Happening) -> None:
    """Refuse an extension of no month or beyond the limit (:class:`ExtensionTooLong`)."""
    limit = extendable(session, loan, told)
    if not 1 <= told.months <= limit:
        raise ExtensionTooLong(months=told.months, limit=limit)
