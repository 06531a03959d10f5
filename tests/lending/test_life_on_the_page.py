"""The page of a loan tells its life: versions, events with what they posted, and how each amount is computed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from web_house import WebHouse

from company.organisation import Unit, UnitKind
from lending import dealers, disbursements, loans
from lending.life import beginning, changes
from lending.life.happenings import Happening
from lending.life.kinds import EventKind
from lending.maths.choices import Prepayment

PAID_ON = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_of_a_loan_shows_versions_events_entries_and_how_amounts_are_computed(house, tmp_path):
    pages = WebHouse(tmp_path / "pages.db", tmp_path)
    maker, checker = pages.who("finance_maker"), pages.who("finance_checker")
    with pages.database.write() as session:
        branch = session.scalars(select(Unit).where(Unit.kind == UnitKind.BRANCH)).first()
        dealer = dealers.add(
            session,
            pages.vault,
            name="沪东远航汽车销售有限公司",
            social_credit_code="91350100M000100Y43",
            bank_name="测试银行上海分行",
            account="31050161393600001234",
            unit_id=branch.id,
            now=NOW,
        )
        staff = type(house)(
            pages.database, pages.vault, branch.id, maker.employee_id, checker.employee_id, dealer.id
        )
        loan_no = staff.sign(session)
        staff.meet_conditions(session, loan_no)
        staff.register(session, loan_no)
        attempt = disbursements.check(session, loan_no, checker_id=checker.employee_id, on=PAID_ON, now=NOW)
        disbursements.succeed(session, attempt.request_id, value_date=PAID_ON, bank_reference="B", now=NOW)
        loans.activate(session, loan_no, value_date=PAID_ON, now=NOW)
        beginning.begin(session, loan_no, now=NOW)
        told = Happening(
            EventKind.PREPAYMENT, date(2026, 4, 3), Decimal("23036.76"), rule=Prepayment.SHORTER_TERM
        )
        changes.record(session, loan_no, told, reference="CMB-7", booked_on=told.on, now=NOW)

    auditor = pages.browser("auditor")
    page = auditor.get(f"/loans/{loan_no}").text
    auditor.post("/language", {"language": "en"})
    english = auditor.get(f"/loans/{loan_no}?version=1").text

    assert "第 1 版" in page
    assert "缩短还款期限" in page
    assert "prepayment:CMB-7" in page
    assert "如何计算？" in page
    assert "The term becomes shorter" in english
    assert "How is this computed?" in english
    assert "¥3,036.76" in english  # the first version's instalment
    pages.close()
