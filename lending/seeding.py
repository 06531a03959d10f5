"""What an empty store of lending needs before its first case: accounts, bank account, products, rules to keep."""

from __future__ import annotations

from sqlalchemy.orm import Session

from company.organisation import business_date
from lending import accounts, compliance, fund_journal, funding, products, rate_plans


def seed(session: Session) -> None:
    """Write whatever of it is missing; a second time changes nothing."""
    accounts.seed(session)
    fund_journal.seed(session)
    products.seed(session)
    rate_plans.seed(session)
    funding.seed(session)
    compliance.seed(session, business_date(session))
