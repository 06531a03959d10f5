"""Whether the demo company stands complete: a dated parameter says so, like everything else that must be remembered."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from company.organisation import Company, the_company

BUILT = "demo_built"


def is_built(session: Session) -> bool:
    """Whether the company is no demo, or its cases stand."""
    company = session.get(Company, 1)
    if company is None or not company.is_demo:
        return company is not None
    return (
        session.scalar(select(parameters.Parameter.id).where(parameters.Parameter.key == BUILT)) is not None
    )


def mark_built(session: Session) -> None:
    """All cases stand; the worker of the server may begin."""
    parameters.publish(
        session,
        BUILT,
        True,
        valid_from=the_company(session).business_date,
        source_text="cheliu demo",
        approved_by="system",
    )
