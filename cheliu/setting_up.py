"""Setting up a company of one's own: founding it, and its people until there is a page for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from cheliu.wiring import assemble, product_bundle
from company import CompanyError
from company.clock import SystemClock
from company.database import Database
from company.founding import UnitPlan
from company.founding import found as found_in
from company.migrations import upgrade
from company.organisation import Unit, UnitKind
from company.people import SYSTEM, hash_password, hire, require_strong
from company.settings import Settings
from lending import seeding

DEPLOYMENT_NOTE = "随产品交付 / delivered with the product"


class BranchMalformed(CompanyError):
    """A branch is given by five parts."""

    code = "branch_malformed"
    zh = "分公司“{given}”应写成 代码:中文名:英文名:六位地区码:三位合同码。"
    en = "Write the branch “{given}” as CODE:Chinese name:English name:6-digit region:3-letter contract code."


class UnitCodeUnknown(CompanyError):
    """No unit has this code."""

    code = "unit_code_unknown"
    zh = "没有代码为 {unit_code} 的机构。"
    en = "No unit has the code {unit_code}."


def found_company(
    settings: Settings,
    *,
    name: str,
    name_en: str,
    code: str,
    lender_type: str,
    branches: Sequence[str],
    business_date: date,
    admin: str,
    password: str,
) -> None:
    """Bring the schema up to date and found the company with its first administrator, all or nothing.

    Raises the refusals of founding, :class:`BranchMalformed` and those of a weak password.
    """
    units = [_branch(given) for given in branches]
    password_hash = hash_password(password)
    database = Database(settings.database_url)
    upgrade(database, vault=settings.vault())
    database.close()
    house = assemble(settings, clock=SystemClock())
    with house.database.write() as session:
        found_in(
            session,
            name=name,
            name_en=name_en,
            code=code,
            lender_type=lender_type,
            units=units,
            business_date=business_date,
        )
        require_strong(session, password, house.clock)
        seeding.seed(session)
        house.engine.deploy(session, product_bundle(), SYSTEM, DEPLOYMENT_NOTE)
        head_office = session.scalars(select(Unit).where(Unit.kind == UnitKind.COMPANY)).one()
        hire(session, admin, "管理员", head_office, ["admin"], password_hash, name_en="Administrator")
    house.close()


def hire_person(
    settings: Settings,
    username: str,
    *,
    name: str,
    name_en: str,
    unit_code: str,
    roles: Sequence[str],
    password: str,
) -> None:
    """Add an employee. Raises the refusals of hiring, of a weak password, and :class:`UnitCodeUnknown`."""
    password_hash = hash_password(password)
    database = Database(settings.database_url)
    with database.write() as session:
        require_strong(session, password, SystemClock())
        unit = session.scalar(select(Unit).where(Unit.code == unit_code))
        if unit is None:
            raise UnitCodeUnknown(unit_code=unit_code)
        hire(session, username, name, unit, roles, password_hash, name_en=name_en)
    database.close()


def _branch(given: str) -> UnitPlan:
    parts = given.split(":")
    if len(parts) != 5 or not all(parts) or len(parts[3]) != 6 or len(parts[4]) != 3:
        raise BranchMalformed(given=given)
    code, name, name_en, region, contract_code = parts
    return UnitPlan(code, name, name_en, UnitKind.BRANCH, region, contract_code)
