"""A whole house for one process case: an empty company on a database of its own, the product's processes deployed."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from cheliu.case_bank import CaseBank
from cheliu.case_parties import CaseParties
from cheliu.case_prices import CasePrices
from cheliu.demo.people import PASSWORD, UNDERTAKING_UNTIL, found_demo
from cheliu.wiring import House, assemble, product_bundle
from company.clock import StandingClock
from company.database import Base
from company.organisation import Unit, the_company
from company.people import SYSTEM, hash_password
from company.settings import Settings
from lending import dealers, seeding, tables

BUSINESS_DATE = date(2026, 9, 15)
NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
DEALER_ACCOUNT = "31050110462300000123"


def found_template(folder: Path, *, database_url: str = "") -> Path:
    """Found the company once; each case works on a copy of the folder that is returned.

    With a ``database_url`` the company is founded there instead of in a file of the folder.
    """
    home = folder / "template"
    house = _open(home, StandingClock(NOON), None, database_url)
    # Every table of lending is known before the schema is made.
    assert tables.TABLES
    Base.metadata.create_all(house.database.engine)
    password_hash = hash_password(PASSWORD)
    with house.database.write() as session:
        found_demo(session, password_hash=password_hash, clock_offset_seconds=0)
        the_company(session).business_date = BUSINESS_DATE
        seeding.seed(session)
        branch = session.scalars(select(Unit).where(Unit.code == "SH")).one()
        dealers.add(
            session,
            house.world.vault,
            name="上海浦东联合汽车销售有限公司",
            social_credit_code="91310000MA1FL0AA6C",
            bank_name="建设银行上海浦东支行",
            account=DEALER_ACCOUNT,
            unit_id=branch.id,
            undertaking_until=UNDERTAKING_UNTIL,
            now=NOON,
        )
        house.engine.deploy(session, product_bundle(), SYSTEM, "cases")
    house.close()
    return home


def copy_house(
    template: Path, home: Path, *, database_url: str = ""
) -> tuple[House, CaseBank, StandingClock]:
    """A house of its own for one case, as the template left it; ``database_url``: a copy of the template's database."""
    shutil.copytree(template, home)
    clock = StandingClock(NOON)
    bank = CaseBank()
    return _open(home, clock, bank, database_url), bank, clock


def _open(home: Path, clock: StandingClock, bank: CaseBank | None, database_url: str) -> House:
    environment = {"CHELIU_HOME": str(home), "DATABASE_URL": database_url}
    return assemble(
        Settings.from_environment(environment),
        clock=clock,
        bank=bank,
        prices=CasePrices(),
        parties=CaseParties.fresh(),
    )
