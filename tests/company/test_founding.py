"""Founding the company, and the dated parameters it starts with."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from company import parameters
from company.calendar import CalendarDay
from company.database import Base, Database
from company.founding import FoundedOtherwise, LenderTypeRefused, UnitPlan, found
from company.organisation import CompanyMissing, Unit, UnitKind, branch_of, business_date, the_company
from company.parameters import ParameterMissing, ParameterOutOfOrder

COMPANY: dict[str, Any] = {
    "name": "测试汽贸融资有限公司",
    "name_en": "Test Lending Ltd",
    "units": (UnitPlan("SH", "上海分公司", "Shanghai branch", UnitKind.BRANCH),),
    "lender_type": "bank",
    "business_date": date(2026, 9, 1),
}


def counted(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def test_founding_twice_is_founding_once(empty: Database) -> None:
    with empty.write() as session:
        found(session, **COMPANY)
    once = counted(empty)
    with empty.write() as session:
        found(session, **COMPANY)

    assert counted(empty) == once
    assert once["company"] == 1
    assert once["role"] == 24
    assert once["calendar_day"] == 365 * 3


def test_two_servers_that_start_at_once_found_one_company(empty: Database) -> None:
    def start(_: int) -> str:
        with empty.write() as session:
            return found(session, **COMPANY).name

    with ThreadPoolExecutor(2) as servers:
        assert len(list(servers.map(start, range(2)))) == 2

    assert counted(empty)["company"] == 1
    assert counted(empty)["unit"] == 2


def test_a_second_founding_adds_the_branch_that_is_new(empty: Database) -> None:
    with empty.write() as session:
        found(session, **COMPANY)
    more = (*COMPANY["units"], UnitPlan("HZ", "杭州分公司", "Hangzhou branch", UnitKind.BRANCH))
    with empty.write() as session:
        found(session, **COMPANY | {"units": more})

    with empty.read() as session:
        paths = {unit.code: unit.path for unit in session.scalars(select(Unit))}
        root = session.scalars(select(Unit).where(Unit.code == "HQ")).one()
    assert paths["HZ"].startswith(root.path)
    assert len(paths) == 3


@pytest.mark.parametrize(
    ("lender_type", "reason"),
    [
        ("consumer_finance", "购车"),
        ("leasing", "租金"),
        ("guarantee_servicer", "参与方"),
        ("unlicensed_private", "不合法"),
        ("circus", "未知"),
    ],
)
def test_a_lender_the_rules_do_not_fit_is_refused_with_the_reason(
    empty: Database, lender_type: str, reason: str
) -> None:
    with empty.write() as session, pytest.raises(LenderTypeRefused) as refused:
        found(session, **COMPANY | {"lender_type": lender_type})

    assert reason in refused.value.text("zh")
    assert "bank, auto_finance, micro_loan" in refused.value.text("en")
    assert not any(counted(empty).values())


def test_one_installation_serves_one_company(database: Database) -> None:
    with database.write() as session, pytest.raises(FoundedOtherwise):
        found(session, **COMPANY)


def test_before_the_founding_there_is_no_business_date(empty: Database) -> None:
    with empty.read() as session, pytest.raises(CompanyMissing):
        business_date(session)


def test_a_department_belongs_to_its_branch_and_head_office_to_itself(database: Database) -> None:
    with database.read() as session:
        units = {unit.code: unit.id for unit in session.scalars(select(Unit))}
        assert branch_of(session, units["SH-RISK"]).contract_code == "SH1"
        assert branch_of(session, units["SH"]).code == "SH"
        assert branch_of(session, units["HQ"]).code == "HQ"


def test_the_company_reads_the_parameters_of_its_licence(database: Database) -> None:
    on = date(2026, 9, 1)
    with database.read() as session:
        assert the_company(session).lender_type == "auto_finance"
        assert parameters.of_lender(session, "total_cost_cap", on) == Decimal("0.24")
        assert parameters.of_lender(session, "term_limit", on)["new"] == 60
        assert parameters.value(session, "penalty_multiplier", on)["overdue"] == Decimal("1.5")
        assert parameters.value(session, "bank_inquiry_delay", on) == timedelta(days=1)


def test_every_parameter_has_a_source_and_somebody_who_approved_it(database: Database) -> None:
    with database.read() as session:
        rows = session.scalars(select(parameters.Parameter)).all()

    assert rows
    assert all(row.source_text and row.approved_by for row in rows)


def test_a_new_value_holds_from_its_day_on_and_changes_nothing_before(database: Database) -> None:
    with database.write() as session:
        parameters.publish(
            session, "grace_days", 1, valid_from=date(2026, 10, 1), source_text="x", approved_by="y"
        )

    with database.read() as session:
        found_on = [
            parameters.value(session, "grace_days", date(2026, 9, 30) + timedelta(days=n)) for n in (0, 1)
        ]
    assert found_on == [0, 1]


def test_the_past_of_a_parameter_is_not_rewritten(database: Database) -> None:
    with database.write() as session, pytest.raises(ParameterOutOfOrder, match="2020-01-01"):
        parameters.publish(
            session, "grace_days", 1, valid_from=date(2020, 1, 1), source_text="x", approved_by="y"
        )


def test_a_day_without_a_value_names_parameter_and_day(database: Database) -> None:
    with database.read() as session:
        with pytest.raises(ParameterMissing, match=r"lpr_rate.*2025-05-19"):
            parameters.value(session, "lpr_rate", date(2025, 5, 19))
        with pytest.raises(ParameterMissing, match="nonsense"):
            parameters.value(session, "nonsense", date(2026, 9, 1))


def test_the_calendar_is_published_for_three_years(database: Database) -> None:
    with database.read() as session:
        days = set(session.scalars(select(CalendarDay.day)))
    assert {date(2025, 1, 1), date(2026, 6, 30), date(2027, 12, 31)} <= days
