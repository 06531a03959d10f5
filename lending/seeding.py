"""What an empty store of lending needs before the first application: accounts, bank account, products."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lending import accounts, fund_journal, funding, products, rate_plans


def seed(session: Session) -> None:
    """Write whatever of it is missing; a second time changes nothing."""
    accounts.seed(session)
    fund_journal.seed(session)
    products.seed(session)
    rate_plans.seed(session)
    funding.seed(session)
