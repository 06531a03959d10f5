"""Who works on a case: the colleague who has the customer already, else by skill and load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company import notices
from company.database import Base, Tagged
from company.people import Employee
from lending.collections.cases import CollectionCase, open_of_customer
from lending.collections.kinds import CLOSED, Skill
from lending.errors import LendingError
from lending.loans import Loan

ROLE = "collector"
CASES_MAX_DEFAULT = 200
CASES_MAX_LIMIT = 2000
_SENIOR = (Skill.SENIOR,)


class NotACollector(LendingError):
    """Only a collector whose reach includes the loan is given a case."""

    code = "not_a_collector"
    zh = "{name} 不是该机构的催收员，不能分派；请选择名单中的催收员。"
    en = "{name} is no collector of this unit and cannot be given the case; choose one from the list."


class HasItAlready(LendingError):
    """Giving a case to who has it changes nothing."""

    code = "collector_has_it"
    zh = "该客户的案件已由 {name} 办理，没有改派；请选择其他催收员。"
    en = "{name} has this customer's cases already, nothing was changed; choose somebody else."


class CapacityRefused(LendingError):
    """How many cases one person may have is a number within limits."""

    code = "collector_capacity"
    zh = "案件上限应在 1 到 {limit} 之间。"
    en = "The most cases of a person is a number from 1 to {limit}."


class CollectorProfile(Base):
    """What a collector is able to do and how many cases he may have at once; who has no row does early calls."""

    __tablename__ = "collector_profile"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    skills: Mapped[list[str]] = mapped_column(Tagged)
    cases_max: Mapped[int]


@dataclass(frozen=True)
class Load:
    """A collector with skills, the cases he has and the most he may have."""

    employee_id: int
    name: str
    skills: frozenset[Skill]
    cases: int
    cases_max: int

    @property
    def is_full(self) -> bool:
        """Whether no further case is given to him by the rule."""
        return self.cases >= self.cases_max


def skills_for(owner: str, *, visit: bool) -> frozenset[Skill]:
    """What a step asks of who does it: ``owner`` is the strategy's word."""
    if visit:
        return frozenset({Skill.FIELD})
    return frozenset(_SENIOR) if owner == "senior" else frozenset()


def loads(session: Session, unit_id: int) -> list[Load]:
    """The collectors whose reach includes a unit, the least loaded first."""
    return loads_of(session, notices.holders(session, ROLE, unit_id))


def loads_of(session: Session, people: Sequence[int]) -> list[Load]:
    """What so many collectors have to do, the least loaded first."""
    counted_rows = session.execute(
        select(CollectionCase.collector_id, func.count())
        .where(CollectionCase.collector_id.in_(people), CollectionCase.status.not_in(CLOSED))
        .group_by(CollectionCase.collector_id)
    )
    counted = dict(counted_rows.all())
    asked = (
        select(Employee, CollectorProfile)
        .outerjoin(CollectorProfile, CollectorProfile.employee_id == Employee.id)
        .where(Employee.id.in_(people))
    )
    found = [
        Load(
            person.id,
            person.name,
            frozenset(Skill(each) for each in profile.skills) if profile else frozenset({Skill.EARLY}),
            counted.get(person.id, 0),
            profile.cases_max if profile else CASES_MAX_DEFAULT,
        )
        for person, profile in session.execute(asked)
    ]
    return sorted(found, key=lambda load: (load.cases, load.employee_id))


def choose(
    session: Session, found: CollectionCase, loan: Loan, wanted: frozenset[Skill], *, besides: int | None
) -> int | None:
    """Who is to work on a case, None where the unit has no collector; ``besides`` is passed over if there is another.

    Whoever has another case of the customer, or this one, keeps the customer if he has the skill; else the least loaded
    with the skill and room, then the least loaded with room, then the least loaded.
    """
    present = [load for load in loads(session, loan.unit_id) if load.employee_id != besides]
    able = [load for load in present if wanted <= load.skills]
    known = {each.collector_id for each in open_of_customer(session, found.customer_id)}
    for group in (
        [load for load in able if load.employee_id in known],
        [load for load in able if not load.is_full],
        [load for load in present if load.employee_id in known],
        [load for load in present if not load.is_full],
        present,
    ):
        if group:
            return group[0].employee_id
    return besides


def keep_or_choose(
    session: Session, found: CollectionCase, loan: Loan, wanted: frozenset[Skill]
) -> int | None:
    """Who has the case if he is there and has the skill, or nobody else has it; else :func:`choose`."""
    present = {load.employee_id: load for load in loads(session, loan.unit_id)}
    mine = present.get(found.collector_id or 0)
    if mine is not None:
        others = any(wanted <= load.skills for load in present.values())
        if wanted <= mine.skills or not others:
            return mine.employee_id
    return choose(session, found, loan, wanted, besides=None)


def who_has_all(session: Session, found: CollectionCase) -> int | None:
    """The collector who has all open cases of the customer already; None where several have them, or nobody."""
    people = {each.collector_id for each in open_of_customer(session, found.customer_id)}
    return people.pop() if len(people) == 1 else None


def give(session: Session, found: CollectionCase, loan: Loan, employee_id: int) -> list[CollectionCase]:
    """Give a customer's cases of the loan's unit to a collector; :class:`NotACollector`."""
    if employee_id not in {load.employee_id for load in loads(session, loan.unit_id)}:
        person = session.get(Employee, employee_id)
        raise NotACollector(name=person.name if person else employee_id)
    given = open_of_customer(session, found.customer_id)
    for each in given:
        each.collector_id = employee_id
    session.flush()
    return given


def set_profile(session: Session, employee_id: int, skills: frozenset[Skill], cases_max: int) -> None:
    """What a collector is able to do, and the most cases he is given; :class:`CapacityRefused`."""
    if not 1 <= cases_max <= CASES_MAX_LIMIT:
        raise CapacityRefused(limit=CASES_MAX_LIMIT)
    names = sorted(skill.value for skill in skills)
    profile = session.get(CollectorProfile, employee_id)
    if profile is None:
        session.add(CollectorProfile(employee_id=employee_id, skills=names, cases_max=cases_max))
    else:
        profile.skills, profile.cases_max = names, cases_max
    session.flush()
