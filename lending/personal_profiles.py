"""What is known of a person besides name and numbers: work, income, family; every filing is kept with its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from company.database import Base, Fen, Instant
from lending.columns import worded
from lending.customers import Customer, CustomerKind
from lending.errors import LendingError
from lending.labels import Labelled
from lending.money import exact

DEPENDANTS_MAX = 20


class MaritalStatus(Labelled):
    """Whether a person is married, as the papers say."""

    SINGLE = "single", "未婚", "Single"
    MARRIED = "married", "已婚", "Married"
    DIVORCED = "divorced", "离异", "Divorced"
    WIDOWED = "widowed", "丧偶", "Widowed"


class Employment(Labelled):
    """How a person earns."""

    EMPLOYED = "employed", "受薪", "Employed"
    SELF_EMPLOYED = "self_employed", "个体经营", "Self-employed"
    RETIRED = "retired", "退休", "Retired"
    OTHER = "other", "其他", "Other"


class ProfileOfCompany(LendingError):
    """Work and family are a person's."""

    code = "profile_of_company"
    zh = "“{name}”是企业客户，没有职业和家庭信息；请登记企业资料。"
    en = "{name} is a company and has no job or family; file its licence and statements instead."


class EmployerMissing(LendingError):
    """Who is employed has an employer."""

    code = "employer_missing"
    zh = "职业为“{employment}”时须填写工作单位。"
    en = "Enter the employer or business of somebody who is {employment}."


class IncomeNegative(LendingError):
    """An income is zero or more."""

    code = "income_negative"
    zh = "月收入不能小于零。"
    en = "A monthly income is not below zero."


class DependantsImpossible(LendingError):
    """So many people are supported by one."""

    code = "dependants_impossible"
    zh = "供养人数 {count} 不在 0 至 20 人之间，请核对。"
    en = "{count} dependants are not within 0 to 20; check the number."


class EmployedInFuture(LendingError):
    """A job began by today."""

    code = "employed_in_future"
    zh = "入职日期 {since} 晚于今天，请核对。"
    en = "The job would begin on {since}, after today; check the day."


@dataclass(frozen=True)
class Circumstances:
    """What a person told, or papers showed; the income in yuan a month."""

    employment: Employment
    employer: str
    position: str
    employed_since: date | None
    monthly_income: Decimal | None
    marital_status: MaritalStatus
    dependants: int


class PersonalProfile(Base):
    """One filing of a person's circumstances; the latest is what counts."""

    __tablename__ = "personal_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    employment: Mapped[Employment] = mapped_column(worded(Employment))
    employer: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(60))
    employed_since: Mapped[date | None] = mapped_column(Date)
    monthly_income: Mapped[Decimal | None] = mapped_column(Fen)
    marital_status: Mapped[MaritalStatus] = mapped_column(worded(MaritalStatus))
    dependants: Mapped[int]
    filed_on: Mapped[date] = mapped_column(Date)
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    filed_at: Mapped[datetime] = mapped_column(Instant)


def file(
    session: Session, customer: Customer, told: Circumstances, *, on: date, by: int | None, now: datetime
) -> PersonalProfile:
    """Keep what is known of a person as of a day; what was filed before stays written.

    Raises :class:`ProfileOfCompany`, :class:`EmployerMissing`, :class:`IncomeNegative`,
    :class:`DependantsImpossible`, :class:`EmployedInFuture`.
    """
    if customer.kind is not CustomerKind.INDIVIDUAL:
        raise ProfileOfCompany(name=customer.name)
    working = told.employment in (Employment.EMPLOYED, Employment.SELF_EMPLOYED)
    if working and not told.employer.strip():
        raise EmployerMissing(employment=told.employment)
    if told.monthly_income is not None and exact(told.monthly_income) < 0:
        raise IncomeNegative()
    if not 0 <= told.dependants <= DEPENDANTS_MAX:
        raise DependantsImpossible(count=told.dependants)
    if told.employed_since is not None and told.employed_since > on:
        raise EmployedInFuture(since=told.employed_since)
    profile = PersonalProfile(
        customer_id=customer.id,
        employment=told.employment,
        employer=told.employer.strip()[:120],
        position=told.position.strip()[:60],
        employed_since=told.employed_since,
        monthly_income=told.monthly_income,
        marital_status=told.marital_status,
        dependants=told.dependants,
        filed_on=on,
        filed_by=by,
        filed_at=now,
    )
    session.add(profile)
    session.flush()
    return profile


def history(session: Session, customer_id: int) -> list[PersonalProfile]:
    """Every filing about a person, the latest first."""
    asked = select(PersonalProfile).where(PersonalProfile.customer_id == customer_id)
    return list(session.scalars(asked.order_by(PersonalProfile.id.desc())))
