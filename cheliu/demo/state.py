"""Whether the demo company stands complete: a dated parameter says so, like everything else that must be remembered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from company.messages import Refusal
from company.organisation import Company, the_company
from company.parameters import Parameter

BUILT = "demo_built"
LIVING = "demo_living"
LIVED = "demo_lived"


class LivingDemoUnfinished(Refusal):
    """A living demo is used once it is whole, and finished with the numbers that it was begun with."""

    code = "living_demo_unfinished"
    zh = (
        "数据库里有一份没有建完的多年演示数据（上次中断）。请用同样的数字继续："
        "cheliu living-demo --loans {loans} --months {months} --seed {seed}；或另指一个空数据库。"
    )
    en = (
        "The database holds a living demo whose building was cut off. Go on with the same numbers: cheliu living-demo "
        "--loans {loans} --months {months} --seed {seed}; or give an empty database."
    )


def is_built(session: Session) -> bool:
    """Whether the company is no demo, or its cases stand."""
    company = session.get(Company, 1)
    if company is None or not company.is_demo:
        return company is not None
    return session.scalar(select(Parameter.id).where(Parameter.key == BUILT)) is not None


def require_whole(session: Session) -> None:
    """Refuse a living demo that was not built to its end (:class:`LivingDemoUnfinished`)."""
    plan = begun_by(session)
    if plan is not None:
        raise LivingDemoUnfinished(**plan)


def begun_by(session: Session) -> dict[str, int] | None:
    """The numbers of a living demo that was begun and is not whole."""
    if is_built(session):
        return None
    plan: Any = session.scalar(select(Parameter.value).where(Parameter.key == LIVING))
    return None if plan is None else {name: int(number) for name, number in plan.items()}


def mark_living(session: Session, plan: Mapping[str, int]) -> None:
    """A living demo is being built by this plan: until it is built, nothing else uses the database."""
    _publish(session, LIVING, dict(plan))


def mark_lived(session: Session, mark: Mapping[str, object]) -> None:
    """A day is over; ``mark`` is what goes on from there needs to know."""
    _publish(session, LIVED, dict(mark))


def lived(session: Session) -> list[tuple[date, dict[str, Any]]]:
    """The days that are over, each with its mark."""
    asked = select(Parameter).where(Parameter.key == LIVED).order_by(Parameter.valid_from)
    found = []
    for row in session.scalars(asked):
        mark: Any = row.value
        found.append((row.valid_from, dict(mark)))
    return found


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
