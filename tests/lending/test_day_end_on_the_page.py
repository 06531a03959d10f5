"""The page of the day-ends: a loan that failed by name and reason, the retry, phases, categories, the file."""

from datetime import UTC, date, datetime

import pytest
from loan_book import Book
from sqlalchemy import select
from web_house import WebHouse

from company.organisation import Unit, UnitKind, business_date
from lending import dealers, disbursements, loans
from lending.day_end.errors import LoansFailed
from lending.life import beginning
from lending.life.events import LoanEvent

PAID_ON = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_names_the_loan_that_failed_until_it_is_mended(house, files, tmp_path):
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
        event = session.scalars(select(LoanEvent)).one()
        whole, event.state_data = event.state_data, b"no state"
        day = business_date(session)
    book = Book(pages.database, pages.vault, files, loan_no)
    accountant = pages.browser("finance_accountant")

    with pytest.raises(LoansFailed):
        book.end(day)
    failing = accountant.get("/books/day-end").text
    asked = accountant.post("/books/day-end/run")
    told = accountant.get("/books/day-end").text
    with pages.database.write() as session:
        session.scalars(select(LoanEvent).where(LoanEvent.kind == "disburse")).one().state_data = whole
    book.end(day)
    accountant.post("/language", {"language": "en"})
    complete = accountant.get(f"/books/day-end?day={day}").text
    refused = pages.browser("finance_checker").get(f"/books/day-end/{day}/debit")

    assert loan_no in failing
    assert "数据异常" in failing
    assert "续做日终" in failing
    assert (asked.status_code, "cheliu day-end" in told) == (303, True)
    assert "Loans that failed" not in complete
    assert "Complete" in complete
    assert "Substandard" in complete
    assert "Direct-debit file: 0 items" in complete
    assert refused.status_code == 403
    pages.close()
