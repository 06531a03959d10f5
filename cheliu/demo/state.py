"""Whether the demo company stands complete: a dated parameter says so, like everything else that must be remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from company import parameters
from company.messages import Refusal
from company.organisation import Company, the_company
from company.parameters import Parameter

BUILT = "demo_built"
LIVING = "demo_living"
LIVED = "demo_lived"


@dataclass(frozen=True)
class Mark:
    """A business date that is over, and what follows from its course and not from the seed.

    ``clock``: where it stands; ``keys``: the applications begun on the day; ``mortgages``: those whose car is not
    registered yet; ``refused``: tasks left to a person; ``told``: of how many transfers the bank has told so far;
    ``tasks``: how many the office has done.
    """

    day: date
    clock: datetime
    keys: list[str]
    mortgages: list[str]
    refused: list[int]
    told: int
    tasks: int


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
    begun = parameters.versions(session, LIVING)
    if not begun or is_built(session):
        return None
    plan: dict[str, int] = parameters.value(session, LIVING, begun[0].valid_from)
    return plan


def mark_living(session: Session, plan: Mapping[str, int]) -> None:
    """A living demo is being built by this plan: until it is built, nothing else uses the database."""
    _publish(session, LIVING, dict(plan))


def mark_lived(session: Session, mark: Mark) -> None:
    """The day is over."""
    _publish(session, LIVED, {name: value for name, value in asdict(mark).items() if name != "day"})


def lived(session: Session) -> list[Mark]:
    """The days that are over, in their order."""
    days = [row.valid_from for row in reversed(parameters.versions(session, LIVED))]
    return [Mark(day=day, **parameters.value(session, LIVED, day)) for day in days]


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
