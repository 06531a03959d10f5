"""A founded company on a real database, and a clock that stands."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from laid_out import fixtures

from company.clock import StandingClock
from company.database import Database
from company.founding import UnitPlan, found
from company.organisation import UnitKind

UNITS = (
    UnitPlan(
        "SH",
        "上海分公司",
        "Shanghai branch",
        UnitKind.BRANCH,
        region="310115",
        contract_code="SH1",
        below=(UnitPlan("SH-RISK", "风控部", "Risk", UnitKind.DEPARTMENT),),
    ),
    UnitPlan("HZ", "杭州分公司", "Hangzhou branch", UnitKind.BRANCH, region="330106", contract_code="HZ1"),
)


laid_out_sqlite_url, laid_out_postgresql_url = fixtures()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest) -> Iterator[Database]:
    """All tables, no rows."""
    database = Database(request.getfixturevalue(f"laid_out_{request.param}_url"))
    yield database
    database.close()


def found_company(database: Database) -> None:
    """Two branches, a department in the first, nobody hired."""
    with database.write() as session:
        found(
            session,
            name="测试汽贸融资有限公司",
            name_en="Test Lending Ltd",
            units=UNITS,
            lender_type="auto_finance",
            business_date=date(2026, 9, 1),
        )


founded_sqlite_url, founded_postgresql_url = fixtures(found_company)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The founded company."""
    made = Database(request.getfixturevalue(f"founded_{request.param}_url"))
    yield made
    made.close()


@pytest.fixture
def clock() -> StandingClock:
    """Tuesday 1 September 2026, ten in the morning in Shanghai."""
    return StandingClock(datetime(2026, 9, 1, 2, tzinfo=UTC))
