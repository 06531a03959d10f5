"""Whether the demo company stands complete: a dated parameter says so, like everything else that must be remembered."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from company.messages import Refusal
from company.organisation import Company, the_company

BUILT = "demo_built"
LIVING = "demo_living"


class LivingDemoUnfinished(Refusal):
    """A living demo is whole, or it is none."""

    code = "living_demo_unfinished"
    zh = "数据库里有一份没有建完的多年演示数据（上次中断）。请换一个空数据库，或删除它后重新运行 cheliu living-demo。"
    en = (
        "The database holds a living demo whose building was cut off. Give an empty database, or delete this one and "
        "run cheliu living-demo again."
    )


def is_built(session: Session) -> bool:
    """Whether the company is no demo, or its cases stand."""
    company = session.get(Company, 1)
    if company is None or not company.is_demo:
        return company is not None
    return (
        session.scalar(select(parameters.Parameter.id).where(parameters.Parameter.key == BUILT)) is not None
    )


def require_whole(session: Session) -> None:
    """Refuse a living demo that was not built to its end (:class:`LivingDemoUnfinished`)."""
    begun = select(parameters.Parameter.id).where(parameters.Parameter.key == LIVING)
    if session.scalar(begun) is not None and not is_built(session):
        raise LivingDemoUnfinished


def mark_living(session: Session, plan: Mapping[str, int]) -> None:
    """A living demo is being built by this plan: until it is built, nothing else uses the database."""
    _publish(session, LIVING, dict(plan))


def mark_built(session: Session) -> None:
    """All cases stand; the worker of the server may begin."""
    _publish(session, BUILT, True)


def _publish(session: Session, key: str, value: object) -> None:
    parameters.publish(
        session,
        key,
        value,
        valid_from=the_company(session).business_date,
        source_text="cheliu demo",
        approved_by="system",
    )
