"""Founding: what an empty database needs before anybody can work in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from company import CompanyError, calendar, parameters, people
from company.organisation import Company, LenderType, Unit, UnitKind, add_unit
from company.parameter_values import VALUES

CALENDAR_YEARS = (2025, 2026, 2027)
_FOUNDING_LOCK = 0x666F756E  # any number, the same in every process

_REASONS: dict[str, tuple[str, str]] = {
    "consumer_finance": (
        "消费金融公司的消费贷款不包括购车贷款",
        "the consumer loans of a consumer finance company exclude cars",
    ),
    "leasing": (
        "融资租赁的出租人拥有车辆，适用租金、另一种合同和另一套账",
        "a lessor owns the car: rent, another contract and another ledger",
    ),
    "guarantee_servicer": (
        "担保或助贷服务商不是放款人，只作为参与方出现",
        "a guarantor or servicer is not the lender and appears only as a party",
    ),
    "unlicensed_private": (
        "无牌照的职业放贷不合法",
        "lending as a profession without a licence is illegal",
    ),
}


class LenderTypeRefused(CompanyError):
    """The product does not serve lenders of this licence."""

    code = "lender_type_refused"
    zh = "不支持机构类型 {lender_type}：{reason_zh}。支持的类型：{supported}。"
    en = "The lender type {lender_type} is not supported: {reason_en}. Supported: {supported}."


class FoundedOtherwise(CompanyError):
    """The database already holds another company."""

    code = "founded_otherwise"
    zh = "数据库中已有公司 {name}，一套系统只服务一家公司。"
    en = "The database already holds the company {name}; one installation serves one company."


@dataclass(frozen=True)
class UnitPlan:
    """A unit to found and those below it. ``region``: 6 digits; ``contract_code``: 3 characters of contract numbers."""

    code: str
    name: str
    name_en: str
    kind: UnitKind
    region: str | None = None
    contract_code: str | None = None
    below: Sequence[UnitPlan] = ()


def found(
    session: Session,
    *,
    name: str,
    name_en: str,
    units: Sequence[UnitPlan],
    lender_type: str,
    business_date: date,
    code: str = "CY",
    is_demo: bool = False,
    clock_offset_seconds: int = 0,
    approved_by: str = "system",
) -> Company:
    """Create the company, its units, roles, parameters and calendar; again, it only adds what is missing.

    ``units`` hang below the root unit, which carries the company's own name. Raises :class:`LenderTypeRefused` with
    the reason, and :class:`FoundedOtherwise`.
    """
    if lender_type not in set(LenderType):
        reason_zh, reason_en = _REASONS.get(lender_type, ("未知的机构类型", "it is unknown"))
        raise LenderTypeRefused(
            lender_type=lender_type,
            reason_zh=reason_zh,
            reason_en=reason_en,
            supported=", ".join(LenderType),
        )
    if session.get_bind().dialect.name == "postgresql":  # two servers that start at once found one company
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FOUNDING_LOCK})
    company = session.get(Company, 1)
    if company is None:
        company = Company(
            id=1,
            name=name,
            name_en=name_en,
            code=code,
            lender_type=LenderType(lender_type),
            business_date=business_date,
            is_demo=is_demo,
            clock_offset_seconds=clock_offset_seconds,
        )
        session.add(company)
        session.flush()
    elif (company.code, company.name, company.lender_type) != (code, name, lender_type):
        raise FoundedOtherwise(name=company.name)
    root = UnitPlan("HQ", name, name_en, UnitKind.COMPANY, below=units)
    _add_units(session, None, [root])
    people.seed_roles(session)
    _publish_parameters(session, approved_by)
    _publish_calendar(session)
    return company


def _add_units(session: Session, parent: Unit | None, plans: Sequence[UnitPlan]) -> None:
    for plan in plans:
        unit = session.scalar(select(Unit).where(Unit.code == plan.code))
        if unit is None:
            unit = add_unit(
                session,
                parent=parent,
                kind=plan.kind,
                code=plan.code,
                name=plan.name,
                name_en=plan.name_en,
                region=plan.region,
                contract_code=plan.contract_code,
            )
        _add_units(session, unit, plan.below)


def _publish_parameters(session: Session, approved_by: str) -> None:
    known = set(session.scalars(select(parameters.Parameter.key)))
    for key, value, valid_from, source_text in VALUES:
        if key not in known:
            parameters.publish(
                session, key, value, valid_from=valid_from, source_text=source_text, approved_by=approved_by
            )


def _publish_calendar(session: Session) -> None:
    for year in CALENDAR_YEARS:
        first = date(year, 1, 1)
        days = session.scalar(
            select(func.count()).where(calendar.CalendarDay.day.between(first, date(year, 12, 31)))
        )
        if not days:
            calendar.publish(session, year)
